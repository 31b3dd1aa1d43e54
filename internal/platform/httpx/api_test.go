package httpx_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

// shelf is a tiny real API: things on a shelf, in memory.
type shelf struct {
	api    *httpx.API
	clock  *clock.Fake
	log    *strings.Builder
	server http.Handler
	made   atomic.Int64
	hold   chan struct{}                                // when set, making waits for it
	write  func(ctx context.Context, name string) error // when set, making calls it

	mu     sync.Mutex
	things map[id.ID]thing
}

type thing struct {
	ID      id.ID       `json:"id" doc:"Id"`
	Name    string      `json:"name" doc:"Name" example:"Lamp"`
	Price   money.Money `json:"price" doc:"Price"`
	Tags    []string    `json:"tags" doc:"Labels" example:"[\"new\"]"`
	Version int64       `json:"-"`
}

type makeInput struct {
	Body struct {
		Name  string      `json:"name" doc:"Name" minLength:"1" maxLength:"20" example:"Lamp"`
		Price money.Money `json:"price" doc:"Price"`
		Kind  string      `json:"kind,omitempty" doc:"Kind" enum:"a,b" example:"a"`
		Owner id.ID       `json:"ownerId,omitzero" doc:"Whose it is" required:"false"`
	}
}

type thingOutput struct {
	httpx.Tagged
	Body thing
}

type changeInput struct {
	httpx.IfMatch
	ID   id.ID `path:"id" doc:"Thing"`
	Body struct {
		Name  httpx.Patch[string]      `json:"name" doc:"Name" maxLength:"20" example:"Desk"`
		Price httpx.Patch[money.Money] `json:"price" doc:"Price"`
		Owner httpx.Patch[id.ID]       `json:"ownerId" doc:"Whose it is"`
	}
}

type oneInput struct {
	ID id.ID  `path:"id" doc:"Thing"`
	As string `query:"as" doc:"Form" example:"short"`
}

type allInput struct {
	httpx.ListInput
}

func newShelf(t *testing.T, d *db.DB, change func(*httpx.Config)) *shelf {
	t.Helper()
	s := &shelf{clock: clock.NewFake(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)), things: map[id.ID]thing{}, log: &strings.Builder{}}
	cfg := httpx.Config{
		Title: "Shelf", Version: "1.2.3", BaseURL: "http://shelf.example.com", DB: d, Clock: s.clock,
		Log: slog.New(slog.NewTextHandler(s.log, nil)),
		Authenticate: func(r *http.Request) (context.Context, httpx.Caller, error) {
			switch h := r.Header.Get("Authorization"); h {
			case "":
				return r.Context(), httpx.Caller{}, nil
			case "Bearer good", "Bearer other":
				return r.Context(), httpx.Caller{Workspace: 1, Actor: strings.TrimPrefix(h, "Bearer ")}, nil
			}
			return nil, httpx.Caller{}, errs.New(errs.Unauthenticated, "bad_token", "This token is not good.")
		},
	}
	if change != nil {
		change(&cfg)
	}
	var err error
	if s.api, err = httpx.New(cfg); err != nil {
		t.Fatal(err)
	}
	s.register()
	h := httpx.Secure(false, httpx.CORS(cfg.CORSOrigins, http.StripPrefix(httpx.Prefix, s.api)))
	s.server = httpx.Identify(s.clock, nil, h)
	return s
}

func (s *shelf) register() {
	httpx.Register(s.api, httpx.POST("/things"), httpx.Doc{
		ID: "create-thing", Tag: "Things", Summary: "Make a thing", Permission: "things:write", Creates: true, Errors: []errs.Kind{errs.Invalid},
	}, s.make)
	httpx.Register(s.api, httpx.GET("/things"), httpx.Doc{
		ID: "list-things", Tag: "Things", Summary: "List things", Filters: []string{"name"}, Sorts: []string{"name"},
	}, s.list)
	httpx.Register(s.api, httpx.GET("/things/{id}"), httpx.Doc{ID: "get-thing", Tag: "Things", Summary: "One thing"}, s.get)
	httpx.Register(s.api, httpx.PATCH("/things/{id}"), httpx.Doc{ID: "change-thing", Tag: "Things", Summary: "Change a thing"}, s.change)
	httpx.Register(s.api, httpx.DELETE("/things/{id}"), httpx.Doc{ID: "delete-thing", Tag: "Things", Summary: "Remove a thing"}, s.remove)
	httpx.Register(s.api, httpx.GET("/things/{id}/tags"), httpx.Doc{ID: "thing-tags", Tag: "Things", Summary: "Its labels"}, s.get)
	httpx.Register(s.api, httpx.GET("/things/fields/{id}"), httpx.Doc{ID: "thing-field", Tag: "Things", Summary: "A field"}, s.get)
	httpx.Register(s.api, httpx.GET("/defect"), httpx.Doc{ID: "defect", Tag: "Things", Summary: "Fail", Public: true},
		func(context.Context, *struct{}) (*thingOutput, error) {
			return nil, errors.New("secret words of the database")
		})
	httpx.Register(s.api, httpx.POST("/panic"), httpx.Doc{ID: "panic", Tag: "Things", Summary: "Panic", Public: true},
		func(context.Context, *struct{}) (*thingOutput, error) { panic("secret words") })
}

