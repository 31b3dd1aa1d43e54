//go:build !race

package wall_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/auth"
)

var update = flag.Bool("update", false, "rewrite testdata/authz.txt")

// site is where a check stands in the product: file and line.
type site string

// here finds the caller of an Actor's method, or of a check in the package itself.
func here() site {
	var pcs [24]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		name := f.Function[strings.LastIndex(f.Function, "/")+1:]
		switch {
		case strings.HasPrefix(name, "wall_test."), strings.HasPrefix(name, "auth.Probe."), strings.HasPrefix(name, "auth.Actor."):
		default:
			_, file, _ := strings.Cut(f.File, "/internal/")
			return site(fmt.Sprintf("%s:%d %s", file, f.Line, name))
		}
		if !more {
			return "nowhere"
		}
	}
}

// checks are what was asked while a trial ran.
type checks struct {
	asked   map[string]bool // permissions
	sites   map[site]string // with what they ask
	refused map[site]bool   // that said no at least once
}

func newChecks() *checks {
	return &checks{asked: map[string]bool{}, sites: map[site]string{}, refused: map[site]bool{}}
}

func (c *checks) probe(check string, ok bool) bool {
	s := here()
	c.asked[check], c.sites[s] = true, check
	if !ok {
		c.refused[s] = true
	}
	return ok
}

// base is a permission without its reach.
func base(p string) string {
	return strings.TrimSuffix(strings.TrimSuffix(p, "_own"), "_all")
}

// forms are the permissions of the catalogue with a base.
func forms(b string) []string {
	var out []string
	for _, p := range auth.Catalogue() {
		if base(p.Name) == b {
			out = append(out, p.Name)
		}
	}
	return out
}

// stance is what pia may do: everything but one permission, or of one only what is her own.
type stance struct{ base, reach string }

func (s stance) String() string { return s.reach + " " + s.base }

func (s stance) permissions() []string {
	var out []string
	for _, p := range auth.Catalogue() {
		if !slices.Contains(strings.Split(s.base, " or "), base(p.Name)) || s.reach == "own" && strings.HasSuffix(p.Name, "_own") {
			out = append(out, p.Name)
		}
	}
	return out
}

// stand gives pia a role, as an administrator does it, and takes that for the world as it is.
func (w *world) stand(s stance) {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"permissions": s.permissions()})
	w.must(err)
	alpha := w.parties[0]
	w.call(alpha.token, http.MethodPut, "/roles/"+alpha.shared["probeRoleId"], string(body))
	w.exec(`UPDATE job SET run_at = 1 WHERE state = 'queued' AND run_at < 9000000000000000`)
	_, err = w.app.Queue.Drain(w.t.Context())
	w.must(err)
	w.keep(w.wrote()...)
}

// either are the operations that one of several permissions opens: what is declared, and what does as well.
var either = map[string]string{
	"list-roles": "users:read or roles:write", "get-role": "users:read or roles:write",
	"upload-file":          "tickets:create or tickets:update",
	"delete-customer-note": "notes:create or notes:update", "put-customer-note": "notes:create or notes:update", "update-customer-note": "notes:create or notes:update",
	"put-order": "orders:update or orders:correct_history", "put-order.history": "orders:update or orders:correct_history",
	"update-order":    "orders:update or orders:correct_history",
	"update-customer": "customers:update or customers:read",
}

