package field

import (
	"context"
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const columns = `id, object, key, label, type, options, rules, default_value, required, indexed, index_ready, position, created_at, updated_at, deleted_at`

func scanField(row db.Row) (*Field, error) {
	f := &Field{}
	var object, kind string
	var deleted sql.NullInt64
	var preset wrapped
	err := row.Scan(&f.ID, &object, &f.Key, &f.Label, &kind, db.FromJSON(&f.Options), db.FromJSON(&f.Rules), db.FromJSON(&preset),
		&f.Required, &f.Indexed, &f.IndexReady, &f.Position, db.Time(&f.CreatedAt), db.Time(&f.UpdatedAt), &deleted)
	if err != nil {
		return nil, err
	}
	f.Object, f.Type, f.Default, f.deleted = Object(object), Type(kind), preset.Value, deleted.Valid
	if f.Rules.Pattern != "" {
		if f.pattern, err = compile(f.Rules.Pattern); err != nil {
			return nil, errs.Wrapf(err, "compile pattern of field %s", f.Key)
		}
	}
	return f, nil
}

// listAll reads a workspace's definitions; there are at most a few hundred.
func listAll(ctx context.Context, q db.Reader, t tenant.ID) ([]*Field, error) {
	const text = `
		SELECT ` + columns + `
		FROM custom_field
		WHERE tenant_id = $1
		ORDER BY object, position, key`
	return db.All(ctx, q, scanField, text, t)
}

// readVersion is a number that changes whenever definitions do; 0 before the first.
func readVersion(ctx context.Context, q db.Reader, t tenant.ID) (int64, error) {
	v, err := db.Scalar[int64](ctx, q, `SELECT value FROM counter WHERE tenant_id = $1 AND name = 'fields'`, t)
	if errs.Has(err, errs.NotFound) {
		return 0, nil
	}
	return v, errs.Wrapf(err, "read the version of the fields")
}

// setVersion takes a number by chance, of as many digits as an instant: one that counts would come again after a
// transaction that was undone.
func setVersion(ctx context.Context, tx db.Tx, t tenant.ID) error {
	const q = `INSERT INTO counter (tenant_id, name, value) VALUES ($1, 'fields', $2) ON CONFLICT (tenant_id, name) DO UPDATE SET value = excluded.value`
	_, err := tx.Exec(ctx, q, t, 1e15+rand.Int64N(1e15)) //nolint:gosec // no secret
	return errs.Wrapf(err, "set the version of the fields")
}

func readOne(ctx context.Context, q db.Reader, t tenant.ID, field id.ID) (*Field, error) {
	return db.One(ctx, q, scanField, `SELECT `+columns+` FROM custom_field WHERE tenant_id = $1 AND id = $2`, t, field)
}

func insert(ctx context.Context, tx db.Tx, t tenant.ID, f *Field) error {
	const q = `
		INSERT INTO custom_field (tenant_id, id, object, key, label, type, options, rules, default_value, required, indexed, index_ready, position, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`
	_, err := tx.Exec(ctx, q, t, f.ID, string(f.Object), f.Key, f.Label, string(f.Type), db.JSON(f.Options), db.JSON(f.Rules), defaultJSON(f.Default),
		f.Required, f.Indexed, f.IndexReady, f.Position, db.Micros(f.CreatedAt), db.Micros(f.UpdatedAt))
	return errs.Wrapf(err, "insert field %s", f.Key)
}

func update(ctx context.Context, tx db.Tx, t tenant.ID, f *Field) error {
	const q = `
		UPDATE custom_field
		SET label = $3, options = $4, rules = $5, default_value = $6, required = $7, indexed = $8, index_ready = $9, position = $10, updated_at = $11
		WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, f.ID, f.Label, db.JSON(f.Options), db.JSON(f.Rules), defaultJSON(f.Default), f.Required, f.Indexed, f.IndexReady, f.Position, db.Micros(f.UpdatedAt))
	return errs.Wrapf(err, "update field %s", f.ID)
}

// wrapped keeps a default inside an object, because SQLite turns a bare JSON number into its own.
type wrapped struct {
	Value any `json:"value"`
}

func defaultJSON(v any) any {
	if v == nil {
		return nil
	}
	return db.JSON(wrapped{v})
}

// markDeleted hides a definition; the sweep that removes its values deletes the row.
func markDeleted(ctx context.Context, tx db.Tx, t tenant.ID, field id.ID, now int64) error {
	const q = `
		UPDATE custom_field
		SET deleted_at = $3, indexed = $4, index_ready = $4, swept_to = NULL
		WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, field, now, false)
	return errs.Wrapf(err, "delete field %s", field)
}

