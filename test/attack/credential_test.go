package attack

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

func forgot(email string, header ...string) call {
	return call{method: http.MethodPost, path: api + "/auth/forgot-password", body: asJSON(map[string]string{"email": email}), header: header}
}

func TestAResetLinkLeadsHereWhateverTheRequestSays(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e db.Engine) {
		p := begin(t, e)
		for name, change := range map[string]func(c *call){
			"Host":                 func(c *call) { c.host = "evil.example" },
			"Host with a port":     func(c *call) { c.host = "help.example.com:evil.example" },
			"Host with a user":     func(c *call) { c.host = "help.example.com@evil.example" },
			"X-Forwarded-Host":     func(c *call) { c.header = []string{"X-Forwarded-Host", "evil.example"} },
			"X-Host":               func(c *call) { c.header = []string{"X-Host", "evil.example"} },
			"X-Forwarded-Server":   func(c *call) { c.header = []string{"X-Forwarded-Server", "evil.example"} },
			"X-Original-Host":      func(c *call) { c.header = []string{"X-Original-Host", "evil.example"} },
			"X-HTTP-Host-Override": func(c *call) { c.header = []string{"X-HTTP-Host-Override", "evil.example"} },
			"Forwarded":            func(c *call) { c.header = []string{"Forwarded", "for=1.2.3.4;host=evil.example;proto=http"} },
			"X-Forwarded-Proto": func(c *call) {
				c.header = []string{"X-Forwarded-Proto", "http", "X-Forwarded-Port", "8080", "X-Forwarded-Prefix", "/evil"}
			},
			"X-Original-URL": func(c *call) {
				c.header = []string{"X-Original-URL", "//evil.example/", "X-Rewrite-URL", "//evil.example/"}
			},
			"Origin and Referer": func(c *call) {
				c.token, c.header = p.token, []string{"Origin", "https://evil.example", "Referer", "https://evil.example/"}
			},
			"an absolute address": func(c *call) { c.path = "http://evil.example" + c.path },
		} {
			_, email := p.user("agent") // a mailbox gets five letters an hour
			c := forgot(email)
			change(&c)
			if w := p.do(c); w.Code != http.StatusNoContent {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
				continue
			}
			letter := p.letter(email)
			text := letter.Subject + letter.Text + letter.HTML
			if strings.Contains(text, "evil") || tokenIn(letter.Text) == "" || strings.Count(text, "://") != strings.Count(text, public+"/") {
				t.Errorf("%s: the letter says %s", name, text)
			}
		}
	})
}