// pia's trials: every operation with the ids of a colleague.
func (w *world) pias(s *spec) map[string]*trial {
	w.t.Helper()
	alpha := w.parties[0]
	out := map[string]*trial{}
	for _, o := range s.ops {
		if o.public() {
			continue
		}
		c := &trial{op: o.ID, place: "ids of a colleague", actor: "pia", who: alpha}
		if o.item == nil {
			c.act = func(ctx ctx, w *world) []answer { return []answer{w.stream(ctx, w.probe, alpha.shared["roleId"])} }
			out[o.ID] = c
			continue
		}
		r, err := o.request(alpha.shared.With("run", "twin", "password", password))
		w.must(err)
		c.act = as(w.probe, r, nil)
		out[o.ID] = c
	}
	// A second look where one request does not reach what is checked.
	more := func(name, method, path, body string) {
		out[name] = &trial{op: name, place: "ids of a colleague", actor: "pia", who: alpha, act: as(w.probe, request2(method, alpha.shared.Fill(path), alpha.shared.Fill(body)), nil)}
	}
	more("put-order.history", http.MethodPut, "/orders/{{orderId}}", `{"status":"delivered"}`)
	more("create-ticket.for-another", http.MethodPost, "/tickets", `{"title":"A","description":"B","assigneeId":"{{meId}}"}`)
	more("assign-ticket.to-oneself", http.MethodPut, "/tickets/{{ticketId}}/assignee", `{"assigneeId":"{{probeId}}"}`)
	more("create-customer.owner", http.MethodPost, "/customers", `{"firstName":"Zoe","lastName":"Quinn"}`)
	more("delete-role.rank", http.MethodDelete, "/roles/{{roleId}}", "")
	more("update-user.rank", http.MethodPatch, "/users/{{meId}}", `{"name":"Ada"}`)
	more("create-tag.by-name", http.MethodPut, "/tickets/{{ticketId}}/tags", `{"tags":["Quite new"]}`)
	more("get-job.anothers", http.MethodGet, "/jobs/{{queuedJobId}}", "")
	more("search.ticket", http.MethodGet, "/search?kind=ticket&q=both", "")
	more("search.order", http.MethodGet, "/search?kind=order&q=both", "")
	more("search.product", http.MethodGet, "/search?kind=product&q=heart", "")
	more("search.customer", http.MethodGet, "/search?kind=customer&q=ada", "")
	more("search.message", http.MethodGet, "/search?kind=message&q=warehouse", "")
	more("read-file.attached", http.MethodGet, "/files/{{attachedId}}", "")
	more("list-tickets.total", http.MethodGet, "/tickets?total=true&q=both", "")
	more("list-customers.total", http.MethodGet, "/customers?total=true&q=ada", "")
	more("get-user.colleague", http.MethodGet, "/users/{{userId}}", "")
	more("set-user-availability.colleague", http.MethodPut, "/users/{{userId}}/availability", `{"available":false}`)
	return out
}

// permissions runs every operation as somebody who lacks one of the permissions that it asks for, and as somebody
// who has it for their own objects alone. It compares what comes of it with the table, and takes each check away.
func (w *world) permissions(s *spec) {
	w.t.Helper()
	w.stand(stance{})
	trials := w.pias(s)
	full, asks := map[string]outcome{}, map[string]map[string]bool{}
	every, refused, caught := map[site]string{}, map[site]bool{}, map[site]bool{}
	run := func(c *trial, probe auth.Probe) outcome {
		w.probing = probe
		defer func() { w.probing = nil }()
		return w.do(c, nil)
	}
	stances := map[stance][]string{}
	for _, name := range slices.Sorted(maps.Keys(trials)) {
		seen := newChecks()
		full[name] = run(trials[name], seen.probe)
		maps.Copy(every, seen.sites)
		asks[name] = map[string]bool{}
		for asked := range seen.asked {
			if asked == "everything" || asked == "what is handed on" { // lacked as soon as anything is
				asked = "orders:read"
			}
			if len(forms(base(asked))) == 0 {
				continue
			}
			asks[name][base(asked)] = true
		}
		if o := s.find(name); o != nil && len(forms(base(o.Permission))) > 0 {
			asks[name][base(o.Permission)] = true
		}
		if e, ok := either[name]; ok {
			asks[name][e] = true
		}
		for b := range asks[name] {
			stances[stance{b, "without"}] = append(stances[stance{b, "without"}], name)
			parts := strings.Split(b, " or ")
			if !slices.ContainsFunc(parts, func(p string) bool { return len(forms(p)) < 2 }) {
				stances[stance{b, "own"}] = append(stances[stance{b, "own"}], name)
			}
		}
		for _, f := range full[name].faults {
			w.t.Errorf("%s: %s", trials[name], f)
		}
	}
	table := map[string][]string{}
	tried, heard := 0, map[string]bool{}
	order := slices.SortedFunc(maps.Keys(stances), func(a, b stance) int { return strings.Compare(a.String(), b.String()) })
	for _, st := range order {
		w.stand(st)
		for _, name := range stances[st] {
			tried++
			seen := newChecks()
			out := run(trials[name], seen.probe)
			maps.Copy(every, seen.sites)
			maps.Copy(refused, seen.refused)
			status := out.statuses[len(out.statuses)-1]
			if status >= http.StatusBadRequest && out.changes != "" {
				w.t.Errorf("%s, %s: answers %d and has written: %s", trials[name], st, status, out.changes)
			}
			for _, f := range out.faults {
				w.t.Errorf("%s, %s: %s", trials[name], st, f)
			}
			reason := reasonOf(out.last)
			if status == http.StatusForbidden && !heard[reason] { // the same reason is kept once a minute
				heard[reason] = true
				if !out.told {
					w.t.Errorf("%s, %s: was refused, and nothing stands in the audit log: %s", trials[name], st, out.last)
				}
			}
			word := fmt.Sprint(status)
			switch {
			case status >= http.StatusBadRequest:
			case out.String() == full[name].String():
				word += " as before"
			default:
				word += " with less"
			}
			needed := either[name]
			if o := s.find(name); o != nil && needed == "" {
				needed = base(o.Permission)
			}
			if o := s.find(name); o != nil && needed == st.base && st.reach == "without" && status < http.StatusForbidden {
				w.t.Errorf("%s needs %s, says the reference, but answers %d to who lacks it", name, o.Permission, status)
			}
			table[name] = append(table[name], fmt.Sprintf("    %-34s %s", st, word))
			for gap := range seen.refused {
				changed := run(trials[name], func(check string, ok bool) bool { return ok || here() == gap })
				if changed.String() != out.String() || len(changed.faults) > 0 {
					caught[gap] = true
				}
			}
		}
	}
	w.gates(every, caught)
	w.compare(s, table)
	survivors := 0
	for _, at := range slices.Sorted(maps.Keys(every)) {
		why, known := checksApart[every[at]+" "+string(at[strings.LastIndex(string(at), " ")+1:])]
		switch {
		case caught[at]:
			if known {
				w.t.Errorf("the check %q at %s is noticed by now; take it out of checksApart", every[at], at)
			}
		case known && why != "":
		default:
			survivors++
			w.t.Errorf("nothing notices when the check %q at %s is taken away (refused in a trial: %v)", every[at], at, refused[at])
		}
	}
	w.t.Logf("permissions: %d operations and looks × what they lack = %d trials; %d checks taken away, %d noticed, %d kept for a reason",
		len(trials), tried, len(every), len(caught), len(every)-len(caught)-survivors)
}

