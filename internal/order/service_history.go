package order

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// History is an order with all that became of it. Ids and times are the caller's; totals were computed with Add.
type History struct {
	Order        *Order
	Changes      []StatusChange
	Transactions []Transaction
	Notes        []Note
}

// ImportHistoryTx keeps orders with their whole past in the caller's transaction. Every step stands on the
// journey at its own time; nobody is told of it. Errors: Invalid, Conflict order_number_taken.
func (s *Service) ImportHistoryTx(ctx context.Context, tx db.Tx, t tenant.ID, all []History) error {
	system := event.Origin{Workspace: t, Kind: "import"}
	orders := make([]*Order, len(all))
	docs := make([]search.Doc, len(all))
	var changes, transactions, notes [][]any
	var past []event.Past
	for i, h := range all {
		o := h.Order
		if err := o.Check(); err != nil {
			return err
		}
		orders[i], docs[i] = o, searchDoc(o)
		past = append(past, event.Past{Fact: placed(o), By: system, At: o.PlacedAt})
		for _, c := range h.Changes {
			changes = append(changes, []any{t, c.ID, o.ID, string(c.From), string(c.To), c.Actor, db.Micros(c.At)})
			past = append(past, event.Past{Fact: StatusChanged{Order: o.ID, Customer: o.Customer, Number: o.Number, From: c.From, To: c.To}, By: system, At: c.At})
		}
		for _, x := range h.Transactions {
			transactions = append(transactions, []any{
				t, x.ID, x.Order, x.Customer, string(x.Kind), x.Amount.Amount, string(x.Amount.Currency), x.Method, x.Reference,
				db.Micros(x.OccurredAt), x.CreatedBy, db.Micros(x.CreatedAt),
			})
			past = append(past, event.Past{Fact: TransactionRecorded{
				Transaction: x.ID, Order: x.Order, Customer: x.Customer, Number: o.Number, Kind: x.Kind, Amount: x.Amount, At: x.OccurredAt,
			}, By: system, At: x.OccurredAt})
		}
		for _, n := range h.Notes {
			notes = append(notes, []any{t, n.ID, o.ID, n.Author, n.Body, db.Micros(n.CreatedAt), db.Micros(n.UpdatedAt)})
			past = append(past, event.Past{Fact: NoteAdded{Order: o.ID, Customer: o.Customer, Number: o.Number, Note: n.ID}, By: event.Origin{Kind: "user", ID: n.Author}, At: n.CreatedAt})
		}
	}
	if err := insertOrders(ctx, tx, t, orders...); err != nil {
		return err
	}
	if err := s.indexFields(ctx, tx, t, orders); err != nil {
		return err
	}
	for _, x := range []struct {
		head string
		rows [][]any
	}{
		{`INSERT INTO order_status_change (tenant_id, id, order_id, from_status, to_status, actor_id, occurred_at)`, changes},
		{`INSERT INTO payment_transaction (tenant_id, id, order_id, customer_id, kind, amount, currency, method, reference, occurred_at, created_by, created_at)`, transactions},
		{`INSERT INTO order_note (tenant_id, id, order_id, author_id, body, created_at, updated_at)`, notes},
	} {
		if err := db.InsertMany(ctx, tx, x.head, "", x.rows); err != nil {
			return errs.Wrapf(err, "import what became of orders")
		}
	}
	if err := s.search.PutMany(ctx, tx, t, docs); err != nil {
		return err
	}
	return s.events.History(ctx, tx, t, past...)
}

// PurgeTx removes orders and their transactions without a trace.
func (s *Service) PurgeTx(ctx context.Context, tx db.Tx, t tenant.ID, orders []id.ID) error {
	in := func() *db.Where {
		w := db.NewWhere(t)
		return db.In(w, "order_id", orders)
	}
	w := in()
	transactions, err := db.All(ctx, tx, func(r db.Row) (x id.ID, err error) { return x, r.Scan(&x) },
		`SELECT id FROM payment_transaction WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	if err != nil {
		return errs.Wrapf(err, "list transactions of orders")
	}
	for _, ids := range [][]id.ID{orders, transactions} {
		if err := event.Purge(ctx, tx, t, ids); err != nil {
			return err
		}
	}
	for _, o := range orders {
		if err := s.fields.ForgetTx(ctx, tx, t, o); err != nil {
			return err
		}
		if err := s.search.Remove(ctx, tx, t, search.Order, o); err != nil {
			return err
		}
	}
	for _, table := range []string{"payment_transaction", "order_line", "order_note", "order_status_change"} {
		w := in()
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE tenant_id = $1`+w.SQL(), w.Args()...); err != nil {
			return errs.Wrapf(err, "purge %s", table)
		}
	}
	w = db.NewWhere(t)
	db.In(w, "id", orders)
	_, err = tx.Exec(ctx, `DELETE FROM sales_order WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	return errs.Wrapf(err, "purge orders")
}
