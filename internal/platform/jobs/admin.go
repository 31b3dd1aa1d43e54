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

// Filter narrows a list; empty fields do not.
type Filter struct {
	State State
	Kind  string
	By    id.ID
}

// Page asks for part of a list: what is older than a job, zero for the newest.
type Page struct {
	Before id.ID
	Limit  int // 1–200; 0 means 50
}

// List gives jobs of the workspace, the newest first, and whether there are more behind them.
func (q *Queue) List(ctx context.Context, t id.Workspace, f Filter, p Page) (list []Info, more bool, err error) {
	if p.Limit <= 0 {
		p.Limit = 50
	}
	p.Limit = min(p.Limit, 200)
	w := db.NewWhere(t)
	switch f.State {
	case "":
	case Dead:
		w.And("state = 'dead'") // written out for the index job_dead
	case Queued, Running, Done, Cancelled:
		w.And("state = ?", f.State)
	default:
		return nil, false, errs.OnField("state", "must be one of queued, running, done, dead, cancelled")
	}
	if f.Kind != "" {
		w.And("kind = ?", f.Kind)
	}
	if !f.By.IsZero() {
		w.And("created_by = ?", f.By)
	}
	if !p.Before.IsZero() {
		w.And("id < ?", p.Before)
	}
	limit := w.Arg(p.Limit + 1)
	text := `SELECT ` + infoColumns + ` FROM job WHERE tenant_id = $1` + w.SQL() + ` ORDER BY id DESC LIMIT ` + limit
	err = q.db.Read(ctx, t, func(ctx context.Context, r db.Reader) (err error) {
		list, err = db.All(ctx, r, scanInfo, text, w.Args()...)
		return err
	})
	if err != nil {
		return nil, false, errs.Wrapf(err, "list jobs")
	}
	if len(list) > p.Limit {
		return list[:p.Limit], true, nil
	}
	return list, false, nil
}

const retryJob = `
UPDATE job
SET state = 'queued', run_at = $3, attempts = 0, finished_at = NULL, updated_at = $3
WHERE tenant_id = $1 AND id = $2 AND state = 'dead'
  AND NOT EXISTS (
      SELECT 1
      FROM job live
      WHERE live.tenant_id = job.tenant_id AND live.kind = job.kind AND live.dedupe_key = job.dedupe_key AND live.state IN ('queued', 'running'))`

// Retry queues a dead job again with all its attempts. Conflict: it is not dead (job_not_dead), or a
// job with the same key is live (job_duplicate). The caller checks the permission.
func (q *Queue) Retry(ctx context.Context, tx db.Tx, t id.Workspace, key id.ID) error {
	n, err := tx.Exec(ctx, retryJob, t, key, db.Micros(q.clock.Now()))
	if db.IsUnique(err) {
		n, err = 0, errDuplicate
	}
	if err != nil {
		return errs.Wrapf(err, "retry job")
	}
	if n == 1 {
		tx.AfterCommit(func() { signal(q.wake) })
		return nil
	}
	i, err := db.One(ctx, tx, scanInfo, oneJob, t, key)
	switch {
	case err != nil:
		return errs.Wrapf(err, "retry job")
	case i.State != Dead:
		return errs.New(errs.Conflict, "job_not_dead", "Only a job that has failed for good can be retried.")
	}
	return errDuplicate
}

var errDuplicate = errs.New(errs.Conflict, "job_duplicate", "The same work is already queued or running.")

const cancelJob = `
UPDATE job
SET state = 'cancelled', finished_at = $3, updated_at = $3, lease_until = NULL, lease_token = NULL
WHERE tenant_id = $1 AND id = $2 AND state IN ('queued', 'running')`

// Cancel ends a queued or running job. The handler of a running one cannot finish any more; its
// context ends at once in this process, elsewhere with the next heartbeat or progress.
// Conflict job_over when the job is over. The caller checks the permission.
func (q *Queue) Cancel(ctx context.Context, tx db.Tx, t id.Workspace, key id.ID) error {
	n, err := tx.Exec(ctx, cancelJob, t, key, db.Micros(q.clock.Now()))
	if err != nil {
		return errs.Wrapf(err, "cancel job")
	}
	if n == 1 {
		tx.AfterCommit(func() {
			for _, j := range q.holding() {
				if j.Workspace == t && j.ID == key {
					j.stop(ErrLeaseLost)
				}
			}
		})
		return nil
	}
	if _, err := db.One(ctx, tx, scanInfo, oneJob, t, key); err != nil {
		return errs.Wrapf(err, "cancel job")
	}
	return errs.New(errs.Conflict, "job_over", "This job is already over.")
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
