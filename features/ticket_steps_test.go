package features

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/cucumber/godog"
)

func ticketSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^a ticket "([^"]*)"$`, func(title string) error { return w.givenTicket(title, "", "Please help.") })
	s.Step(`^a ticket "([^"]*)" of "([^"]*)"$`, func(title, name string) error { return w.givenTicket(title, name, "Please help.") })
	s.Step(`^a ticket "([^"]*)" of "([^"]*)" saying "([^"]*)"$`, w.givenTicket)
	s.Step(`^(\w+) creates the ticket "([^"]*)" for "([^"]*)"$`, func(actor, title, name string) error {
		return w.createTicket(actor, title, name, "Please help.")
	})
	s.Step(`^(\w+) opens the ticket "([^"]*)"$`, w.openTicket)
	s.Step(`^the ticket has nobody$`, func() error { return same("the assignee", w.last().text("assigneeId"), "") })
	s.Step(`^(\w+) finds "([^"]*)" in the view "([^"]*)"$`, func(actor, title, view string) error {
		if _, err := w.must(actor, http.MethodGet, "/tickets?view="+url.QueryEscape(view), nil); err != nil {
			return err
		}
		return same("the view", strings.Join(w.names(), ", "), title)
	})
	s.Step(`^"([^"]*)" and "([^"]*)" are with different agents$`, w.differentAgents)
	s.Step(`^the agent of "([^"]*)" resolves it$`, func(title string) error {
		for name, p := range w.people {
			if p.id == w.assignees[title] {
				return w.move(name, title, "resolved")
			}
		}
		return fmt.Errorf("%q is with nobody who is known", title)
	})
	s.Step(`^"([^"]*)" is with the same agent as "([^"]*)" was$`, func(title, other string) error {
		return w.eventually(func() error {
			id, err := w.assignee(title)
			if err != nil {
				return err
			}
			return same("the agent", id, w.assignees[other])
		})
	})
	s.Step(`^(?:before long )?"([^"]*)" is with (\w+)$`, func(title, name string) error {
		return w.eventually(func() error {
			id, err := w.assignee(title)
			if err != nil {
				return err
			}
			if w.who(name).id == "" {
				if _, err := w.user(name); err != nil {
					return err
				}
			}
			return same("the assignee of "+title, id, w.who(name).id)
		})
	})
	s.Step(`^"([^"]*)" is (open|pending|blocked|resolved|closed) and with (\w+)$`, func(title, status, name string) error {
		a, err := w.must("Ada", http.MethodGet, "/tickets/"+w.tickets[title], nil)
		if err != nil {
			return err
		}
		if err := same("the status", a.text("status"), status); err != nil {
			return err
		}
		return same("the assignee", a.text("assignee.name"), name)
	})
	s.Step(`^(\w+) gives "([^"]*)" to (\w+)$`, func(actor, title, name string) error {
		u, err := w.user(name)
		if err != nil {
			return err
		}
		_, err = w.as(actor, http.MethodPut, "/tickets/"+w.tickets[title]+"/assignee", map[string]any{"assigneeId": u.text("id")})
		return err
	})
	s.Step(`^(\w+) gives "([^"]*)" to (\w+) and closes it in one request$`, func(actor, title, name string) error {
		u, err := w.user(name)
		if err != nil {
			return err
		}
		_, err = w.as(actor, http.MethodPatch, "/tickets/"+w.tickets[title], map[string]any{"assigneeId": u.text("id"), "status": "closed"})
		return err
	})
	s.Step(`^(\w+) moves "([^"]*)" to "([^"]*)"$`, w.move)
	s.Step(`^(\d+) tickets are created at the same time$`, w.createAtOnce)
	s.Step(`^their numbers are all different$`, func() error {
		numbers := map[string]bool{}
		for _, n := range w.seen {
			numbers[n] = true
		}
		return same("how many numbers there are", fmt.Sprint(len(numbers)), fmt.Sprint(len(w.seen)))
	})
	s.Step(`^the next ticket has a greater number than all of them$`, func() error {
		if err := w.givenTicket("Next", "", "Please help."); err != nil {
			return err
		}
		next, _ := w.last().at("number").(float64)
		for _, n := range w.seen {
			if n, _ := literal(n).(float64); n >= next {
				return fmt.Errorf("%v came after %v", next, n)
			}
		}
		return nil
	})
	s.Step(`^there (?:is|are) (\d+) tickets?$`, func(n int) error {
		a, err := w.must("Ada", http.MethodGet, "/tickets?view=all&limit=200", nil)
		if err != nil {
			return err
		}
		return same("how many there are", fmt.Sprint(len(a.rows())), fmt.Sprint(n))
	})
}

func ticketBody(title, customer, text string) map[string]any {
	body := map[string]any{"title": title, "description": text, "channel": "phone"}
	if customer != "" {
		body["customerId"] = customer
	}
	return body
}

func (w *world) createTicket(actor, title, name, text string, headers ...string) error {
	a, err := w.as(actor, http.MethodPost, "/tickets", ticketBody(title, w.customers[name], text), headers...)
	if err == nil && a.ok() == nil {
		w.tickets[title] = a.text("id")
		w.assignees[title] = a.text("assigneeId")
	}
	return err
}

// givenTicket comes from the one customer there is when no other is named.
func (w *world) givenTicket(title, name, text string) error {
	if name == "" {
		for name = range w.customers {
			break
		}
	}
	if err := w.createTicket("Ada", title, name, text); err != nil {
		return err
	}
	return w.last().ok()
}

func (w *world) openTicket(actor, title string) error {
	_, err := w.as(actor, http.MethodGet, "/tickets/"+w.tickets[title], nil)
	return err
}

func (w *world) assignee(title string) (string, error) {
	a, err := w.must("Ada", http.MethodGet, "/tickets/"+w.tickets[title], nil)
	if err != nil {
		return "", err
	}
	return a.text("assigneeId"), nil
}

func (w *world) differentAgents(one, two string) error {
	for _, title := range []string{one, two} {
		if err := w.eventually(func() (err error) {
			w.assignees[title], err = w.assignee(title)
			if err == nil && w.assignees[title] == "" {
				err = fmt.Errorf("%q is with nobody", title)
			}
			return err
		}); err != nil {
			return err
		}
	}
	for name := range w.people {
		if _, err := w.user(name); err != nil {
			return err
		}
	}
	if w.assignees[one] == w.assignees[two] {
		return fmt.Errorf("both are with %s", w.assignees[one])
	}
	return nil
}

func (w *world) move(actor, title, status string) error {
	_, err := w.must(actor, http.MethodPatch, "/tickets/"+w.tickets[title], map[string]any{"status": status})
	return err
}

func (w *world) createAtOnce(n int) error {
	if err := w.signIn("Ada"); err != nil {
		return err
	}
	w.seen = make([]string, n)
	failures := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			a, err := w.exchange(http.MethodPost, "/tickets", ticketBody(fmt.Sprintf("At once %d", i), "", "Please help."), w.bearer("Ada")...)
			if err == nil {
				err = a.ok()
			}
			if err != nil {
				failures[i] = err
				return
			}
			w.seen[i] = a.text("number")
		})
	}
	all.Wait()
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *world) bearer(name string) []string {
	return []string{"Authorization", "Bearer " + w.who(name).token, "X-Workspace", w.who(name).workspace}
}

// eventually waits for what a job does.
func (w *world) eventually(check func() error) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		err := check()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond) // the effect is in another process; there is nothing to wait on
	}
}
