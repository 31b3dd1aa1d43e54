package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// Micros is how both engines keep an instant: microseconds since 1970 UTC.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// NullMicros is Micros, or NULL for the zero time.
func NullMicros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// Time scans an instant into *t; NULL is the zero time.
func Time(t *time.Time) sql.Scanner { return timeScanner{t} }

type timeScanner struct{ t *time.Time }

func (s timeScanner) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s.t = time.Time{}
	case int64:
		*s.t = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("scan time from %T", src)
	}
	return nil
}

// Text scans text into *s; NULL is the empty string.
func Text(s *string) sql.Scanner { return textScanner{s} }

type textScanner struct{ s *string }

func (t textScanner) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t.s = ""
	case string:
		*t.s = v
	case []byte:
		*t.s = string(v)
	default:
		return fmt.Errorf("scan text from %T", src)
	}
	return nil
}

// NullText is the text, or NULL when it is empty.
func NullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// JSON writes a value to a JSONB column. It is text on both engines: SQLite would take bytes for
// its own binary format.
func JSON(v any) driver.Valuer { return jsonValue{v} }

type jsonValue struct{ v any }

func (j jsonValue) Value() (driver.Value, error) {
	b, err := json.Marshal(j.v)
	return string(b), err
}

// FromJSON scans a JSONB column into the target; NULL leaves it alone.
func FromJSON(target any) sql.Scanner { return jsonScanner{target} }

type jsonScanner struct{ v any }

func (j jsonScanner) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), j.v)
	case []byte:
		return json.Unmarshal(v, j.v)
	}
	return fmt.Errorf("scan JSON from %T", src)
}

// convert calls Value where there is one, so that a zero id is NULL on both engines: pgx alone would
// send its sixteen zero bytes.
func convert(args []any) []any {
	for i, a := range args {
		if v, ok := a.(driver.Valuer); ok {
			out, err := v.Value()
			if err != nil {
				args[i] = badValue{err}
				continue
			}
			args[i] = out
		}
	}
	return args
}

// badValue makes the driver report a value's own error.
type badValue struct{ err error }

func (b badValue) Value() (driver.Value, error) { return nil, b.err }

// All reads every row of a query.
func All[T any](ctx context.Context, r Reader, scan func(Row) (T, error), q string, args ...any) ([]T, error) {
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, errs.Wrapf(err, "scan row")
		}
		out = append(out, v)
	}
	return out, explainError(rows.Err())
}

// One reads a single row; none is errs.NotFound.
func One[T any](ctx context.Context, r Reader, scan func(Row) (T, error), q string, args ...any) (T, error) {
	v, err := scan(r.QueryRow(ctx, q, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return v, errs.Missing()
	}
	return v, err
}

// Scalar reads one column of one row; none is errs.NotFound.
func Scalar[T any](ctx context.Context, r Reader, q string, args ...any) (T, error) {
	return One(ctx, r, func(row Row) (v T, err error) { return v, row.Scan(&v) }, q, args...)
}

// Exists reports whether the query has a row.
func Exists(ctx context.Context, r Reader, q string, args ...any) (bool, error) {
	var one int
	err := r.QueryRow(ctx, q, args...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

type countKey struct{}

// WithCount counts the database round trips made under the context, for the pages that promise a number.
func WithCount(ctx context.Context) (context.Context, *atomic.Int64) {
	n := new(atomic.Int64)
	return context.WithValue(ctx, countKey{}, n), n
}

func count(ctx context.Context, total *atomic.Int64) {
	total.Add(1)
	if n, ok := ctx.Value(countKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}

// insertRows bounds the rows of one INSERT so that few texts are prepared and no engine's limit on
// placeholders (32,766 on SQLite) is met.
const insertRows = 64

// InsertMany writes rows with as few statements as is sensible: head is "INSERT INTO t (a, b)", tail
// may hold an ON CONFLICT clause. Every row has the same number of values.
func InsertMany(ctx context.Context, tx Tx, head, tail string, rows [][]any) error {
	for len(rows) > 0 {
		n := insertRows
		for n > len(rows) {
			n /= 2
		}
		args := make([]any, 0, n*len(rows[0]))
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		if _, err := tx.Exec(ctx, insertText(head, tail, n, len(rows[0])), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func insertText(head, tail string, rows, columns int) string {
	var b strings.Builder
	b.WriteString(head + " VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		for j := range columns {
			b.WriteString(map[bool]string{true: "($", false: ", $"}[j == 0])
			b.WriteString(strconv.Itoa(i*columns + j + 1))
		}
		b.WriteString(")")
	}
	return b.String() + " " + tail
}

// More is a row whose known columns are followed by further ones, for scanners that are shared.
func More(row Row, dest ...any) Row { return moreRow{row, dest} }

type moreRow struct {
	row  Row
	more []any
}

func (r moreRow) Scan(dest ...any) error { return r.row.Scan(append(dest, r.more...)...) }
