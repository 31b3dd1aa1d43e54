package customer

import (
	"context"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const columns = `c.id, c.kind, c.status, c.first_name, c.last_name, c.company, c.name_made_up, c.email, c.phone, c.address, c.level, c.owner_id, c.birth_date, c.referred_by_id, c.fields, c.source, c.version, c.created_at, c.updated_at`

func scanCustomer(row db.Row) (*Customer, error) { return scanWith(row) }

// scanWith reads the columns and what stands behind them.
func scanWith(row db.Row, more ...any) (*Customer, error) {
	c := &Customer{Fields: map[string]any{}}
	var kind, status string
	dest := append([]any{
		&c.ID, &kind, &status, &c.FirstName, &c.LastName, &c.Company, &c.NameMadeUp, db.Text(&c.Email), db.Text(&c.Phone), db.FromJSON(&c.Address),
		&c.Level, &c.Owner, db.Text(&c.BirthDate), &c.ReferredBy, db.FromJSON(&c.Fields), &c.Source, &c.Version, db.Time(&c.CreatedAt), db.Time(&c.UpdatedAt),
	}, more...)
	err := row.Scan(dest...)
	c.Kind, c.Status = Kind(kind), Status(status)
	return c, err
}

func read(ctx context.Context, q db.Reader, t tenant.ID, customer id.ID) (*Customer, error) {
	return db.One(ctx, q, scanCustomer, `SELECT `+columns+` FROM customer c WHERE c.tenant_id = $1 AND c.id = $2`, t, customer)
}

// lock reads a row for a change; PostgreSQL keeps others from changing it meanwhile, SQLite has one writer.
func lock(ctx context.Context, tx db.Tx, t tenant.ID, customer id.ID) (*Customer, error) {
	text := `SELECT ` + columns + ` FROM customer c WHERE c.tenant_id = $1 AND c.id = $2`
	if tx.Engine() == db.Postgres {
		text += ` FOR UPDATE`
	}
	return db.One(ctx, tx, scanCustomer, text, t, customer)
}

const insertText = `INSERT INTO customer (tenant_id, id, kind, status, first_name, last_name, company, name_key, name_made_up, email, phone, address, country, level, owner_id, birth_date, referred_by_id, fields, source, version, created_at, updated_at) VALUES `

func (c *Customer) values() []any {
	return []any{
		c.ID, string(c.Kind), string(c.Status), c.FirstName, c.LastName, c.Company, c.key(), c.NameMadeUp, db.NullText(c.Email), db.NullText(c.Phone),
		db.JSON(c.Address), c.Address.Country, c.Level, c.Owner, db.NullText(c.BirthDate), c.ReferredBy, db.JSON(c.Fields), c.Source, c.Version,
		db.Micros(c.CreatedAt), db.Micros(c.UpdatedAt),
	}
}

func insert(ctx context.Context, tx db.Tx, t tenant.ID, customers ...*Customer) error {
	return errs.Wrapf(insertMany(ctx, tx, t, insertText, customers, (*Customer).values, ""), "insert customers")
}

// insertMany writes rows in chunks of a power of two, so that few texts are prepared. The workspace is
// the first column of each row.
func insertMany[T any](ctx context.Context, tx db.Tx, t tenant.ID, head string, rows []T, values func(T) []any, tail string) error {
	for len(rows) > 0 {
		n := 256
		if tx.Engine() == db.SQLite {
			n = 8 // no round trips to save, and its driver binds many values in quadratic time
		}
		for n > len(rows) {
			n /= 2
		}
		w := db.NewWhere(t)
		lines := make([]string, n)
		for i, r := range rows[:n] {
			vs := values(r)
			marks := make([]string, len(vs))
			for j, v := range vs {
				marks[j] = w.Arg(v)
			}
			lines[i] = "($1, " + strings.Join(marks, ", ") + ")"
		}
		if _, err := tx.Exec(ctx, head+strings.Join(lines, ", ")+tail, w.Args()...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func update(ctx context.Context, tx db.Tx, t tenant.ID, c *Customer) error {
	const q = `
		UPDATE customer
		SET kind = $3, status = $4, first_name = $5, last_name = $6, company = $7, name_key = $8, name_made_up = $9, email = $10, phone = $11,
			address = $12, country = $13, level = $14, owner_id = $15, birth_date = $16, referred_by_id = $17, fields = $18, version = $19, updated_at = $20
		WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, c.ID, string(c.Kind), string(c.Status), c.FirstName, c.LastName, c.Company, c.key(), c.NameMadeUp, db.NullText(c.Email), db.NullText(c.Phone),
		db.JSON(c.Address), c.Address.Country, c.Level, c.Owner, db.NullText(c.BirthDate), c.ReferredBy, db.JSON(c.Fields), c.Version, db.Micros(c.UpdatedAt))
	return errs.Wrapf(err, "update customer %s", c.ID)
}

// erase deletes a customer and what this room keeps about them, apart from tags, field values and search.
func erase(ctx context.Context, tx db.Tx, t tenant.ID, customer id.ID) error {
	for _, q := range []string{
		`DELETE FROM customer_note WHERE tenant_id = $1 AND customer_id = $2`,
		`DELETE FROM customer_group_member WHERE tenant_id = $1 AND customer_id = $2`,
		`DELETE FROM customer_identity WHERE tenant_id = $1 AND customer_id = $2`,
		`UPDATE customer SET referred_by_id = NULL, version = version + 1 WHERE tenant_id = $1 AND referred_by_id = $2`,
		`DELETE FROM customer WHERE tenant_id = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(ctx, q, t, customer); err != nil {
			return errs.Wrapf(err, "erase customer %s", customer)
		}
	}
	return nil
}

// owners reads who owns customers; those that do not exist are left out.
func owners(ctx context.Context, q db.Reader, t tenant.ID, customers []id.ID) (map[id.ID]id.ID, error) {
	w := db.NewWhere(t)
	db.In(w, "id", customers)
	out := make(map[id.ID]id.ID, len(customers))
	_, err := db.All(ctx, q, func(row db.Row) (struct{}, error) {
		var c, owner id.ID
		err := row.Scan(&c, &owner)
		out[c] = owner
		return struct{}{}, err
	}, `SELECT id, owner_id FROM customer WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	return out, errs.Wrapf(err, "read owners of customers")
}
