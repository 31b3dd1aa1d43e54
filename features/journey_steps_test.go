package features

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cucumber/godog"
)

func journeySteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^(\w+) reads the journey of "([^"]*)"$`, func(actor, name string) error { return w.readJourney(actor, name, "") })
	s.Step(`^(\w+) reads the journey of "([^"]*)" with "([^"]*)"$`, w.readJourney)
	s.Step(`^the journey holds "([^"]*)"$`, func(want string) error {
		var got []string
		for _, row := range w.last().rows() {
			got = append(got, row.text("kind"))
		}
		for _, kind := range list(want) {
			if !slices.Contains(got, kind) {
				return fmt.Errorf("%s is not in %s", kind, got)
			}
		}
		return nil
	})
	s.Step(`^the journey holds only "([^"]*)"$`, func(prefix string) error {
		rows := w.last().rows()
		for _, row := range rows {
			if !strings.HasPrefix(row.text("kind"), prefix) {
				return fmt.Errorf("there is %s", row.text("kind"))
			}
		}
		if len(rows) == 0 {
			return fmt.Errorf("it is empty: %s", w.last().raw)
		}
		return nil
	})
	s.Step(`^the journey is in the order of what happened, newest first$`, func() error {
		var before time.Time
		for i, row := range w.last().rows() {
			at, err := time.Parse(time.RFC3339Nano, row.text("occurredAt"))
			if err != nil {
				return err
			}
			if i > 0 && at.After(before) {
				return fmt.Errorf("%s comes after %s", at, before)
			}
			before = at
		}
		return nil
	})
	s.Step(`^the journey's "([^"]*)" happened on "([^"]*)"$`, func(kind, day string) error { return w.dated(kind, "occurredAt", day) })
	s.Step(`^the journey's "([^"]*)" was recorded today$`, func(kind string) error {
		return w.dated(kind, "recordedAt", time.Now().UTC().Format(time.DateOnly))
	})
	s.Step(`^(\w+) reads the journey of "([^"]*)" page by page, (\d+) at a time$`, w.journeyPages)
	s.Step(`^each of the (\d+) orders was there once$`, func(n int) error {
		slices.Sort(w.seen)
		if once := len(slices.Compact(slices.Clone(w.seen))); once != n || len(w.seen) != n {
			return fmt.Errorf("%d different ones of %d", once, len(w.seen))
		}
		return nil
	})
}

func (w *world) readJourney(actor, name, query string) error {
	_, err := w.as(actor, http.MethodGet, "/customers/"+w.customers[name]+"/journey?"+query, nil)
	return err
}

func (w *world) dated(kind, field, day string) error {
	for _, row := range w.last().rows() {
		if row.text("kind") == kind {
			if !strings.HasPrefix(row.text(field), day) {
				return fmt.Errorf("%s is %s", field, row.text(field))
			}
			return nil
		}
	}
	return fmt.Errorf("no %s: %s", kind, w.last().raw)
}

func (w *world) journeyPages(actor, name string, size int) error {
	w.seen = nil
	cursor := ""
	for {
		if err := w.readJourney(actor, name, "kind=order.placed&limit="+strconv.Itoa(size)+"&cursor="+url.QueryEscape(cursor)); err != nil {
			return err
		}
		if err := w.last().ok(); err != nil {
			return err
		}
		for _, row := range w.last().rows() {
			w.seen = append(w.seen, row.text("object.id"))
		}
		if cursor = w.last().text("page.next"); cursor == "" {
			return nil
		}
	}
}
