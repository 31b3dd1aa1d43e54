package field

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Deps are what the room needs. Tables names the table of each object; it has the columns
// tenant_id, id and fields.
type Deps struct {
	DB     *db.DB
	Clock  clock.Clock
	Events *event.Log
	Queue  *jobs.Queue
	Tables map[Object]string
	// Changed is told after the commit that a workspace's definitions are others now. It may be nil.
	Changed func(t tenant.ID)
}

// Tables is where the product's rooms keep their objects.
func Tables() map[Object]string {
	return map[Object]string{Customers: "customer", Tickets: "ticket", Orders: "sales_order", Products: "product"}
}

// Service keeps definitions and checks values. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	events *event.Log
	queue  *jobs.Queue
	tables map[Object]string
	tell   func(t tenant.ID) // may be nil

	mu      sync.RWMutex
	cached  map[tenant.ID]cacheEntry // for pages
	exact   map[tenant.ID]exactEntry // for transactions
	changes int                      // counts what was forgotten, so that definitions read before are not kept after
}

type cacheEntry struct {
	fields []*Field
	until  time.Time
}

// exactEntry is good while the workspace's version is the same.
type exactEntry struct {
	fields  []*Field
	version int64
	asked   db.Tx // the last transaction that has compared the version
}

// cacheFor bounds how long another process's change stays unseen.
const cacheFor = 3 * time.Second

// New makes the service and registers its jobs with the queue.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Clock == nil || d.Events == nil || d.Queue == nil {
		return nil, errors.New("field: DB, Clock, Events and Queue are needed")
	}
	s := &Service{db: d.DB, clock: d.Clock, events: d.Events, queue: d.Queue, tables: d.Tables, tell: d.Changed, cached: map[tenant.ID]cacheEntry{}, exact: map[tenant.ID]exactEntry{}}
	jobs.Handle(d.Queue, s.buildIndex)
	jobs.Handle(d.Queue, s.sweep)
	jobs.Handle(d.Queue, s.unindex)
	return s, nil
}

// all gives a workspace's definitions, deleted ones too: the newest inside a transaction, where a write
// depends on them, otherwise what was read a few seconds ago.
func (s *Service) all(ctx context.Context, q db.Reader, t tenant.ID) ([]*Field, error) {
	if tx, writing := q.(db.Tx); writing {
		return s.newest(ctx, tx, t)
	}
	now := s.clock.Now()
	s.mu.RLock()
	e, ok := s.cached[t]
	mark := s.changes
	s.mu.RUnlock()
	if ok && now.Before(e.until) {
		return e.fields, nil
	}
	fields, err := listAll(ctx, q, t)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	if s.changes == mark {
		s.cached[t] = cacheEntry{fields, now.Add(cacheFor)}
	}
	s.mu.Unlock()
	return fields, nil
}

