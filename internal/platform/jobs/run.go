package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// afterGrace is how long cancelled handlers have to return before their leases are given up.
const afterGrace = 2 * time.Second

// Run works jobs and periodic tasks until the context ends. Then it claims nothing more, waits up to
// Options.Grace for running handlers, ends their context, and gives back what is still held without
// counting the attempt. It answers an error only for a wrong set-up or a second Run.
func (q *Queue) Run(ctx context.Context) error {
	if err := q.Validate(); err != nil {
		return err
	}
	if !q.started.CompareAndSwap(false, true) {
		return errs.New(errs.Internal, "jobs_running", "The queue runs already.")
	}
	defer q.started.Store(false)
	// Handlers outlive the stop signal by the grace period.
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	var running sync.WaitGroup
	endBeats := q.startBeats(work)

	tick := time.NewTicker(q.o.Poll)
	defer tick.Stop()
	q.maintain(ctx, func(do func(context.Context)) { running.Go(func() { do(work) }) })
	for ctx.Err() == nil {
		q.fill(ctx, work, &running)
		select {
		case <-ctx.Done():
		case <-q.wake:
		case <-q.freed:
		case <-tick.C:
			q.maintain(ctx, func(do func(context.Context)) { running.Go(func() { do(work) }) })
		}
	}
	if !ended(&running, q.o.Grace) {
		stop(errStopping)
		ended(&running, afterGrace)
	}
	endBeats()
	var left sync.WaitGroup
	for _, j := range q.holding() {
		left.Go(func() {
			q.release(context.WithoutCancel(ctx), j)
			q.drop(j)
		})
	}
	left.Wait()
	return nil
}

// fill gives every free worker a job while there are any.
func (q *Queue) fill(ctx, work context.Context, running *sync.WaitGroup) {
	for ctx.Err() == nil {
		free := q.o.Workers - len(q.holding())
		if free <= 0 {
			return
		}
		jobs, err := q.claim(ctx, free)
		for _, j := range jobs {
			running.Go(func() {
				q.perform(work, j)
				signal(q.freed)
			})
		}
		if err != nil && ctx.Err() == nil {
			q.log.WarnContext(ctx, "jobs cannot be claimed", "err", err)
		}
		if err != nil || len(jobs) == 0 {
			return
		}
	}
}

// ended waits for the group, at most so long.
func ended(g *sync.WaitGroup, bound time.Duration) bool {
	done := make(chan struct{})
	go func() { g.Wait(); close(done) }()
	t := time.NewTimer(bound)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
		return false
	}
}

// Drain works in the calling goroutine what is due now, periodic tasks included, and returns how many
// attempts it made. It is for tests and for commands that run once.
func (q *Queue) Drain(ctx context.Context) (int, error) {
	if err := q.Validate(); err != nil {
		return 0, err
	}
	endBeats := q.startBeats(ctx)
	defer endBeats()
	n := 0
	for {
		q.maintain(ctx, func(do func(context.Context)) { do(ctx) })
		jobs, err := q.claim(ctx, q.o.Workers)
		for i, j := range jobs {
			if ctx.Err() != nil {
				for _, left := range jobs[i:] {
					q.release(context.WithoutCancel(ctx), left)
					q.drop(left)
				}
				break
			}
			q.perform(ctx, j)
			n++
		}
		switch {
		case ctx.Err() != nil:
			return n, ctx.Err()
		case err != nil || len(jobs) == 0:
			return n, err
		}
	}
}

// maintain brings back jobs of dead workers and starts the periodic tasks that are due.
func (q *Queue) maintain(ctx context.Context, start func(do func(context.Context))) {
	if q.wentBack() {
		if err := q.hasten(ctx); err != nil && ctx.Err() == nil {
			q.log.WarnContext(ctx, "jobs cannot be brought forward", "err", err)
		}
	}
	q.beat(ctx) // our own first: where the clock has stepped, their leases look like those of the dead
	if err := q.reclaim(ctx); err != nil && ctx.Err() == nil {
		q.log.WarnContext(ctx, "expired jobs cannot be taken back", "err", err)
	}
	if err := q.runPeriodic(ctx, start); err != nil && ctx.Err() == nil {
		q.log.WarnContext(ctx, "periodic tasks cannot be started", "err", err)
	}
}

