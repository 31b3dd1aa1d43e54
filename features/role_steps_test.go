package features

import (
	"net/http"

	"github.com/cucumber/godog"
)

func roleSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^(\w+) has created the role "([^"]*)" with "([^"]*)"$`, func(name, role, permissions string) error {
		if err := w.createRole(name, role, permissions); err != nil {
			return err
		}
		return w.last().ok()
	})
	s.Step(`^(\w+) creates the role "([^"]*)" with "([^"]*)"$`, w.createRole)
	s.Step(`^(\w+) takes "([^"]*)" from the role "([^"]*)"$`, func(name, permission, role string) error {
		_, err := w.must(name, http.MethodDelete, "/roles/"+w.roles[role]+"/permissions/"+permission, nil)
		return err
	})
}

func (w *world) createRole(name, role, permissions string) error {
	a, err := w.as(name, http.MethodPost, "/roles", map[string]any{"name": role, "permissions": list(permissions)})
	if err != nil {
		return err
	}
	w.roles[role] = a.text("id")
	return nil
}
