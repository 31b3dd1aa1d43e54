package ticket

import (
	"strconv"
	"strings"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// sortedText is the statement of a page in the order of a custom field.
func sortedText(who auth.Actor, reach auth.Reach, query *page.Query, s selection) (string, []any, error) {
	if len(s.open) == 0 || s.hasFound && len(s.found) == 0 {
		return "", nil, nil
	}
	w := db.NewWhere(who.Tenant)
	found, err := sortedIDs(w, who, reach, query, s)
	if err != nil {
		return "", nil, err
	}
	return rowsOf(w, who, query, found), w.Args(), nil
}

// sortedIDs finds the page's tickets. Plan: a walk over the field's index until the page is full, or, where
// few tickets can be on it, those alone and sorted.
func sortedIDs(w *db.Where, who auth.Actor, reach auth.Reach, query *page.Query, s selection) (string, error) {
	start := s.start
	if start == nil {
		if own := s.own(who, reach); s.isFew || own.Sure {
			start = &own
		}
	}
	begin, rest := field.Begin(w, query, "ticket", "k", start, s.sorted)
	order, err := rest.Page(w)
	if err != nil {
		return "", err
	}
	tests := db.NewWhere(w.Args()...)
	rest.Apply(tests)
	applyUnread(tests, who, query)
	seenBy(tests, who, reach)
	all := tests.SQL() + s.half() + s.personal(func() string { return tests.Arg(who.User) })
	for _, v := range tests.Args()[len(w.Args()):] {
		w.Arg(v)
	}
	if all != "" {
		// In CASE nothing is a place to start from, and PostgreSQL takes it for true every other time: else it
		// would think so little of the conditions that it read the workspace.
		all = " AND CASE WHEN " + strings.TrimPrefix(all, " AND ") + " THEN TRUE ELSE FALSE END"
	}
	return begin.Select("k.id, fv.value AS at") + w.SQL() + all + order, nil
}

// own is the selection itself as a step to start from: the tickets that it names, or its ranges cut where
// they are too many to start from.
func (s selection) own(who auth.Actor, reach auth.Reach) page.Step {
	if s.start == nil && (s.hasFound || len(s.numbers) > 0) {
		return page.Step{Sure: true, IDs: s.named}
	}
	return page.Step{IDs: func(w *db.Where) string {
		var parts []string
		for i, part := range branches(w, who, reach, s) {
			b := "b" + strconv.Itoa(i)
			parts = append(parts, "SELECT "+b+".id FROM ("+part.query("k.id", "", " LIMIT "+strconv.Itoa(page.Rare+1))+") "+b)
		}
		return strings.Join(parts, " UNION ")
	}}
}
