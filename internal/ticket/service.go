package ticket

import (
	"context"
	"errors"

	"github.com/microcosm-cc/bluemonday"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/media"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tag"
)

// Customers is what this room asks about customers.
type Customers interface {
	// Require answers NotFound when the customer is not there or the actor may not see them.
	Require(ctx context.Context, q db.Reader, who auth.Actor, customer id.ID) error
}

// Deps is what the room stands on; all are needed.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	Events    *event.Log
	Queue     *jobs.Queue
	Search    *search.Index
	Fields    *field.Service
	Files     *media.Service
	Tags      *tag.Service
	Customers Customers
}

// Service is the use cases of tickets. It is safe for concurrent use.
type Service struct {
	db        *db.DB
	clock     clock.Clock
	events    *event.Log
	queue     *jobs.Queue
	search    *search.Index
	fields    *field.Service
	files     *media.Service
	tags      *tag.Service
	customers Customers
	policy    *bluemonday.Policy
}

// New builds the room and registers its jobs. Errors: a missing dependency.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Clock == nil || d.Events == nil || d.Queue == nil || d.Search == nil || d.Fields == nil ||
		d.Files == nil || d.Tags == nil || d.Customers == nil {
		return nil, errors.New("ticket: a dependency is missing")
	}
	s := &Service{
		db: d.DB, clock: d.Clock, events: d.Events, queue: d.Queue, search: d.Search, fields: d.Fields, files: d.Files,
		tags: d.Tags, customers: d.Customers, policy: newPolicy(),
	}
	s.registerJobs()
	return s, nil
}

// Files lets whoever may see a ticket read the files in it. It stands alone so that the media room can
// be built before this one.
type Files struct{}

// OwnerKind is the kind of object that files of messages hang on.
func (Files) OwnerKind() string { return ObjectKind }

// MayRead answers NotFound when the actor may not see the ticket.
func (Files) MayRead(ctx context.Context, q db.Reader, who auth.Actor, ticket id.ID) error {
	return Require(ctx, q, who, ticket)
}

// Require answers NotFound when the ticket is not there or the actor may not see it.
func Require(ctx context.Context, q db.Reader, who auth.Actor, ticket id.ID) error {
	r := who.Reach("tickets:read")
	if r == auth.None {
		return errs.Missing()
	}
	w := db.NewWhere(who.Tenant, ticket)
	seenBy(w, who, r)
	found, err := db.Exists(ctx, q, `SELECT 1 FROM ticket k WHERE k.tenant_id = $1 AND k.id = $2`+w.SQL(), w.Args()...)
	if err != nil {
		return errs.Wrapf(err, "look ticket %s up", ticket)
	}
	if !found {
		return errs.Missing()
	}
	return nil
}

// MaySee is Require for callers without a query of their own, such as live streams.
func (s *Service) MaySee(ctx context.Context, who auth.Actor, ticket id.ID) error {
	return s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error { return Require(ctx, q, who, ticket) })
}

// forChange reads a ticket that the actor may see and change, and holds it until the transaction ends.
// Errors: NotFound when hidden, Forbidden when it may only be read.
func (s *Service) forChange(ctx context.Context, tx db.Tx, who auth.Actor, ticket id.ID) (*Ticket, error) {
	k, err := lockTicket(ctx, tx, who, ticket)
	if err != nil {
		return nil, err
	}
	switch who.Reach("tickets:update") {
	case auth.All:
		return k, nil
	case auth.Own:
		own, err := isOwn(ctx, tx, who, ticket)
		if err != nil || own {
			return k, err
		}
	case auth.None:
	}
	return nil, errs.Denied("tickets:update_all")
}

// mayChange refuses who can change no ticket at all before anything is read.
func mayChange(who auth.Actor) error {
	_, err := who.RequireReach("tickets:update")
	return err
}

// save writes a changed ticket as its next version.
func (s *Service) save(ctx context.Context, tx db.Tx, who event.By, k *Ticket) error {
	k.UpdatedAt = s.clock.Now()
	k.Version++
	return updateTicket(ctx, tx, who.Origin().Workspace, k)
}

// MayAnswer is Require for who wants to add to a ticket, such as upload a file for it.
// Errors: Forbidden, NotFound.
func (s *Service) MayAnswer(ctx context.Context, who auth.Actor, ticket id.ID) error {
	if err := mayChange(who); err != nil {
		return err
	}
	return s.MaySee(ctx, who, ticket)
}
