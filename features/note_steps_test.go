package features

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cucumber/godog"
)

func noteSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^(\w+) lists the tags$`, func(actor string) error {
		_, err := w.as(actor, http.MethodGet, "/tags?limit=200", nil)
		return err
	})
	for verb, method := range map[string]string{`adds the tags "([^"]*)" to`: http.MethodPost, `removes the tags "([^"]*)" from`: http.MethodDelete} {
		s.Step(`^(\w+) `+verb+` "([^"]*)"$`, func(actor, tags, name string) error { return w.tag(actor, method, name, tags) })
	}
	s.Step(`^(\w+) sets the tags of "([^"]*)" to "([^"]*)"$`, func(actor, name, tags string) error {
		return w.tag(actor, http.MethodPut, name, tags)
	})
	s.Step(`^"([^"]*)" has the tags "([^"]*)"$`, func(name, want string) error {
		if err := w.openCustomer("Ada", name); err != nil {
			return err
		}
		var got []string
		tags, _ := w.last().at("tags").([]any)
		for _, t := range tags {
			got = append(got, (&answer{body: t}).text("name"))
		}
		slices.Sort(got)
		return same("the tags", strings.Join(got, ", "), want)
	})
	s.Step(`^(\w+) notes "([^"]*)" about "([^"]*)"$`, func(actor, text, name string) error {
		a, err := w.as(actor, http.MethodPost, w.notes(name), map[string]any{"body": text})
		if err == nil && a.ok() == nil {
			w.note = w.notes(name) + "/" + a.text("id")
		}
		return err
	})
	s.Step(`^(\w+) reads the notes about "([^"]*)"$`, func(actor, name string) error {
		_, err := w.must(actor, http.MethodGet, w.notes(name), nil)
		return err
	})
	s.Step(`^the notes are "([^"]*)" by (\w+)$`, func(want, author string) error {
		for _, row := range w.last().rows() {
			if by := row.text("author.name") + row.text("author"); !strings.Contains(by, author) {
				return same("the author", by, author)
			}
		}
		return same("the notes", strings.Join(w.names(), ", "), want)
	})
	s.Step(`^(\w+) changes that note to "([^"]*)"$`, func(actor, text string) error {
		_, err := w.as(actor, http.MethodPatch, w.note, map[string]any{"body": text})
		return err
	})
	s.Step(`^(\w+) deletes that note$`, func(actor string) error {
		_, err := w.as(actor, http.MethodDelete, w.note, nil)
		return err
	})
}

func (w *world) notes(name string) string { return "/customers/" + w.customers[name] + "/notes" }

func (w *world) tag(actor, method, name, tags string) error {
	path := "/customers/" + w.customers[name] + "/tags"
	if method == http.MethodDelete { // which has no body
		_, err := w.must(actor, method, path+"?"+url.Values{"tags": list(tags)}.Encode(), nil)
		return err
	}
	_, err := w.must(actor, method, path, map[string]any{"tags": list(tags)})
	return err
}
