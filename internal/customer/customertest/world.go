// Package customertest builds a workspace with staff for tests that need customers.
package customertest

import (
	"context"
	"io"
	"log/slog"
	"net/url"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// World is two workspaces with a manager, an agent and a sales representative each, and the rooms around
// customers.
type World struct {
	DB        *db.DB
	Clock     *clock.Fake
	Events    *event.Log
	Search    *search.Index
	Queue     *jobs.Queue
	Fields    *field.Service
	Tags      *tag.Service
	Customers *customer.Service
	Journey   *customer.Journey

	Manager, Agent, Rep auth.Actor // of the first workspace
	Neighbour           auth.Actor // manager of the second
}

// New makes a world; owners are asked when a customer is deleted, besides the event log.
func New(t testing.TB, d *db.DB, owners ...customer.Owner) *World {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	w := &World{DB: d, Clock: c, Events: event.NewLog(c, nil, nil), Search: search.New(c)}
	w.Queue = jobs.New(d, c, slog.New(slog.NewTextHandler(io.Discard, nil)), jobs.Options{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	w.Fields, err = field.New(field.Deps{DB: d, Clock: c, Events: w.Events, Queue: w.Queue, Tables: field.Tables()})
	must(err)
	w.Tags, err = tag.New(tag.Deps{DB: d, Clock: c, Events: w.Events, Links: tag.Tables()})
	must(err)
	owners = append(owners, customer.Owns(event.ForgetCustomer, "event"))
	w.Customers, err = customer.New(customer.Deps{
		DB: d, Clock: c, Events: w.Events, Search: w.Search, Fields: w.Fields, Tags: w.Tags, Staff: staff{d},
		Region: func(context.Context, db.Reader, tenant.ID) (string, error) { return "GB", nil }, Owners: owners,
	})
	must(err)
	w.Journey, err = customer.NewJourney(customer.JourneyDeps{DB: d, Staff: staff{d}})
	must(err)
	w.Manager = w.person(t, 1, "Mia Chen", "manager", manager()...)
	w.Agent = w.person(t, 1, "Sam Okafor", "agent", "customers:create", "customers:read_all", "customers:update_all", "notes:create", "orders:read", "tickets:read_all")
	w.Rep = w.person(t, 1, "Rosa Lind", "sales_representative", "customers:create", "customers:read_own", "customers:update_own", "notes:create", "orders:read")
	w.Neighbour = w.person(t, 2, "Noor Haddad", "manager", manager()...)
	return w
}

func manager() []string {
	return []string{
		"customers:create", "customers:read_all", "customers:update_all", "customers:delete", "customers:import", "notes:create", "notes:update_all",
		"groups:write", "tags:write", "fields:write", "orders:read", "tickets:read_all",
	}
}

// person makes a user, and the workspace and role where they are missing.
func (w *World) person(t testing.TB, ws tenant.ID, name, role string, permissions ...string) auth.Actor {
	t.Helper()
	now := w.Clock.Now()
	user, roleID := id.New(now), id.New(now)
	err := w.DB.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
		slug := map[tenant.ID]string{1: "acme", 2: "globex"}[ws]
		_, err := tx.Exec(ctx, `INSERT INTO workspace (id, slug, name, currency, timezone, locale, status, settings, created_at, updated_at) VALUES ($1, $2, $2, 'GBP', 'Europe/London', 'en-GB', 'active', '{}', 0, 0) ON CONFLICT DO NOTHING`, ws, slug)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO role (tenant_id, id, key, name, description, built_in, created_at, updated_at) VALUES ($1, $2, $3, $3, '', $4, 0, 0)`, ws, roleID, role, true)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO staff_user (tenant_id, id, email, name, password_hash, role_id, status, available, preferences, password_changed_at, created_at, updated_at) VALUES ($1, $2, $3, $4, '', $5, 'approved', $6, '{}', 0, 0, 0)`,
			ws, user, role+"@example.com", name, roleID, true)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	a := auth.NewActor(ws, user, role, auth.PermissionSet(permissions...))
	a.Name = name
	return a
}

// Work does the jobs that are due and those that follow from them.
func (w *World) Work(t testing.TB) {
	t.Helper()
	for {
		n, err := w.Queue.Drain(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	q, err := jobs.Spec().Parse(url.Values{"state": {string(jobs.Dead)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	dead, err := w.Queue.List(t.Context(), 1, q)
	if err != nil || len(dead.Data) > 0 {
		t.Fatalf("dead jobs: %+v, %v", dead.Data, err)
	}
}

// staff answers from the database without a cache.
type staff struct{ db *db.DB }

func (s staff) Names(ctx context.Context, t tenant.ID, users ...id.ID) (map[id.ID]string, error) {
	out := map[id.ID]string{}
	err := s.db.Read(ctx, t, func(ctx context.Context, q db.Reader) error {
		w := db.NewWhere(t)
		db.In(w, "id", users)
		_, err := db.All(ctx, q, func(row db.Row) (struct{}, error) {
			var i id.ID
			var name string
			err := row.Scan(&i, &name)
			out[i] = name
			return struct{}{}, err
		}, `SELECT id, name FROM staff_user WHERE tenant_id = $1`+w.SQL(), w.Args()...)
		return err
	})
	return out, err
}

func (s staff) UserExists(ctx context.Context, q db.Reader, t tenant.ID, user id.ID) (bool, error) {
	return db.Exists(ctx, q, `SELECT 1 FROM staff_user WHERE tenant_id = $1 AND id = $2`, t, user)
}
