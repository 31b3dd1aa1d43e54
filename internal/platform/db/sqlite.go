package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// maxStatements bounds the prepared statements per pool; texts beyond it run unprepared.
const maxStatements = 1500

func openSQLite(ctx context.Context, o Options) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
		return nil, errs.Disk(errs.Wrapf(err, "make the data folder"), "the data folder "+filepath.Dir(o.Path))
	}
	base := "file:" + (&url.URL{Path: o.Path}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=temp_store(memory)" +
		"&_pragma=mmap_size(268435456)&_pragma=cache_size(-16384)"
	n := cores(o.MaxConns)
	d := &DB{engine: SQLite, path: o.Path, bounds: newBounds(o.Limit, n)}
	d.bounds.writes = newGate(together)
	if o.ReadOnly {
		base += "&mode=ro"
	} else {
		// The writer maps less of the file than readers do: a long import would otherwise hold all it has
		// touched, and gains hardly anything from it.
		w, err := sql.Open("sqlite", base+"&_pragma=journal_mode(wal)&_pragma=mmap_size(33554432)&_pragma=synchronous(full)&_pragma=wal_autocheckpoint(4000)")
		if err != nil {
			return nil, errs.Wrapf(err, "open %s", o.Path)
		}
		w.SetMaxOpenConns(1)
		conn, err := w.Conn(ctx)
		if err != nil {
			return nil, errors.Join(errs.Wrapf(explainError(err), "open %s", o.Path), w.Close())
		}
		if err := conn.PingContext(ctx); err != nil {
			return nil, errors.Join(errs.Wrapf(explainError(err), "open %s", o.Path), conn.Close(), w.Close())
		}
		d.writer = &writer{db: w, conn: conn, turn: make(chan struct{}, 1), trips: &d.trips, watch: o.Watch, edit: o.Rewrite}
		d.writer.stmts.prepare = conn.PrepareContext
	}
	r, err := sql.Open("sqlite", base+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errs.Wrapf(err, "open %s", o.Path)
	}
	r.SetMaxOpenConns(n + spare)
	r.SetMaxIdleConns(n)
	d.reader = &pool{db: r, trips: &d.trips, edit: o.Rewrite}
	d.reader.stmts.prepare = r.PrepareContext
	if err := d.Ping(ctx); err != nil {
		return nil, errors.Join(errs.Wrapf(err, "open %s", o.Path), d.Close())
	}
	return d, nil
}

// statements keeps one prepared statement per text.
type statements struct {
	prepare func(ctx context.Context, q string) (*sql.Stmt, error)
	byText  sync.Map // text as written → *sql.Stmt
	count   atomic.Int64
}

// get answers nil when the cache is full.
func (s *statements) get(ctx context.Context, q string) (*sql.Stmt, error) {
	if st, ok := s.byText.Load(q); ok {
		return st.(*sql.Stmt), nil // only *sql.Stmt is stored
	}
	if s.count.Load() >= maxStatements {
		return nil, nil // nil means: run it unprepared
	}
	st, err := s.prepare(ctx, rebind(q))
	if err != nil {
		return nil, err
	}
	if was, loaded := s.byText.LoadOrStore(q, st); loaded {
		_ = st.Close()
		return was.(*sql.Stmt), nil // only *sql.Stmt is stored
	}
	s.count.Add(1)
	return st, nil
}

// pool is SQLite's readers.
type pool struct {
	db    *sql.DB
	stmts statements
	trips *atomic.Int64
	edit  Rewrite
}

func (*pool) Engine() Engine { return SQLite }

func (p *pool) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	count(ctx, p.trips)
	record(ctx, q, args)
	q = p.edit.text(ctx, q)
	st, err := p.stmts.get(ctx, q)
	if err != nil {
		return nil, explainError(err)
	}
	if st == nil {
		rows, err := p.db.QueryContext(ctx, rebind(q), convert(args)...)
		return rows, explainError(err)
	}
	rows, err := st.QueryContext(ctx, convert(args)...)
	return rows, explainError(err)
}

func (p *pool) QueryRow(ctx context.Context, q string, args ...any) Row {
	count(ctx, p.trips)
	record(ctx, q, args)
	q = p.edit.text(ctx, q)
	st, err := p.stmts.get(ctx, q)
	if err != nil {
		return failedRow{explainError(err)}
	}
	if st == nil {
		return checkedRow{p.db.QueryRowContext(ctx, rebind(q), convert(args)...)}
	}
	return checkedRow{st.QueryRowContext(ctx, convert(args)...)}
}

