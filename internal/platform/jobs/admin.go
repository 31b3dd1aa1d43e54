package jobs

import (
	"context"
	"encoding/json"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// State is where a job stands.
type State string

// The states. Done, Dead and Cancelled jobs are over; a dead one can be retried.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Dead      State = "dead"
	Cancelled State = "cancelled"
)

// Info is a job as people see it. LastError is for operators: it may name what a handler worked on.
type Info struct {
	ID          id.ID
	Kind        string
	State       State
	RunAt       time.Time
	Attempts    int
	MaxAttempts int
	Done        int64
	Total       int64
	Result      json.RawMessage // nil until the handler gave one
	LastError   string
	CreatedBy   id.ID
	CreatedAt   time.Time
	UpdatedAt   time.Time
	FinishedAt  time.Time // zero while it is not over
}

const infoColumns = `id, kind, state, run_at, attempts, max_attempts, progress_done, progress_total, result, last_error, created_by, created_at, updated_at, finished_at`

func scanInfo(row db.Row) (i Info, err error) {
	var result string
	err = row.Scan(&i.ID, &i.Kind, &i.State, db.Time(&i.RunAt), &i.Attempts, &i.MaxAttempts, &i.Done, &i.Total,
		db.Text(&result), &i.LastError, &i.CreatedBy, db.Time(&i.CreatedAt), db.Time(&i.UpdatedAt), db.Time(&i.FinishedAt))
	if result != "" {
		i.Result = json.RawMessage(result)
	}
	return i, err
}

const oneJob = `SELECT ` + infoColumns + ` FROM job WHERE tenant_id = $1 AND id = $2`

// Get reads one job of the workspace; none is errs.NotFound.
func (q *Queue) Get(ctx context.Context, t id.Workspace, key id.ID) (Info, error) {
	var out Info
	err := q.db.Read(ctx, t, func(ctx context.Context, r db.Reader) (err error) {
		out, err = db.One(ctx, r, scanInfo, oneJob, t, key)
		return err
	})
	return out, errs.Wrapf(err, "read job")
}

const retryJob = `
UPDATE job
SET state = 'queued', run_at = $3, attempts = 0, finished_at = NULL, updated_at = $3
WHERE tenant_id = $1 AND id = $2 AND state = 'dead'
  AND NOT EXISTS (
      SELECT 1
      FROM job live
      WHERE live.tenant_id = job.tenant_id AND live.kind = job.kind AND live.dedupe_key = job.dedupe_key AND live.state IN ('queued', 'running'))
RETURNING ` + infoColumns

// Retry queues a dead job again with all its attempts, and gives it as it is then. Conflict: it is not
// dead (job_not_dead), or a job with the same key is live (job_duplicate). The caller checks the permission.
func (q *Queue) Retry(ctx context.Context, tx db.Tx, t id.Workspace, key id.ID) (Info, error) {
	i, err := db.One(ctx, tx, scanInfo, retryJob, t, key, db.Micros(q.clock.Now()))
	switch {
	case err == nil:
		tx.AfterCommit(func() {
			signal(q.wake)
			q.o.OnChange(i.change(t))
		})
		return i, nil
	case db.IsUnique(err):
		return Info{}, errDuplicate
	case !errs.Has(err, errs.NotFound):
		return Info{}, errs.Wrapf(err, "retry job")
	}
	i, err = db.One(ctx, tx, scanInfo, oneJob, t, key)
	switch {
	case err != nil:
		return Info{}, errs.Wrapf(err, "retry job")
	case i.State != Dead:
		return Info{}, errs.New(errs.Conflict, "job_not_dead", "Only a job that has failed for good can be retried.")
	}
	return Info{}, errDuplicate
}

var errDuplicate = errs.New(errs.Conflict, "job_duplicate", "The same work is already queued or running.")

const cancelJob = `
UPDATE job
SET state = 'cancelled', finished_at = $3, updated_at = $3, lease_until = NULL, lease_token = NULL
WHERE tenant_id = $1 AND id = $2 AND state IN ('queued', 'running')
RETURNING ` + infoColumns

// Cancel ends a queued or running job, and gives it as it is then. The handler of a running one cannot
// finish any more; its context ends at once in this process, elsewhere with the next heartbeat or progress.
// Conflict job_over when the job is over. The caller checks the permission.
func (q *Queue) Cancel(ctx context.Context, tx db.Tx, t id.Workspace, key id.ID) (Info, error) {
	i, err := db.One(ctx, tx, scanInfo, cancelJob, t, key, db.Micros(q.clock.Now()))
	switch {
	case err == nil:
		tx.AfterCommit(func() {
			for _, j := range q.holding() {
				if j.Workspace == t && j.ID == key {
					j.stop(ErrLeaseLost)
				}
			}
			q.o.OnChange(i.change(t))
		})
		return i, nil
	case !errs.Has(err, errs.NotFound):
		return Info{}, errs.Wrapf(err, "cancel job")
	}
	if _, err := db.One(ctx, tx, scanInfo, oneJob, t, key); err != nil {
		return Info{}, errs.Wrapf(err, "cancel job")
	}
	return Info{}, errs.New(errs.Conflict, "job_over", "This job is already over.")
}

// change is what observers are told of a job that somebody has retried or cancelled.
func (i Info) change(t id.Workspace) Change {
	return Change{Workspace: t, ID: i.ID, Kind: i.Kind, State: i.State, Done: i.Done, Total: i.Total, CreatedBy: i.CreatedBy}
}

// Stats is the state of the whole installation's queue, for metrics and health.
type Stats struct {
	Queued, Running, Dead int64     // each stops at StatsBound
	OldestDue             time.Time // since when the job that waits longest is due; zero for none
}

// StatsBound is where Stats stops counting, so that a scrape stays cheap beside a long queue.
const StatsBound = 100_000

const (
	countQueued  = `SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE state = 'queued' LIMIT 100000) found`
	countRunning = `SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE state = 'running' AND lease_until > 0 LIMIT 100000) found`
	countDead    = `SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE state = 'dead' LIMIT 100000) found`
)

// Stats counts over all workspaces along the partial indexes.
func (q *Queue) Stats(ctx context.Context) (Stats, error) {
	var s Stats
	err := q.db.ReadAll(ctx, func(ctx context.Context, r db.Reader) (err error) {
		for _, c := range []struct {
			into *int64
			text string
		}{{&s.Queued, countQueued}, {&s.Running, countRunning}, {&s.Dead, countDead}} {
			if *c.into, err = db.Scalar[int64](ctx, r, c.text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Stats{}, errs.Wrapf(err, "count jobs")
	}
	now := q.clock.Now()
	for h, err := range q.heads(ctx, lowest, highest) {
		if err != nil {
			return Stats{}, err
		}
		if !h.runAt.After(now) && (s.OldestDue.IsZero() || h.runAt.Before(s.OldestDue)) {
			s.OldestDue = h.runAt
		}
	}
	return s, nil
}
