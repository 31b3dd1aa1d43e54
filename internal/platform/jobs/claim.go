package jobs

import (
	"bytes"
	"context"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// head is the first queued job of a workspace.
type head struct {
	tenant id.Workspace
	runAt  time.Time
}

// queueHeads steps through the index job_queued from workspace to workspace, one seek each, however
// many jobs lie between. The scalar subqueries keep both planners from turning it into a scan.
const queueHeads = `
WITH RECURSIVE line (tenant_id, step) AS (
    SELECT (SELECT j.tenant_id FROM job j WHERE j.state = 'queued' AND j.tenant_id > $1 ORDER BY j.tenant_id LIMIT 1), 1
    UNION ALL
    SELECT (SELECT j.tenant_id FROM job j WHERE j.state = 'queued' AND j.tenant_id > line.tenant_id ORDER BY j.tenant_id LIMIT 1), line.step + 1
    FROM line
    WHERE line.tenant_id IS NOT NULL AND line.step < 64
)
SELECT tenant_id, (SELECT j.run_at FROM job j WHERE j.state = 'queued' AND j.tenant_id = line.tenant_id ORDER BY j.run_at LIMIT 1)
FROM line
WHERE tenant_id IS NOT NULL
ORDER BY tenant_id`

const headsPage = 64 // as in queueHeads

// The ends of the line of workspaces.
const (
	lowest  id.Workspace = math.MinInt64
	highest id.Workspace = math.MaxInt64
)

// heads goes over the workspaces with queued jobs in (after, until], in order, a page per query.
func (q *Queue) heads(ctx context.Context, after, until id.Workspace) iter.Seq2[head, error] {
	return func(yield func(head, error) bool) {
		for {
			var page []head
			err := q.db.ReadAll(ctx, func(ctx context.Context, r db.Reader) (err error) {
				page, err = db.All(ctx, r, func(row db.Row) (h head, err error) {
					// A job may be claimed while this reads; then the workspace has no head.
					return h, row.Scan(&h.tenant, db.Time(&h.runAt))
				}, queueHeads, after)
				return err
			})
			if err != nil {
				yield(head{}, errs.Wrapf(err, "look for queued jobs"))
				return
			}
			for _, h := range page {
				if h.tenant > until {
					return
				}
				if !h.runAt.IsZero() && !yield(h, nil) {
					return
				}
			}
			if len(page) < headsPage {
				return
			}
			after = page[len(page)-1].tenant
		}
	}
}

// round goes once over the workspaces with due jobs, beginning behind the one that was served last.
func (q *Queue) round(ctx context.Context, now time.Time) iter.Seq2[id.Workspace, error] {
	start := q.served()
	return func(yield func(id.Workspace, error) bool) {
		for _, part := range [][2]id.Workspace{{start, highest}, {lowest, start}} {
			for h, err := range q.heads(ctx, part[0], part[1]) {
				if err != nil {
					yield(0, err)
					return
				}
				if !h.runAt.After(now) && !yield(h.tenant, nil) {
					return
				}
			}
		}
	}
}

// claim takes up to free due jobs, in turn between the workspaces that have any.
func (q *Queue) claim(ctx context.Context, free int) ([]*Job, error) {
	if len(q.kinds()) == 0 {
		return nil, nil
	}
	now := q.clock.Now()
	var got []*Job
	var turn []share
	for t, err := range q.round(ctx, now) {
		if err != nil {
			return got, err
		}
		if room := q.room(t); room > 0 {
			turn = append(turn, share{t, room})
		}
		if len(turn) < free-len(got) {
			continue
		}
		taken, err := q.take(ctx, now, turn, free-len(got))
		got, turn = append(got, taken...), nil
		if err != nil || len(got) >= free {
			return got, err
		}
	}
	if len(turn) == 0 {
		return got, nil
	}
	taken, err := q.take(ctx, now, turn, free-len(got))
	return append(got, taken...), err
}

// share is how many jobs a workspace may take now.
type share struct {
	tenant id.Workspace
	n      int
}

// split divides the free workers evenly; what a workspace has no room for goes to those behind it.
func split(turn []share, free int) []share {
	out := make([]share, 0, len(turn))
	for i, s := range turn {
		left := len(turn) - i
		s.n = min(s.n, (free+left-1)/left)
		if s.n > 0 {
			out = append(out, s)
		}
		free -= s.n
	}
	return out
}

func (q *Queue) take(ctx context.Context, now time.Time, turn []share, free int) ([]*Job, error) {
	turn = split(turn, free)
	token := id.New(now)
	until := now.Add(q.o.Lease)
	var got []*Job
	err := q.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		got = nil
		for _, s := range turn {
			jobs, err := q.claimOf(ctx, tx, s, now, until, token)
			if err != nil {
				return err
			}
			got = append(got, jobs...)
		}
		return nil
	})
	if err != nil {
		return nil, errs.Wrapf(err, "claim jobs")
	}
	q.hold(got, turn[len(turn)-1].tenant)
	return got, nil
}

