package ticket

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Moment is one thing that happened to a ticket, with the names that it needs to be told.
type Moment struct {
	event.Stored
	ActorName string
	Names     map[id.ID]string // of users, teams and customers in Data, as far as they are still there
}

// EventKinds lists what can have happened to a ticket that is still there.
func EventKinds() []string {
	return []string{
		Created{}.EventKind(), Unassigned{}.EventKind(), Assigned{}.EventKind(), StatusChanged{}.EventKind(), Updated{}.EventKind(), Tagged{}.EventKind(),
		MessageAdded{}.EventKind(), MessageChanged{}.EventKind(), Mentioned{}.EventKind(),
	}
}

// EventSpec is how a ticket's events may be paged: newest first, or oldest first with sort=occurredAt.
func EventSpec() *page.Spec {
	return &page.Spec{Default: "-occurredAt", ID: "e.id", Fields: map[string]page.Field{
		"kind":       {Column: "e.kind", Type: page.Text, Enum: EventKinds(), Doc: "Kind of event"},
		"occurredAt": {Column: "e.id", Type: page.Instant, Sort: true, Where: func(w *db.Where, op string, values []any) { compare(w, "e.occurred_at", op, values) }, Doc: "When it happened"},
	}}
}

// Events reads a page of what happened to a ticket, in three statements: may the actor see it, the events,
// and the names in them. Errors: Forbidden, NotFound, Malformed.
func (s *Service) Events(ctx context.Context, who auth.Actor, ticket id.ID, values url.Values) (page.Result[Moment], *page.Query, error) {
	var out page.Result[Moment]
	if _, err := who.RequireReach("tickets:read"); err != nil {
		return out, nil, err
	}
	query, err := EventSpec().Parse(values, nil)
	if err != nil {
		return out, nil, err
	}
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		if err := Require(ctx, q, who, ticket); err != nil {
			return err
		}
		found, err := event.Of(ctx, q, who.Tenant, ticket, query)
		if err != nil {
			return err
		}
		out.Next = found.Next
		out.Data, err = tell(ctx, q, who.Tenant, found.Data)
		return err
	})
	return out, query, errs.Wrapf(err, "list events of ticket %s", ticket)
}

// tell puts the names beside events, all read in one statement.
func tell(ctx context.Context, q db.Reader, t tenant.ID, events []*event.Stored) ([]Moment, error) {
	in := make([][]id.ID, len(events))
	var all []id.ID
	for i, e := range events {
		in[i] = mentionedIn(e)
		all = append(append(all, in[i]...), e.ActorID)
	}
	names, err := namesOf(ctx, q, t, all)
	if err != nil {
		return nil, err
	}
	out := make([]Moment, len(events))
	for i, e := range events {
		out[i] = Moment{Stored: *e, ActorName: names[e.ActorID], Names: map[id.ID]string{}}
		for _, x := range in[i] {
			if name, ok := names[x]; ok {
				out[i].Names[x] = name
			}
		}
	}
	return out, nil
}

// mentionedIn are the ids in an event's data that people know by name. What the ticket was at that moment
// stands in every event; only who is new in it is told.
func mentionedIn(e *event.Stored) []id.ID {
	type ids struct{ From, To id.ID }
	var d struct {
		From    id.ID   `json:"fromId"`
		To      id.ID   `json:"toId"`
		Users   []id.ID `json:"userIds"`
		Team    id.ID   `json:"teamId"`
		Changes struct {
			Customer ids `json:"customerId"`
			Team     ids `json:"teamId"`
		} `json:"changes"`
	}
	if err := json.Unmarshal(e.Data, &d); err != nil {
		return nil // an event of another version is told without names
	}
	all := append([]id.ID{d.From, d.To, d.Changes.Customer.From, d.Changes.Customer.To, d.Changes.Team.From, d.Changes.Team.To}, d.Users...)
	if e.Kind == (Created{}).EventKind() {
		all = append(all, d.Team)
	}
	return all
}

// namesOf reads the names of users, teams and customers. Plan: primary keys.
func namesOf(ctx context.Context, q db.Reader, t tenant.ID, all []id.ID) (map[id.ID]string, error) {
	seen := map[id.ID]bool{id.Zero: true}
	var ids []id.ID
	for _, i := range all {
		if !seen[i] {
			seen[i] = true
			ids = append(ids, i)
		}
	}
	names := make(map[id.ID]string, len(ids))
	if len(ids) == 0 {
		return names, nil
	}
	w := db.NewWhere(t)
	in := db.List(w, ids)
	_, err := db.All(ctx, q, func(row db.Row) (i id.ID, err error) {
		var c customerName
		err = row.Scan(&i, &c.first, &c.last, &c.company, db.Text(&c.email))
		names[i] = c.String()
		return i, err
	}, `
		SELECT u.id, u.name, '', '', '' FROM staff_user u WHERE u.tenant_id = $1 AND u.id IN (`+in+`)
		UNION ALL
		SELECT g.id, g.name, '', '', '' FROM team g WHERE g.tenant_id = $1 AND g.id IN (`+in+`)
		UNION ALL
		SELECT c.id, c.first_name, c.last_name, c.company, c.email FROM customer c WHERE c.tenant_id = $1 AND c.id IN (`+in+`)`, w.Args()...)
	return names, errs.Wrapf(err, "read names")
}
