package features

import (
	"fmt"
	"net/http"

	"github.com/cucumber/godog"
)

const phone = "phone"

func deviceSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^(\w+) signs in$`, w.signIn)
	s.Step(`^someone signs in as "([^"]*)" with the password "([^"]*)"$`, func(email, password string) error {
		return w.tryPassword(email, w.who("Ada").workspace, password)
	})
	s.Step(`^(\w+) shows her token as (a bearer|a cookie|an x-access-token)$`, w.showToken)
	s.Step(`^(\w+) is also signed in on a phone$`, w.secondDevice)
	s.Step(`^(\w+) ends the session of the phone$`, w.endPhone)
	s.Step(`^the phone is signed out$`, func() error {
		return w.whoAmI(w.who("Mia").others[phone].token, http.StatusUnauthorized)
	})
	s.Step(`^(\w+) is still signed in$`, func(name string) error { return w.whoAmI(w.who(name).token, http.StatusOK) })
	s.Step(`^(\w+) is no longer signed in$`, func(name string) error { return w.whoAmI(w.who(name).token, http.StatusUnauthorized) })
	s.Step(`^(\w+) signs out everywhere$`, func(name string) error {
		_, err := w.must(name, http.MethodPost, "/auth/logout-all", nil)
		return err
	})
	s.Step(`^(\w+) changes her password to "([^"]*)"$`, func(name, password string) error {
		if err := w.changePassword(name, w.who(name).password, password); err != nil {
			return err
		}
		w.who(name).password = password
		return w.last().ok()
	})
	s.Step(`^(\w+) changes her password to "([^"]*)" giving "([^"]*)" as the old one$`, func(name, password, old string) error {
		return w.changePassword(name, old, password)
	})
	s.Step(`^(\w+)'s refresh token is copied by a thief$`, func(name string) error {
		if err := w.signIn(name); err != nil {
			return err
		}
		w.who(name).others["thief"] = &signedIn{refresh: w.who(name).refresh}
		return nil
	})
	s.Step(`^(\w+) renews her token twice$`, func(name string) error {
		for range 2 {
			if err := w.renew(w.who(name).refresh); err != nil {
				return err
			}
			if err := w.last().ok(); err != nil {
				return err
			}
			w.who(name).signedIn = signedIn{token: w.last().text("token"), refresh: w.last().text("refreshToken")}
		}
		return nil
	})
	s.Step(`^the thief renews with the copy$`, func() error { return w.renew(w.who("Mia").others["thief"].refresh) })
	s.Step(`^someone tries (\d+) wrong passwords for (\w+)$`, func(n int, name string) error {
		for range n {
			if err := w.tryPassword(w.who(name).email, w.who(name).workspace, "Wrong-pass-1"); err != nil {
				return err
			}
		}
		return nil
	})
	s.Step(`^a stranger asks (\d+) times$`, func(n int) error {
		for range n {
			if _, err := w.send(http.MethodGet, "/customers", nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) showToken(name, place string) error {
	if err := w.signIn(name); err != nil {
		return err
	}
	p := w.who(name)
	headers := map[string][]string{
		"a bearer":          {"Authorization", "Bearer " + p.token},
		"an x-access-token": {"X-Access-Token", p.token},
	}[place]
	if place == "a cookie" {
		for _, c := range (&http.Response{Header: w.last().header}).Cookies() {
			if c.Value == p.token {
				if !c.HttpOnly {
					return fmt.Errorf("the cookie %s can be read by scripts", c.Name)
				}
				headers = []string{"Cookie", c.Name + "=" + c.Value}
			}
		}
		if headers == nil {
			return fmt.Errorf("no cookie holds the token: %v", w.last().header.Values("Set-Cookie"))
		}
	}
	a, err := w.send(http.MethodGet, "/auth/me", nil, headers...)
	if err != nil {
		return err
	}
	return a.ok()
}

func (w *world) secondDevice(name string) error {
	if w.who(name).token == "" {
		if err := w.signIn(name); err != nil {
			return err
		}
	}
	first := w.who(name).signedIn
	if err := w.signIn(name); err != nil {
		return err
	}
	second := w.who(name).signedIn
	a, err := w.send(http.MethodGet, "/auth/sessions", nil, "Authorization", "Bearer "+second.token)
	if err != nil {
		return err
	}
	if n := len(a.rows()); n != 2 {
		return fmt.Errorf("%d devices: %s", n, a.raw)
	}
	for _, row := range a.rows() {
		if row.at("current") == true {
			second.session = row.text("id")
		}
	}
	w.who(name).signedIn = first
	w.who(name).others[phone] = &second
	return nil
}

func (w *world) endPhone(name string) error {
	_, err := w.must(name, http.MethodDelete, "/auth/sessions/"+w.who(name).others[phone].session, nil)
	return err
}

func (w *world) whoAmI(token string, want int) error {
	if _, err := w.send(http.MethodGet, "/auth/me", nil, "Authorization", "Bearer "+token); err != nil {
		return err
	}
	return w.expectStatus(want)
}

func (w *world) changePassword(name, old, password string) error {
	_, err := w.as(name, http.MethodPut, "/auth/password", map[string]any{"currentPassword": old, "newPassword": password})
	return err
}

func (w *world) renew(refresh string) error {
	_, err := w.send(http.MethodPost, "/auth/refresh-token", map[string]any{"refreshToken": refresh})
	return err
}
