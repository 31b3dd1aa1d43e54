package jobs_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

func TestAFailedJobReturnsLaterEachTimeAndIsDeadInTheEnd(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		q := newQueue(d, c)
		fail := true
		jobs.Handle(q, func(context.Context, *jobs.Job, count) error {
			if fail {
				return errors.New("no\x00 luck")
			}
			return nil
		}, jobs.Attempts(4))
		key := enqueue(t, q, d, shop, count{1})
		for attempt, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			drain(t, q)
			got := get(t, q, key)
			if got.State != jobs.Queued || got.Attempts != attempt+1 || !got.RunAt.Equal(c.Now().Add(wait)) || !strings.Contains(got.LastError, "luck") {
				t.Fatalf("attempt %d: %+v", attempt+1, got)
			}
			c.Advance(wait)
		}
		drain(t, q)
		if got := get(t, q, key); got.State != jobs.Dead || got.Attempts != 4 {
			t.Fatalf("got %+v", got)
		}
		c.Advance(24 * time.Hour)
		if n := drain(t, q); n != 0 {
			t.Errorf("a dead job ran %d times", n)
		}
		list, err := q.List(t.Context(), shop, asked(t, "state=dead"))
		if err != nil || len(list.Data) != 1 || list.Data[0].ID != key {
			t.Errorf("dead letters: %v %v", list, err)
		}
		fail = false
		write(t, d, func(ctx context.Context, tx db.Tx) error { _, err := q.Retry(ctx, tx, shop, key); return err })
		drain(t, q)
		if got := get(t, q, key); got.State != jobs.Done || got.Attempts != 1 || got.LastError != "" {
			t.Errorf("got %+v", got)
		}
		err = d.Write(t.Context(), shop, func(ctx context.Context, tx db.Tx) error { _, err := q.Retry(ctx, tx, shop, key); return err })
		if !errs.Has(err, errs.Conflict) {
			t.Errorf("retry of a finished job: %v", err)
		}
		err = d.Write(t.Context(), shop+1, func(ctx context.Context, tx db.Tx) error { _, err := q.Retry(ctx, tx, shop+1, key); return err })
		if !errs.Has(err, errs.NotFound) {
			t.Errorf("retry from another workspace: %v", err)
		}
	})
}

func TestBackoffStaysBetweenASecondAndAnHour(t *testing.T) {
	t.Parallel()
	for _, r := range []float64{0, 0.5, 0.999} {
		q := newQueue(nil, clock.NewFake(start), func(o *jobs.Options) { o.Rand = func() float64 { return r } })
		last := time.Duration(0)
		for n := range 40 {
			wait := q.Backoff(n)
			if wait < time.Second || wait > time.Hour || wait < last {
				t.Errorf("after %d failures %s", n, wait)
			}
			last = wait
		}
	}
}

func TestErrorsSayWhatBecomesOfTheJob(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		q := newQueue(d, c)
		var answer func() error
		jobs.Handle(q, func(context.Context, *jobs.Job, count) error { return answer() })
		for name, test := range map[string]struct {
			answer   func() error
			state    jobs.State
			attempts int
			wait     time.Duration
		}{
			"permanent": {func() error { return errs.Wrapf(jobs.Permanent(errors.New("gone")), "wrapped") }, jobs.Dead, 1, 0},
			"later":     {func() error { return jobs.Later(time.Hour, errors.New("slow down")) }, jobs.Queued, 0, time.Hour},
			"panic":     {func() error { panic("defect") }, jobs.Queued, 1, time.Second},
		} {
			answer = test.answer
			key := enqueue(t, q, d, shop, count{})
			drain(t, q)
			got := get(t, q, key)
			if got.State != test.state || got.Attempts != test.attempts || !got.RunAt.Equal(start.Add(test.wait)) || got.LastError == "" {
				t.Errorf("%s: %+v", name, got)
			}
		}
	})
}

func TestAJobThatDoesNotFitItsHandlerIsDead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.NewFake(start))
		jobs.Handle(q, func(context.Context, *jobs.Job, count) error { return nil })
		key := enqueue(t, q, d, shop, renamed{"text"})
		drain(t, q)
		if got := get(t, q, key); got.State != jobs.Dead || !strings.Contains(got.LastError, "payload") {
			t.Errorf("got %+v", got)
		}
	})
}

type renamed struct{ N string }

func (renamed) JobKind() string { return "test.count" }