// reasonOf is what the audit log tells refusals apart by: the permission, or the code.
func reasonOf(body string) string {
	var p struct{ Code, Detail string }
	_ = json.Unmarshal([]byte(body), &p)
	if p.Code == "forbidden" {
		return p.Detail
	}
	return p.Code
}

// gates takes away the checks that a token is used in its own workspace.
func (w *world) gates(every map[site]string, caught map[site]bool) {
	w.t.Helper()
	alpha, bravo := w.parties[0], w.parties[1]
	renew := request2(http.MethodPost, "/auth/refresh-token", fmt.Sprintf(`{"refreshToken":%q}`, alpha.shared["refreshToken"]))
	renew.Anonymous = true
	for _, c := range []*trial{
		{op: "get-me", place: "header of the other", who: alpha, act: as(alpha.token, request2(http.MethodGet, "/auth/me", ""), named(bravo.slug))},
		{op: "get-me", place: "host of the other", who: alpha, act: as(alpha.token, request2(http.MethodGet, "/auth/me", ""), func(r *http.Request) { r.Host = bravo.slug + "." + hosts })},
		{op: "get-me", place: "header of nobody", who: alpha, act: as(alpha.token, request2(http.MethodGet, "/auth/me", ""), named("nobody"))},
		{op: "refresh-token", place: "header of the other", who: alpha, act: as("", renew, named(bravo.slug))},
	} {
		seen := newChecks()
		w.probing = seen.probe
		before := w.do(c, nil)
		w.probing = nil
		if before.statuses[0] != http.StatusUnauthorized || before.changes != "" {
			w.t.Errorf("%s: %s", c, before)
		}
		maps.Copy(every, seen.sites)
		for gap := range seen.refused {
			w.probing = func(_ string, ok bool) bool { return ok || here() == gap }
			if w.do(c, nil).String() != before.String() {
				caught[gap] = true
			}
			w.probing = nil
		}
	}
}

func (s *spec) find(id string) *operation {
	i := slices.IndexFunc(s.ops, func(o *operation) bool { return o.ID == id })
	if i < 0 {
		return nil
	}
	return s.ops[i]
}

// compare holds what came of it against the table, which a person has read.
func (w *world) compare(s *spec, table map[string][]string) {
	w.t.Helper()
	var b strings.Builder
	b.WriteString("What each operation asks for, and what it answers to who lacks one of the permissions it asks, or has it for\n" +
		"their own objects alone: written by go test ./test/wall -update, to be read before it is committed.\n\n")
	names := map[string]string{}
	for _, o := range s.ops {
		names[o.ID] = o.Permission
	}
	for n := range table {
		if _, ok := names[n]; !ok {
			names[n] = "a second look"
		}
	}
	for _, n := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&b, "%s: %s\n", n, names[n])
		slices.Sort(table[n])
		for _, line := range table[n] {
			b.WriteString(line + "\n")
		}
	}
	file := filepath.Join("testdata", "authz.txt")
	if *update {
		w.must(os.MkdirAll("testdata", 0o755))
		w.must(os.WriteFile(file, []byte(b.String()), 0o600))
		return
	}
	want, err := os.ReadFile(file)
	w.must(err)
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		w.t.Errorf("who may do what has changed; if that is meant, run: go test ./test/wall -update\n%s", diff)
	}
}
