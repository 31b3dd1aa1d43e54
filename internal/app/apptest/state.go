package apptest

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

// State is what a database holds: table → its rows as text, sorted.
type State map[string][]string

// Lens says what of a database is looked at. The zero Lens leaves out nothing but SQLite's own tables and its
// full-text tables, which commit with the tables that they index: search_doc and search_term speak for them.
type Lens struct {
	Untold func(table string, e db.Engine) bool         // tables that say nothing
	Leave  func(table, column string, e db.Engine) bool // columns that mean nothing

	layouts sync.Map // db.Engine → map[string][]string, read once
}

func internal(table string, e db.Engine) bool {
	return e == db.SQLite && (strings.HasPrefix(table, "sqlite_") || strings.HasPrefix(table, "search_") && table != "search_doc" && table != "search_term")
}

// Layout is the tables that are looked at and their columns, in order.
func (l *Lens) Layout(ctx context.Context, q db.Reader) (map[string][]string, error) {
	if known, ok := l.layouts.Load(q.Engine()); ok {
		return known.(map[string][]string), nil // nothing else is stored
	}
	text := `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`
	if q.Engine() == db.Postgres {
		text = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND is_generated = 'NEVER'
			AND table_name IN (SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE')`
	}
	out := map[string][]string{}
	_, err := db.All(ctx, q, func(r db.Row) (struct{}, error) {
		var table, column string
		err := r.Scan(&table, &column)
		switch {
		case err != nil, internal(table, q.Engine()):
		case l.Untold != nil && l.Untold(table, q.Engine()):
		case l.Leave != nil && l.Leave(table, column, q.Engine()):
		default:
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
	l.layouts.Store(q.Engine(), out)
	return out, nil
}

// Read reads all of it, exactly; of some tables when they are named. For comparisons between runs see Shaper.
func (l *Lens) Read(ctx context.Context, d *db.DB, tables ...string) (State, error) {
	out := State{}
	err := d.ReadAll(ctx, func(ctx context.Context, q db.Reader) error {
		all, err := l.Layout(ctx, q)
		if err != nil {
			return err
		}
		for table, columns := range all {
			if len(tables) > 0 && !slices.Contains(tables, table) {
				continue
			}
			if out[table], err = readTable(ctx, q, table, columns); err != nil {
				return fmt.Errorf("read %s: %w", table, err)
			}
		}
		return nil
	})
	return out, err
}

func readTable(ctx context.Context, q db.Reader, table string, columns []string) ([]string, error) {
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
	slices.Sort(rows)
	return rows, err
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

// Shaper takes out of rows what differs when the same is done again: new ids, times, secrets.
type Shaper map[string]bool // the ids that were there before

// ShaperOf knows the ids of a state.
func ShaperOf(before State) Shaper {
	known := Shaper{}
	for _, rows := range before {
		for _, r := range rows {
			for _, u := range uuid.FindAllString(r, -1) {
				known[u] = true
			}
		}
	}
	return known
}

// Text is one text without what differs.
func (s Shaper) Text(r string) string {
	r = uuid.ReplaceAllStringFunc(r, func(u string) string {
		if s[u] {
			return u
		}
		return "new"
	})
	r = instant.ReplaceAllString(r, "then")
	if strings.Contains(r, "0x") || strings.Contains(r, "$argon2id") || strings.Contains(r, "/reset-password/") || strings.Contains(r, "token=") {
		r = secrets.ReplaceAllString(r, "secret")
	}
	if strings.Contains(r, "/") {
		r = shard.ReplaceAllString(r, "shard/")
	}
	if strings.Contains(r, `"number"`) {
		r = number.ReplaceAllString(r, `"number": n`)
	}
	return r
}

// Rows are rows without what differs, sorted.
func (s Shaper) Rows(rows []string) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = s.Text(r)
	}
	slices.Sort(out)
	return out
}

// Differences tells where two states differ, a few rows of each; with a shaper, in more than what any two
// runs differ in.
func Differences(got, want State, s Shaper) []string {
	var out []string
	for _, n := range slices.Sorted(maps.Keys(want)) {
		g, w := got[n], want[n]
		if slices.Equal(g, w) {
			continue
		}
		if s != nil {
			if g, w = s.Rows(g), s.Rows(w); slices.Equal(g, w) {
				continue
			}
		}
		out = append(out, fmt.Sprintf("%s: %d rows for %d%s%s", n, len(g), len(w), extra(" + ", g, w), extra(" - ", w, g)))
	}
	return out
}

// Without leaves a table out.
func (s State) Without(table string) State {
	out := maps.Clone(s)
	delete(out, table)
	return out
}

// Of leaves the rows that a workspace owns, or those of all others.
func (s State) Of(workspace int64, others bool) State {
	mark := fmt.Sprintf("tenant_id=%d ", workspace)
	out := State{}
	for table, rows := range s {
		out[table] = slices.DeleteFunc(slices.Clone(rows), func(r string) bool {
			own := strings.Contains(" "+r+" ", " "+mark) || table == "workspace" && strings.Contains(r, fmt.Sprintf("| id=%d |", workspace))
			return own == others
		})
	}
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