func TestAJobOfAnUnknownKindIsLeftForAnotherProgram(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		old, newer := newQueue(d, c), newQueue(d, c)
		jobs.Handle(old, func(context.Context, *jobs.Job, count) error { return nil })
		jobs.Handle(newer, func(context.Context, *jobs.Job, other) error { return nil })
		key := enqueue(t, old, d, shop, other{})
		enqueue(t, old, d, shop, count{})
		if n := drain(t, old); n != 1 {
			t.Errorf("the old program ran %d", n)
		}
		if got := get(t, old, key); got.State != jobs.Queued || got.Attempts != 0 {
			t.Errorf("got %+v", got)
		}
		if n := drain(t, newer); n != 1 {
			t.Errorf("the newer program ran %d", n)
		}
	})
}

func TestProgressAndResultAreReadable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		var told []jobs.Change
		q := newQueue(d, c, func(o *jobs.Options) { o.OnChange = func(c jobs.Change) { told = append(told, c) } })
		jobs.Handle(q, func(ctx context.Context, j *jobs.Job, _ count) error {
			for i := range 10 {
				if err := j.Progress(ctx, int64(i), 10); err != nil {
					return err
				}
				want := int64(i / 5 * 5) // stored every 500 ms
				if got := get(t, q, j.ID); got.Done != want || got.Total != 10 || got.State != jobs.Running {
					t.Errorf("at %d: %+v", i, got)
				}
				c.Advance(100 * time.Millisecond)
			}
			if err := j.Progress(ctx, 10, 10); err != nil {
				return err
			}
			j.Result(map[string]any{"file": "a.csv"})
			return d.Write(ctx, shop, j.Finish)
		})
		key := enqueue(t, q, d, shop, count{})
		drain(t, q)
		got := get(t, q, key)
		if got.State != jobs.Done || got.Done != 10 || !strings.Contains(string(got.Result), `"a.csv"`) {
			t.Errorf("got %+v", got)
		}
		if len(told) != 4 || told[0].State != jobs.Running || told[3].State != jobs.Done || told[3].Done != 10 {
			t.Errorf("told %+v", told)
		}
	})
}

func TestAResultThatIsNoJSONFailsTheAttempt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.NewFake(start))
		jobs.Handle(q, func(_ context.Context, j *jobs.Job, _ count) error {
			j.Result(func() {})
			return nil
		})
		key := enqueue(t, q, d, shop, count{})
		drain(t, q)
		if got := get(t, q, key); got.State != jobs.Queued || !strings.Contains(got.LastError, "store the outcome") {
			t.Errorf("got %+v", got)
		}
	})
}

func TestACancelledJobHasNoEffect(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeEffects(t, d)
		q := newQueue(d, clock.NewFake(start))
		jobs.Handle(q, func(ctx context.Context, j *jobs.Job, a count) error {
			if a.N == 1 {
				write(t, d, func(ctx context.Context, tx db.Tx) error { _, err := q.Cancel(ctx, tx, shop, j.ID); return err })
				if !errors.Is(context.Cause(ctx), jobs.ErrLeaseLost) {
					t.Errorf("the context goes on: %v", context.Cause(ctx))
				}
			}
			return affect(d)(context.WithoutCancel(ctx), j, a)
		})
		queued := enqueue(t, q, d, shop, count{0})
		running := enqueue(t, q, d, shop, count{1})
		cancel := func(w id.Workspace) error {
			return d.Write(t.Context(), w, func(ctx context.Context, tx db.Tx) error { _, err := q.Cancel(ctx, tx, w, queued); return err })
		}
		if err := cancel(shop + 1); !errs.Has(err, errs.NotFound) {
			t.Errorf("from another workspace: %v", err)
		}
		if err := cancel(shop); err != nil {
			t.Fatal(err)
		}
		if err := cancel(shop); !errs.Has(err, errs.Conflict) {
			t.Errorf("twice: %v", err)
		}
		drain(t, q)
		for _, key := range []id.ID{queued, running} {
			if got := get(t, q, key); got.State != jobs.Cancelled || got.FinishedAt.IsZero() {
				t.Errorf("got %+v", got)
			}
		}
		if rows, _ := effects(t, d); rows != 0 {
			t.Errorf("%d effects", rows)
		}
	})
}

