package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// IsUnique reports that a row with the same key exists. A non-empty name must be part of the
// constraint's name (PostgreSQL) or its columns ("customer_identity.value", SQLite).
func IsUnique(err error, names ...string) bool {
	var text string
	var pg *pgconn.PgError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &pg) && pg.Code == "23505":
		text = pg.ConstraintName + " " + pg.TableName
	case errors.As(err, &lite) && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY):
		text = lite.Error()
	default:
		return false
	}
	for _, n := range names {
		if strings.Contains(text, n) {
			return true
		}
	}
	return len(names) == 0
}

// IsForeignKey reports that a row points at one that is not there, or is pointed at.
func IsForeignKey(err error) bool {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	return errors.As(err, &pg) && (pg.Code == "23503" || pg.Code == "23001") ||
		errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// retryable: serialization failure, deadlock, a statement that was prepared before the schema changed, or a
// connection found dead before anything was sent on it. A SQLite file that another process writes to is none of
// these: busy_timeout has waited for it already.
func retryable(err error) bool {
	if errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err) {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01" || staleStatement(err)
	}
	return false
}

// The codes of a database that cannot do what was asked.
const (
	codeGone     = "database_unavailable"
	codeSlow     = "database_timeout"
	codeFull     = "disk_full"
	codeReadOnly = "read_only"
)

// unavailable is a code and one line for the faults that a person can mend, or empty.
func unavailable(err error) (code, text string) {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	var op *net.OpError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &pg):
		switch {
		case pg.Code == "57014":
			return codeSlow, "The database took too long."
		case pg.Code[:2] == "08", pg.Code[:2] == "57", pg.Code == "53300":
			return codeGone, "The database is restarting or has no free connection."
		case pg.Code == "53100":
			return codeFull, "The database's disk is full."
		case pg.Code == "25006":
			return codeReadOnly, "The database is read-only."
		case pg.Code == "3D000":
			return codeGone, "The database server has no database of that name."
		case pg.Code[:2] == "28":
			return codeGone, "The database server refuses the user or the password."
		}
		return "", ""
	case errors.As(err, &lite):
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return codeFull, "The disk is full."
		case sqlite3.SQLITE_READONLY:
			return codeReadOnly, "The database is read-only."
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return codeGone, "The database is locked by another process."
		case sqlite3.SQLITE_IOERR:
			if refusesWrites(lite.Code()) {
				return codeReadOnly, "The database's disk takes no writes. Is it read-only or broken?"
			}
			return codeGone, "The database's disk does not answer."
		case sqlite3.SQLITE_CANTOPEN:
			return codeGone, "The database file cannot be opened. Does the folder exist and may it be written?"
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
			return codeGone, "The database file is damaged or is no database."
		}
		return "", ""
	case errors.Is(err, context.DeadlineExceeded):
		return codeSlow, "The database took too long."
	case errors.As(err, &connect), errors.As(err, &op), errors.Is(err, driver.ErrBadConn), errors.Is(err, os.ErrDeadlineExceeded),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone),
		pgconn.SafeToRetry(err):
		return codeGone, "The database does not answer."
	}
	return "", ""
}

// refusesWrites tells the failures of a disk that can still be read.
func refusesWrites(code int) bool {
	switch code {
	case sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC, sqlite3.SQLITE_IOERR_TRUNCATE,
		sqlite3.SQLITE_IOERR_DELETE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN:
		return true
	}
	return false
}

// backoff waits longer each time, with jitter, so that retries do not march in step.
func backoff(ctx context.Context, attempt int) error {
	d := time.Duration(1<<attempt) * time.Millisecond
	t := time.NewTimer(d/2 + rand.N(d)) //nolint:gosec // jitter is no secret
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
