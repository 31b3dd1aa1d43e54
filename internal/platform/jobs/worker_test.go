package jobs_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

func TestTwoWorkersGiveEachJobOneEffect(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeEffects(t, d)
		const total = 300
		var left atomic.Int64
		left.Store(total)
		all := make(chan struct{})
		var ran [2]atomic.Int64
		var stops []func()
		for i := range 2 {
			q := newQueue(d, clock.System{}, func(o *jobs.Options) {
				o.OnChange = func(c jobs.Change) {
					if ran[i].Add(1); c.State == jobs.Done && left.Add(-1) == 0 {
						close(all)
					}
				}
			})
			jobs.Handle(q, affect(d))
			if i == 0 {
				write(t, d, func(ctx context.Context, tx db.Tx) error {
					for n := range total {
						if _, err := q.Enqueue(ctx, tx, id.Workspace(n%5), count{n}); err != nil {
							return err
						}
					}
					return nil
				})
			}
			stops = append(stops, run(t, q))
		}
		receive(t, all, "all jobs")
		for _, stop := range stops {
			stop()
		}
		if rows, different := effects(t, d); rows != total || different != total {
			t.Errorf("%d effects of %d jobs", rows, different)
		}
		if ran[0].Load()+ran[1].Load() != total {
			t.Errorf("ran %d and %d", ran[0].Load(), ran[1].Load())
		}
	})
}

func TestAFailureAfterTheEffectLeavesNoEffect(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeEffects(t, d)
		c := clock.NewFake(start)
		q := newQueue(d, c)
		jobs.Handle(q, func(ctx context.Context, j *jobs.Job, a count) error {
			return d.Write(ctx, j.Workspace, func(ctx context.Context, tx db.Tx) error {
				if _, err := tx.Exec(ctx, `INSERT INTO effect (tenant_id, job_id, n) VALUES ($1, $2, $3)`, j.Workspace, j.ID, a.N); err != nil {
					return err
				}
				if err := j.Finish(ctx, tx); err != nil {
					return err
				}
				switch j.Attempt {
				case 1:
					panic("after the effect")
				case 2:
					return errors.New("after the effect")
				}
				return nil
			})
		})
		key := enqueue(t, q, d, shop, count{})
		for range 4 {
			drain(t, q)
			c.Advance(time.Minute)
		}
		if rows, _ := effects(t, d); rows != 1 || get(t, q, key).Attempts != 3 {
			t.Errorf("%d effects, %+v", rows, get(t, q, key))
		}
	})
}

func TestAnErrorAfterTheEndIsCommittedRepeatsNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeEffects(t, d)
		c := clock.NewFake(start)
		q := newQueue(d, c)
		jobs.Handle(q, func(ctx context.Context, j *jobs.Job, a count) error {
			return errors.Join(affect(d)(ctx, j, a), errors.New("too late"))
		})
		key := enqueue(t, q, d, shop, count{})
		drain(t, q)
		c.Advance(time.Hour)
		drain(t, q)
		if rows, _ := effects(t, d); rows != 1 || get(t, q, key).State != jobs.Done {
			t.Errorf("%d effects, %+v", rows, get(t, q, key))
		}
	})
}

func TestASilentWorkersJobIsTakenOverAndItsLateEffectRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeEffects(t, d)
		c := clock.NewFake(start)
		silent, heir := newQueue(d, c), newQueue(d, c)
		began, goOn, answer := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		jobs.Handle(silent, func(ctx context.Context, j *jobs.Job, a count) error {
			close(began)
			<-goOn
			err := affect(d)(ctx, j, a)
			answer <- err
			return err
		})
		jobs.Handle(heir, affect(d))
		key := enqueue(t, silent, d, shop, count{})
		var g sync.WaitGroup
		g.Go(func() { drain(t, silent) })
		receive(t, began, "the first worker")
		c.Advance(29 * time.Second)
		if n := drain(t, heir); n != 0 {
			t.Errorf("took a job under lease")
		}
		c.Advance(2 * time.Second)
		if n := drain(t, heir); n != 1 {
			t.Errorf("took over %d jobs", n)
		}
		close(goOn)
		if err := receive(t, answer, "the late effect"); !errors.Is(err, jobs.ErrLeaseLost) {
			t.Errorf("the late effect answers %v", err)
		}
		g.Wait()
		got := get(t, heir, key)
		if rows, _ := effects(t, d); rows != 1 || got.State != jobs.Done || got.Attempts != 2 {
			t.Errorf("%d effects, %+v", rows, got)
		}
	})
}

