// Package crash kills the real program while it is written to, and holds what is left against a record that
// was kept outside of it.
package crash

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// write is something that a client asked for. It makes a thing, which is known again by its mark, or it
// gives something that is there a value.
type write struct {
	N     int `json:"n"`
	Space int `json:"space"`
	// What it makes: for example an order with that number and that content.
	Kind    string `json:"kind,omitempty"`
	Mark    string `json:"mark,omitempty"`
	Content string `json:"content,omitempty"`
	// What it changes, and to what.
	Target string `json:"target,omitempty"`
	Value  string `json:"value,omitempty"`
	// How it is asked for; empty for what a command does.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	Key    string `json:"key,omitempty"`
	Body   string `json:"body,omitempty"`
	File   string `json:"file,omitempty"` // name of an upload
	upload string // its bytes; the ledger knows their sum
}

// outcome is what is known of a write.
type outcome string

const (
	sent         outcome = "sent" // and nothing was heard
	acknowledged outcome = "acknowledged"
	failed       outcome = "failed"
)

// line is one line of the ledger.
type line struct {
	Write  *write  `json:"write,omitempty"` // with sent
	N      int     `json:"n"`
	What   outcome `json:"what"`
	Status int     `json:"status,omitempty"`
	ID     string  `json:"id,omitempty"`
}

// ledger is the record, on the disk before the write is sent and before its answer is used.
type ledger struct {
	mu   sync.Mutex
	path string
	file *os.File
	next int
}

func newLedger(t testing.TB) *ledger {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return &ledger{path: path, file: f}
}

// send notes writes that go out together, and numbers them.
func (l *ledger) send(all ...*write) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := make([]line, len(all))
	for i, w := range all {
		l.next++
		w.N = l.next
		lines[i] = line{Write: w, N: w.N, What: sent}
	}
	return l.append(lines)
}

// hear notes what became of them.
func (l *ledger) hear(what outcome, status int, id string, all ...*write) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := make([]line, len(all))
	for i, w := range all {
		lines[i] = line{N: w.N, What: what, Status: status, ID: id}
	}
	return l.append(lines)
}

func (l *ledger) append(lines []line) error {
	var text []byte
	for _, x := range lines {
		b, err := json.Marshal(x)
		if err != nil {
			return err
		}
		text = append(append(text, b...), '\n')
	}
	if _, err := l.file.Write(text); err != nil {
		return err
	}
	return l.file.Sync()
}

// record is the ledger as it is read back.
type record struct {
	lines []line
}

func (l *ledger) read() (record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := os.Open(l.path)
	if err != nil {
		return record{}, err
	}
	defer func() { _ = f.Close() }()
	var r record
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var x line
		if err := json.Unmarshal(in.Bytes(), &x); err != nil {
			return record{}, fmt.Errorf("line %d: %w", len(r.lines)+1, err)
		}
		r.lines = append(r.lines, x)
	}
	return r, in.Err()
}

// length is how far the ledger is, to cut the record there later.
func (l *ledger) length() (int, error) {
	r, err := l.read()
	return len(r.lines), err
}

// account is a write with what may be asked of it.
type account struct {
	*write
	what outcome
	id   string
	when int // line of the ledger that says so
}

// accounts gives each write its outcome. What was acknowledged only after the cut may be there or not.
func (r record) accounts(cut int) []account {
	at := map[int]int{}
	var out []account
	for i, x := range r.lines {
		if x.What == sent {
			at[x.N] = len(out)
			out = append(out, account{write: x.Write, what: sent, when: i})
			continue
		}
		a := &out[at[x.N]]
		if x.ID != "" {
			a.id = x.ID
		}
		if i < cut || x.What == failed {
			a.what, a.when = x.What, i
		}
	}
	return out
}

// whole is the cut behind everything.
func (r record) whole() int { return len(r.lines) }

// numbers counts the outcomes.
func (r record) numbers() (out struct{ acknowledged, unknown, failed int }) {
	for _, a := range r.accounts(r.whole()) {
		switch a.what {
		case acknowledged:
			out.acknowledged++
		case failed:
			out.failed++
		case sent:
			out.unknown++
		}
	}
	return out
}
