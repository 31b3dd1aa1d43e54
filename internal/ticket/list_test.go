package ticket

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// inbox is eight tickets of every sort of ownership.
func inbox(t *testing.T, w *world) map[string]int64 {
	t.Helper()
	p := w.people
	w.available(t, p.mia, false)
	w.available(t, p.sam, false)
	out := map[string]int64{}
	keep := func(name string, k Opened) id.ID { out[name] = k.Number; return k.ID }
	keep("mia's", w.open(t, p.admin, Opening{Assignee: p.mia.User, Customer: p.ada, Tags: []string{"vip"}}))
	keep("sam's", w.open(t, p.admin, Opening{Assignee: p.sam.User, Priority: 1}))
	keep("everybody's queue", w.open(t, p.admin, Opening{}))
	keep("returns queue", w.open(t, p.admin, Opening{Team: p.team}))
	keep("created by mia", w.open(t, p.mia, Opening{Team: p.team}))
	followed := keep("followed by mia", w.open(t, p.admin, Opening{Assignee: p.sam.User, Title: "An elephant came"}))
	w.reply(t, p.admin, followed, Reply{Body: "@Mia", Internal: true, Mentions: []id.ID{p.mia.User}})
	closed := keep("mia's, closed", w.open(t, p.admin, Opening{Assignee: p.mia.User, Customer: p.ada}))
	status := Closed
	_, err := w.tickets.Update(t.Context(), p.admin, closed, Change{Status: &status})
	must(t, err)
	keep("manager's", w.open(t, p.admin, Opening{Assignee: p.manager.User}))
	w.open(t, w.neighbours.admin, Opening{Assignee: w.neighbours.mia.User})
	return out
}

func TestList(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		n := inbox(t, w)
		for _, tc := range []struct {
			who   auth.Actor
			query string
			want  []string
		}{
			{p.admin, "", []string{"mia's", "sam's", "everybody's queue", "returns queue", "created by mia", "followed by mia", "mia's, closed", "manager's"}},
			{p.admin, "view=open", []string{"mia's", "sam's", "everybody's queue", "returns queue", "created by mia", "followed by mia", "manager's"}},
			{p.admin, "view=closed", []string{"mia's, closed"}},
			{p.admin, "view=unassigned", []string{"everybody's queue", "returns queue", "created by mia"}},
			{p.admin, "view=mine", nil},
			{p.admin, "status=closed&status=pending", []string{"mia's, closed"}},
			{p.admin, "open=false", []string{"mia's, closed"}},
			{p.admin, "view=mine&status=closed&assigneeId=" + p.mia.User.String(), nil},
			{p.admin, "priority=1", []string{"sam's"}},
			{p.admin, "tag=VIP", []string{"mia's"}},
			{p.admin, "tag=nothing", nil},
			{p.admin, "customerId=" + p.ada.String(), []string{"mia's", "mia's, closed"}},
			{p.admin, "customerId=" + w.neighbours.ada.String(), nil},
			{p.admin, "assigneeId=none", []string{"everybody's queue", "returns queue", "created by mia"}},
			{p.admin, "assigneeId=" + p.sam.User.String(), []string{"sam's", "followed by mia"}},
			{p.admin, "teamId=" + p.team.String(), []string{"returns queue", "created by mia"}},
			{p.admin, "teamId=none&view=open", []string{"mia's", "sam's", "everybody's queue", "followed by mia", "manager's"}},
			{p.admin, "q=elephant", []string{"followed by mia"}},
			{p.admin, fmt.Sprintf("number=%d", n["sam's"]), []string{"sam's"}},
			{p.admin, "createdAt[gte]=2030-01-01", nil},
			{p.mia, "", []string{"mia's", "everybody's queue", "created by mia", "followed by mia", "mia's, closed"}},
			{p.mia, "view=open", []string{"mia's", "everybody's queue", "created by mia", "followed by mia"}},
			{p.mia, "view=mine", []string{"mia's"}},
			{p.mia, "view=unassigned", []string{"everybody's queue"}},
			{p.mia, "view=following", []string{"followed by mia"}},
			{p.mia, "view=mentions", []string{"followed by mia"}},
			{p.mia, "view=mentions&q=elephant", []string{"followed by mia"}},
			{p.mia, "customerId=" + p.ada.String(), []string{"mia's", "mia's, closed"}},
			{p.mia, "assigneeId=" + p.sam.User.String(), []string{"followed by mia"}},
			{p.mia, "assigneeId=" + p.manager.User.String(), nil},
			{p.mia, "unread=false", []string{"created by mia", "mia's, closed"}},
			{p.mia, "tag=vip", []string{"mia's"}},
			{p.sam, "view=unassigned", []string{"everybody's queue", "returns queue", "created by mia"}},
			{p.sam, "q=elephant", []string{"followed by mia"}},
			{p.sam, "tag=vip", nil},
		} {
			var want []int64
			for _, name := range tc.want {
				want = append(want, n[name])
			}
			got := w.list(t, tc.who, tc.query)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s %q: got %v, want %v (%v)", tc.who.Name, tc.query, got, want, tc.want)
			}
			// Every list is in order of activity, and the same when it is read in steps of two and by age.
			for _, sort := range []string{"-activityAt", "activityAt", "-createdAt", "createdAt"} {
				steps := w.walk(t, tc.who, tc.query, sort)
				slices.Sort(steps)
				if !slices.Equal(steps, want) {
					t.Errorf("%s %q by %s in steps: got %v, want %v", tc.who.Name, tc.query, sort, steps, want)
				}
			}
			values, err := url.ParseQuery(tc.query)
			must(t, err)
			values.Set("total", "true")
			rows, _, err := w.tickets.List(t.Context(), tc.who, values)
			must(t, err)
			if *rows.Total != int64(len(want)) {
				t.Errorf("%s %q: total %d, want %d", tc.who.Name, tc.query, *rows.Total, len(want))
			}
		}
	})
}

