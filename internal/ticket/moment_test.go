package ticket

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// moments reads a page of what happened, as lines of kind, actor, and names in it.
func (w *world) moments(t *testing.T, who auth.Actor, ticket id.ID, query string) []string {
	t.Helper()
	values, err := url.ParseQuery(query)
	must(t, err)
	page, _, err := w.tickets.Events(t.Context(), who, ticket, values)
	must(t, err)
	out := make([]string, len(page.Data))
	for i, m := range page.Data {
		var names []string
		for _, name := range m.Names {
			names = append(names, name)
		}
		slices.Sort(names)
		out[i] = strings.Join(append([]string{strings.TrimPrefix(m.Kind, "ticket."), m.ActorName}, names...), " ")
	}
	return out
}

func TestEvents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		w.available(t, p.sam, false)
		bo := id.New(w.clock.Now())
		w.customer(t, p.t, bo, "Bo", "Li")
		k := w.open(t, p.admin, Opening{Customer: p.ada, Channel: Phone, Team: id.Zero}).ID
		change := func(who auth.Actor, c Change) {
			t.Helper()
			w.clock.Advance(1e9)
			_, err := w.tickets.Update(t.Context(), who, k, c)
			must(t, err)
		}
		pending, high := Pending, int64(2)
		change(p.mia, Change{Status: &pending})
		change(p.manager, Change{Priority: &high, Team: &p.team, Customer: &bo})
		change(p.manager, Change{Assignee: &p.sam.User})
		w.reply(t, p.admin, k, Reply{Body: "@Mia look", Internal: true, Mentions: []id.ID{p.mia.User}})
		change(p.admin, Change{Tags: &[]string{"vip"}})
		all := []string{
			"tagged Alex", "mentioned Alex Mia", "message_added Alex", "assigned Max Mia Sam", "updated Max Ada Byron Bo Li Returns",
			"status_changed Mia", "assigned Alex Mia", "created Alex",
		}

		t.Run("are all told, newest first, with everybody's name", func(t *testing.T) {
			if diff := cmp.Diff(all, w.moments(t, p.admin, k, "")); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("come in the other order and by kind when that is asked", func(t *testing.T) {
			back := slices.Clone(all)
			slices.Reverse(back)
			if diff := cmp.Diff(back, w.moments(t, p.admin, k, "sort=occurredAt")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{all[3], all[5], all[6]}, w.moments(t, p.admin, k, "kind=ticket.assigned&kind=ticket.status_changed")); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("are the same in steps of three", func(t *testing.T) {
			var got []string
			values := url.Values{"limit": {"3"}}
			for {
				page, _, err := w.tickets.Events(t.Context(), p.admin, k, values)
				must(t, err)
				got = append(got, w.moments(t, p.admin, k, values.Encode())...)
				if page.Next == "" {
					break
				}
				values.Set("cursor", page.Next)
			}
			if diff := cmp.Diff(all, got); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("say what it was and what it became", func(t *testing.T) {
			page, _, err := w.tickets.Events(t.Context(), p.admin, k, url.Values{"kind": {"ticket.updated"}})
			must(t, err)
			var got Updated
			must(t, json.Unmarshal(page.Data[0].Data, &got))
			want := map[string]FromTo{
				"priority": {3.0, 2.0}, "teamId": {"", p.team.String()}, "customerId": {p.ada.String(), bo.String()},
			}
			if diff := cmp.Diff(want, got.Changes); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("for who may not see the ticket are not found", func(t *testing.T) {
			_, _, err := w.tickets.Events(t.Context(), w.neighbours.admin, k, nil)
			wantKind(t, err, errs.NotFound)
			nobody := auth.NewActor(p.t, p.mia.User, "none", auth.PermissionSet("customers:read_all"))
			_, _, err = w.tickets.Events(t.Context(), nobody, k, nil)
			wantKind(t, err, errs.Forbidden)
			hers := w.open(t, p.admin, Opening{Assignee: p.manager.User}).ID
			_, _, err = w.tickets.Events(t.Context(), p.mia, hers, nil)
			wantKind(t, err, errs.NotFound)
		})
		t.Run("that are hidden are never told", func(t *testing.T) {
			must(t, d.Write(t.Context(), p.t, func(ctx context.Context, tx db.Tx) error {
				return event.ForgetCustomer(ctx, tx, p.t, bo)
			}))
			if diff := cmp.Diff(all[5:], w.moments(t, p.admin, k, "")); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("take at most three round trips, however many people are in them", func(t *testing.T) {
			ctx, trips := db.WithCount(t.Context())
			_, _, err := w.tickets.Events(ctx, p.mia, k, nil)
			must(t, err)
			if n := trips.Load(); n > 3 {
				t.Errorf("%d round trips", n)
			}
		})
	})
}

// asked keeps the statements that go through a reader.
type asked struct {
	db.Reader
	texts []string
	args  [][]any
}

func (a *asked) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	a.texts, a.args = append(a.texts, q), append(a.args, slices.Clone(args))
	return a.Reader.Query(ctx, q, args...)
}

func TestEventsOfATicketAreARangeOfTheirIndex(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		tickets := make([]id.ID, 60)
		for i := range tickets {
			tickets[i] = id.New(w.clock.Now())
		}
		must(t, d.Write(t.Context(), p.t, func(ctx context.Context, tx db.Tx) error {
			var past []event.Past
			for i := range 3000 {
				a := Subject{Ticket: tickets[i%len(tickets)], Customer: p.ada}
				past = append(past, event.Past{Fact: StatusChanged{Subject: a}, By: p.mia.Origin(), At: w.clock.Now().Add(-1e9)})
			}
			return w.events.History(ctx, tx, p.t, past...)
		}))
		if d.Engine() == db.Postgres {
			must(t, d.Exec(t.Context(), "ANALYZE"))
		}
		for _, query := range []string{"", "sort=occurredAt", "kind=ticket.status_changed", "occurredAt[gte]=2026-01-01"} {
			values, err := url.ParseQuery(query)
			must(t, err)
			parsed, err := EventSpec().Parse(values, nil)
			must(t, err)
			a := &asked{}
			must(t, d.Read(t.Context(), p.t, func(ctx context.Context, q db.Reader) error {
				a.Reader = q
				page, err := event.Of(ctx, a, p.t, tickets[7], parsed)
				if len(page.Data) != 50 {
					t.Errorf("%s: %d events", query, len(page.Data))
				}
				return err
			}))
			plan := strings.Join(explain(t, d, a.texts[0], a.args[0]), "\n")
			if !strings.Contains(plan, "event_by_object") || strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort") {
				t.Errorf("%s: the plan is\n%s", query, plan)
			}
		}
	})
}