func TestAResetLinkIsSpentByItsUseAlone(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e db.Engine) {
		p := begin(t, e)
		p.must(forgot(admin), nil)
		older := tokenIn(p.mail(admin)[0].Text)
		p.must(forgot(admin), nil)
		token := tokenIn(p.mail(admin)[0].Text)
		if token == older || len(token) < 40 {
			t.Fatalf("tokens %q and %q", older, token)
		}
		// Mail scanners open every link, some of them in a browser.
		for range 3 {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
				p.do(call{method: method, path: "/reset-password/" + token})
				p.do(call{method: method, path: api + "/auth/reset-password/" + token})
			}
			p.do(call{method: http.MethodPost, path: api + "/auth/reset-password/" + token, body: asJSON(map[string]string{"password": "Scanner-1-pass"})})
		}
		put := func(token, password string) *httptest.ResponseRecorder {
			return p.do(call{method: http.MethodPut, path: api + "/auth/reset-password/" + token, body: asJSON(map[string]string{"password": password})})
		}
		wrong := []string{
			older, strings.ToUpper(token), token[:len(token)-1], token + "A", token + "%20", "2" + token[1:], "0" + token, strings.Replace(token, ".", "", 1),
			strings.TrimPrefix(token, "1."), "1.", "x", "%00", "1.%00", "..%2f" + token, "1.' OR '1'='1", "1.%25",
		}
		for _, bad := range wrong {
			if w := put(strings.ReplaceAll(bad, " ", "%20"), "Lantern-4-meadow"); w.Code != http.StatusNotFound {
				t.Errorf("%q: %d %s", bad, w.Code, w.Body)
			}
		}
		if w := put(token, "short"); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("a weak password: %d", w.Code)
		}
		if w := put(token, "Lantern-4-meadow"); w.Code != http.StatusNoContent {
			t.Errorf("the link was spent by looking at it: %d %s", w.Code, w.Body)
		}
		if w := put(token, "Lantern-5-meadow"); w.Code != http.StatusNotFound {
			t.Errorf("the link works twice: %d", w.Code)
		}
		p.signIn(admin, "Lantern-4-meadow")
		// What the database keeps is no token.
		err := p.DB.ReadAll(t.Context(), func(ctx context.Context, r db.Reader) error {
			n, err := db.Scalar[int64](ctx, r, "SELECT COUNT(*) FROM password_reset")
			if n != 0 {
				t.Errorf("%d links are left", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// answer is what somebody outside sees, without what differs each time.
type answer struct {
	Status int
	Body   string
	Header http.Header
}

// fresh are addresses that are used once.
var fresh = regexp.MustCompile(`fresh\d+@example\.com`)

func seen(w *httptest.ResponseRecorder, hide ...string) answer {
	h := w.Header().Clone()
	body := strings.ReplaceAll(w.Body.String(), h.Get("X-Request-Id"), "ID")
	body = fresh.ReplaceAllString(body, "HIDDEN")
	for _, s := range hide {
		body = strings.ReplaceAll(body, s, "HIDDEN")
	}
	h.Del("X-Request-Id")
	if h.Get("Retry-After") != "" {
		h.Set("Retry-After", "seconds") // they pass between two requests
	}
	return answer{w.Code, body, h}
}

func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e db.Engine) {
		p := begin(t, e, "THROUGHLINE_SIGN_IN_LIMIT=2/10m")
		_, known := p.user("agent")
		const waiting = "waiting@example.com"
		sign := func(email, username string) call {
			return call{method: http.MethodPost, path: api + "/auth/register", body: asJSON(map[string]string{
				"name": "Pat Doe", "email": email, "username": username, "password": "Orchard-9-lantern", "userType": "staff",
			})}
		}
		p.must(sign(waiting, "waiting"), nil)
		gone, goneMail := p.user("agent")
		p.must(call{method: http.MethodPut, path: api + "/users/" + gone + "/status", token: p.token, body: `{"status":"deactivated"}`}, nil)
		login := func(email string) call {
			return call{method: http.MethodPost, path: api + "/auth/login", body: asJSON(map[string]string{"email": email, "password": "Wrong-1-password"})}
		}
		same := func(what string, ask func(email string) call, emails ...string) {
			t.Helper()
			// Up to the limit and beyond it: being locked out must tell nothing either.
			for try := range 3 {
				var first answer
				for i, email := range emails {
					c := ask(email)
					c.from = fmt.Sprintf("198.51.100.%d:1", i+1)
					got := seen(p.do(c), email)
					if i == 0 {
						first = got
						continue
					}
					if diff := cmp.Diff(first, got); diff != "" {
						t.Errorf("%s, try %d: %s and %s differ: %s", what, try, emails[0], email, diff)
					}
				}
			}
		}
		same("sign-in", login, known, "nobody@example.com", waiting, goneMail, "a'b@example.com")
		same("forgotten password", func(email string) call { return forgot(email) }, known, "nobody@example.com", waiting, goneMail)
		same("sign-up", func(email string) call { return sign(email, "") }, known, "new@example.com", waiting, goneMail)
		n := 0
		same("sign-up with a user name", func(string) call { n++; return sign(fmt.Sprintf("fresh%d@example.com", n), "pat.doe") }, "fresh", "fresh")
	})
}

// The measurement of time is a note, for a busy machine lies; only a gap that is gross twice in a row fails.
func TestTimeTellsNothingAboutAccounts(t *testing.T) {
	p := begin(t, db.SQLite)
	_, known := p.user("agent")
	for range 4 {
		p.user("agent")
	}
	tries := 25
	if os.Getenv("THROUGHLINE_TEST_LONG") != "" {
		tries = 200
	}
	for name, ask := range map[string]func(email string, i int) call{
		"sign-in": func(email string, _ int) call {
			return call{method: http.MethodPost, path: api + "/auth/login", body: asJSON(map[string]string{"email": email, "password": "Wrong-1-password"})}
		},
		// Five mailboxes in turn, there and not there: each is written to five times an hour.
		"forgotten password": func(email string, i int) call {
			if email != known {
				return forgot(fmt.Sprintf("missing%d@example.com", i%p.users))
			}
			return forgot(strings.Replace(known, "person1", fmt.Sprintf("person%d", 1+i%p.users), 1))
		},
		"sign-up": func(email string, i int) call {
			if email != known {
				email = fmt.Sprintf("new%d@example.com", i)
			}
			return call{method: http.MethodPost, path: api + "/auth/register", body: asJSON(map[string]string{"name": "Pat Doe", "email": email, "password": "Orchard-9-lantern", "userType": "staff"})}
		},
	} {
		gross := 0
		for round := range 2 {
			var there, missing []time.Duration
			for i := range tries {
				pair := []string{known, "nobody@example.com"}
				if i%2 == 1 {
					slices.Reverse(pair) // whoever comes second may pay for the first one's memory
				}
				for _, email := range pair {
					c := ask(email, round*tries+i)
					start := time.Now()
					p.do(c)
					took := time.Since(start)
					if email == known {
						there = append(there, took)
					} else {
						missing = append(missing, took)
					}
				}
			}
			a, b := median(there), median(missing)
			gap := 100 * (a - b).Seconds() / max(a, b).Seconds()
			t.Logf("note: %s: known %v, unknown %v, median gap %+.1f %%, over 2 × %d", name, a.Round(time.Microsecond), b.Round(time.Microsecond), gap, tries)
			if gap > -30 && gap < 30 || (a-b).Abs() < 5*time.Millisecond {
				break // less than a network hides
			}
			gross++
		}
		if gross == 2 {
			t.Errorf("%s: the time tells who has an account", name)
		}
	}
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

func TestGuessingIsLimitedHoweverItIsSpelt(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite, "THROUGHLINE_SIGN_IN_LIMIT=5/10m")
	free := begin(t, db.SQLite)
	p.must(call{method: http.MethodPatch, path: api + "/auth/me", token: p.token, body: asJSON(map[string]string{"username": "ada.byron", "currentPassword": password})}, nil)
	guess := func(at *place, email, password, from string, header ...string) int {
		return at.do(call{
			method: http.MethodPost, path: api + "/auth/login", from: from, header: header,
			body: asJSON(map[string]string{"email": email, "password": password}),
		}).Code
	}
	const here = "198.51.100.7:4000"
	for i := range 5 {
		if got := guess(p, admin, "Wrong-1-password", here); got != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d", i, got)
		}
	}
	// The right password is refused as well, in every spelling that would let it in, from every disguise.
	spellings := []string{
		admin, "ADA@EXAMPLE.COM", " ada@example.com ", "Ada@Example.com\t", "\u00a0ada@example.com", "ａｄａ@example.com", "ada＠example.com", "ada@example。com", "ada@exa\u00admple.com",
		"\u200bada@example.com", "ada+1@example.com", "a.d.a@example.com", "ada@example.com.", "ada@example.com\x00", "ada@EXAMPLE.com\u2028", "ada@ex\u0430mple.com",
	}
	opened := 0
	for _, s := range spellings {
		would := guess(free, s, password, here) == http.StatusOK
		if would {
			opened++
		}
		if got := guess(p, s, password, here); got == http.StatusOK || would && got != http.StatusTooManyRequests {
			t.Errorf("%q, which would open the account (%v), answers %d", s, would, got)
		}
	}
	if opened < 5 {
		t.Fatalf("only %d spellings open the account: the test sees nothing", opened)
	}
	for _, h := range [][]string{
		{"X-Forwarded-For", "203.0.113.50"},
		{"X-Real-IP", "203.0.113.50"},
		{"Forwarded", "for=203.0.113.50"},
		{"X-Client-IP", "203.0.113.50"},
		{"True-Client-IP", "203.0.113.50"},
		{"CF-Connecting-IP", "203.0.113.50"},
		{"X-Forwarded-For", "127.0.0.1", "X-Originating-IP", "127.0.0.1"},
		{"User-Agent", "another"},
		{"Cookie", "x=y"},
		{"X-Workspace", "ACME"},
		{"X-Workspace", "acme"},
		{"Idempotency-Key", "fresh"},
	} {
		if got := guess(p, admin, password, here, h...); got != http.StatusTooManyRequests && got != http.StatusUnauthorized {
			t.Errorf("%v: %d", h, got)
		}
	}
	for _, port := range []string{"198.51.100.7:1", "[::ffff:198.51.100.7]:4000"} {
		if got := guess(p, admin, password, port); got != http.StatusTooManyRequests {
			t.Errorf("from %s: %d", port, got)
		}
	}
	// A network of one's own has 2^64 addresses and one limit.
	for i := range 5 {
		guess(p, admin, "Wrong-1-password", fmt.Sprintf("[2001:db8:1:2::%x]:1", i+1))
	}
	if got := guess(p, admin, password, "[2001:db8:1:2:ffff:ffff:ffff:ffff]:1"); got != http.StatusTooManyRequests {
		t.Errorf("another address of the same /64: %d", got)
	}
	// Elsewhere the owner still gets in.
	if got := guess(p, admin, password, "[2001:db8:1:3::1]:1"); got != http.StatusOK {
		t.Errorf("the owner, elsewhere: %d", got)
	}
}

