package seed

import (
	"context"
	"errors"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/catalog"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
	"github.com/throughlinehq/throughline/internal/ticket"
)

// Source is what sample customers and orders say of where they came from.
const Source = "sample"

// Deps is what the samples are made with; all are needed.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	Queue     *jobs.Queue
	Events    *event.Log
	Tenants   *tenant.Service
	Staff     *auth.Service
	Fields    *field.Service
	Tags      *tag.Service
	Customers *customer.Service
	Products  *catalog.Service
	Orders    *order.Service
	Tickets   *ticket.Service
}

// Service makes and removes the sample brand.
type Service struct{ d Deps }

// New makes the service and gives the queue the job that set-up asks for. Errors: a missing dependency.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Clock == nil || d.Queue == nil || d.Events == nil || d.Tenants == nil || d.Staff == nil || d.Fields == nil || d.Tags == nil || d.Customers == nil ||
		d.Products == nil || d.Orders == nil || d.Tickets == nil {
		return nil, errors.New("seed: a dependency is missing")
	}
	s := &Service{d}
	jobs.Handle(d.Queue, s.run)
	return s, nil
}

// Options say how much to make. The same seed and base make the same brand.
type Options struct {
	Customers int
	Tickets   int
	Orders    int
	Seed      uint64
	Base      time.Time // when the two years of history end; zero means now, to the hour
}

// Defaults are the sizes of a brand to look around in.
func Defaults() Options { return Options{Customers: 200, Tickets: 120, Orders: 600, Seed: 1} }

const mostOfAKind = 10_000_000

func (o Options) check() error {
	return errs.Check(
		errs.Between("customers", int64(o.Customers), 1, mostOfAKind), errs.Between("tickets", int64(o.Tickets), 0, mostOfAKind),
		errs.Between("orders", int64(o.Orders), 0, mostOfAKind),
	)
}

// Report is how much was made or removed.
type Report struct {
	Customers int64 `json:"customers"`
	Products  int64 `json:"products"`
	Orders    int64 `json:"orders"`
	Tickets   int64 `json:"tickets"`
	Messages  int64 `json:"messages,omitempty"`
	Users     int64 `json:"users"`
	Teams     int64 `json:"teams"`
	Fields    int64 `json:"fields"`
}

// Progress is told how many objects of how many are done.
type Progress func(done, total int64)

// Make is the job that makes a sample brand.
type Make struct {
	Options Options `json:"options"`
}

// JobKind is the job's stable name.
func (Make) JobKind() string { return "seed.import" }

// Provision queues the job for a new workspace, in the transaction that makes it.
type Provision struct{ Queue *jobs.Queue }

// Provision queues a brand of the default size.
func (p Provision) Provision(ctx context.Context, tx db.Tx, t tenant.ID) error {
	_, err := p.Queue.Enqueue(ctx, tx, t, Make{Defaults()}, jobs.Dedupe("sample"))
	return err
}

// run makes the brand of a job. An attempt that was broken off is taken away first, so that the end is the same.
func (s *Service) run(ctx context.Context, j *jobs.Job, m Make) error {
	who := auth.System(j.Workspace, "sample data")
	if j.Attempt > 1 {
		if _, err := s.Destroy(ctx, who, nil); err != nil {
			return err
		}
	}
	var lost error
	r, err := s.Import(ctx, who, m.Options, func(done, total int64) { lost = errors.Join(lost, j.Progress(ctx, done, total)) })
	j.Result(r)
	if err := errors.Join(err, lost); err != nil {
		return err
	}
	return s.d.DB.Write(ctx, j.Workspace, func(ctx context.Context, tx db.Tx) error { return s.d.Events.Record(ctx, tx, who, Filled{}) })
}

// Filled says that the sample brand is complete: history is made without telling live streams, so screens
// that are open must ask again.
type Filled struct{}

// EventKind names the fact.
func (Filled) EventKind() string { return "workspace.sample_filled" }

// About is the workspace.
func (Filled) About() event.About { return event.About{ObjectKind: "workspace"} }

// brand is what all of one import have in common.
type brand struct {
	o           Options
	t           tenant.ID
	currency    money.Currency
	start, base time.Time
	lands       []land
	goods       []good
	scenarios   []scenario
	tags        map[string]id.ID
	fields      map[string]bool // "customers.preferred_store": those that it could make
	agents      []auth.User
	sellers     []id.ID
	teams       []crew
}

type crew struct {
	id      id.ID
	members []auth.User
}

// span is how long the history is.
const span = 730 * 24 * time.Hour

// until keeps an instant from lying after the end of history.
func (b *brand) until(at time.Time) time.Time {
	if at.After(b.base) {
		return b.base
	}
	return at
}

// Import makes a sample brand in batches. Errors: Forbidden, Invalid, Conflict sample_exists when there is one.
func (s *Service) Import(ctx context.Context, who auth.Actor, o Options, progress Progress) (Report, error) {
	if err := errors.Join(who.Require("settings:write"), o.check()); err != nil {
		return Report{}, err
	}
	w, err := s.d.Tenants.Read(ctx, who.Tenant)
	if err != nil {
		return Report{}, err
	}
	if o.Base.IsZero() {
		o.Base = s.d.Clock.Now().Truncate(time.Hour)
	}
	b := &brand{
		o: o, t: who.Tenant, currency: money.Currency(w.Currency), base: o.Base.UTC(), start: o.Base.UTC().Add(-span), lands: lands(), goods: goods(), scenarios: scenarios(),
	}
	var r Report
	err = s.d.DB.Write(ctx, b.t, func(ctx context.Context, tx db.Tx) (err error) {
		r, err = s.foundation(ctx, tx, b)
		return err
	})
	if err != nil {
		return Report{}, errs.Wrapf(err, "make sample staff and products")
	}
	total := int64(o.Customers + o.Orders + o.Tickets)
	for _, kind := range s.kinds(b, &r) {
		for from := 0; from < kind.n; from += kind.batch {
			to := min(from+kind.batch, kind.n)
			write, err := kind.make(from, to)
			if err == nil {
				err = s.d.DB.Write(ctx, b.t, write)
			}
			if err != nil {
				return r, errs.Wrapf(err, "make sample %s", kind.name)
			}
			*kind.done += int64(to - from)
			if progress != nil {
				progress(r.Customers+r.Orders+r.Tickets, total)
			}
		}
	}
	return r, nil
}
