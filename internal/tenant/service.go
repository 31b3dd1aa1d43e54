package tenant

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
)

// Errors that callers branch on.
var (
	// ErrNeeded: there are several workspaces and nothing said which one is meant.
	ErrNeeded = &errs.Error{
		Kind: errs.Invalid, Code: "workspace_needed", Message: "Say which workspace you mean.",
		Fields: []errs.Field{{Location: "workspace", Message: "is needed, since there are several here"}},
	}
	// ErrSetUp: first-run set-up is over.
	ErrSetUp = errs.New(errs.Conflict, "already_set_up", "This installation is already set up. Sign in instead.")
)

// Actor is who changes settings, such as auth.Actor.
type Actor interface {
	event.By
	audit.Who
	Require(permission string) error
}

// Deps are what the service needs; all but Label and Changed are required.
type Deps struct {
	DB    *db.DB
	Clock clock.Clock
	Audit *audit.Log
	Event *event.Log
	// Label is the workspace that a Host header names, or empty; config.Config.WorkspaceLabel. Nil means none.
	Label func(host string) string
	// Changed is told after the commit that a workspace is new or another now. It may be nil.
	Changed func()
}

// Service makes, finds and changes workspaces. It is safe for concurrent use.
type Service struct {
	deps  Deps
	cache *directory
}

// New makes a service. Errors: a missing dependency.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Clock == nil || d.Audit == nil || d.Event == nil {
		return nil, errors.New("tenant: DB, Clock, Audit and Event are required")
	}
	if d.Label == nil {
		d.Label = func(string) string { return "" }
	}
	return &Service{deps: d, cache: newDirectory(d.Clock)}, nil
}

// Create is a new workspace; empty fields get defaults: a slug from the name, GBP, UTC, en-GB.
type Create struct {
	Name     string
	Slug     string
	Currency string
	Timezone string
	Locale   string
	// First asks for the installation's first workspace and is refused with ErrSetUp when there is one.
	First bool
}

// first is the number of an installation's first workspace.
const first ID = 1

// CreateTx makes a workspace in the caller's transaction, which must come from WriteAll. The number is the
// next one; of two at once one loses on the key, which IsTaken tells, and the caller runs again.
func (s *Service) CreateTx(ctx context.Context, tx db.Tx, c Create) (Workspace, error) {
	now := s.deps.Clock.Now()
	w := Workspace{
		Name: strings.TrimSpace(c.Name), Slug: strings.ToLower(strings.TrimSpace(c.Slug)),
		Currency: or(c.Currency, "GBP"), Timezone: or(c.Timezone, "UTC"), Locale: or(c.Locale, "en-GB"),
		Status: Active, Settings: DefaultSettings(), CreatedAt: now, UpdatedAt: now,
	}
	wantSlug := w.Slug != ""
	if !wantSlug {
		w.Slug = slugOf(w.Name)
	}
	if err := w.validate(); err != nil {
		return Workspace{}, err
	}
	there, err := firstTwo(ctx, tx)
	if err != nil {
		return Workspace{}, err
	}
	if c.First && len(there) > 0 {
		return Workspace{}, ErrSetUp
	}
	if w.Slug, err = freeSlug(ctx, tx, w.Slug, wantSlug); err != nil {
		return Workspace{}, err
	}
	if c.First {
		w.ID = first // of two at once that saw none, the key lets one through
	} else if w.ID, err = nextID(ctx, tx); err != nil {
		return Workspace{}, err
	}
	if err := insert(ctx, tx, w); err != nil {
		return Workspace{}, err
	}
	tx.AfterCommit(s.changed)
	return w, nil
}

// changed makes the next request see what was committed, here and in other processes.
func (s *Service) changed() {
	s.Heard()
	if s.deps.Changed != nil {
		s.deps.Changed()
	}
}

// Heard forgets what is remembered of workspaces, since another process has changed one.
func (s *Service) Heard() { s.cache.clear() }

// IsTaken reports that another workspace was made at the same moment.
func IsTaken(err error) bool { return db.IsUnique(err, "workspace") }

func freeSlug(ctx context.Context, r db.Reader, slug string, exactly bool) (string, error) {
	for n := 1; n < 1000; n++ {
		try := slug
		if n > 1 {
			try = fmt.Sprintf("%s-%d", slug, n)
		}
		_, err := readBySlug(ctx, r, try)
		switch {
		case errs.Has(err, errs.NotFound):
			return try, nil
		case err != nil:
			return "", err
		case exactly:
			return "", errs.OnField("slug", "is taken")
		}
	}
	return "", errs.OnField("slug", "is taken")
}

// Needed reports that there is no workspace yet.
func (s *Service) Needed(ctx context.Context) (bool, error) {
	d, err := s.directory(ctx)
	return err == nil && len(d.bySlug) == 0, err
}

// Read gives a workspace, a few seconds old at most. Errors: NotFound.
func (s *Service) Read(ctx context.Context, t ID) (Workspace, error) {
	d, err := s.directory(ctx)
	if err != nil {
		return Workspace{}, err
	}
	w, ok := d.byID[t]
	if !ok {
		return Workspace{}, errs.Missing()
	}
	return w, nil
}

// BySlug gives a workspace by its short name. Errors: NotFound.
func (s *Service) BySlug(ctx context.Context, slug string) (Workspace, error) {
	d, err := s.directory(ctx)
	if err != nil {
		return Workspace{}, err
	}
	w, ok := d.bySlug[strings.ToLower(strings.TrimSpace(slug))]
	if !ok {
		return Workspace{}, errs.Missing()
	}
	return w, nil
}

// List gives every workspace, for the command line and periodic work. No request may reach it.
func (s *Service) List(ctx context.Context) ([]Workspace, error) {
	var out []Workspace
	err := s.deps.DB.ReadAll(ctx, func(ctx context.Context, r db.Reader) (err error) {
		out, err = listAll(ctx, r)
		return err
	})
	return out, err
}

// Resolve finds the workspace that a request means: by its host name, its X-Workspace header, or what its
// body says, and without any of them when there is only one. Two that disagree are refused.
// Errors: ErrNeeded; NotFound for an unknown or suspended one.
func (s *Service) Resolve(ctx context.Context, host, header, body string) (Workspace, error) {
	d, err := s.directory(ctx)
	if err != nil {
		return Workspace{}, err
	}
	var found *Workspace
	for _, name := range []string{s.deps.Label(host), header, body} {
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		w, ok := d.bySlug[name]
		if !ok || found != nil && found.ID != w.ID {
			return Workspace{}, errs.Missing()
		}
		found = &w
	}
	if found == nil {
		if len(d.bySlug) != 1 {
			if len(d.bySlug) == 0 {
				return Workspace{}, errs.Missing()
			}
			return Workspace{}, ErrNeeded
		}
		for _, w := range d.bySlug {
			found = &w
		}
	}
	if found.Status != Active {
		return Workspace{}, errs.Missing()
	}
	return *found, nil
}

// Named is the workspace that host or header name, or zero when neither does. Errors: NotFound.
func (s *Service) Named(ctx context.Context, host, header string) (ID, error) {
	if s.deps.Label(host) == "" && strings.TrimSpace(header) == "" {
		return 0, nil
	}
	w, err := s.Resolve(ctx, host, header, "")
	return w.ID, err
}

func or(s, otherwise string) string {
	if s = strings.TrimSpace(s); s == "" {
		return otherwise
	}
	return s
}
