package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// periodic is a task of the whole installation. Whoever moves its row's due_at forward runs it.
type periodic struct {
	name string
	next func(after time.Time) time.Time
	run  func(ctx context.Context) error
	inTx func(ctx context.Context, tx db.Tx) error
	busy atomic.Bool
}

// Every runs the function at each time that next gives, in one process of the installation. When the
// process dies meanwhile, that turn is lost: the function does what is due, not what changed. After
// an error it is repeated in a minute. It should be short; long work is a job.
func (q *Queue) Every(name string, next func(after time.Time) time.Time, fn func(ctx context.Context) error) {
	q.addPeriodic(&periodic{name: name, next: next, run: fn})
}

// EveryTx is Every for tasks that must not miss a turn: the function runs in the transaction that
// marks the turn as taken, so it happens exactly once. It only writes, such as enqueueing jobs.
func (q *Queue) EveryTx(name string, next func(after time.Time) time.Time, fn func(ctx context.Context, tx db.Tx) error) {
	q.addPeriodic(&periodic{name: name, next: next, inTx: fn})
}

func (q *Queue) addPeriodic(p *periodic) {
	if p.name == "" {
		q.problem("a periodic task has no name")
	}
	for _, other := range q.periodics {
		if other.name == p.name {
			q.problem("the periodic task %q is registered twice", p.name)
		}
	}
	q.periodics = append(q.periodics, p)
}

// Interval is due at every multiple of d since year 1, so all processes agree.
func Interval(d time.Duration) func(time.Time) time.Time {
	return func(after time.Time) time.Time { return after.Truncate(d).Add(d) }
}

// DailyAt is due once a day at the time of day in UTC.
func DailyAt(hour, minute int) func(time.Time) time.Time {
	return func(after time.Time) time.Time {
		y, m, d := after.UTC().Date()
		at := time.Date(y, m, d, hour, minute, 0, 0, time.UTC)
		if !at.After(after) {
			at = time.Date(y, m, d+1, hour, minute, 0, 0, time.UTC)
		}
		return at
	}
}

// retryPeriodic is how soon a failed task is tried again, unless its next turn is sooner.
const retryPeriodic = time.Minute

// runPeriodic starts the tasks that are due. Without any it only reads.
func (q *Queue) runPeriodic(ctx context.Context, start func(do func(context.Context))) error {
	if err := q.seedPeriodic(ctx); err != nil {
		return err
	}
	now := q.clock.Now()
	rows := map[string]time.Time{}
	err := q.db.ReadAll(ctx, func(ctx context.Context, r db.Reader) error {
		clear(rows)
		_, err := db.All(ctx, r, func(row db.Row) (name string, err error) {
			var at time.Time
			err = row.Scan(&name, db.Time(&at))
			rows[name] = at
			return name, err
		}, periodicRows)
		return err
	})
	if err != nil {
		return errs.Wrapf(err, "look for due tasks")
	}
	for _, p := range q.periodics {
		at, ok := rows[p.name]
		if ok && at.After(now) {
			if next := p.nextAfter(now); at.After(p.nextAfter(next)) {
				err = errors.Join(err, q.bringForward(ctx, p, at, next))
			}
			continue
		}
		if ok && p.busy.CompareAndSwap(false, true) {
			start(func(ctx context.Context) {
				defer p.busy.Store(false)
				q.turn(ctx, p, at)
			})
		}
	}
	return err
}

// bringForward mends a turn that lies beyond the next two, because the clock has gone back since: the task would
// stand still until then. A turn between the two is left, so that a small step does not repeat one.
func (q *Queue) bringForward(ctx context.Context, p *periodic, stored, next time.Time) error {
	err := q.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, postponeTask, p.name, db.Micros(stored), db.Micros(next))
		return err
	})
	return errs.Wrapf(err, "bring the periodic task %s forward", p.name)
}

const takeTurn = `UPDATE periodic SET due_at = $3, ran_at = $4 WHERE name = $1 AND due_at = $2`

// turn takes the turn that was due at the instant and runs the task, unless another process did.
func (q *Queue) turn(ctx context.Context, p *periodic, due time.Time) {
	now := q.clock.Now()
	next := p.nextAfter(now)
	taken := false
	err := q.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		n, err := tx.Exec(ctx, takeTurn, p.name, db.Micros(due), db.Micros(next), db.Micros(now))
		taken = n == 1
		if err != nil || !taken || p.inTx == nil {
			return err
		}
		return q.guard(ctx, p, func(ctx context.Context) error { return p.inTx(ctx, tx) })
	})
	stored := due // what the row holds when something went wrong
	if err == nil && taken && p.run != nil {
		stored = next
		long, cancel := context.WithTimeout(db.Patient(ctx), q.o.Timeout)
		err = q.guard(long, p, p.run)
		cancel()
	}
	if err == nil || ctx.Err() != nil && !taken {
		return
	}
	q.log.ErrorContext(ctx, "periodic task failed", "task", p.name, "err", err)
	q.postpone(context.WithoutCancel(ctx), p, stored, next)
}

const postponeTask = `UPDATE periodic SET due_at = $3 WHERE name = $1 AND due_at = $2`

func (q *Queue) postpone(ctx context.Context, p *periodic, stored, next time.Time) {
	again := q.clock.Now().Add(retryPeriodic)
	if next.Before(again) {
		again = next
	}
	err := q.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, postponeTask, p.name, db.Micros(stored), db.Micros(again))
		return err
	})
	if err != nil {
		q.log.WarnContext(ctx, "periodic task cannot be postponed", "task", p.name, "err", err)
	}
}

func (q *Queue) guard(ctx context.Context, p *periodic, fn func(ctx context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			q.log.ErrorContext(ctx, "periodic task panicked", "task", p.name, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return fn(ctx)
}

// nextAfter never stands still, whatever the schedule answers.
func (p *periodic) nextAfter(now time.Time) time.Time {
	if at := p.next(now); at.After(now) {
		return at
	}
	return now.Add(time.Second)
}

const (
	periodicRows = `SELECT name, due_at FROM periodic`
	addTask      = `INSERT INTO periodic (name, due_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`
	// A schedule that became shorter in this release counts at once.
	hastenTask = `UPDATE periodic SET due_at = $2 WHERE name = $1 AND due_at > $2`
)

// seedPeriodic makes the rows of new tasks, once per process.
func (q *Queue) seedPeriodic(ctx context.Context) error {
	q.seed.Lock()
	defer q.seed.Unlock()
	if q.seeded {
		return nil
	}
	known := map[string]time.Time{}
	err := q.db.ReadAll(ctx, func(ctx context.Context, r db.Reader) error {
		_, err := db.All(ctx, r, func(row db.Row) (name string, err error) {
			var at time.Time
			err = row.Scan(&name, db.Time(&at))
			known[name] = at
			return name, err
		}, periodicRows)
		return err
	})
	if err != nil {
		return errs.Wrapf(err, "read periodic tasks")
	}
	now := q.clock.Now()
	for _, p := range q.periodics {
		next := p.nextAfter(now)
		at, ok := known[p.name]
		if ok && !at.After(next) {
			continue
		}
		err := q.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
			text := addTask
			if ok {
				text = hastenTask
			}
			_, err := tx.Exec(ctx, text, p.name, db.Micros(next))
			return err
		})
		if err != nil {
			return errs.Wrapf(err, "set up the periodic task %s", p.name)
		}
	}
	q.seeded = true
	return nil
}
