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
	t.say("%s, %s, %d cores, %s, Go %s; %s customers and tickets in %d workspaces of which one holds half, %d connections, load generator on the same cores.\n\n",
		time.Now().UTC().Format(time.DateOnly), processor(), runtime.NumCPU(), e, strings.TrimPrefix(runtime.Version(), "go"), thousands(o.scale), workspaces, o.connections)
	t.say("| what | per second | p50 ms | p99 ms | of bare | trips | at ten times the rows | memory MiB | best peer | aim |\n")
	t.say("|---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n")
	return t
}

// cells are what a row of the table shows; zero is not measured.
type cells struct {
	ours, theirs figures
	trips        int64
	growth       float64 // of the time, against a tenth of the rows
	memory       int64   // bytes that the program held afterwards
}

func (t *table) add(r row, c cells) {
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
	ratio, trips, growth, memory, peer := "–", "–", "–", "–", "–"
	if c.theirs.perSecond > 0 {
		ratio = fmt.Sprintf("%.0f %%", 100*c.ours.perSecond/c.theirs.perSecond)
	}
	if c.trips > 0 {
		trips = fmt.Sprint(c.trips)
	}
	if c.growth > 0 {
		growth = fmt.Sprintf("× %.2f", c.growth)
	}
	if c.memory > 0 {
		memory = fmt.Sprint(c.memory >> 20)
	}
	if r.peer.perSecond > 0 {
		peer = fmt.Sprintf("%s %s, × %.1f", r.peer.name, thousands(int(r.peer.perSecond)), c.ours.perSecond/r.peer.perSecond)
	}
	t.say("| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n",
		r.name, thousands(int(c.ours.perSecond)), ms(c.ours.p50), ms(c.ours.p99), ratio, trips, growth, memory, peer, r.bound)
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
