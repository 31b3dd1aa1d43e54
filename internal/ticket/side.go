package ticket

import (
	"context"
	"fmt"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Reasons to follow.
const (
	byChoice  = "self"
	byMention = "mention"
)

// links is where tickets' tags lie.
func links() tag.Links { return Links() }

// Links is the table of tickets' tags, for the room of tags to clear when a tag is deleted.
func Links() tag.Links { return tag.Links{Table: "ticket_tag", Object: "ticket_id"} }

func tagged(c tag.Change) []fact {
	if c.IsZero() {
		return nil
	}
	return []fact{func(a Subject) eventFact { return Tagged{Subject: a, Added: list(c.Added), Removed: list(c.Removed)} }}
}

// list is never nil, so that it is an empty array in JSON.
func list(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

// Tags lists a ticket's tags. Errors: Forbidden, NotFound.
func (s *Service) Tags(ctx context.Context, who auth.Actor, ticket id.ID) ([]tag.Tag, error) {
	if _, err := who.RequireReach("tickets:read"); err != nil {
		return nil, err
	}
	var out []tag.Tag
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		if err := Require(ctx, q, who, ticket); err != nil {
			return err
		}
		all, err := links().Of(ctx, q, who.Tenant, ticket)
		out = all[ticket]
		return err
	})
	return out, err
}

// SetTags makes the named tags all that a ticket has. Errors: Forbidden, NotFound, Invalid.
func (s *Service) SetTags(ctx context.Context, who auth.Actor, ticket id.ID, names []string) ([]tag.Tag, error) {
	return s.changeTags(ctx, who, ticket, names, func(ctx context.Context, tx db.Tx) (tag.Change, error) {
		tags, err := s.tags.Ensure(ctx, tx, who, names)
		if err != nil {
			return tag.Change{}, err
		}
		return links().Set(ctx, tx, who.Tenant, ticket, tags)
	})
}

// AddTags adds the named tags. Errors: Forbidden, NotFound, Invalid.
func (s *Service) AddTags(ctx context.Context, who auth.Actor, ticket id.ID, names []string) ([]tag.Tag, error) {
	return s.changeTags(ctx, who, ticket, names, func(ctx context.Context, tx db.Tx) (tag.Change, error) {
		tags, err := s.tags.Ensure(ctx, tx, who, names)
		if err != nil {
			return tag.Change{}, err
		}
		return links().Add(ctx, tx, who.Tenant, ticket, tags)
	})
}

// RemoveTags takes the named tags off; those it has not are no error. Errors: Forbidden, NotFound.
func (s *Service) RemoveTags(ctx context.Context, who auth.Actor, ticket id.ID, names []string) ([]tag.Tag, error) {
	return s.changeTags(ctx, who, ticket, names, func(ctx context.Context, tx db.Tx) (tag.Change, error) {
		tags, err := s.tags.Find(ctx, tx, who.Tenant, names)
		if err != nil {
			return tag.Change{}, err
		}
		return links().Remove(ctx, tx, who.Tenant, ticket, tags)
	})
}

func (s *Service) changeTags(ctx context.Context, who auth.Actor, ticket id.ID, names []string, do func(ctx context.Context, tx db.Tx) (tag.Change, error)) ([]tag.Tag, error) {
	if err := mayChange(who); err != nil {
		return nil, err
	}
	if err := errs.Check(errs.That(len(names) <= maxTags, "tags", fmt.Sprintf("must have at most %d tags", maxTags))); err != nil {
		return nil, err
	}
	var out []tag.Tag
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		k, err := s.forChange(ctx, tx, who, ticket)
		if err != nil {
			return err
		}
		did, err := do(ctx, tx)
		if err != nil {
			return err
		}
		if facts := tagged(did); len(facts) > 0 {
			if err := s.save(ctx, tx, who, k); err != nil {
				return err
			}
			if err := s.record(ctx, tx, who, k, facts); err != nil {
				return err
			}
		}
		all, err := links().Of(ctx, tx, who.Tenant, ticket)
		out = all[ticket]
		return err
	})
	return out, errs.Wrapf(err, "change tags of ticket %s", ticket)
}

// Fields are a ticket's custom values by key. Errors: Forbidden, NotFound.
func (s *Service) Fields(ctx context.Context, who auth.Actor, ticket id.ID) (map[string]any, error) {
	reach, err := who.RequireReach("tickets:read")
	if err != nil {
		return nil, err
	}
	var out map[string]any
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		w := db.NewWhere(who.Tenant, ticket)
		seenBy(w, who, reach)
		k, err := db.One(ctx, q, scanTicket, `SELECT `+ticketColumns+` FROM ticket k WHERE k.tenant_id = $1 AND k.id = $2`+w.SQL(), w.Args()...)
		if err != nil {
			return errs.Wrapf(err, "read ticket %s", ticket)
		}
		out = notNil(k.Fields)
		return s.fields.Show(ctx, q, who.Tenant, field.Tickets, out)
	})
	return out, err
}

// SetField sets or, with nil, clears one custom value. Errors: Forbidden, NotFound, Invalid.
func (s *Service) SetField(ctx context.Context, who auth.Actor, ticket id.ID, key string, value any) (Detail, error) {
	return s.change(ctx, who, ticket, Change{Fields: map[string]any{key: value}})
}

// Follow makes the actor hear of what happens in a ticket. Errors: Forbidden, NotFound.
func (s *Service) Follow(ctx context.Context, who auth.Actor, ticket id.ID) error {
	return s.beside(ctx, who, ticket, func(ctx context.Context, tx db.Tx, now time.Time) error {
		return follow(ctx, tx, who.Tenant, ticket, who.User, byChoice, now)
	})
}

