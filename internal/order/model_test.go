package order_test

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
)

// modelOrder is what an order comes to, by plain arithmetic.
type modelOrder struct {
	lines         []order.Line
	discount, tax int64 // of the whole order
	status        order.Status
	steps         int
	paid          int64
}

// total rounds each line once, halves away from zero.
func (m modelOrder) total() int64 {
	sum := m.tax - m.discount
	for _, l := range m.lines {
		exact := new(big.Rat).Mul(big.NewRat(l.UnitPrice*100, order.PriceScale), big.NewRat(l.Quantity, 1))
		doubled := new(big.Int).Mul(new(big.Int).Abs(exact.Num()), big.NewInt(2))
		rounded := doubled.Add(doubled, exact.Denom()).Div(doubled, new(big.Int).Mul(exact.Denom(), big.NewInt(2))).Int64()
		if exact.Sign() < 0 {
			rounded = -rounded
		}
		sum += rounded - l.Discount + l.Tax
	}
	return sum
}

// TestOrdersMatchAModel changes orders at random and compares totals, payments and a customer's value with
// plain sums after each step.
func TestOrdersMatchAModel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		all := map[id.ID]*modelOrder{}
		made := 0
		rapid.Check(t, func(rt *rapid.T) {
			lines := func() (out []order.Line) {
				for range rapid.IntRange(1, 4).Draw(rt, "lines") {
					out = append(out, order.Line{
						Title: "Lamp", Quantity: rapid.Int64Range(1, 1000).Draw(rt, "quantity"), UnitPrice: rapid.Int64Range(0, 50_000_000).Draw(rt, "price"),
						Discount: rapid.Int64Range(0, 300).Draw(rt, "discount"), Tax: rapid.Int64Range(0, 300).Draw(rt, "tax"),
					})
				}
				return out
			}
			fail := func(err error) {
				if err != nil {
					rt.Fatal(err)
				}
			}
			for range rapid.IntRange(1, 4).Draw(rt, "steps") {
				step := rapid.SampledFrom([]string{"create", "lines", "whole", "status", "pay", "refund", "delete"}).Draw(rt, "step")
				var at id.ID
				if len(all) == 0 {
					step = "create"
				} else if step != "create" {
					at = rapid.SampledFrom(slices.SortedFunc(maps.Keys(all), func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })).Draw(rt, "order")
				}
				m := all[at]
				switch step {
				case "create":
					made++
					n := modelOrder{lines: lines(), discount: rapid.Int64Range(0, 500).Draw(rt, "less"), tax: rapid.Int64Range(0, 500).Draw(rt, "more"), status: order.Pending, steps: 1}
					o, err := w.orders.Create(ctx, w.boss, order.Draft{
						Number: fmt.Sprint("M-", made), Kind: order.Sale, Status: n.status, Customer: w.ada, Currency: "GBP", Lines: slices.Clone(n.lines), Discount: n.discount, Tax: n.tax,
					})
					fail(err)
					at, m = o.ID, &n
					all[at] = m
				case "lines":
					m.lines = lines()
					_, err := w.orders.Update(ctx, w.boss, at, nil, order.Change{Lines: slices.Clone(m.lines)})
					fail(err)
				case "whole":
					m.discount, m.tax = rapid.Int64Range(0, 500).Draw(rt, "less"), rapid.Int64Range(0, 500).Draw(rt, "more")
					_, err := w.orders.Update(ctx, w.boss, at, nil, order.Change{Discount: &m.discount, Tax: &m.tax})
					fail(err)
				case "status":
					s := rapid.SampledFrom(order.Statuses()).Draw(rt, "status")
					if s != m.status {
						m.status, m.steps = s, m.steps+1
					}
					_, err := w.orders.Update(ctx, w.boss, at, nil, order.Change{Status: &s})
					fail(err)
				case "pay", "refund":
					amount, kind := rapid.Int64Range(1, 5000).Draw(rt, "amount"), order.Payment
					if step == "refund" {
						kind = order.Refund
						if m.paid > 0 && rapid.Bool().Draw(rt, "all of it") {
							amount = m.paid + rapid.Int64Range(0, 1).Draw(rt, "more")
						}
					}
					_, err := w.orders.RecordTransaction(ctx, w.boss, order.Transaction{Order: at, Kind: kind, Amount: money.Of(amount, "GBP"), Method: "card"})
					switch {
					case kind == order.Refund && amount > m.paid:
						if !errs.Has(err, errs.Conflict) {
							rt.Fatalf("%d of %d given back: %v", amount, m.paid, err)
						}
					case kind == order.Refund:
						fail(err)
						m.paid -= amount
					default:
						fail(err)
						m.paid += amount
					}
				case "delete":
					fail(w.orders.Delete(ctx, w.boss, at, nil))
					delete(all, at)
				}
				got, err := w.orders.Read(ctx, w.boss, at)
				sum := m.tax - m.discount
				for _, l := range got.Lines {
					sum += l.Total
				}
				if step == "delete" {
					if !errs.Has(err, errs.NotFound) {
						rt.Fatalf("deleted, it gives %v", err)
					}
				} else if err != nil || got.Total != m.total() || got.Paid != m.paid || got.Status != m.status || len(got.History) != m.steps || got.LineCount != int64(len(m.lines)) || sum != m.total() {
					rt.Fatalf("after %s: total %d, lines to %d, paid %d, %s, %d steps, %d lines (%v); the model says %d and %+v", step, got.Total, sum, got.Paid, got.Status, len(got.History), got.LineCount, err, m.total(), m)
				}
			}
			var want, value int64
			for _, m := range all {
				if m.status != order.Cancelled {
					want += m.total()
				}
			}
			fail(d.Read(ctx, 1, func(ctx context.Context, q db.Reader) error {
				values, err := w.orders.Values(ctx, q, 1, []id.ID{w.ada})
				for _, v := range values[w.ada] {
					value += v.Total
				}
				return err
			}))
			if value != want {
				rt.Fatalf("the customer is worth %d, the model says %d", value, want)
			}
		})
	})
}
