package app_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// state is what a database holds: table → its rows as text, sorted.
type state map[string][]string

// Tables that say nothing about what a request has done.
func untold(table string, e db.Engine) bool {
	switch table {
	case "counter": // PostgreSQL takes a ticket's number beforehand (ticket.reserveNumber): a crash leaves a gap
		return e == db.Postgres
	case "search_term": // the one app that lives through all deaths on PostgreSQL remembers which words it has written
		return e == db.Postgres
	case "idempotency_key", // that a key is claimed or its answer kept is what the harness itself looks at
		"periodic", "schema_step": // of the installation, not of a request
		return true
	}
	return strings.HasPrefix(table, "sqlite_") || strings.HasPrefix(table, "search_") && table != "search_doc" && table != "search_term"
	// Full-text tables commit with the tables that they index; search_doc and search_term speak for them.
}

// leave says which columns differ between two runs of the same and mean nothing.
func leave(table, column string, e db.Engine) bool {
	switch column {
	case "seq", "request_id", "sha256", "swept_to":
		return true
	case "attempts", "last_error", "progress_done", "progress_total", "run_at": // a job that was begun twice has two attempts
		return table == "job"
	case "number":
		return e == db.Postgres && table == "ticket" // see untold: a gap
	}
	return false
}

// layouts are the tables that count, with their columns, read once for each engine.
var layouts sync.Map // db.Engine → map[string][]string

func layout(ctx context.Context, q db.Reader) (map[string][]string, error) {
	if known, ok := layouts.Load(q.Engine()); ok {
		return known.(map[string][]string), nil
	}
	text := `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`
	if q.Engine() == db.Postgres {
		text = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'`
	}
	out := map[string][]string{}
	_, err := db.All(ctx, q, func(r db.Row) (struct{}, error) {
		var table, column string
		err := r.Scan(&table, &column)
		if err == nil && !untold(table, q.Engine()) && !leave(table, column, q.Engine()) {
			out[table] = append(out[table], column)
		}
		return struct{}{}, err
	}, text)
	if err != nil {
		return nil, err
	}
	for _, columns := range out {
		slices.Sort(columns)
	}
	layouts.Store(q.Engine(), out)
	return out, nil
}

// readState reads all of it, exactly. For comparisons between runs see shape.
func readState(ctx context.Context, d *db.DB) (state, error) {
	out := state{}
	err := d.ReadAll(ctx, func(ctx context.Context, q db.Reader) error {
		all, err := layout(ctx, q)
		if err != nil {
			return err
		}
		for table, columns := range all {
			rows, err := db.All(ctx, q, func(r db.Row) (string, error) {
				values, into := make([]any, len(columns)), make([]any, len(columns))
				for i := range values {
					into[i] = &values[i]
				}
				if err := r.Scan(into...); err != nil {
					return "", err
				}
				parts := make([]string, len(columns))
				for i, v := range values {
					parts[i] = columns[i] + "=" + textOf(v)
				}
				return strings.Join(parts, " | "), nil
			}, `SELECT `+strings.Join(columns, ", ")+` FROM `+table)
			if err != nil {
				return fmt.Errorf("read %s: %w", table, err)
			}
			slices.Sort(rows)
			out[table] = rows
		}
		return nil
	})
	return out, err
}

func textOf(v any) string {
	switch x := v.(type) {
	case []byte:
		if len(x) > 0 && (x[0] == '{' || x[0] == '[' || x[0] == '"') && json.Valid(x) {
			return string(x)
		}
		if h := hex.EncodeToString(x); len(x) == 16 {
			return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
		}
		return "0x" + hex.EncodeToString(x)
	case bool:
		return map[bool]string{true: "1", false: "0"}[x]
	case nil:
		return "null"
	}
	return fmt.Sprint(v)
}

var (
	uuid    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	instant = regexp.MustCompile(`\b[12]\d{15}\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	secrets = regexp.MustCompile(`0x[0-9a-f]{32,}|\$argon2id\S+|/reset-password/[\w.-]+|\btoken=[\w-]+`)
	shard   = regexp.MustCompile(`\b\d+/[0-9a-f]{2}/`) // of a file, from its id
	number  = regexp.MustCompile(`"number": ?\d+`)
)

// shaper takes out of rows what differs when the same is done again: new ids, times, secrets.
type shaper map[string]bool // the ids that were there before

func shaperOf(before state) shaper {
	known := shaper{}
	for _, rows := range before {
		for _, r := range rows {
			for _, u := range uuid.FindAllString(r, -1) {
				known[u] = true
			}
		}
	}
	return known
}

func (s shaper) shape(rows []string) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		r = uuid.ReplaceAllStringFunc(r, func(u string) string {
			if s[u] {
				return u
			}
			return "new"
		})
		r = secrets.ReplaceAllString(instant.ReplaceAllString(r, "then"), "secret")
		out[i] = number.ReplaceAllString(shard.ReplaceAllString(r, "shard/"), `"number": n`)
	}
	slices.Sort(out)
	return out
}

// differences tells where two states differ, a few rows of each; with a shaper, in more than what any two
// runs differ in.
func differences(got, want state, s shaper) []string {
	var out []string
	for _, n := range slices.Sorted(maps.Keys(want)) {
		g, w := got[n], want[n]
		if slices.Equal(g, w) {
			continue
		}
		if s != nil {
			if g, w = s.shape(g), s.shape(w); slices.Equal(g, w) {
				continue
			}
		}
		out = append(out, fmt.Sprintf("%s: %d rows for %d%s%s", n, len(g), len(w), extra(" + ", g, w), extra(" - ", w, g)))
	}
	return out
}

// without leaves a table out.
func (s state) without(table string) state {
	out := maps.Clone(s)
	delete(out, table)
	return out
}

// extra is up to two rows that stand in a and not in b.
func extra(sign string, a, b []string) string {
	left := map[string]int{}
	for _, r := range b {
		left[r]++
	}
	var out strings.Builder
	n := 0
	for _, r := range a {
		if left[r]--; left[r] < 0 && n < 2 {
			n++
			out.WriteString("\n      " + sign + r)
		}
	}
	return out.String()
}
