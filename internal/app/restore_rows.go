package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/platform/secret"
	"github.com/throughlinehq/throughline/internal/schema"
)

// restorePostgres fills the database and puts the files beside it. The files come first: a row names no file
// that is not there. When the rows cannot be kept, the files are taken back.
func restorePostgres(ctx context.Context, cfg config.Config, file string, force bool, there []string, report Report) (m Manifest, err error) {
	d, err := OpenDatabase(ctx, cfg)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	ours, err := presentTables(ctx, d)
	if err != nil {
		return m, err
	}
	if len(ours) > 0 && !force {
		return m, errs.Newf(errs.Conflict, "database_not_empty", "The database is not empty: it has a table %s. Choose another one, or add --force to set aside what is there.", ours[0])
	}
	staging := filepath.Join(cfg.DataDir, stagingFolder)
	if m, err = unpack(ctx, file, staging, report); err != nil {
		return m, err
	}
	from, err := openRows(ctx, staging, m)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	undo, err := place(cfg.DataDir, there, secret.FileName, FilesFolder)
	if err != nil {
		return m, err
	}
	err = d.Load(ctx, func(loading context.Context, tx db.Loader) error {
		if err := setTablesAside(ctx, tx, ours); err != nil {
			return err
		}
		return from.load(ctx, loading, tx, report)
	})
	if err != nil {
		return m, errors.Join(err, undo())
	}
	_ = d.Exec(ctx, `ANALYZE`) // the server would count the new rows by itself, a minute later
	if schema.Check(ctx, d) != nil {
		return m, nil // an older schema, which the next start brings up to date and protects
	}
	return m, schema.Protect(ctx, d)
}

// presentTables lists the database's tables that have the name of one of ours.
func presentTables(ctx context.Context, d *db.DB) (present []string, err error) {
	steps, err := schema.Steps(d.Engine())
	if err != nil {
		return nil, err
	}
	tables, err := schema.Tables(d.Engine(), len(steps))
	if err != nil {
		return nil, err
	}
	err = d.ReadAll(ctx, func(ctx context.Context, q db.Reader) error {
		for _, t := range append(tables, schema.Table{Name: schema.StepTable}) {
			columns, err := db.Columns(ctx, q, t.Name)
			if err != nil {
				return errs.Wrapf(err, "look for tables")
			}
			if len(columns) > 0 {
				present = append(present, t.Name)
			}
		}
		return nil
	})
	return present, err
}

const (
	leaveTries = 20
	leaveWait  = 100 * time.Millisecond
)

// setTablesAside moves tables of ours with all that is in them into a schema of its own. It refuses while a
// server uses them, and tables that are not of a program that this one knows.
func setTablesAside(ctx context.Context, tx db.Tx, tables []string) error {
	if len(tables) == 0 {
		return nil
	}
	ran, err := schema.History(ctx, tx)
	if err != nil {
		return err
	}
	if err := schema.CheckHistory("The database", tx.Engine(), ran); err != nil {
		return err
	}
	for try := 1; ; try++ { // a server that has just ended is on the list for a moment
		shared, err := db.Shared(ctx, tx)
		if err != nil {
			return err
		}
		if !shared {
			break
		}
		if try == leaveTries {
			return errs.New(errs.Unavailable, "database_in_use", "Another process of ours uses the database. Stop it first.")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(leaveWait):
		}
	}
	aside := "before_restore_" + clock.System{}.Now().Format("20060102_150405")
	if _, err := tx.Exec(ctx, `CREATE SCHEMA `+aside); err != nil {
		return errs.Wrapf(err, "make the schema %s", aside)
	}
	for _, t := range tables {
		if _, err := tx.Exec(ctx, `ALTER TABLE `+t+` SET SCHEMA `+aside); err != nil {
			return errs.Wrapf(err, "set aside table %s", t)
		}
	}
	return nil
}

// makeDatabase makes the SQLite database of a backup of rows in the staging folder.
func makeDatabase(ctx context.Context, staging string, m Manifest, report Report) (err error) {
	from, err := openRows(ctx, staging, m)
	if err != nil {
		return err
	}
	d, err := db.Open(ctx, db.Options{Path: filepath.Join(staging, DatabaseFile)})
	if err != nil {
		return errors.Join(err, from.close())
	}
	err = d.Load(ctx, func(loading context.Context, tx db.Loader) error { return from.load(ctx, loading, tx, report) })
	if err == nil {
		err = d.Exec(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`) // only the file itself is put in its place
	}
	return errors.Join(err, d.Close(), from.close())
}

// rowSource is where a restore takes tables from: entries of rows, or a SQLite database.
type rowSource struct {
	engine  db.Engine
	ran     []schema.Ran
	tables  []BackedTable
	bytes   int64  // of all rows, for the bar
	staging string // folder of the entries
	lite    *db.DB // or the database
}

// openRows checks what was unpacked: this program must know its schema, and its tables must be those of the schema.
func openRows(ctx context.Context, staging string, m Manifest) (*rowSource, error) {
	if m.Format == withDatabase {
		return openLite(ctx, filepath.Join(staging, DatabaseFile))
	}
	s := &rowSource{engine: m.Engine, ran: m.Schema, tables: m.Tables, staging: staging}
	if err := schema.CheckHistory("The backup", s.engine, s.ran); err != nil {
		return nil, err
	}
	want, err := schema.Tables(s.engine, len(s.ran))
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(want, s.tables, func(a schema.Table, b BackedTable) bool { return a.Name == b.Name }) {
		return nil, damaged(nil, "The backup does not hold the tables that its schema has.")
	}
	parts := 0
	for _, t := range s.tables {
		parts += t.Parts
		for part := range t.Parts {
			info, err := os.Stat(filepath.Join(staging, filepath.FromSlash(partName(t.Name, part+1))))
			if err != nil {
				return nil, damaged(err, "The backup lacks a part of the table %s.", t.Name)
			}
			s.bytes += info.Size()
		}
	}
	return s, nil
}

// openLite takes the tables of a SQLite database that was unpacked.
func openLite(ctx context.Context, file string) (*rowSource, error) {
	if err := checkRestored(ctx, file); err != nil {
		return nil, err
	}
	d, err := db.Open(ctx, db.Options{Path: file})
	if err != nil {
		return nil, err
	}
	s := &rowSource{engine: db.SQLite, lite: d}
	err = d.Snapshot(ctx, func(ctx context.Context, q db.Snapshot) (err error) {
		if s.ran, err = schema.History(ctx, q); err != nil {
			return err
		}
		if s.bytes, err = db.Size(ctx, q); err != nil {
			return err
		}
		tables, err := schema.Tables(db.SQLite, len(s.ran))
		if err != nil {
			return err
		}
		for _, t := range tables {
			if t.Special {
				continue // the index is moved by the search package
			}
			b := BackedTable{Name: t.Name}
			columns, err := db.Columns(ctx, q, t.Name)
			if err != nil {
				return err
			}
			for _, c := range columns {
				b.Columns = append(b.Columns, c.Name)
			}
			if b.Rows, err = db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM `+t.Name); err != nil {
				return err
			}
			s.tables = append(s.tables, b)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(errs.Wrapf(err, "read the backup's database"), d.Close())
	}
	return s, nil
}

