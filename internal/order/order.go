package order

import (
	"fmt"
	"math/big"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// Kind is what an order does to the till.
type Kind string

// The kinds.
const (
	Sale       Kind = "sale"
	Return     Kind = "return"
	Adjustment Kind = "adjustment" // a correction of the books, such as a bad debt
)

// Status is where an order stands.
type Status string

// The statuses.
const (
	Pending   Status = "pending"
	Paid      Status = "paid"
	Shipped   Status = "shipped"
	Completed Status = "completed"
	Cancelled Status = "cancelled"
	Refunded  Status = "refunded"
)

// Statuses lists all statuses in their usual order.
func Statuses() []Status { return []Status{Pending, Paid, Shipped, Completed, Cancelled, Refunded} }

const (
	maxLines    = 10_000
	maxQuantity = 1_000_000_000
	maxPrice    = 1_000_000_000 // major units
	// PriceScale is how many parts of a major unit a unit price is kept in; some prices have more
	// digits than money has ("0.001" each).
	PriceScale = 1_000_000
)

// Order is one receipt.
type Order struct {
	ID        id.ID
	Number    string
	Kind      Kind
	Status    Status
	Customer  id.ID // zero: nobody known
	Currency  money.Currency
	Lines     []Line // only where a single order is read
	LineCount int64
	Subtotal  int64 // minor units, as Discount, Tax and Total
	Discount  int64 // of the lines and of the whole order
	Tax       int64
	Total     int64
	PlacedAt  time.Time
	Source    string
	Fields    map[string]any
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Line is one position. Title, SKU and price are as they were when it was bought.
type Line struct {
	Product   id.ID // zero: not in the catalogue
	SKU       string
	Title     string
	Quantity  int64
	UnitPrice int64 // millionths of the major unit
	Discount  int64 // minor units
	Tax       int64
	Total     int64 // quantity × unit price, rounded, less discount, plus tax
}

// ParseUnitPrice reads a decimal number of major units exactly. Errors: more than six decimals, too large.
func ParseUnitPrice(s string) (int64, error) {
	r, err := money.ParseDecimal(s)
	if err != nil {
		return 0, err
	}
	r.Mul(r, big.NewRat(PriceScale, 1))
	if !r.IsInt() {
		return 0, fmt.Errorf("%q has more than six decimals", s)
	}
	if !r.Num().IsInt64() || r.Num().Int64() > maxPrice*PriceScale || r.Num().Int64() < -maxPrice*PriceScale {
		return 0, fmt.Errorf("%q is too large", s)
	}
	return r.Num().Int64(), nil
}

// UnitPriceText is a unit price as a plain decimal ("2.55"), without needless zeros past the minor unit.
func UnitPriceText(millionths int64, c money.Currency) string {
	r := big.NewRat(millionths, PriceScale)
	for digits := c.Digits(); digits < 6; digits++ {
		if text := r.FloatString(digits); exact(text, r) {
			return text
		}
	}
	return r.FloatString(6)
}

func exact(text string, r *big.Rat) bool {
	v, ok := new(big.Rat).SetString(text)
	return ok && v.Cmp(r) == 0
}

// gross is quantity × unit price in minor units, halves rounded away from zero.
func (l Line) gross(c money.Currency) (int64, error) {
	r := new(big.Rat).Mul(big.NewRat(l.UnitPrice, PriceScale), big.NewRat(l.Quantity, 1))
	m, err := money.FromRat(r, c)
	return m.Amount, err
}

// Add computes every line's total and the order's. Extra is a discount and a tax on the whole order.
// It fails when an amount leaves 64 bits.
func (o *Order) Add(extraDiscount, extraTax int64) error {
	o.Subtotal, o.Discount, o.Tax = 0, extraDiscount, extraTax
	for i := range o.Lines {
		l := &o.Lines[i]
		gross, err := l.gross(o.Currency)
		if err != nil {
			return errs.OnField(fmt.Sprintf("lines[%d]", i), "is too large")
		}
		sum := []*int64{&o.Subtotal, &o.Discount, &o.Tax}
		for j, v := range []int64{gross, l.Discount, l.Tax} {
			if *sum[j], err = add(*sum[j], v); err != nil {
				return errs.OnField(fmt.Sprintf("lines[%d]", i), "makes the order too large")
			}
		}
		l.Total = gross - l.Discount + l.Tax
	}
	o.LineCount = int64(len(o.Lines))
	o.Total = o.Subtotal - o.Discount + o.Tax
	return nil
}

// limit keeps sums far from the end of 64 bits.
const limit = int64(1) << 60

func add(a, b int64) (int64, error) {
	if b > limit || b < -limit || a+b > limit || a+b < -limit {
		return 0, fmt.Errorf("amount out of range")
	}
	return a + b, nil
}

// extra is the part of discount and tax that belongs to no line.
func (o *Order) extra() (discount, tax int64) {
	discount, tax = o.Discount, o.Tax
	for _, l := range o.Lines {
		discount -= l.Discount
		tax -= l.Tax
	}
	return discount, tax
}

// Check reports what is wrong with an order, by field. Errors: Invalid.
func (o *Order) Check() error {
	problems := []*errs.Field{
		errs.Length("number", o.Number, 1, 64),
		errs.OneOf("kind", o.Kind, Sale, Return, Adjustment),
		errs.OneOf("status", o.Status, Statuses()...),
		errs.That(o.Currency.Valid(), "currency", "must be a code such as GBP"),
		errs.Length("source", o.Source, 0, 64),
		errs.Between("lines", int64(len(o.Lines)), 1, maxLines),
		errs.That(!o.PlacedAt.IsZero() && o.PlacedAt.Year() >= 1970 && o.PlacedAt.Year() < 3000, "placedAt", "must be between 1970 and 3000"),
	}
	for i, l := range o.Lines {
		problems = append(problems, l.problems(fmt.Sprintf("lines[%d]", i), o.Kind)...)
	}
	return errs.Check(problems...)
}

func (l Line) problems(at string, k Kind) []*errs.Field {
	out := []*errs.Field{
		errs.Length(at+".title", l.Title, 1, 500),
		errs.Length(at+".sku", l.SKU, 0, 100),
		errs.Between(at+".quantity", l.Quantity, -maxQuantity, maxQuantity),
		errs.That(l.Quantity != 0, at+".quantity", "must not be 0"),
		errs.That(l.UnitPrice <= maxPrice*PriceScale && l.UnitPrice >= -maxPrice*PriceScale, at+".unitPrice", "is too large"),
	}
	switch k {
	case Sale:
		out = append(out, errs.That(l.UnitPrice >= 0, at+".unitPrice", "must not be negative"))
	case Return:
		out = append(out, errs.That(l.Quantity < 0, at+".quantity", "must be negative in a return"),
			errs.That(l.UnitPrice >= 0, at+".unitPrice", "must not be negative"))
	case Adjustment:
	}
	return out
}

// Note is a remark that staff keep about an order. Customers never see it.
type Note struct {
	ID        id.ID
	Order     id.ID
	Author    id.ID
	Body      string
	CreatedAt time.Time
	UpdatedAt time.Time
}

func (n Note) validate() error { return errs.Check(errs.Length("body", n.Body, 1, 10_000)) }

// StatusChange is one step of an order's history.
type StatusChange struct {
	ID    id.ID
	From  Status
	To    Status
	Actor id.ID
	At    time.Time
}

// Value is what a customer's orders are worth in one currency: returns and adjustments reduce it,
// cancelled orders do not count.
type Value struct {
	Currency money.Currency
	Orders   int64
	Total    int64
	LastAt   time.Time
}

// Match tells whether the version that is there is the one a caller saw. Errors: Precondition.
type Match func(version int64) error

func (m Match) check(version int64) error {
	if m == nil {
		return nil
	}
	return m(version)
}

// ListSpec is what the order list may filter and sort by, without the workspace's own fields.
func ListSpec() *page.Spec {
	return &page.Spec{Default: "-placedAt", ID: "o.id", Fields: map[string]page.Field{
		"number":     {Column: "o.number", Type: page.Text, Doc: "Exact order number"},
		"kind":       {Column: "o.kind", Type: page.Text, Enum: []string{string(Sale), string(Return), string(Adjustment)}, Doc: "What it does to the till"},
		"status":     {Column: "o.status", Type: page.Text, Enum: names(Statuses()), Doc: "Where it stands"},
		"customerId": {Column: "o.customer_id", Type: page.Ref, Doc: "Whose it is; none for orders without a customer"},
		"currency":   {Column: "o.currency", Type: page.Text, Doc: "ISO 4217 code"},
		"total":      {Column: "o.total", Type: page.Number, Doc: "Total in minor units"},
		"source":     {Column: "o.source", Type: page.Text, Doc: "Where it came from"},
		"placedAt":   {Column: "o.placed_at", Type: page.Instant, Sort: true, Doc: "When it was placed"},
	}}
}

func names[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}

// RoundPrice is a unit price in minor units, for people.
func RoundPrice(millionths int64, c money.Currency) money.Money {
	m, err := money.FromRat(big.NewRat(millionths, PriceScale), c)
	if err != nil { // cannot be: prices are far inside 64 bits
		return money.Money{Currency: c}
	}
	return m
}
