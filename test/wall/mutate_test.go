//go:build !race

package wall_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

var mutations = flag.String("mutations", "none", "conditions to take out of statements: all, sample, or none")

type ctx = context.Context

// gap is a condition on the workspace that is taken out of a statement: the n-th in its text.
type gap struct {
	text string // without the numbers of arguments, so that the same statement with another list is the same
	n    int
}

var (
	condition = regexp.MustCompile(`(?:\b\w+\.)?\btenant_id(?: \+ 0)?\s*=\s*(\$\d+|\w+\.tenant_id\b)|\b\w+\.rowid BETWEEN (\$\d+) AND (\$\d+)`)
	arguments = regexp.MustCompile(`\$\d+(?:\s*,\s*\$\d+)*`)
	spaces    = regexp.MustCompile(`\s+`)
)

// skeleton is a statement without the numbers of its arguments.
func skeleton(q string) string {
	return spaces.ReplaceAllString(arguments.ReplaceAllString(strings.TrimSpace(q), "$$"), " ")
}

// without takes the n-th condition out; what it said is replaced by what is always true, and the arguments keep
// their numbers and types.
func (g gap) without(q string) string {
	n := 0
	return condition.ReplaceAllStringFunc(q, func(c string) string {
		if n++; n != g.n {
			return c
		}
		var out []string
		for _, a := range regexp.MustCompile(`\$\d+`).FindAllString(c, -1) {
			out = append(out, "CAST("+a+" AS BIGINT) IS NOT NULL")
		}
		if len(out) == 0 {
			return "1 = 1"
		}
		return strings.Join(out, " AND ")
	})
}

// gaps are all of them, with the trials that come by, those that do little first.
func gaps(r run) (out []gap, by map[string][]*trial) {
	by = map[string][]*trial{}
	for _, c := range r.trials {
		texts := map[string]bool{}
		for q := range r.normal[c].heard {
			texts[skeleton(q)] = true
		}
		for t := range texts {
			by[t] = append(by[t], c)
		}
	}
	for text, trials := range by {
		for n := range condition.FindAllStringIndex(text2(text), -1) {
			out = append(out, gap{text, n + 1})
		}
		slices.SortStableFunc(trials, func(a, b *trial) int { return cmp.Compare(len(r.normal[a].heard), len(r.normal[b].heard)) })
		by[text] = spread(trials)
	}
	slices.SortFunc(out, func(a, b gap) int { return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.n, b.n)) })
	return out, by
}

// text2 gives the arguments of a skeleton some number again, so that conditions are found in it.
func text2(s string) string { return strings.ReplaceAll(s, "$", "$1") }

// spread takes a trial of each operation and place in turn, so that the few that are tried differ.
func spread(trials []*trial) []*trial {
	turns := map[string]int{}
	rank := map[*trial]int{}
	for _, c := range trials {
		kind, _, _ := strings.Cut(c.place, " ")
		rank[c] = turns[c.op+kind]
		turns[c.op+kind]++
	}
	slices.SortStableFunc(trials, func(a, b *trial) int { return cmp.Compare(rank[a], rank[b]) })
	return trials
}