func (s *rowSource) close() error {
	if s.lite == nil {
		return nil
	}
	return s.lite.Close()
}

// load makes the tables and fills them. ctx is the command's, which ends when the operator says so; loading is
// the transaction's.
func (s *rowSource) load(ctx, loading context.Context, tx db.Loader, report Report) error {
	if err := schema.Build(loading, tx, clock.System{}, len(s.ran)); err != nil {
		return err
	}
	special := map[string]bool{}
	tables, err := schema.Tables(s.engine, len(s.ran))
	if err != nil {
		return err
	}
	for _, t := range tables {
		special[t.Name] = t.Special
	}
	in := watch(ctx, nil, s.bytes, report)
	for _, t := range s.tables {
		if special[t.Name] && s.engine != tx.Engine() {
			continue
		}
		if err := s.fill(ctx, loading, tx, t, t.Name, in); err != nil {
			return err
		}
	}
	switch {
	case s.engine == tx.Engine():
		return nil
	case s.lite != nil:
		return errs.Wrapf(search.ToPostgres(loading, s.lite, tx), "move the search index")
	}
	err = search.ToSQLite(loading, tx, func(table, into string) error {
		at := slices.IndexFunc(s.tables, func(t BackedTable) bool { return t.Name == table })
		if at < 0 {
			return damaged(nil, "The backup has no table %s.", table)
		}
		return s.fill(ctx, loading, tx, s.tables[at], into, in)
	})
	return errs.Wrapf(err, "move the search index")
}

// fill copies one table into another that has the same columns.
func (s *rowSource) fill(ctx, loading context.Context, tx db.Loader, t BackedTable, into string, in *watched) (err error) {
	defer func() { err = errs.Wrapf(err, "fill table %s", into) }()
	columns, err := db.Columns(loading, tx, into)
	if err != nil {
		return err
	}
	ordered := make([]db.Column, len(t.Columns))
	for i, name := range t.Columns {
		at := slices.IndexFunc(columns, func(c db.Column) bool { return c.Name == name })
		if at < 0 || len(columns) != len(t.Columns) {
			return damaged(nil, "The table %s of the backup has other columns than its schema.", t.Name)
		}
		ordered[i] = columns[at]
	}
	rows := s.open(ctx, t, ordered)
	in.r = rows
	n, err := tx.CopyIn(loading, in, into, ordered)
	if err = errors.Join(err, rows.Close()); err != nil {
		return err
	}
	if n != t.Rows {
		return damaged(nil, "The table %s has %d rows in the backup, where %d were announced.", t.Name, n, t.Rows)
	}
	return nil
}

// open gives a table's rows, which need not be read to the end.
func (s *rowSource) open(ctx context.Context, t BackedTable, columns []db.Column) io.ReadCloser {
	if s.lite == nil {
		return &partReader{staging: s.staging, table: t}
	}
	r, w := io.Pipe()
	go func() {
		err := s.lite.Snapshot(ctx, func(ctx context.Context, q db.Snapshot) error {
			_, err := q.CopyOut(ctx, w, t.Name, columns)
			return err
		})
		_ = w.CloseWithError(err) // never fails
	}()
	return r
}

// partReader reads the entries of one table one after the other.
type partReader struct {
	staging string
	table   BackedTable
	next    int
	f       *os.File
}

// Read reads on.
func (p *partReader) Read(b []byte) (int, error) {
	for {
		if p.f == nil {
			if p.next == p.table.Parts {
				return 0, io.EOF
			}
			p.next++
			f, err := os.Open(filepath.Join(p.staging, filepath.FromSlash(partName(p.table.Name, p.next))))
			if err != nil {
				return 0, err
			}
			p.f = f
		}
		n, err := p.f.Read(b)
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := p.Close(); err != nil {
			return 0, err
		}
	}
}

// Close lets go of the entry that is open.
func (p *partReader) Close() error {
	if p.f == nil {
		return nil
	}
	f := p.f
	p.f = nil
	return f.Close()
}