func TestAJobThatKillsItsWorkersIsDeadInTheEnd(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		goOn := make(chan struct{})
		var g sync.WaitGroup
		var key id.ID
		for i := range 3 { // each worker falls silent in the middle
			q := newQueue(d, c)
			began := make(chan struct{})
			jobs.Handle(q, func(context.Context, *jobs.Job, count) error {
				close(began)
				<-goOn
				return nil
			})
			if i == 0 {
				key = enqueue(t, q, d, shop, count{}, jobs.MaxAttempts(3))
			}
			drain(t, newQueue(d, c)) // takes back without working
			c.Advance(time.Minute)
			g.Go(func() { _, _ = q.Drain(t.Context()) })
			receive(t, began, "the worker")
			c.Advance(time.Minute)
		}
		last := newQueue(d, c)
		if drain(t, last); get(t, last, key).State != jobs.Dead {
			t.Errorf("got %+v", get(t, last, key))
		}
		close(goOn)
		g.Wait()
		if got := get(t, last, key); got.State != jobs.Dead || got.Attempts != 3 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestHeartbeatsKeepALongHandlersLease(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		long, rival := newQueue(d, c), newQueue(d, c)
		jobs.Handle(rival, func(context.Context, *jobs.Job, count) error { return nil })
		jobs.Handle(long, func(ctx context.Context, j *jobs.Job, _ count) error {
			before := d.Trips()
			long.Beat(ctx)
			if d.Trips() != before {
				t.Error("a fresh lease was extended")
			}
			for range 10 {
				c.Advance(20 * time.Second)
				long.Beat(ctx)
				if n := drain(t, rival); n != 0 {
					t.Error("the job was taken away")
				}
			}
			// Once it is lost, the next heartbeat ends the handler.
			c.Advance(time.Minute)
			if n := drain(t, rival); n != 1 {
				t.Error("an expired job was not taken over")
			}
			long.Beat(ctx)
			if !errors.Is(context.Cause(ctx), jobs.ErrLeaseLost) {
				t.Errorf("the handler goes on: %v", context.Cause(ctx))
			}
			if err := j.Progress(context.WithoutCancel(ctx), 1, 2); !errors.Is(err, jobs.ErrLeaseLost) {
				t.Errorf("progress without a lease: %v", err)
			}
			return ctx.Err()
		})
		key := enqueue(t, long, d, shop, count{})
		drain(t, long)
		if got := get(t, long, key); got.State != jobs.Done || got.Attempts != 2 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestHeartbeatsBeatByThemselves(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		short := func(o *jobs.Options) { o.Lease = time.Second }
		long, rival := newQueue(d, clock.System{}, short), newQueue(d, clock.System{}, short)
		jobs.Handle(rival, func(context.Context, *jobs.Job, count) error { t.Error("taken away"); return nil })
		jobs.Handle(long, func(ctx context.Context, _ *jobs.Job, _ count) error {
			over := time.After(2500 * time.Millisecond)
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-over:
					return ctx.Err()
				case <-tick.C:
					drain(t, rival)
				}
			}
		})
		key := enqueue(t, long, d, shop, count{})
		drain(t, long)
		if got := get(t, long, key); got.State != jobs.Done || got.Attempts != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAHandlerThatTakesTooLongFails(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.NewFake(start))
		jobs.Handle(q, func(ctx context.Context, _ *jobs.Job, _ count) error {
			<-ctx.Done()
			return ctx.Err()
		}, jobs.Timeout(10*time.Millisecond))
		key := enqueue(t, q, d, shop, count{})
		drain(t, q)
		if got := get(t, q, key); got.State != jobs.Queued || got.Attempts != 1 || got.LastError == "" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAFloodOfOneWorkspaceLetsTheOthersThrough(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		q := newQueue(d, c)
		var order []id.Workspace
		jobs.Handle(q, func(_ context.Context, j *jobs.Job, _ count) error {
			order = append(order, j.Workspace)
			return nil
		})
		flood := make([]jobs.Args, 500)
		for i := range flood {
			flood[i] = count{i}
		}
		write(t, d, func(ctx context.Context, tx db.Tx) error {
			_, err := q.EnqueueMany(ctx, tx, shop, flood)
			return err
		})
		c.Advance(time.Second)
		for i := range 70 { // more than a page of workspaces, all later than the flood
			enqueue(t, q, d, shop+1+id.Workspace(i), count{})
		}
		enqueue(t, q, d, shop-1, count{})
		if n := drain(t, q); n != 571 {
			t.Fatalf("ran %d", n)
		}
		for w := shop - 1; w <= shop+70; w++ {
			if at := slices.Index(order, w); at > 100 {
				t.Errorf("workspace %d waited for %d others", w, at)
			}
		}
		if n := len(slices.DeleteFunc(slices.Clone(order[:80]), func(w id.Workspace) bool { return w != shop })); n > 20 {
			t.Errorf("the flood took %d of the first 80 turns", n)
		}
	})
}

