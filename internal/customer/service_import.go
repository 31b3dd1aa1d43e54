package customer

import (
	"context"
	"strings"

	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// ImportTx adds new customers with the caller's ids, times, tags and identities, and notes about them, in
// the caller's transaction. Identities must be normalised and new, custom values as their definitions want
// them. Each customer and note gets its event at its own time. Errors: Invalid.
func (s *Service) ImportTx(ctx context.Context, tx db.Tx, t tenant.ID, customers []*Customer, notes []Note) error {
	now := s.clock.Now()
	by := event.Origin{Workspace: t, Kind: "import"}
	var rows, identities, remarks [][]any
	var pairs [][2]id.ID
	values := make([]field.Values, 0, len(customers))
	docs := make([]search.Doc, 0, len(customers))
	past := make([]event.Past, 0, len(customers)+len(notes))
	for _, c := range customers {
		c.Version = 1
		c.tidy()
		if err := c.validate(now); err != nil {
			return err
		}
		rows = append(rows, append([]any{t}, c.values()...))
		for _, i := range c.Identities {
			identities = append(identities, []any{t, i.ID, c.ID, string(i.Kind), i.Value, i.Display, i.System, i.Primary, db.Micros(i.CreatedAt)})
		}
		for _, g := range c.Tags {
			pairs = append(pairs, [2]id.ID{c.ID, g.ID})
		}
		values = append(values, field.Values{ID: c.ID, Fields: c.Fields})
		docs = append(docs, c.doc())
		past = append(past, event.Past{Fact: Created{Customer: c.ID, Kind: c.Kind, Status: c.Status, Source: c.Source}, By: by, At: c.CreatedAt})
	}
	for _, n := range notes {
		remarks = append(remarks, []any{t, n.ID, n.Customer, n.Author, n.Body, db.Micros(n.CreatedAt), db.Micros(n.UpdatedAt)})
		past = append(past, event.Past{Fact: NoteAdded{n.Customer, n.ID}, By: event.Origin{Kind: "user", ID: n.Author}, At: n.CreatedAt})
	}
	for _, x := range []struct {
		head string
		rows [][]any
	}{
		{strings.TrimSuffix(insertText, " VALUES "), rows},
		{`INSERT INTO customer_identity (tenant_id, id, customer_id, kind, value, display, system, is_primary, created_at)`, identities},
		{`INSERT INTO customer_note (tenant_id, id, customer_id, author_id, body, created_at, updated_at)`, remarks},
	} {
		if err := db.InsertMany(ctx, tx, x.head, "", x.rows); err != nil {
			return errs.Wrapf(err, "import customers")
		}
	}
	if err := links().ImportTx(ctx, tx, t, pairs); err != nil {
		return err
	}
	if err := s.fields.IndexManyTx(ctx, tx, t, field.Customers, values); err != nil {
		return err
	}
	if err := s.search.PutMany(ctx, tx, t, docs); err != nil {
		return err
	}
	return s.events.History(ctx, tx, t, past...)
}

// PurgeTx removes customers without a trace. Orders and tickets of theirs that remain
// become those of a deleted customer.
func (s *Service) PurgeTx(ctx context.Context, tx db.Tx, t tenant.ID, customers []id.ID) error {
	if err := event.Purge(ctx, tx, t, customers); err != nil {
		return err
	}
	for _, c := range customers {
		for _, o := range s.owners {
			if err := o.ForgetCustomer(ctx, tx, t, c); err != nil {
				return err
			}
		}
		if err := s.fields.ForgetTx(ctx, tx, t, c); err != nil {
			return err
		}
		if err := s.search.Remove(ctx, tx, t, search.Customer, c); err != nil {
			return err
		}
	}
	for _, x := range [][2]string{
		{`DELETE FROM customer_note`, "customer_id"},
		{`DELETE FROM customer_tag`, "customer_id"},
		{`DELETE FROM customer_group_member`, "customer_id"},
		{`DELETE FROM customer_identity`, "customer_id"},
		{`UPDATE customer SET referred_by_id = NULL`, "referred_by_id"},
		{`DELETE FROM customer`, "id"},
	} {
		w := db.NewWhere(t)
		db.In(w, x[1], customers)
		if _, err := tx.Exec(ctx, x[0]+` WHERE tenant_id = $1`+w.SQL(), w.Args()...); err != nil {
			return errs.Wrapf(err, "purge customers")
		}
	}
	return nil
}

// DisownTx takes customers away from users who are about to be removed.
func (s *Service) DisownTx(ctx context.Context, tx db.Tx, t tenant.ID, users []id.ID) error {
	w := db.NewWhere(t)
	db.In(w, "owner_id", users)
	_, err := tx.Exec(ctx, `UPDATE customer SET owner_id = NULL, version = version + 1 WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	return errs.Wrapf(err, "take customers from users")
}
