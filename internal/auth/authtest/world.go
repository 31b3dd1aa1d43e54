// Package authtest makes a workspace with people for tests, through the real services.
package authtest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/outbox"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/mailer"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Password is everybody's.
const Password = "Kettle-7-harbour"

// Start is where the clock stands at first.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// World is the services of people over one database, and a first workspace with its administrator.
type World struct {
	DB        *db.DB
	Clock     *clock.Fake
	Queue     *jobs.Queue
	Events    *event.Log
	Limits    *ratelimit.Limiter
	Audit     *audit.Log
	Outbox    *outbox.Service
	Tenants   *tenant.Service
	Auth      *auth.Service
	Workspace tenant.Workspace
	Admin     auth.Actor

	made atomic.Int64
}

type keys struct{}

func (keys) Derive(purpose string) []byte {
	return append(bytes.Repeat([]byte{7}, 32), purpose...)
}

// New makes a world with the workspace "acme" and its administrator mia@example.com. The options may be
// changed before the services are made.
func New(t testing.TB, d *db.DB, change ...func(*auth.Deps)) *World {
	t.Helper()
	w := Empty(t, d, change...)
	w.Workspace, w.Admin = w.Neighbour(t, "Acme", "mia@example.com")
	return w
}

// Empty makes a world without any workspace.
func Empty(t testing.TB, d *db.DB, change ...func(*auth.Deps)) *World {
	t.Helper()
	w := &World{DB: d, Clock: clock.NewFake(Start)}
	log := slog.New(slog.DiscardHandler)
	w.Queue = jobs.New(d, w.Clock, log, jobs.Options{})
	w.Events = event.NewLog(w.Clock, nil, nil)
	w.Limits = ratelimit.New(w.Clock, 0)
	w.Audit = must(audit.New(audit.Deps{DB: d, Clock: w.Clock, Limits: w.Limits}))(t)
	sender := must(mailer.New(mailer.Options{Clock: w.Clock}))(t)
	w.Outbox = must(outbox.New(outbox.Deps{DB: d, Clock: w.Clock, Queue: w.Queue, Sender: sender, Audit: w.Audit}))(t)
	w.Tenants = must(tenant.New(tenant.Deps{DB: d, Clock: w.Clock, Audit: w.Audit, Event: w.Events, Label: label}))(t)
	deps := auth.Deps{
		DB: d, Clock: w.Clock, Log: log, Events: w.Events, Audit: w.Audit, Tenants: w.Tenants, Outbox: w.Outbox, Queue: w.Queue,
		Keys: keys{}, Limits: w.Limits,
		Options: auth.Options{
			BaseURL: "https://help.example.com", SessionLifetime: 30 * 24 * time.Hour, AccessLifetime: 15 * time.Minute,
			SignInLimit: ratelimit.Limit{N: 10, Per: 10 * time.Minute}, Hashing: auth.Hashing{Memory: 64, Time: 1, Threads: 1},
		},
	}
	for _, c := range change {
		c(&deps)
	}
	w.Auth = must(auth.New(deps))(t)
	return w
}

func label(host string) string {
	name, ok := strings.CutSuffix(host, ".throughline.example")
	if !ok {
		return ""
	}
	return name
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Neighbour makes one more workspace with an administrator.
func (w *World) Neighbour(t testing.TB, name, email string) (tenant.Workspace, auth.Actor) {
	t.Helper()
	ws, u, err := w.Auth.CreateFirst(t.Context(), auth.Setup{
		Workspace: tenant.Create{Name: name}, Name: "Mia Laurent", Email: email, Password: Password,
	})
	if err != nil {
		t.Fatal(err)
	}
	return ws, w.Actor(t, ws.ID, u.ID)
}

// Actor reads a user as an actor.
func (w *World) Actor(t testing.TB, ws tenant.ID, user id.ID) auth.Actor {
	t.Helper()
	var a auth.Actor
	err := w.DB.Read(t.Context(), ws, func(ctx context.Context, r db.Reader) (err error) {
		a, err = w.Auth.Directory().ActorOf(ctx, r, ws, user)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Role finds a role of the first workspace by its key.
func (w *World) Role(t testing.TB, key string) auth.Role {
	t.Helper()
	roles, err := w.Auth.Roles(t.Context(), w.Admin)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range roles {
		if r.Key == key {
			return r
		}
	}
	t.Fatalf("no role %s", key)
	return auth.Role{}
}

// User makes an approved user of the first workspace with a role.
func (w *World) User(t testing.TB, role string, teams ...id.ID) auth.Actor {
	t.Helper()
	u, err := w.Auth.CreateUser(t.Context(), w.Admin, auth.NewUser{
		Name: fmt.Sprintf("Person %d", w.made.Add(1)), Email: fmt.Sprintf("p%d@example.com", w.made.Load()), Password: Password,
		Role: w.Role(t, role).ID, Teams: teams,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w.Actor(t, w.Workspace.ID, u.ID)
}

// Team makes a team of the first workspace.
func (w *World) Team(t testing.TB, name string, members ...id.ID) auth.Team {
	t.Helper()
	team, err := w.Auth.CreateTeam(t.Context(), w.Admin, name, members)
	if err != nil {
		t.Fatal(err)
	}
	return team
}

// Drain runs all queued jobs.
func (w *World) Drain(t testing.TB) {
	t.Helper()
	if _, err := w.Queue.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Mail lists the first workspace's outgoing mail with bodies, newest first.
func (w *World) Mail(t testing.TB) []outbox.Stored {
	t.Helper()
	list, _, err := w.Outbox.List(t.Context(), w.Admin, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list.Data {
		m, _, err := w.Outbox.Read(t.Context(), auth.System(w.Workspace.ID, "test"), list.Data[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		list.Data[i] = m
	}
	return list.Data
}

var link = regexp.MustCompile(`/reset-password/(\S+)`)

// ResetToken is the token in the newest reset mail, or empty.
func (w *World) ResetToken(t testing.TB) string {
	t.Helper()
	for _, m := range w.Mail(t) {
		if found := link.FindStringSubmatch(m.Text); found != nil {
			return found[1]
		}
	}
	return ""
}

// Entries lists the first workspace's audit log, newest first.
func (w *World) Entries(t testing.TB) page.Result[audit.Stored] {
	t.Helper()
	out, _, err := w.Audit.List(t.Context(), w.Admin, map[string][]string{"limit": {"200"}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