func (s *shelf) make(ctx context.Context, in *makeInput) (*thingOutput, error) {
	if s.hold != nil {
		<-s.hold
	}
	if s.write != nil {
		if err := s.write(ctx, in.Body.Name); err != nil {
			return nil, err
		}
	}
	n := s.made.Add(1)
	if in.Body.Name == "taken" {
		return nil, errs.New(errs.Conflict, "name_taken", "There is one of this name.")
	}
	if in.Body.Name == "bad" {
		return nil, errs.OnField("name", "must be good")
	}
	o := thing{ID: id.New(s.clock.Now()), Name: in.Body.Name + strconv.FormatInt(n, 10), Price: in.Body.Price, Tags: []string{}, Version: 1}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.things[o.ID] = o
	return &thingOutput{Tagged: httpx.Tag(1), Body: o}, nil
}

func (s *shelf) get(_ context.Context, in *oneInput) (*thingOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.things[in.ID]
	if !ok {
		return nil, errs.Missing()
	}
	return &thingOutput{Tagged: httpx.Tag(o.Version), Body: o}, nil
}

func (s *shelf) change(_ context.Context, in *changeInput) (*thingOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.things[in.ID]
	if !ok {
		return nil, errs.Missing()
	}
	if err := httpx.CheckMatch(in.IfMatch.IfMatch, o.Version); err != nil {
		return nil, err
	}
	o.Name, o.Price = in.Body.Name.Or(o.Name), in.Body.Price.Or(o.Price)
	o.Version++
	s.things[in.ID] = o
	return &thingOutput{Tagged: httpx.Tag(o.Version), Body: o}, nil
}

func (s *shelf) remove(_ context.Context, in *oneInput) (*struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.things[in.ID]; !ok {
		return nil, errs.Missing()
	}
	delete(s.things, in.ID)
	return nil, nil // huma answers 204
}

func (s *shelf) list(_ context.Context, in *allInput) (*httpx.List[thing], error) {
	spec := &page.Spec{Fields: map[string]page.Field{"name": {Column: "name", Sort: true}}, Default: "name", ID: "id"}
	q, err := spec.Parse(in.Values(), []string{"id", "name"})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []thing
	for _, o := range s.things {
		rows = append(rows, o)
	}
	return httpx.NewList(page.Result[thing]{Data: rows}, q), nil
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

func (s *shelf) call(t *testing.T, method, path, body string, header ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, httpx.Prefix+path, strings.NewReader(body))
	if body == "" {
		r = httptest.NewRequestWithContext(t.Context(), method, httpx.Prefix+path, http.NoBody)
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer good")
	for i := 0; i+1 < len(header); i += 2 {
		if header[i+1] == "" {
			r.Header.Del(header[i])
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), body: w.Body.String()}
	if strings.Contains(w.Header().Get("Content-Type"), "json") {
		if err := json.Unmarshal(w.Body.Bytes(), &a.json); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, a.body)
		}
	}
	return a
}

func (a answer) want(t *testing.T, status int, words ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			t.Errorf("answer lacks %q: %s", w, a.body)
		}
	}
	return a
}

