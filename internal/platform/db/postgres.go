package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

func openPostgres(ctx context.Context, o Options) (*DB, error) {
	pg, err := postgresPool(o)
	if err != nil {
		return nil, err
	}
	d := &DB{engine: Postgres, pg: pg, watch: o.Watch, edit: o.Rewrite, options: o, bounds: newBounds(o.Limit, postgresConns(o))}
	row := pg.QueryRowContext(ctx, `SELECT current_database()`)
	if err := explainError(row.Scan(&d.name)); err != nil {
		return nil, errors.Join(errs.Wrapf(err, "connect to PostgreSQL at %s", place(o.URL)), pg.Close())
	}
	if err := d.UseRowSecurity(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// postgresPool connects to nothing yet.
func postgresPool(o Options) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, errs.Newf(errs.Invalid, "database_url", "The database URL cannot be read. Expected postgres://user:password@host:port/name.")
	}
	// pgx prepares and keeps each text per connection by itself.
	cfg.StatementCacheCapacity = maxStatements
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "throughline" // who it is, in the server's list of sessions
	}
	if o.Dial != nil {
		cfg.DialFunc = pgconn.DialFunc(o.Dial)
	}
	pg := sql.OpenDB(&wallConnector{stdlib.GetConnector(*cfg, stdlib.OptionShouldPing(alive), stdlib.OptionResetSession(notClosed))})
	n := postgresConns(o)
	pg.SetMaxOpenConns(n + spare)
	pg.SetMaxIdleConns(n)
	pg.SetConnMaxIdleTime(5 * time.Minute)
	return pg, nil
}

func postgresConns(o Options) int {
	if o.MaxConns == 0 {
		return 4 * cores(0)
	}
	return o.MaxConns
}

// place is host and port of a URL that has been read.
func place(url string) string {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return "an unknown place"
	}
	return fmt.Sprintf("%s:%d", cfg.Host, cfg.Port)
}

// How long a connection may lie idle before it is asked whether it still leads to the server, and how long the
// answer may take: after an outage of the network each would otherwise hold one request up to its limit.
const (
	idleAsk   = time.Second
	aliveWait = 2 * time.Second
)

// alive asks an idle connection for a sign of life. One that gives none is closed, which notClosed finds.
func alive(ctx context.Context, p stdlib.ShouldPingParams) bool {
	if p.IdleDuration > idleAsk {
		ctx, cancel := context.WithTimeout(ctx, aliveWait)
		defer cancel()
		if p.Conn.Ping(ctx) != nil && !p.Conn.IsClosed() {
			_ = p.Conn.Close(ctx) // it is of no use
		}
	}
	return false // asked already
}

func notClosed(_ context.Context, c *pgx.Conn) error {
	if c.IsClosed() {
		return driver.ErrBadConn
	}
	return nil
}

func (d *DB) writePostgres(ctx context.Context, in *inside, pool *sql.DB, fn func(ctx context.Context, tx Tx) error) ([]func(), error) {
	count(ctx, &d.trips)
	// database/sql would roll back from another goroutine when the caller goes away, and close the connection.
	during, end := lasting(ctx)
	defer end()
	tx, err := pool.BeginTx(in.context(during), nil)
	if err != nil {
		return nil, explainError(err)
	}
	t := &pgTx{pgReader: pgReader{d: d, on: tx, watch: d.watch, in: in}, tx: tx}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := fn(ctx, t); err != nil {
		return nil, err
	}
	if err := t.runLate(ctx); err != nil {
		return nil, err
	}
	count(ctx, &d.trips)
	d.watch.see(ctx, BeforeCommit, "COMMIT")
	if err := tx.Commit(); err != nil {
		return nil, explainError(err)
	}
	d.watch.see(ctx, AfterCommit, "")
	return t.after, nil
}

// querier is what a pool and a transaction share.
type querier interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row
}

type pgReader struct {
	d     *DB
	on    querier
	watch Watch   // in a transaction
	in    *inside // where there is row security
}

func (*pgReader) Engine() Engine { return Postgres }

func (r *pgReader) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	r.watch.see(ctx, BeforeStatement, q)
	count(ctx, &r.d.trips)
	record(ctx, q, args)
	q = r.d.edit.text(ctx, q)
	rows, err := r.on.QueryContext(r.in.context(ctx), q, convert(args)...)
	return rows, explainError(err)
}

func (r *pgReader) QueryRow(ctx context.Context, q string, args ...any) Row {
	r.watch.see(ctx, BeforeStatement, q)
	count(ctx, &r.d.trips)
	record(ctx, q, args)
	q = r.d.edit.text(ctx, q)
	return checkedRow{r.on.QueryRowContext(r.in.context(ctx), q, convert(args)...)}
}

type pgTx struct {
	pgReader
	tx    *sql.Tx
	late  []Statement
	after []func()
}

// Later puts the statement by on the connection.
func (t *pgTx) Later(ctx context.Context, q string, args ...any) error {
	t.watch.see(ctx, BeforeStatement, q)
	record(ctx, q, args)
	q = t.d.edit.text(ctx, q)
	_, err := t.tx.ExecContext(withLater(ctx), q, convert(args)...)
	return explainError(err)
}

func (t *pgTx) AtCommit(q string, args ...any) { t.late = append(t.late, Statement{q, args}) }

func (t *pgTx) runLate(ctx context.Context) error {
	for _, s := range t.late {
		if err := t.Later(ctx, s.Text, s.Args...); err != nil {
			return err
		}
	}
	return nil
}

func (t *pgTx) AfterCommit(do func()) { t.after = append(t.after, do) }

func (t *pgTx) Exec(ctx context.Context, q string, args ...any) (int64, error) {
	t.watch.see(ctx, BeforeStatement, q)
	count(ctx, &t.d.trips)
	record(ctx, q, args)
	q = t.d.edit.text(ctx, q)
	res, err := t.tx.ExecContext(ctx, q, convert(args)...)
	if err != nil {
		return 0, explainError(err)
	}
	return res.RowsAffected()
}

// quoteText writes a text as the server's SQL does.
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
