package attack

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// streamLimit is how long a live stream may outlive its sign-in (internal/app asks every 15 s), and room for a
// busy machine.
const streamLimit = 25 * time.Second

// ways are all that takes a sign-in away. role must not end it but change what it may do.
var ways = map[string]func(p *place, user, email string, here, there session){
	"sign-out": func(p *place, _, _ string, here, _ session) {
		p.must(call{method: http.MethodPost, path: api + "/auth/logout", token: here.token}, nil)
	},
	"sign-out by the refresh cookie alone": func(p *place, _, _ string, here, _ session) {
		p.must(call{method: http.MethodPost, path: api + "/auth/logout", cookies: here.cookies[1:]}, nil)
	},
	"sign-out everywhere, from another device": func(p *place, _, _ string, _, there session) {
		p.must(call{method: http.MethodPost, path: api + "/auth/logout-all", token: there.token}, nil)
	},
	"ended from another device": func(p *place, _, _ string, _, there session) {
		var list struct {
			Data []struct {
				ID      string
				Current bool
			}
		}
		p.must(call{path: api + "/auth/sessions", token: there.token}, &list)
		for _, s := range list.Data {
			if !s.Current {
				p.must(call{method: http.MethodDelete, path: api + "/auth/sessions/" + s.ID, token: there.token}, nil)
			}
		}
	},
	"password changed on another device": func(p *place, _, _ string, _, there session) {
		p.must(call{method: http.MethodPut, path: api + "/auth/password", token: there.token, body: asJSON(map[string]string{"currentPassword": password, "newPassword": "Lantern-4-meadow"})}, nil)
	},
	"password reset": func(p *place, _, email string, _, _ session) {
		p.must(call{method: http.MethodPost, path: api + "/auth/forgot-password", body: asJSON(map[string]string{"email": email})}, nil)
		p.must(call{method: http.MethodPut, path: api + "/auth/reset-password/" + tokenIn(p.letter(email).Text), body: asJSON(map[string]string{"password": "Lantern-4-meadow"})}, nil)
	},
	"deactivated": func(p *place, user, _ string, _, _ session) {
		p.must(call{method: http.MethodPut, path: api + "/users/" + user + "/status", token: p.token, body: `{"status":"deactivated"}`}, nil)
	},
	"deleted": func(p *place, user, _ string, _, _ session) {
		p.must(call{method: http.MethodDelete, path: api + "/users/" + user, token: p.token}, nil)
	},
}

// tokenIn finds the reset token in a mail.
func tokenIn(text string) string {
	_, rest, _ := strings.Cut(text, public+"/reset-password/")
	token, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(token)
}

func TestWhatEndsASignInEndsItInEveryForm(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e db.Engine) {
		p := begin(t, e)
		url := p.serve()
		type victim struct {
			way         string
			here, there session
			file        string
			stream      io.Reader
		}
		var victims []victim
		for way, end := range ways {
			user, email := p.user("agent")
			v := victim{way: way, here: p.signIn(email, password), there: p.signIn(email, password)}
			var file made
			w := p.upload(v.here.token, "note.txt", "text/plain", []byte("of "+way))
			if w.Code != http.StatusCreated {
				t.Fatalf("upload: %d %s", w.Code, w.Body)
			}
			file.ID = idIn(t, w.Body.String())
			v.file = api + "/files/" + file.ID
			for name, c := range map[string]call{"bearer": {token: v.here.token}, "cookie": {cookies: v.here.cookies[:1]}} {
				c.path = v.file
				if w := p.do(c); w.Code != http.StatusOK {
					t.Fatalf("the file by %s before: %d", name, w.Code)
				}
			}
			v.stream = open(t, url+api+"/events", v.here.token)
			end(p, user, email, v.here, v.there)
			victims = append(victims, v)

			for name, c := range map[string]call{
				"access by bearer": {path: api + "/auth/me", token: v.here.token},
				"access by header": {path: api + "/tickets", header: []string{"X-Access-Token", v.here.token}},
				"access by cookie": {path: api + "/auth/me", cookies: v.here.cookies[:1]},
				"a file's address": {path: v.file, cookies: v.here.cookies[:1]},
				"a new stream":     {path: api + "/events", token: v.here.token},
				"refresh":          {method: http.MethodPost, path: api + "/auth/refresh-token", body: asJSON(map[string]string{"refreshToken": v.here.refresh})},
				"refresh by cookie": {
					method: http.MethodPost, path: api + "/auth/refresh-token", cookies: v.here.cookies[1:], body: "{}",
				},
			} {
				if w := p.do(c); w.Code != http.StatusUnauthorized {
					t.Errorf("%s: %s still answers %d", way, name, w.Code)
				}
			}
			// The other device stays signed in where only this one was meant.
			stays := strings.HasPrefix(way, "sign-out by") || way == "sign-out" || strings.Contains(way, "ended from") || strings.Contains(way, "changed on")
			if w := p.do(call{path: api + "/auth/me", token: v.there.token}); (w.Code == http.StatusOK) != stays {
				t.Errorf("%s: the other device gets %d", way, w.Code)
			}
		}
		var wait sync.WaitGroup
		for _, v := range victims {
			wait.Go(func() {
				if !ends(v.stream, streamLimit) {
					t.Errorf("%s: the live stream goes on", v.way)
				}
			})
		}
		wait.Wait()
	})
}