// writer is SQLite's single writer. Transactions that queue up behind each other share one commit,
// because with synchronous=FULL the sync to disk is what a commit costs: each runs in a savepoint of
// the shared transaction and answers only after the commit is on disk.
type writer struct {
	db      *sql.DB
	conn    *sql.Conn
	turn    chan struct{} // holds one token while somebody writes
	waiting atomic.Int64
	batch   *batch // open transaction, guarded by turn
	stmts   statements
	trips   *atomic.Int64
	watch   Watch
	edit    Rewrite
}

// batch is the transactions that share a commit.
type batch struct {
	size  int
	start time.Time
	late  []Statement // of those who are in it, see Tx.AtCommit
	done  chan struct{}
	err   error // read after done is closed
}

const (
	maxBatch     = 64
	maxBatchTime = 20 * time.Millisecond
)

func (w *writer) close() error { return errors.Join(w.conn.Close(), w.db.Close()) }

// lock waits for the turn, even when the caller gives up meanwhile: whoever wrote before may have left the
// commit to us. When the deadline passes, somebody else waits in our place and commits.
func (w *writer) lock(ctx context.Context) error {
	w.waiting.Add(1)
	var over <-chan time.Time
	if at, ok := ctx.Deadline(); ok {
		t := time.NewTimer(time.Until(at)) //nolint:forbidigo // a context's deadline is of the machine's clock
		defer t.Stop()
		over = t.C
	}
	select {
	case w.turn <- struct{}{}:
		w.waiting.Add(-1)
		return nil
	case <-over:
	}
	go func() {
		w.turn <- struct{}{}
		w.waiting.Add(-1)
		w.pass(context.WithoutCancel(ctx))
	}()
	return explainError(context.DeadlineExceeded)
}

// pass gives the turn on, and commits before unless the next in line will.
func (w *writer) pass(ctx context.Context) {
	if w.batch != nil && (w.waiting.Load() == 0 || w.batch.size >= maxBatch || time.Since(w.batch.start) > maxBatchTime) { //nolint:forbidigo // measures the batch, not business time
		w.finish(ctx)
	}
	<-w.turn
}

func (w *writer) run(ctx context.Context, fn func(ctx context.Context, tx Tx) error) ([]func(), error) {
	after, b, err := w.takeTurn(ctx, fn)
	if err != nil {
		return nil, err
	}
	<-b.done
	return after, b.err
}

// takeTurn runs fn when it is its turn and commits unless the next in line will. A panic passes
// through after the turn was given on.
func (w *writer) takeTurn(ctx context.Context, fn func(ctx context.Context, tx Tx) error) ([]func(), *batch, error) {
	if err := w.lock(ctx); err != nil {
		return nil, nil, err
	}
	defer w.pass(ctx)
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	return w.join(ctx, fn)
}

// join runs fn in a savepoint of the open batch; it opens one if there is none. The interrupt that a
// cancelled context causes would roll back everybody's work, so statements do not see the cancellation.
func (w *writer) join(ctx context.Context, fn func(ctx context.Context, tx Tx) error) (after []func(), b *batch, err error) {
	ctx = context.WithoutCancel(ctx)
	tx := &sqliteTx{w: w}
	if w.batch == nil {
		if err := w.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
			return nil, nil, err
		}
		w.batch = &batch{start: time.Now(), done: make(chan struct{})} //nolint:forbidigo // measures the batch, not business time
	}
	b = w.batch
	if err := w.exec(ctx, "SAVEPOINT one"); err != nil {
		return nil, nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			w.undo(ctx)
			panic(p) //nolint:forbidigo // the caller's panic goes on after the rollback
		}
	}()
	if err := fn(ctx, tx); err != nil {
		w.undo(ctx)
		return nil, nil, err
	}
	if err := w.exec(ctx, "RELEASE one"); err != nil {
		w.undo(ctx)
		return nil, nil, err
	}
	b.size++
	b.late = append(b.late, tx.late...)
	return tx.after, b, nil
}

// undo takes back one savepoint. When SQLite has already rolled back the whole transaction (disk
// full), all who share it must hear so.
func (w *writer) undo(ctx context.Context) {
	if err := w.exec(ctx, "ROLLBACK TO one"); err == nil {
		if err = w.exec(ctx, "RELEASE one"); err == nil {
			return
		}
	}
	b := w.batch
	w.batch = nil
	_ = w.exec(ctx, "ROLLBACK")
	b.err = errs.New(errs.Unavailable, "database_unavailable", "The database could not write. Is the disk full?")
	close(b.done)
}

