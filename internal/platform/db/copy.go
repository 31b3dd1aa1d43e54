package db

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Column is one column of a table; Type is as the schema declares it, in upper case.
type Column struct{ Name, Type string }

// Columns lists a table's columns in their order, without those that the database works out; none when
// there is no such table.
func Columns(ctx context.Context, q Reader, table string) ([]Column, error) {
	text := `SELECT name, upper(type) FROM pragma_table_info($1) ORDER BY cid`
	if q.Engine() == Postgres {
		text = `
			SELECT column_name, upper(data_type)
			FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER'
			ORDER BY ordinal_position`
	}
	return All(ctx, q, func(r Row) (c Column, err error) { return c, r.Scan(&c.Name, &c.Type) }, text, table)
}

// Snapshot is one moment of the database: whatever is read through it, in any order, fits together.
type Snapshot interface {
	Reader
	// CopyOut writes a table's rows as PostgreSQL's COPY writes text, one row per line, and tells how many.
	// It holds one row in memory.
	CopyOut(ctx context.Context, w io.Writer, table string, columns []Column) (int64, error)
}

// Loader is a transaction that takes whole tables.
type Loader interface {
	Tx
	// CopyIn adds the rows that CopyOut of either engine has written, and tells how many.
	CopyIn(ctx context.Context, r io.Reader, table string, columns []Column) (int64, error)
}

