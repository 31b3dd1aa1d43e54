package ticket

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		first := w.open(t, p.admin, Opening{Customer: p.ada, Channel: Phone, Tags: []string{"Urgent"}})
		if first.Number != 1 || first.Priority != 3 || first.Status != Open || first.CustomerName != "Ada Byron" || first.Description != "It should have come on Monday." {
			t.Errorf("got %+v", first.Row)
		}
		if first.WaitingSince.IsZero() || first.MessageCount != 1 || len(first.Messages) != 1 || first.Preview != "It should have come on Monday." {
			t.Errorf("thread: got %+v", first)
		}
		if len(first.Tags) != 1 || first.Tags[0].Name != "Urgent" {
			t.Errorf("tags: got %+v", first.Tags)
		}
		if diff := cmp.Diff([]string{"ticket.created", "ticket.assigned"}, w.kinds(t, p.t, first.ID)); diff != "" {
			t.Error(diff)
		}
		// The two agents take turns, because whoever was left alone longest is next among equals.
		second := w.open(t, p.admin, Opening{})
		if first.Assignee == second.Assignee || first.Assignee.IsZero() || second.Assignee.IsZero() {
			t.Errorf("assignees: %s and %s, want two different agents", first.AssigneeName, second.AssigneeName)
		}
		// Within a team only its members.
		for range 3 {
			if k := w.open(t, p.admin, Opening{Team: p.team}); k.Assignee != p.sam.User {
				t.Errorf("team ticket went to %q, want Sam", k.AssigneeName)
			}
		}
		// Mia has the fewest now.
		if k := w.open(t, p.admin, Opening{}); k.Assignee != p.mia.User {
			t.Errorf("went to %q, want Mia", k.AssigneeName)
		}
		// The neighbour's numbers are their own.
		if k := w.open(t, w.neighbours.admin, Opening{}); k.Number != 1 {
			t.Errorf("neighbour's first number is %d", k.Number)
		}
	})
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		ok := Opening{Title: "a", Description: "b"}
		with := func(change func(o *Opening)) Opening {
			o := ok
			change(&o)
			return o
		}
		for name, tc := range map[string]struct {
			who  auth.Actor
			o    Opening
			kind errs.Kind
			at   string
		}{
			"a neighbour's customer":            {p.mia, with(func(o *Opening) { o.Customer = w.neighbours.ada }), errs.Invalid, "customerId"},
			"a neighbour's team":                {p.mia, with(func(o *Opening) { o.Team = w.neighbours.team }), errs.Invalid, "teamId"},
			"a neighbour's user":                {p.admin, with(func(o *Opening) { o.Assignee = w.neighbours.mia.User }), errs.Invalid, "assigneeId"},
			"an agent who assigns a colleague":  {p.mia, with(func(o *Opening) { o.Assignee = p.sam.User }), errs.Forbidden, ""},
			"an unknown field":                  {p.mia, with(func(o *Opening) { o.Fields = map[string]any{"nope": 1} }), errs.Invalid, "fields.nope"},
			"priority 5":                        {p.mia, with(func(o *Opening) { o.Priority = 5 }), errs.Invalid, "priority"},
			"no text":                           {p.mia, with(func(o *Opening) { o.Description = "  " }), errs.Invalid, "description"},
			"an unknown tag without tags:write": {p.mia, with(func(o *Opening) { o.Tags = []string{"new"} }), errs.Forbidden, ""},
			"a file that is not there":          {p.mia, with(func(o *Opening) { o.Attachments = []id.ID{id.New(w.clock.Now())} }), errs.Invalid, "attachments[0]"},
			"nobody":                            {auth.Actor{}, ok, errs.Unauthenticated, ""},
		} {
			_, err := w.tickets.Create(t.Context(), tc.who, tc.o)
			if !errs.Has(err, tc.kind) {
				t.Errorf("%s: got %v", name, err)
				continue
			}
			if tc.at != "" && !hasField(err, tc.at) {
				t.Errorf("%s: %v does not name %s", name, err, tc.at)
			}
		}
		if got := w.list(t, p.admin, ""); len(got) != 0 {
			t.Errorf("refused tickets were kept: %v", got)
		}
	})
}

func TestNobodyAvailableWaitsAndIsGivenOutOldestFirst(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		w.available(t, p.mia, false)
		w.available(t, p.sam, false)
		a := w.open(t, p.admin, Opening{Customer: p.ada})
		b := w.open(t, p.admin, Opening{})
		if !a.Assignee.IsZero() || a.Notice == "" {
			t.Fatalf("assignee %q, notice %q: want nobody and a polite word", a.AssigneeName, a.Notice)
		}
		if diff := cmp.Diff([]string{"ticket.created", "ticket.unassigned"}, w.kinds(t, p.t, a.ID)); diff != "" {
			t.Error(diff)
		}
		// Without anybody nothing changes.
		if n, err := w.tickets.GiveOut(t.Context(), p.t); err != nil || n != 0 {
			t.Fatalf("gave out %d, %v", n, err)
		}
		w.available(t, p.sam, true)
		if n, err := w.tickets.GiveOut(t.Context(), p.t); err != nil || n != 2 {
			t.Fatalf("gave out %d, %v; want 2", n, err)
		}
		ra, rb := w.read(t, p.admin, a.ID), w.read(t, p.admin, b.ID)
		if ra.Assignee != p.sam.User || rb.Assignee != p.sam.User || rb.ActivityAt.Before(ra.ActivityAt) {
			t.Errorf("got %q then %q", ra.AssigneeName, rb.AssigneeName)
		}
		if n, err := w.tickets.GiveOut(t.Context(), p.t); err != nil || n != 0 {
			t.Errorf("again: gave out %d, %v", n, err)
		}
	})
}

