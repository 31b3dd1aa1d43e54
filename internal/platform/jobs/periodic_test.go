package jobs_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

func TestAPeriodicTaskRunsOncePerTurnInTheWholeInstallation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start.Add(time.Minute))
		var runs, inTx, jobRuns atomic.Int64
		var queues []*jobs.Queue
		for range 3 {
			q := newQueue(d, c)
			jobs.Handle(q, func(context.Context, *jobs.Job, count) error { jobRuns.Add(1); return nil })
			q.Every("sweep", jobs.Interval(time.Hour), func(context.Context) error { runs.Add(1); return nil })
			q.EveryTx("plan", jobs.Interval(time.Hour), func(ctx context.Context, tx db.Tx) error {
				inTx.Add(1)
				_, err := q.Enqueue(ctx, tx, shop, count{})
				return err
			})
			queues = append(queues, q)
			drain(t, q)
		}
		for turn := range int64(4) {
			var g sync.WaitGroup
			for _, q := range queues {
				g.Go(func() {
					if _, err := q.Drain(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			g.Wait()
			if runs.Load() != turn || inTx.Load() != turn || jobRuns.Load() != turn {
				t.Errorf("turn %d: %d, %d, %d runs", turn, runs.Load(), inTx.Load(), jobRuns.Load())
			}
			c.Advance(time.Hour)
		}
		// Missed turns are made up for by one.
		before := runs.Load()
		c.Advance(50 * time.Hour)
		for range 3 {
			drain(t, queues[0])
		}
		if runs.Load() != before+1 {
			t.Errorf("%d runs after a long pause", runs.Load()-before)
		}
	})
}

func TestAFailedPeriodicTaskIsRepeatedInAMinute(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		q := newQueue(d, c)
		runs, inTx := 0, 0
		q.Every("sweep", jobs.DailyAt(3, 30), func(context.Context) error {
			if runs++; runs == 1 {
				panic("defect")
			}
			return nil
		})
		q.EveryTx("plan", jobs.DailyAt(3, 30), func(context.Context, db.Tx) error {
			if inTx++; inTx == 1 {
				return errors.New("no luck")
			}
			return nil
		})
		drain(t, q)
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{15*time.Hour + 29*time.Minute, 0}, {time.Minute, 1}, {59 * time.Second, 1}, {time.Second, 2}, {23 * time.Hour, 2}, {time.Hour, 3}} {
			c.Advance(step.wait)
			drain(t, q)
			if runs != step.want || inTx != step.want {
				t.Errorf("%s: %d and %d runs, want %d", c.Now(), runs, inTx, step.want)
			}
		}
	})
}

func TestAShorterScheduleCountsAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		old := newQueue(d, c)
		old.Every("sweep", jobs.Interval(1000*time.Hour), func(context.Context) error { return nil })
		drain(t, old)
		q := newQueue(d, c)
		runs := 0
		q.Every("sweep", jobs.Interval(time.Hour), func(context.Context) error { runs++; return nil })
		drain(t, q)
		c.Advance(time.Hour)
		if drain(t, q); runs != 1 {
			t.Errorf("%d runs", runs)
		}
	})
}
