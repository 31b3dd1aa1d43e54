package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

func TestObserversHearOfRetriesAndCancellations(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var told []jobs.State
		by := id.New(start)
		q := newQueue(d, clock.NewFake(start), func(o *jobs.Options) {
			o.OnChange = func(c jobs.Change) {
				if c.Workspace != shop || c.Kind != "test.count" || c.CreatedBy != by {
					t.Errorf("got %+v", c)
				}
				told = append(told, c.State)
			}
		})
		jobs.Handle(q, func(context.Context, *jobs.Job, count) error { return jobs.Permanent(errors.New("no")) })
		key := enqueue(t, q, d, shop, count{}, jobs.CreatedBy(by))
		drain(t, q)
		undone := errors.New("undone")
		err := d.Write(t.Context(), shop, func(ctx context.Context, tx db.Tx) error {
			if i, err := q.Retry(ctx, tx, shop, key); err != nil || i.State != jobs.Queued || i.Attempts != 0 {
				t.Errorf("got %+v, %v", i, err)
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		write(t, d, func(ctx context.Context, tx db.Tx) error { _, err := q.Retry(ctx, tx, shop, key); return err })
		write(t, d, func(ctx context.Context, tx db.Tx) error {
			i, err := q.Cancel(ctx, tx, shop, key)
			if i.State != jobs.Cancelled || i.FinishedAt.IsZero() {
				t.Errorf("got %+v", i)
			}
			return err
		})
		if diff := cmp.Diff([]jobs.State{jobs.Dead, jobs.Queued, jobs.Cancelled}, told); diff != "" {
			t.Error(diff)
		}
	})
}

func TestObserversHearOfJobsThatSilentWorkersLeave(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		var told []jobs.State
		q := newQueue(d, c, func(o *jobs.Options) {
			o.OnChange = func(c jobs.Change) {
				if c.Kind != "test.count" || c.Done != 2 || c.Total != 5 {
					t.Errorf("got %+v", c)
				}
				told = append(told, c.State)
			}
		})
		for attempts := range 2 { // as a killed process leaves them
			key := enqueue(t, q, d, shop, count{}, jobs.MaxAttempts(2))
			write(t, d, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Exec(ctx, `
					UPDATE job
					SET state = 'running', attempts = $3, lease_until = $4, lease_token = $5, progress_done = 2, progress_total = 5
					WHERE tenant_id = $1 AND id = $2`, shop, key, attempts+1, start.UnixMicro()+int64(attempts), id.New(start))
				return err
			})
		}
		c.Advance(time.Minute)
		drain(t, q)
		if diff := cmp.Diff([]jobs.State{jobs.Queued, jobs.Dead}, told); diff != "" {
			t.Error(diff)
		}
	})
}
