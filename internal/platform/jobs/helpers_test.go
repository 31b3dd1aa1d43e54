package jobs_test

import (
	"context"
	"log/slog"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

const shop id.Workspace = 7

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// count is a job whose effect is a row.
type count struct{ N int }

func (count) JobKind() string { return "test.count" }

// other is a second kind.
type other struct{ Text string }

func (other) JobKind() string { return "test.other" }

func newQueue(d *db.DB, c clock.Clock, change ...func(*jobs.Options)) *jobs.Queue {
	o := jobs.Options{Poll: 20 * time.Millisecond, Rand: func() float64 { return 0 }}
	for _, f := range change {
		f(&o)
	}
	return jobs.New(d, c, slog.New(slog.DiscardHandler), o)
}

func write(t testing.TB, d *db.DB, fn func(ctx context.Context, tx db.Tx) error) {
	t.Helper()
	if err := d.WriteAll(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func enqueue(t testing.TB, q *jobs.Queue, d *db.DB, w id.Workspace, a jobs.Args, opts ...jobs.Option) id.ID {
	t.Helper()
	var key id.ID
	write(t, d, func(ctx context.Context, tx db.Tx) (err error) {
		key, err = q.Enqueue(ctx, tx, w, a, opts...)
		return err
	})
	return key
}

// asked reads a list request as it comes by HTTP.
func asked(t testing.TB, query string) *page.Query {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	if values.Get("cursor") == "" {
		values.Del("cursor")
	}
	q, err := jobs.Spec().Parse(values, nil)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func drain(t testing.TB, q *jobs.Queue) int {
	t.Helper()
	n, err := q.Drain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func get(t testing.TB, q *jobs.Queue, key id.ID) jobs.Info {
	t.Helper()
	i, err := q.Get(t.Context(), shop, key)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// makeEffects adds the table that handlers write to. It has no key on purpose: a second effect shows.
func makeEffects(t testing.TB, d *db.DB) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TABLE effect (tenant_id BIGINT NOT NULL, job_id UUID NOT NULL, n BIGINT NOT NULL)`)
		return err
	})
	dbtest.Grant(t, d, "effect")
}

// affect is a handler's work: the effect and the end of the job in one transaction.
func affect(d *db.DB) func(ctx context.Context, j *jobs.Job, a count) error {
	return func(ctx context.Context, j *jobs.Job, a count) error {
		return d.Write(ctx, j.Workspace, func(ctx context.Context, tx db.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO effect (tenant_id, job_id, n) VALUES ($1, $2, $3)`, j.Workspace, j.ID, a.N); err != nil {
				return err
			}
			return j.Finish(ctx, tx)
		})
	}
}

// effects gives the number of effect rows and of different jobs behind them.
func effects(t testing.TB, d *db.DB) (rows, different int64) {
	t.Helper()
	err := d.ReadAll(t.Context(), func(ctx context.Context, r db.Reader) error {
		return r.QueryRow(ctx, `SELECT COUNT(*), COUNT(DISTINCT job_id) FROM effect`).Scan(&rows, &different)
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, different
}

// run works the queue in the background; the returned function stops it and waits.
func run(t testing.TB, q *jobs.Queue) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var g sync.WaitGroup
	g.Go(func() {
		if err := q.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	stop = sync.OnceFunc(func() { cancel(); g.Wait() })
	t.Cleanup(stop)
	return stop
}

// receive waits for a signal, not for ever.
func receive[T any](t testing.TB, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(20 * time.Second):
		t.Fatalf("waited too long for %s", what)
	}
	return v
}
