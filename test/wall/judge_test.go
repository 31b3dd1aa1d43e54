//go:build !race

package wall_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// trial is one case of the matrix: something that somebody sends, and what must not come of it.
type trial struct {
	op, place, actor string
	who              *party                                       // whose rows may change
	act              func(ctx context.Context, w *world) []answer // sends it
	accepts          []int                                        // statuses of the last answer; empty accepts all below 500
	nothing          bool                                         // no row of anybody may change, but for audit entries about the refusal
	work             bool                                         // do the jobs that follow, too
	every            bool                                         // work over all workspaces: rows of others may change as well
	alone            bool                                         // must come to the same when there is no other workspace
	echo             bool                                         // the request itself carries the other's words
}

func (c *trial) String() string { return c.op + " " + c.place + " by " + c.actor }

// outcome is what came of a trial, in words that are the same each time.
type outcome struct {
	statuses []int
	answers  string
	changes  string
	faults   []string
	last     string // body of the last answer
	told     bool   // a refusal stands in the audit log
	heard    map[string]bool
}

func (o outcome) String() string { return fmt.Sprint(o.statuses) + "\n" + o.answers + "\n" + o.changes }

var (
	token    = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+|[\w-]{43,}`)
	retryRow = regexp.MustCompile(`retry: \d+`)
	request  = regexp.MustCompile(`"requestId":"[^"]*"`)
	version  = regexp.MustCompile(`"\d{16}"`)
	shards   = regexp.MustCompile(`\d+/[0-9a-f]{2}/`)
	bytesOf  = regexp.MustCompile(`0x[0-9a-f]+`)
)

// The order of files to remove is no one's business.
var keys = regexp.MustCompile(`"keys": ?\[([^\]]*)\]`)

func (w *world) same(text string) string {
	text = keys.ReplaceAllStringFunc(text, func(s string) string {
		list := strings.Split(keys.FindStringSubmatch(s)[1], ",")
		for i := range list {
			list[i] = shards.ReplaceAllString(strings.TrimSpace(list[i]), "")
		}
		slices.Sort(list)
		return fmt.Sprint(list)
	})
	text = token.ReplaceAllString(text, "token")
	text = request.ReplaceAllString(retryRow.ReplaceAllString(text, "retry"), `"requestId":""`)
	return w.known.Text(version.ReplaceAllString(text, `"version"`))
}

// do runs a trial in the world as it is kept, or with one workspace alone, and puts everything back.
func (w *world) do(c *trial, alone *party) outcome {
	w.t.Helper()
	ctx := w.t.Context()
	if w.listening {
		w.mu.Lock()
		w.heard = map[string]bool{}
		w.mu.Unlock()
	}
	answers := c.act(ctx, w)
	if c.work {
		w.work(c.who)
	}
	w.mu.Lock()
	heard := w.heard
	w.heard = nil
	w.mu.Unlock()
	wrote := w.wrote()
	out := w.judge(c, answers, wrote, alone)
	out.faults = append(out.faults, w.blamed...)
	w.blamed = nil
	out.heard = heard
	w.restore(wrote, alone)
	return out
}

// work does the jobs that a request has left.
func (w *world) work(p *party) {
	w.t.Helper()
	if !slices.Contains(w.wrote(), "job") {
		return
	}
	w.exec(`UPDATE job SET run_at = 1 WHERE state = 'queued' AND tenant_id = $1`, p.id)
	if _, err := w.app.Queue.Drain(w.t.Context()); err != nil {
		w.t.Fatalf("drain: %v", err)
	}
}

