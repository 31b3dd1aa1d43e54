package features

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/cucumber/godog"
)

func orderSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^an order "([^"]*)" of "([^"]*)"$`, func(number, name string) error { return w.givenOrder(number, name, "10.00", "") })
	s.Step(`^an order "([^"]*)" of "([^"]*)" worth ([\d.]+)$`, func(number, name, price string) error {
		return w.givenOrder(number, name, price, "")
	})
	s.Step(`^an order "([^"]*)" of "([^"]*)" placed on "([^"]*)"$`, func(number, name, day string) error {
		return w.givenOrder(number, name, "10.00", day)
	})
	s.Step(`^(\d+) orders of "([^"]*)"$`, func(n int, name string) error {
		for i := range n {
			if err := w.givenOrder(fmt.Sprintf("N-%d", i+1), name, "1.00", fmt.Sprintf("2025-01-%02d", i+1)); err != nil {
				return err
			}
		}
		return nil
	})
	for words, kind := range map[string]string{"an order": "sale", "a return": "return"} {
		s.Step(`^(\w+) creates `+words+` for "([^"]*)"$`, func(actor, name string, t *godog.Table) error {
			lines, err := lines(t)
			if err != nil {
				return err
			}
			_, err = w.as(actor, http.MethodPost, "/orders", map[string]any{"kind": kind, "customerId": w.customers[name], "currency": "GBP", "lines": lines})
			return err
		})
	}
	s.Step(`^(\w+) creates the order "([^"]*)" again$`, func(actor, number string) error {
		_, err := w.as(actor, http.MethodPost, "/orders", orderBody(number, "", "1.00", ""))
		return err
	})
	s.Step(`^(\w+) opens the order "([^"]*)"$`, func(actor, number string) error {
		_, err := w.as(actor, http.MethodGet, "/orders/"+w.orders[number], nil)
		return err
	})
	s.Step(`^(\w+) replaces the lines of the order "([^"]*)"$`, func(actor, number string, t *godog.Table) error {
		lines, err := lines(t)
		if err != nil {
			return err
		}
		_, err = w.as(actor, http.MethodPatch, "/orders/"+w.orders[number], map[string]any{"lines": lines})
		return err
	})
	s.Step(`^(\w+) moves the order "([^"]*)" to "([^"]*)"$`, func(actor, number, status string) error {
		_, err := w.as(actor, http.MethodPatch, "/orders/"+w.orders[number], map[string]any{"status": status})
		return err
	})
	s.Step(`^(\w+) deletes the order "([^"]*)"$`, func(actor, number string) error {
		_, err := w.as(actor, http.MethodDelete, "/orders/"+w.orders[number], nil)
		return err
	})
	s.Step(`^(\w+) records a (payment|refund) of ([\d.]+) for the order "([^"]*)"$`, w.pay)
	s.Step(`^the order's subtotal is (-?[\d.]+), discount (-?[\d.]+), tax (-?[\d.]+) and total (-?[\d.]+)$`, w.sums)
	s.Step(`^the lines' totals add up to the order's total$`, w.linesAddUp)
	s.Step(`^the order's history is "([^"]*)"$`, func(want string) error {
		var got []string
		history, _ := w.last().at("history").([]any)
		for _, h := range history {
			got = append(got, (&answer{body: h}).text("to"))
		}
		return same("the history", strings.Join(got, ", "), want)
	})
}

func orderBody(number, customer, price, day string) map[string]any {
	body := map[string]any{
		"number": number, "currency": "GBP",
		"lines": []any{map[string]any{"title": "Candle", "quantity": 1, "unitPrice": price}},
	}
	if customer != "" {
		body["customerId"] = customer
	}
	if day != "" {
		body["placedAt"] = day + "T12:00:00Z"
	}
	return body
}

func (w *world) givenOrder(number, name, price, day string) error {
	a, err := w.must("Ada", http.MethodPost, "/orders", orderBody(number, w.customers[name], price, day))
	if err != nil {
		return err
	}
	w.orders[number] = a.text("id")
	return nil
}

// lines reads a table of order lines; prices stay the exact text that was written.
func lines(t *godog.Table) ([]map[string]any, error) {
	var out []map[string]any
	for _, r := range records(t) {
		line := map[string]any{"title": r["title"], "unitPrice": r["unitPrice"]}
		for _, field := range []string{"quantity", "discount", "tax"} {
			if r[field] == "" {
				continue
			}
			n, err := strconv.Atoi(r[field])
			if err != nil {
				return nil, err
			}
			line[field] = n
		}
		out = append(out, line)
	}
	return out, nil
}

func (w *world) pay(actor, kind, amount, number string) error {
	minor, err := pennies(amount)
	if err != nil {
		return err
	}
	_, err = w.must(actor, http.MethodPost, "/transactions", map[string]any{
		"kind": kind, "amount": map[string]any{"amount": minor, "currency": "GBP"}, "method": "card", "orderId": w.orders[number],
	})
	return err
}

func (w *world) sums(subtotal, discount, tax, total string) error {
	for place, want := range map[string]string{"subtotal": subtotal, "discount": discount, "tax": tax, "total": total} {
		minor, err := pennies(want)
		if err != nil {
			return err
		}
		if err := same(place, w.last().text(place+".amount"), strconv.FormatInt(minor, 10)); err != nil {
			return fmt.Errorf("%w: %s", err, w.last().raw)
		}
	}
	return nil
}

func (w *world) linesAddUp() error {
	var sum float64
	all, _ := w.last().at("lines").([]any)
	for _, l := range all {
		amount, _ := (&answer{body: l}).at("total.amount").(float64)
		sum += amount
	}
	return same("the sum", plain(sum), w.last().text("total.amount"))
}

func pennies(s string) (int64, error) {
	f, err := strconv.ParseFloat(s, 64)
	return int64(math.Round(f * 100)), err
}
