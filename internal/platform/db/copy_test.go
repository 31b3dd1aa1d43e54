package db_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const makeValues = `CREATE TABLE kept (n BIGINT NOT NULL, small SMALLINT, key UUID, "text" TEXT, ok BOOLEAN, doc JSONB, raw BYTEA, rate DOUBLE PRECISION)`

func fillValues(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.Exec(ctx, makeValues); err != nil {
			return err
		}
		every := make([]byte, 256)
		for i := range every {
			every[i] = byte(i)
		}
		for i, r := range [][]any{
			{nil, nil, nil, nil, nil, nil, nil},
			{7, id.New(time.Unix(1, 0)), "", true, `{}`, []byte{}, 0.0},
			{-7, id.New(time.Unix(2, 0)), "tab\there, line\nend, \r, \\N and \\\\, \b\f\v\x01\x7f", false, `{"a": [1, "x\ty\n\\", null, true, 2.5e3]}`, every, math.Pi},
			{0, nil, `\N`, nil, `"text"`, []byte("\n"), -1e-300},
			{nil, nil, "شكرا 日本語 👩‍🚀", nil, `[]`, nil, math.MaxFloat64},
			{nil, nil, `\.`, nil, `null`, nil, math.SmallestNonzeroFloat64},
			{nil, nil, strings.Repeat("long ", 100_000), nil, `5`, nil, 1e21},
		} {
			q := `INSERT INTO kept (n, small, key, "text", ok, doc, raw, rate) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
			if _, err := tx.Exec(ctx, q, append([]any{math.MaxInt64 - i}, r...)...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copyOut(t *testing.T, d *db.DB, table string) (text string, columns []db.Column) {
	t.Helper()
	err := d.Snapshot(t.Context(), func(ctx context.Context, s db.Snapshot) (err error) {
		if columns, err = db.Columns(ctx, s, table); err != nil {
			return err
		}
		var b bytes.Buffer
		n, err := s.CopyOut(ctx, &b, table, columns)
		if n != int64(strings.Count(b.String(), "\n")) {
			t.Errorf("%d rows in %d lines", n, strings.Count(b.String(), "\n"))
		}
		text = b.String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text, columns
}

// values are what a table holds, read as the product reads it.
func values(t *testing.T, d *db.DB) (out [][]any) {
	t.Helper()
	err := d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) (err error) {
		out, err = db.All(ctx, q, func(r db.Row) ([]any, error) {
			var n int64
			var small *int64
			var key id.ID
			var text *string
			var ok *bool
			var doc any
			var raw []byte
			var none bool
			var rate *float64
			err := r.Scan(&n, &small, &key, &text, &ok, db.FromJSON(&doc), &raw, &none, &rate)
			return []any{n, small, key, text, ok, doc, string(raw), none, rate}, err
		}, `SELECT n, small, key, "text", ok, CAST(doc AS TEXT), raw, raw IS NULL, rate FROM kept ORDER BY n`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestACopiedTableHoldsTheSameValuesFromAndToEitherEngine(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, from *db.DB) {
		fillValues(t, from)
		text, columns := copyOut(t, from, "kept")
		dbtest.Each(t, func(t *testing.T, to *db.DB) {
			err := to.Load(t.Context(), func(ctx context.Context, tx db.Loader) error {
				if _, err := tx.Exec(ctx, makeValues); err != nil {
					return err
				}
				there, err := db.Columns(ctx, tx, "kept")
				if diff := cmp.Diff(columns, there); diff != "" || err != nil {
					t.Errorf("columns: %v\n%s", err, diff)
				}
				n, err := tx.CopyIn(ctx, strings.NewReader(text), "kept", columns)
				if n != 7 {
					t.Errorf("took %d rows", n)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(values(t, from), values(t, to)); diff != "" {
				t.Error(diff)
			}
			again, _ := copyOut(t, to, "kept")
			if from.Engine() == to.Engine() && again != text {
				t.Error("the text differs")
			}
		})
	})
}

func TestASnapshotSeesOneMomentWhileOthersWrite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fillValues(t, d)
		err := d.Snapshot(t.Context(), func(ctx context.Context, s db.Snapshot) error {
			first, err := db.Scalar[int64](ctx, s, `SELECT COUNT(*) FROM kept`)
			if err != nil {
				return err
			}
			err = d.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO kept (n) VALUES (1)`)
				return err
			})
			if err != nil {
				return err
			}
			var b bytes.Buffer
			n, err := s.CopyOut(ctx, &b, "kept", []db.Column{{Name: "n", Type: "BIGINT"}})
			if n != first {
				t.Errorf("saw %d rows, then %d", first, n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestLoadingWhatIsNoRowKeepsNothing(t *testing.T) {
	t.Parallel()
	columns := []db.Column{{Name: "n", Type: "BIGINT"}, {Name: "text", Type: "TEXT"}, {Name: "key", Type: "UUID"}, {Name: "raw", Type: "BYTEA"}, {Name: "ok", Type: "BOOLEAN"}}
	const good = "1\ta\t00000000-0000-0000-0000-000000000000\t\\\\x00\tt\n"
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fillValues(t, d)
		before := values(t, d)
		for _, bad := range []string{"1\n", "1\ta\tb\tc\td\n", good[:len(good)-2] + "x\n", "x" + good, good[:len(good)-2] + "t\tmore\n", "\\N" + good[1:]} {
			err := d.Load(t.Context(), func(ctx context.Context, tx db.Loader) error {
				_, err := tx.CopyIn(ctx, strings.NewReader(good+bad), "kept", columns)
				return err
			})
			if err == nil {
				t.Errorf("%q was taken", bad)
			}
		}
		broken := errors.New("broken")
		err := d.Load(t.Context(), func(ctx context.Context, tx db.Loader) error {
			_, err := tx.CopyIn(ctx, &failing{good, broken}, "kept", columns)
			return err
		})
		if !errors.Is(err, broken) && (err == nil || !strings.Contains(err.Error(), "broken")) {
			t.Errorf("a reader that breaks: %v", err)
		}
		if after := values(t, d); !slices.EqualFunc(before, after, func(a, b []any) bool { return cmp.Equal(a, b) }) {
			t.Errorf("%d rows became %d", len(before), len(after))
		}
	})
}

// failing gives its text and then breaks.
type failing struct {
	text string
	err  error
}

func (f *failing) Read(b []byte) (int, error) {
	if f.text == "" {
		return 0, f.err
	}
	n := copy(b, f.text)
	f.text = f.text[n:]
	return n, nil
}
