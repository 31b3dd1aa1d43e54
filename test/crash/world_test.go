package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/test/binary"
)

const (
	password = "Kettle-7-harbour"
	admin    = "ada@example.com"
)

// world is an installation that is killed again and again, its clients, and the ledger beside it.
type world struct {
	t       *testing.T
	engine  db.Engine
	at      *binary.Installation
	pg      *server // nil: the database is not killed
	address string
	rnd     *rand.Rand // of the main goroutine
	ledger  *ledger
	http    *http.Client
	spaces  []string // short names
	clients []*client
	devices []*device
	imports *importing
	long    bool

	process *binary.Process
	deaths  map[string]int // by kind
	checks  int
	rounds  int

	mu     sync.Mutex
	faults []string
}

// fault notes what must not be.
func (w *world) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// death counts one.
func (w *world) death(kind string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deaths[kind]++
}

// must ends the test: the harness itself cannot go on.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// start serves again on the same data and the same address.
func (w *world) start() {
	w.t.Helper()
	p, err := w.at.StartAt(w.address, nil)
	w.must(err)
	w.process = p
}

// open is the database as it was left.
func (w *world) open(ctx context.Context, i *binary.Installation) *db.DB {
	w.t.Helper()
	d, err := db.Open(ctx, optionsOf(i))
	w.must(err)
	return d
}

func optionsOf(i *binary.Installation) db.Options {
	if url := i.Settings["DATABASE_URL"]; url != "" {
		return db.Options{URL: url, MaxConns: 2}
	}
	return db.Options{Path: filepath.Join(i.Settings["DATA_DIR"], "throughline.db")}
}

// answer is what came back, if anything did.
type answer struct {
	status int
	body   map[string]any
	err    error
}

func (a answer) ok() bool { return a.err == nil && a.status >= 200 && a.status < 300 }

func (a answer) text(name string) string {
	s, _ := a.body[name].(string)
	return s
}

// code is the problem's code.
func (a answer) code() string { return a.text("code") }

// call sends one request and reads the whole answer.
func (w *world) call(ctx context.Context, token string, x *write) answer {
	var body io.Reader
	contentType := ""
	switch {
	case x.File != "":
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		part, err := m.CreateFormFile("file", x.File)
		if err == nil {
			_, err = io.WriteString(part, x.upload)
		}
		if err := errors.Join(err, m.Close()); err != nil {
			return answer{err: err}
		}
		body, contentType = &trickle{r: &form}, m.FormDataContentType()
	case x.Body != "":
		body, contentType = strings.NewReader(x.Body), "application/json"
	}
	r, err := http.NewRequestWithContext(ctx, x.Method, "http://"+w.address+"/api/v1"+x.Path, body)
	if err != nil {
		return answer{err: err}
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if x.Key != "" {
		r.Header.Set("Idempotency-Key", x.Key)
	}
	r.Header.Set("User-Agent", "crash")
	res, err := w.http.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	out := answer{status: res.StatusCode, err: err}
	if err == nil && len(raw) > 0 {
		out.err = json.Unmarshal(raw, &out.body)
	}
	return out
}

// trickle sends an upload in pieces with pauses, so that a kill can fall into it.
type trickle struct{ r io.Reader }

func (t *trickle) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return t.r.Read(p[:min(len(p), 16<<10)])
}

// ask is call for what the harness itself wants to know; it must succeed.
func (w *world) ask(ctx context.Context, token, method, path, body string) answer {
	w.t.Helper()
	a := w.call(ctx, token, &write{Method: method, Path: path, Body: body})
	if !a.ok() {
		w.t.Fatalf("%s %s answers %d %v (%v)", method, path, a.status, a.body, a.err)
	}
	return a
}

func (w *world) signIn(ctx context.Context, space string) answer {
	w.t.Helper()
	return w.ask(ctx, "", http.MethodPost, "/auth/login", fmt.Sprintf(`{"email":%q,"password":%q,"workspace":%q}`, admin, password, space))
}

// setUp makes two workspaces and signs everybody in. The program serves when it returns.
func (w *world) setUp(ctx context.Context) {
	w.t.Helper()
	for _, name := range []string{"acme", "brook"} {
		w.must(w.at.Run(password, "setup", "--workspace", strings.ToUpper(name[:1])+name[1:], "--slug", name, "--currency", "GBP", "--timezone", "Europe/London",
			"--locale", "en-GB", "--name", "Ada Byron", "--email", admin))
		w.spaces = append(w.spaces, name)
	}
	w.start()
	const perSpace, devices = 3, 2
	for s, name := range w.spaces {
		for range perSpace {
			a := w.signIn(ctx, name)
			n := len(w.clients)
			w.clients = append(w.clients, &client{w: w, n: n, space: s, token: a.text("token"), rnd: rand.New(rand.NewPCG(w.rnd.Uint64(), uint64(n)))})
		}
		for range devices {
			a := w.signIn(ctx, name)
			w.devices = append(w.devices, &device{w: w, n: len(w.devices), refresh: a.text("refreshToken")})
		}
	}
	w.imports = &importing{w: w, rnd: rand.New(rand.NewPCG(w.rnd.Uint64(), 77))}
}

// newWorld makes the installation. The first starts are killed while they make the tables.
func newWorld(t *testing.T, e db.Engine, seed uint64, long bool) *world {
	t.Helper()
	w := &world{
		t: t, engine: e, rnd: rand.New(rand.NewPCG(seed, 1)), ledger: newLedger(t), long: long, deaths: map[string]int{},
		http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}},
	}
	w.at = binary.New(t, e)
	if e == db.Postgres && long {
		w.pg = startServer(t)
		w.at.Settings["DATABASE_URL"] = w.pg.database(t, "crash")
	}
	w.at.Settings["LOG_LEVEL"] = "warn"
	var err error
	w.address, err = binary.FreeAddress()
	w.must(err)
	t.Cleanup(func() {
		if w.process != nil {
			w.process.Kill()
		}
	})
	return w
}

// firstStarts kills installations of their own at an instant of their first start; the second start must do.
// The last one becomes the world's.
func (w *world) firstStarts(n int) {
	w.t.Helper()
	for i := range n {
		at := w.at
		if i < n-1 {
			at = binary.New(w.t, w.engine)
			if w.pg != nil {
				at.Settings["DATABASE_URL"] = w.pg.database(w.t, fmt.Sprint("first", i))
			}
		}
		c := at.Command(map[string]string{"LISTEN": w.address}, "serve")
		log := &binary.Log{}
		c.Stdout, c.Stderr = log, log
		w.must(c.Start())
		ended := make(chan struct{})
		go func() { _ = c.Wait(); close(ended) }()
		w.awaitOr(ended, time.Duration(w.rnd.IntN(250))*time.Millisecond)
		_ = c.Process.Signal(syscall.SIGKILL) // it may have ended
		<-ended
		w.death("in the first start")
		if !c.ProcessState.Sys().(syscall.WaitStatus).Signaled() {
			w.fault("the first start ended by itself: %s\n%s", c.ProcessState, log)
		}
		if i == n-1 {
			continue
		}
		p, err := at.StartAt(w.address, nil)
		if err != nil {
			w.fault("after a kill in the first start: %v", err)
			continue
		}
		p.Kill()
	}
}

// awaitOr waits for the end, or the time.
func (w *world) awaitOr(ended <-chan struct{}, d time.Duration) {
	select {
	case <-ended:
	case <-time.After(d):
	}
}
