package customer

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// Sight tells which objects of a family an actor may see when they may not see them all.
type Sight interface {
	VisibleTickets(ctx context.Context, q db.Reader, who auth.Actor, tickets []id.ID) (map[id.ID]bool, error)
}

// JourneyDeps are what a journey needs. Sight may be nil: then who sees only own tickets sees none here.
type JourneyDeps struct {
	DB    *db.DB
	Staff Staff
	Sight Sight
}

// Journey reads what happened to a customer. It is apart from Service because it asks younger rooms.
type Journey struct {
	db    *db.DB
	staff Staff
	sight Sight
}

// NewJourney makes the reader.
func NewJourney(d JourneyDeps) (*Journey, error) {
	if d.DB == nil || d.Staff == nil {
		return nil, errors.New("customer journey: DB and Staff are needed")
	}
	return &Journey{db: d.DB, staff: d.Staff, sight: d.Sight}, nil
}

// Moment is one thing on the journey.
type Moment struct {
	ID         id.ID
	Kind       string
	OccurredAt time.Time
	RecordedAt time.Time
	ActorKind  string // user, customer, system, import
	ActorID    id.ID
	ActorName  string
	ObjectKind string
	Object     id.ID
	Data       json.RawMessage
	Note       string // text of a note that is still there
}

// JourneyGroups are the names that a filter may use for several kinds at once.
func JourneyGroups() []string { return []string{"notes", "orders", "profile", "tickets"} }

func groupKinds(name string) []string {
	switch name {
	case "notes":
		return []string{"customer.note_*", "order.note_*"}
	case "orders":
		return []string{"order.*", "transaction.*"}
	case "profile":
		return []string{"customer.created", "customer.updated", "customer.tagged", "customer.grouped", "customer.identity_changed"}
	case "tickets":
		return []string{"ticket.*"}
	}
	return nil
}

// JourneySpec is what the journey allows: filter by kind, newest first.
func JourneySpec() *page.Spec {
	return &page.Spec{ID: "id", Default: "-occurredAt", Fields: map[string]page.Field{
		"kind":       {Where: func(*db.Where, string, []any) {}, Doc: "Kind of event such as ticket.created, a family such as order.*, or one of " + strings.Join(JourneyGroups(), ", ")},
		"occurredAt": {Column: "occurred_at", Type: page.Instant, Sort: true, Where: func(*db.Where, string, []any) {}, Doc: "When it happened; [lt] and [lte] jump into the past"},
	}}
}

// Read pages through a customer's journey, newest first by when things happened. A page may hold fewer
// rows than asked although there are more: what the actor may not see is left out.
// Errors: Forbidden without customers:read, NotFound, Malformed.
func (j *Journey) Read(ctx context.Context, who auth.Actor, customer id.ID, values url.Values) (page.Result[Moment], *page.Query, error) {
	var out page.Result[Moment]
	query, err := JourneySpec().Parse(values, nil)
	if err != nil {
		return out, nil, err
	}
	scope, before, beforeID, err := j.position(who, query)
	if err != nil {
		return out, nil, err
	}
	var events []*event.Stored
	notes := map[id.ID]string{}
	err = j.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		if err := Require(ctx, q, who, customer); err != nil {
			return err
		}
		if events, err = event.Journey(ctx, q, who.Tenant, customer, scope, before, beforeID, query.Limit+1); err != nil {
			return errs.Wrapf(err, "read journey of %s", customer)
		}
		if len(events) > query.Limit {
			events = events[:query.Limit]
			last := events[query.Limit-1]
			if out.Next, err = query.NextCursor(db.Micros(last.OccurredAt), last.ID); err != nil {
				return err
			}
		}
		if events, err = j.visible(ctx, q, who, events); err != nil {
			return err
		}
		found, err := readNotes(ctx, q, who.Tenant, noteIDs(events))
		for _, n := range found {
			notes[n.ID] = n.Body
		}
		return err
	})
	if err != nil {
		return page.Result[Moment]{}, nil, err
	}
	out.Data, err = j.render(ctx, who, events, notes)
	return out, query, err
}