// Snapshot reads across workspaces at one moment, while others write.
func (d *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, s Snapshot) error) error {
	pool, options := d.pg, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	if d.engine == SQLite {
		pool, options = d.reader.db, &sql.TxOptions{ReadOnly: true}
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return explainError(err)
	}
	defer func() { _ = conn.Close() }()
	tx, err := conn.BeginTx(ctx, options)
	if err != nil {
		return explainError(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	if d.engine == SQLite {
		return fn(ctx, &liteSnapshot{d: d, tx: tx})
	}
	t := &pgLoader{pgTx: pgTx{pgReader: pgReader{d: d, on: tx}, tx: tx}, conn: conn}
	if err := t.prepare(ctx); err != nil {
		return err
	}
	return fn(ctx, t)
}

// Load runs fn in one transaction across workspaces that may fill whole tables. Unlike Write it runs once.
func (d *DB) Load(ctx context.Context, fn func(ctx context.Context, tx Loader) error) error {
	if d.engine == SQLite {
		after, err := d.writer.run(ctx, func(ctx context.Context, tx Tx) error {
			return fn(ctx, tx.(*sqliteTx)) // what the writer hands out
		})
		for _, do := range after {
			do()
		}
		return err
	}
	conn, err := d.pg.Conn(ctx)
	if err != nil {
		return explainError(err)
	}
	defer func() { _ = conn.Close() }()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return explainError(err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	t := &pgLoader{pgTx: pgTx{pgReader: pgReader{d: d, on: tx}, tx: tx}, conn: conn}
	if err := t.prepare(ctx); err != nil {
		return err
	}
	if err := fn(ctx, t); err != nil {
		return err
	}
	if err := t.runLate(ctx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return explainError(err)
	}
	for _, do := range t.after {
		do()
	}
	return nil
}

// pgLoader is a PostgreSQL transaction whose connection is at hand, for COPY.
type pgLoader struct {
	pgTx
	conn *sql.Conn
}

// prepare makes the transaction safe from limits that are meant for requests, and text the same whatever
// the server's settings are.
func (t *pgLoader) prepare(ctx context.Context) error {
	for _, q := range []string{
		`SET LOCAL statement_timeout = 0`,
		`SET LOCAL lock_timeout = 0`,
		`SET LOCAL idle_in_transaction_session_timeout = 0`,
		`SET LOCAL client_encoding = 'UTF8'`,
		`SET LOCAL extra_float_digits = 3`,
		`SET LOCAL bytea_output = 'hex'`,
	} {
		if _, err := t.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// CopyOut is COPY … TO STDOUT.
func (t *pgLoader) CopyOut(ctx context.Context, w io.Writer, table string, columns []Column) (int64, error) {
	return t.copy(func(c *pgconn.PgConn) (pgconn.CommandTag, error) {
		return c.CopyTo(ctx, w, "COPY "+target(table, columns)+" TO STDOUT")
	})
}

// CopyIn is COPY … FROM STDIN.
func (t *pgLoader) CopyIn(ctx context.Context, r io.Reader, table string, columns []Column) (int64, error) {
	return t.copy(func(c *pgconn.PgConn) (pgconn.CommandTag, error) {
		return c.CopyFrom(ctx, r, "COPY "+target(table, columns)+" FROM STDIN")
	})
}

func (t *pgLoader) copy(do func(c *pgconn.PgConn) (pgconn.CommandTag, error)) (n int64, err error) {
	t.d.trips.Add(1)
	err = t.conn.Raw(func(c any) error {
		tag, err := do(c.(*wallConn).Conn().PgConn()) // what postgresPool connects with
		n = tag.RowsAffected()
		return err
	})
	return n, explainError(err)
}

// target is "table" ("a", "b"): names from an archive are quoted, whatever they are.
func target(table string, columns []Column) string {
	return pgx.Identifier{table}.Sanitize() + " (" + strings.Join(names(columns), ", ") + ")"
}

func names(columns []Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = pgx.Identifier{c.Name}.Sanitize()
	}
	return out
}

// liteSnapshot is a reading transaction on SQLite.
type liteSnapshot struct {
	d  *DB
	tx *sql.Tx
}

func (*liteSnapshot) Engine() Engine { return SQLite }

func (s *liteSnapshot) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	count(ctx, &s.d.trips)
	rows, err := s.tx.QueryContext(ctx, rebind(q), convert(args)...)
	return rows, explainError(err)
}

func (s *liteSnapshot) QueryRow(ctx context.Context, q string, args ...any) Row {
	count(ctx, &s.d.trips)
	return checkedRow{s.tx.QueryRowContext(ctx, rebind(q), convert(args)...)}
}

// CopyOut writes rows as PostgreSQL would.
func (s *liteSnapshot) CopyOut(ctx context.Context, w io.Writer, table string, columns []Column) (n int64, err error) {
	rows, err := s.Query(ctx, "SELECT "+strings.Join(names(columns), ", ")+" FROM "+pgx.Identifier{table}.Sanitize())
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	values, at := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		at[i] = &values[i]
	}
	var line []byte
	for rows.Next() {
		if err := rows.Scan(at...); err != nil {
			return n, explainError(err)
		}
		if line, err = appendCopyLine(line[:0], columns, values); err != nil {
			return n, err
		}
		if _, err := w.Write(line); err != nil {
			return n, err
		}
		n++
	}
	return n, explainError(rows.Err())
}

// CopyIn reads what PostgreSQL would read.
func (t *sqliteTx) CopyIn(ctx context.Context, r io.Reader, table string, columns []Column) (n int64, err error) {
	places := make([]string, len(columns))
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	q := "INSERT INTO " + target(table, columns) + " VALUES (" + strings.Join(places, ", ") + ")"
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return n, nil
		}
		if err != nil {
			return n, unexpectedEnd(err)
		}
		values, err := parseCopyLine(line[:len(line)-1], columns)
		if err != nil {
			return n, err
		}
		if _, err := t.Exec(ctx, q, values...); err != nil {
			return n, err
		}
		n++
	}
}

// unexpectedEnd is the error of a last line that has no end.
func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Size is about how many bytes the tables take, indexes left out on PostgreSQL.
func Size(ctx context.Context, q Reader) (int64, error) {
	text := `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
	if q.Engine() == Postgres {
		text = `
			SELECT CAST(COALESCE(SUM(pg_table_size(oid)), 0) AS BIGINT)
			FROM pg_catalog.pg_class
			WHERE relkind = 'r' AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())`
	}
	return Scalar[int64](ctx, q, text)
}

// Shared reports whether another process of ours is connected to the PostgreSQL database; SQLite has other
// means to know.
func Shared(ctx context.Context, q Reader) (bool, error) {
	if q.Engine() != Postgres {
		return false, nil
	}
	return Exists(ctx, q, `
		SELECT 1
		FROM pg_catalog.pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = current_setting('application_name')
		LIMIT 1`)
}