const lamp = `{"name":"Lamp","price":{"amount":1299,"currency":"GBP"}}`

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newShelf(t, nil, nil)
	made := s.call(t, "POST", "/things", lamp).want(t, 201, `"Lamp1"`)
	one := "/things/" + made.json["id"].(string)
	deep := strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65)
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		words                    []string
	}{
		{"broken JSON names the place", "POST", "/things", `{"name":`, nil, 400, []string{"byte"}},
		{"JSON that is no UTF-8", "POST", "/things", "{\"name\":\"\xff\"}", nil, 400, []string{"UTF-8"}},
		{"a zero character", "POST", "/things", `{"name":"a\u0000","price":{"amount":1,"currency":"GBP"}}`, nil, 400, []string{"U+0000"}},
		{"too deep", "POST", "/things", deep, nil, 400, []string{"too_deep", "64"}},
		{"no body", "POST", "/things", "", nil, 400, []string{"malformed"}},
		{"an unknown field by name", "POST", "/things", `{"name":"a","price":{"amount":1,"currency":"GBP"},"role":"x"}`, nil, 422, []string{`"location":"body.role"`, "is no field"}},
		{"another case is unknown", "POST", "/things", `{"Name":"a","price":{"amount":1,"currency":"GBP"}}`, nil, 422, []string{`"location":"body.Name"`, `"location":"body.name"`}},
		{"a missing field by name", "POST", "/things", `{"name":"a"}`, nil, 422, []string{`"location":"body.price"`, "is required"}},
		{"a nested field by path", "POST", "/things", `{"name":"a","price":{"amount":"x","currency":"GBP"}}`, nil, 422, []string{`"location":"body.price.amount"`, "whole number"}},
		{"a number too large", "POST", "/things", `{"name":"a","price":{"amount":99999999999999999999,"currency":"GBP"}}`, nil, 422, []string{"body"}},
		{"too long", "POST", "/things", `{"name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaa","price":{"amount":1,"currency":"GBP"}}`, nil, 422, []string{"at most 20"}},
		{"an unknown kind", "POST", "/things", `{"name":"a","kind":"c","price":{"amount":1,"currency":"GBP"}}`, nil, 422, []string{"one of a, b"}},
		{"a rule of the service", "POST", "/things", `{"name":"bad","price":{"amount":1,"currency":"GBP"}}`, nil, 422, []string{`"location":"body.name"`, "must be good"}},
		{"a conflict keeps its code", "POST", "/things", `{"name":"taken","price":{"amount":1,"currency":"GBP"}}`, nil, 409, []string{"name_taken"}},
		{"a form", "POST", "/things", "name=a", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, []string{"application/json"}},
		{"a compressed body", "POST", "/things", lamp, []string{"Content-Encoding", "gzip"}, 415, nil},
		{"an unknown parameter", "GET", one + "?x=1", "", nil, 400, []string{`"location":"query.x"`, "as"}},
		{"a repeated parameter", "GET", one + "?as=a&as=b", "", nil, 400, []string{`"location":"query.as"`, "more than once"}},
		{"a broken query", "GET", one + "?as=%zz", "", nil, 400, nil},
		{"an unknown filter", "GET", "/things?color=red", "", nil, 400, []string{"query.color"}},
		{"an unknown order", "GET", "/things?sort=price", "", nil, 400, []string{"query.sort"}},
		{"an unknown field to answer", "GET", "/things?fields=price", "", nil, 400, []string{"query.fields"}},
		{"a limit out of range", "GET", "/things?limit=0", "", nil, 400, []string{"query.limit", "200"}},
		{"a bad token", "GET", one, "", []string{"Authorization", "Bearer bad"}, 401, []string{"bad_token"}},
		{"no token", "GET", one, "", []string{"Authorization", ""}, 401, []string{"unauthenticated"}},
		{"an unknown path", "GET", "/nothing", "", nil, 404, []string{"not_found"}},
		{"another method", "PUT", "/things", lamp, nil, 405, []string{"GET, POST"}},
		{"a cross-site post", "POST", "/things", lamp, []string{"Authorization", "", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, 403, []string{"cross_origin"}},
		{"a stale version", "PATCH", one, `{"name":"b"}`, []string{"If-Match", `"9"`}, 412, []string{"stale"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := s.call(t, c.method, c.path, c.body, c.header...).want(t, c.status, c.words...)
			if got := a.header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("content type %q", got)
			}
			for _, field := range []string{"type", "title", "detail", "code", "requestId"} {
				if v, _ := a.json[field].(string); v == "" {
					t.Errorf("%s is empty: %s", field, a.body)
				}
			}
			if a.json["requestId"] != a.header.Get("X-Request-Id") {
				t.Errorf("requestId differs from the header")
			}
		})
	}
}

func TestMissingForeignAndMalformedIDsAnswerAlike(t *testing.T) {
	t.Parallel()
	s := newShelf(t, nil, nil)
	bytes := func(path string) string {
		a := s.call(t, "GET", path, "").want(t, 404)
		return strings.Replace(a.body, a.json["requestId"].(string), "", 1)
	}
	want := bytes("/things/" + id.New(s.clock.Now()).String())
	for _, path := range []string{"/things/x", "/things/%00", "/things/..%2f", "/things/fields/none", "/nothing"} {
		if got := bytes(path); got != want {
			t.Errorf("%s answers %s, want %s", path, got, want)
		}
	}
}

