package importer

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/money"
)

// plain reads any CSV file with one row per order line; a map tells which column holds what.
type plain struct {
	column   map[string]string
	currency money.Currency
}

// plainColumns are our names for what a row may hold; the first ones must be there.
var plainColumns = []string{ //nolint:gochecknoglobals // a constant list
	"order_number", "placed_at", "quantity", "unit_price",
	"sku", "title", "kind", "status", "currency", "line_discount", "line_tax",
	"customer_id", "customer_email", "customer_phone", "customer_name", "customer_company", "customer_country",
}

const plainRequired = 4

func newPlain(o Options) (format, error) {
	p := plain{column: map[string]string{}, currency: o.Currency}
	for _, c := range plainColumns {
		p.column[c] = c
	}
	var unknown []string
	for ours, theirs := range o.Columns {
		if !slices.Contains(plainColumns, ours) {
			unknown = append(unknown, ours)
		}
		p.column[ours] = theirs
	}
	if len(unknown) > 0 {
		sort.Strings(unknown)
		return nil, errs.Newf(errs.Invalid, "import_map", "Unknown in the column map: %s. Expected: %s.", strings.Join(unknown, ", "), strings.Join(plainColumns, ", "))
	}
	return p, nil
}

func (plain) system() string { return "csv" }

func (p plain) columns() []string {
	out := make([]string, 0, plainRequired)
	for _, c := range plainColumns[:plainRequired] {
		out = append(out, p.column[c])
	}
	return out
}

func (p plain) number(r record) string { return r.get(p.column["order_number"]) }

func (p plain) parse(r record) (row, error) {
	get := func(c string) string { return r.get(p.column[c]) }
	out := row{
		number: p.number(r), kind: order.Kind(first(get("kind"), string(order.Sale))), status: order.Status(first(get("status"), string(order.Completed))),
		currency: money.Currency(first(get("currency"), string(p.currency))),
		person: person{
			external: get("customer_id"), email: get("customer_email"), phone: get("customer_phone"), company: get("customer_company"),
			country: get("customer_country"),
		},
	}
	out.person.firstName, out.person.lastName = splitName(get("customer_name"))
	if err := errs.Check(errs.OneOf("kind", out.kind, order.Sale, order.Return, order.Adjustment), errs.OneOf("status", out.status, order.Statuses()...),
		errs.That(out.currency.Valid(), "currency", "must be a code such as GBP")); err != nil {
		return row{}, err
	}
	var err error
	if out.placedAt, err = readTime(get("placed_at")); err != nil {
		return row{}, fmt.Errorf("%s: %w", p.column["placed_at"], err)
	}
	if out.line, err = readLine(r, p.column["sku"], p.column["title"], p.column["quantity"], p.column["unit_price"]); err != nil {
		return row{}, err
	}
	for c, to := range map[string]*int64{"line_discount": &out.line.Discount, "line_tax": &out.line.Tax} {
		if *to, err = minor(get(c), out.currency); err != nil {
			return row{}, fmt.Errorf("%s: %w", p.column[c], err)
		}
	}
	return out, nil
}

func readTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time; want 2026-01-31 or 2026-01-31T12:00:00Z", s)
}