// walk reads a list in steps of two and checks the order.
func (w *world) walk(t *testing.T, who auth.Actor, query, sort string) []int64 {
	t.Helper()
	values, err := url.ParseQuery(query)
	must(t, err)
	values.Set("limit", "2")
	values.Set("sort", sort)
	var out []int64
	var last time.Time
	for {
		rows, _, err := w.tickets.List(t.Context(), who, values)
		must(t, err)
		for _, r := range rows.Data {
			at := r.ActivityAt
			if strings.HasSuffix(sort, "createdAt") {
				at = r.CreatedAt
			}
			if !last.IsZero() && (strings.HasPrefix(sort, "-") && at.After(last) || !strings.HasPrefix(sort, "-") && at.Before(last)) {
				t.Errorf("%q by %s is out of order", query, sort)
			}
			last = at
			out = append(out, r.Number)
		}
		if rows.Next == "" {
			return out
		}
		values.Set("cursor", rows.Next)
	}
}

func TestListRefusesWhatThereIsNot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, query := range []string{"view=nope", "status=nope", "colour=red", "sort=title", "fields=secret", "field.nope=1", "cursor=x", "customerId=1"} {
			values, err := url.ParseQuery(query)
			must(t, err)
			_, _, err = w.tickets.List(t.Context(), w.people.admin, values)
			if !errs.Has(err, errs.Malformed) {
				t.Errorf("%s: got %v", query, err)
			}
		}
		_, _, err := w.tickets.List(t.Context(), auth.NewActor(1, w.people.mia.User, "x", auth.PermissionSet("orders:read")), nil)
		wantKind(t, err, errs.Forbidden)
	})
}

func TestCountsAreOfOpenTicketsInReach(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		inbox(t, w)
		for who, want := range map[*auth.Actor]map[View]Count{
			&w.people.admin: {ViewMine: {}, ViewUnassigned: {N: 3}, ViewOpen: {N: 7}, ViewMentions: {}, ViewFollowing: {}},
			&w.people.mia:   {ViewMine: {N: 1}, ViewUnassigned: {N: 1}, ViewOpen: {N: 4}, ViewMentions: {N: 1}, ViewFollowing: {N: 1}},
		} {
			ctx, trips := db.WithCount(t.Context())
			got, err := w.tickets.Counts(ctx, *who)
			must(t, err)
			if diff := cmp.Diff(want, got); diff != "" || trips.Load() != 1 {
				t.Errorf("%s, %d trips: %s", who.Name, trips.Load(), diff)
			}
		}
	})
}

