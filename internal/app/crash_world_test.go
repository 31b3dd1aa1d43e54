package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// program is one life of the process: an app on a database, its sockets in hand.
type program struct {
	*app.App
	dir  string
	db   *db.DB
	line *line
}

// line is the sockets to PostgreSQL. Cutting it is what the server sees of a killed client.
type line struct {
	mu    sync.Mutex
	conns []net.Conn
	dead  bool
}

var errDead = errors.New("the process is dead")

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return nil, errDead
	}
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err == nil {
		l.conns = append(l.conns, c)
	}
	return c, err
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns, l.dead = nil, true
}

func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = false
}

// place is where a process finds its data.
type place struct{ dir, url string }

// begin starts a process on the data. It answers requests and works the queue only when it is asked to.
func begin(ctx context.Context, p place, watch db.Watch) (*program, error) {
	cfg, err := config.Load([]string{
		"THROUGHLINE_DATA_DIR=" + p.dir, "THROUGHLINE_DATABASE_URL=" + p.url, "THROUGHLINE_WORKERS=1",
		"THROUGHLINE_SECRET_KEY=" + strings.Repeat("5a", 32),
		"THROUGHLINE_ANONYMOUS_LIMIT=off", "THROUGHLINE_USER_LIMIT=off", "THROUGHLINE_SIGN_IN_LIMIT=off",
	}, "")
	if err != nil {
		return nil, err
	}
	out := &program{dir: p.dir, line: &line{}}
	out.db, err = db.Open(ctx, db.Options{
		Path: filepath.Join(p.dir, app.DatabaseFile), URL: p.url, MaxConns: 4, Watch: watch, Dial: out.line.dial,
	})
	if err != nil {
		return nil, err
	}
	if out.App, err = app.Build(ctx, cfg, slog.New(slog.DiscardHandler), out.db); err != nil {
		return nil, errors.Join(err, out.db.Close())
	}
	return out, nil
}

const admin = "ada@example.com"

