package db

import (
	"database/sql/driver"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// wallRows are rows from inside the wall, with the values that pgx's adapter to database/sql gives.
type wallRows struct {
	p      *pgconn.Pipeline
	r      *pgconn.ResultReader
	values []func(raw []byte) (driver.Value, error)
	names  []string
}

func newWallRows(m *pgtype.Map, p *pgconn.Pipeline, r *pgconn.ResultReader) *wallRows {
	fields := r.FieldDescriptions()
	w := &wallRows{p: p, r: r, names: make([]string, len(fields)), values: make([]func([]byte) (driver.Value, error), len(fields))}
	for i, f := range fields {
		w.names[i], w.values[i] = f.Name, reading(m, f.DataTypeOID, f.Format)
	}
	return w
}

// Columns are their names.
func (w *wallRows) Columns() []string { return w.names }

// Next reads one row.
func (w *wallRows) Next(dest []driver.Value) error {
	if !w.r.NextRow() {
		if _, err := w.r.Close(); err != nil {
			return err
		}
		return io.EOF
	}
	for i, raw := range w.r.Values() {
		dest[i] = nil
		if raw == nil {
			continue
		}
		v, err := w.values[i](raw)
		if err != nil {
			return err
		}
		dest[i] = v
	}
	return nil
}

// Close ends the transaction that the settings and the query were.
func (w *wallRows) Close() error {
	_, err := w.r.Close()
	if end := w.p.Close(); err == nil {
		err = end
	}
	return err
}

// binary are the types that come as bytes, everything else as text.
func binary(oid uint32) bool {
	switch oid {
	case pgtype.BoolOID, pgtype.ByteaOID, pgtype.CIDOID, pgtype.DateOID, pgtype.Float4OID, pgtype.Float8OID, pgtype.Int2OID,
		pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID, pgtype.TimestampOID, pgtype.TimestamptzOID, pgtype.XIDOID:
		return true
	}
	return false
}

func formats(fields []pgconn.FieldDescription) []int16 {
	out := make([]int16, len(fields))
	for i, f := range fields {
		if binary(f.DataTypeOID) {
			out[i] = pgtype.BinaryFormatCode
		}
	}
	return out
}

func reading(m *pgtype.Map, oid uint32, format int16) func(raw []byte) (driver.Value, error) {
	switch oid {
	case pgtype.BoolOID:
		return scanned[bool](m, oid, format)
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return scanned[int64](m, oid, format)
	case pgtype.CIDOID, pgtype.OIDOID, pgtype.XIDOID:
		wide := scanned[uint32](m, oid, format)
		return func(raw []byte) (driver.Value, error) {
			v, err := wide(raw)
			if n, ok := v.(uint32); ok {
				return int64(n), err
			}
			return v, err
		}
	case pgtype.Float4OID, pgtype.Float8OID:
		return scanned[float64](m, oid, format)
	case pgtype.ByteaOID:
		return scanned[[]byte](m, oid, format)
	case pgtype.DateOID, pgtype.TimestampOID, pgtype.TimestamptzOID:
		return scanned[time.Time](m, oid, format)
	case pgtype.JSONOID, pgtype.JSONBOID:
		return func(raw []byte) (driver.Value, error) { return append([]byte{}, raw...), nil }
	}
	return func(raw []byte) (driver.Value, error) { return string(raw), nil }
}

// scanned lets pgx read a value of one type.
func scanned[T any](m *pgtype.Map, oid uint32, format int16) func(raw []byte) (driver.Value, error) {
	var v T
	plan := m.PlanScan(oid, format, &v)
	return func(raw []byte) (driver.Value, error) {
		v = *new(T) // what was read before is the caller's
		err := plan.Scan(raw, &v)
		return v, err
	}
}