// Unfollow ends that. Errors: Forbidden, NotFound.
func (s *Service) Unfollow(ctx context.Context, who auth.Actor, ticket id.ID) error {
	return s.beside(ctx, who, ticket, func(ctx context.Context, tx db.Tx, _ time.Time) error {
		_, err := tx.Exec(ctx, `DELETE FROM ticket_follower WHERE tenant_id = $1 AND ticket_id = $2 AND user_id = $3`, who.Tenant, ticket, who.User)
		return errs.Wrapf(err, "unfollow ticket %s", ticket)
	})
}

// MarkRead remembers that the actor has seen a ticket up to now. Errors: Forbidden, NotFound.
func (s *Service) MarkRead(ctx context.Context, who auth.Actor, ticket id.ID) error {
	return s.beside(ctx, who, ticket, func(ctx context.Context, tx db.Tx, now time.Time) error {
		return markRead(ctx, tx, who.Tenant, ticket, who.User, now)
	})
}

// KeepDraft keeps what the actor has begun to write in a ticket. Errors: Forbidden, NotFound, Invalid.
func (s *Service) KeepDraft(ctx context.Context, who auth.Actor, ticket id.ID, html string, internal bool) (Draft, error) {
	if err := mayChange(who); err != nil {
		return Draft{}, err
	}
	if err := errs.Check(errs.Length("html", html, 0, maxHTML)); err != nil {
		return Draft{}, err
	}
	d := Draft{Internal: internal, UpdatedAt: s.clock.Now()}
	d.HTML, _ = s.sanitise(html)
	err := s.beside(ctx, who, ticket, func(ctx context.Context, tx db.Tx, _ time.Time) error {
		return keepDraft(ctx, tx, who.Tenant, ticket, who.User, d, true)
	})
	return d, err
}

// ReadDraft gives the actor's draft in a ticket. Errors: Forbidden, NotFound, also when there is none.
func (s *Service) ReadDraft(ctx context.Context, who auth.Actor, ticket id.ID) (Draft, error) {
	var d Draft
	if _, err := who.RequireReach("tickets:read"); err != nil {
		return d, err
	}
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		if err := Require(ctx, q, who, ticket); err != nil {
			return err
		}
		var err error
		d, err = db.One(ctx, q, func(row db.Row) (d Draft, err error) {
			err = row.Scan(&d.Internal, &d.HTML, db.Time(&d.UpdatedAt))
			return d, err
		}, `SELECT internal, html, updated_at FROM ticket_draft WHERE tenant_id = $1 AND ticket_id = $2 AND user_id = $3`, who.Tenant, ticket, who.User)
		return errs.Wrapf(err, "read draft")
	})
	return d, err
}

// DropDraft throws the actor's draft away. Errors: Forbidden, NotFound.
func (s *Service) DropDraft(ctx context.Context, who auth.Actor, ticket id.ID) error {
	return s.beside(ctx, who, ticket, func(ctx context.Context, tx db.Tx, _ time.Time) error {
		return deleteDraft(ctx, tx, who.Tenant, ticket, who.User)
	})
}

// beside writes what one reader keeps beside a ticket, which changes nothing for anybody else.
func (s *Service) beside(ctx context.Context, who auth.Actor, ticket id.ID, do func(ctx context.Context, tx db.Tx, now time.Time) error) error {
	if _, err := who.RequireReach("tickets:read"); err != nil {
		return err
	}
	if who.User.IsZero() {
		return errs.Denied("tickets:read_own") // the product itself reads nothing
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		if err := Require(ctx, tx, who, ticket); err != nil {
			return err
		}
		return do(ctx, tx, s.clock.Now())
	})
}

// follow adds a follower; a mention wins over a choice, so that the ticket is in the mentions view.
func follow(ctx context.Context, tx db.Tx, t tenant.ID, ticket, user id.ID, reason string, now time.Time) error {
	const q = `
		INSERT INTO ticket_follower (tenant_id, ticket_id, user_id, reason, created_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, ticket_id, user_id) DO UPDATE
		SET reason = CASE WHEN excluded.reason = 'mention' THEN excluded.reason ELSE ticket_follower.reason END`
	_, err := tx.Exec(ctx, q, t, ticket, user, reason, db.Micros(now))
	return errs.Wrapf(err, "follow ticket %s", ticket)
}

// keepDraft writes a draft; without replace a draft that is there stays.
func keepDraft(ctx context.Context, tx db.Tx, t tenant.ID, ticket, user id.ID, d Draft, replace bool) error {
	q := `
		INSERT INTO ticket_draft (tenant_id, ticket_id, user_id, internal, html, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, ticket_id, user_id) DO `
	if replace {
		q += `UPDATE SET internal = excluded.internal, html = excluded.html, updated_at = excluded.updated_at`
	} else {
		q += `NOTHING`
	}
	_, err := tx.Exec(ctx, q, t, ticket, user, d.Internal, d.HTML, db.Micros(d.UpdatedAt))
	return errs.Wrapf(err, "keep draft")
}

func deleteDraft(ctx context.Context, tx db.Tx, t tenant.ID, ticket, user id.ID) error {
	if user.IsZero() {
		return nil
	}
	err := tx.Later(ctx, `DELETE FROM ticket_draft WHERE tenant_id = $1 AND ticket_id = $2 AND user_id = $3`, t, ticket, user)
	return errs.Wrapf(err, "drop draft")
}
