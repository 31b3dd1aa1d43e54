package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Engine is which database answers.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Row is one result row.
type Row interface{ Scan(dest ...any) error }

// Reader runs queries. Rows must be read to their end inside the function that asked for them.
type Reader interface {
	Query(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, q string, args ...any) Row
	Engine() Engine
}

// Tx is a running transaction.
type Tx interface {
	Reader
	// Exec runs a statement and tells how many rows it touched.
	Exec(ctx context.Context, q string, args ...any) (int64, error)
	// Later is Exec for a statement of which nothing in the transaction needs to know how many rows it touched. On
	// PostgreSQL it goes out together with the next statement that does give something back, or with the commit,
	// and its error is theirs.
	Later(ctx context.Context, q string, args ...any) error
	// AtCommit keeps a statement for the end of the transaction that is written to disk, which on SQLite others
	// may share. It is for statements that never fail but for want of space and that nothing in the transaction
	// reads back, such as full-text rows: SQLite writes their index out at every savepoint that it lets go.
	AtCommit(q string, args ...any)
	// AfterCommit keeps work for the moment when the change is safe, such as telling live streams.
	// It must be quick and may be lost when the process dies: what must happen is a job.
	AfterCommit(do func())
}

// Options say which database to open.
type Options struct {
	Path     string        // SQLite file; used when URL is empty
	URL      string        // postgres://…
	MaxConns int           // reader connections; 0 means the number of cores (SQLite) or 4 per core (PostgreSQL)
	ReadOnly bool          // refuse to write (for doctor)
	Limit    time.Duration // longest that one read or change may take, a quarter of it in line; 0 means DefaultLimit; see Patient
	Watch    Watch         // for tests; nil watches nothing
	Dial     Dial          // for tests; nil dials TCP
	Rewrite  Rewrite       // for tests; nil sends what is written

	RowSecurity RowSecurityMode // PostgreSQL alone
	AppURL      string          // a login of its own for statements of a workspace; empty takes a role of URL's
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine Engine
	path   string
	reader *pool
	writer *writer // SQLite
	pg     *sql.DB // PostgreSQL
	watch  Watch   // of PostgreSQL's transactions
	edit   Rewrite // of PostgreSQL's statements
	trips  atomic.Int64
	bounds bounds

	options  Options // PostgreSQL
	name     string  // of the database
	app      *sql.DB // the login of its own, if there is one
	wall     atomic.Pointer[wall]
	security atomic.Pointer[RowSecurity]
}

// Open connects and checks that the database answers.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.URL != "" {
		return openPostgres(ctx, o)
	}
	return openSQLite(ctx, o)
}

// Engine tells which database this is.
func (d *DB) Engine() Engine { return d.engine }

// Name is the PostgreSQL database, or empty.
func (d *DB) Name() string { return d.name }

// Path is the SQLite file, or empty.
func (d *DB) Path() string { return d.path }

// Trips is how many statements have been sent since the start, BEGIN and COMMIT on PostgreSQL included.
func (d *DB) Trips() int64 { return d.trips.Load() }

// Pool tells how busy the reading connections are.
func (d *DB) Pool() sql.DBStats {
	if w := d.wall.Load(); w != nil {
		return w.pool.Stats()
	}
	if d.pg != nil {
		return d.pg.Stats()
	}
	return d.reader.db.Stats()
}

// Close ends all connections.
func (d *DB) Close() error {
	if d.writer != nil {
		return errors.Join(d.writer.close(), d.reader.db.Close())
	}
	return d.closePostgres()
}

// Ping asks for one answer.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return d.direct().QueryRow(ctx, "SELECT 1").Scan(&one)
}

// Read runs queries of one workspace. It gives no snapshot: two queries may see different moments.
//
// Errors, beside those of fn: Unavailable when too many wait for the database, or it takes too long.
func (d *DB) Read(ctx context.Context, t id.Workspace, fn func(ctx context.Context, q Reader) error) error {
	return d.reading(ctx, t, func(ctx context.Context) error {
		if in, pool := d.enter(t); in != nil {
			return fn(ctx, &pgReader{d: d, on: pool, in: in})
		}
		return fn(ctx, d.direct())
	})
}

// ReadAll is Read across workspaces: the tenant directory, the queue's scan, doctor. Each use is listed in a test.
func (d *DB) ReadAll(ctx context.Context, fn func(ctx context.Context, q Reader) error) error {
	return d.reading(ctx, 0, func(ctx context.Context) error { return fn(ctx, d.direct()) })
}

