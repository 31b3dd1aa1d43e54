package ticket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/media"
	"github.com/throughlinehq/throughline/internal/platform/blob"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// world is two workspaces with the same people: an administrator, a manager, two agents, a customer, a team.
type world struct {
	d       *db.DB
	clock   *clock.Fake
	events  *event.Log
	queue   *jobs.Queue
	files   *media.Service
	fields  *field.Service
	tickets *Service

	people, neighbours people
}

type people struct {
	t              tenant.ID
	admin, manager auth.Actor
	mia, sam       auth.Actor
	ada, team      id.ID
}

// visibleCustomers is the customer room's check on the real table.
type visibleCustomers struct{}

func (visibleCustomers) Require(ctx context.Context, q db.Reader, who auth.Actor, customer id.ID) error {
	ok, err := db.Exists(ctx, q, `SELECT 1 FROM customer WHERE tenant_id = $1 AND id = $2`, who.Tenant, customer)
	if err == nil && !ok {
		return errs.Missing()
	}
	return err
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{d: d, clock: clock.NewFake(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))}
	w.events = event.NewLog(w.clock, nil, nil)
	w.queue = jobs.New(d, w.clock, slog.New(slog.DiscardHandler), jobs.Options{})
	store, err := blob.OpenFolder(t.TempDir(), w.clock)
	must(t, err)
	t.Cleanup(func() { _ = store.Close() })
	w.files, err = media.New(media.Deps{DB: d, Clock: w.clock, Blobs: store, Queue: w.queue, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Owners: []media.Owner{Files{}}})
	must(t, err)
	w.fields, err = field.New(field.Deps{DB: d, Clock: w.clock, Events: w.events, Queue: w.queue, Tables: field.Tables()})
	must(t, err)
	tags, err := tag.New(tag.Deps{DB: d, Clock: w.clock, Events: w.events, Links: tag.Tables()})
	must(t, err)
	w.tickets, err = New(Deps{
		DB: d, Clock: w.clock, Events: w.events, Queue: w.queue, Search: search.New(w.clock), Fields: w.fields, Files: w.files, Tags: tags, Customers: visibleCustomers{},
	})
	must(t, err)
	must(t, w.queue.Validate())
	w.people = w.workspace(t, 1)
	w.neighbours = w.workspace(t, 2)
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) exec(t testing.TB, q string, args ...any) {
	t.Helper()
	must(t, w.d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, q, args...)
		return err
	}))
}

func (w *world) workspace(t testing.TB, n tenant.ID) people {
	t.Helper()
	now := db.Micros(w.clock.Now())
	w.exec(t, `INSERT INTO workspace (id, slug, name, currency, timezone, locale, status, settings, created_at, updated_at)
		VALUES ($1, $2, 'Acme', 'GBP', 'UTC', 'en', 'active', '{}', 1, 1)`, n, fmt.Sprintf("acme-%d", n))
	p := people{t: n, ada: id.New(w.clock.Now()), team: id.New(w.clock.Now())}
	agentCan := []string{"customers:read_all", "tickets:create", "tickets:read_own", "tickets:update_own"}
	all := []string{"customers:read_all", "tickets:create", "tickets:read_all", "tickets:update_all", "tickets:assign", "tickets:delete", "escalation:write", "tags:write", "fields:write", "notes:update_all"}
	role := func(key string, can []string) (id.ID, auth.Permissions) {
		r := id.New(w.clock.Now())
		w.exec(t, `INSERT INTO role (tenant_id, id, key, name, description, built_in, created_at, updated_at) VALUES ($1, $2, $3, $3, '', TRUE, 1, 1)`, n, r, key)
		for _, c := range can {
			w.exec(t, `INSERT INTO role_permission (tenant_id, role_id, permission) VALUES ($1, $2, $3)`, n, r, c)
		}
		return r, auth.PermissionSet(can...)
	}
	adminRole, adminCan := role("administrator", all)
	managerRole, managerCan := role("manager", all)
	agentRole, agentSet := role("agent", agentCan)
	user := func(name string, role id.ID, key string, can auth.Permissions) auth.Actor {
		u := id.New(w.clock.Now())
		w.exec(t, `INSERT INTO staff_user (tenant_id, id, email, name, password_hash, role_id, status, available, preferences, password_changed_at, created_at, updated_at)
			VALUES ($1, $2, $3, $4, '', $5, 'approved', TRUE, '{}', 1, $6, $6)`, n, u, name+"@example.com", name, role, now)
		a := auth.NewActor(n, u, key, can)
		a.Name = name
		return a
	}
	p.admin = user("Alex", adminRole, "administrator", adminCan)
	p.manager = user("Max", managerRole, "manager", managerCan)
	p.mia = user("Mia", agentRole, "agent", agentSet)
	p.sam = user("Sam", agentRole, "agent", agentSet)
	w.exec(t, `INSERT INTO team (tenant_id, id, name, created_at, updated_at) VALUES ($1, $2, 'Returns', 1, 1)`, n, p.team)
	w.exec(t, `INSERT INTO team_member (tenant_id, team_id, user_id) VALUES ($1, $2, $3)`, n, p.team, p.sam.User)
	p.sam.Teams = []id.ID{p.team}
	w.customer(t, n, p.ada, "Ada", "Byron")
	return p
}