// TestPlans looks at how the engines read the pages that everybody opens all day: index ranges alone.
func TestPlans(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		inbox(t, w)
		w.fill(t, 3000)
		for _, tc := range []struct {
			who   auth.Actor
			query string
			index []string
		}{
			{p.admin, "", []string{"ticket_by_activity"}},
			{p.admin, "view=open", []string{"ticket_by_activity"}},
			{p.admin, "view=unassigned", []string{"ticket_unassigned"}},
			{p.admin, "view=mine", []string{"ticket_by_assignee"}},
			{p.admin, "status=pending&status=open", []string{"ticket_by_status"}},
			{p.admin, "customerId=" + p.ada.String(), []string{"ticket_by_customer"}},
			{p.admin, "teamId=" + p.team.String(), []string{"ticket_by_team"}},
			{p.admin, "priority=1", []string{"ticket_by_activity"}},
			{p.mia, "", []string{"ticket_by_assignee", "ticket_by_creator", "ticket_unassigned", "ticket_follower_by_user"}},
			{p.sam, "view=open", []string{"ticket_by_assignee", "ticket_by_creator", "ticket_unassigned", "ticket_follower_by_user"}},
			{p.mia, "view=mine", []string{"ticket_by_assignee"}},
			{p.admin, "number=3", nil},
			{p.mia, "customerId=" + p.ada.String(), []string{"ticket_by_customer"}},
			{p.mia, "view=mentions", []string{"ticket_follower_by_user"}},
			{p.mia, "view=open&sort=createdAt", []string{"ticket_by_assignee", "ticket_follower_by_user"}},
		} {
			values, err := url.ParseQuery(tc.query)
			must(t, err)
			query, err := Spec(p.t).Parse(values, nil)
			must(t, err)
			reach := tc.who.Reach("tickets:read")
			text, args, err := pageText(tc.who, reach, query, selectionOf(query))
			must(t, err)
			checkPlan(t, d, tc.who.Name+" "+tc.query, explain(t, d, text, args), tc.index)
		}
		words := selection{view: ViewAll, open: []bool{true, false}, hasFound: true, found: []id.ID{p.team, p.ada}}
		plain, err := Spec(p.t).Parse(nil, nil)
		must(t, err)
		text, args, err := pageText(p.mia, auth.Own, plain, words)
		must(t, err)
		checkPlan(t, d, "found by words", explain(t, d, text, args), nil)
		for _, who := range []auth.Actor{p.admin, p.sam} {
			text, args := countsText(who, who.Reach("tickets:read"), []View{ViewMine, ViewUnassigned, ViewOpen, ViewMentions})
			checkPlan(t, d, who.Name+" counts", explain(t, d, text, args), []string{"ticket_by_assignee", "ticket_unassigned"})
		}
	})
}

