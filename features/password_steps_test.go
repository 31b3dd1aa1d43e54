package features

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/cucumber/godog"
)

var linkPattern = regexp.MustCompile(`/reset-password/([A-Za-z0-9_.-]+)`)

func passwordSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^(\w+) forgets her password$`, func(name string) error {
		if w.who(name).token == "" {
			if err := w.signIn(name); err != nil {
				return err
			}
		}
		return w.forgetOwn(name)
	})
	s.Step(`^someone forgets the password of "([^"]*)"$`, w.forget)
	s.Step(`^mail to (\w+) waits in the outbox$`, func(name string) error {
		_, err := w.resetMail(w.who(name).email)
		return err
	})
	s.Step(`^no mail to "([^"]*)" waits in the outbox$`, func(email string) error {
		// The known address asked before; when its mail is there, the other's would be.
		if err := w.eventually(func() error { _, err := w.resetMail(w.who("Mia").email); return err }); err != nil {
			return err
		}
		if m, err := w.resetMail(email); err == nil {
			return fmt.Errorf("there is: %s", m.raw)
		}
		return nil
	})
	s.Step(`^the mail says "([^"]*)"$`, func(words string) error {
		if text := encode(w.last().body); !strings.Contains(text, words) {
			return fmt.Errorf("the mail is %s", text)
		}
		return nil
	})
	s.Step(`^(\w+) keeps the link$`, func(name string) (err error) {
		w.link, err = w.linkFor(name)
		return err
	})
	s.Step(`^(\w+) follows the link and chooses "([^"]*)"$`, func(name, password string) (err error) {
		if w.link, err = w.linkFor(name); err != nil {
			return err
		}
		return w.reset(password)
	})
	for _, which := range []string{"the link again", "the kept link"} {
		s.Step(`^\w+ follows `+which+` and chooses "([^"]*)"$`, w.reset)
	}
	s.Step(`^(\w+) cannot sign in with her old password$`, func(name string) error { return w.refused(name, "First-pass-1") })
}

func (w *world) forget(email string) error {
	a, err := w.send(http.MethodPost, "/auth/forgot-password", map[string]any{"email": email, "workspace": w.who("Ada").workspace})
	if err != nil {
		return err
	}
	return a.ok()
}

// forgetOwn asks for a link and waits for the mail, which is written after the answer.
func (w *world) forgetOwn(name string) error {
	before, _ := w.resetMail(w.who(name).email)
	if err := w.forget(w.who(name).email); err != nil {
		return err
	}
	return w.eventually(func() error {
		now, err := w.resetMail(w.who(name).email)
		if err == nil && before != nil && now.text("id") == before.text("id") {
			err = errors.New("no new mail")
		}
		return err
	})
}

func (w *world) reset(password string) error {
	_, err := w.send(http.MethodPut, "/auth/reset-password/"+w.link, map[string]any{"password": password})
	return err
}

// resetMail is the newest mail with a link to an address, whole.
func (w *world) resetMail(email string) (*answer, error) {
	a, err := w.must("Ada", http.MethodGet, "/mail-outbox?purpose=password_reset&limit=200", nil)
	if err != nil {
		return nil, err
	}
	for _, row := range a.rows() {
		if row.text("recipient") == email {
			return w.must("Ada", http.MethodGet, "/mail-outbox/"+row.text("id"), nil)
		}
	}
	return nil, errors.New("no mail to " + email + ": " + string(a.raw))
}

func (w *world) linkFor(name string) (string, error) {
	m, err := w.resetMail(w.who(name).email)
	if err != nil {
		return "", err
	}
	found := linkPattern.FindStringSubmatch(encode(m.body))
	if found == nil {
		return "", fmt.Errorf("no link in %s", m.raw)
	}
	return found[1], nil
}
