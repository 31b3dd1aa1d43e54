package event

import (
	"context"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// insert writes the events of one record, all of one workspace and nearly always one to three, in one statement.
func insert(ctx context.Context, tx db.Tx, events ...*Stored) error {
	const most = 8 // so that few texts are prepared
	for len(events) > 0 {
		n := min(most, len(events))
		w := db.NewWhere(events[0].Workspace)
		rows := make([]string, n)
		for i, e := range events[:n] {
			rows[i] = "($1, " + w.Arg(e.ID) + ", " + w.Arg(e.Kind) + ", " + w.Arg(db.Micros(e.OccurredAt)) + ", " + w.Arg(db.Micros(e.RecordedAt)) + ", " +
				w.Arg(e.ActorKind) + ", " + w.Arg(e.ActorID) + ", " + w.Arg(e.Customer) + ", " + w.Arg(e.ObjectKind) + ", " + w.Arg(e.Object) + ", " +
				w.Arg(string(e.Audience)) + ", " + w.Arg(string(e.Data)) + ")"
		}
		text := `INSERT INTO event (` + columns + `) VALUES ` + strings.Join(rows, ", ")
		if err := tx.Later(ctx, text, w.Args()...); err != nil {
			return errs.Wrapf(err, "insert event %s", events[0].Kind)
		}
		events = events[n:]
	}
	return nil
}

const columns = `tenant_id, id, kind, occurred_at, recorded_at, actor_kind, actor_id, customer_id, object_kind, object_id, audience, data`

func scan(row db.Row) (*Stored, error) {
	e := &Stored{}
	var audience, data string
	err := row.Scan((*int64)(&e.Workspace), &e.ID, &e.Kind, db.Time(&e.OccurredAt), db.Time(&e.RecordedAt), &e.ActorKind, &e.ActorID,
		&e.Customer, &e.ObjectKind, &e.Object, &audience, db.Text(&data))
	e.Audience, e.Data = Audience(audience), []byte(data)
	return e, err
}

// Read gives one event. Errors: NotFound.
func Read(ctx context.Context, q db.Reader, t id.Workspace, event id.ID) (*Stored, error) {
	return db.One(ctx, q, scan, `SELECT `+columns+` FROM event WHERE tenant_id = $1 AND id = $2`, t, event)
}

// Since lists at most limit events recorded after the given id, oldest first, for streams that resume.
// Commits may land out of id order: callers go back a few seconds and drop ids they have seen.
// Plan: range over the primary key.
func Since(ctx context.Context, q db.Reader, t id.Workspace, after id.ID, limit int) ([]*Stored, error) {
	const text = `
		SELECT ` + columns + `
		FROM event
		WHERE tenant_id = $1 AND id > $2 AND audience <> 'hidden'
		ORDER BY id
		LIMIT $3`
	return db.All(ctx, q, scan, text, t, after, limit)
}

// Of pages through what happened to one object, by a spec whose order and id are "e.id": ids of one object
// grow with the time it happened at. Plan: range over event_by_object, either way, no sort.
func Of(ctx context.Context, q db.Reader, t id.Workspace, object id.ID, query *page.Query) (page.Result[*Stored], error) {
	w := db.NewWhere(t, object)
	query.Apply(w)
	order, err := query.Page(w)
	if err != nil {
		return page.Result[*Stored]{}, err
	}
	rows, err := db.All(ctx, q, scan, `SELECT `+columns+` FROM event e WHERE e.tenant_id = $1 AND e.object_id = $2 AND e.audience <> 'hidden'`+w.SQL()+order, w.Args()...)
	if err != nil {
		return page.Result[*Stored]{}, errs.Wrapf(err, "list events of %s", object)
	}
	return page.Cut(query, rows, func(e *Stored) (any, id.ID) { return nil, e.ID })
}

// Scope narrows a journey. Kinds and Except hold whole kinds ("ticket.created") or families ("ticket.*").
type Scope struct {
	Kinds       []string // only these; nil means all
	Except      []string // not these
	ForCustomer bool     // leave out what only staff see
}

// Journey lists a customer's events, newest first by when they happened, before a position.
// A zero position starts at the newest. Plan: backward range over event_journey, no sort.
func Journey(ctx context.Context, q db.Reader, t id.Workspace, customer id.ID, s Scope, before time.Time, beforeID id.ID, limit int) ([]*Stored, error) {
	w := db.NewWhere(t, customer)
	if !before.IsZero() {
		w.And("(occurred_at, id) < (?, ?)", db.Micros(before), beforeID)
	}
	if s.Kinds != nil {
		w.And(kindIn(w, s.Kinds))
	}
	if len(s.Except) > 0 {
		w.And("NOT " + kindIn(w, s.Except))
	}
	if s.ForCustomer {
		w.And("audience = 'customer'")
	} else {
		w.And("audience <> 'hidden'")
	}
	text := `SELECT ` + columns + ` FROM event WHERE tenant_id = $1 AND customer_id = $2` + w.SQL() +
		` ORDER BY occurred_at DESC, id DESC LIMIT ` + w.Arg(limit)
	return db.All(ctx, q, scan, text, w.Args()...)
}

// kindIn matches whole kinds and families; none match nothing.
func kindIn(w *db.Where, kinds []string) string {
	parts := []string{"1 = 0"}
	for _, k := range kinds {
		if family, ok := strings.CutSuffix(k, "*"); ok {
			parts = append(parts, "substr(kind, 1, "+w.Arg(len(family))+") = "+w.Arg(family))
			continue
		}
		parts = append(parts, "kind = "+w.Arg(k))
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// ForgetCustomer unlinks a deleted customer's events and blanks those that tell of the person.
func ForgetCustomer(ctx context.Context, tx db.Tx, t id.Workspace, customer id.ID) error {
	const q = `
		UPDATE event
		SET customer_id = NULL, audience = 'hidden', data = CASE WHEN object_kind IN ('order', 'transaction') THEN data ELSE '{}' END
		WHERE tenant_id = $1 AND customer_id = $2`
	_, err := tx.Exec(ctx, q, t, customer)
	return errs.Wrapf(err, "unlink events of customer %s", customer)
}
