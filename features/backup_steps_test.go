package features

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/cucumber/godog"
)

func backupSteps(s *godog.ScenarioContext, w *world) {
	file := filepath.Join(w.t.TempDir(), "acme.tar.gz")
	s.Step(`^a backup is made$`, func() error { return w.inst.Run("", "backup", file) })
	s.Step(`^the backup is restored on a new machine$`, func() error {
		w.inst.stop()
		w.install()
		return w.inst.Run("", "restore", file)
	})
	s.Step(`^it cannot be restored over the brand$`, func() error {
		err := w.inst.Run("", "restore", file)
		if err == nil || !strings.Contains(err.Error(), "--force") {
			return fmt.Errorf("want a refusal that names --force, got %v", err) //nolint:errorlint // shown, not asked
		}
		return nil
	})
}
