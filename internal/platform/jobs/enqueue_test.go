package jobs_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

func TestAJobExistsOnlyWhenItsTransactionCommits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.NewFake(start))
		var ran []int
		jobs.Handle(q, func(_ context.Context, _ *jobs.Job, a count) error { ran = append(ran, a.N); return nil })
		boom := errors.New("boom")
		var lost id.ID
		err := d.Write(t.Context(), shop, func(ctx context.Context, tx db.Tx) (err error) {
			if lost, err = q.Enqueue(ctx, tx, shop, count{1}); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		kept := enqueue(t, q, d, shop, count{2})
		if drain(t, q); !slices.Equal(ran, []int{2}) {
			t.Errorf("ran %v", ran)
		}
		if _, err := q.Get(t.Context(), shop, lost); !errs.Has(err, errs.NotFound) {
			t.Errorf("rolled back job: %v", err)
		}
		if got := get(t, q, kept); got.State != jobs.Done || got.Attempts != 1 || got.FinishedAt.IsZero() {
			t.Errorf("got %+v", got)
		}
	})
}

func TestManyJobsRunWithTheirOwnArguments(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.NewFake(start))
		var ran []int
		jobs.Handle(q, func(_ context.Context, _ *jobs.Job, a count) error { ran = append(ran, a.N); return nil })
		var all []jobs.Args
		var want []int
		for i := range 123 {
			all, want = append(all, count{i}), append(want, i)
		}
		who := id.New(start)
		var keys []id.ID
		write(t, d, func(ctx context.Context, tx db.Tx) (err error) {
			keys, err = q.EnqueueMany(ctx, tx, shop, all, jobs.CreatedBy(who))
			return err
		})
		drain(t, q)
		if slices.Sort(ran); !slices.Equal(ran, want) { // equal times leave the order open
			t.Errorf("ran %v", ran)
		}
		if len(keys) != 123 || get(t, q, keys[77]).CreatedBy != who {
			t.Errorf("%d ids", len(keys))
		}
		err := d.Write(t.Context(), shop, func(ctx context.Context, tx db.Tx) error {
			_, err := q.EnqueueMany(ctx, tx, shop, all, jobs.Dedupe("x"))
			return err
		})
		if err == nil {
			t.Error("a shared key was taken")
		}
	})
}

func TestALiveJobWithTheSameKeyStandsForTheNewOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.NewFake(start))
		runs := 0
		jobs.Handle(q, func(context.Context, *jobs.Job, count) error { runs++; return nil })
		jobs.Handle(q, func(context.Context, *jobs.Job, other) error { return nil })
		first := enqueue(t, q, d, shop, count{1}, jobs.Dedupe("k"))
		if again := enqueue(t, q, d, shop, count{2}, jobs.Dedupe("k")); again != first {
			t.Errorf("a second job %v beside %v", again, first)
		}
		if third := enqueue(t, q, d, shop, other{}, jobs.Dedupe("k")); third == first {
			t.Error("another kind shares the key")
		}
		if third := enqueue(t, q, d, shop+1, count{1}, jobs.Dedupe("k")); third == first {
			t.Error("another workspace shares the key")
		}
		drain(t, q)
		if again := enqueue(t, q, d, shop, count{3}, jobs.Dedupe("k")); again == first {
			t.Error("a finished job still holds its key")
		}
		if drain(t, q); runs != 3 {
			t.Errorf("%d runs, want 3", runs)
		}
	})
}

func TestACoalescedJobRunsAgainWhenItWasAlreadyRunning(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.NewFake(start))
		runs := 0
		jobs.Handle(q, func(ctx context.Context, j *jobs.Job, _ count) error {
			runs++
			if runs == 1 {
				for range 3 {
					if key := enqueue(t, q, d, shop, count{}, jobs.Coalesce("k")); key != j.ID {
						t.Errorf("a second job %v", key)
					}
				}
				if key := enqueue(t, q, d, shop, count{}, jobs.Dedupe("k")); key != j.ID {
					t.Errorf("a second job %v", key)
				}
			}
			return d.Write(ctx, shop, j.Finish)
		})
		key := enqueue(t, q, d, shop, count{}, jobs.Coalesce("k"))
		enqueue(t, q, d, shop, count{}, jobs.Coalesce("k"))
		if drain(t, q); runs != 2 {
			t.Errorf("%d runs, want 2", runs)
		}
		if got := get(t, q, key); got.State != jobs.Done {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAScheduledJobWaitsForItsTime(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		q := newQueue(d, c)
		jobs.Handle(q, func(context.Context, *jobs.Job, count) error { return nil })
		enqueue(t, q, d, shop, count{1}, jobs.At(start.Add(time.Hour)))
		c.Advance(time.Hour - time.Second)
		if n := drain(t, q); n != 0 {
			t.Errorf("%d ran early", n)
		}
		c.Advance(time.Second)
		if n := drain(t, q); n != 1 {
			t.Errorf("%d ran on time", n)
		}
	})
}

func TestOversizeArgumentsAreRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.NewFake(start))
		err := d.Write(t.Context(), shop, func(ctx context.Context, tx db.Tx) error {
			_, err := q.Enqueue(ctx, tx, shop, other{strings.Repeat("x", 256<<10)})
			return err
		})
		if !errs.Has(err, errs.TooLarge) {
			t.Errorf("got %v", err)
		}
	})
}

type nameless struct{}

func (nameless) JobKind() string { return "" }

type pointed struct{}

func (*pointed) JobKind() string { return "test.pointed" }

func TestAWrongSetUpIsReported(t *testing.T) {
	t.Parallel()
	q := newQueue(nil, clock.NewFake(start))
	nothing := func(context.Context, *jobs.Job, count) error { return nil }
	jobs.Handle(q, nothing)
	if err := q.Validate(); err != nil {
		t.Fatal(err)
	}
	jobs.Handle(q, nothing)
	jobs.Handle(q, func(context.Context, *jobs.Job, nameless) error { return nil })
	jobs.Handle(q, func(context.Context, *jobs.Job, *pointed) error { return nil })
	q.Every("jobs.purge", jobs.Interval(time.Hour), nil)
	err := q.Validate()
	for _, want := range []string{"two handlers", "no kind", "plain struct", "registered twice"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
	if err := q.Run(t.Context()); err == nil {
		t.Error("it ran")
	}
}
