package attack

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// outside are paths of the public side that are no operations.
var outside = []string{
	"/", "/inbox/all", "/sign-in", "/assets/none.js", "/favicon.svg", "/healthz", "/readyz", "/api-docs", "/api", "/api/", "/api/v1",
	"/api/v1/openapi.json", "/api/v1/postman.json", "/api/v1/nothing", "/api/v1/tickets/..%2f..", "/metrics", "/.git/config", "/%00", "/a/../b",
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	plain := begin(t, db.SQLite, "THROUGHLINE_BASE_URL=http://127.0.0.1:8080")
	want := map[string]string{
		"Content-Security-Policy":      `default-src '(self|none)'`,
		"X-Content-Type-Options":       `^nosniff$`,
		"X-Frame-Options":              `^DENY$`,
		"Referrer-Policy":              `^(strict-origin-when-cross-origin|no-referrer|same-origin)$`,
		"Permissions-Policy":           `camera=\(\).*microphone=\(\)`,
		"Cross-Origin-Opener-Policy":   `^same-origin$`,
		"Cross-Origin-Resource-Policy": `^same-origin$`,
		"X-Request-Id":                 `^[0-9a-f-]{36}$`,
	}
	check := func(name string, w *httptest.ResponseRecorder) {
		t.Helper()
		for header, pattern := range want {
			if got := w.Header().Values(header); len(got) != 1 || !regexp.MustCompile(pattern).MatchString(got[0]) {
				t.Errorf("%s (%d): %s is %q", name, w.Code, header, got)
			}
		}
		policy := w.Header().Get("Content-Security-Policy")
		for _, bad := range []string{"unsafe-eval", "script-src 'self' 'unsafe-inline'", "*", "http:", "https:"} {
			if strings.Contains(policy, bad) {
				t.Errorf("%s: the policy allows %s", name, bad)
			}
		}
		if !strings.Contains(policy, "sandbox") {
			for _, part := range []string{"script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'"} {
				if !strings.Contains(policy+";", part) {
					t.Errorf("%s: the policy lacks %s: %s", name, part, policy)
				}
			}
		}
		age := regexp.MustCompile(`^max-age=(\d+); includeSubDomains`).FindStringSubmatch(w.Header().Get("Strict-Transport-Security"))
		if age == nil {
			t.Errorf("%s: no HSTS", name)
		} else if n, err := strconv.Atoi(age[1]); err != nil || n < 365*24*3600 {
			t.Errorf("%s: HSTS for %s s only", name, age[1])
		}
		for _, tells := range []string{"Server", "X-Powered-By", "X-Aspnet-Version", "Via"} {
			if got := w.Header().Get(tells); got != "" {
				t.Errorf("%s tells %s: %s", name, tells, got)
			}
		}
		if kind := w.Header().Get("Content-Type"); w.Body.Len() > 0 && kind == "" || strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "charset=utf-8") && !strings.Contains(kind, "event-stream") {
			t.Errorf("%s: Content-Type %q", name, kind)
		}
	}
	for _, path := range outside {
		check(path, p.do(call{path: path}))
		check("POST "+path, p.do(call{method: http.MethodPost, path: path, body: "{}"}))
		if got := plain.do(call{path: path}).Header().Get("Strict-Transport-Security"); got != "" {
			t.Errorf("%s over http: HSTS %q, which browsers must ignore", path, got)
		}
	}
	for _, o := range p.operations() {
		if o.id == "stream-events" || o.id == "sign-out-everywhere" {
			continue
		}
		for name, token := range map[string]string{"anonymous": "", "administrator": p.token} {
			if o.id == "sign-out" && token != "" {
				continue
			}
			c := call{method: o.method, path: o.filled(), token: token}
			if o.hasBody {
				c.body = "{}"
			}
			w := p.do(c)
			check(fmt.Sprintf("%s %s, %s", o.method, o.path, name), w)
			if got := w.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s %s: Cache-Control %q", o.method, o.path, got)
			}
		}
	}
}

