package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// table prints rows as they come, in Markdown.
type table struct {
	out    io.Writer
	second bool // the second table has begun
}

func newTable(out io.Writer, o options, e db.Engine) *table {
	t := &table{out: out}
	t.say("%s, %s, %d cores, %s, Go %s; %s customers and tickets, %d connections, load generator on the same cores.\n\n",
		time.Now().UTC().Format(time.DateOnly), processor(), runtime.NumCPU(), e, strings.TrimPrefix(runtime.Version(), "go"), thousands(o.scale), o.connections)
	t.say("| what | per second | p50 ms | p99 ms | of bare | round trips | aim |\n")
	t.say("|---|---:|---:|---:|---:|---:|---|\n")
	return t
}

func (t *table) add(r row, ours, theirs figures, trips int64) {
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
	ratio := "–"
	if theirs.perSecond > 0 {
		ratio = fmt.Sprintf("%.0f %%", 100*ours.perSecond/theirs.perSecond)
	}
	t.say("| %s | %s | %s | %s | %s | %d | %s |\n",
		r.name, thousands(int(ours.perSecond)), ms(ours.p50), ms(ours.p99), ratio, trips, r.bound)
}

// figure adds a line of the second table, about the program itself.
func (t *table) figure(what, value, bound string) {
	if !t.second {
		t.second = true
		t.say("\n| what | measured | aim |\n|---|---:|---|\n")
	}
	t.say("| %s | %s | %s |\n", what, value, bound)
}

// say writes to the terminal, or to the pipe that keeps the table.
func (t *table) say(format string, args ...any) { _, _ = fmt.Fprintf(t.out, format, args...) }

func (t *table) end() { t.say("\n") }

// thousands writes 12345 as 12,345.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// processor is the model's name, where the system tells it.
func processor() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range bytes.Lines(b) {
			if name, model, found := strings.Cut(string(line), ":"); found && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(model)
			}
		}
	}
	return runtime.GOARCH
}