const claimHead = `
UPDATE job
SET state = 'running', attempts = attempts + 1, lease_until = $3, lease_token = $4, updated_at = $2
WHERE tenant_id = $1 AND id `

const claimPick = `
    SELECT id
    FROM job
    WHERE tenant_id = $1 AND state = 'queued' AND run_at <= $2`

const claimTail = `
RETURNING id, kind, run_at, attempts, max_attempts, payload, last_error, created_by, created_at`

// claimText is the claim for one workspace. Only kinds that this program knows are taken: during a
// roll-out the newer one has others. On PostgreSQL the array is filled once, before the update, and
// rows that another worker is just claiming are skipped.
func claimText(e db.Engine, w *db.Where) string {
	pick := claimPick + w.SQL() + `
    ORDER BY run_at, id
    LIMIT $5`
	if e == db.Postgres {
		return claimHead + `= ANY (ARRAY(` + pick + `
    FOR UPDATE SKIP LOCKED))` + claimTail
	}
	return claimHead + `IN (` + pick + `)` + claimTail
}

func (q *Queue) claimOf(ctx context.Context, tx db.Tx, s share, now, until time.Time, token id.ID) ([]*Job, error) {
	w := db.NewWhere(s.tenant, db.Micros(now), db.Micros(until), token, s.n)
	db.In(w, "kind", q.kinds())
	jobs, err := db.All(ctx, tx, func(row db.Row) (*Job, error) {
		j := &Job{Workspace: s.tenant, q: q, token: token, until: until}
		return j, row.Scan(&j.ID, &j.Kind, db.Time(&j.claimedAt), &j.Attempt, &j.MaxAttempts,
			db.Text(&j.payload), &j.lastError, &j.CreatedBy, db.Time(&j.CreatedAt))
	}, claimText(tx.Engine(), w), w.Args()...)
	slices.SortFunc(jobs, func(a, b *Job) int {
		if c := a.claimedAt.Compare(b.claimedAt); c != 0 {
			return c
		}
		return bytes.Compare(a.ID[:], b.ID[:])
	})
	return jobs, err
}

func (q *Queue) served() id.Workspace {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.cursor
}

// room is how many more jobs the workspace may hold in this process.
func (q *Queue) room(t id.Workspace) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.o.PerWorkspace - q.perTenant[t]
}

func (q *Queue) hold(jobs []*Job, served id.Workspace) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cursor = served
	for _, j := range jobs {
		q.held[j] = struct{}{}
		q.perTenant[j.Workspace]++
	}
}

func (q *Queue) drop(j *Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, ok := q.held[j]; !ok {
		return
	}
	delete(q.held, j)
	if q.perTenant[j.Workspace]--; q.perTenant[j.Workspace] == 0 {
		delete(q.perTenant, j.Workspace)
	}
}

// holding is the jobs that this process has claimed and not yet settled.
func (q *Queue) holding() []*Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]*Job, 0, len(q.held))
	for j := range q.held {
		out = append(out, j)
	}
	return out
}
