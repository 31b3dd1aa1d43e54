//go:build !race

package wall_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// The tables are kept beside the database, and those that a case wrote to are put back from there. What a case
// wrote to is known from its statements, all of which the program sends through platform/db.

func (w *world) openKept() {
	w.t.Helper()
	if w.engine == db.Postgres {
		w.exec(`CREATE SCHEMA kept`)
		return
	}
	w.must(w.side.Exec(w.t.Context(), `ATTACH DATABASE ':memory:' AS kept`))
}

// sleep lets foreign keys wait until all is back; on PostgreSQL that asks for a superuser.
func (w *world) sleep(ctx context.Context, tx db.Tx) error {
	q := `PRAGMA defer_foreign_keys = ON`
	if w.engine == db.Postgres {
		q = `SET LOCAL session_replication_role = replica`
	}
	_, err := tx.Exec(ctx, q)
	return err
}

// physical are the tables behind a name: a full-text table of SQLite stands in several.
func (w *world) physical(table string) []string {
	if w.engine == db.SQLite && strings.HasPrefix(table, "search_") && w.tables()[table] == nil {
		return []string{table + "_data", table + "_idx", table + "_docsize"}
	}
	return []string{table}
}

// all are the tables of the program.
func (w *world) all() []string {
	out := slices.Collect(maps.Keys(w.tables()))
	if w.engine == db.SQLite {
		for _, n := range []string{"customer", "order", "product", "ticket", "message"} {
			out = append(out, "search_"+n)
		}
	}
	return slices.DeleteFunc(out, func(n string) bool { return n == "schema_step" || n == "periodic" })
}

// keep takes the world as it is for what cases begin with: all of it, or the tables that were written to.
func (w *world) keep(tables ...string) {
	w.t.Helper()
	if len(tables) == 0 {
		tables = w.all()
	}
	w.must(w.side.WriteAll(w.t.Context(), func(ctx context.Context, tx db.Tx) error {
		for _, table := range tables {
			order := ""
			if w.owned(table) {
				order = ` ORDER BY tenant_id`
			}
			for _, p := range w.physical(table) {
				for _, q := range []string{`DROP TABLE IF EXISTS kept.` + p, `CREATE TABLE kept.` + p + ` AS SELECT * FROM ` + w.main() + p + order} {
					if _, err := tx.Exec(ctx, q); err != nil {
						return fmt.Errorf("keep %s: %w", p, err)
					}
				}
			}
		}
		return nil
	}))
	now := w.read(tables)
	if w.kept == nil {
		w.kept = apptest.State{}
	}
	maps.Copy(w.kept, now)
	w.known = apptest.ShaperOf(w.kept)
	w.files = w.readFiles()
	w.mu.Lock()
	w.touched = map[string]bool{}
	w.mu.Unlock()
}

func (w *world) main() string {
	if w.engine == db.SQLite {
		return "main."
	}
	return "public."
}

// wrote are the tables that were written to since the last restore, in order.
func (w *world) wrote() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.all()
	if w.engine == db.Postgres { // numbers are taken outside of the transactions that are watched
		w.touched["counter"] = true
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.touched)), func(n string) bool { return !slices.Contains(known, n) })
}

// read gives the rows of some tables.
func (w *world) read(tables []string) apptest.State {
	w.t.Helper()
	rows := slices.DeleteFunc(slices.Clone(tables), func(n string) bool { return w.tables()[n] == nil })
	if len(rows) == 0 {
		return apptest.State{}
	}
	s, err := w.lens.Read(w.t.Context(), w.side, rows...)
	w.must(err)
	return s
}

// restore puts back what was written to. With a workspace, only its rows come back: the others hold nothing then.
func (w *world) restore(tables []string, alone *party) {
	w.t.Helper()
	if len(tables) == 0 {
		return
	}
	w.must(w.side.WriteAll(w.t.Context(), func(ctx context.Context, tx db.Tx) error {
		if err := w.sleep(ctx, tx); err != nil {
			return err
		}
		for _, table := range tables {
			where := ""
			if alone != nil && w.owned(table) {
				where = fmt.Sprintf(` WHERE tenant_id = %d`, alone.id)
			}
			for _, p := range w.physical(table) {
				into, columns := p, "*"
				if names := w.tables()[p]; names != nil { // what is computed is not put back
					columns = strings.Join(names, ", ")
					into += " (" + columns + ")"
				}
				for _, q := range []string{`DELETE FROM ` + w.main() + p, `INSERT INTO ` + w.main() + into + ` SELECT ` + columns + ` FROM kept.` + p + where} {
					if _, err := tx.Exec(ctx, q); err != nil {
						return fmt.Errorf("restore %s: %w", p, err)
					}
				}
			}
		}
		return nil
	}))
	if slices.Contains(tables, "media_file") {
		w.restoreFiles()
	}
	w.mu.Lock()
	w.touched = map[string]bool{}
	w.mu.Unlock()
}

func (w *world) root() string { return filepath.Join(w.dir, app.FilesFolder) }

func (w *world) readFiles() map[string]string {
	out := map[string]string{}
	err := filepath.WalkDir(w.root(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(w.root(), path)
		out[name] = string(b)
		return err
	})
	w.must(err)
	return out
}

func (w *world) restoreFiles() {
	now := w.readFiles()
	for name := range now {
		if _, ok := w.files[name]; !ok {
			w.must(os.Remove(filepath.Join(w.root(), name)))
		}
	}
	for name, b := range w.files {
		if now[name] != b {
			path := filepath.Join(w.root(), name)
			w.must(errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(b), 0o600)))
		}
	}
}
