package features

import (
	"fmt"
	"net/http"

	"github.com/cucumber/godog"
)

func workSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^(\w+) looks at the background work$`, func(name string) error {
		_, err := w.as(name, http.MethodGet, "/jobs", nil)
		return err
	})
	s.Step(`^(\w+) sees "([^"]*)" done in the background$`, func(name, kind string) error {
		return w.eventually(func() error {
			j, err := w.work(name, kind)
			if err != nil {
				return err
			}
			return same(kind, j.text("state"), "done")
		})
	})
	for verb, action := range map[string]string{"cancels": "cancel", "retries": "retry"} {
		s.Step(`^(\w+) `+verb+` "([^"]*)"$`, func(name, kind string) error {
			j, err := w.work(name, kind)
			if err != nil {
				return err
			}
			_, err = w.as(name, http.MethodPost, "/jobs/"+j.text("id")+"/"+action, nil)
			return err
		})
	}
	s.Step(`^the audit log tells (\w+) that (\w+) lacked "([^"]*)" for "([^"]*)"$`, func(reader, name, permission, operation string) error {
		a, err := w.must(reader, http.MethodGet, "/audit-log?action=access.denied", nil)
		if err != nil {
			return err
		}
		for _, e := range a.rows() {
			if e.text("actor.name") == name && e.text("objectName") == operation && e.text("changes.permission.new") == permission {
				return nil
			}
		}
		return fmt.Errorf("not in %s", a.raw)
	})
}

// work is the newest job of a kind.
func (w *world) work(name, kind string) (*answer, error) {
	a, err := w.must(name, http.MethodGet, "/jobs?kind="+kind, nil)
	if err != nil {
		return nil, err
	}
	if rows := a.rows(); len(rows) > 0 {
		return rows[0], nil
	}
	return nil, fmt.Errorf("no %s", kind)
}