// position reads the filters and the cursor.
func (j *Journey) position(who auth.Actor, query *page.Query) (scope event.Scope, before time.Time, beforeID id.ID, err error) {
	if !strings.HasPrefix(query.Sort, "-") {
		return scope, before, beforeID, &errs.Error{Kind: errs.Malformed, Code: "bad_query", Message: "The list cannot be read as asked.", Fields: []errs.Field{{Location: "query.sort", Message: "must be -occurredAt: a journey is read newest first"}}}
	}
	for _, f := range query.Filters {
		switch {
		case f.Field == "kind" && f.Op == "eq":
			scope.Kinds = []string{}
			for _, v := range f.Values {
				name, _ := v.(string)
				if kinds := groupKinds(name); kinds != nil {
					scope.Kinds = append(scope.Kinds, kinds...)
				} else {
					scope.Kinds = append(scope.Kinds, name)
				}
			}
		case f.Field == "occurredAt" && (f.Op == "lt" || f.Op == "lte"):
			micros, _ := f.Values[0].(int64)
			if f.Op == "lte" {
				micros++
			}
			before = time.UnixMicro(micros).UTC()
		default:
			return scope, before, beforeID, &errs.Error{Kind: errs.Malformed, Code: "bad_query", Message: "The list cannot be read as asked.", Fields: []errs.Field{{Location: "query." + f.Field, Message: "cannot be compared this way here"}}}
		}
	}
	if query.HasCursor() {
		var micros int64
		if err := query.After(&micros, &beforeID); err != nil {
			return scope, before, beforeID, err
		}
		before = time.UnixMicro(micros).UTC()
	}
	if !who.Can("orders:read") {
		scope.Except = append(scope.Except, "order.*", "transaction.*")
	}
	if who.Reach("tickets:read") == auth.None || who.Reach("tickets:read") == auth.Own && j.sight == nil {
		scope.Except = append(scope.Except, "ticket.*")
	}
	return scope, before, beforeID, nil
}

// visible leaves out events of tickets that an actor with own reach may not see. The events of a ticket
// have it as their object.
func (j *Journey) visible(ctx context.Context, q db.Reader, who auth.Actor, events []*event.Stored) ([]*event.Stored, error) {
	if j.sight == nil || who.Reach("tickets:read") != auth.Own {
		return events, nil
	}
	var tickets []id.ID
	for _, e := range events {
		if e.ObjectKind == "ticket" && !slices.Contains(tickets, e.Object) {
			tickets = append(tickets, e.Object)
		}
	}
	may := map[id.ID]bool{}
	if len(tickets) > 0 {
		var err error
		if may, err = j.sight.VisibleTickets(ctx, q, who, tickets); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(events, func(e *event.Stored) bool {
		return strings.HasPrefix(e.Kind, "ticket.") && !may[e.Object]
	}), nil
}

func noteIDs(events []*event.Stored) []id.ID {
	var out []id.ID
	for _, e := range events {
		if e.ObjectKind == "note" && !slices.Contains(out, e.Object) {
			out = append(out, e.Object)
		}
	}
	return out
}

func (j *Journey) render(ctx context.Context, who auth.Actor, events []*event.Stored, notes map[id.ID]string) ([]Moment, error) {
	var people []id.ID
	for _, e := range events {
		if e.ActorKind == "user" && !slices.Contains(people, e.ActorID) {
			people = append(people, e.ActorID)
		}
	}
	names := map[id.ID]string{}
	if len(people) > 0 {
		var err error
		if names, err = j.staff.Names(ctx, who.Tenant, people...); err != nil {
			return nil, errs.Wrapf(err, "read names of actors")
		}
	}
	out := make([]Moment, len(events))
	for i, e := range events {
		out[i] = Moment{
			ID: e.ID, Kind: e.Kind, OccurredAt: e.OccurredAt, RecordedAt: e.RecordedAt, ActorKind: e.ActorKind, ActorID: e.ActorID,
			ActorName: names[e.ActorID], ObjectKind: e.ObjectKind, Object: e.Object, Data: e.Data,
		}
		if e.ObjectKind == "note" {
			out[i].Note = notes[e.Object]
		}
	}
	return out, nil
}
