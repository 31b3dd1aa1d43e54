package order

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const transactionColumns = `x.id, x.order_id, x.customer_id, x.kind, x.amount, x.currency, x.method, x.reference, x.occurred_at, x.created_by, x.created_at`

func scanTransaction(row db.Row) (x Transaction, err error) {
	err = row.Scan(&x.ID, &x.Order, &x.Customer, (*string)(&x.Kind), &x.Amount.Amount, (*string)(&x.Amount.Currency), &x.Method, &x.Reference,
		db.Time(&x.OccurredAt), &x.CreatedBy, db.Time(&x.CreatedAt))
	return x, err
}

func insertTransaction(ctx context.Context, tx db.Tx, t tenant.ID, x Transaction) error {
	const q = `
		INSERT INTO payment_transaction (tenant_id, id, order_id, customer_id, kind, amount, currency, method, reference, occurred_at, created_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	_, err := tx.Exec(ctx, q, t, x.ID, x.Order, x.Customer, string(x.Kind), x.Amount.Amount, string(x.Amount.Currency), x.Method, x.Reference,
		db.Micros(x.OccurredAt), x.CreatedBy, db.Micros(x.CreatedAt))
	return errs.Wrapf(err, "insert transaction %s", x.ID)
}

func readTransaction(ctx context.Context, q db.Reader, t tenant.ID, transaction id.ID) (Transaction, error) {
	const text = `SELECT ` + transactionColumns + ` FROM payment_transaction x WHERE x.tenant_id = $1 AND x.id = $2`
	return db.One(ctx, q, scanTransaction, text, t, transaction)
}

// listTransactions reads a page. Plan: range over payment_transaction_by_time, _by_order or _by_customer; no sort.
func listTransactions(ctx context.Context, q db.Reader, t tenant.ID, p *page.Query, customer id.ID) (page.Result[Transaction], error) {
	w := db.NewWhere(t)
	p.Apply(w)
	if !customer.IsZero() {
		w.And("x.customer_id = ?", customer)
	}
	order, err := p.Page(w)
	if err != nil {
		return page.Result[Transaction]{}, err
	}
	rows, err := db.All(ctx, q, scanTransaction, `SELECT `+transactionColumns+` FROM payment_transaction x WHERE x.tenant_id = $1`+w.SQL()+order, w.Args()...)
	if err != nil {
		return page.Result[Transaction]{}, errs.Wrapf(err, "list transactions")
	}
	return page.Cut(p, rows, func(x Transaction) (any, id.ID) { return db.Micros(x.OccurredAt), x.ID })
}

// lockOrder makes concurrent refunds of one order take turns.
func lockOrder(ctx context.Context, tx db.Tx, t tenant.ID, order id.ID) error {
	_, err := tx.Exec(ctx, `UPDATE sales_order SET updated_at = updated_at WHERE tenant_id = $1 AND id = $2`, t, order)
	return errs.Wrapf(err, "lock order %s", order)
}

// paid is what was paid for an order less what was refunded.
func paid(ctx context.Context, q db.Reader, t tenant.ID, order id.ID) (int64, error) {
	const text = `
		SELECT CAST(COALESCE(SUM(CASE kind WHEN 'payment' THEN amount ELSE -amount END), 0) AS BIGINT)
		FROM payment_transaction
		WHERE tenant_id = $1 AND order_id = $2`
	return db.Scalar[int64](ctx, q, text, t, order)
}
