package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func later(ctx context.Context, tx db.Tx, n int) error {
	return tx.Later(ctx, insertThing, workspace, id.New(time.Now()), id.Zero, n, true, nil, nil, db.JSON(n), nil)
}

func countThings(t *testing.T, d *db.DB) (n int64) {
	t.Helper()
	err := d.Read(t.Context(), workspace, func(ctx context.Context, q db.Reader) (err error) {
		n, err = db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM thing WHERE tenant_id = $1`, workspace)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestStatementsPutByAreSeenByWhatComesAfterThem(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		var trips int64
		ctx, counted := db.WithCount(t.Context())
		err := d.Write(ctx, workspace, func(ctx context.Context, tx db.Tx) error {
			for n := range 3 {
				if err := later(ctx, tx, n); err != nil {
					return err
				}
			}
			seen, err := db.Scalar[int64](ctx, tx, `SELECT COUNT(*) FROM thing WHERE tenant_id = $1`, workspace)
			if err != nil || seen != 3 {
				t.Errorf("a query sees %d of 3 rows: %v", seen, err)
			}
			if err := later(ctx, tx, 3); err != nil {
				return err
			}
			touched, err := tx.Exec(ctx, `UPDATE thing SET ok = $2 WHERE tenant_id = $1`, workspace, false)
			if err != nil || touched != 4 {
				t.Errorf("an update touches %d of 4 rows: %v", touched, err)
			}
			return later(ctx, tx, 4)
		})
		if trips = counted.Load(); err != nil {
			t.Fatal(err)
		}
		if n := countThings(t, d); n != 5 {
			t.Errorf("%d of 5 rows were committed", n)
		}
		if d.Engine() == db.Postgres && trips != 4 { // BEGIN, the query, the update, COMMIT
			t.Errorf("%d round trips", trips)
		}
	})
}

func TestAStatementPutByUndoesItsTransactionWhenItFails(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		for name, last := range map[string]func(ctx context.Context, tx db.Tx) error{
			"at the commit": func(context.Context, db.Tx) error { return nil },
			"at a query": func(ctx context.Context, tx db.Tx) error {
				_, err := db.Scalar[int64](ctx, tx, `SELECT COUNT(*) FROM thing WHERE tenant_id = $1`, workspace)
				return err
			},
			"at a statement": func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE thing SET ok = $2 WHERE tenant_id = $1`, workspace, false)
				return err
			},
		} {
			err := d.Write(t.Context(), workspace, func(ctx context.Context, tx db.Tx) error {
				for _, n := range []int{1, 2, 1, 3} { // n is unique
					if err := later(ctx, tx, n); err != nil {
						return err
					}
				}
				return last(ctx, tx)
			})
			if !db.IsUnique(err, "thing") {
				t.Errorf("%s: got %v, want the broken key", name, err)
			}
			if n := countThings(t, d); n != 0 {
				t.Errorf("%s: %d rows are there", name, n)
			}
			// The connection is as good as before, and nothing is left over for the next transaction.
			if err := d.Write(t.Context(), workspace, func(ctx context.Context, tx db.Tx) error { return later(ctx, tx, 9) }); err != nil {
				t.Errorf("%s: afterwards: %v", name, err)
			}
			err = d.Write(t.Context(), workspace, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Exec(ctx, `DELETE FROM thing WHERE tenant_id = $1`, workspace)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestStatementsPutByGoWithAnUndoneTransaction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		for range 3 {
			err := d.Write(t.Context(), workspace, func(ctx context.Context, tx db.Tx) error {
				if err := later(ctx, tx, 1); err != nil {
					return err
				}
				return context.Canceled
			})
			if err == nil {
				t.Error("the error is gone")
			}
		}
		if n := countThings(t, d); n != 0 {
			t.Errorf("%d rows are there", n)
		}
	})
}

func TestWhatIsReservedStaysWhenTheWorkIsUndone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		if err := d.Write(t.Context(), workspace, func(ctx context.Context, tx db.Tx) error { return later(ctx, tx, 1) }); err != nil {
			t.Fatal(err)
		}
		for want := int64(2); want < 5; want++ {
			err := d.Reserve(t.Context(), workspace, func(ctx context.Context, q db.Reader) error {
				got, err := db.Scalar[int64](ctx, q, `UPDATE thing SET n = n + 1 WHERE tenant_id = $1 RETURNING n`, workspace)
				if got != want {
					t.Errorf("got %d, want %d", got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
