package crash

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// verdict is what the ledger and what was found differ in.
type verdict struct {
	lost, doubled, invented, other []string
}

func (v verdict) all() []string { return slices.Concat(v.lost, v.doubled, v.invented, v.other) }

// judge holds what was found against the ledger. What was acknowledged before the cut must be there once and
// as it was said, what was refused must not, and the rest may be there once.
func judge(r record, cut int, f found) verdict {
	var v verdict
	accounts := r.accounts(cut)
	known, gone := map[string]bool{}, map[string]outcome{}
	for _, a := range accounts {
		if a.Value == "gone" {
			gone[a.Target] = a.what
		}
	}
	for _, a := range accounts {
		if a.Kind == "" {
			continue
		}
		at := place(a.Kind, a.Space, a.Mark)
		known[at] = true
		there := f.things[at]
		removed, maybeRemoved := gone[a.Kind+" "+a.id]
		switch {
		case len(there) > 1:
			v.doubled = append(v.doubled, fmt.Sprintf("%s is there %d times", at, len(there)))
		case len(there) == 1 && a.what == failed:
			v.invented = append(v.invented, at+" was refused and is there")
		case len(there) == 1 && there[0] != a.Content:
			v.other = append(v.other, fmt.Sprintf("%s holds %q, not %q", at, there[0], a.Content))
		case len(there) == 1 && a.id != "" && maybeRemoved && removed == acknowledged:
			v.invented = append(v.invented, at+" was deleted and is there")
		case len(there) == 0 && a.what == acknowledged && (a.id == "" || !maybeRemoved || removed == failed):
			v.lost = append(v.lost, at+" was acknowledged")
		}
	}
	for _, at := range slices.Sorted(maps.Keys(f.things)) {
		if !known[at] && !ours(at) {
			v.invented = append(v.invented, at+" was never asked for")
		}
	}
	v.changes(accounts, f)
	for _, w := range f.wrong {
		if strings.Contains(w, "lost") {
			v.lost = append(v.lost, w)
		} else {
			v.other = append(v.other, w)
		}
	}
	return v
}

// ours is what the program makes by itself: built-in roles and tags, and tags that are made where they are hung on.
func ours(at string) bool {
	kind, _, _ := strings.Cut(at, " ")
	return kind == "role" || kind == "tag"
}

// changes follows what each object was given. After an acknowledged value, values of which nothing was heard
// may stand, and none from before.
func (v *verdict) changes(accounts []account, f found) {
	type may struct {
		last    string
		also    []string
		certain bool
	}
	all := map[string]*may{}
	var order []string
	// What was sent once more later took effect later.
	accounts = slices.SortedStableFunc(slices.Values(accounts), func(a, b account) int { return cmp.Compare(a.when, b.when) })
	for _, a := range accounts {
		if a.Target == "" || a.Value == "gone" || a.what == failed {
			continue
		}
		m := all[a.Target]
		if m == nil {
			m = &may{}
			all[a.Target] = m
			order = append(order, a.Target)
		}
		if a.what == acknowledged {
			m.last, m.also, m.certain = a.Value, nil, true
		} else {
			m.also = append(m.also, a.Value)
		}
	}
	for _, target := range order {
		m, got := all[target], f.values[target]
		if m.certain && got != m.last && !slices.Contains(m.also, got) {
			v.lost = append(v.lost, fmt.Sprintf("%s is %q, acknowledged was %q", target, got, m.last))
		}
	}
}
