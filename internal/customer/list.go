package customer

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Spec is what every list of customers allows; a workspace's own fields come on top as "field.<key>".
func Spec() *page.Spec { return (&lister{}).spec() }

// lister turns one list request into one query.
type lister struct {
	t    tenant.ID
	lite bool // SQLite, whose planner knows neither how rare a value is nor that only a page is read
	off  bool // columns are hidden from that planner, so that it walks in the order of the sort
}

func (l *lister) spec() *page.Spec {
	text := func(column string) func(w *db.Where, op string, values []any) {
		return func(w *db.Where, op string, values []any) { l.column(w, column, op, values) }
	}
	lower := func(column string) func(w *db.Where, op string, values []any) {
		return func(w *db.Where, op string, values []any) { l.folded(w, column, op, values) }
	}
	return &page.Spec{ID: "c.id", Default: "-updatedAt", Fields: map[string]page.Field{
		"kind":         {Enum: []string{"person", "company"}, Where: text("kind"), Doc: "Person or company"},
		"status":       {Enum: []string{"lead", "opportunity", "customer", "inactive"}, Where: text("status"), Doc: "Where the customer stands"},
		"email":        {Where: l.identity(Email), Doc: "Any of the customer's e-mail addresses, as a whole"},
		"phone":        {Where: l.identity(Phone), Doc: "Any of the customer's phone numbers, as a whole (E.164)"},
		"firstName":    {Where: lower("first_name"), Doc: "First name as a whole, whatever its case"},
		"lastName":     {Where: lower("last_name"), Doc: "Last name as a whole, whatever its case"},
		"company":      {Where: lower("company"), Doc: "Company as a whole, whatever its case"},
		"country":      {Where: text("country"), Doc: "Country of the address (ISO 3166)"},
		"level":        {Where: text("level"), Doc: "Level"},
		"ownerId":      {Type: page.Ref, Where: l.owner, Doc: "User who owns the customer, or none"},
		"referredById": {Type: page.Ref, Column: "c.referred_by_id", Doc: "Customer who brought this one, or none"},
		"birthDate":    {Type: page.Date, Column: "c.birth_date", Doc: "Date of birth"},
		"tag":          {Where: func(w *db.Where, _ string, values []any) { links().Where(w, l.t, "c.id", values) }, Doc: "Tag by name or id"},
		"group":        {Where: l.group, Doc: "Group by name or id"},
		"name":         {Column: "c.name_key", Type: page.Folded, Sort: true, Doc: "Shown name, lower case without accents"},
		"createdAt":    {Column: "c.id", Type: page.Instant, Sort: true, Where: createdAt("c.created_at", "c.id"), Doc: "When the customer came in"},
		"updatedAt":    {Column: "c.updated_at", Type: page.Instant, Sort: true, Doc: "Last change"},
	}}
}

// column filters by a column of the row.
func (l *lister) column(w *db.Where, column, op string, values []any) {
	column = "c." + column
	if l.off {
		column = "(" + column + " || '')"
	}
	compare(w, column, op, values)
}

// folded filters by a name. Both sides are folded by the database, so that they agree on every letter.
func (l *lister) folded(w *db.Where, column, op string, values []any) {
	tail := ""
	if l.off {
		tail = " || ''"
	}
	compareFolded(w, "c."+column+"_key"+tail, op, values)
}

func (l *lister) owner(w *db.Where, _ string, values []any) {
	if slices.Contains(values, any(id.Zero)) {
		values = slices.DeleteFunc(slices.Clone(values), func(v any) bool { return v == any(id.Zero) })
		if len(values) == 0 {
			w.And("c.owner_id IS NULL")
			return
		}
		w.And("(c.owner_id IS NULL OR c.owner_id IN (" + db.List(w, values) + "))")
		return
	}
	compare(w, "c.owner_id", "eq", values)
}

func (l *lister) identity(k IdentityKind) func(w *db.Where, op string, values []any) {
	return func(w *db.Where, op string, values []any) {
		if op != "eq" {
			compare(w, "c."+string(k), op, values)
			return
		}
		w.And("EXISTS (" + identityMatches(w, l.t, k, values) + " AND i.customer_id = c.id)")
	}
}

func identityMatches(w *db.Where, t tenant.ID, k IdentityKind, values []any) string {
	wanted := make([]string, len(values))
	for n, v := range values {
		s, _ := v.(string)
		wanted[n] = s
		if k == Email {
			if e, ok := normalEmail(s); ok {
				wanted[n] = e
			}
		} else if p, ok := normalPhone(s, ""); ok {
			wanted[n] = p
		}
	}
	return "SELECT i.customer_id FROM customer_identity i WHERE i.tenant_id = " + w.Arg(t) + " AND i.kind = " + w.Arg(string(k)) +
		" AND i.system = '' AND i.value IN (" + db.List(w, wanted) + ")"
}

func (l *lister) group(w *db.Where, _ string, values []any) {
	w.And("EXISTS (" + groupMatches(w, l.t, values) + " AND m.customer_id = c.id)")
}

func groupMatches(w *db.Where, t tenant.ID, values []any) string {
	at := w.Arg(t)
	var ids []id.ID
	var names []string
	for _, v := range values {
		s, _ := v.(string)
		if i, err := id.Parse(s); err == nil {
			ids = append(ids, i)
		} else {
			names = append(names, groupKey(s))
		}
	}
	cond := "1 = 0"
	if len(ids) > 0 {
		cond = "m.group_id IN (" + db.List(w, ids) + ")"
	}
	if len(names) > 0 {
		cond += " OR m.group_id IN (SELECT g.id FROM customer_group g WHERE g.tenant_id = " + at + " AND g.name_key IN (" + db.List(w, names) + "))"
	}
	return "SELECT m.customer_id FROM customer_group_member m WHERE m.tenant_id = " + at + " AND (" + cond + ")"
}

// createdAt filters by the time of creation; ids begin with it, so the filter is also a range of ids.
func createdAt(column, row string) func(w *db.Where, op string, values []any) {
	return func(w *db.Where, op string, values []any) {
		compare(w, column, op, values)
		v, _ := values[0].(int64)
		switch ms := max(v, 0) / 1000; op {
		case "gt", "gte":
			w.And(row+" >= ?", lowestID(ms))
		case "lt", "lte":
			w.And(row+" < ?", lowestID(ms+1))
		}
	}
}

// lowestID sorts before every id of a millisecond.
func lowestID(ms int64) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(ms)<<16), make([]byte, 8)...) //nolint:gosec // not negative
}

func compare(w *db.Where, column, op string, values []any) {
	switch sign := map[string]string{"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}[op]; {
	case op != "eq":
		w.And(column+" "+sign+" ?", values[0])
	case len(values) == 1:
		w.And(column+" = ?", values[0])
	default:
		db.In(w, column, values)
	}
}

func compareFolded(w *db.Where, column, op string, values []any) {
	if op == "eq" {
		w.And(foldedIn(w, column, values))
		return
	}
	w.And(column+" "+map[string]string{"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}[op]+" lower(CAST(? AS TEXT))", values[0])
}

func foldedIn(w *db.Where, column string, values []any) string {
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = "lower(CAST(" + w.Arg(v) + " AS TEXT))"
	}
	return column + " IN (" + strings.Join(marks, ", ") + ")"
}
