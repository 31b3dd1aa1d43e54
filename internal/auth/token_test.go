package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

type fixedKeys int

func (k fixedKeys) Derive(purpose string) []byte {
	h := sha256.Sum256([]byte(purpose))
	return h[:k]
}

var testStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func testSigner(t testing.TB) (*signer, *clock.Fake) {
	t.Helper()
	c := clock.NewFake(testStart)
	s, err := newSigner(fixedKeys(32), c, 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// forge signs any header and claims with a key.
func forge(header, claims string, key []byte) string {
	b64 := base64.RawURLEncoding
	body := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(claims))
	m := hmac.New(sha256.New, key)
	m.Write([]byte(body))
	return body + "." + b64.EncodeToString(m.Sum(nil))
}

func TestAccessTokenIsReadBackUntilItExpires(t *testing.T) {
	t.Parallel()
	s, c := testSigner(t)
	user, session := id.New(testStart), id.New(testStart)
	token, expires, err := s.access(7, user, session)
	if err != nil || !expires.Equal(testStart.Add(15*time.Minute)) {
		t.Fatalf("got %v, %v", expires, err)
	}
	who, err := s.read(token)
	if err != nil || who.workspace != 7 || who.user != user || who.session != session {
		t.Fatalf("got %+v, %v", who, err)
	}
	c.Advance(15*time.Minute + leeway)
	if _, err := s.read(token); !errs.Has(err, errs.Unauthenticated) {
		t.Fatalf("expired: got %v", err)
	}
}

func TestForgedAccessTokensAreRefused(t *testing.T) {
	t.Parallel()
	s, _ := testSigner(t)
	key := s.jwtKey
	user := id.New(testStart).String()
	now := testStart.Unix()
	head := `{"alg":"HS256","typ":"at+jwt"}`
	body := func(change ...string) string {
		c := fmt.Sprintf(`{"iss":"throughline","aud":["staff"],"sub":%q,"sid":%q,"wsp":1,"iat":%d,"exp":%d}`, user, user, now, now+60)
		return strings.NewReplacer(change...).Replace(c)
	}
	if _, err := s.read(forge(head, body(), key)); err != nil {
		t.Fatalf("the pattern itself is refused: %v", err)
	}
	good := forge(head, body(), key)
	for name, token := range map[string]string{
		"empty":              "",
		"no algorithm":       forge(`{"alg":"none","typ":"at+jwt"}`, body(), key),
		"none unsigned":      strings.Join(strings.Split(forge(`{"alg":"none","typ":"at+jwt"}`, body(), key), ".")[:2], ".") + ".",
		"another algorithm":  forge(`{"alg":"HS512","typ":"at+jwt"}`, body(), key),
		"asymmetric":         forge(`{"alg":"RS256","typ":"at+jwt"}`, body(), key),
		"empty key":          forge(head, body(), nil),
		"another key":        forge(head, body(), bytes.Repeat([]byte{9}, 32)),
		"the refresh key":    forge(head, body(), s.refresh),
		"key path":           forge(`{"alg":"HS256","typ":"at+jwt","kid":"../../dev/null"}`, body(), nil),
		"key in the header":  forge(`{"alg":"HS256","typ":"at+jwt","jwk":{"kty":"oct","k":"AA"}}`, body(), []byte{0}),
		"unknown extension":  forge(`{"alg":"HS256","typ":"at+jwt","crit":["b64"]}`, body(), key),
		"another type":       forge(`{"alg":"HS256","typ":"JWT"}`, body(), key),
		"no type":            forge(`{"alg":"HS256"}`, body(), key),
		"another issuer":     forge(head, body("throughline", "elsewhere"), key),
		"another audience":   forge(head, body("staff", "portal"), key),
		"no expiry":          forge(head, body(`,"exp":`, `,"x":`), key),
		"not yet":            forge(head, body(`"iat":`, fmt.Sprintf(`"nbf":%d,"iat":`, now+30)), key),
		"issued later":       forge(head, body(fmt.Sprintf(`"iat":%d`, now), fmt.Sprintf(`"iat":%d`, now+30)), key),
		"no workspace":       forge(head, body(`"wsp":1`, `"wsp":0`), key),
		"negative workspace": forge(head, body(`"wsp":1`, `"wsp":-1`), key),
		"workspace as text":  forge(head, body(`"wsp":1`, `"wsp":"1"`), key),
		"no session":         forge(head, body(`"sid"`, `"x"`), key),
		"cut":                good[:len(good)-2],
		"longer":             good + ".x",
		"dots":               strings.Repeat(".", 1<<20),
		"padding":            good + "=",
	} {
		if _, err := s.read(token); !errs.Has(err, errs.Unauthenticated) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Reading a token is what anybody may ask for, so that a bad one has to cost next to nothing.
func TestForgedTokensCostLittle(t *testing.T) {
	s, _ := testSigner(t)
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"at+jwt"}`))
	for name, token := range map[string]string{
		"a mebibyte of dots":    strings.Repeat(".", 1<<20),
		"as many dots as pass":  strings.Repeat(".", maxToken),
		"a mebibyte of letters": strings.Repeat("A", 1<<20),
		"a deep body":           head + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("[", 1400))) + ".AA",
		"a body of numbers":     head + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"aud":[`+strings.Repeat("1,", 600)+`1]}`)) + ".AA",
		"a forged signature":    forge(`{"alg":"HS256","typ":"at+jwt"}`, `{"iss":"throughline","aud":["staff"]}`, []byte("x")),
	} {
		const runs = 50
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		for range runs {
			if _, err := s.read(token); err == nil {
				t.Fatalf("%s is taken", name)
			}
		}
		took := time.Since(start) / runs
		runtime.ReadMemStats(&after)
		if size := (after.TotalAlloc - before.TotalAlloc) / runs; size > 100<<10 {
			t.Errorf("%s takes %d bytes", name, size)
		}
		if took > time.Millisecond {
			t.Logf("note: %s takes %v", name, took) // a busy machine lies
		}
	}
}