// fill adds tickets of every sort to the first workspace and lets PostgreSQL look at them.
func (w *world) fill(t *testing.T, n int) {
	t.Helper()
	p := w.people
	users := []id.ID{p.mia.User, p.sam.User, p.manager.User, p.admin.User, id.Zero}
	must(t, w.d.Write(t.Context(), p.t, func(ctx context.Context, tx db.Tx) error {
		for i := range n {
			at := w.clock.Now().Add(-time.Duration(i) * time.Minute)
			k := &Ticket{
				ID: id.At(at), Number: int64(1000 + i), Title: "x", Status: Statuses()[i%5], Priority: int64(1 + i%4), Channel: API, Assignee: users[i%len(users)],
				CreatedBy: users[(i/7)%4], LastMessageAt: at, ActivityAt: at, CreatedAt: at, UpdatedAt: at, Version: 1,
			}
			if i%11 == 0 {
				k.Team = p.team
			}
			if i%300 == 0 {
				k.Customer = p.ada
			}
			if err := insertTicket(ctx, tx, p.t, k); err != nil {
				return err
			}
			if i%100 == 0 {
				if err := follow(ctx, tx, p.t, k.ID, p.mia.User, byMention, at); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	if w.d.Engine() == db.Postgres {
		must(t, w.d.Exec(t.Context(), "ANALYZE"))
	}
}

// explain gives a plan as lines. The tables are still small enough for PostgreSQL to read them whole, so
// that is made dear: a plan that does so all the same has no index.
func explain(t *testing.T, d *db.DB, text string, args []any) []string {
	t.Helper()
	var out []string
	must(t, d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) (err error) {
		how := "EXPLAIN QUERY PLAN "
		scan := func(row db.Row) (s string, err error) {
			var a, b, c int
			return s, row.Scan(&a, &b, &c, &s)
		}
		if d.Engine() == db.Postgres {
			if _, err := tx.Exec(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
				return err
			}
			how = "EXPLAIN "
			scan = func(row db.Row) (s string, err error) { return s, row.Scan(&s) }
		}
		out, err = db.All(ctx, tx, scan, how+text, slices.Clone(args)...)
		return err
	}))
	return out
}

func checkPlan(t *testing.T, d *db.DB, name string, plan, indexes []string) {
	t.Helper()
	all := strings.Join(plan, "\n")
	for _, bad := range []string{"SCAN k", "SCAN ticket", "SCAN f", "Seq Scan on ticket"} {
		for _, line := range plan {
			if strings.Contains(line, bad+" ") || strings.HasSuffix(line, bad) {
				t.Errorf("%s reads a whole table: %s\n%s", name, line, all)
			}
		}
	}
	for i, line := range plan {
		// SQLite names the columns of a range, PostgreSQL shows its condition: the workspace alone is all of it.
		if strings.Contains(line, "SEARCH k ") && strings.HasSuffix(line, "(tenant_id=?)") ||
			strings.TrimSpace(line) == "Index Cond: (tenant_id = '1'::bigint)" && strings.Contains(plan[i-1], "on ticket k") {
			t.Errorf("%s walks the workspace: %s\n%s", name, line, all)
		}
	}
	for _, index := range indexes {
		if !strings.Contains(all, index) {
			t.Errorf("%s does not use %s:\n%s", name, index, all)
		}
	}
}

func TestInboxPageTakesFewRoundTrips(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		inbox(t, w)
		for _, who := range []auth.Actor{w.people.admin, w.people.mia} {
			for _, query := range []string{"view=open", "tag=vip"} {
				values, err := url.ParseQuery(query)
				must(t, err)
				ctx, trips := db.WithCount(t.Context())
				_, _, err = w.tickets.List(ctx, who, values)
				must(t, err)
				if n := trips.Load(); n > 4 {
					t.Errorf("%s %s: %d round trips, at most 4", who.Name, query, n)
				}
			}
		}
	})
}

func TestCustomFieldsFilterIndexedOrNot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		for key, indexed := range map[string]bool{"size": true, "colour": false} {
			_, err := w.fields.Create(t.Context(), p.admin, field.Draft{Object: field.Tickets, Key: key, Label: key, Type: field.Text, Indexed: indexed})
			must(t, err)
		}
		a := w.open(t, p.admin, Opening{Fields: map[string]any{"size": "large", "colour": "red"}})
		b := w.open(t, p.admin, Opening{Fields: map[string]any{"size": "small"}})
		if diff := cmp.Diff([]int64{a.Number}, w.list(t, p.admin, "field.colour=red")); diff != "" {
			t.Error(diff)
		}
		_, err := w.tickets.SetField(t.Context(), p.admin, b.ID, "colour", "red")
		must(t, err)
		if got := w.list(t, p.admin, "field.colour=red"); len(got) != 2 {
			t.Errorf("got %v", got)
		}
		if _, err := w.tickets.SetField(t.Context(), p.admin, a.ID, "colour", nil); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]int64{b.Number}, w.list(t, p.admin, "field.colour=red")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]int64{a.Number}, w.list(t, p.admin, "field.size=large")); diff != "" {
			t.Error(diff)
		}
		got, err := w.tickets.Fields(t.Context(), p.admin, a.ID)
		if diff := cmp.Diff(map[string]any{"size": "large"}, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		_, err = w.tickets.SetField(t.Context(), p.admin, a.ID, "colour", 7)
		if !hasField(err, "fields.colour") {
			t.Errorf("got %v", err)
		}
	})
}
