package seed

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/money"
)

// sale is what is fixed about the n-th order before its lines are known; tickets ask for it too.
type sale struct {
	n, customer, good int
	number            string
	kind              order.Kind
	at                time.Time
}

// sale makes the head of the n-th order; later numbers are later.
func (b *brand) sale(n int) (sale, *rand.Rand) {
	r := b.dice(ofOrder, n)
	f := (float64(n) + r.Float64()) / float64(b.o.Orders)
	s := sale{
		n: n, customer: b.buyer(f, r.Float64()), good: b.popular(r), kind: order.Sale, number: fmt.Sprintf("SO-%d", 100_001+n),
		at: b.until(b.start.Add(time.Duration(f * float64(span))).Truncate(time.Second)),
	}
	if often(r, 6) {
		s.kind, s.number = order.Return, fmt.Sprintf("RT-%d", 100_001+n)
	}
	return s, r
}

// popular chooses a thing; some sell far better than others.
func (b *brand) popular(r *rand.Rand) int {
	return int(math.Pow(r.Float64(), 1.7)*float64(len(b.goods))) * 29 % len(b.goods)
}

// order makes the n-th order with all that became of it.
func (b *brand) order(n int) (order.History, error) {
	s, r := b.sale(n)
	o := &order.Order{
		ID: marked(s.at, n), Number: s.number, Kind: s.kind, Customer: b.customerID(s.customer), Currency: b.currency, PlacedAt: s.at, Source: Source,
		Version: 1, CreatedAt: s.at,
	}
	o.Fields = b.orderValues(n, s.customer)
	reduced := s.kind == order.Sale && often(r, 12)
	for i := range 1 + r.IntN(4)*r.IntN(2) {
		at := s.good
		if i > 0 {
			at = b.popular(r)
		}
		minor, millionths := price(b.goods[at].hundredths, b.currency)
		l := order.Line{Product: b.productID(at), SKU: sku(at), Title: b.goods[at].title, Quantity: int64(1 + r.IntN(3)*r.IntN(2)), UnitPrice: millionths}
		if reduced {
			l.Discount = minor * l.Quantity / 10
		}
		if s.kind == order.Return {
			l.Quantity = -1
		}
		o.Lines = append(o.Lines, l)
	}
	if err := o.Add(0, 0); err != nil {
		return order.History{}, err
	}
	h := order.History{Order: o}
	b.fate(&h, s, r)
	o.UpdatedAt = s.at
	if len(h.Changes) > 0 {
		o.UpdatedAt = h.Changes[len(h.Changes)-1].At
	}
	if often(r, 4) {
		at := b.until(s.at.Add(time.Duration(1+r.IntN(30)) * time.Hour))
		h.Notes = append(h.Notes, order.Note{ID: marked(at, n), Order: o.ID, Author: pick(r, b.agents).ID, Body: pick(r, orderNotes()), CreatedAt: at, UpdatedAt: at})
	}
	return h, nil
}

// fate decides where an order stands by its age, and how it got there.
func (b *brand) fate(h *order.History, s sale, r *rand.Rand) {
	o, age, chance := h.Order, b.base.Sub(s.at), r.IntN(100)
	const day = 24 * time.Hour
	steps := []order.Status{order.Paid, order.Shipped, order.Completed}
	switch {
	case s.kind == order.Return:
		steps = []order.Status{order.Completed}
	case age < day && chance < 30:
		steps = nil
	case age < 3*day:
		steps = steps[:1+chance%2]
	case age < 10*day:
		steps = steps[:2+chance%2]
	case chance < 3:
		steps = []order.Status{order.Cancelled}
	case chance < 6:
		steps = append(steps, order.Refunded)
	}
	wait := map[order.Status]time.Duration{
		order.Paid: 2 * time.Minute, order.Shipped: time.Duration(4+r.IntN(40)) * time.Hour, order.Completed: time.Duration(40+r.IntN(90)) * time.Hour,
		order.Cancelled: 3 * time.Hour, order.Refunded: time.Duration(5+r.IntN(12)) * day,
	}
	at := s.at
	o.Status = order.Pending
	pay := func(kind order.TransactionKind, amount int64) {
		if amount <= 0 {
			return
		}
		h.Transactions = append(h.Transactions, order.Transaction{
			ID: marked(at, s.n*2+len(h.Transactions)), Order: o.ID, Customer: o.Customer, Kind: kind, Amount: money.Of(amount, o.Currency),
			Method: pick(r, []string{"card", "card", "card", "paypal", "bank transfer", "gift card"}), Reference: fmt.Sprintf("%s-%06d", pick(r, []string{"ch", "py", "tx"}), r.IntN(1_000_000)),
			OccurredAt: at, CreatedAt: at,
		})
	}
	for i, to := range steps {
		at = b.until(at.Add(wait[to]))
		h.Changes = append(h.Changes, order.StatusChange{ID: marked(at, s.n*8+i), From: o.Status, To: to, At: at})
		o.Status = to
		switch {
		case to == order.Paid:
			pay(order.Payment, o.Total)
		case to == order.Refunded:
			pay(order.Refund, o.Total)
		case s.kind == order.Return:
			pay(order.Refund, -o.Total)
		}
	}
}

func orderNotes() []string {
	return []string{
		"Gift: leave the invoice out of the parcel.",
		"Address confirmed by phone.",
		"Customer asked for one parcel instead of two; waited for the second item.",
		"Carrier reported a missed delivery, second attempt the next morning.",
		"Goodwill: postage was not charged.",
	}
}
