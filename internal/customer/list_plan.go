package customer

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// List pages through the customers that the actor may see. values are the request's parameters,
// selectable the names that fields= may have. With q= the order is that of search, and a page may hold
// fewer rows than asked although there are more.
// Errors: Forbidden without customers:read, Malformed.
func (s *Service) List(ctx context.Context, who auth.Actor, values url.Values, selectable []string) (page.Result[*Customer], *page.Query, error) {
	var out page.Result[*Customer]
	var query *page.Query
	reach, err := who.RequireReach("customers:read")
	if err != nil {
		return out, nil, err
	}
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		l := &lister{t: who.Tenant, lite: q.Engine() == db.SQLite}
		own, err := s.fields.Spec(ctx, q, who.Tenant, field.Customers, "c")
		if err != nil {
			return err
		}
		if query, err = l.spec().With(own).Parse(values, selectable); err != nil {
			return err
		}
		if reach == auth.Own {
			query.Filters = append(query.Filters, page.Filter{Field: "ownerId", Op: "eq", Values: []any{who.User}})
		}
		if query.Text != "" {
			out, err = s.find(ctx, q, l, query)
		} else {
			out, err = s.walk(ctx, q, l, query)
		}
		if err != nil {
			return err
		}
		return s.dress(ctx, q, who.Tenant, out.Data)
	})
	if err != nil {
		return page.Result[*Customer]{}, nil, err
	}
	return out, query, s.name(ctx, who.Tenant, out.Data...)
}

// walk reads one page. It starts from the filter that has few matches when there is one, otherwise it
// goes through the index of the sort; no request reads or sorts a workspace.
func (s *Service) walk(ctx context.Context, q db.Reader, l *lister, query *page.Query) (page.Result[*Customer], error) {
	var out page.Result[*Customer]
	sorted, err := s.fields.Sorted(ctx, q, l.t, field.Customers, query.SortField())
	if err != nil {
		return out, err
	}
	start, err := s.start(ctx, q, l, query)
	if err != nil {
		return out, err
	}
	text, w, err := l.query(query, start, sorted)
	if err != nil {
		return out, err
	}
	if query.Total {
		n, err := db.Scalar[int64](ctx, q, text("COUNT(*)")+w.SQL(), w.Args()...)
		if err != nil {
			return out, errs.Wrapf(err, "count customers")
		}
		out.Total = &n
	}
	order, err := query.Page(w)
	if err != nil {
		return out, err
	}
	value := "NULL"
	if sorted != nil {
		value = "fv.value"
	}
	type row struct {
		c   *Customer
		key string
		val []byte
	}
	rows, err := db.All(ctx, q, func(r db.Row) (row, error) {
		var x row
		var err error
		x.c, err = scanWith(r, &x.key, &x.val)
		return x, err
	}, text(columns+", c.name_key, "+value)+w.SQL()+order, w.Args()...)
	if err != nil {
		return out, errs.Wrapf(err, "list customers")
	}
	cut, err := page.Cut(query, rows, func(x row) (any, id.ID) {
		switch {
		case sorted != nil:
			return x.val, x.c.ID
		case query.SortField() == "name":
			return x.key, x.c.ID
		}
		return db.Micros(x.c.UpdatedAt), x.c.ID
	})
	for _, x := range cut.Data {
		out.Data = append(out.Data, x.c)
	}
	out.Next = cut.Next
	return out, err
}

// query puts the text together up to its conditions.
func (l *lister) query(query *page.Query, start *step, sorted *field.Field) (text func(what string) string, w *db.Where, err error) {
	w = db.NewWhere(l.t)
	rest := *query
	rest.Filters = slices.Clone(query.Filters)
	with, from, where := "", "customer c", "c.tenant_id = $1"
	l.off = l.lite && (start != nil || query.SortField() != "updatedAt")
	if sorted != nil {
		from, where = "field_value fv CROSS JOIN customer c", "fv.tenant_id = $1 AND fv.field_id = "+w.Arg(sorted.ID)+" AND c.tenant_id = $1 AND c.id = fv.object_id"
		rest.Filters = slices.DeleteFunc(rest.Filters, func(f page.Filter) bool {
			if f.Field == query.SortField() {
				w.And(sorted.Condition(w, "fv.value", f.Op, f.Values))
				return true
			}
			return false
		})
	}
	if start != nil {
		ids, err := start.ids(w)
		if err != nil {
			return nil, nil, err
		}
		with = "WITH pick (id) AS MATERIALIZED (SELECT DISTINCT * FROM (" + ids + ") x) "
		from, where = "pick p CROSS JOIN customer c", "c.tenant_id = $1 AND c.id = p.id"
		if sorted != nil {
			from += " CROSS JOIN field_value fv"
			where += " AND fv.tenant_id = $1 AND fv.field_id = " + w.Arg(sorted.ID) + " AND fv.object_id = c.id"
		}
		rest.Filters = slices.DeleteFunc(rest.Filters, func(f page.Filter) bool { return f.Field == start.field && f.Op == start.op })
	}
	rest.Apply(w)
	return func(what string) string { return with + "SELECT " + what + " FROM " + from + " WHERE " + where }, w, nil
}