func TestGuessingFromEverywhereIsLimitedToo(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite, "THROUGHLINE_SIGN_IN_LIMIT=1/10m")
	address := func(i int) string { return fmt.Sprintf("[2001:db8:%x::1]:1", i+1) }
	refused := 0
	for i := range 40 { // thirty times the limit of one address
		c := forgot(admin)
		c.from = address(i)
		switch got := p.do(c).Code; got {
		case http.StatusNoContent:
		case http.StatusTooManyRequests:
			refused++
		default:
			t.Fatalf("ask %d: %d", i, got)
		}
	}
	if refused != 10 {
		t.Errorf("%d of 40 were refused, want 10", refused)
	}
	if n := len(p.mail(admin)); n > 5 {
		t.Errorf("the mailbox got %d letters in an hour", n)
	}
}

func TestEveryProofIsLimited(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite, "THROUGHLINE_SIGN_IN_LIMIT=3/10m")
	s := p.signIn(admin, password)
	for name, c := range map[string]call{
		"the current password": {
			method: http.MethodPut, path: api + "/auth/password", token: s.token,
			body: asJSON(map[string]string{"currentPassword": "Wrong-1-password", "newPassword": "Lantern-4-meadow"}),
		},
		"the current password, for another address": {
			method: http.MethodPatch, path: api + "/auth/me", token: s.token,
			body: asJSON(map[string]string{"currentPassword": "Wrong-1-password", "email": "other@example.com"}),
		},
		"a reset link":    {method: http.MethodPut, path: api + "/auth/reset-password/1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", body: asJSON(map[string]string{"password": "Lantern-4-meadow"})},
		"a refresh token": {method: http.MethodPost, path: api + "/auth/refresh-token", body: asJSON(map[string]string{"refreshToken": strings.Repeat("A", 86)})},
		"sign-up": {method: http.MethodPost, path: api + "/auth/register", body: asJSON(map[string]string{
			"name": "Pat Doe", "email": "pat@example.com", "password": "weak", "userType": "staff",
		})},
	} {
		limited := false
		for i := range 70 {
			w := p.do(c)
			if w.Code == http.StatusTooManyRequests {
				limited = true
				if w.Header().Get("Retry-After") == "" {
					t.Errorf("%s: no Retry-After", name)
				}
				break
			}
			if w.Code < 400 {
				t.Fatalf("%s: guess %d answers %d", name, i, w.Code)
			}
		}
		if !limited {
			t.Errorf("%s: 70 guesses in a row", name)
		}
	}
}
