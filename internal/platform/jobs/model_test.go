package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

// modelJob is where a job has to stand.
type modelJob struct {
	id       id.ID
	n        int
	state    jobs.State
	due      time.Time
	attempts int
	ran      int
	key      string
	outcomes []string // of the attempts to come; after the last one it succeeds
}

// attempt is one outcome, for a job that is due now.
func (m *modelJob) attempt(now time.Time, most int) {
	m.attempts++
	m.ran++
	outcome := m.pop()
	switch {
	case outcome == "later":
		m.attempts--
		m.due = now.Add(30 * time.Second)
	case outcome == "ok":
		m.state = jobs.Done
	case outcome == "permanent" || m.attempts >= most:
		m.state = jobs.Dead
	default:
		m.due = now.Add(time.Second << (m.attempts - 1))
	}
}

func (m *modelJob) pop() string {
	if len(m.outcomes) == 0 {
		return "ok"
	}
	o := m.outcomes[0]
	m.outcomes = m.outcomes[1:]
	return o
}

// TestJobStatesMatchAModel queues, works, cancels and retries jobs at random, with handlers that succeed, fail,
// panic, ask for later and give up, and compares every job with a plain state machine.
func TestJobStatesMatchAModel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const most = 3
		c := clock.NewFake(start)
		q := newQueue(d, c, func(o *jobs.Options) { o.MaxAttempts = most })
		ran := map[int]int{}
		script := map[int]*modelJob{} // the handler's own copy
		jobs.Handle(q, func(_ context.Context, _ *jobs.Job, a count) error {
			ran[a.N]++
			switch script[a.N].pop() {
			case "ok":
				return nil
			case "later":
				return jobs.Later(30*time.Second, errors.New("not now"))
			case "permanent":
				return jobs.Permanent(errors.New("never"))
			case "panic":
				panic("oh")
			}
			return errors.New("not this time")
		})
		var all []*modelJob
		rapid.Check(t, func(rt *rapid.T) {
			change := func(fn func(ctx context.Context, tx db.Tx) error) error { return d.Write(t.Context(), shop, fn) }
			for range rapid.IntRange(1, 5).Draw(rt, "steps") {
				step := rapid.SampledFrom([]string{"enqueue", "enqueue", "work", "wait", "cancel", "retry"}).Draw(rt, "step")
				switch {
				case step == "enqueue" || len(all) == 0:
					m := &modelJob{
						n: len(all), state: jobs.Queued, due: c.Now().Add(time.Duration(rapid.IntRange(0, 3).Draw(rt, "delay")) * time.Second),
						key:      rapid.SampledFrom([]string{"", "", "a", "b"}).Draw(rt, "key"),
						outcomes: rapid.SliceOfN(rapid.SampledFrom([]string{"ok", "fail", "fail", "panic", "later", "permanent"}), 0, 4).Draw(rt, "outcomes"),
					}
					script[m.n] = &modelJob{outcomes: m.outcomes}
					opts := []jobs.Option{jobs.At(m.due)}
					if m.key != "" {
						opts = append(opts, jobs.Dedupe(m.key))
					}
					if err := change(func(ctx context.Context, tx db.Tx) (err error) {
						m.id, err = q.Enqueue(ctx, tx, shop, count{m.n}, opts...)
						return err
					}); err != nil {
						rt.Fatal(err)
					}
					for _, o := range all {
						if m.key != "" && o.key == m.key && o.state == jobs.Queued {
							if m.id != o.id {
								rt.Fatalf("the key %q stands for two jobs", m.key)
							}
							m = nil
							break
						}
					}
					if m != nil {
						all = append(all, m)
					}
				case step == "work":
					if _, err := q.Drain(t.Context()); err != nil {
						rt.Fatal(err)
					}
					for _, m := range all {
						for m.state == jobs.Queued && !m.due.After(c.Now()) {
							m.attempt(c.Now(), most)
						}
					}
				case step == "wait":
					c.Advance(time.Duration(rapid.IntRange(1, 40).Draw(rt, "seconds")) * time.Second)
				case step == "cancel":
					m := rapid.SampledFrom(all).Draw(rt, "job")
					err := change(func(ctx context.Context, tx db.Tx) error { _, err := q.Cancel(ctx, tx, shop, m.id); return err })
					if m.state == jobs.Queued && err == nil {
						m.state = jobs.Cancelled
					} else if m.state == jobs.Queued || !errs.Has(err, errs.Conflict) {
						rt.Fatalf("cancelling a job that is %s: %v", m.state, err)
					}
				case step == "retry":
					m := rapid.SampledFrom(all).Draw(rt, "job")
					live := false
					for _, o := range all {
						live = live || m.key != "" && o.key == m.key && o.state == jobs.Queued
					}
					err := change(func(ctx context.Context, tx db.Tx) error { _, err := q.Retry(ctx, tx, shop, m.id); return err })
					if m.state == jobs.Dead && !live && err == nil {
						m.state, m.attempts, m.due = jobs.Queued, 0, c.Now()
					} else if m.state == jobs.Dead && !live || !errs.Has(err, errs.Conflict) {
						rt.Fatalf("retrying a job that is %s: %v", m.state, err)
					}
				}
			}
			for _, m := range all[max(0, len(all)-30):] {
				i, err := q.Get(t.Context(), shop, m.id)
				if err != nil || i.State != m.state || i.Attempts != m.attempts || ran[m.n] != m.ran || m.state == jobs.Queued && !i.RunAt.Equal(m.due) {
					rt.Fatalf("job %d is %s at %s, %d attempts, ran %d times (%v); the model says %+v", m.n, i.State, i.RunAt, i.Attempts, ran[m.n], err, m)
				}
			}
		})
	})
}