func (w *world) judge(c *trial, answers []answer, wrote []string, alone *party) outcome {
	var out outcome
	fault := func(format string, args ...any) { out.faults = append(out.faults, fmt.Sprintf(format, args...)) }
	var said strings.Builder
	for i, a := range answers {
		out.statuses = append(out.statuses, a.status)
		fmt.Fprintf(&said, "%d\n", a.status)
		for _, n := range slices.Sorted(maps.Keys(a.header)) {
			switch n {
			case "X-Request-Id", "Date", "Content-Length":
				continue
			}
			fmt.Fprintf(&said, "%s: %s\n", n, a.header[n])
		}
		fmt.Fprintf(&said, "%s\n", a.body)
		if a.status >= http.StatusInternalServerError {
			fault("answers %d: %s %q", a.status, a.body, w.log.take())
		}
		if i == len(answers)-1 && len(c.accepts) > 0 && !slices.Contains(c.accepts, a.status) {
			fault("answers %d, want %v: %s", a.status, c.accepts, clip(string(a.body)))
		}
		if !c.echo {
			w.listen(c, a, fault)
		}
	}
	out.answers = w.same(said.String())
	out.last = w.same(string(answers0(answers).body))
	now := w.read(wrote)
	var changes []string
	for _, table := range slices.Sorted(maps.Keys(now)) {
		before := w.kept[table]
		if alone != nil && w.owned(table) {
			before = apptest.State{table: before}.Of(alone.id, false)[table]
		}
		if slices.Equal(before, now[table]) {
			continue
		}
		own := func(row string) bool {
			return c.who != nil && strings.Contains(" "+row+" ", fmt.Sprintf(" tenant_id=%d ", c.who.id)) ||
				c.who != nil && table == "workspace" && strings.Contains(row, fmt.Sprintf("| id=%d |", c.who.id))
		}
		for sign, rows := range map[string][]string{"+": without(now[table], before), "-": without(before, now[table])} {
			for _, row := range rows {
				told := table == "audit_entry" && strings.Contains(row, "action=access.denied")
				out.told = out.told || told
				switch {
				case table == "counter" && w.engine == db.Postgres && own(row): // a ticket's number is reserved before, see ticket.reserveNumber
				case !own(row) && !c.every && w.owned(table):
					fault("changes a row of somebody else: %s %s %s", table, sign, clip(row))
				case c.nothing && !told:
					fault("changes something: %s %s %s", table, sign, clip(row))
				case own(row) && !told && table != "search_term": // the app remembers which words it has written
					changes = append(changes, table+" "+sign+" "+w.same(bytesOf.ReplaceAllString(row, "bytes")))
				}
			}
		}
	}
	if slices.Contains(wrote, "media_file") && c.who != nil && !c.every {
		files := w.readFiles()
		for name, b := range w.files {
			if !strings.HasPrefix(name, fmt.Sprintf("%d/", c.who.id)) && files[name] != b {
				fault("changes a file of somebody else: %s", name)
			}
		}
	}
	slices.Sort(changes)
	out.changes = strings.Join(changes, "\n")
	return out
}

func answers0(all []answer) answer {
	if len(all) == 0 {
		return answer{}
	}
	return all[len(all)-1]
}

// listen looks for the words of others in an answer, its headers included.
func (w *world) listen(c *trial, a answer, fault func(string, ...any)) {
	whole := strings.ToLower(fmt.Sprint(a.header) + string(a.body))
	for _, p := range w.parties {
		if p == c.who {
			continue
		}
		if i := strings.Index(whole, p.canary); i >= 0 {
			fault("tells what %s holds: …%s", p.slug, clip(whole[max(0, i-80):]))
		}
	}
}

// without gives the rows of a that are not in b, both sorted.
func without(a, b []string) []string {
	left := map[string]int{}
	for _, r := range b {
		left[r]++
	}
	var out []string
	for _, r := range a {
		if left[r]--; left[r] < 0 {
			out = append(out, r)
		}
	}
	return out
}

func clip(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

// difference shows where two texts part.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(x), len(y)) {
		var p, q string
		if i < len(x) {
			p = x[i]
		}
		if i < len(y) {
			q = y[i]
		}
		if p != q {
			at := 0
			for at < min(len(p), len(q)) && p[at] == q[at] {
				at++
			}
			at = max(0, at-60)
			return fmt.Sprintf("\n      with the others: %s\n      alone:           %s", clip(p[min(at, len(p)):]), clip(q[min(at, len(q)):]))
		}
	}
	return ""
}
