package attack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// The fuzzer drives every operation of the OpenAPI file with requests that would be good but for one to three
// hostile things in them. THROUGHLINE_TEST_FUZZ is how many of each operation (make fuzz-api sends many),
// THROUGHLINE_TEST_SEED repeats a run.
func TestEveryOperationWithstandsHostileRequests(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("THROUGHLINE_TEST_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	both(t, func(t *testing.T, e db.Engine) {
		rounds := map[db.Engine]int{db.SQLite: 30, db.Postgres: 8}[e]
		if s := os.Getenv("THROUGHLINE_TEST_FUZZ"); s != "" {
			var err error
			if rounds, err = strconv.Atoi(s); err != nil {
				t.Fatal(err)
			}
		}
		f := newFuzzer(t, e, seed)
		f.run(rounds)
		t.Logf("note: %d hostile requests to %d operations on %s, seed %d, by status: %v", f.sent, len(f.operations), e, seed, f.statuses)
		if f.statuses[2] == 0 || f.statuses[2]*50 < f.sent {
			t.Errorf("hardly any request was taken (%v): the fuzzer knocks at closed doors", f.statuses)
		}
	})
}

// fuzzer sends mutations of good requests to one installation.
type fuzzer struct {
	*place
	r          *rand.Rand
	seed       uint64
	contract   *contract
	operations []string
	items      map[string]apptest.Item
	vars       apptest.Variables
	run_       int
	sent       int
	statuses   map[int]int // by hundreds
	faults     map[string]bool
}

// last are operations that take away what others need; they come at the end.
var last = []string{
	"sign-out", "sign-out-everywhere", "change-password", "end-session", "set-user-status", "update-role", "add-role-permissions", "remove-role-permission",
	"update-user", "put-user", "update-me", "update-settings", "delete-user", "delete-role",
}

// dear are operations that hash passwords.
var dear = []string{"sign-in", "sign-up", "sign-out", "sign-out-everywhere", "create-user", "change-password", "reset-password", "run-setup", "update-me"}

