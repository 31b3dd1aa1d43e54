package features

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/cucumber/godog"
)

func peopleSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^(\w+), an? (agent|manager|sales representative|sales manager)$`, w.colleague)
	s.Step(`^(\w+), a "([^"]*)"$`, w.colleague)
	s.Step(`^(\w+) (?:signs up|has signed up) as staff$`, func(name string) error {
		return w.signUp(name, "staff", w.who(name).password)
	})
	s.Step(`^(\w+) signs up as an administrator$`, func(name string) error {
		return w.signUp(name, "administrator", w.who(name).password)
	})
	s.Step(`^(\w+) signs up with the password "([^"]*)"$`, func(name, password string) error {
		return w.signUp(name, "staff", password)
	})
	for verb, status := range map[string]string{"approves": "approved", "rejects": "rejected", "deactivates": "deactivated"} {
		s.Step(`^(\w+) `+verb+` (\w+)$`, func(actor, name string) error { return w.decide(actor, name, status) })
	}
	s.Step(`^(\w+) is (pending|approved|rejected|deactivated)$`, func(name, status string) error {
		u, err := w.user(name)
		if err != nil {
			return err
		}
		return same(name+"'s status", u.text("status"), status)
	})
	s.Step(`^(\w+) can sign in$`, func(name string) error { return w.signIn(name) })
	s.Step(`^(\w+) cannot sign in$`, func(name string) error { return w.refused(name, w.who(name).password) })
	s.Step(`^(\w+) can sign in with "([^"]*)"$`, func(name, password string) error {
		w.who(name).password = password
		return w.signIn(name)
	})
	s.Step(`^(\w+) cannot sign in with "([^"]*)"$`, w.refused)
	s.Step(`^(\w+) makes (\w+) an? (agent|administrator)$`, w.giveRole)
	s.Step(`^(\w+) is an administrator$`, func(name string) error {
		u, err := w.user(name)
		if err != nil {
			return err
		}
		return same("the role", u.text("role.key"), "administrator")
	})
	s.Step(`^Ada finds nobody called (\w+) among the users$`, func(name string) error {
		if u, err := w.user(name); err == nil {
			return fmt.Errorf("there is %v", u.body)
		}
		return nil
	})
	s.Step(`^(\w+) takes no tickets$`, func(name string) error { return w.available(name, false) })
	s.Step(`^(\w+) takes tickets again$`, func(name string) error { return w.available(name, true) })
}

func (w *world) signUp(name, kind, password string) error {
	p := w.who(name)
	_, err := w.send(http.MethodPost, "/auth/register", map[string]any{
		"name": p.name, "email": p.email, "password": password, "userType": kind, "workspace": p.workspace,
	})
	return err
}

func (w *world) signIn(name string) error {
	p := w.who(name)
	if err := w.tryPassword(p.email, p.workspace, p.password); err != nil {
		return err
	}
	a := w.last()
	if err := a.ok(); err != nil {
		return fmt.Errorf("%s signs in: %w", name, err)
	}
	p.id = a.text("user.id")
	p.signedIn = signedIn{token: a.text("token"), refresh: a.text("refreshToken")}
	return nil
}

func (w *world) tryPassword(email, workspace, password string) error {
	_, err := w.send(http.MethodPost, "/auth/login", map[string]any{"email": email, "password": password, "workspace": workspace})
	return err
}

func (w *world) refused(name, password string) error {
	p := w.who(name)
	if err := w.tryPassword(p.email, p.workspace, password); err != nil {
		return err
	}
	return w.expectStatus(http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
}

// colleague is somebody who has signed up, got a role and been approved by the administrator.
func (w *world) colleague(name, role string) error {
	if err := w.signUp(name, "staff", w.who(name).password); err != nil {
		return err
	}
	if err := w.last().ok(); err != nil {
		return err
	}
	if err := w.giveRole("Ada", name, role); err != nil {
		return err
	}
	if err := w.last().ok(); err != nil {
		return err
	}
	if err := w.decide("Ada", name, "approved"); err != nil {
		return err
	}
	return w.last().ok()
}

// user is a person as the administrator sees them.
func (w *world) user(name string) (*answer, error) {
	a, err := w.must("Ada", http.MethodGet, "/users?limit=200", nil)
	if err != nil {
		return nil, err
	}
	for _, row := range a.rows() {
		if row.text("email") == w.who(name).email {
			w.who(name).id = row.text("id")
			return row, nil
		}
	}
	return nil, fmt.Errorf("no user %s", name)
}

func (w *world) decide(actor, name, status string) error {
	u, err := w.user(name)
	if err != nil {
		return err
	}
	_, err = w.as(actor, http.MethodPut, "/users/"+u.text("id")+"/status", map[string]any{"status": status})
	return err
}

func (w *world) giveRole(actor, name, role string) error {
	u, err := w.user(name)
	if err != nil {
		return err
	}
	id, err := w.role(role)
	if err != nil {
		return err
	}
	_, err = w.as(actor, http.MethodPatch, "/users/"+u.text("id"), map[string]any{"roleId": id})
	return err
}

// role finds a role by its name or its key.
func (w *world) role(name string) (string, error) {
	if id := w.roles[name]; id != "" {
		return id, nil
	}
	a, err := w.must("Ada", http.MethodGet, "/roles", nil)
	if err != nil {
		return "", err
	}
	for _, row := range a.rows() {
		if row.text("key") == strings.ReplaceAll(strings.ToLower(name), " ", "_") {
			w.roles[name] = row.text("id")
			return row.text("id"), nil
		}
	}
	return "", fmt.Errorf("no role %q: %s", name, a.raw)
}

func (w *world) available(name string, yes bool) error {
	if w.who(name).id == "" {
		if err := w.signIn(name); err != nil {
			return err
		}
	}
	_, err := w.must(name, http.MethodPut, "/users/"+w.who(name).id+"/availability", map[string]any{"available": yes})
	return err
}
