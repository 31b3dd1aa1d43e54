package report

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// What counts as an upsell: sold in the last salesWindow, rated wellReviewed or better (out of 5), in stock.
const (
	salesWindow  = 90 * 24 * time.Hour
	wellReviewed = 4.0
)

// Upsell suggests the best-sold, well-reviewed products that a customer has not bought; for the zero
// customer, the best-sold of all. The caller has checked that the customer is visible.
// Errors: Forbidden without products:read.
func (s *Service) Upsell(ctx context.Context, who auth.Actor, customer id.ID, limit int) ([]Item, error) {
	if err := who.Require("products:read"); err != nil {
		return nil, err
	}
	var out []Item
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		out, err = top(ctx, q, who.Tenant, customer, limit)
		return err
	})
	return out, err
}

// top reads product_sales in order and leaves out what the customer has. Plan: product_sales_by_sold
// backwards, one look into the customer's orders per candidate, no sort.
func top(ctx context.Context, q db.Reader, t tenant.ID, customer id.ID, limit int) ([]Item, error) {
	w := db.NewWhere(t, wellReviewed)
	if !customer.IsZero() {
		w.And(`p.id NOT IN (
			SELECT l.product_id
			FROM sales_order o
			JOIN order_line l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
			WHERE o.tenant_id = $1 AND o.customer_id = ? AND o.status <> 'cancelled' AND l.product_id IS NOT NULL)`, customer)
	}
	text := `
		SELECT p.id, p.sku, p.title, p.price, p.currency, p.inventory, p.rating, s.sold
		FROM product_sales s
		JOIN product p ON p.tenant_id = s.tenant_id AND p.id = s.product_id
		WHERE s.tenant_id = $1 AND p.status = 'active' AND p.rating >= $2 AND (p.inventory IS NULL OR p.inventory > 0)` + w.SQL() + `
		ORDER BY s.sold DESC, s.product_id DESC
		LIMIT ` + w.Arg(limit)
	out, err := db.All(ctx, q, scanItem, text, w.Args()...)
	return out, errs.Wrapf(err, "list upsell products")
}

// RefreshSales works out anew how much of each product a workspace sold lately. The window ends with the
// newest order, so that an imported history has best sellers too. The sums are read first, so that the
// transaction that keeps them is short.
func (s *Service) RefreshSales(ctx context.Context, t tenant.ID) error {
	var rows [][]any
	err := s.db.Read(ctx, t, func(ctx context.Context, q db.Reader) error {
		newest, err := db.Scalar[int64](ctx, q, `SELECT placed_at FROM sales_order WHERE tenant_id = $1 AND kind = 'sale' ORDER BY placed_at DESC LIMIT 1`, t)
		if errs.Has(err, errs.NotFound) {
			return nil
		}
		if err != nil {
			return errs.Wrapf(err, "find the newest sale")
		}
		const text = `
			SELECT l.product_id, CAST(SUM(l.quantity) AS BIGINT)
			FROM sales_order o
			JOIN order_line l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
			WHERE o.tenant_id = $1 AND o.placed_at > $2 AND o.status <> 'cancelled' AND l.product_id IS NOT NULL
			GROUP BY l.product_id
			HAVING SUM(l.quantity) > 0`
		rows, err = db.All(ctx, q, func(r db.Row) ([]any, error) {
			var product id.ID
			var sold int64
			err := r.Scan(&product, &sold)
			return []any{t, product, sold}, err
		}, text, t, newest-salesWindow.Microseconds())
		return errs.Wrapf(err, "sum sales")
	})
	if err != nil {
		return err
	}
	return s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM product_sales WHERE tenant_id = $1`, t); err != nil {
			return errs.Wrapf(err, "clear sales")
		}
		return errs.Wrapf(db.InsertMany(ctx, tx, `INSERT INTO product_sales (tenant_id, product_id, sold)`, "", rows), "keep sales")
	})
}
