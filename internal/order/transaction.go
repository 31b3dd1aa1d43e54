package order

import (
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// TransactionKind is which way the money went.
type TransactionKind string

// The kinds.
const (
	Payment TransactionKind = "payment"
	Refund  TransactionKind = "refund"
)

// Transaction is money that moved: a payment or a refund, of an order or of a customer. It is never
// changed; a mistake is put right by one the other way.
type Transaction struct {
	ID         id.ID
	Order      id.ID // zero: not for an order
	Customer   id.ID // zero: nobody known
	Kind       TransactionKind
	Amount     money.Money // always positive
	Method     string      // "card", "cash", "bank transfer"…
	Reference  string      // the payment provider's number
	OccurredAt time.Time
	CreatedBy  id.ID
	CreatedAt  time.Time
}

func (t Transaction) validate(now time.Time) error {
	return errs.Check(
		errs.OneOf("kind", t.Kind, Payment, Refund),
		errs.That(t.Amount.Amount > 0 && t.Amount.Amount <= limit, "amount.amount", "must be more than 0"),
		errs.That(t.Amount.Currency.Valid(), "amount.currency", "must be a code such as GBP"),
		errs.Length("method", t.Method, 1, 64),
		errs.Length("reference", t.Reference, 0, 200),
		errs.That(!t.Order.IsZero() || !t.Customer.IsZero(), "orderId", "or customerId is needed"),
		errs.That(!t.OccurredAt.After(now.Add(24*time.Hour)), "occurredAt", "must not be in the future"),
	)
}

// TransactionSpec is what the transaction list may filter and sort by.
func TransactionSpec() *page.Spec {
	return &page.Spec{Default: "-occurredAt", ID: "x.id", Fields: map[string]page.Field{
		"kind":       {Column: "x.kind", Type: page.Text, Enum: []string{string(Payment), string(Refund)}, Doc: "Which way the money went"},
		"orderId":    {Column: "x.order_id", Type: page.Ref, Doc: "The order it belongs to"},
		"customerId": {Column: "x.customer_id", Type: page.Ref, Doc: "Whose it is"},
		"method":     {Column: "x.method", Type: page.Text, Doc: "How it was paid"},
		"currency":   {Column: "x.currency", Type: page.Text, Doc: "ISO 4217 code"},
		"amount":     {Column: "x.amount", Type: page.Number, Doc: "Minor units"},
		"occurredAt": {Column: "x.occurred_at", Type: page.Instant, Sort: true, Doc: "When the money moved"},
	}}
}
