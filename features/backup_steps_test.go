package features

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/cucumber/godog"
)

func backupSteps(s *godog.ScenarioContext, w *world) {
	file := filepath.Join(w.t.TempDir(), "acme.tar.gz")
	s.Step(`^a backup is made$`, func() error { return w.inst.run("", "backup", file) })
	s.Step(`^the backup is restored on a new machine$`, func() error {
		w.inst.stop()
		before := w.drop
		w.install()
		if after := w.drop; after != nil {
			w.drop = func() error { return errors.Join(before(), after()) }
		}
		return w.inst.run("", "restore", file)
	})
	s.Step(`^it cannot be restored over the brand$`, func() error {
		err := w.inst.run("", "restore", file)
		if err == nil || !strings.Contains(err.Error(), "--force") {
			return fmt.Errorf("want a refusal that names --force, got %v", err) //nolint:errorlint // shown, not asked
		}
		return nil
	})
}