// perform makes one attempt and settles what came of it.
func (q *Queue) perform(ctx context.Context, j *Job) {
	defer q.drop(j)
	hctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	j.mu.Lock()
	j.cancel = cancel
	j.mu.Unlock()
	began := q.clock.Now()
	err := q.call(hctx, j)
	q.settle(context.WithoutCancel(ctx), j, err, context.Cause(hctx), q.clock.Now().Sub(began))
}

// call runs the handler; a panic is an error of this attempt.
func (q *Queue) call(ctx context.Context, j *Job) (err error) {
	h := q.handlers[j.Kind]
	ctx = db.Patient(ctx) // its lease bounds it
	if h.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, h.timeout, fmt.Errorf("the handler took longer than %s", h.timeout))
		defer cancel()
	}
	defer func() {
		if p := recover(); p != nil {
			q.log.ErrorContext(ctx, "job panicked", "kind", j.Kind, "job_id", j.ID.String(), "tenant_id", int64(j.Workspace), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	err = h.run(ctx, j)
	if err != nil && errors.Is(err, ctx.Err()) {
		return errors.Join(context.Cause(ctx), err)
	}
	return err
}

// settle stores the outcome of an attempt. The cause is why the handler's context ended, if it did.
func (q *Queue) settle(ctx context.Context, j *Job, err, cause error, took time.Duration) {
	log := q.log.With("kind", j.Kind, "job_id", j.ID.String(), "tenant_id", int64(j.Workspace), "attempt", j.Attempt, "took", took)
	var later laterError
	var permanent permanentError
	switch {
	case j.finished.Load():
		if err != nil {
			log.WarnContext(ctx, "job failed after it was finished", "err", err)
		}
		q.o.OnChange(j.change(Done, took, nil))
	case errors.Is(err, ErrLeaseLost), errors.Is(cause, ErrLeaseLost):
		log.WarnContext(ctx, "job lost its lease")
	case err == nil:
		q.store(ctx, j, Done, took, nil, func(ctx context.Context, tx db.Tx) error {
			again, err := j.complete(ctx, tx)
			if again {
				tx.AfterCommit(func() { signal(q.wake) })
			}
			return err
		})
	case errors.Is(cause, errStopping), errors.Is(cause, context.Canceled):
		q.release(ctx, j)
	case errors.As(err, &later):
		q.store(ctx, j, Queued, took, err, func(ctx context.Context, tx db.Tx) error {
			return j.settle(ctx, tx, Queued, q.clock.Now().Add(later.wait), j.Attempt-1, errorText(err))
		})
	case errors.As(err, &permanent), j.Last():
		log.ErrorContext(ctx, "job is dead", "err", err)
		q.store(ctx, j, Dead, took, err, func(ctx context.Context, tx db.Tx) error {
			return j.settle(ctx, tx, Dead, j.claimedAt, j.Attempt, errorText(err))
		})
	default:
		wait := q.backoff(j.Attempt)
		log.WarnContext(ctx, "job failed and will be repeated", "err", err, "wait", wait)
		q.store(ctx, j, Queued, took, err, func(ctx context.Context, tx db.Tx) error {
			return j.settle(ctx, tx, Queued, q.clock.Now().Add(wait), j.Attempt, errorText(err))
		})
	}
}

// release gives an attempt back that was cut short by the end of the program.
func (q *Queue) release(ctx context.Context, j *Job) {
	q.store(ctx, j, Queued, 0, errStopping, func(ctx context.Context, tx db.Tx) error {
		return j.settle(ctx, tx, Queued, j.claimedAt, j.Attempt-1, j.lastError)
	})
}

// store writes an outcome, patiently: when it fails the job is repeated after its lease.
func (q *Queue) store(ctx context.Context, j *Job, s State, took time.Duration, cause error, fn func(ctx context.Context, tx db.Tx) error) {
	wait := 50 * time.Millisecond
	for attempt := 1; ; attempt++ {
		err := q.db.Write(ctx, j.Workspace, fn)
		switch {
		case err == nil:
			q.o.OnChange(j.change(s, took, cause))
			return
		case !errs.Has(err, errs.Unavailable) || attempt == 6:
			if s == Done && !errors.Is(err, ErrLeaseLost) && attempt == 1 {
				// Such as a result that is no JSON: that is a failure of the attempt.
				q.settle(ctx, j, errs.Wrapf(err, "store the outcome"), nil, took)
				return
			}
			q.log.WarnContext(ctx, "the outcome of a job was not stored", "kind", j.Kind, "job_id", j.ID.String(), "tenant_id", int64(j.Workspace), "state", string(s), "err", err)
			return
		}
		<-time.After(wait)
		wait *= 2
	}
}