func TestListsArePagedAndFilteredWithinTheWorkspace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		q := newQueue(d, c)
		var want []id.ID
		for i := range 5 {
			c.Advance(time.Millisecond)
			want = append([]id.ID{enqueue(t, q, d, shop, count{i})}, want...)
			enqueue(t, q, d, shop, other{})
			enqueue(t, q, d, shop+1, count{i})
		}
		var got []id.ID
		for cursor, again := "", true; again; again = cursor != "" {
			list, err := q.List(t.Context(), shop, asked(t, "state=queued&state=running&kind=test.count&limit=2&total=true&cursor="+cursor))
			if err != nil {
				t.Fatal(err)
			}
			if *list.Total != 5 {
				t.Errorf("total %d", *list.Total)
			}
			for _, i := range list.Data {
				got = append(got, i.ID)
			}
			cursor = list.Next
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for _, state := range []string{"queued", "running", "done", "dead", "cancelled"} {
			list, err := q.List(t.Context(), shop, asked(t, "state="+state))
			if wanted := map[string]int{"queued": 10}[state]; err != nil || len(list.Data) != wanted {
				t.Errorf("%s: %d jobs, want %d: %v", state, len(list.Data), wanted, err)
			}
		}
		for filter, wanted := range map[string]int{"createdById=none": 10, "createdAt[gte]=2027-01-01": 0, "sort=createdAt": 10} {
			if list, err := q.List(t.Context(), shop, asked(t, filter)); err != nil || len(list.Data) != wanted {
				t.Errorf("%s: %d jobs, want %d: %v", filter, len(list.Data), wanted, err)
			}
		}
		if _, err := jobs.Spec().Parse(url.Values{"state": {"odd"}}, nil); !errs.Has(err, errs.Malformed) {
			t.Errorf("got %v", err)
		}
		if _, err := q.Get(t.Context(), shop+1, want[0]); !errs.Has(err, errs.NotFound) {
			t.Errorf("another workspace's job: %v", err)
		}
	})
}

func TestADeadJobIsNotRetriedBesideItsSuccessor(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(d, clock.NewFake(start))
		jobs.Handle(q, func(context.Context, *jobs.Job, count) error { return jobs.Permanent(errors.New("no")) })
		retry := func(key id.ID) error {
			return d.Write(t.Context(), shop, func(ctx context.Context, tx db.Tx) error { _, err := q.Retry(ctx, tx, shop, key); return err })
		}
		first := enqueue(t, q, d, shop, count{}, jobs.Dedupe("k"))
		drain(t, q)
		second := enqueue(t, q, d, shop, count{}, jobs.Dedupe("k"))
		var e *errs.Error
		if err := retry(first); !errors.As(err, &e) || e.Code != "job_duplicate" {
			t.Errorf("got %v", err)
		}
		if drain(t, q); get(t, q, second).State != jobs.Dead {
			t.Errorf("got %+v", get(t, q, second))
		}
		if err := retry(first); err != nil {
			t.Errorf("got %v", err)
		}
	})
}

func TestStatsCountTheWholeQueue(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		q := newQueue(d, c)
		jobs.Handle(q, func(ctx context.Context, j *jobs.Job, _ count) error {
			s, err := q.Stats(ctx)
			if err != nil || s.Running != 1 || s.Queued != 81 {
				t.Errorf("while running: %+v %v", s, err)
			}
			return jobs.Permanent(errors.New("no"))
		})
		enqueue(t, q, d, shop, count{})
		for i := range 80 { // more workspaces than a page
			enqueue(t, q, d, shop+1+id.Workspace(i), other{})
			c.Advance(time.Second)
		}
		enqueue(t, q, d, shop, other{}, jobs.At(start.Add(time.Hour)))
		drain(t, q)
		got, err := q.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(jobs.Stats{Queued: 81, Dead: 1, OldestDue: start}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestJobsThatWereOverLongAgoAreRemoved(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		q := newQueue(d, c)
		jobs.Handle(q, func(_ context.Context, _ *jobs.Job, a count) error {
			if a.N == 0 {
				return jobs.Permanent(errors.New("no"))
			}
			return nil
		})
		dead := enqueue(t, q, d, shop, count{0})
		done := enqueue(t, q, d, shop, count{1})
		drain(t, q)
		for _, step := range []struct {
			after      time.Duration
			done, dead bool
		}{{7*24*time.Hour - time.Hour, true, true}, {2 * time.Hour, false, true}, {84 * 24 * time.Hour, false, false}} {
			c.Advance(step.after)
			drain(t, q)
			for key, want := range map[id.ID]bool{done: step.done, dead: step.dead} {
				if _, err := q.Get(t.Context(), shop, key); (err == nil) != want {
					t.Errorf("after %s: kept %v (%v), want %v", step.after, err == nil, err, want)
				}
			}
		}
	})
}