// start finds the filter to begin with: one that matches a handful by its nature, else the one with the
// fewest matches when they are rare. All counts are bounded and made in one round trip.
func (s *Service) start(ctx context.Context, q db.Reader, l *lister, query *page.Query) (*step, error) {
	if len(query.Filters) == 0 || len(query.Filters) == 1 && l.ordered(query) {
		return nil, nil // nil means: walk in order
	}
	var steps []step
	for _, f := range query.Filters {
		if st := s.step(ctx, q, l, query, f); st != nil {
			if st.sure {
				return st, nil
			}
			steps = append(steps, *st)
		}
	}
	if len(steps) == 0 {
		return nil, nil // nil means: walk in order
	}
	w := db.NewWhere()
	text := "SELECT "
	counts := make([]int64, len(steps))
	dest := make([]any, len(steps))
	for i, st := range steps {
		ids, err := st.ids(w)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text += ", "
		}
		text += "(SELECT COUNT(*) FROM (SELECT 1 FROM (" + ids + ") a LIMIT " + strconv.Itoa(rare+1) + ") b)"
		dest[i] = &counts[i]
	}
	if err := q.QueryRow(ctx, text, w.Args()...).Scan(dest...); err != nil {
		return nil, errs.Wrapf(err, "weigh filters")
	}
	least := 0
	for i, n := range counts {
		if n < counts[least] {
			least = i
		}
	}
	if counts[least] > rare {
		return nil, nil // nil means: walk in order
	}
	return &steps[least], nil
}

// ordered reports that the only filter and the sort are served by one index.
func (l *lister) ordered(query *page.Query) bool {
	f := query.Filters[0]
	if f.Field == query.SortField() {
		return true
	}
	switch f.Field {
	case "kind", "status", "firstName", "lastName", "company", "country", "level", "ownerId":
		return f.Op == "eq" && len(f.Values) == 1 && query.SortField() == "updatedAt"
	}
	return false
}

// step makes a filter one to start from; nil when no index leads from it to customers.
func (s *Service) step(ctx context.Context, q db.Reader, l *lister, query *page.Query, f page.Filter) *step {
	st := &step{field: f.Field, op: f.Op}
	if f.Field == query.SortField() {
		return nil // the walk begins in its range
	}
	rows := func(cond func(w *db.Where) string) func(w *db.Where) (string, error) {
		return func(w *db.Where) (string, error) {
			return "SELECT c.id FROM customer c WHERE c.tenant_id = " + w.Arg(l.t) + " AND " + cond(w), nil
		}
	}
	in := func(column string) func(w *db.Where) string {
		return func(w *db.Where) string { return column + " IN (" + db.List(w, f.Values) + ")" }
	}
	folded := func(column string) func(w *db.Where) string {
		return func(w *db.Where) string { return foldedIn(w, "lower(c."+column+")", f.Values) }
	}
	if f.Op != "eq" && !strings.HasPrefix(f.Field, field.Prefix) {
		return s.ranged(l, f)
	}
	switch f.Field {
	case "email", "phone":
		st.sure = true
		st.ids = func(w *db.Where) (string, error) {
			return identityMatches(w, l.t, IdentityKind(f.Field), f.Values), nil
		}
	case "tag":
		st.ids = func(w *db.Where) (string, error) { return links().Matches(w, l.t, f.Values), nil }
	case "group":
		st.ids = func(w *db.Where) (string, error) { return groupMatches(w, l.t, f.Values), nil }
	case "kind", "status":
		st.ids = rows(in("c." + f.Field))
	case "country", "level":
		st.ids = rows(func(w *db.Where) string { return "c." + f.Field + " <> '' AND " + in("c."+f.Field)(w) })
	case "firstName":
		st.ids = rows(folded("first_name"))
	case "lastName":
		st.ids = rows(folded("last_name"))
	case "company":
		st.ids = rows(func(w *db.Where) string { return "c.company <> '' AND " + folded("company")(w) })
	case "ownerId", "referredById":
		if slices.Contains(f.Values, any(id.Zero)) {
			return nil
		}
		st.ids = rows(in(map[string]string{"ownerId": "c.owner_id", "referredById": "c.referred_by_id"}[f.Field]))
	case "birthDate":
		st.ids = rows(in("c.birth_date"))
	default:
		probe, err := s.fields.Matches(ctx, q, l.t, field.Customers, db.NewWhere(), f)
		if err != nil || probe == "" {
			return nil
		}
		st.ids = func(w *db.Where) (string, error) { return s.fields.Matches(ctx, q, l.t, field.Customers, w, f) }
	}
	return st
}

// ranged is step for a range over a column with an index.
func (s *Service) ranged(l *lister, f page.Filter) *step {
	column := map[string]string{"updatedAt": "c.updated_at", "birthDate": "c.birth_date", "createdAt": "c.created_at"}[f.Field]
	if column == "" {
		return nil
	}
	return &step{field: f.Field, op: f.Op, ids: func(w *db.Where) (string, error) {
		inner := db.NewWhere(w.Args()...)
		if f.Field == "createdAt" {
			createdAt(column, "c.id")(inner, f.Op, f.Values)
		} else {
			compare(inner, column, f.Op, f.Values)
		}
		for _, v := range inner.Args()[len(w.Args()):] {
			w.Arg(v)
		}
		return "SELECT c.id FROM customer c WHERE c.tenant_id = " + w.Arg(l.t) + inner.SQL(), nil
	}}
}
