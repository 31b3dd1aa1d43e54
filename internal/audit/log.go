package audit

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

// Deps are what a Log needs; all are required.
type Deps struct {
	DB     *db.DB
	Clock  clock.Clock
	Limits ratelimit.Gate // bounds how many refusals one actor can have written
}

// Log adds and lists entries. It is safe for concurrent use.
type Log struct{ deps Deps }

// New makes a log. Errors: a missing dependency.
func New(d Deps) (*Log, error) {
	if d.DB == nil || d.Clock == nil || d.Limits == nil {
		return nil, errors.New("audit: DB, Clock and Limits are required")
	}
	return &Log{deps: d}, nil
}

// Write adds an entry in the transaction of the change that it tells of.
func (l *Log) Write(ctx context.Context, tx db.Tx, who Who, e Entry) error {
	s := who.AuditSource()
	now := l.deps.Clock.Now()
	return insert(ctx, tx, s.Workspace, Stored{
		ID: id.New(now), OccurredAt: now,
		ActorKind: s.Kind, ActorID: s.ID, ActorName: clean(s.Name, 200),
		Action: e.Action, ObjectKind: e.ObjectKind, Object: e.Object, ObjectName: clean(e.ObjectName, 200),
		Address: clean(s.Address, 100), RequestID: clean(s.RequestID, 100), Changes: mask(e.Changes),
	})
}

// Refusal is something that an actor was not allowed to do.
type Refusal struct {
	Operation  string // what was asked for: "DELETE /tickets/{id}"
	Permission string // what is missing; empty when it is not one permission
	Code       string // the error's code, where Permission is empty
}

// deniedEvery bounds the entries about one actor who lacks one permission: programs that are refused try again.
var deniedEvery = ratelimit.Limit{N: 1, Per: time.Minute} //nolint:gochecknoglobals // a constant value

// Denied keeps that an actor was refused something, in a transaction of its own. The same actor and the
// same reason are kept once a minute, so that refusals cannot fill the disk.
func (l *Log) Denied(ctx context.Context, who Who, r Refusal) error {
	s := who.AuditSource()
	if s.Workspace == 0 {
		return nil
	}
	field, reason := "permission", r.Permission
	if reason == "" {
		field, reason = "reason", r.Code
	}
	if !l.deps.Limits.Allow("audit-denied|"+s.ID.String()+"|"+reason, deniedEvery).OK {
		return nil
	}
	return l.deps.DB.Write(ctx, s.Workspace, func(ctx context.Context, tx db.Tx) error {
		return l.Write(ctx, tx, who, Entry{
			Action: "access.denied", ObjectKind: "operation", ObjectName: r.Operation,
			Changes: map[string]Change{field: {New: reason}},
		})
	})
}

// Reader is who asks for the list, such as auth.Actor.
type Reader interface {
	Who
	Require(permission string) error
}

// Spec is what the list may be filtered by. Ids grow with time, so that the newest come first by key.
func Spec() *page.Spec {
	return &page.Spec{
		Default: "-occurredAt", ID: "id",
		Fields: map[string]page.Field{
			"occurredAt": {Column: "id", Type: page.Instant, Sort: true, Doc: "When it happened", Where: whereOccurred},
			"action":     {Column: "action", Type: page.Text, Doc: "What was done, such as user.approved"},
			"objectKind": {Column: "object_kind", Type: page.Text, Doc: "Kind of object, such as user"},
			"objectId":   {Column: "object_id", Type: page.Ref, Doc: "The object"},
			"actorId":    {Column: "actor_id", Type: page.Ref, Doc: "Who did it"},
			"actorKind":  {Column: "actor_kind", Type: page.Text, Enum: []string{"user", "system", "import", "anonymous"}, Doc: "What kind of actor"},
		},
	}
}

func whereOccurred(w *db.Where, op string, values []any) {
	signs := map[string]string{"eq": "=", "gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
	w.And("occurred_at "+signs[op]+" ?", values[0])
}

// List gives a page, newest first. Needs audit:read.
func (l *Log) List(ctx context.Context, who Reader, values url.Values) (page.Result[Stored], *page.Query, error) {
	if err := who.Require("audit:read"); err != nil {
		return page.Result[Stored]{}, nil, err
	}
	q, err := Spec().Parse(values, nil)
	if err != nil {
		return page.Result[Stored]{}, nil, err
	}
	t := who.AuditSource().Workspace
	var out page.Result[Stored]
	err = l.deps.DB.Read(ctx, t, func(ctx context.Context, r db.Reader) error {
		rows, err := list(ctx, r, t, q)
		if err != nil {
			return err
		}
		out, err = page.Cut(q, rows, func(s Stored) (any, id.ID) { return s.ID, s.ID })
		if err != nil || !q.Total {
			return err
		}
		n, err := count(ctx, r, t, q)
		out.Total = &n
		return err
	})
	return out, q, err
}

// clean keeps text from outside on one line and short.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit])
	}
	return s
}

const insertText = `
	INSERT INTO audit_entry (tenant_id, id, occurred_at, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_name, address, request_id, changes)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

func insert(ctx context.Context, tx db.Tx, t id.Workspace, s Stored) error {
	_, err := tx.Exec(ctx, insertText, t, s.ID, db.Micros(s.OccurredAt), s.ActorKind, s.ActorID, s.ActorName, s.Action,
		s.ObjectKind, s.Object, s.ObjectName, s.Address, s.RequestID, db.JSON(s.Changes))
	return errs.Wrapf(err, "insert audit entry %s", s.Action)
}

func scan(row db.Row) (Stored, error) {
	var s Stored
	err := row.Scan(&s.ID, db.Time(&s.OccurredAt), &s.ActorKind, &s.ActorID, &s.ActorName, &s.Action,
		&s.ObjectKind, &s.Object, &s.ObjectName, &s.Address, &s.RequestID, db.FromJSON(&s.Changes))
	return s, err
}

// list reads a page. Plan: backward range over the primary key, or over the index of the object or actor.
func list(ctx context.Context, r db.Reader, t id.Workspace, q *page.Query) ([]Stored, error) {
	w := db.NewWhere(t)
	q.Apply(w)
	order, err := q.Page(w)
	if err != nil {
		return nil, err
	}
	text := `
		SELECT id, occurred_at, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_name, address, request_id, changes
		FROM audit_entry
		WHERE tenant_id = $1` + w.SQL() + order
	return db.All(ctx, r, scan, text, w.Args()...)
}

func count(ctx context.Context, r db.Reader, t id.Workspace, q *page.Query) (int64, error) {
	w := db.NewWhere(t)
	q.Apply(w)
	return db.Scalar[int64](ctx, r, `SELECT COUNT(*) FROM audit_entry WHERE tenant_id = $1`+w.SQL(), w.Args()...)
}
