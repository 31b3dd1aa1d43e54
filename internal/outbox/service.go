package outbox

import (
	"context"
	"errors"
	"net/mail"
	"net/url"
	"strings"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/mailer"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// Sender hands a mail to a server; mailer.Mailer.
type Sender interface {
	Configured() bool
	Send(ctx context.Context, m mailer.Message) (string, error)
}

// Deps are what the service needs; all but From are required.
type Deps struct {
	DB     *db.DB
	Clock  clock.Clock
	Queue  *jobs.Queue
	Sender Sender
	Audit  *audit.Log
	From   string // sender's address, whose domain message ids carry; empty without a mail server
}

// Service keeps, sends and shows mail. It is safe for concurrent use.
type Service struct {
	deps   Deps
	domain string
}

// New makes a service and gives the queue the job that sends. Errors: a missing dependency.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Clock == nil || d.Queue == nil || d.Sender == nil || d.Audit == nil {
		return nil, errors.New("outbox: DB, Clock, Queue, Sender and Audit are required")
	}
	s := &Service{deps: d, domain: "outbox.invalid"}
	if from, err := mail.ParseAddress(d.From); err == nil {
		s.domain = from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	}
	jobs.Handle(d.Queue, s.send, jobs.Attempts(attempts))
	return s, nil
}

// Configured reports whether a mail server is set up. It is the installation's, the same for every workspace.
func (s *Service) Configured() bool { return s.deps.Sender.Configured() }

// Put keeps a mail in the transaction of the change that it tells of, and the job that sends it where
// there is a mail server. Errors: Invalid.
func (s *Service) Put(ctx context.Context, tx db.Tx, t id.Workspace, m Mail) error {
	if err := m.validate(); err != nil {
		return err
	}
	now := s.deps.Clock.Now()
	row := Stored{ID: id.New(now), Recipient: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Purpose: m.Purpose, State: Kept, CreatedAt: now}
	if !s.Configured() {
		return insert(ctx, tx, t, row)
	}
	row.State = Queued
	if err := insert(ctx, tx, t, row); err != nil {
		return err
	}
	_, err := s.deps.Queue.Enqueue(ctx, tx, t, sendMail{Mail: row.ID})
	return errs.Wrapf(err, "enqueue mail %s", row.ID)
}

// Reader is who asks, such as auth.Actor.
type Reader interface {
	audit.Who
	event.By
	Require(permission string) error
	// MayEverything reports an administrator or the product itself.
	MayEverything() bool
}

// Spec is what the list may be filtered by.
func Spec() *page.Spec {
	return &page.Spec{
		Default: "-createdAt", ID: "id",
		Fields: map[string]page.Field{
			"createdAt": {Column: "id", Type: page.Instant, Sort: true, Doc: "When it was written", Where: whereCreated},
			"state":     {Column: "state", Type: page.Text, Enum: States(), Doc: "Where it stands"},
			"purpose":   {Column: "purpose", Type: page.Text, Doc: "Why it was written"},
			"recipient": {Column: "recipient", Type: page.Folded, Doc: "To whom"},
		},
	}
}

func whereCreated(w *db.Where, op string, values []any) {
	signs := map[string]string{"eq": "=", "gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
	w.And("created_at "+signs[op]+" ?", values[0])
}

// List gives a page without bodies, newest first. Needs outbox:read.
func (s *Service) List(ctx context.Context, who Reader, values url.Values) (page.Result[Stored], *page.Query, error) {
	if err := who.Require("outbox:read"); err != nil {
		return page.Result[Stored]{}, nil, err
	}
	q, err := Spec().Parse(values, nil)
	if err != nil {
		return page.Result[Stored]{}, nil, err
	}
	t := who.Origin().Workspace
	var out page.Result[Stored]
	err = s.deps.DB.Read(ctx, t, func(ctx context.Context, r db.Reader) error {
		rows, err := list(ctx, r, t, q)
		if err != nil {
			return err
		}
		out, err = page.Cut(q, rows, func(m Stored) (any, id.ID) { return m.ID, m.ID })
		if err != nil || !q.Total {
			return err
		}
		n, err := count(ctx, r, t, q)
		out.Total = &n
		return err
	})
	return out, q, err
}

// Read gives one mail with its body. Needs outbox:read. The body of a mail with a secret in it is given
// only to administrators, and that they read it is audited; hidden says that it was left out.
func (s *Service) Read(ctx context.Context, who Reader, key id.ID) (m Stored, hidden bool, err error) {
	if err := who.Require("outbox:read"); err != nil {
		return Stored{}, false, err
	}
	t := who.Origin().Workspace
	err = s.deps.DB.Read(ctx, t, func(ctx context.Context, r db.Reader) (err error) {
		m, err = read(ctx, r, t, key)
		return err
	})
	if err != nil || !m.Purpose.IsSecret() {
		return m, false, err
	}
	if !who.MayEverything() {
		m.Text, m.HTML = "", ""
		return m, true, nil
	}
	err = s.deps.DB.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		return s.deps.Audit.Write(ctx, tx, who, audit.Entry{
			Action: "outbox.secret_read", ObjectKind: "mail", Object: m.ID, ObjectName: m.Subject,
			Changes: map[string]audit.Change{"recipientEmail": {New: m.Recipient}},
		})
	})
	return m, false, err
}