func TestOperationsTakeNothingFromOtherSites(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	cookies := p.signIn(admin, password).cookies
	before := p.rows()
	forged := [][]string{
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Origin", "https://help.example.com.evil.example"},
		{"Origin", "http://help.example.com"},
		{"Origin", "https://help.example.com:444"},
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site", "Origin", "https://other.example.com"},
		{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example", "X-HTTP-Method-Override", "GET"},
	}
	kinds := []string{"application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""}
	n := 0
	for _, o := range p.operations() {
		if !o.writes() {
			continue
		}
		for i, headers := range forged {
			n++
			w := p.do(call{method: o.method, path: o.filled(), body: `{"name":"x"}`, kind: kinds[i%len(kinds)], header: headers, cookies: cookies})
			if w.Code != http.StatusForbidden || problemOf(t, w).Code != "cross_origin" {
				t.Errorf("%s %s with %v: %d %s", o.method, o.path, headers, w.Code, w.Body)
			}
			if len(w.Result().Cookies()) > 0 {
				t.Errorf("%s %s with %v sets cookies", o.method, o.path, headers)
			}
		}
	}
	if n < 400 {
		t.Fatalf("only %d requests", n)
	}
	if diff := cmp.Diff(before, p.rows()); diff != "" {
		t.Errorf("something was written: %s", diff)
	}
	// What the page itself sends passes, and so does a program with a token.
	for _, headers := range [][]string{{"Origin", public, "Sec-Fetch-Site", "same-origin"}, nil} {
		if w := p.do(call{method: http.MethodPatch, path: api + "/auth/me", body: `{"available":true}`, header: headers, cookies: cookies}); w.Code != http.StatusOK {
			t.Errorf("%v: %d %s", headers, w.Code, w.Body)
		}
	}
	if w := p.do(call{method: http.MethodPatch, path: api + "/auth/me", body: `{"available":true}`, header: forged[0], token: p.token}); w.Code != http.StatusOK {
		t.Errorf("a program with a token: %d %s", w.Code, w.Body)
	}
}

func TestOtherOriginsReadNothingUnlessListed(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite, "THROUGHLINE_CORS_ORIGINS=https://shop.example")
	closed := begin(t, db.SQLite)
	origins := []string{
		"https://evil.example", "null", "https://shop.example.evil.example", "https://evilshop.example", "http://shop.example", "https://shop.example:8443",
		"https://SHOP.example", "https://shop.example/", "https://shop.example@evil.example", "*", public + ".evil.example", "https://sub.shop.example",
	}
	for _, o := range p.operations() {
		if o.id == "stream-events" {
			continue
		}
		for _, origin := range origins {
			for _, method := range []string{http.MethodGet, http.MethodOptions} {
				if method == http.MethodGet && o.writes() {
					continue
				}
				c := call{method: method, path: o.filled(), token: p.token, header: []string{"Origin", origin, "Access-Control-Request-Method", o.method, "Access-Control-Request-Headers", "authorization"}}
				for name, at := range map[string]*place{"listed": p, "closed": closed} {
					for header := range at.do(c).Header() {
						if strings.HasPrefix(header, "Access-Control-") {
							t.Errorf("%s %s from %s, %s: %s", method, o.path, origin, name, header)
						}
					}
				}
			}
		}
		w := p.do(call{method: http.MethodOptions, path: o.filled(), header: []string{"Origin", "https://shop.example", "Access-Control-Request-Method", o.method}})
		if w.Header().Get("Access-Control-Allow-Origin") != "https://shop.example" || w.Header().Get("Access-Control-Allow-Credentials") != "" || w.Header().Get("Vary") == "" {
			t.Errorf("%s: the listed origin gets %v", o.path, w.Header())
		}
	}
}

func TestCookiesAreTheHostsOwnAndOutOfReachOfScripts(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	for _, c := range p.signIn(admin, password).cookies {
		wantPath := map[string]string{"__Host-session": "/", "__Secure-refresh": "/api/v1/auth"}[c.Name]
		if wantPath == "" || c.Path != wantPath || c.Domain != "" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge <= 0 {
			t.Errorf("%+v", c)
		}
	}
	w := p.do(call{method: http.MethodPost, path: api + "/auth/logout", token: p.signIn(admin, password).token})
	if len(w.Result().Cookies()) != 2 {
		t.Errorf("sign-out clears %v", w.Result().Cookies())
	}
	for _, c := range w.Result().Cookies() {
		if c.MaxAge >= 0 || c.Value != "" {
			t.Errorf("not cleared: %+v", c)
		}
	}
	if got := w.Header().Get("Clear-Site-Data"); !strings.Contains(got, `"cache"`) {
		t.Errorf("Clear-Site-Data %q: pictures of customers stay in the browser", got)
	}
}

func TestNoMethodOrPathIsOpenForDebugging(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	page := p.do(call{path: "/some/page/of/the/app"}).Body.String()
	for _, path := range []string{
		"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/.git/config", "/.env", "/server-status", "/actuator/env", "/manifest.json",
		"/throughline.db", "/data/secret.key", "/../data/secret.key", "/..%2fdata%2fsecret.key", "/%2e%2e/secret.key", "/assets/../../go.mod", "/index.html.map",
		"/phpinfo.php", "/swagger.json", "/graphql", "/console", "/api/v1/debug/pprof/", "/api/v1/metrics",
	} {
		w := p.do(call{path: path, token: p.token})
		if w.Code == http.StatusOK && w.Body.String() != page || w.Code >= 500 {
			t.Errorf("%s answers %d %.80s", path, w.Code, w.Body)
		}
	}
	for _, method := range []string{"TRACE", "TRACK", "DEBUG", "CONNECT", "PROPFIND", "MOVE", "PURGE"} {
		for _, path := range []string{"/", "/healthz", "/readyz", "/api-docs", "/api/v1/auth/me", "/api/v1/nothing", "/api/v1/openapi.json", "/assets/x.js"} {
			w := p.do(call{method: method, path: path, token: p.token, header: []string{"X-Canary", "echo-me"}})
			if w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "echo-me") {
				t.Errorf("%s %s: %d %.80s", method, path, w.Code, w.Body)
			}
		}
	}
}

