package ticket

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func TestAssigneeWithStatusIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		k := w.open(t, w.people.admin, Opening{})
		status := Pending
		_, err := w.tickets.Update(t.Context(), w.people.admin, k.ID, Change{Status: &status, Assignee: &w.people.mia.User})
		if !hasField(err, "assigneeId") || !hasField(err, "status") {
			t.Errorf("got %v", err)
		}
		if got := w.read(t, w.people.admin, k.ID); got.Version != 1 || got.Status != Open {
			t.Errorf("it changed: %+v", got.Row)
		}
	})
}

func TestAssign(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		assign := func(who auth.Actor, k, to id.ID) error {
			_, err := w.tickets.Assign(t.Context(), who, k, to, nil)
			return err
		}
		w.available(t, p.mia, false)
		w.available(t, p.sam, false)
		k := w.open(t, p.admin, Opening{}).ID
		wantKind(t, assign(p.mia, k, p.sam.User), errs.Forbidden) // not hers to give
		must(t, assign(p.mia, k, p.mia.User))                     // taking what nobody has
		wantKind(t, assign(p.mia, k, id.Zero), errs.Forbidden)    // putting it back is reassigning
		wantKind(t, assign(p.sam, k, p.sam.User), errs.NotFound)  // he does not see it
		must(t, assign(p.manager, k, p.sam.User))
		must(t, assign(p.manager, k, id.Zero))
		if err := assign(p.admin, k, w.neighbours.mia.User); !hasField(err, "assigneeId") {
			t.Errorf("a neighbour's user: %v", err)
		}
		wantKind(t, assign(w.neighbours.admin, k, w.neighbours.mia.User), errs.NotFound)
		team := w.open(t, p.admin, Opening{Team: p.team}).ID
		wantKind(t, assign(p.mia, team, p.mia.User), errs.NotFound) // another team's queue
		must(t, assign(p.sam, team, p.sam.User))
	})
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		k := w.open(t, p.admin, Opening{Assignee: p.mia.User})
		title, priority := " Lost parcel ", int64(1)
		tags := []string{"lost", "urgent"}
		got, err := w.tickets.Update(t.Context(), p.admin, k.ID, Change{Title: &title, Priority: &priority, Customer: &p.ada, Tags: &tags})
		must(t, err)
		if got.Title != "Lost parcel" || got.Priority != 1 || got.CustomerName != "Ada Byron" || len(got.Tags) != 2 || got.Version != 2 {
			t.Errorf("got %+v", got.Row)
		}
		// The same again changes nothing.
		got, err = w.tickets.Update(t.Context(), p.admin, k.ID, Change{Title: &title, Tags: &tags})
		must(t, err)
		if got.Version != 2 || count(w.kinds(t, p.t, k.ID), "ticket.updated") != 1 || count(w.kinds(t, p.t, k.ID), "ticket.tagged") != 1 {
			t.Errorf("version %d, events %v", got.Version, w.kinds(t, p.t, k.ID))
		}
		stale := errs.New(errs.Precondition, "stale", "")
		_, err = w.tickets.Update(t.Context(), p.admin, k.ID, Change{Priority: &priority, Check: func(v int64) error {
			if v != 1 {
				return stale
			}
			return nil
		}})
		wantKind(t, err, errs.Precondition)
		_, err = w.tickets.Update(t.Context(), p.sam, k.ID, Change{Priority: &priority})
		wantKind(t, err, errs.NotFound)
		if diff := cmp.Diff([]int64{k.Number}, w.list(t, p.admin, "q=lost")); diff != "" {
			t.Errorf("search knows the old title: %s", diff)
		}
		after, err := w.tickets.RemoveTags(t.Context(), p.mia, k.ID, []string{"LOST", "never was"})
		if err != nil || len(after) != 1 || after[0].Name != "urgent" {
			t.Errorf("got %v, %v", after, err)
		}
	})
}

func TestDeleteLeavesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		k := w.open(t, p.admin, Opening{Assignee: p.mia.User, Tags: []string{"x"}})
		w.reply(t, p.mia, k.ID, Reply{Body: "zebra", Internal: true, Mentions: []id.ID{p.sam.User}})
		_, err := w.tickets.KeepDraft(t.Context(), p.mia, k.ID, "<p>a</p>", false)
		must(t, err)
		wantKind(t, w.tickets.Delete(t.Context(), p.mia, k.ID, nil), errs.Forbidden)
		wantKind(t, w.tickets.Delete(t.Context(), w.neighbours.admin, k.ID, nil), errs.NotFound)
		must(t, w.tickets.Delete(t.Context(), p.admin, k.ID, nil))
		wantKind(t, w.tickets.Delete(t.Context(), p.admin, k.ID, nil), errs.NotFound)
		must(t, d.Read(t.Context(), p.t, func(ctx context.Context, q db.Reader) error {
			for _, table := range []string{"ticket", "ticket_message", "ticket_tag", "ticket_follower", "ticket_read", "ticket_draft"} {
				if n, err := db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM `+table+` WHERE tenant_id = $1`, p.t); err != nil || n != 0 {
					t.Errorf("%s: %d rows, %v", table, n, err)
				}
			}
			return nil
		}))
		if got := w.list(t, p.admin, "q=zebra"); len(got) != 0 {
			t.Errorf("still found: %v", got)
		}
	})
}

func TestForgottenCustomerLeavesNumbersAndTimesAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		k := w.open(t, p.admin, Opening{Customer: p.ada, Title: "Ada's giraffe", AsCustomer: true})
		must(t, d.Write(t.Context(), p.t, func(ctx context.Context, tx db.Tx) error { return w.tickets.ForgetCustomer(ctx, tx, p.t, p.ada) }))
		got := w.read(t, p.admin, k.ID)
		if !got.Customer.IsZero() || got.Title != forgottenTitle || got.Preview != "" || got.Description != "" || got.Number != k.Number || !got.CreatedAt.Equal(k.CreatedAt) {
			t.Errorf("got %+v", got.Row)
		}
		if found := w.list(t, p.admin, "q=giraffe"); len(found) != 0 {
			t.Error("still found by words")
		}
		w.exec(t, `DELETE FROM customer WHERE tenant_id = $1 AND id = $2`, p.t, p.ada) // no row points at them any more
	})
}

func TestDraftReadMarkAndContacts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		k := w.open(t, p.admin, Opening{Assignee: p.mia.User})
		if !w.read(t, p.mia, k.ID).Unread {
			t.Error("new to Mia but read")
		}
		must(t, w.tickets.MarkRead(t.Context(), p.mia, k.ID))
		if w.read(t, p.mia, k.ID).Unread {
			t.Error("unread after she read it")
		}
		wantKind(t, w.tickets.MarkRead(t.Context(), p.sam, k.ID), errs.NotFound)
		_, err := w.tickets.KeepDraft(t.Context(), p.mia, k.ID, `<p onclick="x">a</p>`, true)
		must(t, err)
		if got, err := w.tickets.ReadDraft(t.Context(), p.mia, k.ID); err != nil || got.HTML != "<p>a</p>" || !got.Internal {
			t.Errorf("got %+v, %v", got, err)
		}
		_, err = w.tickets.ReadDraft(t.Context(), p.admin, k.ID)
		wantKind(t, err, errs.NotFound)
		must(t, w.tickets.DropDraft(t.Context(), p.mia, k.ID))

		c, err := w.tickets.AddContact(t.Context(), p.admin, Contact{Name: "Grace Holm", Phone: "+15550100"})
		must(t, err)
		_, err = w.tickets.AddContact(t.Context(), p.mia, Contact{Name: "x", Phone: "1"})
		wantKind(t, err, errs.Forbidden)
		_, err = w.tickets.AddContact(t.Context(), p.admin, Contact{Name: "x"})
		wantKind(t, err, errs.Invalid)
		c, err = w.tickets.ChangeContact(t.Context(), p.admin, c.ID, func(c *Contact) error { c.Duty = "Refunds"; return nil })
		if err != nil || c.Duty != "Refunds" {
			t.Errorf("got %+v, %v", c, err)
		}
		if all, err := w.tickets.Contacts(t.Context(), p.mia); err != nil || len(all) != 1 {
			t.Errorf("got %v, %v", all, err)
		}
		if all, err := w.tickets.Contacts(t.Context(), w.neighbours.admin); err != nil || len(all) != 0 {
			t.Errorf("the neighbour sees %v, %v", all, err)
		}
		wantKind(t, w.tickets.RemoveContact(t.Context(), w.neighbours.admin, c.ID, nil), errs.NotFound)
		must(t, w.tickets.RemoveContact(t.Context(), p.admin, c.ID, nil))
	})
}
