package jobs_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

func TestTheQueuesOwnStatementsNeverScanTheTable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fillQueue(t, d)
		for text, args := range jobs.Statements(d.Engine()) {
			for _, line := range explain(t, d, text, args) {
				scan := strings.Contains(line, "Seq Scan on job")
				if d.Engine() == db.SQLite {
					table := strings.HasPrefix(line, "SCAN j") && !strings.Contains(line, "INDEX job_")
					sort := strings.Contains(line, "TEMP B-TREE") && !strings.Contains(text, "RECURSIVE") // a page of workspaces may be sorted
					scan = table || sort
				}
				if scan {
					t.Errorf("%s\n%s", text, strings.Join(explain(t, d, text, args), "\n"))
					break
				}
			}
		}
	})
}

// fillQueue makes a table as it is in use: mostly finished jobs, some of each other state.
func fillQueue(t testing.TB, d *db.DB) {
	t.Helper()
	const text = `
INSERT INTO job (tenant_id, id, kind, state, run_at, attempts, max_attempts, lease_until, lease_token, dedupe_key, payload, progress_done, progress_total, last_error, created_at, updated_at, finished_at)
VALUES ($1, $2, 'a', $3, $4, 0, 20, $5, $6, $7, '{}', 0, 0, '', $4, $4, $8)`
	write(t, d, func(ctx context.Context, tx db.Tx) error {
		for i := range 6000 {
			state, lease, token, finished := "done", any(nil), id.Zero, any(start.UnixMicro()+int64(i))
			switch {
			case i%20 == 0:
				state, finished = "queued", nil
			case i%300 == 1:
				state, finished, lease, token = "running", nil, start.UnixMicro()+int64(i), id.New(start)
			case i%300 == 2:
				state = "dead"
			}
			if _, err := tx.Exec(ctx, text, i%10, id.New(start), state, start.UnixMicro()+int64(i), lease, token, db.NullText(fmt.Sprint(i)), finished); err != nil {
				return err
			}
		}
		return nil
	})
	if err := d.Exec(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
}

func explain(t *testing.T, d *db.DB, text string, args []any) (lines []string) {
	t.Helper()
	scan := func(row db.Row) (line string, err error) { return line, row.Scan(&line) }
	prefix := "EXPLAIN "
	if d.Engine() == db.SQLite {
		prefix = "EXPLAIN QUERY PLAN "
		scan = func(row db.Row) (line string, err error) {
			var a, b, c int
			return line, row.Scan(&a, &b, &c, &line)
		}
	}
	write(t, d, func(ctx context.Context, tx db.Tx) (err error) {
		lines, err = db.All(ctx, tx, scan, prefix+text, append([]any(nil), args...)...)
		return err
	})
	return lines
}

func BenchmarkEnqueue(b *testing.B) {
	each(b, func(b *testing.B, d *db.DB) {
		q := newQueue(d, clock.System{})
		for b.Loop() {
			enqueue(b, q, d, shop, count{1})
		}
	})
}

func BenchmarkEnqueueMany(b *testing.B) {
	each(b, func(b *testing.B, d *db.DB) {
		q := newQueue(d, clock.System{})
		many := make([]jobs.Args, 1000)
		for i := range many {
			many[i] = count{i}
		}
		for b.Loop() {
			write(b, d, func(ctx context.Context, tx db.Tx) error {
				_, err := q.EnqueueMany(ctx, tx, shop, many)
				return err
			})
		}
		b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "jobs/s")
	})
}

// BenchmarkDrain works jobs that each write one row and finish with it.
func BenchmarkDrain(b *testing.B) {
	each(b, func(b *testing.B, d *db.DB) {
		makeEffects(b, d)
		left := make(chan struct{}, 1000)
		q := newQueue(d, clock.System{}, func(o *jobs.Options) {
			o.Workers, o.PerWorkspace = 16, 16
			o.OnChange = func(jobs.Change) { left <- struct{}{} }
		})
		jobs.Handle(q, affect(d))
		many := make([]jobs.Args, 1000)
		for i := range many {
			many[i] = count{i}
		}
		run(b, q)
		for b.Loop() {
			b.StopTimer()
			write(b, d, func(ctx context.Context, tx db.Tx) error {
				_, err := q.EnqueueMany(ctx, tx, shop, many)
				return err
			})
			b.StartTimer()
			for range many {
				receive(b, left, "a job")
			}
		}
		b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "jobs/s")
	})
}

// BenchmarkIdlePoll is what an idle queue costs beside many workspaces with scheduled jobs.
func BenchmarkIdlePoll(b *testing.B) {
	each(b, func(b *testing.B, d *db.DB) {
		c := clock.NewFake(start)
		q := newQueue(d, c)
		jobs.Handle(q, affect(d))
		write(b, d, func(ctx context.Context, tx db.Tx) error {
			for w := range 1000 {
				if _, err := q.Enqueue(ctx, tx, id.Workspace(w), count{}, jobs.At(start.AddDate(1, 0, 0))); err != nil {
					return err
				}
			}
			return nil
		})
		for b.Loop() {
			drain(b, q)
		}
	})
}

func each(b *testing.B, bench func(b *testing.B, d *db.DB)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { bench(b, dbtest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { bench(b, dbtest.Postgres(b)) })
}