// finish commits the batch and tells everybody in it.
func (w *writer) finish(ctx context.Context) {
	b := w.batch
	if b == nil {
		return
	}
	w.batch = nil
	ctx = context.WithoutCancel(ctx) // the commit belongs to many callers
	tx := &sqliteTx{w: w}
	for _, s := range b.late {
		if _, b.err = tx.Exec(ctx, s.Text, s.Args...); b.err != nil {
			break
		}
	}
	if b.err == nil {
		w.watch.see(ctx, BeforeCommit, "COMMIT")
		b.err = w.exec(ctx, "COMMIT")
	}
	if b.err != nil {
		_ = w.exec(ctx, "ROLLBACK")
	}
	w.watch.see(ctx, AfterCommit, "")
	close(b.done)
}

func (w *writer) exec(ctx context.Context, q string) error {
	st, err := w.stmts.get(ctx, q)
	if err != nil {
		return explainError(err)
	}
	if st == nil {
		_, err = w.conn.ExecContext(ctx, q)
	} else {
		_, err = st.ExecContext(ctx)
	}
	return explainError(err)
}

func (w *writer) alone(ctx context.Context, q string, args []any) error {
	if err := w.lock(ctx); err != nil {
		return err
	}
	defer func() { <-w.turn }()
	w.finish(ctx)
	_, err := w.conn.ExecContext(ctx, rebind(q), convert(args)...)
	return explainError(err)
}

type sqliteTx struct {
	w     *writer
	late  []Statement
	after []func()
}

func (*sqliteTx) Engine() Engine { return SQLite }

// Later is Exec: there is no way to save.
func (t *sqliteTx) Later(ctx context.Context, q string, args ...any) error {
	_, err := t.Exec(ctx, q, args...)
	return err
}

func (t *sqliteTx) AtCommit(q string, args ...any) { t.late = append(t.late, Statement{q, args}) }

func (t *sqliteTx) AfterCommit(do func()) { t.after = append(t.after, do) }

func (t *sqliteTx) Exec(ctx context.Context, q string, args ...any) (int64, error) {
	t.w.watch.see(ctx, BeforeStatement, q)
	count(ctx, t.w.trips)
	record(ctx, q, args)
	q = t.w.edit.text(ctx, q)
	st, err := t.w.stmts.get(ctx, q)
	if err != nil {
		return 0, explainError(err)
	}
	var res sql.Result
	if st == nil {
		res, err = t.w.conn.ExecContext(ctx, rebind(q), convert(args)...)
	} else {
		res, err = st.ExecContext(ctx, convert(args)...)
	}
	if err != nil {
		return 0, explainError(err)
	}
	return res.RowsAffected()
}

func (t *sqliteTx) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	t.w.watch.see(ctx, BeforeStatement, q)
	count(ctx, t.w.trips)
	q = t.w.edit.text(ctx, q)
	st, err := t.w.stmts.get(ctx, q)
	if err != nil {
		return nil, explainError(err)
	}
	if st == nil {
		rows, err := t.w.conn.QueryContext(ctx, rebind(q), convert(args)...)
		return rows, explainError(err)
	}
	rows, err := st.QueryContext(ctx, convert(args)...)
	return rows, explainError(err)
}

func (t *sqliteTx) QueryRow(ctx context.Context, q string, args ...any) Row {
	t.w.watch.see(ctx, BeforeStatement, q)
	count(ctx, t.w.trips)
	q = t.w.edit.text(ctx, q)
	st, err := t.w.stmts.get(ctx, q)
	if err != nil {
		return failedRow{explainError(err)}
	}
	if st == nil {
		return checkedRow{t.w.conn.QueryRowContext(ctx, rebind(q), convert(args)...)}
	}
	return checkedRow{st.QueryRowContext(ctx, convert(args)...)}
}

// Backup writes a consistent copy of a SQLite database to a new file while others read and write; Snapshot is
// for PostgreSQL.
func (d *DB) Backup(ctx context.Context, file string) error {
	src, err := sql.Open("sqlite", "file:"+(&url.URL{Path: d.path}).EscapedPath()+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return errs.Wrapf(err, "open %s", d.path)
	}
	defer func() { _ = src.Close() }()
	if _, err := src.ExecContext(ctx, "VACUUM INTO ?", file); err != nil {
		return fmt.Errorf("copy the database: %w", explainError(err))
	}
	return nil
}
