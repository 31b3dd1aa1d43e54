package replicas

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/redistest"
	"github.com/throughlinehq/throughline/test/binary"
)

const (
	password = "First-pass-1"
	admin    = "ada@example.com"
)

// world is an installation with its replicas.
type world struct {
	*binary.Installation
	redis    *redistest.Server
	replicas []*binary.Process
	balancer string // its address, once balance was called
}

// newWorld sets an installation up and serves it three times, with these settings over the usual ones.
func newWorld(t *testing.T, settings map[string]string) *world {
	t.Helper()
	w := &world{redis: redistest.Start(t)}
	w.Installation = binary.New(t, db.Postgres)
	w.Settings["REDIS_URL"] = w.redis.URL()
	for name, value := range settings {
		w.Settings[name] = value
	}
	if err := w.Run(password, "setup", "--workspace", "Acme", "--name", "Ada Byron", "--email", admin); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.replicas = append(w.replicas, w.begin(t, nil))
	}
	return w
}

// begin serves once more until the test ends. All replicas share the data folder.
func (w *world) begin(t *testing.T, more map[string]string) *binary.Process {
	t.Helper()
	p, err := w.Start(more)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("replica %s:\n%s", p.Address, tail(p.Log.String()))
		}
	})
	return p
}

func tail(s string) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[max(0, len(lines)-25):], "\n")
}

// balance starts haproxy with the file that is shipped.
func (w *world) balance(t *testing.T) {
	t.Helper()
	path, err := exec.LookPath("haproxy")
	if err != nil {
		path = "/usr/sbin/haproxy" // not in everybody's path
	}
	if _, err := os.Stat(path); err != nil {
		const missing = "haproxy is not installed; install the package 'haproxy'"
		if os.Getenv("THROUGHLINE_TEST_ALL") == "1" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	if w.balancer, err = binary.FreeAddress(); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, "-db", "-f", filepath.Join("..", "..", "deploy", "haproxy.cfg"))
	c.Env = []string{"THROUGHLINE_BIND=" + w.balancer}
	for i, p := range w.replicas {
		c.Env = append(c.Env, fmt.Sprintf("THROUGHLINE_REPLICA_%d=%s", i+1, p.Address))
	}
	log := &binary.Log{}
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("balancer:\n%s", tail(log.String()))
		}
	})
	eventually(t, "the balancer answers", func() bool {
		a, err := http.Get("http://" + w.balancer + "/readyz")
		return err == nil && a.Body.Close() == nil && a.StatusCode == http.StatusOK
	})
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	within(t, 20*time.Second, what, is)
}

func within(t *testing.T, limit time.Duration, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// object is a JSON object.
type object map[string]any

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   object
}

// person is somebody who is signed in; they may ask any replica.
type person struct {
	client *http.Client
	token  string
}

// ask sends a request to an address, once. An error means that no answer came.
func (p *person) ask(address, method, path string, body any, header ...string) (answer, error) {
	var b io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		b = bytes.NewReader(text)
	}
	r, err := http.NewRequest(method, "http://"+address+"/api/v1"+path, b)
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := p.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	a := answer{status: res.StatusCode, header: res.Header}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return a, err
	}
	if len(text) > 0 && strings.Contains(res.Header.Get("Content-Type"), "json") {
		err = json.Unmarshal(text, &a.body)
	}
	return a, err
}

// must is ask for what has to work.
func (p *person) must(t *testing.T, address, method, path string, body any, header ...string) object {
	t.Helper()
	a, err := p.ask(address, method, path, body, header...)
	if err != nil || a.status >= 300 {
		t.Fatalf("%s %s: %d %v %v", method, path, a.status, a.body, err)
	}
	return a.body
}

func nobody() *person { return &person{client: &http.Client{Timeout: 20 * time.Second}} }

func signIn(t *testing.T, address, email string) *person {
	t.Helper()
	p := nobody()
	p.token = p.must(t, address, "POST", "/auth/login", object{"email": email, "password": password})["token"].(string)
	return p
}

// stream is a live stream and what came on it.
type stream struct {
	mu     sync.Mutex
	frames []frame
	ended  chan struct{}
	last   string
}

type frame struct{ id, event, data string }

// open opens a stream.
func (p *person) open(ctx context.Context, address, last string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/v1/events", nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	res, err := (&http.Client{}).Do(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, fmt.Errorf("the stream answers %s", res.Status)
	}
	return res.Body, nil
}

// frames reads a stream to its end.
func frames(r io.Reader, each func(f frame)) {
	lines := bufio.NewScanner(r)
	var f frame
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			f.id = value
		case "event":
			f.event = value
		case "data":
			f.data += value
		case "":
			if f.event != "" {
				each(f)
			}
			f = frame{}
		}
	}
}

// listen opens a stream and waits until it is connected.
func (p *person) listen(t *testing.T, address, last string) *stream {
	t.Helper()
	body, err := p.open(t.Context(), address, last)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = body.Close() })
	s := &stream{ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		frames(body, func(f frame) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.frames = append(s.frames, f)
			if f.id != "" {
				s.last = f.id
			}
		})
	}()
	eventually(t, "the stream connects", func() bool { return s.count("connected") == 1 })
	return s
}

// count is how many events of a kind came whose data holds the text.
func (s *stream) count(event string, holds ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, f := range s.frames {
		if f.event == event && (len(holds) == 0 || strings.Contains(f.data, holds[0])) {
			n++
		}
	}
	return n
}

// twice lists the ids that came more than once.
func (s *stream) twice() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	seen := map[string]bool{}
	for _, f := range s.frames {
		if f.id != "" && seen[f.id] {
			out = append(out, f.event+" "+f.id)
		}
		seen[f.id] = true
	}
	return out
}

func (s *stream) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}