func TestShortKeysAreRefused(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 16, 31} {
		if _, err := newSigner(fixedKeys(size), clock.System{}, time.Minute); err == nil {
			t.Errorf("%d bytes are taken", size)
		}
	}
}

func TestRefreshTokensAreOnlyOurs(t *testing.T) {
	t.Parallel()
	s, _ := testSigner(t)
	r := s.newRefresh(7, id.New(testStart))
	text := s.write(r)
	got, ok := s.parseRefresh(text)
	if !ok || got != r {
		t.Fatalf("got %+v", got)
	}
	if next, again := s.next(r), s.next(r); next == r || next != again || s.next(next) == next {
		t.Error("the next token is not a function of this one alone")
	}
	for i := range len(text) {
		b := []byte(text)
		if b[i]++; b[i] == 'z'+1 || b[i] == '9'+1 || b[i] == 'Z'+1 || b[i] == '-'+1 || b[i] == '_'+1 {
			b[i] = 'A'
		}
		if _, ok := s.parseRefresh(string(b)); ok {
			t.Errorf("a token changed at %d is taken", i)
		}
	}
}

func FuzzTokens(f *testing.F) {
	s, _ := testSigner(f)
	// Always the same, since each fuzzing process makes them anew.
	session := id.ID{1, 2, 3}
	access := forge(`{"alg":"HS256","typ":"at+jwt"}`, fmt.Sprintf(`{"iss":"throughline","aud":["staff"],"sub":%q,"sid":%q,"wsp":1,"exp":%d}`,
		session.String(), session.String(), testStart.Unix()+60), s.jwtKey)
	refresh := s.write(refreshToken{workspace: 1, session: session})
	f.Add(access)
	f.Add(refresh)
	f.Add("1.abc")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := s.read(text); err == nil && text != access {
			t.Errorf("%q is taken as access token", text)
		}
		if _, ok := s.parseRefresh(text); ok && text != refresh {
			t.Errorf("%q is taken as refresh token", text)
		}
		if w, ok := workspaceOfReset(text); ok && w <= 0 {
			t.Errorf("%q names workspace %d", text, w)
		}
	})
}