// mutate takes the conditions away one by one. Each time some trial that passes the statement must come to
// something else than before.
func (w *world) mutate(r run) {
	w.t.Helper()
	all, by := gaps(r)
	chosen, most, note := all, 400, "all of them"
	switch *mutations {
	case "none":
		return
	case "sample":
		const part = 16
		today := time.Now().YearDay() % part
		chosen, most = nil, 60
		for i, g := range all {
			if i%part == today {
				chosen = append(chosen, g)
			}
		}
		note = fmt.Sprintf("every sixteenth, beginning with %d", today)
	}
	unnoticed := w.unnoticed()
	var left []string
	caught, tried, kept, used := 0, 0, 0, map[int]bool{}
	for _, g := range chosen {
		why := slices.IndexFunc(equivalent, func(e same) bool { return e.is(w.engine, g) })
		if why >= 0 && *mutations == "sample" {
			kept++
			continue
		}
		if *mutations == "sample" && unnoticed[g.String()] {
			continue
		}
		found, n := w.notices(r, g, by[g.text], most)
		tried += n
		switch {
		case found && why >= 0:
			w.t.Errorf("condition %d of %q is noticed by now; take it out of equivalent", g.n, g.text)
		case found:
			caught++
			if unnoticed[g.String()] && !*update {
				w.t.Errorf("condition %d of %q is noticed by now; write testdata/unnoticed.%s.txt anew", g.n, g.text, w.engine)
			}
		case why < 0 && (unnoticed[g.String()] || *update):
			left = append(left, g.String())
		case why >= 0:
			kept++
			used[why] = true
		default:
			w.t.Errorf("nothing notices when condition %d is taken out of %q; %d trials pass it, such as %s", g.n, g.text, len(by[g.text]), by[g.text][0])
		}
	}
	if *mutations == "all" {
		for i, e := range equivalent {
			if !used[i] && (e.engine == "" || e.engine == w.engine) {
				w.t.Errorf("equivalent names %q, which no trial sends", e.text)
			}
		}
	}
	if *update && *mutations == "all" {
		slices.Sort(left)
		text := "Conditions on the workspace that no trial misses yet, though their statements are no equivalents for all that is\n" +
			"known: written by go test ./test/wall -mutations=all -update. The list may only get shorter.\n\n" + strings.Join(left, "\n") + "\n"
		w.must(os.WriteFile(w.unnoticedFile(), []byte(text), 0o600))
	}
	w.t.Logf("conditions on the workspace: %d in %d statements; %d taken out (%s), %d noticed by %d trials, %d equal for a reason, %d not noticed yet",
		len(all), len(by), len(chosen), note, caught, tried, kept, len(left))
}

// String is a line of testdata/unnoticed.*.txt.
func (g gap) String() string { return fmt.Sprintf("%d %s", g.n, g.text) }

func (w *world) unnoticedFile() string {
	return filepath.Join("testdata", "unnoticed."+string(w.engine)+".txt")
}

// unnoticed are the conditions that no trial misses yet.
func (w *world) unnoticed() map[string]bool {
	w.t.Helper()
	text, err := os.ReadFile(w.unnoticedFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	w.must(err)
	out := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		out[strings.TrimSpace(line)] = true
	}
	return out
}

// notices reports whether a trial does. What it saw must be gone with the gap, so that no memory of an earlier one
// is taken for it. When none does, each is asked again by a program that remembers nothing.
func (w *world) notices(r run, g gap, trials []*trial, most int) (bool, int) {
	n := 0
	open := func(on bool) {
		if !on {
			w.setRewrite(nil)
			return
		}
		w.setRewrite(func(q string) string {
			if strings.Contains(q, "tenant_id") || strings.Contains(q, "rowid") {
				if skeleton(q) == g.text {
					return g.without(q)
				}
			}
			return q
		})
	}
	look := func(c *trial) (red bool) {
		n++
		defer func() { w.log.take() }()
		out := w.do(c, nil)
		for _, line := range w.log.take() {
			for _, broken := range []string{"syntax", "operator does not exist", "could not determine", "no such column"} {
				if strings.Contains(line, broken) {
					w.t.Errorf("condition %d of %q cannot be taken out: %s", g.n, g.text, line)
				}
			}
		}
		return len(r.faults(c, out)) > 0 || out.String() != r.normal[c].String()
	}
	for i, c := range trials {
		if i == most {
			break
		}
		open(true)
		red := look(c)
		open(false)
		if !red {
			continue
		}
		if !look(c) {
			return true, n
		}
		w.begin() // it remembers what it should not have seen
		if !look(c) {
			return true, n
		}
		w.t.Errorf("%s is red by itself", c)
	}
	cold := slices.Clone(trials[:min(3, len(trials))])
	for _, c := range r.trials { // what fills the memories
		if c.place == "ids that both have" && slices.Contains([]string{"list-colleagues", "list-teams", "read-ticket", "list-tickets", "list-customer-notes"}, c.op) {
			cold = append(cold, c)
		}
	}
	for _, c := range cold {
		w.begin()
		open(true)
		red := look(c)
		open(false)
		w.begin()
		if red && !look(c) {
			return true, n
		}
	}
	return false, n
}
