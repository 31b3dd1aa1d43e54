package ticket

import (
	"context"
	"strings"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// maxContacts keeps the sheet a sheet: it is read whole.
const maxContacts = 200

const contactColumns = `id, name, duty, email, phone, note, position, created_at, updated_at`

func scanContact(row db.Row) (c Contact, err error) {
	err = row.Scan(&c.ID, &c.Name, &c.Duty, &c.Email, &c.Phone, &c.Note, &c.Position, db.Time(&c.CreatedAt), db.Time(&c.UpdatedAt))
	return c, err
}

func (c *Contact) validate() error {
	for _, p := range []*string{&c.Name, &c.Duty, &c.Email, &c.Phone, &c.Note} {
		*p = strings.TrimSpace(*p)
	}
	return errs.Check(
		errs.Length("name", c.Name, 1, 120), errs.Length("duty", c.Duty, 0, 200), errs.Length("email", c.Email, 0, 254),
		errs.Length("phone", c.Phone, 0, 40), errs.Length("note", c.Note, 0, 1000), errs.Between("position", c.Position, 0, 100_000),
		errs.That(c.Email == "" || strings.Count(c.Email, "@") == 1 && !strings.ContainsAny(c.Email, " \t\r\n<>"), "email", "is no e-mail address"),
		errs.That(c.Email != "" || c.Phone != "", "phone", "or email is needed"),
	)
}

// Contacts is the escalation sheet in its order, for any signed-in user.
func (s *Service) Contacts(ctx context.Context, who auth.Actor) ([]Contact, error) {
	if who.User.IsZero() && !who.IsSystem() {
		return nil, errs.New(errs.Unauthenticated, "unauthenticated", "Sign in first.")
	}
	var out []Contact
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		out, err = db.All(ctx, q, scanContact, `SELECT `+contactColumns+` FROM escalation_contact WHERE tenant_id = $1 ORDER BY position, name, id LIMIT $2`, who.Tenant, maxContacts)
		return errs.Wrapf(err, "list escalation contacts")
	})
	return out, err
}

// Contact reads one line. Errors: NotFound.
func (s *Service) Contact(ctx context.Context, who auth.Actor, contact id.ID) (Contact, error) {
	if who.User.IsZero() && !who.IsSystem() {
		return Contact{}, errs.New(errs.Unauthenticated, "unauthenticated", "Sign in first.")
	}
	var out Contact
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		out, err = readContact(ctx, q, who.Tenant, contact)
		return err
	})
	return out, err
}

func readContact(ctx context.Context, q db.Reader, t tenant.ID, contact id.ID) (Contact, error) {
	c, err := db.One(ctx, q, scanContact, `SELECT `+contactColumns+` FROM escalation_contact WHERE tenant_id = $1 AND id = $2`, t, contact)
	return c, errs.Wrapf(err, "read escalation contact %s", contact)
}

// AddContact adds a line. Errors: Forbidden without escalation:write, Invalid, Conflict when the sheet is full.
func (s *Service) AddContact(ctx context.Context, who auth.Actor, c Contact) (Contact, error) {
	if err := who.Require("escalation:write"); err != nil {
		return Contact{}, err
	}
	if err := c.validate(); err != nil {
		return Contact{}, err
	}
	now := s.clock.Now()
	c.ID, c.CreatedAt, c.UpdatedAt = id.New(now), now, now
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		n, err := db.Scalar[int64](ctx, tx, `SELECT COUNT(*) FROM escalation_contact WHERE tenant_id = $1`, who.Tenant)
		if err != nil {
			return errs.Wrapf(err, "count escalation contacts")
		}
		if n >= maxContacts {
			return errs.Newf(errs.Conflict, "sheet_full", "The sheet holds at most %d contacts.", maxContacts)
		}
		const q = `
			INSERT INTO escalation_contact (tenant_id, id, name, duty, email, phone, note, position, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
		if _, err := tx.Exec(ctx, q, who.Tenant, c.ID, c.Name, c.Duty, c.Email, c.Phone, c.Note, c.Position, db.Micros(now), db.Micros(now)); err != nil {
			return errs.Wrapf(err, "insert escalation contact")
		}
		return s.events.Record(ctx, tx, who, SheetChanged{Contact: c.ID, Name: c.Name})
	})
	return c, err
}

// ChangeContact lets edit change a line. Errors: Forbidden, NotFound, Invalid.
func (s *Service) ChangeContact(ctx context.Context, who auth.Actor, contact id.ID, edit func(c *Contact) error) (Contact, error) {
	if err := who.Require("escalation:write"); err != nil {
		return Contact{}, err
	}
	var out Contact
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		c, err := readContact(ctx, tx, who.Tenant, contact)
		if err != nil {
			return err
		}
		before := c
		if err := edit(&c); err != nil {
			return err
		}
		if err := c.validate(); err != nil || c == before {
			out = c
			return err
		}
		c.UpdatedAt = s.clock.Now()
		const q = `UPDATE escalation_contact SET name = $3, duty = $4, email = $5, phone = $6, note = $7, position = $8, updated_at = $9 WHERE tenant_id = $1 AND id = $2`
		if _, err := tx.Exec(ctx, q, who.Tenant, c.ID, c.Name, c.Duty, c.Email, c.Phone, c.Note, c.Position, db.Micros(c.UpdatedAt)); err != nil {
			return errs.Wrapf(err, "update escalation contact %s", contact)
		}
		out = c
		return s.events.Record(ctx, tx, who, SheetChanged{Contact: c.ID, Name: c.Name})
	})
	return out, err
}

// RemoveContact deletes a line. Errors: Forbidden, NotFound, what check answers.
func (s *Service) RemoveContact(ctx context.Context, who auth.Actor, contact id.ID, check func(c Contact) error) error {
	if err := who.Require("escalation:write"); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		c, err := readContact(ctx, tx, who.Tenant, contact)
		if err != nil {
			return err
		}
		if check != nil {
			if err := check(c); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM escalation_contact WHERE tenant_id = $1 AND id = $2`, who.Tenant, contact); err != nil {
			return errs.Wrapf(err, "delete escalation contact %s", contact)
		}
		return s.events.Record(ctx, tx, who, SheetChanged{Contact: c.ID, Name: c.Name, Removed: true})
	})
}

// Version is what an ETag of the line is made from.
func (c Contact) Version() int64 { return c.UpdatedAt.UnixMicro() }
