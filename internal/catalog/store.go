package catalog

import (
	"context"

	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const productColumns = `p.id, p.sku, p.title, p.description, p.status, p.price, p.currency, p.inventory, p.rating, p.rating_count,
	p.fields, p.version, p.created_at, p.updated_at`

func scanProduct(row db.Row) (Product, error) {
	p := Product{Fields: map[string]any{}}
	err := row.Scan(&p.ID, &p.SKU, &p.Title, &p.Description, (*string)(&p.Status), &p.Price.Amount, (*string)(&p.Price.Currency), &p.Inventory,
		&p.Rating, &p.RatingCount, db.FromJSON(&p.Fields), &p.Version, db.Time(&p.CreatedAt), db.Time(&p.UpdatedAt))
	return p, err
}

const insertProductHead = `INSERT INTO product (tenant_id, id, sku, title, title_key, description, status, price, currency, inventory, rating,
	rating_count, fields, version, created_at, updated_at)`

func productValues(t tenant.ID, p *Product) []any {
	return []any{
		t, p.ID, p.SKU, p.Title, titleKey(p.Title), p.Description, string(p.Status), p.Price.Amount, string(p.Price.Currency), p.Inventory, p.Rating,
		p.RatingCount, db.JSON(p.Fields), p.Version, db.Micros(p.CreatedAt), db.Micros(p.UpdatedAt),
	}
}

func insertProducts(ctx context.Context, tx db.Tx, t tenant.ID, products ...*Product) error {
	rows := make([][]any, len(products))
	for i, p := range products {
		rows[i] = productValues(t, p)
	}
	return taken(db.InsertMany(ctx, tx, insertProductHead, "", rows))
}

func taken(err error) error {
	if db.IsUnique(err, "sku") {
		return errs.New(errs.Conflict, "sku_taken", "There is a product with this SKU.")
	}
	return errs.Wrapf(err, "write product")
}

func readProduct(ctx context.Context, q db.Reader, t tenant.ID, product id.ID) (Product, error) {
	const text = `SELECT ` + productColumns + ` FROM product p WHERE p.tenant_id = $1 AND p.id = $2`
	return db.One(ctx, q, scanProduct, text, t, product)
}

// updateProduct fails with Precondition when the version moved meanwhile.
func updateProduct(ctx context.Context, tx db.Tx, t tenant.ID, p *Product) error {
	const q = `
		UPDATE product
		SET sku = $3, title = $4, title_key = $5, description = $6, status = $7, price = $8, currency = $9, inventory = $10, rating = $11,
			rating_count = $12, fields = $13, version = $14 + 1, updated_at = $15
		WHERE tenant_id = $1 AND id = $2 AND version = $14`
	n, err := tx.Exec(ctx, q, t, p.ID, p.SKU, p.Title, titleKey(p.Title), p.Description, string(p.Status), p.Price.Amount, string(p.Price.Currency),
		p.Inventory, p.Rating, p.RatingCount, db.JSON(p.Fields), p.Version, db.Micros(p.UpdatedAt))
	if err != nil {
		return taken(err)
	}
	if n == 0 {
		return stale()
	}
	p.Version++
	return nil
}

func stale() error {
	return errs.New(errs.Precondition, "stale", "Somebody changed this product meanwhile. Read it again.")
}

// deleteProduct takes the product out of the catalogue; order lines keep their own title and price.
func deleteProduct(ctx context.Context, tx db.Tx, t tenant.ID, product id.ID) error {
	for _, q := range []string{
		`UPDATE order_line SET product_id = NULL WHERE tenant_id = $1 AND product_id = $2`,
		`DELETE FROM product_tag WHERE tenant_id = $1 AND product_id = $2`,
		`DELETE FROM product WHERE tenant_id = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(ctx, q, t, product); err != nil {
			return errs.Wrapf(err, "delete product %s", product)
		}
	}
	return nil
}

// listProducts reads a page. Plan: range over product_by_update or product_by_title, no sort.
func listProducts(ctx context.Context, q db.Reader, t tenant.ID, p *page.Query, sorted *field.Field, only []id.ID) (page.Result[Product], error) {
	conditions := func() *db.Where {
		w := db.NewWhere(t)
		p.Apply(w)
		if only != nil {
			db.In(w, "p.id", only)
		}
		return w
	}
	w := conditions()
	order, err := p.Page(w)
	if err != nil {
		return page.Result[Product]{}, err
	}
	from, key := `product p`, `p.updated_at`
	switch {
	case sorted != nil:
		from, key = from+sorted.Join(w, "p"), `fv.value`
	case p.SortField() == "title":
		key = `p.title_key`
	}
	type keyed struct {
		Product
		key any
	}
	rows, err := db.All(ctx, q, func(row db.Row) (k keyed, err error) {
		k.Product, err = scanProduct(db.More(row, &k.key))
		return k, err
	}, `SELECT `+productColumns+`, `+key+` FROM `+from+` WHERE p.tenant_id = $1`+w.SQL()+order, w.Args()...)
	if err != nil {
		return page.Result[Product]{}, errs.Wrapf(err, "list products")
	}
	cut, err := page.Cut(p, rows, func(k keyed) (any, id.ID) { return k.key, k.ID })
	out := page.Result[Product]{Next: cut.Next, Data: make([]Product, len(cut.Data))}
	for i, k := range cut.Data {
		out.Data[i] = k.Product
	}
	if err != nil || !p.Total {
		return out, err
	}
	c := conditions()
	n, err := db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM product p WHERE p.tenant_id = $1`+c.SQL(), c.Args()...)
	out.Total = &n
	return out, errs.Wrapf(err, "count products")
}

// Bought is a product as one customer bought it.
type Bought struct {
	Product
	Quantity int64 // pieces, less what came back
	Orders   int64
}

// boughtBy lists what a customer bought, most pieces first. Plan: the customer's orders by
// sales_order_by_customer, their lines by primary key; a customer's whole history is read, the page is cut.
func boughtBy(ctx context.Context, q db.Reader, t tenant.ID, customer id.ID, limit int) ([]Bought, error) {
	const text = `
		SELECT ` + productColumns + `, b.quantity, b.orders
		FROM (
			SELECT l.product_id, CAST(SUM(l.quantity) AS BIGINT) AS quantity, COUNT(DISTINCT o.id) AS orders
			FROM sales_order o
			JOIN order_line l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
			WHERE o.tenant_id = $1 AND o.customer_id = $2 AND o.status <> 'cancelled' AND l.product_id IS NOT NULL
			GROUP BY l.product_id
		) b
		JOIN product p ON p.tenant_id = $1 AND p.id = b.product_id
		ORDER BY b.quantity DESC, p.id
		LIMIT $3`
	return db.All(ctx, q, func(row db.Row) (Bought, error) {
		var b Bought
		p, err := scanProduct(db.More(row, &b.Quantity, &b.Orders))
		b.Product = p
		return b, err
	}, text, t, customer, limit)
}

// Brief is what others show of a product.
type Brief struct {
	ID    id.ID
	SKU   string
	Title string
}

func briefs(ctx context.Context, q db.Reader, t tenant.ID, ids []id.ID) (map[id.ID]Brief, error) {
	out := make(map[id.ID]Brief, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	w := db.NewWhere(t)
	db.In(w, "id", ids)
	rows, err := db.All(ctx, q, func(r db.Row) (b Brief, err error) { return b, r.Scan(&b.ID, &b.SKU, &b.Title) },
		`SELECT id, sku, title FROM product WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	for _, b := range rows {
		out[b.ID] = b
	}
	return out, errs.Wrapf(err, "read products")
}

func idsBySKU(ctx context.Context, q db.Reader, t tenant.ID, skus []string) (map[string]id.ID, error) {
	out := make(map[string]id.ID, len(skus))
	if len(skus) == 0 {
		return out, nil
	}
	w := db.NewWhere(t)
	db.In(w, "sku", skus)
	_, err := db.All(ctx, q, func(r db.Row) (struct{}, error) {
		var sku string
		var product id.ID
		err := r.Scan(&sku, &product)
		out[sku] = product
		return struct{}{}, err
	}, `SELECT sku, id FROM product WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	return out, errs.Wrapf(err, "read products by SKU")
}

func createdWhere(w *db.Where, op string, values []any) {
	sign := map[string]string{"eq": "=", "gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}[op]
	w.And("p.created_at "+sign+" ?", values[0])
}
