package page

import (
	"fmt"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Type is how a field's values are read from a request and kept in its column.
type Type uint8

// The types of fields.
const (
	Text    Type = iota
	Folded       // text kept lower-cased in its column
	Number       // 64-bit integer
	Decimal      // double precision
	Bool
	Instant // RFC 3339 or a date on the wire, microseconds in the column
	Date    // YYYY-MM-DD text
	Ref     // an id; the word "none" means NULL
)

// Field is a name that a request may filter and, with Sort, order by.
type Field struct {
	Column string // SQL expression, qualified; empty when Where does the work
	Type   Type
	Sort   bool     // an index serves this order (workspace, column, id)
	Enum   []string // allowed values, for Text
	Doc    string
	// Order is what the list is ordered by when that is not Column: an encoded value of bytes in a
	// joined table, with OrderID as the id beside it in the same index.
	Order   string
	OrderID string
	// Where adds the condition itself, for values that live in another table. ops: "eq", "gte", "gt", "lte", "lt".
	Where func(w *db.Where, op string, values []any)
}

// Spec is what one list allows.
type Spec struct {
	Fields  map[string]Field
	Default string // sort when none is asked, such as "-updatedAt"
	ID      string // the id column that breaks ties
}

// Filter is one condition: values are alternatives for eq, and one bound otherwise.
type Filter struct {
	Field  string
	Op     string
	Values []any
}

// Query is a list request that has been checked against a Spec.
type Query struct {
	Filters []Filter
	Text    string // q=
	Sort    string // as written, "-updatedAt"
	Limit   int
	Total   bool
	Select  []string // fields=, nil means all

	spec   *Spec
	cursor string
}

// reserved are the parameters that are no filters.
var reserved = []string{"limit", "cursor", "sort", "total", "fields", "q", "expand"} //nolint:gochecknoglobals // a constant list

// Names lists the filterable fields in order, for the reference.
func (s *Spec) Names() []string {
	names := make([]string, 0, len(s.Fields))
	for n := range s.Fields {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// With is the spec and more fields (a workspace's own); the receiver stays as it is.
func (s *Spec) With(more map[string]Field) *Spec {
	out := &Spec{Fields: make(map[string]Field, len(s.Fields)+len(more)), Default: s.Default, ID: s.ID}
	for n, f := range s.Fields {
		out.Fields[n] = f
	}
	for n, f := range more {
		out.Fields[n] = f
	}
	return out
}

// Parse reads a request's parameters. A filter, sort or field that does not exist is Malformed and names it.
// selectable lists what fields= may name; nil refuses the parameter.
func (s *Spec) Parse(values url.Values, selectable []string) (*Query, error) {
	q := &Query{Sort: s.Default, Limit: DefaultLimit, spec: s}
	var problems []errs.Field
	wrong := func(name, format string, args ...any) {
		problems = append(problems, errs.Field{Location: "query." + name, Message: fmt.Sprintf(format, args...)})
	}
	names := make([]string, 0, len(values))
	for n := range values {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, name := range names {
		vs := values[name]
		if slices.Contains(reserved, name) {
			if len(vs) > 1 {
				wrong(name, "is given %d times, want once", len(vs))
				continue
			}
			s.reserved(q, name, vs[0], selectable, wrong)
			continue
		}
		base, op, ranged := strings.Cut(strings.TrimSuffix(name, "]"), "[")
		if !ranged {
			op = "eq"
		}
		f, ok := s.Fields[base]
		switch {
		case !ok:
			wrong(name, "is no filter of this list; there are: %s", strings.Join(s.Names(), ", "))
			continue
		case ranged && (!strings.HasSuffix(name, "]") || !slices.Contains([]string{"gte", "gt", "lte", "lt"}, op)):
			wrong(name, "has an unknown comparison; there are [gte] [gt] [lte] [lt]")
			continue
		case ranged && (f.Type == Bool || f.Type == Ref || f.Enum != nil):
			wrong(name, "cannot be compared, only matched")
			continue
		case ranged && len(vs) > 1:
			wrong(name, "is given %d times, want once", len(vs))
			continue
		case len(vs) > maxValues:
			wrong(name, "has %d values, at most %d", len(vs), maxValues)
			continue
		}
		out := Filter{Field: base, Op: op}
		for _, v := range vs {
			parsed, err := f.parse(v)
			if err != nil {
				wrong(name, "%s", err.Error())
				continue
			}
			out.Values = append(out.Values, parsed)
		}
		q.Filters = append(q.Filters, out)
	}
	if len(q.Filters) > maxFilters {
		wrong("", "has %d filters, at most %d", len(q.Filters), maxFilters)
	}
	if len(problems) > 0 {
		return nil, &errs.Error{Kind: errs.Malformed, Code: "bad_query", Message: "The list cannot be read as asked.", Fields: problems}
	}
	return q, nil
}

func (s *Spec) reserved(q *Query, name, v string, selectable []string, wrong func(name, format string, args ...any)) {
	switch name {
	case "limit":
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > MaxLimit {
			wrong(name, "must be a number from 1 to %d", MaxLimit)
			return
		}
		q.Limit = n
	case "cursor":
		q.cursor = v
	case "total":
		b, err := strconv.ParseBool(v)
		if err != nil {
			wrong(name, "must be true or false")
		}
		q.Total = b
	case "q":
		if len(v) > 200 || !keepable(v) {
			wrong(name, "must be text of at most 200 bytes")
		}
		q.Text = strings.TrimSpace(v)
	case "sort":
		f, ok := s.Fields[strings.TrimPrefix(v, "-")]
		if !ok || !f.Sort {
			var can []string
			for _, n := range s.Names() {
				if s.Fields[n].Sort {
					can = append(can, n)
				}
			}
			wrong(name, "%q is no order of this list; there are: %s (with - for descending)", v, strings.Join(can, ", "))
			return
		}
		q.Sort = v
	case "fields":
		for n := range strings.SplitSeq(v, ",") {
			n = strings.TrimSpace(n)
			if !slices.Contains(selectable, n) {
				wrong(name, "%q is no field of this list; there are: %s", n, strings.Join(selectable, ", "))
				return
			}
			q.Select = append(q.Select, n)
		}
	}
}

func (f Field) parse(v string) (any, error) {
	switch f.Type {
	case Number:
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no whole number", v)
		}
		return n, nil
	case Decimal:
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || n != n {
			return nil, fmt.Errorf("%q is no number", v)
		}
		return n, nil
	case Bool:
		b, err := strconv.ParseBool(v)
		if err != nil {
			return nil, fmt.Errorf("%q must be true or false", v)
		}
		return b, nil
	case Instant:
		for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
			if t, err := time.Parse(layout, v); err == nil {
				return db.Micros(t), nil
			}
		}
		return nil, fmt.Errorf("%q is no time; want RFC 3339 such as 2026-01-31T12:00:00Z", v)
	case Date:
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			return nil, fmt.Errorf("%q is no date; want 2026-01-31", v)
		}
		return v, nil
	case Ref:
		if v == "none" {
			return id.Zero, nil
		}
		i, err := id.Parse(v)
		if err != nil {
			return nil, fmt.Errorf("%q is no id", v)
		}
		return i, nil
	case Folded:
		v = strings.ToLower(v)
	case Text:
	}
	if f.Enum != nil && !slices.Contains(f.Enum, v) {
		return nil, fmt.Errorf("%q must be one of %s", v, strings.Join(f.Enum, ", "))
	}
	if len(v) > 1000 || !keepable(v) {
		return nil, fmt.Errorf("must be text of at most 1000 bytes")
	}
	return v, nil
}

// Apply adds the filters' conditions.
func (q *Query) Apply(w *db.Where) {
	signs := map[string]string{"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
	for _, f := range q.Filters {
		field := q.spec.Fields[f.Field]
		switch {
		case field.Where != nil:
			field.Where(w, f.Op, f.Values)
		case f.Op != "eq":
			w.And(field.Column+" "+signs[f.Op]+" ?", f.Values[0])
		case field.Type == Ref && slices.Contains(f.Values, any(id.Zero)):
			rest := slices.DeleteFunc(slices.Clone(f.Values), func(v any) bool { return v == any(id.Zero) })
			if len(rest) == 0 {
				w.And(field.Column + " IS NULL")
			} else {
				w.And("(" + field.Column + " IS NULL OR " + field.Column + " IN (" + db.List(w, rest) + "))")
			}
		case len(f.Values) == 1:
			w.And(field.Column+" = ?", f.Values[0])
		default:
			db.In(w, field.Column, f.Values)
		}
	}
}

// Has reports whether a field is filtered.
func (q *Query) Has(field string) bool {
	return slices.ContainsFunc(q.Filters, func(f Filter) bool { return f.Field == field })
}

// Descending reports the sort's direction.
func (q *Query) Descending() bool { return strings.HasPrefix(q.Sort, "-") }

// SortField is the sort's name without its direction.
func (q *Query) SortField() string { return strings.TrimPrefix(q.Sort, "-") }

// HasCursor reports a request for a later page.
func (q *Query) HasCursor() bool { return q.cursor != "" }

// After reads the cursor's own keys, for lists that page by something else than Page does.
func (q *Query) After(dest ...any) error { return decodeCursor(q.cursor, q.Sort, dest...) }

// NextCursor makes the cursor behind a row with these keys.
func (q *Query) NextCursor(keys ...any) (string, error) { return encodeCursor(q.Sort, keys...) }

// Page adds the keyset condition and gives " ORDER BY … LIMIT n" for one row more than the page holds.
// The sort column must not be NULL; rows are ordered by (column, id).
func (q *Query) Page(w *db.Where) (string, error) {
	f := q.spec.Fields[q.SortField()]
	column, tie := f.Column, q.spec.ID
	if f.Order != "" {
		column, tie = f.Order, f.OrderID
	}
	dir, sign := "ASC", ">"
	if q.Descending() {
		dir, sign = "DESC", "<"
	}
	sameAsID := column == q.spec.ID
	if q.cursor != "" {
		var last id.ID
		if sameAsID {
			if err := decodeCursor(q.cursor, q.Sort, &last); err != nil {
				return "", err
			}
			w.And(q.spec.ID+" "+sign+" ?", last)
		} else {
			key, err := q.cursorKey(f, &last)
			if err != nil {
				return "", err
			}
			w.And("("+column+", "+tie+") "+sign+" (?, ?)", key, last)
		}
	}
	order := " ORDER BY " + column + " " + dir
	if !sameAsID {
		order += ", " + tie + " " + dir
	}
	return order + " LIMIT " + w.Arg(q.Limit+1), nil
}

func (q *Query) cursorKey(f Field, last *id.ID) (any, error) {
	if f.Order != "" {
		var key []byte
		err := decodeCursor(q.cursor, q.Sort, &key, last)
		return key, err
	}
	switch f.Type {
	case Number, Instant:
		var key int64
		err := decodeCursor(q.cursor, q.Sort, &key, last)
		return key, err
	case Decimal:
		var key float64
		err := decodeCursor(q.cursor, q.Sort, &key, last)
		return key, err
	case Text, Folded, Date, Ref, Bool:
	}
	var key string
	err := decodeCursor(q.cursor, q.Sort, &key, last)
	return key, err
}

// Cut drops the extra row that Page asked for and makes the next cursor from the last row that stays.
// keys gives the sort column's value (microseconds for Instant) and the id.
func Cut[T any](q *Query, rows []T, keys func(T) (sort any, row id.ID)) (Result[T], error) {
	if len(rows) <= q.Limit {
		return Result[T]{Data: rows}, nil
	}
	rows = rows[:q.Limit]
	key, row := keys(rows[len(rows)-1])
	var next string
	var err error
	if f := q.spec.Fields[q.SortField()]; f.Order == "" && f.Column == q.spec.ID {
		next, err = encodeCursor(q.Sort, row)
	} else {
		next, err = encodeCursor(q.Sort, key, row)
	}
	return Result[T]{Data: rows, Next: next}, err
}
