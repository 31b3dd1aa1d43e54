package attack

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

func TestNoAnswerSendsABrowserElsewhere(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	evil := []string{
		"//evil.example", "//evil.example/%2e%2e", `/\evil.example`, "/%5cevil.example", "/%5c%5cevil.example", "///evil.example", "/.//evil.example", "/x/..//evil.example", "/%2f%2fevil.example", "/%09/evil.example", "/%0d%0aLocation:%20https://evil.example",
		"//evil.example:80/a/../b", "/api/v1//evil.example", "/api//evil.example/..", "//evil.example/api/v1/", "/api/v1/../..//evil.example", "/assets//evil.example", "/assets/..//evil.example/", "//evil%E3%80%82example/", "//xn--e1awd7f.example/../", "/api-docs//evil.example", "//@evil.example/..",
		"/;@evil.example", "/.evil.example", "//evil.example%2f..", "/api/v1/auth/login?next=https://evil.example", "/sign-in?to=//evil.example", "/sign-in?next=https:evil.example&redirect_uri=https://evil.example&return=//evil.example",
	}
	n := 0
	for _, path := range evil {
		u, err := url.ParseRequestURI("http://help.example.com" + path)
		if err != nil {
			continue
		}
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions} {
			for _, host := range []string{"help.example.com", "evil.example"} {
				r := (&http.Request{Method: method, URL: u, Host: host, Header: http.Header{"X-Forwarded-Host": {"evil.example"}}, Body: http.NoBody, RequestURI: path, ProtoMajor: 1, ProtoMinor: 1}).WithContext(t.Context())
				r.URL.Host, r.URL.Scheme = "", ""
				w := recorded(p.handler, r)
				n++
				for header := range w.Header() {
					if header == "Refresh" || header == "Content-Location" {
						t.Errorf("%s: %s", path, header)
					}
				}
				to := w.Header().Get("Location")
				if to == "" {
					continue
				}
				at, err := url.Parse(to)
				if err != nil || at.Host != "" || at.Scheme != "" || !strings.HasPrefix(to, "/") || len(to) > 1 && strings.ContainsAny(to[1:2], `/\`) || strings.ContainsAny(to, "\t\r\n\\") {
					t.Errorf("%s %s leads to %q", method, path, to)
				}
			}
		}
	}
	if n < 150 {
		t.Fatalf("only %d requests", n)
	}
	for _, o := range p.operations() {
		for _, name := range []string{"next", "redirect_uri", "return", "url", "to", "RelayState", "continue"} {
			if o.id == "stream-events" || o.method != http.MethodGet {
				continue
			}
			w := p.do(call{path: o.filled() + "?" + name + "=https://evil.example", token: p.token})
			if w.Code >= 300 && w.Code < 400 || w.Header().Get("Location") != "" {
				t.Errorf("%s?%s: %d %s", o.path, name, w.Code, w.Header().Get("Location"))
			}
		}
	}
}

func TestForwardingHeadersCountFromTrustedProxiesAlone(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite, "THROUGHLINE_TRUSTED_PROXIES=10.0.0.0/8,2001:db8:ff::/48")
	address := func(from string, header ...string) string {
		t.Helper()
		w := p.do(call{method: http.MethodPost, path: api + "/auth/login", from: from, header: header, body: asJSON(map[string]string{"email": admin, "password": password})})
		if w.Code != http.StatusOK {
			t.Fatalf("sign in: %d", w.Code)
		}
		var list struct {
			Data []struct {
				Address string
				Current bool
			}
		}
		p.must(call{path: api + "/auth/sessions", token: p.sessionOf(w).token}, &list)
		for _, s := range list.Data {
			if s.Current {
				return s.Address
			}
		}
		return ""
	}
	for _, c := range []struct {
		from, name, value, want string
	}{
		{"203.0.113.9:1", "X-Forwarded-For", "198.51.100.1", "203.0.113.9"},
		{"203.0.113.9:1", "Forwarded", "for=198.51.100.1", "203.0.113.9"},
		{"203.0.113.9:1", "X-Real-IP", "198.51.100.1", "203.0.113.9"},
		{"[2001:db8::9]:1", "X-Forwarded-For", "10.0.0.1", "2001:db8::9"},
		{"10.0.0.1:1", "X-Forwarded-For", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "X-Forwarded-For", "1.2.3.4, 198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "X-Forwarded-For", "198.51.100.1, 10.9.9.9", "198.51.100.1"},
		{"10.0.0.1:1", "X-Forwarded-For", "<script>alert(1)</script>", "10.0.0.1"},
		{"10.0.0.1:1", "X-Forwarded-For", "' OR 1=1", "10.0.0.1"},
		{"10.0.0.1:1", "X-Forwarded-For", strings.Repeat("1.1.1.1,", 400) + "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "X-Real-IP", "198.51.100.1", "10.0.0.1"},
		{"10.0.0.1:1", "CF-Connecting-IP", "198.51.100.1", "10.0.0.1"},
		{"[2001:db8:ff::1]:1", "Forwarded", `for="[2001:db8::7]:99"`, "2001:db8::7"},
		{"[::ffff:10.0.0.1]:1", "X-Forwarded-For", "198.51.100.1", "198.51.100.1"},
	} {
		if got := address(c.from, c.name, c.value); got != c.want {
			t.Errorf("%s with %s: %.60s: the session is from %q, want %q", c.from, c.name, c.value, got, c.want)
		}
	}
	// What else a proxy may say changes neither method, path nor identity.
	for _, h := range [][2]string{
		{"X-HTTP-Method-Override", "DELETE"},
		{"X-Method-Override", "DELETE"},
		{"X-Original-URL", "/api/v1/users"},
		{"X-Rewrite-URL", "/api/v1/users"},
		{"X-Forwarded-Prefix", "/api"},
		{"X-Forwarded-User", admin},
		{"Remote-User", admin},
		{"X-Remote-User", admin},
		{"X-User", admin},
		{"X-Forwarded-Proto", "https"},
		{"X-Client-Cert", "x"},
		{"X-Forwarded-Access-Token", "x"},
	} {
		if w := p.do(call{path: api + "/auth/me", from: "10.0.0.1:1", header: h[:]}); w.Code != http.StatusUnauthorized {
			t.Errorf("%s signs in: %d", h[0], w.Code)
		}
	}
	if w := p.do(call{method: http.MethodPost, path: api + "/tags", token: p.token, body: `{"name":"kept"}`, header: []string{"X-HTTP-Method-Override", "DELETE"}}); w.Code != http.StatusCreated {
		t.Errorf("the method was overridden: %d", w.Code)
	}
}

func TestNamesInMailStayNames(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	role := p.role("agent")
	for i, name := range []string{
		"{{.Password}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{7*7}}", "{% debug %}", "{{constructor.constructor('return 1')()}}", "%s%n", "$(id)", "`id`", "{{template \"x\"}}", "\r\nBcc: evil@example.com\r\n\r\nhello", "a\nSubject: other", "a\u2028b\u0085c", "<b>bold</b>",
		"=?utf-8?B?QmNjOiBldmls?=", "a,evil@example.com", "\"x\" <evil@example.com>", "https://evil.example/ sign in here",
	} {
		email := "named" + string(rune('a'+i)) + "@example.com"
		w := p.do(call{method: http.MethodPost, path: api + "/users", token: p.token, body: asJSON(map[string]any{"name": name, "email": email, "password": password, "roleId": role})})
		if w.Code == http.StatusUnprocessableEntity {
			continue
		}
		if w.Code != http.StatusCreated {
			t.Errorf("%q: %d %s", name, w.Code, w.Body)
			continue
		}
		if w := p.do(call{method: http.MethodPut, path: api + "/settings", token: p.token, body: asJSON(map[string]any{"name": name})}); w.Code != http.StatusOK && w.Code != http.StatusUnprocessableEntity {
			t.Errorf("the workspace as %q: %d %s", name, w.Code, w.Body)
		}
		p.must(forgot(email), nil)
		m := p.letter(email)
		if strings.ContainsAny(m.Subject+m.Recipient, "\r\n\x00") {
			t.Errorf("%q breaks the header: %q", name, m.Subject)
		}
		first, _, _ := strings.Cut(m.Text, "\n")
		want := "Hello " + strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r <= ' ' || r == '\u0085' || r == '\u2028' }), " ") + ","
		if strings.Join(strings.FieldsFunc(first, func(r rune) bool { return r <= ' ' || r == '\u0085' || r == '\u2028' }), " ") != want {
			t.Errorf("%q is greeted as %q, want %q", name, first, want)
		}
		if m.HTML != "" {
			t.Errorf("%q: the letter has HTML now: escape names in it, and test that here", name)
		}
	}
}