func newFuzzer(t *testing.T, e db.Engine, seed uint64) *fuzzer {
	t.Helper()
	f := &fuzzer{place: begin(t, e), r: rand.New(rand.NewPCG(seed, 1)), seed: seed, statuses: map[int]int{}, faults: map[string]bool{}, items: map[string]apptest.Item{}}
	file, err := f.API.Document()
	if err != nil {
		t.Fatal(err)
	}
	f.contract = contractOf(t, file)
	items, vars, err := apptest.Collection(f.API, admin, password)
	if err != nil {
		t.Fatal(err)
	}
	if err := apptest.Fill(t.Context(), http.HandlerFunc(f.inside), items, vars, nil, func(apptest.Request) error {
		_, err := f.Queue.Drain(t.Context())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	f.vars = vars
	for _, i := range items {
		id, _, _ := strings.Cut(i.ID, ".")
		if _, there := f.items[id]; !there {
			f.items[id] = i
		}
	}
	f.operations = slices.Sorted(maps.Keys(f.contract.by))
	weight := func(id string) int {
		switch {
		case slices.Contains(last, id):
			return 2
		case f.contract.by[id].method == "delete":
			return 1
		}
		return 0
	}
	slices.SortStableFunc(f.operations, func(a, b string) int { return weight(a) - weight(b) })
	return f
}

// inside takes requests whose path has no prefix.
func (f *fuzzer) inside(w http.ResponseWriter, r *http.Request) {
	u := *r.URL
	u.Path = api + u.Path
	if u.RawPath != "" {
		u.RawPath = api + u.RawPath
	}
	r.URL = &u
	f.handler.ServeHTTP(w, r)
}

func (f *fuzzer) run(rounds int) {
	for _, id := range f.operations {
		n := rounds
		if slices.Contains(dear, id) {
			n = max(2, rounds/6)
		}
		for range n {
			f.one(id)
		}
		if f.t.Failed() && len(f.faults) > 60 {
			f.t.Fatal("that is enough")
		}
	}
}

// shot is a request as it will be sent.
type shot struct {
	method, path string
	query        [][2]string
	header       http.Header
	body         []byte
	moved        bool // its path may mean another operation
}

func (f *fuzzer) one(id string) {
	s, ok := f.baseline(id)
	if !ok {
		f.t.Errorf("%s is not in the collection", id)
		return
	}
	for range pick(f.r, []int{1, 1, 1, 1, 2, 3}) {
		f.spoil(&s, id)
	}
	if slices.Contains(last, id) || s.method == http.MethodDelete {
		// At least one thing must be wrong that keeps it from taking the world away.
		f.spoilPath(&s, f.contract.by[id])
	}
	f.send(id, s)
}

func (f *fuzzer) baseline(id string) (shot, bool) {
	o := f.contract.by[id]
	i, ok := f.items[id]
	if !ok { // what streams is in no collection
		return shot{method: strings.ToUpper(o.method), path: o.path, header: http.Header{"Authorization": {"Bearer " + f.vars["token"]}}}, id == "stream-events"
	}
	f.run_++
	all, err := f.vars.With("run", fmt.Sprintf("f%d", f.run_)).Requests(i)
	if err != nil {
		f.t.Fatal(err)
	}
	r := all[0]
	s := shot{method: r.Method, body: r.Body, header: http.Header{}}
	path, query, _ := strings.Cut(r.Path, "?")
	s.path = path
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			value, _ = url.QueryUnescape(value) // the collection's own
			s.query = append(s.query, [2]string{name, value})
		}
	}
	if r.Body != nil {
		s.header.Set("Content-Type", r.ContentType)
	}
	if !r.Anonymous {
		s.header.Set("Authorization", "Bearer "+f.vars["token"])
	}
	return s, true
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// spoil puts one hostile thing into the request.
func (f *fuzzer) spoil(s *shot, id string) {
	o := f.contract.by[id]
	switch n := f.r.IntN(20); {
	case n < 2:
		h := pick(f.r, hostileHeaders)
		s.header.Set(h[0], h[1])
	case n < 4:
		f.spoilPath(s, o)
	case n < 9 || s.body == nil:
		f.spoilQuery(s, o)
	case n == 9:
		s.header.Set("Content-Type", pick(f.r, hostileTypes))
	case n == 10:
		s.body = []byte(pick(f.r, hostileJSON))
	case n == 11:
		s.body = s.body[:f.r.IntN(len(s.body)+1)]
	case n == 12:
		b := bytes.Clone(s.body)
		for range 1 + f.r.IntN(4) {
			if len(b) > 0 {
				b[f.r.IntN(len(b))] = byte(f.r.IntN(256))
			}
		}
		s.body = b
	default:
		if strings.HasPrefix(s.header.Get("Content-Type"), "multipart/") {
			f.spoilForm(s)
			return
		}
		s.body = f.spoilBody(s.body)
	}
}

func (f *fuzzer) spoilPath(s *shot, o documented) {
	template, parts := strings.Split(o.path, "/"), strings.Split(s.path, "/")
	var places []int
	for i, part := range template {
		if strings.HasPrefix(part, "{") && i < len(parts) {
			places = append(places, i)
		}
	}
	if len(places) == 0 || len(parts) != len(template) {
		return
	}
	v := pick(f.r, hostileTexts)
	if len(v) > 3000 {
		v = v[:3000]
	}
	escaped := url.PathEscape(v)
	if f.r.IntN(4) == 0 {
		escaped = pick(f.r, []string{"%ff", "%c0%af", "%00", "%2f", "%252f", "..%2f..", "%2e%2e", "%u0041", "%", "%zz", ";a=b", "a%0ab", "*", "%5c", "null", anyID + "%20", anyID + ",", "%F0%9F%98%80"})
	}
	s.moved = s.moved || escaped == "" || escaped == "." || escaped == ".."
	parts[pick(f.r, places)] = escaped
	s.path = strings.Join(parts, "/")
}

func (f *fuzzer) spoilQuery(s *shot, o documented) {
	names := o.queries()
	if len(names) == 0 || f.r.IntN(6) == 0 {
		names = append(names, "limit", "q", "sort", "id", "tenant_id", "noSuchParameter", "", "\x00", "field.x", "a[gte]", "__proto__", "a[]")
	}
	name := strings.ReplaceAll(pick(f.r, names), "<key>", "shoeSize")
	switch f.r.IntN(8) {
	case 0:
		name += pick(f.r, []string{"[gte]", "[gt]", "[lte]", "[lt]", "[like]", "[", "]", "[]", "[gte][lt]", "[' OR 1=1]", "%5B"})
	case 1:
		s.query = append(s.query, [2]string{name, pick(f.r, hostileTexts)})
	}
	value := pick(f.r, hostileTexts)
	switch {
	case f.r.IntN(8) == 0:
		value = "\xff\xfe"
	case name == "sort" || name == "fields":
		if f.r.IntN(2) == 0 && len(o.queries()) > 0 {
			value = pick(f.r, []string{"", "-", "--", "+"}) + pick(f.r, o.queries())
		}
	case f.r.IntN(3) == 0:
		value = strings.Trim(pick(f.r, hostileJSON), `"`)
	}
	if len(value) > 6000 {
		value = value[:6000]
	}
	s.query = append(s.query, [2]string{name, value})
}

func (f *fuzzer) spoilForm(s *shot) {
	name := pick(f.r, hostileTexts)
	if len(name) > 5000 {
		name = name[:5000]
	}
	content := pick(f.r, []string{"", "\x89PNG\r\n\x1a\n", "%PDF-1.7", "<svg onload=alert(1)>", "PK\x03\x04", strings.Repeat("\x00", 5000), "GIF89a"})
	if f.r.IntN(2) == 0 {
		name += pick(f.r, []string{".png", ".svg", ".html", ".pdf", ".txt", ".png.exe", ".PNG"})
	}
	name = strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(name)
	body, kind := form(name, pick(f.r, []string{"", "image/png", "text/html", "image/svg+xml", "\x00", "application/octet-stream", "a/b/c"}), []byte(content))
	s.body = []byte(body)
	s.header.Set("Content-Type", kind)
}

// spoilBody replaces, removes, adds or doubles something somewhere in a JSON body.
func (f *fuzzer) spoilBody(body []byte) []byte {
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return body
	}
	const mark = `"«here»"`
	hostile := pick(f.r, hostileJSON)
	var spots []func() // each changes one spot
	double := ""
	var walk func(at any, set func(any))
	walk = func(at any, set func(any)) {
		spots = append(spots, func() { set("«here»") })
		switch x := at.(type) {
		case map[string]any:
			spots = append(spots, func() {
				x[pick(f.r, []string{"id", "tenant_id", "tenantId", "role", "permissions", "status", "createdAt", "verified", "balance", "", "__proto__", "\u0000", "Name", "NAME", "$schema"})] = "«here»"
			})
			for _, k := range slices.Sorted(maps.Keys(x)) {
				spots = append(spots, func() { delete(x, k) })
				spots = append(spots, func() { name, _ := json.Marshal(k); double = string(name) }) // text always encodes
				walk(x[k], func(to any) { x[k] = to })
			}
		case []any:
			for i := range x {
				walk(x[i], func(to any) { x[i] = to })
			}
		}
	}
	walk(v, func(to any) { v = to })
	pick(f.r, spots)()
	out, _ := json.Marshal(v) // it came from JSON
	if double != "" {
		return bytes.Replace(out, []byte(double+":"), []byte(double+":"+hostile+","+double+":"), 1)
	}
	return bytes.Replace(out, []byte(mark), []byte(hostile), 1)
}