func (w *world) customer(t testing.TB, n tenant.ID, customer id.ID, first, last string) {
	t.Helper()
	w.exec(t, `INSERT INTO customer (tenant_id, id, kind, status, first_name, last_name, company, name_key, name_made_up, address, country, level, fields, source, version, created_at, updated_at)
		VALUES ($1, $2, 'person', 'customer', $3, $4, '', '', FALSE, '{}', '', '', '{}', '', 1, 1, 1)`, n, customer, first, last)
}

func (w *world) available(t testing.TB, who auth.Actor, yes bool) {
	t.Helper()
	w.exec(t, `UPDATE staff_user SET available = $3 WHERE tenant_id = $1 AND id = $2`, who.Tenant, who.User, yes)
}

// open makes a ticket a second later than the last.
func (w *world) open(t testing.TB, who auth.Actor, o Opening) Opened {
	t.Helper()
	w.clock.Advance(time.Second)
	if o.Title == "" {
		o.Title = "Where is my parcel?"
	}
	if o.Description == "" {
		o.Description = "It should have come on Monday."
	}
	out, err := w.tickets.Create(t.Context(), who, o)
	must(t, err)
	return out
}

func (w *world) read(t testing.TB, who auth.Actor, ticket id.ID) Detail {
	t.Helper()
	d, err := w.tickets.Open(t.Context(), who, ticket)
	must(t, err)
	return d
}

func (w *world) reply(t testing.TB, who auth.Actor, ticket id.ID, r Reply) Message {
	t.Helper()
	w.clock.Advance(time.Second)
	m, err := w.tickets.AddMessage(t.Context(), who, ticket, r)
	must(t, err)
	return m
}

// list gives the numbers of the tickets on a page, in order.
func (w *world) list(t testing.TB, who auth.Actor, query string) []int64 {
	t.Helper()
	values, err := url.ParseQuery(query)
	must(t, err)
	rows, _, err := w.tickets.List(t.Context(), who, values)
	must(t, err)
	out := make([]int64, len(rows.Data))
	for i, r := range rows.Data {
		out[i] = r.Number
	}
	return out
}

// kinds lists the kinds of events about a ticket, oldest first.
func (w *world) kinds(t testing.TB, n tenant.ID, ticket id.ID) []string {
	t.Helper()
	var out []string
	must(t, w.d.Read(t.Context(), n, func(ctx context.Context, q db.Reader) (err error) {
		out, err = db.All(ctx, q, func(row db.Row) (s string, err error) { return s, row.Scan(&s) },
			`SELECT kind FROM event WHERE tenant_id = $1 AND object_id = $2 ORDER BY id`, n, ticket)
		return err
	}))
	return out
}

func wantKind(t testing.TB, err error, k errs.Kind) {
	t.Helper()
	if !errs.Has(err, k) {
		t.Fatalf("got %v, want kind %s", err, k)
	}
}

func asError(err error, to **errs.Error) bool { return errors.As(err, to) }

func readCounts(t testing.TB, w *world) (map[id.ID]int64, error) {
	out := map[id.ID]int64{}
	err := w.d.Read(t.Context(), w.people.t, func(ctx context.Context, q db.Reader) error {
		c, err := w.tickets.OpenCounts(ctx, q, w.people.t)
		for _, l := range c.Loads {
			out[l.User] = l.Open.N
		}
		return err
	})
	return out, err
}
