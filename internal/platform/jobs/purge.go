package jobs

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const oldJobs = `
SELECT tenant_id, id
FROM job
WHERE finished_at < $1 AND (state <> 'dead' OR finished_at < $2)
ORDER BY finished_at
LIMIT 500`

// purge removes jobs that were over long ago, a page at a time so that writers are not held up.
func (q *Queue) purge(ctx context.Context) error {
	for {
		now := q.clock.Now()
		old, err := q.oldJobs(ctx, now.Add(-q.o.KeepDone), now.Add(-q.o.KeepDead))
		if err == nil && len(old) > 0 {
			err = q.remove(ctx, old)
		}
		if err != nil || len(old) == 0 {
			return errs.Wrapf(err, "remove old jobs")
		}
	}
}

func (q *Queue) oldJobs(ctx context.Context, done, dead time.Time) (map[id.Workspace][]id.ID, error) {
	old := map[id.Workspace][]id.ID{}
	err := q.db.ReadAll(ctx, func(ctx context.Context, r db.Reader) error {
		_, err := db.All(ctx, r, func(row db.Row) (key id.ID, err error) {
			var t id.Workspace
			err = row.Scan(&t, &key)
			old[t] = append(old[t], key)
			return key, err
		}, oldJobs, db.Micros(done), db.Micros(dead))
		return err
	})
	return old, err
}

func (q *Queue) remove(ctx context.Context, old map[id.Workspace][]id.ID) error {
	for t, keys := range old {
		w := db.NewWhere(t)
		db.In(w, "id", keys)
		err := q.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
			// A dead job that was retried since it was read is over no more.
			_, err := tx.Exec(ctx, `DELETE FROM job WHERE tenant_id = $1 AND finished_at IS NOT NULL`+w.SQL(), w.Args()...)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