// found makes the smallest world: a workspace and its administrator. Periodic tasks are put off, so that the
// hour which strikes meanwhile changes nothing.
func (p *program) found(ctx context.Context) error {
	_, _, err := p.Auth.CreateFirst(ctx, auth.Setup{
		Workspace: tenant.Create{Name: "Acme", Slug: "acme", Currency: "GBP", Timezone: "Europe/London", Locale: "en-GB"},
		Name:      "Ada Byron", Email: admin, Password: password,
	})
	if err != nil {
		return err
	}
	if _, err := p.Queue.Drain(ctx); err != nil {
		return err
	}
	return p.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE periodic SET due_at = 9000000000000000`)
		return err
	})
}

func newPlace(t testing.TB, e db.Engine) place {
	t.Helper()
	o := dbtest.Options(t, e)
	if e == db.Postgres {
		return place{dir: t.TempDir(), url: o.URL}
	}
	return place{dir: filepath.Dir(o.Path)}
}

// step is a request of the collection, filled in.
type step struct {
	id, method, path, key string
	body                  []byte
	contentType           string
	anonymous             bool
	accepts               []int
	keeps                 []string // lines that keep values for later requests
}

func (s step) writes() bool { return s.method != http.MethodGet }

func (s step) keyed() bool {
	return s.method == http.MethodPost && !strings.HasPrefix(s.path, "/auth/")
}

// collected is an item of the Postman collection.
type collected struct {
	ID      string
	Item    []collected
	Request *struct {
		Method string
		Auth   *struct{ Type string }
		URL    struct{ Raw string }
		Header []struct{ Key, Value string }
		Body   *struct{ Mode, Raw string }
	}
	Event []struct {
		Listen string
		Script struct{ Exec []string }
	}
}

func (c collected) flat() []collected {
	if c.Request != nil {
		return []collected{c}
	}
	var out []collected
	for _, i := range c.Item {
		out = append(out, i.flat()...)
	}
	return out
}

// variables are what requests have given so far.
type variables map[string]string

var (
	variable = regexp.MustCompile(`\{\{(\w+)\}\}`)
	keeping  = regexp.MustCompile(`collectionVariables\.set\('(\w+)', (\w+)\.([\w.]+)\)`)
	accepted = regexp.MustCompile(`pm\.expect\(\[([\d, ]+)\]\)`)
)

// What a request uploads: a picture of one pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="

func (v variables) fill(text string) string {
	return variable.ReplaceAllStringFunc(text, func(s string) string { return v[s[2:len(s)-2]] })
}

func (v variables) step(c collected) (step, error) {
	r := c.Request
	s := step{
		id: c.ID, method: r.Method, path: strings.TrimPrefix(v.fill(r.URL.Raw), v["baseUrl"]), contentType: "application/json",
		key: c.ID, anonymous: r.Auth != nil && r.Auth.Type == "noauth",
	}
	for _, e := range c.Event {
		for _, l := range e.Script.Exec {
			if m := accepted.FindStringSubmatch(l); m != nil {
				for n := range strings.SplitSeq(m[1], ", ") {
					status, err := strconv.Atoi(n)
					if err != nil {
						return s, err
					}
					s.accepts = append(s.accepts, status)
				}
			}
			s.keeps = append(s.keeps, l)
		}
	}
	switch {
	case r.Body == nil:
	case r.Body.Mode == "raw":
		s.body = []byte(v.fill(r.Body.Raw))
	default:
		picture, err := base64.StdEncoding.DecodeString(pixel)
		if err != nil {
			return s, err
		}
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		part, err := m.CreateFormFile("file", "photo.png")
		if err != nil {
			return s, err
		}
		_, err = part.Write(picture)
		if err := errors.Join(err, m.Close()); err != nil {
			return s, err
		}
		s.body, s.contentType = form.Bytes(), m.FormDataContentType()
	}
	return s, nil
}

// steps is the request, and what is added to the collection so that more kinds of jobs have something to do.
func (v variables) steps(c collected) ([]step, error) {
	s, err := v.step(c)
	if err != nil {
		return nil, err
	}
	out := []step{s}
	more := func(name, method, path, body string, status int) {
		out = append(out, step{id: name, key: name, method: method, path: path, body: []byte(body), contentType: "application/json", accepts: []int{status}})
	}
	switch c.ID {
	case "add-ticket-message":
		more("add-held-message", http.MethodPost, s.path, `{"body":"We send another.","holdSeconds":10}`, http.StatusCreated)
	case "create-ticket":
		mine := "/users/" + v["meId"] + "/availability"
		more("go-away", http.MethodPut, mine, `{"available":false}`, http.StatusOK)
		more("create-waiting-ticket", http.MethodPost, "/tickets", `{"title":"Nobody is here","description":"Is anybody there?"}`, http.StatusCreated)
		more("come-back", http.MethodPut, mine, `{"available":true}`, http.StatusOK)
	}
	return out, nil
}

// keep reads what an answer gives to later requests, as the collection's scripts do.
func (v variables) keep(s step, body []byte) error {
	if body == nil {
		return nil // refused, as some examples may be
	}
	for _, l := range s.keeps {
		m := keeping.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		var at any
		if err := json.Unmarshal(body, &at); err != nil {
			return fmt.Errorf("%s: %w in %s", s.id, err, body)
		}
		if m[2] == "row" {
			rows, _ := at.(map[string]any)["data"].([]any)
			i := slices.IndexFunc(rows, func(r any) bool { return r.(map[string]any)["current"] != true })
			if i < 0 {
				continue
			}
			at = rows[i]
		}
		for name := range strings.SplitSeq(m[3], ".") {
			at = at.(map[string]any)[name]
		}
		text, ok := at.(string)
		if !ok {
			return fmt.Errorf("%s gives no %s: %s", s.id, m[3], body)
		}
		v[m[1]] = text
	}
	return nil
}

// script is the collection and what it begins with.
func (p *program) script() ([]collected, variables, error) {
	raw, err := p.API.Postman()
	if err != nil {
		return nil, nil, err
	}
	var c struct {
		Item     []collected
		Variable []struct{ Key, Value string }
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, nil, err
	}
	v := variables{}
	for _, x := range c.Variable {
		v[x.Key] = x.Value
	}
	v["email"], v["password"], v["run"] = admin, password, "r1"
	return collected{Item: c.Item}.flat(), v, nil
}

// send lets the program answer a request.
func (p *program) send(ctx context.Context, s step, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, s.method, s.path, bytes.NewReader(s.body))
	if s.body != nil {
		r.Header.Set("Content-Type", s.contentType)
	}
	if !s.anonymous {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if s.method == http.MethodPost {
		r.Header.Set("Idempotency-Key", s.key)
	}
	w := httptest.NewRecorder()
	p.API.ServeHTTP(w, r)
	return w
}

// end lets go of a program, whatever state it is in.
func (p *program) end() {
	_ = p.Close()
	p.line.cut()
}

// copyData copies what a killed process leaves on the disk: the database and its log, not the shared memory,
// and the files.
func copyData(from, to string) error {
	return errors.Join(
		copyFile(filepath.Join(from, app.DatabaseFile), filepath.Join(to, app.DatabaseFile)),
		copyFile(filepath.Join(from, app.DatabaseFile+"-wal"), filepath.Join(to, app.DatabaseFile+"-wal")),
		os.CopyFS(filepath.Join(to, app.FilesFolder), os.DirFS(filepath.Join(from, app.FilesFolder))),
	)
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}
