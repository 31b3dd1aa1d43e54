package attack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/schema"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const (
	admin    = "ada@example.com"
	password = "Kettle-7-harbour"
	public   = "https://help.example.com" // the address of the installation
	api      = "/api/v1"
)

// place is an installation in this process, with one workspace and its administrator.
type place struct {
	*app.App
	t       testing.TB
	handler http.Handler
	token   string // of the administrator
	users   int
}

// begin makes an installation on a database of its own. Limits are off unless the settings say otherwise.
func begin(t testing.TB, e db.Engine, settings ...string) *place {
	t.Helper()
	o := dbtest.Options(t, e)
	dir := filepath.Dir(o.Path)
	if e == db.Postgres {
		dir = t.TempDir()
	}
	env := []string{
		"THROUGHLINE_DATA_DIR=" + dir, "THROUGHLINE_DATABASE_URL=" + o.URL, "THROUGHLINE_DB_MAX_CONNS=4", "THROUGHLINE_WORKERS=1",
		"THROUGHLINE_BASE_URL=" + public, "THROUGHLINE_LISTEN=127.0.0.1:0", "THROUGHLINE_SECRET_KEY=" + strings.Repeat("5a", 32),
		"THROUGHLINE_ANONYMOUS_LIMIT=off", "THROUGHLINE_USER_LIMIT=off", "THROUGHLINE_SIGN_IN_LIMIT=off",
	}
	cfg, err := config.Load(append(env, settings...), "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p := &place{App: a, t: t, handler: a.Handler()}
	t.Cleanup(sync.OnceFunc(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}))
	_, _, err = a.Auth.CreateFirst(t.Context(), auth.Setup{
		Workspace: tenant.Create{Name: "Acme", Slug: "acme", Currency: "GBP", Timezone: "Europe/London", Locale: "en-GB"},
		Name:      "Ada Byron", Email: admin, Password: password,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.drain()
	p.token = p.signIn(admin, password).token
	return p
}

func (p *place) drain() {
	p.t.Helper()
	if _, err := p.Queue.Drain(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

// call is a request. Its path begins with /api/v1 where it is for the API.
type call struct {
	method, path string // GET when no method is given
	token        string
	body         string
	kind         string   // content type; JSON when there is a body
	header       []string // names and values in turn
	cookies      []*http.Cookie
	from         string // the peer's address and port
	host         string
}

func (p *place) do(c call) *httptest.ResponseRecorder {
	p.t.Helper()
	if c.method == "" {
		c.method = http.MethodGet
	}
	r := httptest.NewRequestWithContext(p.t.Context(), c.method, c.path, strings.NewReader(c.body))
	r.Host = "help.example.com"
	if c.host != "" {
		r.Host = c.host
	}
	if c.from != "" {
		r.RemoteAddr = c.from
	}
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	} else {
		r.Body = http.NoBody
	}
	if c.kind != "" {
		r.Header.Set("Content-Type", c.kind)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(c.header); i += 2 {
		r.Header.Add(c.header[i], c.header[i+1])
	}
	for _, k := range c.cookies {
		r.AddCookie(k)
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w
}

// must is do for what has to work; it reads the answer.
func (p *place) must(c call, into any) {
	p.t.Helper()
	w := p.do(c)
	if w.Code < 200 || w.Code > 299 {
		p.t.Fatalf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		p.t.Fatalf("%s %s: %v in %s", c.method, c.path, err, w.Body)
	}
}

// made is what most writing operations answer.
type made struct{ ID string }

// asJSON is a value as a request's body.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a defect of the test
	}
	return string(b)
}

// session is one device of somebody.
type session struct {
	token, refresh string
	cookies        []*http.Cookie
}

func (p *place) signIn(email, password string) session {
	p.t.Helper()
	w := p.do(call{method: http.MethodPost, path: api + "/auth/login", body: asJSON(map[string]string{"email": email, "password": password})})
	if w.Code != http.StatusOK {
		p.t.Fatalf("sign in as %s: %d %s", email, w.Code, w.Body)
	}
	return p.sessionOf(w)
}

func (p *place) sessionOf(w *httptest.ResponseRecorder) session {
	p.t.Helper()
	var in struct{ Token, RefreshToken string }
	if err := json.Unmarshal(w.Body.Bytes(), &in); err != nil || in.Token == "" || in.RefreshToken == "" {
		p.t.Fatalf("no tokens in %s: %v", w.Body, err)
	}
	return session{token: in.Token, refresh: in.RefreshToken, cookies: w.Result().Cookies()}
}

// role finds a role's id by its key.
func (p *place) role(key string) string {
	p.t.Helper()
	var roles struct{ Data []struct{ ID, Key string } }
	p.must(call{path: api + "/roles", token: p.token}, &roles)
	for _, r := range roles.Data {
		if r.Key == key {
			return r.ID
		}
	}
	p.t.Fatalf("no role %s", key)
	return ""
}

// user makes an approved user and gives their id and address.
func (p *place) user(role string) (id, email string) {
	p.t.Helper()
	p.users++
	email = fmt.Sprintf("person%d@example.com", p.users)
	var m made
	p.must(call{method: http.MethodPost, path: api + "/users", token: p.token, body: asJSON(map[string]any{
		"name": fmt.Sprintf("Sam Okoro %d", p.users), "email": email, "password": password, "roleId": p.role(role),
	})}, &m)
	return m.ID, email
}

// upload sends a file under a name and declared type.
func (p *place) upload(token, name, declared string, content []byte) *httptest.ResponseRecorder {
	p.t.Helper()
	body, kind := form(name, declared, content)
	return p.do(call{method: http.MethodPost, path: api + "/media/upload", token: token, body: body, kind: kind})
}

func form(name, declared string, content []byte) (body, kind string) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`}}
	if declared != "" {
		h.Set("Content-Type", declared)
	}
	part, err := m.CreatePart(h)
	if err == nil {
		_, err = part.Write(content)
	}
	if err != nil || m.Close() != nil {
		panic("a form that cannot be written") // a defect of the test
	}
	return b.String(), m.FormDataContentType()
}

// mail lists what was written to an address, the newest first.
func (p *place) mail(to string) []mailed {
	p.t.Helper()
	p.drain()
	var list struct{ Data []mailed }
	p.must(call{path: api + "/mail-outbox?limit=200", token: p.token}, &list)
	var out []mailed
	for _, m := range list.Data {
		if m.Recipient == to {
			var whole mailed
			p.must(call{path: api + "/mail-outbox/" + m.ID, token: p.token}, &whole)
			out = append(out, whole)
		}
	}
	return out
}

// letter waits for the newest mail to an address; workers may be at it.
func (p *place) letter(to string) mailed {
	p.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if all := p.mail(to); len(all) > 0 {
			return all[0]
		}
	}
	p.t.Fatalf("no mail to %s", to)
	return mailed{}
}

type mailed struct{ ID, Recipient, Subject, Text, HTML, Purpose string }

// rows counts every table's rows, but for those that each request may write.
func (p *place) rows(but ...string) map[string]int64 {
	p.t.Helper()
	tables, err := schema.Tables(p.DB.Engine(), 1<<10)
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string]int64{}
	err = p.DB.ReadAll(p.t.Context(), func(ctx context.Context, r db.Reader) error {
		for _, t := range tables {
			if t.Special {
				continue
			}
			n, err := db.Scalar[int64](ctx, r, "SELECT COUNT(*) FROM "+t.Name)
			if err != nil {
				return err
			}
			out[t.Name] = n
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, name := range but {
		delete(out, name)
	}
	return out
}

// operation is what the tests read of the API's description.
type operation struct {
	method, path, id, permission string
	hasBody                      bool
}

func (o operation) writes() bool { return o.method != http.MethodGet }

// anyID has the form of an id and is nothing's.
const anyID = "01890a5d-ac96-774b-bcce-b302099a8057"

// filled is the path with an id that nothing has in each place.
func (o operation) filled() string {
	parts := strings.Split(o.path, "/")
	for i, s := range parts {
		if strings.HasPrefix(s, "{") {
			parts[i] = anyID
		}
	}
	return api + strings.Join(parts, "/")
}

func (p *place) operations() []operation {
	p.t.Helper()
	raw, err := p.API.Document()
	if err != nil {
		p.t.Fatal(err)
	}
	var d struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Permission  string `json:"x-permission"`
			RequestBody any    `json:"requestBody"`
		}
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		p.t.Fatal(err)
	}
	var out []operation
	for path, methods := range d.Paths {
		for method, o := range methods {
			out = append(out, operation{strings.ToUpper(method), path, o.OperationID, o.Permission, o.RequestBody != nil})
		}
	}
	if len(out) < 100 {
		p.t.Fatalf("only %d operations", len(out))
	}
	return out
}

// problem is a refusal.
type problem struct {
	Code   string
	Detail string
	Errors []struct{ Location, Message string }
}

func problemOf(t testing.TB, w *httptest.ResponseRecorder) (p problem) {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%d is no problem but %s: %.200s", w.Code, got, w.Body)
		return p
	}
	if err := json.NewDecoder(bytes.NewReader(w.Body.Bytes())).Decode(&p); err != nil {
		t.Errorf("%v in %s", err, w.Body)
	}
	return p
}

// serve lets the place answer on a port until the test ends, its queue and live events included.
func (p *place) serve() (url string) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- p.Serve(ctx, func(s string) { address <- s }) }()
	p.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			p.t.Errorf("serve: %v", err)
		}
	})
	select {
	case s := <-address:
		return "http://" + s
	case err := <-ended:
		p.t.Fatalf("serve: %v", err)
	}
	return ""
}

// both runs a test on each engine, in parallel.
func both(t *testing.T, test func(t *testing.T, e db.Engine)) {
	t.Helper()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}

// get reads an address that has to answer so.
func get(t testing.TB, url string, status int) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status {
		t.Fatalf("%s answers %d, want %d: %v", url, res.StatusCode, status, err)
	}
	return string(b)
}

func recorded(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