func TestNumbersAreUniqueAndIncreaseUnderConcurrency(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const workers, each = 6, 8
		numbers := make([][]int64, workers)
		var group sync.WaitGroup
		for i := range workers {
			group.Add(1)
			go func() {
				defer group.Done()
				for range each {
					k, err := w.tickets.Create(t.Context(), w.people.admin, Opening{Title: "a", Description: "b"})
					if err != nil {
						t.Error(err)
						return
					}
					numbers[i] = append(numbers[i], k.Number)
				}
			}()
		}
		group.Wait()
		all := slices.Concat(numbers...)
		for i, own := range numbers {
			if !slices.IsSorted(own) {
				t.Errorf("worker %d saw numbers fall: %v", i, own)
			}
		}
		slices.Sort(all)
		if u := slices.Compact(slices.Clone(all)); len(u) != workers*each {
			t.Errorf("%d different numbers among %d", len(u), workers*each)
		}
	})
}

// TestLoadMatchesAModel drives random work and compares who gets the next ticket with a plain count.
func TestLoadMatchesAModel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		agents := []auth.Actor{p.mia, p.sam}
		type model struct {
			assignee id.ID
			open     bool
		}
		tickets := map[id.ID]model{}
		var ids []id.ID
		up := map[id.ID]bool{p.mia.User: true, p.sam.User: true}
		check := func(rt *rapid.T) {
			counts, err := readCounts(t, w)
			if err != nil {
				rt.Fatal(err)
			}
			want := map[id.ID]int64{}
			for _, m := range tickets {
				if m.open && !m.assignee.IsZero() {
					want[m.assignee]++
				}
			}
			for _, a := range agents {
				if counts[a.User] != want[a.User] {
					rt.Fatalf("%s has %d open, the model says %d", a.Name, counts[a.User], want[a.User])
				}
			}
		}
		rapid.Check(t, func(rt *rapid.T) {
			for range rapid.IntRange(1, 6).Draw(rt, "steps") {
				switch step := rapid.SampledFrom([]string{"create", "status", "assign", "absence", "delete"}).Draw(rt, "step"); {
				case step == "create" || len(ids) == 0:
					load := map[id.ID]int64{}
					for _, m := range tickets {
						if m.open {
							load[m.assignee]++
						}
					}
					k := w.open(t, p.admin, Opening{})
					if !k.Assignee.IsZero() {
						for _, a := range agents {
							if up[a.User] && load[a.User] < load[k.Assignee] {
								rt.Fatalf("went to %s with %d although %s has %d", k.AssigneeName, load[k.Assignee], a.Name, load[a.User])
							}
						}
					}
					if k.Assignee.IsZero() != (!up[p.mia.User] && !up[p.sam.User]) || !k.Assignee.IsZero() && !up[k.Assignee] {
						rt.Fatalf("went to %q while available is %v", k.AssigneeName, up)
					}
					tickets[k.ID] = model{k.Assignee, true}
					ids = append(ids, k.ID)
				case step == "status":
					k := rapid.SampledFrom(ids).Draw(rt, "ticket")
					s := rapid.SampledFrom(Statuses()).Draw(rt, "status")
					if _, err := w.tickets.Update(t.Context(), p.admin, k, Change{Status: &s}); err != nil {
						rt.Fatal(err)
					}
					tickets[k] = model{tickets[k].assignee, s.IsOpen()}
				case step == "assign":
					k := rapid.SampledFrom(ids).Draw(rt, "ticket")
					to := rapid.SampledFrom([]id.ID{p.mia.User, p.sam.User, p.manager.User, id.Zero}).Draw(rt, "to")
					if _, err := w.tickets.Assign(t.Context(), p.admin, k, to, nil); err != nil {
						rt.Fatal(err)
					}
					tickets[k] = model{to, tickets[k].open}
				case step == "absence":
					a := rapid.SampledFrom(agents).Draw(rt, "agent")
					up[a.User] = !up[a.User]
					w.available(t, a, up[a.User])
				case step == "delete":
					i := rapid.IntRange(0, len(ids)-1).Draw(rt, "ticket")
					if err := w.tickets.Delete(t.Context(), p.admin, ids[i], nil); err != nil {
						rt.Fatal(err)
					}
					delete(tickets, ids[i])
					ids = slices.Delete(ids, i, i+1)
				}
				check(rt)
			}
		})
	})
}

func hasField(err error, at string) bool {
	var e *errs.Error
	return asError(err, &e) && slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Location == at })
}

func TestPreviewIsOneShortLine(t *testing.T) {
	t.Parallel()
	long := ""
	for i := range 100 {
		long += fmt.Sprintf("word%d\n", i)
	}
	if p := preview(long); len([]rune(p)) > maxPreview || slices.Contains([]rune(p), '\n') {
		t.Errorf("got %q", p)
	}
	if p := preview(" a \n b "); p != "a b" {
		t.Errorf("got %q", p)
	}
}