// Reserve runs one writing statement, which gives a row back, as a transaction of its own and in one round trip:
// for what may be taken in vain. PostgreSQL does not wait until it is on the disk: no later commit can be there
// without it.
func (d *DB) Reserve(ctx context.Context, t id.Workspace, fn func(ctx context.Context, q Reader) error) error {
	if d.writer != nil {
		return d.Write(Preparing(ctx), t, func(ctx context.Context, tx Tx) error { return fn(ctx, tx) })
	}
	in, pool := d.enter(t)
	if in != nil {
		in.unsynced = true
	}
	return d.within(ctx, d.bounds.writes, t, func(ctx context.Context) error { return fn(ctx, &pgReader{d: d, on: pool, in: in}) })
}

// Write runs fn in one transaction of one workspace, and again from the start when the database asks
// for a retry, so fn must have no effect outside tx. On an error nothing is kept.
func (d *DB) Write(ctx context.Context, t id.Workspace, fn func(ctx context.Context, tx Tx) error) error {
	in, pool := d.enter(t)
	return d.within(ctx, d.bounds.writes, t, func(ctx context.Context) error { return d.write(ctx, in, pool, fn) })
}

// WriteAll is Write across workspaces: migrations, provisioning, the queue. Each use is listed in a test.
func (d *DB) WriteAll(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error {
	return d.within(ctx, d.bounds.writes, 0, func(ctx context.Context) error { return d.write(ctx, nil, d.pg, fn) })
}

// Exec runs one statement that may not stand in a transaction (VACUUM INTO, PRAGMA, CREATE DATABASE).
func (d *DB) Exec(ctx context.Context, q string, args ...any) error {
	if d.writer != nil {
		return d.writer.alone(ctx, q, args)
	}
	_, err := d.pg.ExecContext(ctx, q, convert(args)...)
	return explainError(err)
}

const writeAttempts = 8

func (d *DB) write(ctx context.Context, in *inside, pool *sql.DB, fn func(ctx context.Context, tx Tx) error) error {
	fn = accompanied(ctx, fn)
	var err error
	for attempt := range writeAttempts {
		if attempt > 0 {
			if werr := backoff(ctx, attempt); werr != nil {
				return errs.Wrapf(err, "write, given up while waiting to retry")
			}
		}
		var after []func()
		if d.writer != nil {
			after, err = d.writer.run(ctx, fn)
		} else {
			after, err = d.writePostgres(ctx, in, pool, fn)
		}
		if err == nil {
			for _, do := range after {
				do()
			}
			return nil
		}
		if !retryable(err) {
			return err
		}
	}
	return errs.Wrapf(err, "write, given up after %d attempts", writeAttempts)
}

func (d *DB) direct() Reader {
	if d.engine == Postgres {
		return &pgReader{d: d, on: d.pg}
	}
	return d.reader
}

// rebind turns $N into ?N, which SQLite drivers agree on; quotes are left alone. Where the numbers stand
// in order, plain ? says the same, and the driver then need not look every number up by its name, which
// costs it the square of their count: it made bulk inserts four times slower.
//
// SQLite looks at a bound LIMIT to plan, and therefore plans a statement anew whenever one is bound: a tenth
// of the time of a list. It does not look into a sum.
func rebind(q string) string {
	if !strings.Contains(q, "$") {
		return q
	}
	q = strings.ReplaceAll(q, "LIMIT $", "LIMIT 0 + $")
	var numbered, plain strings.Builder
	ordered, quoted, next := true, false, 1
	for i := 0; i < len(q); {
		if q[i] == '\'' {
			quoted = !quoted
		}
		end := i + 1
		for end < len(q) && q[end] >= '0' && q[end] <= '9' {
			end++
		}
		if q[i] != '$' || quoted || end == i+1 {
			numbered.WriteByte(q[i])
			plain.WriteByte(q[i])
			i++
			continue
		}
		ordered = ordered && q[i+1:end] == strconv.Itoa(next)
		next++
		numbered.WriteString("?" + q[i+1:end])
		plain.WriteByte('?')
		i = end
	}
	if ordered {
		return plain.String()
	}
	return numbered.String()
}

func cores(n int) int {
	if n > 0 {
		return n
	}
	return max(2, runtime.GOMAXPROCS(0))
}

// failedRow carries an error to Scan.
type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

// checkedRow gives driver errors their meaning.
type checkedRow struct{ row *sql.Row }

func (r checkedRow) Scan(dest ...any) error { return explainError(r.row.Scan(dest...)) }

// explainError turns what every caller would have to ask for into kinds: an unreachable, full or
// read-only database is Unavailable with one clear line. Everything else passes through.
func explainError(err error) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) || errors.Is(err, context.Canceled) {
		return err
	}
	if code, text := unavailable(err); text != "" {
		return &errs.Error{Kind: errs.Unavailable, Code: code, Message: text, Err: err}
	}
	return fmt.Errorf("database: %w", err)
}
