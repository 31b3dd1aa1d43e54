package order

import (
	"context"

	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const orderColumns = `o.id, o.number, o.kind, o.status, o.customer_id, o.currency, o.subtotal, o.discount, o.tax, o.total,
	o.line_count, o.placed_at, o.source, o.fields, o.version, o.created_at, o.updated_at`

func scanOrder(row db.Row) (Order, error) {
	o := Order{Fields: map[string]any{}}
	err := row.Scan(&o.ID, &o.Number, (*string)(&o.Kind), (*string)(&o.Status), &o.Customer, (*string)(&o.Currency), &o.Subtotal, &o.Discount,
		&o.Tax, &o.Total, &o.LineCount, db.Time(&o.PlacedAt), &o.Source, db.FromJSON(&o.Fields), &o.Version, db.Time(&o.CreatedAt), db.Time(&o.UpdatedAt))
	return o, err
}

func orderValues(t tenant.ID, o *Order) []any {
	return []any{
		t, o.ID, o.Number, string(o.Kind), string(o.Status), o.Customer, string(o.Currency), o.Subtotal, o.Discount, o.Tax, o.Total,
		o.LineCount, db.Micros(o.PlacedAt), o.Source, db.JSON(o.Fields), o.Version, db.Micros(o.CreatedAt), db.Micros(o.UpdatedAt),
	}
}

const insertOrderHead = `INSERT INTO sales_order (tenant_id, id, number, kind, status, customer_id, currency, subtotal, discount, tax, total,
	line_count, placed_at, source, fields, version, created_at, updated_at)`

func insertOrders(ctx context.Context, tx db.Tx, t tenant.ID, orders ...*Order) error {
	heads := make([][]any, len(orders))
	var lines [][]any
	for i, o := range orders {
		heads[i] = orderValues(t, o)
		lines = append(lines, lineValues(t, o)...)
	}
	if err := db.InsertMany(ctx, tx, insertOrderHead, "", heads); err != nil {
		if db.IsUnique(err, "number") {
			return errs.New(errs.Conflict, "order_number_taken", "There is an order with this number.")
		}
		return errs.Wrapf(err, "insert orders")
	}
	return errs.Wrapf(db.InsertMany(ctx, tx, insertLineHead, "", lines), "insert order lines")
}

const insertLineHead = `INSERT INTO order_line (tenant_id, order_id, position, product_id, sku, title, quantity, unit_price, discount, tax, total)`

func lineValues(t tenant.ID, o *Order) [][]any {
	rows := make([][]any, len(o.Lines))
	for i, l := range o.Lines {
		rows[i] = []any{t, o.ID, i + 1, l.Product, l.SKU, l.Title, l.Quantity, l.UnitPrice, l.Discount, l.Tax, l.Total}
	}
	return rows
}

func readOrder(ctx context.Context, q db.Reader, t tenant.ID, order id.ID) (Order, error) {
	const text = `SELECT ` + orderColumns + ` FROM sales_order o WHERE o.tenant_id = $1 AND o.id = $2`
	return db.One(ctx, q, scanOrder, text, t, order)
}

func readLines(ctx context.Context, q db.Reader, t tenant.ID, order id.ID) ([]Line, error) {
	const text = `
		SELECT product_id, sku, title, quantity, unit_price, discount, tax, total
		FROM order_line
		WHERE tenant_id = $1 AND order_id = $2
		ORDER BY position`
	return db.All(ctx, q, func(row db.Row) (l Line, err error) {
		err = row.Scan(&l.Product, &l.SKU, &l.Title, &l.Quantity, &l.UnitPrice, &l.Discount, &l.Tax, &l.Total)
		return l, err
	}, text, t, order)
}

// listOrders reads a page, of one customer unless that is zero. Plan: range over sales_order_by_placed, or
// _by_customer, _by_status, _by_kind when that is filtered; no sort.
func listOrders(ctx context.Context, q db.Reader, t tenant.ID, p *page.Query, sorted *field.Field, customer id.ID, only []id.ID) (page.Result[Order], error) {
	conditions := func() *db.Where {
		w := db.NewWhere(t)
		p.Apply(w)
		if !customer.IsZero() {
			w.And("o.customer_id = ?", customer)
		}
		if only != nil {
			db.In(w, "o.id", only)
		}
		return w
	}
	w := conditions()
	order, err := p.Page(w)
	if err != nil {
		return page.Result[Order]{}, err
	}
	from, key := `sales_order o`, `o.placed_at`
	if sorted != nil {
		from, key = from+sorted.Join(w, "o"), `fv.value`
	}
	type keyed struct {
		Order
		key any
	}
	rows, err := db.All(ctx, q, func(row db.Row) (k keyed, err error) {
		k.Order, err = scanOrder(db.More(row, &k.key))
		return k, err
	}, `SELECT `+orderColumns+`, `+key+` FROM `+from+` WHERE o.tenant_id = $1`+w.SQL()+order, w.Args()...)
	if err != nil {
		return page.Result[Order]{}, errs.Wrapf(err, "list orders")
	}
	cut, err := page.Cut(p, rows, func(k keyed) (any, id.ID) { return k.key, k.ID })
	out := page.Result[Order]{Next: cut.Next, Data: make([]Order, len(cut.Data))}
	for i, k := range cut.Data {
		out.Data[i] = k.Order
	}
	if err != nil || !p.Total {
		return out, err
	}
	c := conditions()
	n, err := db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM sales_order o WHERE o.tenant_id = $1`+c.SQL(), c.Args()...)
	out.Total = &n
	return out, errs.Wrapf(err, "count orders")
}

// updateOrder writes everything but lines; it fails with Precondition when the version moved meanwhile.
func updateOrder(ctx context.Context, tx db.Tx, t tenant.ID, o *Order) error {
	const q = `
		UPDATE sales_order
		SET number = $3, kind = $4, status = $5, customer_id = $6, currency = $7, subtotal = $8, discount = $9, tax = $10, total = $11,
			line_count = $12, placed_at = $13, source = $14, fields = $15, version = $16 + 1, updated_at = $17
		WHERE tenant_id = $1 AND id = $2 AND version = $16`
	n, err := tx.Exec(ctx, q, t, o.ID, o.Number, string(o.Kind), string(o.Status), o.Customer, string(o.Currency), o.Subtotal, o.Discount,
		o.Tax, o.Total, o.LineCount, db.Micros(o.PlacedAt), o.Source, db.JSON(o.Fields), o.Version, db.Micros(o.UpdatedAt))
	switch {
	case db.IsUnique(err, "number"):
		return errs.New(errs.Conflict, "order_number_taken", "There is an order with this number.")
	case err != nil:
		return errs.Wrapf(err, "update order %s", o.ID)
	case n == 0:
		return errs.New(errs.Precondition, "stale", "Somebody changed this order meanwhile. Read it again.")
	}
	o.Version++
	return nil
}

func replaceLines(ctx context.Context, tx db.Tx, t tenant.ID, o *Order) error {
	if _, err := tx.Exec(ctx, `DELETE FROM order_line WHERE tenant_id = $1 AND order_id = $2`, t, o.ID); err != nil {
		return errs.Wrapf(err, "delete lines of order %s", o.ID)
	}
	return errs.Wrapf(db.InsertMany(ctx, tx, insertLineHead, "", lineValues(t, o)), "insert lines of order %s", o.ID)
}

func deleteOrder(ctx context.Context, tx db.Tx, t tenant.ID, order id.ID) error {
	for _, q := range []string{
		`UPDATE payment_transaction SET order_id = NULL WHERE tenant_id = $1 AND order_id = $2`,
		`DELETE FROM order_line WHERE tenant_id = $1 AND order_id = $2`,
		`DELETE FROM order_note WHERE tenant_id = $1 AND order_id = $2`,
		`DELETE FROM order_status_change WHERE tenant_id = $1 AND order_id = $2`,
		`DELETE FROM sales_order WHERE tenant_id = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(ctx, q, t, order); err != nil {
			return errs.Wrapf(err, "delete order %s", order)
		}
	}
	return nil
}

