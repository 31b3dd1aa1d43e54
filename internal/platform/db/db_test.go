package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const workspace id.Workspace = 7

func setUp(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, makeThing)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Grant(t, d, "thing")
}

const makeThing = `CREATE TABLE thing (tenant_id BIGINT NOT NULL, id UUID NOT NULL, other UUID, n BIGINT NOT NULL, ok BOOLEAN NOT NULL, note TEXT, raw BYTEA, doc JSONB NOT NULL, at BIGINT, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, n))`

const insertThing = `INSERT INTO thing (tenant_id, id, other, n, ok, note, raw, doc, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

func TestValuesSurviveARoundTripOnBothEngines(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		now := time.Date(2026, 1, 2, 3, 4, 5, 678_000, time.UTC)
		key := id.New(now)
		err := d.Write(t.Context(), workspace, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, insertThing, workspace, key, id.Zero, 1, true, db.NullText(""), []byte{0, 1, 255}, db.JSON(map[string]any{"colour": "red", "n": 5}), db.NullMicros(now))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(t.Context(), workspace, func(ctx context.Context, q db.Reader) error {
			var gotKey, other id.ID
			var n int64
			var ok bool
			var note string
			var raw []byte
			doc := map[string]any{}
			var at time.Time
			// Arguments stand out of order on purpose.
			row := q.QueryRow(ctx, `SELECT id, other, n, ok, note, raw, doc, at FROM thing WHERE id = $2 AND tenant_id = $1 AND other IS NULL AND doc->>'colour' = $3`, workspace, key, "red")
			if err := row.Scan(&gotKey, &other, &n, &ok, db.Text(&note), &raw, db.FromJSON(&doc), db.Time(&at)); err != nil {
				return err
			}
			if gotKey != key || !other.IsZero() || n != 1 || !ok || note != "" || string(raw) != "\x00\x01\xff" || doc["colour"] != "red" || !at.Equal(now) {
				t.Errorf("got %v %v %d %v %q %v %v %v", gotKey, other, n, ok, note, raw, doc, at)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestWriteKeepsNothingAfterAnErrorAndLeavesNeighboursAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		boom := errors.New("boom")
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				committed := false
				err := d.Write(t.Context(), workspace, func(ctx context.Context, tx db.Tx) error {
					tx.AfterCommit(func() { committed = true })
					if _, err := tx.Exec(ctx, insertThing, workspace, id.New(time.Unix(1, 0)), nil, i, true, nil, nil, "{}", nil); err != nil {
						return err
					}
					if i%3 == 0 {
						return boom
					}
					return nil
				})
				if (i%3 == 0) != errors.Is(err, boom) || committed != (err == nil) {
					t.Errorf("write %d: %v, committed %v", i, err, committed)
				}
			})
		}
		wg.Wait()
		n, err := db.Scalar[int64](t.Context(), reader(t, d), `SELECT COUNT(*) FROM thing WHERE tenant_id = $1`, workspace)
		if err != nil || n != 40 {
			t.Errorf("kept %d rows (%v), want 40", n, err)
		}
	})
}

func reader(t *testing.T, d *db.DB) db.Reader {
	t.Helper()
	var out db.Reader
	_ = d.Read(t.Context(), workspace, func(_ context.Context, q db.Reader) error { out = q; return nil })
	return out
}

func TestUniqueViolationsAreRecognisedAndNamed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		insert := func() error {
			return d.Write(t.Context(), workspace, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Exec(ctx, insertThing, workspace, id.New(time.Unix(1, 0)), nil, 1, true, nil, nil, "{}", nil)
				return err
			})
		}
		if err := insert(); err != nil {
			t.Fatal(err)
		}
		err := insert()
		if !db.IsUnique(err) || !db.IsUnique(err, "thing") || db.IsUnique(err, "unheard_of") {
			t.Errorf("not recognised: %v", err)
		}
	})
}

func TestAPanicInsideWriteRollsBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		func() {
			defer func() { _ = recover() }()
			_ = d.Write(t.Context(), workspace, func(ctx context.Context, tx db.Tx) error {
				if _, err := tx.Exec(ctx, insertThing, workspace, id.New(time.Unix(1, 0)), nil, 1, true, nil, nil, "{}", nil); err != nil {
					return err
				}
				panic("defect")
			})
		}()
		n, err := db.Scalar[int64](t.Context(), reader(t, d), `SELECT COUNT(*) FROM thing WHERE tenant_id = $1`, workspace)
		if err != nil || n != 0 {
			t.Errorf("kept %d rows (%v)", n, err)
		}
		// The writer still works.
		if err := d.Write(t.Context(), workspace, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, insertThing, workspace, id.New(time.Unix(1, 0)), nil, 1, true, nil, nil, "{}", nil)
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestACancelledCallerDoesNotDisturbOthers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				err := d.Write(ctx, workspace, func(ctx context.Context, tx db.Tx) error {
					if i%4 == 0 {
						cancel()
						return context.Canceled
					}
					_, err := tx.Exec(ctx, insertThing, workspace, id.New(time.Unix(1, 0)), nil, i, true, nil, nil, "{}", nil)
					return err
				})
				if (err != nil) != (i%4 == 0) {
					t.Errorf("write %d: %v", i, err)
				}
			})
		}
		wg.Wait()
	})
}

func TestWhereNumbersPlaceholders(t *testing.T) {
	t.Parallel()
	w := db.NewWhere(7).And("a = ?", 1).And("(b, c) < (?, ?)", 2, 3)
	db.In(w, "d", []string{"x", "y", "z"})
	if got, want := w.SQL(), " AND a = $2 AND (b, c) < ($3, $4) AND d IN ($5, $6, $7, $8)"; got != want {
		t.Errorf("got %q", got)
	}
	if got := fmt.Sprint(w.Args()); got != "[7 1 2 3 x y z z]" {
		t.Errorf("got %s", got)
	}
}

func TestAMissingRowIsNotFound(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, err := db.Scalar[string](t.Context(), reader(t, d), `SELECT name FROM workspace WHERE id = $1`, 404)
		if !errs.Has(err, errs.NotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	d := dbtest.SQLite(b)
	var next atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := next.Add(1)
			err := d.Write(b.Context(), workspace, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO workspace (id, slug, name, currency, timezone, locale, status, settings, created_at, updated_at) VALUES ($1, $2, 'x', 'GBP', 'UTC', 'en', 'active', '{}', 1, 1)`, n, fmt.Sprint(n))
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestStatementsKeptForTheCommitShareTheFateOfTheirTransaction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		setUp(t, d)
		now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		add := func(n int, fail error) error {
			return d.Write(t.Context(), workspace, func(_ context.Context, tx db.Tx) error {
				tx.AtCommit(insertThing, workspace, id.New(now), id.Zero, n, true, nil, nil, "{}", nil)
				return fail
			})
		}
		if err := add(1, nil); err != nil {
			t.Fatal(err)
		}
		if err := add(2, errors.New("no")); err == nil {
			t.Fatal("the transaction was to fail")
		}
		if err := add(1, nil); err == nil {
			t.Fatal("a statement that fails at the commit was not heard of")
		}
		var all sync.WaitGroup
		for i := range 20 { // some share a commit
			all.Go(func() {
				if err := add(10+i, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		err := d.Read(t.Context(), workspace, func(ctx context.Context, q db.Reader) error {
			n, err := db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM thing WHERE tenant_id = $1`, workspace)
			if n != 21 {
				t.Errorf("got %d rows, want 21", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