func remove(ctx context.Context, tx db.Tx, t tenant.ID, field id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM custom_field WHERE tenant_id = $1 AND id = $2`, t, field)
	return errs.Wrapf(err, "remove field %s", field)
}

// sweptTo is how far a sweep over the objects has come, so that it goes on there after a crash.
func sweptTo(ctx context.Context, q db.Reader, t tenant.ID, field id.ID) (id.ID, error) {
	return db.Scalar[id.ID](ctx, q, `SELECT swept_to FROM custom_field WHERE tenant_id = $1 AND id = $2`, t, field)
}

func setSwept(ctx context.Context, tx db.Tx, t tenant.ID, field, to id.ID) error {
	_, err := tx.Exec(ctx, `UPDATE custom_field SET swept_to = $3 WHERE tenant_id = $1 AND id = $2`, t, field, to)
	return errs.Wrapf(err, "note progress of field %s", field)
}

// holder is an object's row with its values.
type holder struct {
	id     id.ID
	values map[string]any
}

// listHolders reads the next rows of an object's table in id order. On PostgreSQL the rows are locked,
// so that a value cannot change between this reading and the index row made from it.
func listHolders(ctx context.Context, tx db.Tx, t tenant.ID, table string, after id.ID, limit int) ([]holder, error) {
	text := `
		SELECT id, fields
		FROM ` + table + `
		WHERE tenant_id = $1 AND id > $2
		ORDER BY id
		LIMIT $3`
	if tx.Engine() == db.Postgres {
		text += ` FOR SHARE`
	}
	return db.All(ctx, tx, func(row db.Row) (holder, error) {
		h := holder{values: map[string]any{}}
		return h, row.Scan(&h.id, db.FromJSON(&h.values))
	}, text, t, floor(after), limit)
}

// floor makes the zero id a value: nothing is greater than NULL.
func floor(i id.ID) []byte { return i[:] }

// dropKey removes one key from the values of the rows in (after, to]. Two texts: neither engine's
// function is known to the other.
func dropKey(ctx context.Context, tx db.Tx, t tenant.ID, table, key string, after, to id.ID) error {
	text := `UPDATE ` + table + ` SET fields = json_remove(fields, '$.` + key + `')`
	if tx.Engine() == db.Postgres {
		text = `UPDATE ` + table + ` SET fields = fields - '` + key + `'`
	}
	text += ` WHERE tenant_id = $1 AND id > $2 AND id <= $3 AND fields->>'` + key + `' IS NOT NULL`
	_, err := tx.Exec(ctx, text, t, floor(after), to)
	return errs.Wrapf(err, "remove values of %s", key)
}

func countObjects(ctx context.Context, q db.Reader, t tenant.ID, table string) (int64, error) {
	return db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM `+table+` WHERE tenant_id = $1`, t)
}

// indexRow is one row of field_value.
type indexRow struct {
	field  id.ID
	value  []byte
	object id.ID
}

// insertIndex adds rows; those that are there stay.
func insertIndex(ctx context.Context, tx db.Tx, t tenant.ID, rows []indexRow) error {
	for len(rows) > 0 {
		// Chunks are powers of two, so that few texts are prepared.
		n := 256
		if tx.Engine() == db.SQLite {
			n = 32 // no round trips to save, and its driver binds many values in quadratic time
		}
		for n > len(rows) {
			n /= 2
		}
		w := db.NewWhere(t)
		values := make([]string, n)
		for i, r := range rows[:n] {
			values[i] = "($1, " + w.Arg(r.field) + ", " + w.Arg(r.value) + ", " + w.Arg(r.object) + ")"
		}
		text := `INSERT INTO field_value (tenant_id, field_id, value, object_id) VALUES ` + strings.Join(values, ", ") + ` ON CONFLICT DO NOTHING`
		if err := tx.Later(ctx, text, w.Args()...); err != nil {
			return errs.Wrapf(err, "insert field values")
		}
		rows = rows[n:]
	}
	return nil
}

// deleteIndex removes an object's rows of some fields; fields nil means all.
func deleteIndex(ctx context.Context, tx db.Tx, t tenant.ID, object id.ID, fields []id.ID) error {
	w := db.NewWhere(t, object)
	if fields != nil {
		db.In(w, "field_id", fields)
	}
	_, err := tx.Exec(ctx, `DELETE FROM field_value WHERE tenant_id = $1 AND object_id = $2`+w.SQL(), w.Args()...)
	return errs.Wrapf(err, "delete field values of %s", object)
}

// deleteIndexOf removes one field's rows of the given rows' objects.
func deleteIndexOf(ctx context.Context, tx db.Tx, t tenant.ID, field id.ID, rows []indexRow) error {
	objects := make([]id.ID, len(rows))
	for i, r := range rows {
		objects[i] = r.object
	}
	w := db.NewWhere(t, field)
	db.In(w, "object_id", objects)
	_, err := tx.Exec(ctx, `DELETE FROM field_value WHERE tenant_id = $1 AND field_id = $2`+w.SQL(), w.Args()...)
	return errs.Wrapf(err, "delete index of field %s", field)
}

// dropIndex removes at most limit rows of a field and tells how many.
func dropIndex(ctx context.Context, tx db.Tx, t tenant.ID, field id.ID, limit int) (int64, error) {
	const q = `
		DELETE FROM field_value
		WHERE tenant_id = $1 AND field_id = $2 AND object_id IN (
			SELECT object_id FROM field_value WHERE tenant_id = $1 AND field_id = $2 LIMIT $3)`
	n, err := tx.Exec(ctx, q, t, field, limit)
	return n, errs.Wrapf(err, "drop index of field %s", field)
}

// same compares values of a definition without caring how a number was written.
func same(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}
