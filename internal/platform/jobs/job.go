package jobs

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Job is one attempt at a job, as its handler sees it.
type Job struct {
	Workspace   id.Workspace
	ID          id.ID
	Kind        string
	Attempt     int // counted from 1
	MaxAttempts int
	CreatedBy   id.ID // zero for the system
	CreatedAt   time.Time

	q         *Queue
	token     id.ID
	payload   string
	claimedAt time.Time // run_at when it was claimed
	lastError string    // of the attempt before

	finishing atomic.Bool // Finish was called; its own answer tells whether the lease held
	finished  atomic.Bool // Finish was committed

	mu     sync.Mutex // guards what follows
	cancel context.CancelCauseFunc
	until  time.Time // end of the lease
	saved  time.Time // when progress was last stored
	done   int64
	total  int64
	result any
}

// Last reports whether a failure of this attempt makes the job dead.
func (j *Job) Last() bool { return j.Attempt >= j.MaxAttempts }

// Finish marks the job done inside the transaction of its effect, so that both happen or neither.
// It answers ErrLeaseLost when another worker holds the job by now; return it to roll back.
func (j *Job) Finish(ctx context.Context, tx db.Tx) error {
	j.finishing.Store(true)
	again, err := j.complete(ctx, tx)
	if err != nil {
		return err
	}
	tx.AfterCommit(func() {
		j.finished.Store(true)
		if again {
			signal(j.q.wake)
		}
	})
	return nil
}

// Result keeps a value that becomes readable with the finished job; it must survive JSON.
// Call it before Finish.
func (j *Job) Result(v any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.result = v
}

// progressEvery is how often progress is stored at most.
const progressEvery = 500 * time.Millisecond

const saveProgress = `
UPDATE job
SET progress_done = $4, progress_total = $5, lease_until = $6, updated_at = $7
WHERE tenant_id = $1 AND id = $2 AND lease_token = $3 AND state = 'running'`

// Progress tells how far the job is; it is stored at most twice a second and once more at the end.
// It writes in a transaction of its own: never call it inside one. ErrLeaseLost means to stop.
func (j *Job) Progress(ctx context.Context, done, total int64) error {
	now := j.q.clock.Now()
	until := now.Add(j.q.o.Lease)
	j.mu.Lock()
	j.done, j.total = done, total
	wait := !j.saved.IsZero() && now.Sub(j.saved) < progressEvery
	if !wait {
		j.saved = now
	}
	j.mu.Unlock()
	if wait {
		return nil
	}
	err := j.q.db.Write(ctx, j.Workspace, func(ctx context.Context, tx db.Tx) error {
		n, err := tx.Exec(ctx, saveProgress, j.Workspace, j.ID, j.token, done, total, db.Micros(until), db.Micros(now))
		if err == nil && n == 0 {
			return ErrLeaseLost
		}
		return err
	})
	if err != nil {
		return errs.Wrapf(err, "store progress")
	}
	j.extended(until)
	j.q.o.OnChange(j.change(Running, 0, nil))
	return nil
}

// A run_at beyond the claimed one is another run that Coalesce asked for; a millisecond ahead of now
// is only its mark and means at once.
const completeJob = `
UPDATE job
SET state = CASE WHEN run_at > $4 THEN 'queued' ELSE 'done' END,
    run_at = CASE WHEN run_at > $4 AND run_at < CAST($5 AS BIGINT) + 1000 THEN CAST($5 AS BIGINT) ELSE run_at END,
    attempts = CASE WHEN run_at > $4 THEN 0 ELSE attempts END,
    finished_at = CASE WHEN run_at > $4 THEN NULL ELSE CAST($5 AS BIGINT) END,
    updated_at = CAST($5 AS BIGINT),
    lease_until = NULL,
    lease_token = NULL,
    progress_done = $6,
    progress_total = $7,
    result = $8,
    last_error = ''
WHERE tenant_id = $1 AND id = $2 AND lease_token = $3 AND state = 'running'
RETURNING state`

// complete marks the job done, or queues it again when a later change asked for that.
func (j *Job) complete(ctx context.Context, tx db.Tx) (again bool, err error) {
	j.mu.Lock()
	done, total, result := j.done, j.total, j.result
	j.mu.Unlock()
	var out any
	if result != nil {
		out = db.JSON(result)
	}
	var state State
	err = tx.QueryRow(ctx, completeJob, j.Workspace, j.ID, j.token, db.Micros(j.claimedAt), db.Micros(j.q.clock.Now()), done, total, out).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return false, ErrLeaseLost
	}
	return state == Queued, errs.Wrapf(err, "finish job")
}

const settleJob = `
UPDATE job
SET state = $4,
    run_at = $5,
    finished_at = $6,
    attempts = $7,
    last_error = $8,
    updated_at = $9,
    lease_until = NULL,
    lease_token = NULL,
    progress_done = $10,
    progress_total = $11
WHERE tenant_id = $1 AND id = $2 AND lease_token = $3 AND state = 'running'`

// settle gives up the lease: queued for another attempt, or dead.
func (j *Job) settle(ctx context.Context, tx db.Tx, s State, at time.Time, attempts int, text string) error {
	now := j.q.clock.Now()
	var finished any
	if s == Dead {
		finished = db.Micros(now)
	}
	j.mu.Lock()
	done, total := j.done, j.total
	j.mu.Unlock()
	n, err := tx.Exec(ctx, settleJob, j.Workspace, j.ID, j.token, s, db.Micros(at), finished, attempts, text, db.Micros(now), done, total)
	if err == nil && n == 0 {
		return ErrLeaseLost
	}
	return errs.Wrapf(err, "settle job")
}

func (j *Job) extended(until time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.until = until // also back, when the clock has gone back
}

func (j *Job) leaseEnd() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.until
}

// stop ends the handler's context.
func (j *Job) stop(cause error) {
	j.mu.Lock()
	cancel := j.cancel
	j.mu.Unlock()
	if cancel != nil {
		cancel(cause)
	}
}

func (j *Job) change(s State, took time.Duration, err error) Change {
	j.mu.Lock()
	defer j.mu.Unlock()
	return Change{
		Workspace: j.Workspace, ID: j.ID, Kind: j.Kind, State: s, Attempt: j.Attempt,
		Done: j.done, Total: j.total, CreatedBy: j.CreatedBy, Took: took, Err: err,
	}
}