// newest compares the version before it believes what it remembers, once in a transaction. The version is read
// before the definitions, so that what is remembered is never older than it says.
func (s *Service) newest(ctx context.Context, tx db.Tx, t tenant.ID) ([]*Field, error) {
	s.mu.RLock()
	e, ok := s.exact[t]
	s.mu.RUnlock()
	if ok && e.asked == tx {
		return e.fields, nil
	}
	version, err := readVersion(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	if !ok || e.version != version {
		if e.fields, err = listAll(ctx, tx, t); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	s.exact[t] = exactEntry{e.fields, version, tx}
	s.mu.Unlock()
	return e.fields, nil
}

// renew is called in every transaction that has changed definitions.
func (s *Service) renew(ctx context.Context, tx db.Tx, t tenant.ID) error {
	s.mu.Lock()
	delete(s.exact, t)
	s.mu.Unlock()
	tx.AfterCommit(func() { s.told(t) })
	return setVersion(ctx, tx, t)
}

// Heard forgets what is remembered of a workspace's definitions, since another process has changed them; zero
// means every workspace.
func (s *Service) Heard(t tenant.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	if t == 0 {
		clear(s.cached)
		return
	}
	delete(s.cached, t)
}

// told makes the next request see what was committed, here and in other processes.
func (s *Service) told(t tenant.ID) {
	s.Heard(t)
	if s.tell != nil {
		s.tell(t)
	}
}

// Of lists the definitions of an object in their order. The result is shared and must not be changed.
func (s *Service) Of(ctx context.Context, q db.Reader, t tenant.ID, o Object) ([]*Field, error) {
	all, err := s.all(ctx, q, t)
	if err != nil {
		return nil, err
	}
	var out []*Field
	for _, f := range all {
		if f.Object == o && !f.deleted {
			out = append(out, f)
		}
	}
	return out, nil
}

// List gives the definitions of an object, or of all when it is empty, to any signed-in user.
func (s *Service) List(ctx context.Context, who auth.Actor, o Object) ([]Field, error) {
	if err := signedIn(who); err != nil {
		return nil, err
	}
	var out []Field
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		all, err := listAll(ctx, q, who.Tenant)
		for _, f := range all {
			if !f.deleted && (o == "" || f.Object == o) {
				out = append(out, *f)
			}
		}
		return err
	})
	return out, err
}

// Read gives one definition. An object other than the empty one must be the field's own. Errors: NotFound.
func (s *Service) Read(ctx context.Context, who auth.Actor, o Object, field id.ID) (Field, error) {
	if err := signedIn(who); err != nil {
		return Field{}, err
	}
	var out Field
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		f, err := live(ctx, q, who.Tenant, o, field)
		if err == nil {
			out = *f
		}
		return err
	})
	return out, err
}

// Create adds a field. A field that is indexed from the start is ready as soon as a job has seen the
// objects that are there. Errors: Forbidden without fields:write, Invalid, Conflict when the key is
// taken or its old values are still being removed.
func (s *Service) Create(ctx context.Context, who auth.Actor, d Draft) (Field, error) {
	if err := who.Require("fields:write"); err != nil {
		return Field{}, err
	}
	now := s.clock.Now()
	f := &Field{
		ID: id.New(now), Object: d.Object, Key: d.Key, Label: d.Label, Type: d.Type, Options: d.Options, Rules: d.Rules,
		Default: d.Default, Required: d.Required, Indexed: d.Indexed, Position: d.Position, CreatedAt: now, UpdatedAt: now,
	}
	if err := f.validate(); err != nil {
		return Field{}, err
	}
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		all, err := listAll(ctx, tx, who.Tenant)
		if err != nil {
			return err
		}
		if err := f.fits(all); err != nil {
			return err
		}
		if err := insert(ctx, tx, who.Tenant, f); err != nil {
			return err
		}
		return s.changed(ctx, tx, who, f, "created", f.Indexed)
	})
	if db.IsUnique(err) {
		err = taken(f.Key)
	}
	if err != nil {
		return Field{}, err
	}
	return *f, nil
}

// Update changes what edit changes. Key, object and type stay. Errors: Forbidden, NotFound, Invalid.
func (s *Service) Update(ctx context.Context, who auth.Actor, o Object, field id.ID, edit func(d *Draft)) (Field, error) {
	if err := who.Require("fields:write"); err != nil {
		return Field{}, err
	}
	var out Field
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		f, err := live(ctx, tx, who.Tenant, o, field)
		if err != nil {
			return err
		}
		before := *f
		before.Options = slices.Clone(f.Options)
		d := Draft{f.Object, f.Key, f.Label, f.Type, slices.Clone(f.Options), f.Rules, f.Default, f.Required, f.Indexed, f.Position}
		edit(&d)
		if err := errs.Check(errs.That(d.Key == f.Key, "key", "cannot be changed"), errs.That(d.Type == f.Type, "type", "cannot be changed")); err != nil {
			return err
		}
		f.Label, f.Options, f.Rules, f.Default, f.Required, f.Indexed, f.Position = d.Label, d.Options, d.Rules, d.Default, d.Required, d.Indexed, d.Position
		f.pattern = nil
		if err := f.validate(); err != nil {
			return err
		}
		if f.same(&before) {
			out = *f
			return nil
		}
		f.UpdatedAt = s.clock.Now()
		all, err := listAll(ctx, tx, who.Tenant)
		if err != nil {
			return err
		}
		if err := f.fits(all); err != nil {
			return err
		}
		f.IndexReady = f.IndexReady && f.Indexed
		if err := update(ctx, tx, who.Tenant, f); err != nil {
			return err
		}
		out = *f
		if before.Indexed && !f.Indexed {
			if _, err := s.queue.Enqueue(ctx, tx, who.Tenant, Unindex{Field: f.ID}, jobs.CreatedBy(who.User)); err != nil {
				return err
			}
		}
		return s.changed(ctx, tx, who, f, "updated", f.Indexed && !before.Indexed)
	})
	return out, err
}

