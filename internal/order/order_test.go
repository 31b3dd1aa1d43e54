package order_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/throughlinehq/throughline/internal/order"
)

func TestUnitPricesAreReadAndShownExactly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		want  int64
		shown string
	}{
		{"2.55", 2_550_000, "2.55"},
		{"0.001", 1000, "0.001"},
		{"11062.06", 11_062_060_000, "11062.06"},
		{"-11062.06", -11_062_060_000, "-11062.06"},
		{"0", 0, "0.00"},
		{"7", 7_000_000, "7.00"},
		{".5", 500_000, "0.50"},
	} {
		got, err := order.ParseUnitPrice(c.in)
		if err != nil || got != c.want || order.UnitPriceText(got, "GBP") != c.shown {
			t.Errorf("%s: got %d %q (%v)", c.in, got, order.UnitPriceText(got, "GBP"), err)
		}
	}
	for _, bad := range []string{"", "1e3", "1,5", "abc", "0.0000001", "99999999999", "1.2.3", "NaN", "0x10", "1/3"} {
		if got, err := order.ParseUnitPrice(bad); err == nil {
			t.Errorf("%q was read as %d", bad, got)
		}
	}
}

func TestTotalsAlwaysAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := order.Order{Currency: "GBP"}
		want := new(big.Rat)
		n := rapid.IntRange(1, 30).Draw(t, "lines")
		for range n {
			l := order.Line{
				Quantity: rapid.Int64Range(-1000, 1000).Draw(t, "quantity"), UnitPrice: rapid.Int64Range(0, 1_000_000_000).Draw(t, "price"),
				Discount: rapid.Int64Range(0, 500).Draw(t, "discount"), Tax: rapid.Int64Range(0, 500).Draw(t, "tax"),
			}
			o.Lines = append(o.Lines, l)
			exact := new(big.Rat).Mul(big.NewRat(l.UnitPrice, order.PriceScale), big.NewRat(l.Quantity*100, 1))
			want.Add(want, exact).Add(want, big.NewRat(l.Tax-l.Discount, 1))
		}
		discount, tax := rapid.Int64Range(0, 100).Draw(t, "order discount"), rapid.Int64Range(0, 100).Draw(t, "order tax")
		if err := o.Add(discount, tax); err != nil {
			t.Fatal(err)
		}
		want.Add(want, big.NewRat(tax-discount, 1))
		var lines int64
		for _, l := range o.Lines {
			lines += l.Total
		}
		if o.Total != o.Subtotal-o.Discount+o.Tax || o.Total != lines-discount+tax {
			t.Fatalf("total %d, parts %d-%d+%d, lines %d", o.Total, o.Subtotal, o.Discount, o.Tax, lines)
		}
		// Each line is rounded once: never further than half a penny a line from the exact sum.
		diff := new(big.Rat).Sub(want, big.NewRat(o.Total, 1))
		if diff.Abs(diff).Cmp(big.NewRat(int64(n), 2)) > 0 {
			t.Fatalf("total %d is %s away from the exact sum", o.Total, diff.FloatString(3))
		}
	})
}

func TestAmountsBeyondTheRangeAreRefused(t *testing.T) {
	t.Parallel()
	o := order.Order{Currency: "GBP"}
	for range 20_000 {
		o.Lines = append(o.Lines, order.Line{Quantity: 1_000_000_000, UnitPrice: 1_000_000_000 * order.PriceScale / 1000})
	}
	if err := o.Add(0, 0); err == nil {
		t.Error("a sum that leaves 64 bits was accepted")
	}
}
