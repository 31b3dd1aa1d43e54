package jobs

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// step is how far the clock may be behind before it counts as set back.
const step = 10 * time.Second

// wentBack reports that the clock stands earlier than it should, or that it was not looked at before.
func (q *Queue) wentBack() bool {
	wall, steady := q.clock.Now(), time.Now() //nolint:forbidigo // the machine's steady clock, which nobody sets
	q.mu.Lock()
	defer q.mu.Unlock()
	first := q.steadyAt.IsZero()
	behind := steady.Sub(q.steadyAt) - wall.Sub(q.wallAt)
	q.steadyAt, q.wallAt = steady, wall
	return first || behind > step
}

// A job that was to run at once has the instant of its making; one that waits for another attempt waits for an
// hour at most.
const hastenJobs = `
UPDATE job
SET run_at = CAST($1 AS BIGINT), updated_at = CAST($1 AS BIGINT)
WHERE state = 'queued' AND run_at > $2 AND (run_at < created_at + 1000000 OR attempts > 0 AND run_at > $3)`

// hasten lets jobs run now that are due by a clock which has gone back since.
func (q *Queue) hasten(ctx context.Context) error {
	now := q.clock.Now()
	var n int64
	err := q.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		n, err = tx.Exec(ctx, hastenJobs, db.Micros(now), db.Micros(now.Add(step)), db.Micros(now.Add(lastWait*3/2)))
		return err
	})
	if err == nil && n > 0 {
		q.log.WarnContext(ctx, "the clock has gone back; jobs that were due by it run now", "jobs", n)
	}
	return errs.Wrapf(err, "bring jobs forward")
}
