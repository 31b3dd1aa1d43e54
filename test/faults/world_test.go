package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/test/binary"
)

const (
	password = "Correct-Horse-Battery-7"
	email    = "ada@example.com"
	patience = 30 * time.Second // of polling; what is bounded says so itself
)

// note prints a line that `make test` shows.
func note(format string, args ...any) { fmt.Printf("note: "+format+"\n", args...) }

// world is an installation that serves.
type world struct {
	*binary.Installation
	p     *binary.Process
	token string
}

// install makes an installation with one administrator.
func install(t *testing.T, e db.Engine, more map[string]string) *binary.Installation {
	t.Helper()
	i := binary.New(t, e)
	for name, value := range more {
		i.Settings[name] = value
	}
	prepare(t, i)
	return i
}

func prepare(t *testing.T, i *binary.Installation) {
	t.Helper()
	if err := i.Run(password, "setup", "--workspace", "Acme", "--slug", "acme", "--name", "Ada Byron", "--email", email); err != nil {
		t.Fatal(err)
	}
}

// serve starts it and signs in.
func serve(t *testing.T, i *binary.Installation, more map[string]string) *world {
	t.Helper()
	p, err := i.Start(more)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Installation: i, p: p}
	t.Cleanup(func() {
		if t.Failed() {
			lines := strings.Split(p.Log.String(), "\n")
			t.Log(strings.Join(lines[max(0, len(lines)-40):], "\n"))
		}
		select {
		case <-p.Ended():
		default:
			p.Kill()
		}
	})
	w.token = w.signIn(t, email)
	return w
}

func (w *world) signIn(t *testing.T, who string) string {
	t.Helper()
	a := w.ask(t, http.MethodPost, "/auth/login", map[string]string{"email": who, "password": password})
	var in struct{ Token string }
	if err := json.Unmarshal(a.body, &in); err != nil || in.Token == "" {
		t.Fatalf("sign-in answers %s", a)
	}
	return in.Token
}

// answer is what came back; a status of zero means that there was none, and err says why.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
	took   time.Duration
	last   bool // the server asked to close the connection
	fresh  bool // the connection was a new one
}

// String is for messages.
func (a answer) String() string {
	if a.err != nil {
		return a.err.Error()
	}
	return fmt.Sprintf("%d %s", a.status, bytes.TrimSpace(a.body))
}

// code is the problem's.
func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.body, &p) // no problem has no code
	return p.Code
}

// comeBack reports the one refusal that is right while something is away: 503 that says when to come back.
func (a answer) comeBack() bool {
	return a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" && a.code() != ""
}

// client has its own connections, and waits far longer than the program may take.
func client() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
}

var shared = client()

// ask sends a request and reads the whole answer. A key is an Idempotency-Key.
func (w *world) ask(t *testing.T, method, path string, body any, key ...string) answer {
	t.Helper()
	return w.askWith(t, shared, method, path, body, key...)
}

func (w *world) askWith(t *testing.T, c *http.Client, method, path string, body any, key ...string) answer {
	t.Helper()
	var in io.Reader = http.NoBody
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	address := "http://" + w.p.Address + path
	if !strings.HasSuffix(path, "z") {
		address = "http://" + w.p.Address + "/api/v1" + path
	}
	r, err := http.NewRequestWithContext(context.Background(), method, address, in)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if w.token != "" {
		r.Header.Set("Authorization", "Bearer "+w.token)
	}
	if len(key) > 0 {
		r.Header.Set("Idempotency-Key", key[0])
	}
	return do(c, r)
}

func do(c *http.Client, r *http.Request) answer {
	began, fresh := time.Now(), false
	res, err := c.Do(r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { fresh = !i.Reused },
	})))
	if err != nil {
		return answer{err: err, took: time.Since(began), fresh: fresh}
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{err: err, took: time.Since(began)}
	}
	return answer{status: res.StatusCode, header: res.Header, body: b, took: time.Since(began), last: res.Close, fresh: fresh}
}

// create makes a customer of the name.
func (w *world) create(t *testing.T, name string, key ...string) answer {
	t.Helper()
	return w.ask(t, http.MethodPost, "/customers", map[string]string{"firstName": name, "lastName": "Fault"}, key...)
}

// list reads customers.
func (w *world) list(t *testing.T) answer {
	t.Helper()
	return w.ask(t, http.MethodGet, "/customers", nil)
}

// upload stages a file.
func (w *world) upload(t *testing.T, size int) answer {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", "notes.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(bytes.Repeat([]byte("a"), size))
	_ = m.Close()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+w.p.Address+"/api/v1/media/upload", &form)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+w.token)
	return do(shared, r)
}

// names counts the customers that a test made, by name, in the database itself.
func (w *world) names(t *testing.T) map[string]int {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{Path: filepath.Join(w.Settings["DATA_DIR"], "throughline.db"), URL: w.Settings["DATABASE_URL"], MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	out := map[string]int{}
	err = d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) error {
		_, err := db.All(ctx, q, func(row db.Row) (name string, err error) {
			var n int
			err = row.Scan(&name, &n)
			out[name] = n
			return name, err
		}, `SELECT first_name, COUNT(*) FROM customer WHERE last_name = 'Fault' GROUP BY first_name`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// files are those below a folder, but for empty folders.
func files(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// until polls until a condition holds and tells how long that took.
func until(t *testing.T, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > patience {
			t.Fatalf("not within %s: %s", patience, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(began)
}

func want(t *testing.T, what string, a answer, status int) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s answers %s, want %d", what, a, status)
	}
}

// engines runs a test on each.
func engines(t *testing.T, test func(t *testing.T, e db.Engine)) {
	t.Helper()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}
