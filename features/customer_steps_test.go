package features

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cucumber/godog"
)

const never = "01890a5d-ac96-774b-bcce-b302099a8057"

func customerSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^(\w+)'s customer "([^"]*)"$`, func(owner, name string) error { return w.given(owner, name, nil) })
	s.Step(`^(\w+)'s customer "([^"]*)" with the e-mail "([^"]*)"$`, func(owner, name, email string) error {
		return w.given(owner, name, map[string]any{"email": email})
	})
	s.Step(`^(\w+)'s customer "([^"]*)" with the field "([^"]*)" (.+)$`, func(owner, name, key, value string) error {
		return w.given(owner, name, map[string]any{"fields": map[string]any{key: literal(value)}})
	})
	s.Step(`^(\d+) customers$`, func(n int) error {
		for i := range n {
			if err := w.given("Ada", fmt.Sprintf("Customer Number%d", i+1), nil); err != nil {
				return err
			}
		}
		return nil
	})
	s.Step(`^(\w+) creates the customer "([^"]*)"$`, func(actor, name string) error { return w.createCustomer(actor, name, nil) })
	s.Step(`^(\w+) creates the customer "([^"]*)" with the e-mail "([^"]*)"$`, func(actor, name, email string) error {
		return w.createCustomer(actor, name, map[string]any{"email": email})
	})
	s.Step(`^(\w+) creates the customer "([^"]*)" with the field "([^"]*)" (.+)$`, func(actor, name, key, value string) error {
		return w.createCustomer(actor, name, map[string]any{"fields": map[string]any{key: literal(value)}})
	})
	s.Step(`^(\w+) creates a customer$`, func(actor string, t *godog.Table) error {
		_, err := w.as(actor, http.MethodPost, "/customers", object(t))
		return err
	})
	s.Step(`^(\w+) (?:opens|reads) "([^"]*)"$`, w.openCustomer)
	s.Step(`^(\w+) opens "([^"]*)" again$`, w.openCustomer)
	s.Step(`^(\w+) and (\w+) have opened "([^"]*)"$`, func(one, two, name string) error {
		if err := w.openCustomer(one, name); err != nil {
			return err
		}
		return w.openCustomer(two, name)
	})
	s.Step(`^(\w+) opens a customer that never was$`, func(actor string) error {
		_, err := w.as(actor, http.MethodGet, "/customers/"+never, nil)
		return err
	})
	s.Step(`^(\w+) changes "([^"]*)" of "([^"]*)" to "([^"]*)"$`, func(actor, field, name, value string) error {
		return w.changeCustomer(actor, name, field, value)
	})
	s.Step(`^(\w+) clears "([^"]*)" of "([^"]*)"$`, func(actor, field, name string) error {
		return w.changeCustomer(actor, name, field, nil)
	})
	s.Step(`^(\w+) changes "([^"]*)" of what s?he opened to "([^"]*)"$`, func(actor, field, value string) error {
		seen := w.opened[actor]
		_, err := w.as(actor, http.MethodPatch, "/customers/"+seen.text("id"), map[string]any{field: value}, "If-Match", seen.header.Get("ETag"))
		return err
	})
	s.Step(`^(\w+) deletes what s?he opened$`, func(actor string) error {
		seen := w.opened[actor]
		_, err := w.as(actor, http.MethodDelete, "/customers/"+seen.text("id"), nil, "If-Match", seen.header.Get("ETag"))
		return err
	})
	s.Step(`^(\w+) deletes "([^"]*)"$`, func(actor, name string) error {
		_, err := w.as(actor, http.MethodDelete, "/customers/"+w.customers[name], nil)
		return err
	})
	s.Step(`^for (\w+) the "([^"]*)" of "([^"]*)" is "([^"]*)"$`, func(actor, field, name, want string) error {
		if err := w.openCustomer(actor, name); err != nil {
			return err
		}
		return same(field, w.last().text(field), want)
	})
	s.Step(`^(\w+) lists the customers$`, func(actor string) error { return w.listCustomers(actor, "") })
	s.Step(`^(\w+) lists the customers with "([^"]*)"$`, w.listCustomers)
	s.Step(`^Ada has defined the customer field "([^"]*)" as a list of "([^"]*)" that can be filtered$`, func(key, options string) error {
		return w.define(key, map[string]any{"type": "list", "options": list(options)})
	})
	s.Step(`^Ada has defined the customer field "([^"]*)" as a (text|number|date) that can be filtered$`, func(key, kind string) error {
		return w.define(key, map[string]any{"type": kind})
	})
	s.Step(`^(\w+) reads the customers page by page, (\d+) at a time, while another is created$`, w.readPages)
	s.Step(`^all (\d+) were seen once$`, w.allSeenOnce)
	s.Step(`^(\w+) searches for "(.*)"$`, func(actor, words string) error {
		_, err := w.as(actor, http.MethodGet, "/search?q="+url.QueryEscape(words), nil)
		return err
	})
	s.Step(`^"([^"]*)" is among the results$`, func(name string) error { return w.found(name, true) })
	s.Step(`^"([^"]*)" is not among the results$`, func(name string) error { return w.found(name, false) })
}

