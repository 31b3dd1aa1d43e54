package auth

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/outbox"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Provisioner is a room that puts something into every new workspace, in the transaction that makes it.
type Provisioner interface {
	Provision(ctx context.Context, tx db.Tx, t tenant.ID) error
}

// Options are what an operator decides.
type Options struct {
	BaseURL         string          // public address, which links in mail begin with; its scheme decides on Secure cookies
	SessionLifetime time.Duration   // how long a sign-in lasts without being used
	AccessLifetime  time.Duration   // how long an access token lasts
	SignInLimit     ratelimit.Limit // attempts per account and address
	Hashing         Hashing         // zero means DefaultHashing
}

// Deps are what the service needs; Provision and SampleData may be empty.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Events    *event.Log
	Audit     *audit.Log
	Tenants   *tenant.Service
	Outbox    *outbox.Service
	Queue     *jobs.Queue
	Keys      Keys
	Limits    ratelimit.Gate
	Provision []Provisioner
	// SampleData queues the making of a sample brand when set-up asks for one; nil refuses the wish.
	SampleData Provisioner
	// Changed is told after the commit that a workspace's people are others now: one user, or with a zero id
	// anybody. It may be nil.
	Changed func(t tenant.ID, user id.ID)
	// Hears reports whether other processes' changes are heard of (Service.Heard). Nil means that they are.
	Hears   func() bool
	Options Options
}

// Service is staff and their access. It is safe for concurrent use.
type Service struct {
	deps    Deps
	db      *db.DB
	clock   clock.Clock
	hasher  *hasher
	signer  *signer
	cookies Cookies
	seen    *standings
	people  *people
	started time.Time // of this process
}

// The absolute life of a session, however often it is used.
const maxSessionAge = 180 * 24 * time.Hour

// New makes a service and gives the queue its jobs. Errors: a missing dependency, a short key.
func New(d Deps) (*Service, error) {
	switch {
	case d.DB == nil || d.Clock == nil || d.Log == nil || d.Events == nil || d.Audit == nil || d.Tenants == nil:
		return nil, errors.New("auth: DB, Clock, Log, Events, Audit and Tenants are required")
	case d.Outbox == nil || d.Queue == nil || d.Keys == nil || d.Limits == nil:
		return nil, errors.New("auth: Outbox, Queue, Keys and Limits are required")
	case d.Options.BaseURL == "" || d.Options.SessionLifetime <= 0 || d.Options.AccessLifetime <= 0:
		return nil, errors.New("auth: BaseURL, SessionLifetime and AccessLifetime are required")
	}
	if d.Options.Hashing == (Hashing{}) {
		d.Options.Hashing = DefaultHashing()
	}
	d.Options.BaseURL = strings.TrimRight(d.Options.BaseURL, "/")
	h, err := newHasher(d.Options.Hashing)
	if err != nil {
		return nil, err
	}
	sign, err := newSigner(d.Keys, d.Clock, d.Options.AccessLifetime)
	if err != nil {
		return nil, err
	}
	s := &Service{
		deps: d, db: d.DB, clock: d.Clock, hasher: h, signer: sign,
		cookies: Cookies{Secure: strings.HasPrefix(d.Options.BaseURL, "https://")},
		seen:    newStandings(d.Clock, d.Hears), people: newPeople(d.DB, d.Clock),
		started: d.Clock.Now(),
	}
	jobs.Handle(d.Queue, s.forgot)
	d.Queue.Every("auth.old-sessions", jobs.Interval(6*time.Hour), s.removeOldSessions)
	return s, nil
}

// Cookies makes and clears the cookies of sign-ins.
func (s *Service) Cookies() Cookies { return s.cookies }

// Directory answers who people are.
func (s *Service) Directory() *Directory { return &Directory{people: s.people} }

// changed forgets what is remembered about a workspace's people once the transaction has committed, so that
// the next request already sees it, and tells who else remembers. The user is zero where it may be anybody.
func (s *Service) changed(tx db.Tx, t tenant.ID, user id.ID) {
	tx.AfterCommit(func() {
		s.Heard(t)
		if s.deps.Changed != nil {
			s.deps.Changed(t, user)
		}
	})
}

// Heard forgets what is remembered about a workspace's people, since another process has changed them; zero
// means every workspace.
func (s *Service) Heard(t tenant.ID) {
	s.seen.forget(t)
	s.people.forget(t)
}

// removeOldSessions drops sessions a month after they could last be used.
func (s *Service) removeOldSessions(ctx context.Context) error {
	before := s.clock.Now().Add(-30 * 24 * time.Hour)
	for {
		var n int64
		err := s.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) (err error) {
			n, err = deleteOldSessions(ctx, tx, before)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}
