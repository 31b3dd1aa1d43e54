package field

import (
	"slices"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// Beginning is the part of a list's statement that says where it starts to read.
type Beginning struct{ with, from, where string }

// Select is the statement up to its conditions.
func (b Beginning) Select(what string) string {
	return b.with + "SELECT " + what + " FROM " + b.from + " WHERE " + b.where
}

// Begin starts a list of the objects in a table, whose rows are called row: from the few ids of a step when
// there is one, else in the order of the field that the list is sorted by, else from the table itself.
// w has the workspace as $1. The query that comes back has the filters that are still to be applied; the
// sorted field's own have become a range of its index, "fv".
func Begin(w *db.Where, query *page.Query, table, row string, start *page.Step, sorted *Field) (Beginning, *page.Query) {
	rest := *query
	rest.Filters = slices.Clone(query.Filters)
	drop := func(field, op string) {
		rest.Filters = slices.DeleteFunc(rest.Filters, func(f page.Filter) bool { return f.Field == field && f.Op == op })
	}
	b := Beginning{"", table + " " + row, row + ".tenant_id = $1"}
	if start != nil {
		b.with = "WITH pick (id) AS MATERIALIZED (SELECT DISTINCT * FROM (" + start.IDs(w) + ") x) "
		b.from, b.where = "pick p CROSS JOIN "+b.from, b.where+" AND "+row+".id = p.id"
		drop(start.Field, start.Op)
	}
	if sorted == nil {
		return b, &rest
	}
	index := "fv.tenant_id = $1 AND fv.field_id = " + w.Arg(sorted.ID) + " AND fv.object_id = " + row + ".id"
	if start != nil {
		b.from, b.where = b.from+" CROSS JOIN field_value fv", b.where+" AND "+index
	} else {
		b.from, b.where = "field_value fv CROSS JOIN "+b.from, index+" AND "+b.where
	}
	for _, f := range query.Filters {
		if f.Field == query.SortField() {
			w.And(sorted.Condition(w, "fv.value", f.Op, f.Values))
			drop(f.Field, f.Op)
		}
	}
	return b, &rest
}