func insertStatusChange(ctx context.Context, tx db.Tx, t tenant.ID, order id.ID, c StatusChange) error {
	const q = `
		INSERT INTO order_status_change (tenant_id, id, order_id, from_status, to_status, actor_id, occurred_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	_, err := tx.Exec(ctx, q, t, c.ID, order, string(c.From), string(c.To), c.Actor, db.Micros(c.At))
	return errs.Wrapf(err, "insert status change of order %s", order)
}

func readHistory(ctx context.Context, q db.Reader, t tenant.ID, order id.ID) ([]StatusChange, error) {
	const text = `
		SELECT id, from_status, to_status, actor_id, occurred_at
		FROM order_status_change
		WHERE tenant_id = $1 AND order_id = $2
		ORDER BY id`
	return db.All(ctx, q, func(row db.Row) (c StatusChange, err error) {
		err = row.Scan(&c.ID, (*string)(&c.From), (*string)(&c.To), &c.Actor, db.Time(&c.At))
		return c, err
	}, text, t, order)
}

// values sums what customers' orders are worth. Plan: range over sales_order_by_customer for each.
func values(ctx context.Context, q db.Reader, t tenant.ID, customers []id.ID) (map[id.ID][]Value, error) {
	out := map[id.ID][]Value{}
	if len(customers) == 0 {
		return out, nil
	}
	w := db.NewWhere(t)
	db.In(w, "customer_id", customers)
	type row struct {
		customer id.ID
		Value
	}
	rows, err := db.All(ctx, q, func(r db.Row) (v row, err error) {
		err = r.Scan(&v.customer, (*string)(&v.Currency), &v.Orders, &v.Total, db.Time(&v.LastAt))
		return v, err
	}, `SELECT customer_id, currency, COUNT(*), CAST(SUM(total) AS BIGINT), MAX(placed_at)
		FROM sales_order
		WHERE tenant_id = $1 AND status <> 'cancelled'`+w.SQL()+`
		GROUP BY customer_id, currency`, w.Args()...)
	for _, r := range rows {
		out[r.customer] = append(out[r.customer], r.Value)
	}
	return out, errs.Wrapf(err, "sum orders of customers")
}

// existing tells which of the numbers are taken.
func existing(ctx context.Context, q db.Reader, t tenant.ID, numbers []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(numbers) == 0 {
		return out, nil
	}
	w := db.NewWhere(t)
	db.In(w, "number", numbers)
	found, err := db.All(ctx, q, func(r db.Row) (n string, err error) { return n, r.Scan(&n) },
		`SELECT number FROM sales_order WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	for _, n := range found {
		out[n] = true
	}
	return out, errs.Wrapf(err, "look for order numbers")
}

// Brief is what others show of an order.
type Brief struct {
	ID       id.ID
	Number   string
	Customer id.ID
	Status   Status
	Total    money.Money
}

func briefs(ctx context.Context, q db.Reader, t tenant.ID, ids []id.ID) (map[id.ID]Brief, error) {
	out := make(map[id.ID]Brief, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	w := db.NewWhere(t)
	db.In(w, "id", ids)
	rows, err := db.All(ctx, q, func(r db.Row) (b Brief, err error) {
		err = r.Scan(&b.ID, &b.Number, &b.Customer, (*string)(&b.Status), &b.Total.Amount, (*string)(&b.Total.Currency))
		return b, err
	}, `SELECT id, number, customer_id, status, total, currency FROM sales_order WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	for _, b := range rows {
		out[b.ID] = b
	}
	return out, errs.Wrapf(err, "read orders")
}
