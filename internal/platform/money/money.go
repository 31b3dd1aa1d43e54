// Package money holds exact amounts: integer minor units of an ISO 4217 currency.
// There is no floating point anywhere between a file, the database and the wire.
package money

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Currency is an upper-case ISO 4217 code.
type Currency string

// Money is an amount in minor units ("1299 GBP" is £12.99).
type Money struct {
	Amount   int64    `json:"amount" doc:"Minor units (pence, cents)" example:"1299"`
	Currency Currency `json:"currency" doc:"ISO 4217 code" minLength:"3" maxLength:"3" pattern:"^[A-Z]{3}$" example:"GBP"`
}

// Of makes an amount from minor units.
func Of(minor int64, c Currency) Money { return Money{minor, c} }

// Digits is how many decimals the currency has (ISO 4217); 2 where it is not listed.
func (c Currency) Digits() int {
	switch c {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}

// Valid reports three upper-case letters.
func (c Currency) Valid() bool {
	if len(c) != 3 {
		return false
	}
	for _, r := range c {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return true
}

// Add sums two amounts of one currency; it fails on a mix or an overflow.
func (m Money) Add(o Money) (Money, error) {
	if m.Currency != o.Currency {
		return Money{}, fmt.Errorf("add %s to %s: currencies differ", o.Currency, m.Currency)
	}
	sum := m.Amount + o.Amount
	if (sum > m.Amount) != (o.Amount > 0) && o.Amount != 0 {
		return Money{}, fmt.Errorf("add %d to %d: out of range", o.Amount, m.Amount)
	}
	return Money{sum, m.Currency}, nil
}

// String is the decimal form with the code ("12.99 GBP").
func (m Money) String() string { return m.Decimal() + " " + string(m.Currency) }

// Decimal is the amount in major units without the code ("-0.05").
func (m Money) Decimal() string {
	digits := m.Currency.Digits()
	s := strconv.FormatInt(m.Amount, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if digits == 0 {
		return sign + s
	}
	for len(s) <= digits {
		s = "0" + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// ParseDecimal reads a plain decimal number ("1299", "-0.5", "11062.06", "2.5e-1" is refused) exactly.
func ParseDecimal(s string) (*big.Rat, error) {
	t := strings.TrimSpace(s)
	body := strings.TrimPrefix(strings.TrimPrefix(t, "-"), "+")
	if body == "" || len(t) > 40 || strings.Trim(body, "0123456789.") != "" || strings.Count(body, ".") > 1 || body == "." {
		return nil, fmt.Errorf("%q is not a decimal number", s)
	}
	r, ok := new(big.Rat).SetString(t)
	if !ok {
		return nil, fmt.Errorf("%q is not a decimal number", s)
	}
	return r, nil
}

// FromRat rounds an exact number of major units to minor units, halves away from zero,
// as invoices do. It fails when the result does not fit 64 bits.
func FromRat(r *big.Rat, c Currency) (Money, error) {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Digits())), nil)
	n, err := Round(new(big.Rat).Mul(r, new(big.Rat).SetInt(scale)))
	return Money{n, c}, err
}

// Round rounds to an integer, halves away from zero; it fails outside 64 bits.
func Round(r *big.Rat) (int64, error) {
	num := new(big.Int).Abs(r.Num())
	num.Mul(num, big.NewInt(2)).Add(num, r.Denom())
	q := num.Quo(num, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
	if r.Sign() < 0 {
		q.Neg(q)
	}
	if !q.IsInt64() || q.Int64() == math.MinInt64 {
		return 0, fmt.Errorf("%s is out of range", r.FloatString(2))
	}
	return q.Int64(), nil
}
