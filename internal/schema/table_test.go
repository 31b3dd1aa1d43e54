package schema_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/schema"
)

const (
	liteTables = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN (
		SELECT v.name || s.suffix FROM sqlite_schema v, (SELECT '_data' AS suffix UNION SELECT '_idx' UNION SELECT '_docsize' UNION SELECT '_config' UNION SELECT '_content') s
		WHERE v.sql LIKE 'CREATE VIRTUAL%')`
	pgTables = `SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace`

	liteReferences = `SELECT m.name, f."table" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`
	pgReferences   = `SELECT a.relname, b.relname FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid
		WHERE c.contype = 'f' AND a.relnamespace = current_schema()::regnamespace`
)

func TestTablesAreThoseOfTheDatabaseEachAfterWhatItPointsAt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		tables, err := schema.Tables(d.Engine(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		at := map[string]int{}
		listed := []string{schema.StepTable}
		for i, table := range tables {
			at[table.Name] = i
			listed = append(listed, table.Name)
		}
		all, references := liteTables, liteReferences
		if d.Engine() == db.Postgres {
			all, references = pgTables, pgReferences
		}
		err = d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) error {
			there, err := db.All(ctx, q, func(r db.Row) (s string, err error) { return s, r.Scan(&s) }, all)
			if err != nil {
				return err
			}
			slices.Sort(there)
			slices.Sort(listed)
			if diff := cmp.Diff(there, listed); diff != "" {
				t.Errorf("tables of the database, and those listed:\n%s", diff)
			}
			pairs, err := db.All(ctx, q, func(r db.Row) (p [2]string, err error) { return p, r.Scan(&p[0], &p[1]) }, references)
			if err != nil {
				return err
			}
			for _, p := range pairs {
				if at[p[0]] <= at[p[1]] {
					t.Errorf("%s points at %s, which is not made before it", p[0], p[1])
				}
			}
			if len(pairs) < 30 {
				t.Errorf("found %d references", len(pairs))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestAHistoryIsKnownUnlessItIsNewerOrOfAnotherBuild(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var ran []schema.Ran
		err := d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) (err error) {
			ran, err = schema.History(ctx, q)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		newer := append(slices.Clone(ran), schema.Ran{Number: len(ran) + 1, Name: "later"})
		other := slices.Clone(ran)
		other[0].Checksum = "0"
		for name, c := range map[string]struct {
			ran  []schema.Ran
			code string
		}{"ours": {ran, ""}, "older": {ran[:1], ""}, "newer": {newer, "schema_newer"}, "another build's": {other, "schema_changed"}, "none": {nil, "schema_missing"}} {
			err := schema.CheckHistory("It", d.Engine(), c.ran)
			var e *errs.Error
			if errors.As(err, &e) != (c.code != "") || e != nil && (e.Kind != errs.Conflict || e.Code != c.code) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestBuildOverTablesThatAreThereChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error { return schema.Build(ctx, tx, clock.System{}, 2) })
		if err == nil {
			t.Error("it built over tables that are there")
		}
		if err := schema.Check(t.Context(), d); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}
