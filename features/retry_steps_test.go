package features

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"

	"github.com/cucumber/godog"
)

var remaining = regexp.MustCompile(`r=(\d+)`)

func retrySteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^(\w+) creates the ticket "([^"]*)" with the retry key "([^"]*)"$`, func(actor, title, key string) error {
		return w.createTicket(actor, title, "", "Please help.", "Idempotency-Key", key)
	})
	s.Step(`^(\w+) creates the ticket "([^"]*)" (\d+) times at once with the retry key "([^"]*)"$`, w.manyAtOnce)
	s.Step(`^the answer was replayed$`, func() error {
		return same("Idempotent-Replayed", w.last().header.Get("Idempotent-Replayed"), "true")
	})
	s.Step(`^the answer's header "RateLimit" counts down from (\d+)$`, func(n int) error {
		found := remaining.FindStringSubmatch(w.last().header.Get("RateLimit"))
		if found == nil {
			return fmt.Errorf("RateLimit is %q", w.last().header.Get("RateLimit"))
		}
		left, err := strconv.Atoi(found[1])
		if err != nil || left >= n || left < n-20 {
			return fmt.Errorf("%d are left of %d", left, n)
		}
		return nil
	})
}

// manyAtOnce sends the same request in parallel. Those that meet it in flight may be told so.
func (w *world) manyAtOnce(actor, title string, n int, key string) error {
	if err := w.signIn(actor); err != nil {
		return err
	}
	failures := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			a, err := w.exchange(http.MethodPost, "/tickets", ticketBody(title, "", "Please help."), append(w.bearer(actor), "Idempotency-Key", key)...)
			if err == nil && a.status != http.StatusConflict {
				err = a.ok()
			}
			failures[i] = err
		})
	}
	all.Wait()
	return errors.Join(failures...)
}
