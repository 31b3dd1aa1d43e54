package app

import (
	"bufio"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// listen opens a person's stream and hands on its events of jobs.
func listen(t *testing.T, a *App, who auth.Actor) <-chan string {
	t.Helper()
	open, err := a.live.open(t.Context(), who, "")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(open)
	t.Cleanup(s.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	heard := make(chan string, 100)
	go func() {
		defer close(heard)
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && strings.Contains(data, `"state":`) {
				heard <- data
			}
		}
	}()
	return heard
}

// next gives the next event, or an empty text when there is none in time.
func next(heard <-chan string, limit time.Duration) string {
	select {
	case data := <-heard:
		return data
	case <-time.After(limit):
		return ""
	}
}

func TestJobsAreHeardOfByWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			o := dbtest.Options(t, e)
			cfg, err := config.Load([]string{"THROUGHLINE_DATA_DIR=" + t.TempDir(), "THROUGHLINE_LISTEN=127.0.0.1:0", "THROUGHLINE_DATABASE_URL=" + o.URL, "THROUGHLINE_DB_MAX_CONNS=4"}, "")
			if err != nil {
				t.Fatal(err)
			}
			a, err := New(t.Context(), cfg, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			})
			w, u, err := a.Auth.CreateFirst(t.Context(), auth.Setup{
				Workspace: tenant.Create{Name: "Acme", Slug: "acme"}, Name: "Ada", Email: "ada@example.com", Password: "Kettle-7-harbour",
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { a.live.run(ctx); ended <- nil }()
			t.Cleanup(func() {
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})

			agent := auth.NewActor(w.ID, id.New(time.Now()), auth.Agent, auth.PermissionSet("tickets:read_own"))
			admin := listen(t, a, auth.NewActor(w.ID, u.ID, auth.Administrator, auth.PermissionSet("jobs:read")))
			own := listen(t, a, agent)
			colleague := listen(t, a, auth.NewActor(w.ID, id.New(time.Now()), auth.Agent, auth.PermissionSet("tickets:read_own")))

			for range 50 { // the product's own: one event tells of all
				a.jobChanged(jobs.Change{Workspace: w.ID, ID: id.New(time.Now()), Kind: "outbox.send", State: jobs.Dead})
			}
			if got := next(admin, 10*time.Second); !strings.Contains(got, `"state":"dead"`) {
				t.Fatalf("an administrator hears %q", got)
			}
			a.jobChanged(jobs.Change{Workspace: w.ID, ID: id.New(time.Now()), Kind: "seed.import", State: jobs.Running, Done: 1240, Total: 8000, CreatedBy: agent.User})
			for name, heard := range map[string]<-chan string{"who started it": own, "an administrator": admin} {
				if got := next(heard, 10*time.Second); !strings.Contains(got, `"done":1240`) || !strings.Contains(got, `"total":8000`) {
					t.Errorf("%s hears %q", name, got)
				}
			}
			a.jobChanged(jobs.Change{Workspace: w.ID + 1, ID: id.New(time.Now()), Kind: "seed.import", State: jobs.Running, CreatedBy: agent.User})
			for name, heard := range map[string]<-chan string{"a colleague": colleague, "who started another": own} {
				if got := next(heard, 1500*time.Millisecond); got != "" {
					t.Errorf("%s hears %s", name, got)
				}
			}
		})
	}
}
