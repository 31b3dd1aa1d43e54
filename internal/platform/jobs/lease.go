package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// startBeats keeps the leases of long handlers alive until the returned function is called.
func (q *Queue) startBeats(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var g sync.WaitGroup
	g.Go(func() {
		t := time.NewTicker(q.o.Lease / 3)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				q.beat(ctx)
			}
		}
	})
	return func() { cancel(); g.Wait() }
}

const extendLease = `
UPDATE job
SET lease_until = $4
WHERE tenant_id = $1 AND id = $2 AND lease_token = $3 AND state = 'running'`

// beat extends the leases that are older than a third, so short jobs cost nothing. A handler whose
// lease is gone has its context ended.
func (q *Queue) beat(ctx context.Context) {
	now := q.clock.Now()
	until := now.Add(q.o.Lease)
	var old []*Job
	for _, j := range q.holding() {
		left := j.leaseEnd().Sub(now)
		if (left < q.o.Lease*2/3+q.o.Lease/50 || left > q.o.Lease) && !j.finished.Load() {
			old = append(old, j)
		}
	}
	if len(old) == 0 {
		return
	}
	var lost map[*Job]bool
	err := q.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		lost = map[*Job]bool{}
		for _, j := range old {
			n, err := tx.Exec(ctx, extendLease, j.Workspace, j.ID, j.token, db.Micros(until))
			if err != nil {
				return err
			}
			lost[j] = n == 0
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		q.log.WarnContext(ctx, "leases cannot be extended", "jobs", len(old), "err", err)
	}
	for _, j := range old {
		switch {
		case err != nil:
			// Without the database nobody knows who holds the job; after the lease it is not us.
			if !q.clock.Now().Before(j.leaseEnd()) {
				j.stop(ErrLeaseLost)
			}
		case lost[j]:
			// A finished job has no lease either, and what Finish answers counts.
			if !j.finishing.Load() {
				j.stop(ErrLeaseLost)
			}
		default:
			j.extended(until)
		}
	}
}

// expired is a job whose worker fell silent.
type expired struct {
	tenant            id.Workspace
	id, token         id.ID
	kind              string
	attempts, maximum int
	done, total       int64
	by                id.ID
}

const expiredJobs = `
SELECT tenant_id, id, lease_token, kind, attempts, max_attempts, progress_done, progress_total, created_by
FROM job
WHERE state = 'running' AND (lease_until < $1 OR lease_until > $2)
ORDER BY lease_until
LIMIT 100`

const reclaimJob = `
UPDATE job
SET state = $4, run_at = $5, finished_at = $6, last_error = $7, updated_at = $8, lease_until = NULL, lease_token = NULL
WHERE tenant_id = $1 AND id = $2 AND lease_token = $3 AND state = 'running' AND (lease_until < $8 OR lease_until > $9)`

var errSilent = errors.New("the worker fell silent: the process was killed or lost the database")

// skew is how far apart the clocks of two processes may be. A lease that ends later than any given now was given
// before the clock went back, and nobody extends it.
const skew = 5 * time.Minute

// reclaim queues jobs whose lease has run out; the attempt counts, so that a job that kills its
// worker is dead in the end. Without expired leases it only reads.
func (q *Queue) reclaim(ctx context.Context) error {
	for {
		now := q.clock.Now()
		var gone []expired
		err := q.db.ReadAll(ctx, func(ctx context.Context, r db.Reader) (err error) {
			gone, err = db.All(ctx, r, func(row db.Row) (e expired, err error) {
				return e, row.Scan(&e.tenant, &e.id, &e.token, &e.kind, &e.attempts, &e.maximum, &e.done, &e.total, &e.by)
			}, expiredJobs, db.Micros(now), db.Micros(now.Add(q.o.Lease+skew)))
			return err
		})
		if err != nil || len(gone) == 0 {
			return errs.Wrapf(err, "look for expired leases")
		}
		var taken []Change
		err = q.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
			taken = nil
			for _, e := range gone {
				state, at, finished := Queued, now, any(nil)
				if e.attempts >= e.maximum {
					state, finished = Dead, db.Micros(now)
				} else if e.attempts > 1 { // one lost worker is no fault of the job
					at = now.Add(q.backoff(e.attempts - 1))
				}
				n, err := tx.Exec(ctx, reclaimJob, e.tenant, e.id, e.token, state, db.Micros(at), finished, errorText(errSilent), db.Micros(now), db.Micros(now.Add(q.o.Lease+skew)))
				if err != nil {
					return err
				}
				if n == 1 {
					taken = append(taken, Change{
						Workspace: e.tenant, ID: e.id, Kind: e.kind, State: state, Attempt: e.attempts,
						Done: e.done, Total: e.total, CreatedBy: e.by, Err: errSilent,
					})
				}
			}
			return nil
		})
		if err != nil {
			return errs.Wrapf(err, "take back expired jobs")
		}
		for _, c := range taken {
			q.o.OnChange(c)
		}
		q.log.WarnContext(ctx, "jobs of silent workers were taken back", "jobs", len(taken))
		if len(gone) < 100 || len(taken) == 0 {
			return nil
		}
	}
}
