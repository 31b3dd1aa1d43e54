package features

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cucumber/godog"
)

// answerSteps judge the last answer, or the last two.
func answerSteps(s *godog.ScenarioContext, w *world) {
	status := func(want ...int) func() error {
		return func() error { return w.expectStatus(want...) }
	}
	s.Step(`^it is done$`, func() error { return w.last().ok() })
	s.Step(`^it is refused$`, status(400, 403, 404, 409, 413, 415, 422))
	s.Step(`^it is not found$`, status(http.StatusNotFound))
	s.Step(`^a permission is missing$`, status(http.StatusForbidden))
	s.Step(`^the state does not allow it$`, status(http.StatusConflict))
	s.Step(`^the answer's status is (\d+)$`, func(n int) error { return w.expectStatus(n) })
	s.Step(`^the answer's status is one of "([^"]*)"$`, func(text string) error {
		var want []int
		for _, part := range list(text) {
			n, err := strconv.Atoi(part)
			if err != nil {
				return err
			}
			want = append(want, n)
		}
		return w.expectStatus(want...)
	})
	s.Step(`^the answer is invalid at "([^"]*)"$`, w.invalidAt)
	s.Step(`^the answer is about "([^"]*)"$`, func(word string) error {
		if !bytes.Contains(w.last().raw, []byte(word)) {
			return fmt.Errorf("the answer does not name %q: %s", word, w.last().raw)
		}
		return nil
	})
	s.Step(`^the answer's "([^"]*)" is "([^"]*)"$`, func(place, want string) error { return same(place, w.last().text(place), want) })
	s.Step(`^the answer's "([^"]*)" is (-?\d+)$`, func(place, want string) error { return same(place, w.last().text(place), want) })
	s.Step(`^the answer's "([^"]*)" is null$`, func(place string) error {
		if v := w.last().at(place); v != nil {
			return fmt.Errorf("%s is %v", place, v)
		}
		return w.last().ok()
	})
	s.Step(`^the answer's "([^"]*)" is not empty$`, func(place string) error {
		if w.last().text(place) == "" {
			return fmt.Errorf("%s is empty: %s", place, w.last().raw)
		}
		return nil
	})
	s.Step(`^the answer's "([^"]*)" contains "([^"]*)"$`, func(place, want string) error {
		values, _ := w.last().at(place).([]any)
		if !slices.Contains(values, any(want)) {
			return fmt.Errorf("%s is %v", place, values)
		}
		return nil
	})
	s.Step(`^the answer has the header "([^"]*)"$`, func(name string) error {
		if w.last().header.Get(name) == "" {
			return fmt.Errorf("no %s in %v", name, w.last().header)
		}
		return nil
	})
	s.Step(`^the last two answers are the same$`, func() error { return w.sameAnswers(0) })
	s.Step(`^the last two answers are the same refusal with status (\d+)$`, w.sameAnswers)
	s.Step(`^the list is "([^"]*)"$`, func(want string) error { return same("the list", strings.Join(w.names(), ", "), want) })
	s.Step(`^the list is empty$`, func() error { return same("the list", strings.Join(w.names(), ", "), "") })
	s.Step(`^the list contains "([^"]*)"$`, func(want string) error {
		names := w.names()
		for _, name := range list(want) {
			if !slices.Contains(names, name) {
				return fmt.Errorf("%q is not in %q", name, names)
			}
		}
		return nil
	})
}

func (w *world) expectStatus(want ...int) error {
	if a := w.last(); !slices.Contains(want, a.status) {
		return fmt.Errorf("status %d, want %v: %s", a.status, want, a.raw)
	}
	return nil
}

func (w *world) invalidAt(location string) error {
	a := w.last()
	if a.status != http.StatusUnprocessableEntity {
		return fmt.Errorf("status %d, want 422: %s", a.status, a.raw)
	}
	fields, _ := a.at("errors").([]any)
	for _, f := range fields {
		if at := (&answer{body: f}).text("location"); at == location {
			return nil
		}
	}
	return fmt.Errorf("nothing is said about %s: %s", location, a.raw)
}

// sameAnswers compares byte for byte, but for what names the request itself.
func (w *world) sameAnswers(status int) error {
	if len(w.answers) < 2 {
		return fmt.Errorf("there are %d answers", len(w.answers))
	}
	one, two := w.answers[len(w.answers)-2], w.answers[len(w.answers)-1]
	if one.status != two.status || status != 0 && two.status != status {
		return fmt.Errorf("statuses %d and %d, want %d", one.status, two.status, status)
	}
	a, b := anonymous(one), anonymous(two)
	if !bytes.Equal(a, b) {
		return fmt.Errorf("the answers differ:\n%s\n%s", a, b)
	}
	return nil
}

func anonymous(a *answer) []byte {
	id := a.text("requestId")
	if id == "" {
		return a.raw
	}
	return bytes.ReplaceAll(a.raw, []byte(id), []byte("-"))
}

// names are what the rows of the last list are called.
func (w *world) names() []string {
	out := []string{}
	for _, row := range w.last().rows() {
		for _, place := range []string{"name", "title", "number", "body"} {
			if text := row.text(place); text != "" {
				out = append(out, text)
				break
			}
		}
	}
	return out
}

func same(what, got, want string) error {
	if got != want {
		return fmt.Errorf("%s is %q, want %q", what, got, want)
	}
	return nil
}

// object turns a step's two-column table into a body.
func object(t *godog.Table) map[string]any {
	out := map[string]any{}
	for _, row := range t.Rows {
		out[row.Cells[0].Value] = row.Cells[1].Value
	}
	return out
}

// records turns a step's table with a heading into maps of text.
func records(t *godog.Table) []map[string]string {
	var out []map[string]string
	for _, row := range t.Rows[1:] {
		r := map[string]string{}
		for i, cell := range row.Cells {
			r[t.Rows[0].Cells[i].Value] = cell.Value
		}
		out = append(out, r)
	}
	return out
}

func encode(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