func (f *fuzzer) send(id string, s shot) {
	target := api + s.path
	raw := make([]string, len(s.query))
	for i, q := range s.query {
		raw[i] = url.QueryEscape(q[0]) + "=" + url.QueryEscape(q[1])
	}
	if len(raw) > 0 {
		target += "?" + strings.Join(raw, "&")
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return // net/http would not read it either
	}
	ctx, cancel := context.WithTimeout(f.t.Context(), 30*time.Second)
	if id == "stream-events" {
		ctx, cancel = context.WithTimeout(f.t.Context(), 50*time.Millisecond)
	}
	defer cancel()
	r := (&http.Request{
		Method: s.method, URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: s.header, Host: "help.example.com",
		RemoteAddr: "198.51.100.7:4000", RequestURI: target, Body: http.NoBody, ContentLength: int64(len(s.body)),
	}).WithContext(ctx)
	if s.body != nil {
		r.Body = io.NopCloser(bytes.NewReader(s.body))
	}
	w := httptest.NewRecorder()
	start := time.Now()
	f.handler.ServeHTTP(w, r)
	took := time.Since(start)
	f.sent++
	f.statuses[w.Code/100]++
	var faults []string
	switch {
	case s.moved && w.Code < 500:
	case id == "stream-events" && (w.Code == http.StatusOK || ctx.Err() != nil):
		// It is we who hang up.
	case slices.Contains([]int{http.StatusPartialContent, http.StatusNotModified, http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable}, w.Code) && (id == "read-file" || id == "read-thumbnail"):
		// Ranges and conditions are HTTP's own.
	default:
		faults = f.contract.judge(id, w, slices.ContainsFunc(s.query, func(q [2]string) bool { return q[0] == "fields" }))
	}
	if took > 20*time.Second {
		faults = append(faults, "took "+took.String())
	}
	for _, fault := range faults {
		key := id + fault[:min(len(fault), 60)]
		if f.faults[key] {
			continue
		}
		f.faults[key] = true
		f.t.Errorf("%s, seed %d, request %d: %s\n%s", id, f.seed, f.sent, fault, curl(s, target))
	}
	if id == "change-password" && w.Code == http.StatusNoContent {
		var b struct{ NewPassword string }
		if err := json.Unmarshal(s.body, &b); err != nil {
			f.t.Fatal(err)
		}
		f.vars["password"] = b.NewPassword
	}
	if w.Code == http.StatusUnauthorized && s.header.Get("Authorization") == "Bearer "+f.vars["token"] || strings.HasPrefix(id, "sign-out") {
		f.vars["token"] = f.signIn(admin, f.vars["password"]).token
	}
}

// curl is the request for a person to repeat.
func curl(s shot, target string) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	out := "    curl -X " + s.method + " " + quote("http://127.0.0.1:8080"+target)
	for _, name := range slices.Sorted(maps.Keys(s.header)) {
		value := s.header.Get(name)
		if name == "Authorization" && strings.HasPrefix(value, "Bearer ey") {
			value = "Bearer $TOKEN"
		}
		out += " -H " + quote(fmt.Sprintf("%s: %.200s", name, value))
	}
	if s.body != nil {
		out += " --data-binary " + quote(fmt.Sprintf("%.1500s", s.body))
	}
	return out
}