func TestManyBusyWorkspacesTakeTurns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.NewFake(start))
		var order []id.Workspace
		jobs.Handle(q, func(_ context.Context, j *jobs.Job, _ count) error {
			order = append(order, j.Workspace)
			return nil
		})
		for w := range id.Workspace(20) {
			write(t, d, func(ctx context.Context, tx db.Tx) error {
				_, err := q.EnqueueMany(ctx, tx, w, []jobs.Args{count{1}, count{2}, count{3}, count{4}, count{5}})
				return err
			})
		}
		drain(t, q)
		turns := map[id.Workspace]int{}
		for _, w := range order[:40] {
			turns[w]++
		}
		for w := range id.Workspace(20) {
			if turns[w] != 2 {
				t.Errorf("workspace %d had %d of the first 40 turns, want 2", w, turns[w])
			}
		}
	})
}

func TestLongJobsOfOneWorkspaceDoNotTakeEveryWorker(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.System{}, func(o *jobs.Options) { o.Workers = 4 })
		goOn, passed := make(chan struct{}), make(chan struct{})
		began := make(chan struct{}, 10)
		jobs.Handle(q, func(context.Context, *jobs.Job, count) error { began <- struct{}{}; <-goOn; return nil })
		jobs.Handle(q, func(context.Context, *jobs.Job, other) error { close(passed); return nil })
		for i := range 10 {
			enqueue(t, q, d, shop, count{i})
		}
		stop := run(t, q)
		for range 3 {
			receive(t, began, "the long jobs")
		}
		enqueue(t, q, d, shop+1, other{})
		receive(t, passed, "the other workspace's job")
		if len(began) != 0 {
			t.Error("the last worker was taken too")
		}
		close(goOn)
		stop()
	})
}

func TestStoppingWaitsForHandlersThatAreNearlyDone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeEffects(t, d)
		q := newQueue(d, clock.System{}, func(o *jobs.Options) { o.Grace = time.Minute })
		began, stopping := make(chan struct{}, 1), make(chan struct{})
		jobs.Handle(q, func(ctx context.Context, j *jobs.Job, a count) error {
			began <- struct{}{}
			<-stopping
			return affect(d)(ctx, j, a)
		})
		key := enqueue(t, q, d, shop, count{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- q.Run(ctx) }()
		receive(t, began, "the handler")
		cancel()
		close(stopping)
		if err := receive(t, ended, "the end"); err != nil {
			t.Error(err)
		}
		if got := get(t, q, key); got.State != jobs.Done {
			t.Errorf("got %+v", got)
		}
	})
}

func TestStoppingGivesBackWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.System{}, func(o *jobs.Options) { o.Grace = time.Millisecond })
		began, deaf := make(chan struct{}, 2), make(chan struct{})
		t.Cleanup(func() { close(deaf) })
		jobs.Handle(q, func(ctx context.Context, _ *jobs.Job, a count) error {
			began <- struct{}{}
			if a.N == 1 {
				<-deaf
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		keys := []id.ID{enqueue(t, q, d, shop, count{0}), enqueue(t, q, d, shop, count{1})}
		stop := run(t, q)
		for range keys {
			receive(t, began, "the handlers")
		}
		stop()
		for _, key := range keys {
			if got := get(t, q, key); got.State != jobs.Queued || got.Attempts != 0 {
				t.Errorf("given back: %+v", got)
			}
		}
	})
}

func TestAnEnqueuedJobWakesAnIdleWorker(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.System{}, func(o *jobs.Options) { o.Poll = time.Hour })
		ran := make(chan struct{})
		jobs.Handle(q, func(context.Context, *jobs.Job, count) error { ran <- struct{}{}; return nil })
		run(t, q)
		for i := range 3 {
			enqueue(t, q, d, shop, count{i})
			receive(t, ran, "the job")
		}
	})
}

func TestAnIdleQueueWritesNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	c := clock.NewFake(start)
	q := newQueue(d, c)
	jobs.Handle(q, func(context.Context, *jobs.Job, count) error { return nil })
	enqueue(t, q, d, shop, count{}, jobs.At(start.Add(time.Hour)))
	drain(t, q)
	size := func() int64 {
		f, err := os.Stat(d.Path() + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return f.Size()
	}
	before := size() // every write makes the log longer until it is started anew
	for range 5 {
		drain(t, q)
		c.Advance(time.Second)
	}
	if after := size(); after != before || before == 0 {
		t.Errorf("the log grew from %d to %d", before, after)
	}
}
