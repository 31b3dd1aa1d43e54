package features

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/cucumber/godog"
)

// eventSteps are about what happened to a ticket, and about tickets with fields of the brand's own.
func eventSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^(\w+) reads what happened to "([^"]*)"$`, func(actor, title string) error {
		_, err := w.as(actor, http.MethodGet, "/tickets/"+w.tickets[title]+"/events", nil)
		return err
	})
	s.Step(`^it tells that (\w+) moved the ticket from "([^"]*)" to "([^"]*)"$`, func(name, from, to string) error {
		return w.told("ticket.status_changed", func(row *answer) error {
			if err := same("who did it", row.text("actor.name"), name); err != nil {
				return err
			}
			return same("the change", row.text("data.from")+" to "+row.text("data.to"), from+" to "+to)
		})
	})
	s.Step(`^it tells that the ticket came by "([^"]*)"$`, func(channel string) error {
		return w.told("ticket.created", func(row *answer) error { return same("the channel", row.text("data.channel"), channel) })
	})
	s.Step(`^it tells that (\w+) got the ticket automatically$`, func(name string) error {
		return w.told("ticket.assigned", func(row *answer) error {
			if err := same("automatic", row.text("data.automatic"), "true"); err != nil {
				return err
			}
			return same("who got it", row.text("names."+row.text("data.toId")), name)
		})
	})
	s.Step(`^Ada has defined the ticket field "([^"]*)" as a number that can be filtered$`, func(key string) error {
		_, err := w.must("Ada", http.MethodPost, "/fields", map[string]any{"object": "tickets", "key": key, "label": key, "type": "number", "indexed": true})
		return err
	})
	s.Step(`^a ticket "([^"]*)" with the field "([^"]*)" (.+)$`, func(title, key, value string) error {
		if err := w.givenTicket(title, "", "Please help."); err != nil {
			return err
		}
		_, err := w.must("Ada", http.MethodPut, "/tickets/"+w.tickets[title]+"/fields/"+key, map[string]any{"value": literal(value)})
		return err
	})
	s.Step(`^before long (\w+) finds the tickets with "([^"]*)" in the order "([^"]*)"$`, func(actor, query, want string) error {
		return w.eventually(func() error {
			a, err := w.as(actor, http.MethodGet, "/tickets?"+query, nil)
			if err != nil {
				return err
			}
			if err := a.ok(); err != nil {
				return err // the index is still being built
			}
			var titles []string
			for _, row := range a.rows() {
				titles = append(titles, row.text("title"))
			}
			return same("the list", strings.Join(titles, ", "), want)
		})
	})
}

func (w *world) told(kind string, check func(row *answer) error) error {
	for _, row := range w.last().rows() {
		if row.text("kind") == kind {
			return check(row)
		}
	}
	return fmt.Errorf("no %s: %s", kind, w.last().raw)
}