func TestAChangedRoleCountsAtOnceForEverySession(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e db.Engine) {
		p := begin(t, e)
		user, email := p.user("manager")
		s := p.signIn(email, password)
		audit := call{path: api + "/audit-log", token: s.token}
		if w := p.do(audit); w.Code != http.StatusOK {
			t.Fatalf("before: %d", w.Code)
		}
		p.must(call{method: http.MethodPatch, path: api + "/users/" + user, token: p.token, body: asJSON(map[string]string{"roleId": p.role("agent")})}, nil)
		if w := p.do(audit); w.Code != http.StatusForbidden {
			t.Errorf("the old token still reads the audit log: %d", w.Code)
		}
		w := p.do(call{method: http.MethodPost, path: api + "/auth/refresh-token", body: asJSON(map[string]string{"refreshToken": s.refresh})})
		if w.Code != http.StatusOK {
			t.Fatalf("renew: %d %s", w.Code, w.Body)
		}
		audit.token = p.sessionOf(w).token
		if w := p.do(audit); w.Code != http.StatusForbidden {
			t.Errorf("the renewed token reads the audit log: %d", w.Code)
		}
	})
}

func TestTwentyRenewalsAtOnceMakeOneFamilyAndSignNobodyOut(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e db.Engine) {
		p := begin(t, e)
		s := p.signIn(admin, password)
		answers := make([]session, 20)
		var wait sync.WaitGroup
		for i := range answers {
			wait.Go(func() {
				w := p.do(call{method: http.MethodPost, path: api + "/auth/refresh-token", body: asJSON(map[string]string{"refreshToken": s.refresh})})
				if w.Code != http.StatusOK {
					t.Errorf("renewal %d: %d %s", i, w.Code, w.Body)
					return
				}
				answers[i] = p.sessionOf(w)
			})
		}
		wait.Wait()
		for i, a := range answers {
			if a.refresh != answers[0].refresh || a.refresh == s.refresh {
				t.Errorf("renewal %d began another family", i)
			}
			if w := p.do(call{path: api + "/auth/me", token: a.token}); w.Code != http.StatusOK {
				t.Errorf("renewal %d: %d", i, w.Code)
			}
		}
		// A thief with the spent token, on a device of another name, ends the session for both.
		w := p.do(call{method: http.MethodPost, path: api + "/auth/refresh-token", body: asJSON(map[string]string{"refreshToken": s.refresh}), header: []string{"User-Agent", "a thief"}})
		if w.Code != http.StatusUnauthorized {
			t.Errorf("the thief: %d", w.Code)
		}
		if w := p.do(call{path: api + "/auth/me", token: answers[0].token}); w.Code != http.StatusUnauthorized {
			t.Errorf("after the theft the session goes on: %d", w.Code)
		}
	})
}

func TestNothingFromBeforeASignInIsWorthAnythingAfterIt(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	user, email := p.user("agent")
	_ = user
	thief := p.signIn(admin, password)
	planted := thief.cookies
	w := p.do(call{method: http.MethodPost, path: api + "/auth/login", cookies: planted, body: asJSON(map[string]string{"email": email, "password": password})})
	if w.Code != http.StatusOK {
		t.Fatalf("sign in: %d %s", w.Code, w.Body)
	}
	got := map[string]string{}
	for _, c := range w.Result().Cookies() {
		got[c.Name] = c.Value
	}
	for _, c := range planted {
		if got[c.Name] == "" || got[c.Name] == c.Value {
			t.Errorf("%s survives the sign-in", c.Name)
		}
	}
	// Made-up values are not taken over either.
	for _, value := range []string{"fixed", strings.Repeat("a", 300), anyID} {
		w := p.do(call{
			method: http.MethodPost, path: api + "/auth/login", body: asJSON(map[string]string{"email": email, "password": password}),
			cookies: []*http.Cookie{{Name: "__Host-session", Value: value}, {Name: "__Secure-refresh", Value: value}, {Name: "session", Value: value}},
		})
		if w.Code != http.StatusOK || strings.Contains(w.Header().Get("Set-Cookie"), value) {
			t.Errorf("%.20s: %d %v", value, w.Code, w.Header()["Set-Cookie"])
		}
	}
	// The cookie of plain http is none where the address is https: another host of the domain could have set it.
	if w := p.do(call{path: api + "/auth/me", cookies: []*http.Cookie{{Name: "session", Value: thief.token}}}); w.Code != http.StatusUnauthorized {
		t.Errorf("a cookie without its prefix: %d", w.Code)
	}
}

// open opens a live stream and waits until it is connected.
func open(t testing.TB, url, token string) io.Reader {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := (&http.Client{}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("stream: %d %q %v", res.StatusCode, line, err)
	}
	return res.Body
}

// ends reports that the stream's other side ends it in time.
func ends(stream io.Reader, limit time.Duration) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			if _, err := stream.Read(b); err != nil {
				return
			}
		}
	}()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

func idIn(t testing.TB, body string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `"id":"`)
	if !ok || len(rest) < 36 {
		t.Fatalf("no id in %s", body)
	}
	return rest[:36]
}