func TestHasher(t *testing.T) {
	t.Parallel()
	h, err := newHasher(Hashing{Memory: 64, Time: 1, Threads: 1, Workers: 1, Waiting: 1})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := h.hash(t.Context(), "Kettle-7-harbour")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("got %s, %v", hash, err)
	}
	t.Run("knows the password and no other", func(t *testing.T) {
		t.Parallel()
		for password, want := range map[string]bool{"Kettle-7-harbour": true, "kettle-7-harbour": false, "": false, "Kettle-7-harbour\x00": false} {
			ok, stale, err := h.verify(t.Context(), password, hash)
			if ok != want || stale || err != nil {
				t.Errorf("%q: got %v, %v, %v", password, ok, stale, err)
			}
		}
	})
	t.Run("nobody has the password of the stand-in", func(t *testing.T) {
		t.Parallel()
		ok, _, err := h.verify(t.Context(), "no user has this password", "")
		if ok || err != nil {
			t.Errorf("got %v, %v", ok, err)
		}
	})
	t.Run("another cost is stale and still good", func(t *testing.T) {
		t.Parallel()
		dearer, err := newHasher(Hashing{Memory: 128, Time: 2, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		ok, stale, err := dearer.verify(t.Context(), "Kettle-7-harbour", hash)
		if !ok || !stale || err != nil {
			t.Errorf("got %v, %v, %v", ok, stale, err)
		}
	})
	t.Run("broken hashes are an error, not a huge computation", func(t *testing.T) {
		t.Parallel()
		for _, bad := range []string{"x", "$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAA$"} {
			if ok, _, err := h.verify(t.Context(), "x", bad); ok || err == nil {
				t.Errorf("%q: got %v, %v", bad, ok, err)
			}
		}
	})
	t.Run("tells those behind a full line to come back", func(t *testing.T) {
		t.Parallel()
		busy, err := newHasher(Hashing{Memory: 64, Time: 1, Threads: 1, Workers: 1, Waiting: 1})
		if err != nil {
			t.Fatal(err)
		}
		done, err := busy.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		busy.waiting.Add(1) // somebody waits already
		if _, err := busy.hash(t.Context(), "x"); !errs.Has(err, errs.Unavailable) {
			t.Errorf("got %v", err)
		}
		busy.waiting.Add(-1)
		done()
		if _, err := busy.hash(t.Context(), "x"); err != nil {
			t.Error(err)
		}
	})
}

func TestClientKeepsControlCharactersOut(t *testing.T) {
	t.Parallel()
	if got := tidy("  Sam\r\nBcc: x \t Okoro "); got != "Sam Bcc: x Okoro" {
		t.Errorf("got %q", got)
	}
	for email, want := range map[string]bool{
		"a@example.com": true, "a.b+c@sub.example.com": true, "ä@example.com": true,
		"a": false, "a@b": false, "a@example.com\r\nBcc: x@example.com": false, "A <a@example.com>": false, "a@example.com,b@example.com": false, "": false,
	} {
		if got := checkEmail("email", email) == nil; got != want {
			t.Errorf("%q: got %v", email, got)
		}
	}
}

func TestBuiltInRolesHoldWhatTheyPromise(t *testing.T) {
	t.Parallel()
	roles := map[string]Permissions{}
	for _, r := range builtIn() {
		if err := r.validate(); err != nil {
			t.Errorf("%s: %v", r.Key, err)
		}
		roles[r.Key] = r.Permissions
	}
	for key, cases := range map[string]map[string]bool{
		Manager: {
			"customers:delete": true, "orders:correct_history": true, "tickets:assign": true, "tickets:read_own": true, "audit:read": true,
			"orders:update": false, "orders:delete": false, "users:read": false, "users:write": false, "roles:write": false, "settings:write": false,
		},
		Agent: {
			"customers:create": true, "customers:read_own": true, "customers:update_all": true, "orders:read": true, "products:read": true, "notes:create": true, "tickets:update_own": true,
			"customers:delete": false, "tickets:read_all": false, "tickets:assign": false, "orders:create": false,
		},
		SalesManager:        {"customers:update_all": true, "customers:delete": true, "orders:create": true, "tickets:read_own": false},
		SalesRepresentative: {"customers:read_own": true, "customers:read_all": false, "orders:create": true, "customers:delete": false},
	} {
		for name, want := range cases {
			if got := roles[key].has(name); got != want {
				t.Errorf("%s %s: got %v", key, name, got)
			}
		}
	}
	if len(roles[Customer]) != 0 || len(roles[Administrator]) != len(Catalogue()) {
		t.Error("customers hold something, or administrators not everything")
	}
}
