// Package schema is the tables: numbered SQL files that both engines run, and the one that runs them.
// NNNN_name.sql is shared; NNNN_name.sqlite.sql and NNNN_name.postgres.sql exist only where the
// engines must differ. Files are never edited after they were released: add the next number.
package schema

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

//go:embed *.sql
var files embed.FS

// Step is one migration for one engine.
type Step struct {
	Number   int
	Name     string
	SQL      string
	Checksum string // SHA-256 of the text, hex
	Special  bool   // this engine's alone
}

// Steps lists the migrations of an engine in order.
func Steps(e db.Engine) ([]Step, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, errs.Wrapf(err, "list migrations")
	}
	var out []Step
	for _, n := range names {
		base := strings.TrimSuffix(n, ".sql")
		base, engine, special := strings.Cut(base, ".")
		if special && engine != string(e) {
			continue
		}
		digits, name, ok := strings.Cut(base, "_")
		number, err := strconv.Atoi(digits)
		if !ok || err != nil {
			return nil, fmt.Errorf("migration %s: want NNNN_name.sql", n)
		}
		text, err := files.ReadFile(n)
		if err != nil {
			return nil, errs.Wrapf(err, "read migration %s", n)
		}
		sum := sha256.Sum256(text)
		out = append(out, Step{number, name, string(text), hex.EncodeToString(sum[:]), special})
	}
	sort.Slice(out, func(a, b int) bool { return out[a].Number < out[b].Number })
	for i, s := range out {
		if s.Number != i+1 {
			return nil, fmt.Errorf("migration %d is missing or doubled for %s", i+1, e)
		}
	}
	return out, nil
}

// Migrate brings the database up to this program's schema; it returns how many steps ran.
// Each step and its record are one transaction, so that two replicas that start together run it once:
// the second meets the first's row and finds nothing to do.
// It refuses a database that a newer program has touched and one whose history differs.
func Migrate(ctx context.Context, d *db.DB, c clock.Clock) (int, error) {
	steps, err := Steps(d.Engine())
	if err != nil {
		return 0, err
	}
	if err := create(ctx, d); err != nil {
		return 0, err
	}
	ran := 0
	for _, s := range steps {
		done, err := apply(ctx, d, c, s)
		if err != nil {
			return ran, errs.Wrapf(err, "migration %04d_%s", s.Number, s.Name)
		}
		if done {
			ran++
		}
	}
	if err := Check(ctx, d); err != nil {
		return ran, err
	}
	return ran, Protect(ctx, d)
}

// create makes the record of steps. Its lock row lets two starting replicas take turns on PostgreSQL.
func create(ctx context.Context, d *db.DB) error {
	return d.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		exists, err := tableExists(ctx, tx)
		if err != nil || exists {
			return err
		}
		err = createTx(ctx, tx)
		if db.IsUnique(err) { // two replicas created it at the same moment
			return nil
		}
		return err
	})
}

func createTx(ctx context.Context, tx db.Tx) error {
	for _, q := range []string{
		`CREATE TABLE IF NOT EXISTS schema_step (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)`,
		`INSERT INTO schema_step (number, name, checksum, applied_at) VALUES (0, 'lock', '', 0) ON CONFLICT (number) DO NOTHING`,
	} {
		if _, err := tx.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func tableExists(ctx context.Context, q db.Reader) (bool, error) {
	if q.Engine() == db.Postgres {
		return db.Exists(ctx, q, `SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'schema_step' AND n.nspname = current_schema()`)
	}
	return db.Exists(ctx, q, `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_step'`)
}

func apply(ctx context.Context, d *db.DB, c clock.Clock, s Step) (bool, error) {
	ran := false
	err := d.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		ran = false
		if err := takeTurn(ctx, tx); err != nil {
			return err
		}
		sum, err := db.Scalar[string](ctx, tx, `SELECT checksum FROM schema_step WHERE number = $1`, s.Number)
		if err == nil {
			if sum != s.Checksum {
				return errs.Newf(errs.Conflict, "schema_changed", "The database ran another text of this migration. It was made by a different build of the program.")
			}
			return nil
		}
		if !errs.Has(err, errs.NotFound) {
			return err
		}
		ran = true
		return s.run(ctx, tx, c)
	})
	return ran, err
}

// takeTurn makes others wait until the transaction is committed, by touching the lock row.
func takeTurn(ctx context.Context, tx db.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE schema_step SET applied_at = applied_at + 1 WHERE number = 0`)
	return err
}

// run changes the tables and records the step.
func (s Step) run(ctx context.Context, tx db.Tx, c clock.Clock) error {
	for _, q := range split(s.SQL) {
		if _, err := tx.Exec(ctx, q); err != nil {
			return fmt.Errorf("%w in: %.80s", err, strings.Join(strings.Fields(q), " "))
		}
	}
	_, err := tx.Exec(ctx, `INSERT INTO schema_step (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)`,
		s.Number, s.Name, s.Checksum, db.Micros(c.Now()))
	return err
}

// Check reports whether the database has exactly this program's schema. Errors: Conflict with code
// schema_newer, schema_older or schema_missing.
func Check(ctx context.Context, d *db.DB) error {
	steps, err := Steps(d.Engine())
	if err != nil {
		return err
	}
	return d.ReadAll(ctx, func(ctx context.Context, q db.Reader) error {
		exists, err := tableExists(ctx, q)
		if err != nil {
			return err
		}
		if !exists {
			return errs.New(errs.Conflict, "schema_missing", "The database is empty. Run 'throughline migrate' or 'throughline serve'.")
		}
		newest, err := db.Scalar[sql.NullInt64](ctx, q, `SELECT MAX(number) FROM schema_step`)
		if err != nil {
			return err
		}
		want := int64(len(steps))
		switch {
		case newest.Int64 > want:
			return errs.Newf(errs.Conflict, "schema_newer", "The database has schema %d, this program knows %d. Use the newer program, or restore a backup.", newest.Int64, want)
		case newest.Int64 < want:
			return errs.Newf(errs.Conflict, "schema_older", "The database has schema %d, this program needs %d. Run 'throughline migrate'.", newest.Int64, want)
		}
		return nil
	})
}

// Newer reports the refusal of a database that a newer program has touched.
func Newer(err error) bool {
	var e *errs.Error
	return errors.As(err, &e) && e.Code == "schema_newer"
}

// split cuts a file into statements at semicolons that end a line; comments are dropped.
func split(text string) []string {
	var out []string
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "--") {
			continue
		}
		b.WriteString(line + "\n")
		if strings.HasSuffix(strings.TrimSpace(line), ";") {
			q := strings.TrimSpace(b.String())
			out = append(out, strings.TrimSuffix(q, ";"))
			b.Reset()
		}
	}
	if rest := strings.TrimSpace(b.String()); rest != "" {
		out = append(out, rest)
	}
	return out
}