// Delete hides a field at once; a job removes its values. Errors: Forbidden, NotFound.
func (s *Service) Delete(ctx context.Context, who auth.Actor, o Object, field id.ID) error {
	if err := who.Require("fields:write"); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		f, err := live(ctx, tx, who.Tenant, o, field)
		if err != nil {
			return err
		}
		if err := markDeleted(ctx, tx, who.Tenant, field, db.Micros(s.clock.Now())); err != nil {
			return err
		}
		if _, err := s.queue.Enqueue(ctx, tx, who.Tenant, Sweep{Field: field}, jobs.CreatedBy(who.User)); err != nil {
			return err
		}
		return s.changed(ctx, tx, who, f, "deleted", false)
	})
}

// changed records the event, starts the index where asked and drops the cache after the commit.
func (s *Service) changed(ctx context.Context, tx db.Tx, who auth.Actor, f *Field, what string, build bool) error {
	t := who.Tenant
	if build {
		if err := setSwept(ctx, tx, t, f.ID, id.Zero); err != nil {
			return err
		}
		if _, err := s.queue.Enqueue(ctx, tx, t, BuildIndex{Field: f.ID}, jobs.CreatedBy(who.User)); err != nil {
			return err
		}
	}
	if err := s.renew(ctx, tx, t); err != nil {
		return err
	}
	return s.events.Record(ctx, tx, who, Changed{Field: f.ID, Object: f.Object, Key: f.Key, What: what})
}

// fits checks a definition against the others of its object.
func (f *Field) fits(all []*Field) error {
	n, indexed := 0, 0
	for _, o := range all {
		if o.Object != f.Object || o.ID == f.ID {
			continue
		}
		if o.Key == f.Key {
			if o.deleted {
				return errs.Newf(errs.Conflict, "field_being_removed", "The values of the deleted field %s are still being removed. Try again in a moment.", f.Key)
			}
			return taken(f.Key)
		}
		if o.deleted {
			continue
		}
		n++
		if o.Indexed {
			indexed++
		}
	}
	return errs.Check(
		errs.That(n < MaxFields, "key", "there are already 200 fields, the most there may be"),
		errs.That(!f.Indexed || indexed < MaxIndexed, "indexed", "there are already 20 indexed fields, the most there may be"),
	)
}

func taken(key string) error {
	return &errs.Error{
		Kind: errs.Conflict, Code: "field_exists", Message: "There is already a field with this key.",
		Fields: []errs.Field{{Location: "key", Message: key + " is taken"}},
	}
}

func live(ctx context.Context, q db.Reader, t tenant.ID, o Object, field id.ID) (*Field, error) {
	f, err := readOne(ctx, q, t, field)
	if err != nil {
		return nil, err
	}
	if f.deleted || o != "" && f.Object != o {
		return nil, errs.Missing()
	}
	return f, nil
}

func signedIn(who auth.Actor) error {
	if who.User.IsZero() && !who.IsSystem() {
		return errs.New(errs.Unauthenticated, "unauthenticated", "Sign in first.")
	}
	return nil
}
