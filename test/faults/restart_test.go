package faults_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/test/binary"
)

// ownServer is a PostgreSQL server of this test's own, which keeps what it has acknowledged.
type ownServer struct{ dir, url string }

func startServer(t *testing.T) *ownServer {
	t.Helper()
	if dbtest.PostgresURL() == "" {
		dbtest.Postgres(t) // skips or fails as the other tests do
	}
	dir, err := os.MkdirTemp("", "throughline-faults-") //nolint:usetesting // the server's user must reach it, which t.TempDir() keeps off
	if err != nil {
		t.Fatal(err)
	}
	s := &ownServer{dir: filepath.Join(dir, "pg")}
	t.Cleanup(func() {
		_ = s.run("stop", s.dir)
		_ = os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := s.run("start", s.dir); err != nil {
		t.Skipf("no PostgreSQL server of its own: %v", err)
	}
	b, err := os.ReadFile(filepath.Join(s.dir, "url"))
	if err != nil {
		t.Fatal(err)
	}
	s.url = strings.TrimSpace(string(b))
	return s
}

func (s *ownServer) run(args ...string) error {
	c := exec.Command("../../scripts/postgres.sh", args...)
	c.Env = append(os.Environ(), "DURABLE=1", "SHARED_BUFFERS=32MB")
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said // a file, as the server keeps them open
	c.WaitDelay = time.Second
	if err := c.Run(); err != nil && c.ProcessState != nil && !c.ProcessState.Success() {
		return fmt.Errorf("postgres.sh %s: %w\n%s", args[0], err, said.String())
	}
	return nil
}

// database makes one and gives its URL. With a tablespace it lives there.
func (s *ownServer) database(t *testing.T, name, where string) string {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: s.url, MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	q := "CREATE DATABASE " + name
	if where != "" {
		if err := d.Exec(t.Context(), "CREATE TABLESPACE small LOCATION '"+where+"'"); err != nil {
			t.Fatal(err)
		}
		q += " TABLESPACE small"
	}
	if err := d.Exec(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(s.url, "/postgres?", "/"+name+"?", 1)
}

// on is an installation on a database of that server.
func (s *ownServer) on(t *testing.T, url string) *world {
	t.Helper()
	i := &binary.Installation{Binary: binary.Path(t), Settings: map[string]string{
		"DATA_DIR": t.TempDir(), "ANONYMOUS_LIMIT": "off", "USER_LIMIT": "off", "SIGN_IN_LIMIT": "off", "WORKERS": "2", "DB_MAX_CONNS": "4", "DATABASE_URL": url,
	}}
	prepare(t, i)
	return serve(t, i, nil)
}

//nolint:tparallel // its parts follow each other on one server
func TestADatabaseServerIsRestartedUnderLoad(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	w := s.on(t, s.database(t, "restarted", ""))
	l := w.load(t, 6, 3)
	events := w.stream(t)
	for _, mode := range []string{"fast", "immediate"} {
		until(t, "load before", func() bool { return l.done.Load() > l.mark+40 })
		if err := s.run("restart", s.dir, mode); err != nil {
			t.Fatal(err)
		}
		l.mark = l.done.Load()
		back := until(t, "load after", func() bool { return l.done.Load() > l.mark+40 })
		if back > 5*time.Second {
			t.Errorf("%s: it took %s until 40 changes were taken again, want less than 5 s", mode, back)
		}
		note("PostgreSQL restarted (%s) under load: 40 more changes within %d ms of its return", mode, back.Milliseconds())
	}
	l.stop()
	l.judge(t, w)
	// The stream has outlived both.
	if a := w.create(t, "heard"); a.status != http.StatusCreated {
		t.Errorf("a change afterwards answers %s", a)
	}
	until(t, "the stream goes on", func() bool { return strings.Contains(events(), "customer.created") })

	t.Run("stopped for a while", func(t *testing.T) {
		if err := s.run("halt", s.dir); err != nil {
			t.Fatal(err)
		}
		for _, a := range burst(8, func(n int) answer {
			if n%2 == 0 {
				return w.list(t)
			}
			return w.create(t, "stopped", "stopped-key")
		}) {
			if !a.comeBack() {
				t.Errorf("a request without a database answers %s, want 503 and Retry-After", a)
			}
		}
		want(t, "readiness without a database", w.ask(t, http.MethodGet, "/readyz", nil), http.StatusServiceUnavailable)
		want(t, "health without a database", w.ask(t, http.MethodGet, "/healthz", nil), http.StatusOK)
		if err := s.run("resume", s.dir); err != nil {
			t.Fatal(err)
		}
		back := until(t, "recovery", func() bool {
			return w.ask(t, http.MethodGet, "/readyz", nil).status == http.StatusOK && w.create(t, "stopped", "stopped-key").status == http.StatusCreated
		})
		if back > 5*time.Second {
			t.Errorf("recovery took %s, want less than 5 s", back)
		}
		if n := w.names(t)["stopped"]; n != 1 {
			t.Errorf("a change that was repeated with its key is there %d times", n)
		}
		note("PostgreSQL stopped: 503 + Retry-After, readyz 503, healthz 200, back %d ms after it", back.Milliseconds())
	})

	t.Run("made read-only", func(t *testing.T) {
		set := func(mode string) {
			d, err := db.Open(t.Context(), db.Options{URL: s.url, MaxConns: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = d.Close() }()
			for _, q := range []string{
				"ALTER DATABASE restarted SET default_transaction_read_only = " + mode,
				"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'restarted'",
			} {
				if err := d.Exec(t.Context(), q); err != nil {
					t.Fatal(err)
				}
			}
		}
		set("on")
		until(t, "reading from a read-only database", func() bool { return w.list(t).status == http.StatusOK })
		if a := w.create(t, "read-only"); !a.comeBack() || a.code() != "read_only" {
			t.Errorf("a change in a read-only database answers %s", a)
		}
		set("off")
		back := until(t, "recovery", func() bool { return w.create(t, "writable").status == http.StatusCreated })
		note("PostgreSQL read-only (as after a failover): changes 503 read_only, reading 200, back after %d ms", back.Milliseconds())
	})

	t.Run("full disk", func(t *testing.T) {
		disk := smallDisk(t, "64m")
		place := filepath.Join(disk, "space")
		if err := os.Mkdir(place, 0o700); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("chown", "postgres", place).CombinedOutput(); err != nil {
			t.Skipf("no user postgres: %s", out)
		}
		for dir := disk; strings.HasPrefix(dir, os.TempDir()) && dir != os.TempDir(); dir = filepath.Dir(dir) { //nolint:usetesting // the bound of what may be opened
			_ = os.Chmod(dir, 0o711) // so that the server's user reaches it
		}
		w := s.on(t, s.database(t, "small", place))
		want(t, "a change before", w.create(t, "before"), http.StatusCreated)
		free := fill(t, disk)
		var a answer
		acknowledged := 1
		for a = w.create(t, "full"); a.status == http.StatusCreated && acknowledged < 5000; a = w.create(t, "full") {
			acknowledged++ // pages with room take some more
		}
		if !a.comeBack() || a.code() != "disk_full" {
			t.Errorf("a change on a full disk answers %s", a)
		}
		want(t, "reading on a full disk", w.list(t), http.StatusOK)
		free()
		want(t, "a change when there is space again", w.create(t, "after"), http.StatusCreated)
		if got := w.names(t); got["before"]+got["full"] != acknowledged || got["after"] != 1 {
			t.Errorf("of %d acknowledged changes, %v are there", acknowledged, got)
		}
		if p := w.p.Stop(); p != nil {
			t.Error(p)
		}
		note("PostgreSQL's disk full: changes 503 disk_full, reading 200, %d acknowledged and all there, works again without a restart", acknowledged)
		drop(t, s, "small")
	})
}

// drop lets go of the tablespace's folder, so that it can be unmounted.
func drop(t *testing.T, s *ownServer, name string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: s.url, MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	for _, q := range []string{"DROP DATABASE " + name + " WITH (FORCE)", "DROP TABLESPACE small"} {
		if err := d.Exec(t.Context(), q); err != nil {
			t.Error(err)
		}
	}
}

// load is people who write and read, and who come back as they are told.
type load struct {
	done atomic.Int64 // acknowledged changes
	mark int64
	end  chan struct{}
	all  sync.WaitGroup

	mu       sync.Mutex
	outcome  map[string]outcome // by name
	statuses map[string]int
	wrong    []string
}

type outcome int

const (
	unknown outcome = iota
	acknowledged
)

func (w *world) load(t *testing.T, writers, readers int) *load {
	t.Helper()
	l := &load{end: make(chan struct{}), outcome: map[string]outcome{}, statuses: map[string]int{}}
	for n := range writers {
		l.all.Go(func() {
			c := client()
			for i := 0; ; i++ {
				name := fmt.Sprintf("load-%d-%d", n, i)
				l.note(name, unknown)
				for {
					a := w.askWith(t, c, http.MethodPost, "/customers", map[string]string{"firstName": name, "lastName": "Fault"}, name)
					if l.take(name, a) {
						break
					}
					select {
					case <-l.end:
						return
					case <-time.After(50 * time.Millisecond): // sooner than told, so that more is seen
					}
				}
				select {
				case <-l.end:
					return
				default:
				}
			}
		})
	}
	for range readers {
		l.all.Go(func() {
			c := client()
			for {
				select {
				case <-l.end:
					return
				case <-time.After(5 * time.Millisecond):
				}
				l.see("read", w.askWith(t, c, http.MethodGet, "/customers", nil))
			}
		})
	}
	return l
}

// take looks at the answer to a change; true when that is the end of it.
func (l *load) take(name string, a answer) bool {
	l.see("change", a)
	switch {
	case a.status == http.StatusCreated:
		l.note(name, acknowledged)
		l.done.Add(1)
		return true
	case a.code() == "idempotency_answer_lost": // it happened, and the answer went with the server
		l.note(name, acknowledged)
		return true
	}
	return false
}

// see counts what was answered. Right is success, 503 with Retry-After, and that a first try is not over.
func (l *load) see(what string, a answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.statuses[fmt.Sprintf("%s %d %s", what, a.status, a.code())]++
	known := a.status == http.StatusOK || a.status == http.StatusCreated || a.comeBack() ||
		strings.HasPrefix(a.code(), "idempotency_key_in_flight") || a.code() == "idempotency_answer_lost"
	if !known {
		l.wrong = append(l.wrong, a.String())
	}
}

func (l *load) note(name string, o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outcome[name] = o
}

func (l *load) stop() {
	close(l.end)
	l.all.Wait()
}

// judge compares what was acknowledged with what is there.
func (l *load) judge(t *testing.T, w *world) {
	t.Helper()
	got := w.names(t)
	sure := 0
	for name, o := range l.outcome {
		switch n := got[name]; {
		case n > 1:
			t.Errorf("%s is there %d times", name, n)
		case o == acknowledged && n != 1:
			t.Errorf("%s was acknowledged and is not there", name)
		}
		if o == acknowledged {
			sure++
		}
	}
	for _, a := range l.wrong[:min(len(l.wrong), 5)] {
		t.Errorf("of %d wrong answers: %s", len(l.wrong), a)
	}
	if len(l.wrong) == 0 {
		note("under load: %d changes acknowledged, each there once; answers %v", sure, l.statuses)
	}
}

// stream opens a live stream and gives what it has said so far.
func (w *world) stream(t *testing.T) (said func() string) {
	t.Helper()
	return openStream(t, w.p.Address, w.token, "")
}

func openStream(t *testing.T, address, token, last string) (said func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/v1/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	res, err := (&http.Client{}).Do(r) //nolint:bodyclose // by the reader below
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("the stream answers %s", res.Status)
	}
	var mu sync.Mutex
	var text strings.Builder
	go func() {
		defer func() { _ = res.Body.Close() }()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			mu.Lock()
			text.WriteString(lines.Text() + "\n")
			mu.Unlock()
		}
	}()
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return text.String()
	}
}
