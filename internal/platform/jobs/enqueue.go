package jobs

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Option changes one enqueued job.
type Option func(*order)

type order struct {
	at       time.Time
	key      string
	coalesce bool
	attempts int
	by       id.ID
}

// At runs the job no earlier than the instant.
func At(when time.Time) Option { return func(o *order) { o.at = when } }

// Dedupe lets a job of the same kind and key that is queued or running stand for this one.
func Dedupe(key string) Option { return func(o *order) { o.key, o.coalesce = key, false } }

// Coalesce is Dedupe for work that reads the newest state: when the job with that key is already
// running, it runs once more afterwards, because it may not have seen this change.
func Coalesce(key string) Option { return func(o *order) { o.key, o.coalesce = key, true } }

// MaxAttempts is how often this job is tried before it is dead.
func MaxAttempts(n int) Option { return func(o *order) { o.attempts = n } }

// CreatedBy is the person who asked for the job.
func CreatedBy(who id.ID) Option { return func(o *order) { o.by = who } }

// maxPayload bounds the arguments of a job in bytes; larger things are stored and named by id.
const maxPayload = 256 << 10

// Enqueue adds a job in the caller's transaction and gives its id: it exists exactly when the
// transaction commits. With Dedupe or Coalesce the id may be that of the job that stands for it.
func (q *Queue) Enqueue(ctx context.Context, tx db.Tx, t id.Workspace, a Args, opts ...Option) (id.ID, error) {
	o := collect(opts)
	payload, err := encode(a)
	if err != nil {
		return id.Zero, err
	}
	q.wakeAfter(tx, o)
	if o.key == "" {
		row, key := q.row(t, a, o, payload)
		if err := tx.Later(ctx, insertText(1), row...); err != nil {
			return id.Zero, errs.Wrapf(err, "enqueue %s", a.JobKind())
		}
		return key, nil
	}
	// The job that stood for this one may end between the two statements; then there is room again.
	for range 5 {
		row, key := q.row(t, a, o, payload)
		n, err := tx.Exec(ctx, insertDeduped, row...)
		if err != nil {
			return id.Zero, errs.Wrapf(err, "enqueue %s", a.JobKind())
		}
		if n == 1 {
			return key, nil
		}
		key, err = q.standIn(ctx, tx, t, a.JobKind(), o)
		if err == nil || !errs.Has(err, errs.NotFound) {
			return key, errs.Wrapf(err, "enqueue %s", a.JobKind())
		}
	}
	return id.Zero, errs.New(errs.Unavailable, "job_contended", "This work is being started and ended by others. Try again.")
}

const liveJob = `SELECT id FROM job WHERE tenant_id = $1 AND kind = $2 AND dedupe_key = $3 AND state IN ('queued', 'running')`

// A running job does not look at run_at; moved beyond what its claim saw, it asks for another run.
// The update also holds the row, so that a queued job is not claimed before this change is visible.
const coalesceJob = `
UPDATE job
SET run_at = CASE WHEN state = 'queued' THEN run_at WHEN run_at < CAST($4 AS BIGINT) THEN CAST($4 AS BIGINT) ELSE run_at + 1 END
WHERE tenant_id = $1 AND kind = $2 AND dedupe_key = $3 AND state IN ('queued', 'running')
RETURNING id`

func (q *Queue) standIn(ctx context.Context, tx db.Tx, t id.Workspace, kind string, o order) (id.ID, error) {
	if !o.coalesce {
		return db.Scalar[id.ID](ctx, tx, liveJob, t, kind, o.key)
	}
	return db.Scalar[id.ID](ctx, tx, coalesceJob, t, kind, o.key, db.Micros(q.runAt(o)))
}

// EnqueueMany adds many jobs in a few statements; the ids stand in the order of the arguments.
// The options hold for each, so Dedupe and Coalesce are refused.
func (q *Queue) EnqueueMany(ctx context.Context, tx db.Tx, t id.Workspace, many []Args, opts ...Option) ([]id.ID, error) {
	o := collect(opts)
	if o.key != "" {
		return nil, errs.New(errs.Internal, "job_key_shared", "Many jobs cannot share one key.")
	}
	if len(many) == 0 {
		return nil, nil
	}
	q.wakeAfter(tx, o)
	keys := make([]id.ID, 0, len(many))
	for len(many) > 0 {
		n := 1
		if len(many) >= manyRows {
			n = manyRows
		}
		args := make([]any, 0, n*rowWidth)
		for _, a := range many[:n] {
			payload, err := encode(a)
			if err != nil {
				return nil, err
			}
			row, key := q.row(t, a, o, payload)
			args, keys = append(args, row...), append(keys, key)
		}
		if err := tx.Later(ctx, insertText(n), args...); err != nil {
			return nil, errs.Wrapf(err, "enqueue %d jobs", n)
		}
		many = many[n:]
	}
	return keys, nil
}

const (
	rowWidth = 9
	manyRows = 50 // two texts are prepared: one row and fifty

	insertHead = `
INSERT INTO job (tenant_id, id, kind, state, run_at, attempts, max_attempts, dedupe_key, payload, progress_done, progress_total, last_error, created_by, created_at, updated_at)
VALUES `
	insertRow     = `($1, $2, $3, 'queued', $4, 0, $5, $6, $7, 0, 0, '', $8, $9, $9)`
	insertDeduped = insertHead + insertRow + `
ON CONFLICT (tenant_id, kind, dedupe_key) WHERE dedupe_key IS NOT NULL AND state IN ('queued', 'running') DO NOTHING`
)

// insertText repeats the row with its placeholders counted on.
func insertText(rows int) string {
	if rows == 1 {
		return insertHead + insertRow
	}
	var b strings.Builder
	b.WriteString(insertHead)
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		p := func(n int) string { return "$" + strconv.Itoa(i*rowWidth+n) }
		b.WriteString("(" + p(1) + ", " + p(2) + ", " + p(3) + ", 'queued', " + p(4) + ", 0, " + p(5) + ", " + p(6) + ", " + p(7) + ", 0, 0, '', " + p(8) + ", " + p(9) + ", " + p(9) + ")")
	}
	return b.String()
}

func (q *Queue) row(t id.Workspace, a Args, o order, payload string) ([]any, id.ID) {
	now := q.clock.Now()
	key := id.New(now)
	attempts := o.attempts
	if attempts < 1 {
		attempts = q.o.MaxAttempts
		if h := q.handlers[a.JobKind()]; h != nil {
			attempts = h.attempts
		}
	}
	return []any{t, key, a.JobKind(), db.Micros(q.runAt(o)), attempts, db.NullText(o.key), payload, o.by, db.Micros(now)}, key
}

func (q *Queue) runAt(o order) time.Time {
	if now := q.clock.Now(); o.at.Before(now) {
		return now
	}
	return o.at
}

// wakeAfter tells this process's workers once the job is there; others find it when they look.
func (q *Queue) wakeAfter(tx db.Tx, o order) {
	if !o.at.After(q.clock.Now()) {
		tx.AfterCommit(func() { signal(q.wake) })
	}
}

func collect(opts []Option) order {
	var o order
	for _, f := range opts {
		f(&o)
	}
	return o
}

func encode(a Args) (string, error) {
	b, err := json.Marshal(a)
	if err != nil {
		return "", errs.Wrapf(err, "encode the arguments of %s", a.JobKind())
	}
	if len(b) > maxPayload {
		return "", errs.Newf(errs.TooLarge, "job_too_large", "The work order is larger than %d KiB.", maxPayload>>10)
	}
	return string(b), nil
}
