package customer

import (
	"context"
	"net/url"
	"slices"
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
	w := db.NewWhere(l.t)
	l.off = l.lite && (start != nil || query.SortField() != "updatedAt")
	begin, rest := field.Begin(w, query, "customer", "c", start, sorted)
	rest.Apply(w)
	if query.Total {
		n, err := db.Scalar[int64](ctx, q, begin.Select("COUNT(*)")+w.SQL(), w.Args()...)
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
	}, begin.Select(columns+", c.name_key, "+value)+w.SQL()+order, w.Args()...)
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

// start finds the filter to begin with; nil means to walk in the order of the sort.
func (s *Service) start(ctx context.Context, q db.Reader, l *lister, query *page.Query) (*page.Step, error) {
	if len(query.Filters) == 0 || len(query.Filters) == 1 && l.ordered(query) {
		return nil, nil // nil means: walk in order
	}
	var steps []page.Step
	for _, f := range query.Filters {
		if st := s.step(ctx, q, l, query, f); st != nil {
			steps = append(steps, *st)
		}
	}
	return page.Start(ctx, q, l.t, steps)
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
func (s *Service) step(ctx context.Context, q db.Reader, l *lister, query *page.Query, f page.Filter) *page.Step {
	st := &page.Step{Field: f.Field, Op: f.Op}
	if f.Field == query.SortField() {
		return nil // the walk begins in its range
	}
	rows := func(cond func(w *db.Where) string) func(w *db.Where) string {
		return func(w *db.Where) string {
			return "SELECT c.id FROM customer c WHERE c.tenant_id = " + w.Arg(l.t) + " AND " + cond(w)
		}
	}
	in := func(column string) func(w *db.Where) string {
		return func(w *db.Where) string { return column + " IN (" + db.List(w, f.Values) + ")" }
	}
	folded := func(column string) func(w *db.Where) string {
		return func(w *db.Where) string { return foldedIn(w, "c."+column+"_key", f.Values) }
	}
	if f.Op != "eq" && !strings.HasPrefix(f.Field, field.Prefix) {
		return s.ranged(l, f)
	}
	switch f.Field {
	case "email", "phone":
		st.Sure = true
		st.IDs = func(w *db.Where) string {
			return identityMatches(w, l.t, IdentityKind(f.Field), f.Values)
		}
	case "tag":
		st.IDs = func(w *db.Where) string { return links().Matches(w, l.t, f.Values) }
	case "group":
		st.IDs = func(w *db.Where) string { return groupMatches(w, l.t, f.Values) }
	case "kind", "status":
		st.IDs = rows(in("c." + f.Field))
	case "country", "level":
		st.IDs = rows(func(w *db.Where) string { return "c." + f.Field + " <> '' AND " + in("c."+f.Field)(w) })
	case "firstName":
		st.IDs = rows(folded("first_name"))
	case "lastName":
		st.IDs = rows(folded("last_name"))
	case "company":
		st.IDs = rows(func(w *db.Where) string { return "c.company <> '' AND " + folded("company")(w) })
	case "ownerId", "referredById":
		if slices.Contains(f.Values, any(id.Zero)) {
			return nil
		}
		st.IDs = rows(in(map[string]string{"ownerId": "c.owner_id", "referredById": "c.referred_by_id"}[f.Field]))
	case "birthDate":
		st.IDs = rows(in("c.birth_date"))
	default:
		matches, err := s.fields.Matches(ctx, q, l.t, field.Customers, f)
		if err != nil || matches == nil {
			return nil
		}
		st.IDs = matches
	}
	return st
}

// ranged is step for a range over a column with an index.
func (s *Service) ranged(l *lister, f page.Filter) *page.Step {
	column := map[string]string{"updatedAt": "c.updated_at", "birthDate": "c.birth_date", "createdAt": "c.created_at"}[f.Field]
	if column == "" {
		return nil
	}
	return &page.Step{Field: f.Field, Op: f.Op, IDs: func(w *db.Where) string {
		inner := db.NewWhere(w.Args()...)
		if f.Field == "createdAt" {
			createdAt(column, "c.id")(inner, f.Op, f.Values)
		} else {
			compare(inner, column, f.Op, f.Values)
		}
		for _, v := range inner.Args()[len(w.Args()):] {
			w.Arg(v)
		}
		return "SELECT c.id FROM customer c WHERE c.tenant_id = " + w.Arg(l.t) + inner.SQL()
	}}
}
