// Package features runs the scenarios of the *.feature files against the real binary, each in an
// installation of its own. Steps speak HTTP, and the command line for set-up; they know no internals.
// What is true inside a room belongs to that room's tests.
package features

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cucumber/godog"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// TestFeatures runs every feature. THROUGHLINE_TEST_ENGINE chooses sqlite (default) or postgres;
// THROUGHLINE_TEST_BINARY names a built binary, otherwise one is built.
func TestFeatures(t *testing.T) {
	t.Parallel()
	engine := db.SQLite
	if os.Getenv("THROUGHLINE_TEST_ENGINE") == "postgres" {
		engine = db.Postgres
	}
	files, err := filepath.Glob("*.feature")
	if err != nil || len(files) == 0 {
		t.Fatalf("no features: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".feature"), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			suite := godog.TestSuite{
				Options: &godog.Options{Format: "pretty", NoColors: true, Output: &out, Paths: []string{file}, Strict: true, TestingT: t},
				ScenarioInitializer: func(s *godog.ScenarioContext) {
					w := newWorld(t, engine)
					s.After(func(ctx context.Context, _ *godog.Scenario, err error) (context.Context, error) {
						log := w.stop()
						if err != nil && log != "" {
							t.Logf("the server said:\n%s", log)
						}
						return ctx, nil
					})
					register(s, w)
				},
			}
			if suite.Run() != 0 {
				t.Logf("%s", out.String())
			}
		})
	}
}

// register adds all steps, one function for each subject.
func register(s *godog.ScenarioContext, w *world) {
	installationSteps(s, w)
	answerSteps(s, w)
	peopleSteps(s, w)
	deviceSteps(s, w)
	passwordSteps(s, w)
	roleSteps(s, w)
	customerSteps(s, w)
	noteSteps(s, w)
	orderSteps(s, w)
	ticketSteps(s, w)
	eventSteps(s, w)
	threadSteps(s, w)
	journeySteps(s, w)
	retrySteps(s, w)
	backupSteps(s, w)
	workSteps(s, w)
}