func TestChangesOnlyWhatIsSent(t *testing.T) {
	t.Parallel()
	s := newShelf(t, nil, nil)
	made := s.call(t, "POST", "/things", lamp).want(t, 201)
	one := "/things/" + made.json["id"].(string)
	if got := made.header.Get("ETag"); got != `"1"` {
		t.Errorf("ETag %s", got)
	}
	s.call(t, "PATCH", one, `{"name":"Desk"}`, "If-Match", `"1"`).want(t, 200, `"Desk"`, "1299")
	s.call(t, "PATCH", one, `{"price":null}`, "Content-Type", "application/merge-patch+json").want(t, 200, `"Desk"`, `"amount":0`)
	s.call(t, "PATCH", one, `{"ownerId":"x"}`).want(t, 422, "body.ownerId", "must be an id")
	s.call(t, "PATCH", one, `{}`).want(t, 200)
	s.call(t, "GET", "/things?fields=name", "").want(t, 200, `{"data":[{"name":"Desk"}],"page":{"next":"","limit":50}}`)
	s.call(t, "DELETE", one, "").want(t, 204)
	s.call(t, "GET", one, "").want(t, 404)
}

func TestLiteralPathsWinOverPlaceholders(t *testing.T) {
	t.Parallel()
	s := newShelf(t, nil, nil)
	made := s.call(t, "POST", "/things", lamp).want(t, 201)
	s.call(t, "GET", "/things/"+made.json["id"].(string)+"/tags", "").want(t, 200)
	s.call(t, "GET", "/things/fields/"+made.json["id"].(string), "").want(t, 200)
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	s := newShelf(t, nil, func(c *httpx.Config) { c.MaxBody = 100 })
	s.call(t, "POST", "/things", `{"name":"`+strings.Repeat("a", 200)+`"}`).want(t, 413, "100 bytes")
	r := httptest.NewRequestWithContext(t.Context(), "POST", httpx.Prefix+"/things", strings.NewReader(strings.Repeat(" ", 101)))
	r.ContentLength = -1
	r.Header.Set("Authorization", "Bearer good")
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	if w.Code != 413 {
		t.Errorf("a body of unknown length answers %d", w.Code)
	}
}

func TestDefectsTellNothing(t *testing.T) {
	t.Parallel()
	s := newShelf(t, nil, nil)
	for path, method := range map[string]string{"/defect": "GET", "/panic": "POST"} {
		a := s.call(t, method, path, "").want(t, 500, "requestId")
		if strings.Contains(a.body, "secret") {
			t.Errorf("%s tells %s", path, a.body)
		}
		if !strings.Contains(s.log.String(), a.json["requestId"].(string)) {
			t.Errorf("%s is not in the log", path)
		}
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	s := newShelf(t, nil, func(c *httpx.Config) {
		c.Gate = ratelimit.New(clock.NewFake(time.Unix(1e9, 0)), 0)
		c.User, c.Anonymous = ratelimit.Limit{N: 2, Per: time.Minute}, ratelimit.Limit{N: 1, Per: time.Minute}
	})
	a := s.call(t, "GET", "/things", "").want(t, 200)
	if got := a.header.Get("RateLimit-Policy"); got != `"user";q=2;w=60` {
		t.Errorf("policy %s", got)
	}
	if got := a.header.Get("RateLimit"); got != `"user";r=1;t=30` {
		t.Errorf("rate limit %s", got)
	}
	s.call(t, "GET", "/things", "").want(t, 200)
	a = s.call(t, "GET", "/things", "").want(t, 429)
	if a.header.Get("Retry-After") != "30" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	s.call(t, "GET", "/things", "", "Authorization", "Bearer other").want(t, 200)
	s.call(t, "GET", "/things", "", "Authorization", "Bearer bad").want(t, 401)
	s.call(t, "GET", "/nothing", "", "Authorization", "").want(t, 429)
}

func TestCORS(t *testing.T) {
	t.Parallel()
	s := newShelf(t, nil, func(c *httpx.Config) { c.CORSOrigins = []string{"https://shop.example"} })
	a := s.call(t, "OPTIONS", "/things", "", "Origin", "https://shop.example", "Access-Control-Request-Method", "POST").want(t, 204)
	if a.header.Get("Access-Control-Allow-Origin") != "https://shop.example" || a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("headers %v", a.header)
	}
	a = s.call(t, "GET", "/things", "", "Origin", "https://evil.example").want(t, 200)
	if a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("an unknown origin is allowed")
	}
}