// given creates a customer that somebody owns.
func (w *world) given(owner, name string, more map[string]any) error {
	if w.who(owner).id == "" {
		if err := w.signIn(owner); err != nil {
			return err
		}
	}
	body := map[string]any{"ownerId": w.who(owner).id}
	for k, v := range more {
		body[k] = v
	}
	if err := w.createCustomer(owner, name, body); err != nil {
		return err
	}
	return w.last().ok()
}

func (w *world) createCustomer(actor, name string, more map[string]any) error {
	first, last, _ := strings.Cut(name, " ")
	body := map[string]any{"firstName": first, "lastName": last}
	for k, v := range more {
		body[k] = v
	}
	a, err := w.as(actor, http.MethodPost, "/customers", body)
	if err == nil && a.ok() == nil {
		w.customers[name] = a.text("id")
	}
	return err
}

func (w *world) openCustomer(actor, name string) error {
	a, err := w.as(actor, http.MethodGet, "/customers/"+w.customers[name], nil)
	if err == nil {
		w.opened[actor] = a
	}
	return err
}

func (w *world) changeCustomer(actor, name, field string, value any) error {
	_, err := w.as(actor, http.MethodPatch, "/customers/"+w.customers[name], map[string]any{field: value})
	return err
}

func (w *world) listCustomers(actor, query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return err
	}
	_, err = w.as(actor, http.MethodGet, "/customers?"+values.Encode(), nil)
	return err
}

func (w *world) define(key string, body map[string]any) error {
	body["key"], body["label"], body["indexed"] = key, key, true
	_, err := w.must("Ada", http.MethodPost, "/customers/fields", body)
	return err
}

func (w *world) readPages(actor string, size int) error {
	w.seen = nil
	cursor := ""
	for page := 0; ; page++ {
		a, err := w.must(actor, http.MethodGet, "/customers?sort=createdAt&limit="+strconv.Itoa(size)+"&cursor="+url.QueryEscape(cursor), nil)
		if err != nil {
			return err
		}
		for _, row := range a.rows() {
			w.seen = append(w.seen, row.text("id"))
		}
		if cursor = a.text("page.next"); cursor == "" {
			return nil
		}
		if page == 0 {
			if err := w.createCustomer("Ada", "Late Comer", nil); err != nil {
				return err
			}
		}
	}
}

func (w *world) allSeenOnce(n int) error {
	times := map[string]int{}
	for _, id := range w.seen {
		times[id]++
	}
	delete(times, w.customers["Late Comer"])
	if len(times) != n {
		return fmt.Errorf("%d were seen", len(times))
	}
	for id, seen := range times {
		if seen != 1 {
			return fmt.Errorf("%s was seen %d times", id, seen)
		}
	}
	return nil
}

// found looks for a title anywhere in the results, however they are grouped.
func (w *world) found(name string, want bool) error {
	if err := w.last().ok(); err != nil {
		return err
	}
	if got := strings.Contains(encode(w.last().body), name); got != want {
		return fmt.Errorf("the results are %s", w.last().raw)
	}
	return nil
}

// literal reads "M" as a text and 5 as a number.
func literal(s string) any {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return n
	}
	return strings.Trim(s, `"`)
}