// The two ends of a connection must agree where a request ends.
func TestUnclearFramingIsRefused(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	url := strings.TrimPrefix(p.serve(), "http://")
	const smuggled = "GET /api/v1/setup HTTP/1.1\r\nHost: x\r\n\r\n"
	head := "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	for name, raw := range map[string]string{
		"length and chunks":        head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
		"chunks and length":        head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled,
		"two lengths":              head + "Content-Length: 2\r\nContent-Length: 50\r\n\r\n{}" + smuggled,
		"a length with a sign":     head + "Content-Length: +2\r\n\r\n{}" + smuggled,
		"a length in hexadecimal":  head + "Content-Length: 0x2\r\n\r\n{}" + smuggled,
		"a list of lengths":        head + "Content-Length: 2, 3\r\n\r\n{}" + smuggled,
		"chunks twice":             head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
		"chunks spelt otherwise":   head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled,
		"chunks behind something":  head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + smuggled,
		"a space before the colon": head + "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled,
		"a chunk size too long":    head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n" + smuggled,
		"a NUL in a header":        head + "X: a\x00b\r\nContent-Length: 2\r\n\r\n{}" + smuggled,
		"no host":                  "GET /api/v1/setup HTTP/1.1\r\n\r\n" + smuggled,
		"two hosts":                "GET /api/v1/setup HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + smuggled,
		"another version":          "GET /api/v1/setup HTTP/3.9\r\nHost: a\r\n\r\n" + smuggled,
		"a header of 80 KiB":       "GET /api/v1/setup HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 80<<10) + "\r\n\r\n" + smuggled,
	} {
		c, err := net.Dial("tcp", url)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Write([]byte(raw)); err != nil {
			t.Logf("%s: %v", name, err) // it had refused by then
		}
		_ = c.(*net.TCPConn).CloseWrite() // nothing more is coming
		statuses := 0
		last := 0
		in := bufio.NewReader(c)
		for {
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				break
			}
			_ = res.Body.Close()
			statuses++
			if last = res.StatusCode; last < 400 {
				t.Errorf("%s: answer %d is %d", name, statuses, last)
			}
		}
		if statuses != 1 && (statuses != 0 || !strings.Contains(name, "80 KiB")) {
			t.Errorf("%s: %d answers, the last %d", name, statuses, last)
		}
		_ = c.Close()
	}
}
