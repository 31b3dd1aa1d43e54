package catalog

import (
	"context"

	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// ImportTx adds new products with the caller's ids, times, tags and custom values, in the caller's transaction.
// Errors: Invalid, Conflict sku_taken.
func (s *Service) ImportTx(ctx context.Context, tx db.Tx, t tenant.ID, products []*Product) error {
	var docs []search.Doc
	var pairs [][2]id.ID
	var values []field.Values
	for _, p := range products {
		if err := p.validate(); err != nil {
			return err
		}
		docs = append(docs, searchDoc(p))
		values = append(values, field.Values{ID: p.ID, Fields: p.Fields})
		for _, g := range p.Tags {
			pairs = append(pairs, [2]id.ID{p.ID, g.ID})
		}
	}
	if err := insertProducts(ctx, tx, t, products...); err != nil {
		return err
	}
	if err := links().ImportTx(ctx, tx, t, pairs); err != nil {
		return err
	}
	if err := s.fields.IndexManyTx(ctx, tx, t, field.Products, values); err != nil {
		return err
	}
	return s.search.PutMany(ctx, tx, t, docs)
}

// PurgeTx removes products without a trace; order lines keep their title and price.
func (s *Service) PurgeTx(ctx context.Context, tx db.Tx, t tenant.ID, products []id.ID) error {
	for _, p := range products {
		if err := s.fields.ForgetTx(ctx, tx, t, p); err != nil {
			return err
		}
		if err := s.search.Remove(ctx, tx, t, search.Product, p); err != nil {
			return err
		}
	}
	for _, x := range [][2]string{
		{`UPDATE order_line SET product_id = NULL`, "product_id"},
		{`DELETE FROM product_sales`, "product_id"},
		{`DELETE FROM product_tag`, "product_id"},
		{`DELETE FROM product`, "id"},
	} {
		w := db.NewWhere(t)
		db.In(w, x[1], products)
		if _, err := tx.Exec(ctx, x[0]+` WHERE tenant_id = $1`+w.SQL(), w.Args()...); err != nil {
			return errs.Wrapf(err, "purge products")
		}
	}
	return nil
}
