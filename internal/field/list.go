package field

import (
	"context"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Prefix stands before a field's key in filters and sorts.
const Prefix = "field."

// Spec gives a list the filters "field.<key>" of an object, for page.Spec.With. row is the alias of
// the object's table in the query, such as "c". Fields whose index is ready may also be sorted by;
// the query then needs what Join gives.
func (s *Service) Spec(ctx context.Context, q db.Reader, t tenant.ID, o Object, row string) (map[string]page.Field, error) {
	defs, err := s.Of(ctx, q, t, o)
	if err != nil {
		return nil, err
	}
	out := make(map[string]page.Field, len(defs))
	for _, f := range defs {
		p := page.Field{Doc: f.Label, Type: pageType(f.Type)}
		if f.Type == List {
			p.Enum = f.Options
		}
		if f.IndexReady {
			p.Sort, p.Order, p.OrderID = true, "fv.value", "fv.object_id"
			p.Where = func(w *db.Where, op string, values []any) {
				w.And("EXISTS (" + f.matches(w, t, op, values) + " AND m.object_id = " + row + ".id)")
			}
		} else {
			engine := q.Engine()
			p.Where = func(w *db.Where, op string, values []any) { f.compare(w, engine, row, op, values) }
		}
		out[Prefix+f.Key] = p
	}
	return out, nil
}

func pageType(t Type) page.Type {
	switch t {
	case Number:
		return page.Decimal
	case Date:
		return page.Date
	case Boolean:
		return page.Bool
	case Text, List:
	}
	return page.Text
}

// Sorted tells which definition a sort such as "field.size" means; nil when it is no field's.
func (s *Service) Sorted(ctx context.Context, q db.Reader, t tenant.ID, o Object, sort string) (*Field, error) {
	key, ok := strings.CutPrefix(sort, Prefix)
	if !ok {
		return nil, nil // nil means: not sorted by a field
	}
	return s.byKey(ctx, q, t, o, key)
}

// Join is what a query needs behind its table to be sorted by this field: " JOIN field_value fv …".
func (f *Field) Join(w *db.Where, row string) string {
	return " JOIN field_value fv ON fv.tenant_id = " + row + ".tenant_id AND fv.field_id = " + w.Arg(f.ID) + " AND fv.object_id = " + row + ".id"
}

// Matches is a query for the ids of the objects that a filter "field.<key>" keeps, for lists that start
// from it; nil when the name is no field with a ready index.
// Plan: range over the primary key of field_value.
func (s *Service) Matches(ctx context.Context, q db.Reader, t tenant.ID, o Object, filter page.Filter) (func(w *db.Where) string, error) {
	f, err := s.Sorted(ctx, q, t, o, filter.Field)
	if err != nil || f == nil || !f.IndexReady {
		return nil, err
	}
	return func(w *db.Where) string { return f.matches(w, t, filter.Op, filter.Values) }, nil
}

func (s *Service) byKey(ctx context.Context, q db.Reader, t tenant.ID, o Object, key string) (*Field, error) {
	defs, err := s.Of(ctx, q, t, o)
	for _, f := range defs {
		if f.Key == key {
			return f, nil
		}
	}
	return nil, err
}

func (f *Field) matches(w *db.Where, t tenant.ID, op string, values []any) string {
	return "SELECT m.object_id AS id FROM field_value m WHERE m.tenant_id = " + w.Arg(t) + " AND m.field_id = " + w.Arg(f.ID) + " AND " + f.Condition(w, "m.value", op, values)
}

// Condition is a filter on this field as a condition on the index's value column, for a list that is
// sorted by the field and has Join's fv in its query.
func (f *Field) Condition(w *db.Where, column, op string, values []any) string {
	if op == "eq" {
		encoded := make([][]byte, len(values))
		for i, v := range values {
			encoded[i] = f.encode(v)
		}
		if len(encoded) == 1 {
			return column + " = " + w.Arg(encoded[0])
		}
		return column + " IN (" + db.List(w, encoded) + ")"
	}
	text := column + " " + sign(op) + " " + w.Arg(f.encode(values[0]))
	if op == "gt" || op == "gte" {
		text += " AND " + column + " < " + w.Arg([]byte{absent})
	}
	return text
}

func sign(op string) string {
	return map[string]string{"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}[op]
}

// compare filters by the value in the object's own row; the key is checked at creation to be letters,
// digits and underscores.
func (f *Field) compare(w *db.Where, e db.Engine, row, op string, values []any) {
	column := row + ".fields->>'" + f.Key + "'"
	switch {
	case f.Type == Number:
		column = "CAST(" + column + " AS DOUBLE PRECISION)"
	case f.Type == Boolean:
		values = boolean(e, values)
	case op != "eq" && e == db.Postgres:
		column = "(" + column + `) COLLATE "C"` // by code point, as the index and SQLite compare
	}
	if op == "eq" {
		db.In(w, column, values)
		return
	}
	w.And(column+" "+sign(op)+" ?", values[0])
}

// boolean is what ->> makes of a JSON boolean.
func boolean(e db.Engine, values []any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		b, _ := v.(bool)
		switch {
		case e == db.Postgres && b:
			out[i] = "true"
		case e == db.Postgres:
			out[i] = "false"
		case b:
			out[i] = 1
		default:
			out[i] = 0
		}
	}
	return out
}
