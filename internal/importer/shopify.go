package importer

import (
	"fmt"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/money"
)

// shopify reads the file of Shopify's "Export orders": one row per line item; only an order's first row
// holds its totals and person. Shipping becomes a line of its own, because totals must add up.
type shopify struct{ currency money.Currency }

func (shopify) system() string { return "shopify" }

func (shopify) columns() []string {
	return []string{"Name", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price"}
}

func (shopify) number(r record) string { return r.get("Name") }

func (s shopify) parse(r record) (row, error) {
	out := row{number: r.get("Name"), kind: order.Sale, currency: money.Currency(r.get("Currency"))}
	if out.currency == "" {
		out.currency = s.currency
	}
	if at := r.get("Created at"); at != "" {
		var err error
		if out.placedAt, err = time.Parse("2006-01-02 15:04:05 -0700", at); err != nil {
			if out.placedAt, err = time.Parse(time.RFC3339, at); err != nil {
				return row{}, fmt.Errorf("created at %q is no time", at)
			}
		}
	}
	out.status = shopifyStatus(r)
	out.person = person{email: r.get("Email"), phone: r.get("Phone"), country: first(r.get("Shipping Country"), r.get("Billing Country")), company: r.get("Billing Company")}
	out.person.firstName, out.person.lastName = splitName(first(r.get("Shipping Name"), r.get("Billing Name")))
	var err error
	if out.line, err = readLine(r, "Lineitem sku", "Lineitem name", "Lineitem quantity", "Lineitem price"); err != nil {
		return row{}, err
	}
	if out.line.Discount, err = minor(r.get("Lineitem discount"), out.currency); err != nil {
		return row{}, fmt.Errorf("lineitem discount: %w", err)
	}
	if r.get("Total") != "" {
		if out.header, err = s.header(r, out.currency); err != nil {
			return row{}, err
		}
		if out.more, err = s.shipping(r); err != nil {
			return row{}, fmt.Errorf("shipping: %w", err)
		}
	}
	return out, nil
}

func (shopify) header(r record, c money.Currency) (*header, error) {
	var h header
	values := map[string]*int64{"Discount Amount": &h.discount, "Taxes": &h.tax, "Total": &h.total}
	for name, to := range values {
		n, err := minor(r.get(name), c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.ToLower(name), err)
		}
		*to = n
	}
	shipping, err := minor(r.get("Shipping"), c)
	if err != nil {
		return nil, fmt.Errorf("shipping: %w", err)
	}
	subtotal, err := minor(r.get("Subtotal"), c)
	if err != nil {
		return nil, fmt.Errorf("subtotal: %w", err)
	}
	// Prices that include tax: the tax is shown but not added.
	if r.get("Subtotal") != "" && subtotal+shipping == h.total {
		h.tax = 0
	}
	h.hasTotal = true
	return &h, nil
}

// shipping is a line of its own, from an order's first row.
func (shopify) shipping(r record) ([]order.Line, error) {
	price, err := order.ParseUnitPrice(first(r.get("Shipping"), "0"))
	if err != nil || price == 0 {
		return nil, err
	}
	return []order.Line{{Title: first(r.get("Shipping Method"), "Shipping"), Quantity: 1, UnitPrice: price}}, nil
}

func shopifyStatus(r record) order.Status {
	switch {
	case r.get("Cancelled at") != "":
		return order.Cancelled
	case r.get("Financial Status") == "refunded":
		return order.Refunded
	case r.get("Fulfillment Status") == "fulfilled":
		return order.Shipped
	case r.get("Financial Status") == "paid":
		return order.Paid
	}
	return order.Pending
}

func minor(s string, c money.Currency) (int64, error) {
	if s == "" {
		return 0, nil
	}
	r, err := money.ParseDecimal(s)
	if err != nil {
		return 0, err
	}
	m, err := money.FromRat(r, c)
	return m.Amount, err
}

func splitName(s string) (firstName, lastName string) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return s, ""
	}
	return strings.TrimSpace(s[:i]), s[i+1:]
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
