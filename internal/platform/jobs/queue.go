package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Args is what a job needs to know: a struct that survives JSON. JobKind is constant per type
// ("order.import") and must not change while jobs of that kind are stored.
type Args interface{ JobKind() string }

// Options tune a queue; the zero value of each field means its default.
type Options struct {
	Workers      int            // jobs that run at once in this process; 8
	PerWorkspace int            // of these, how many one workspace may hold; three quarters, at least 1
	Lease        time.Duration  // how long a silent worker keeps its jobs; 30 s
	Poll         time.Duration  // how often an idle queue looks for work of other processes; 1 s
	Grace        time.Duration  // how long Run waits for handlers when it is told to stop; 20 s
	Timeout      time.Duration  // how long a handler may take unless it says otherwise; 15 min
	MaxAttempts  int            // after so many failures a job is dead; 20
	KeepDone     time.Duration  // how long finished jobs stay readable; 7 days
	KeepDead     time.Duration  // how long dead jobs can be retried; 90 days
	Rand         func() float64 // jitter in [0, 1); the machine's own
	OnChange     func(Change)   // told after a change is stored, from many goroutines; must be quick; nobody
}

// Change tells observers (live progress, metrics) what became of a job. It may be lost when the
// process dies.
type Change struct {
	Workspace id.Workspace
	ID        id.ID
	Kind      string
	State     State // Running: progress; Queued: a failed attempt that will be repeated, or a retried job
	Attempt   int
	Done      int64
	Total     int64
	CreatedBy id.ID
	Took      time.Duration // of the attempt; zero for progress
	Err       error         // why the attempt failed
}

// Queue enqueues and works jobs. It is safe for concurrent use once handlers are registered.
type Queue struct {
	db    *db.DB
	clock clock.Clock
	log   *slog.Logger
	o     Options

	handlers  map[string]*handler
	periodics []*periodic
	problems  []error
	kinds     func() []string

	wake    chan struct{} // something was enqueued here
	freed   chan struct{} // a worker became free
	started atomic.Bool

	seed   sync.Mutex // guards seeded
	seeded bool       // the periodic rows exist

	mu        sync.Mutex // guards what follows
	held      map[*Job]struct{}
	perTenant map[id.Workspace]int
	cursor    id.Workspace // the workspace that was served last
	steadyAt  time.Time    // when wentBack looked, by a clock that is never set
	wallAt    time.Time    // and by ours
}

type handler struct {
	run      func(ctx context.Context, j *Job) error
	timeout  time.Duration
	attempts int
}

// HandleOption changes how one kind is handled.
type HandleOption func(*handler)

// Timeout bounds one attempt; zero or less means no bound.
func Timeout(d time.Duration) HandleOption { return func(h *handler) { h.timeout = d } }

// Attempts is how often jobs of this kind are tried before they are dead.
func Attempts(n int) HandleOption { return func(h *handler) { h.attempts = n } }

// New makes a queue on the database. Register handlers and periodic tasks next, then Validate.
func New(d *db.DB, c clock.Clock, log *slog.Logger, o Options) *Queue {
	o = o.withDefaults()
	q := &Queue{
		db: d, clock: c, log: log, o: o,
		handlers:  map[string]*handler{},
		wake:      make(chan struct{}, 1),
		freed:     make(chan struct{}, 1),
		held:      map[*Job]struct{}{},
		perTenant: map[id.Workspace]int{},
	}
	q.kinds = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(q.handlers)) })
	q.Every("jobs.purge", Interval(time.Hour), q.purge)
	return q
}

func (o Options) withDefaults() Options {
	o.Workers = orInt(o.Workers, 8)
	o.PerWorkspace = min(orInt(o.PerWorkspace, max(1, o.Workers-max(1, o.Workers/4))), o.Workers)
	o.Lease = orTime(o.Lease, 30*time.Second)
	o.Poll = orTime(o.Poll, time.Second)
	o.Grace = orTime(o.Grace, 20*time.Second)
	o.Timeout = orTime(o.Timeout, 15*time.Minute)
	o.MaxAttempts = orInt(o.MaxAttempts, 20)
	o.KeepDone = orTime(o.KeepDone, 7*24*time.Hour)
	o.KeepDead = orTime(o.KeepDead, 90*24*time.Hour)
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.OnChange == nil {
		o.OnChange = func(Change) {}
	}
	return o
}

func orInt(v, otherwise int) int {
	if v > 0 {
		return v
	}
	return otherwise
}

func orTime(v, otherwise time.Duration) time.Duration {
	if v > 0 {
		return v
	}
	return otherwise
}

// Handle says what does jobs of kind T. Call it while the program is put together, before Run.
// A second handler for a kind, or a T that is a pointer, is reported by Validate.
//
// The function must bear being run again: it finishes through Job.Finish in the transaction of its
// effect, or its effect carries a key.
func Handle[T Args](q *Queue, fn func(ctx context.Context, j *Job, args T) error, opts ...HandleOption) {
	if k := reflect.TypeFor[T]().Kind(); k == reflect.Pointer || k == reflect.Interface {
		q.problem("the arguments %s of a job must be a plain struct", reflect.TypeFor[T]())
		return
	}
	var zero T
	kind := zero.JobKind()
	h := &handler{timeout: q.o.Timeout, attempts: q.o.MaxAttempts}
	for _, o := range opts {
		o(h)
	}
	h.run = func(ctx context.Context, j *Job) error {
		var args T
		if err := json.Unmarshal([]byte(j.payload), &args); err != nil {
			return Permanent(errs.Wrapf(err, "read the payload"))
		}
		return fn(ctx, j, args)
	}
	switch {
	case kind == "":
		q.problem("the job %s has no kind", reflect.TypeFor[T]())
	case q.handlers[kind] != nil:
		q.problem("the job kind %q has two handlers", kind)
	case h.attempts < 1:
		q.problem("the job kind %q may never be tried", kind)
	default:
		q.handlers[kind] = h
	}
}

func (q *Queue) problem(format string, args ...any) {
	q.problems = append(q.problems, errs.Newf(errs.Internal, "jobs_setup", format, args...))
}

// Validate reports what is wrong with the registered handlers and periodic tasks.
func (q *Queue) Validate() error {
	if err := errors.Join(q.problems...); err != nil {
		return fmt.Errorf("set up jobs: %w", err)
	}
	return nil
}

// signal leaves a note in a channel of one place without waiting.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
