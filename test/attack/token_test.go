package attack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// signed makes a token with any header, claims and key.
func signed(header, claims string, key []byte) string {
	b64 := base64.RawURLEncoding
	text := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(claims))
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return text + "." + b64.EncodeToString(m.Sum(nil))
}

// The corpus of one token is in internal/auth; here it comes in every way that a request can carry one, and each
// token would be good but for the one thing that is wrong with it.
func TestNoForgedTokenIsTakenFromAnywhere(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	s := p.signIn(admin, password)
	parts := strings.Split(s.token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := string(raw)
	key := p.Keys.Derive("jwt")
	const head = `{"alg":"HS256","typ":"at+jwt"}`
	with := func(from, to string) string {
		out := strings.Replace(claims, from, to, 1)
		if out == claims {
			t.Fatalf("the claims have no %s: %s", from, claims)
		}
		return out
	}
	add := func(more string) string { return strings.TrimSuffix(claims, "}") + "," + more + "}" }
	now := time.Now().Unix()
	if w := p.do(call{path: api + "/auth/me", token: signed(head, claims, key)}); w.Code != http.StatusOK {
		t.Fatalf("the pattern of all is refused: %d %s", w.Code, w.Body)
	}
	forged := map[string]string{
		"none":                        strings.TrimRight(signed(`{"alg":"none","typ":"at+jwt"}`, claims, nil), "."),
		"none without a signature":    strings.Join(strings.Split(signed(`{"alg":"none","typ":"at+jwt"}`, claims, nil), ".")[:2], ".") + ".",
		"None":                        signed(`{"alg":"None","typ":"at+jwt"}`, claims, key),
		"nOnE":                        signed(`{"alg":"nOnE","typ":"at+jwt"}`, claims, key),
		"no algorithm":                signed(`{"typ":"at+jwt"}`, claims, key),
		"an empty algorithm":          signed(`{"alg":"","typ":"at+jwt"}`, claims, key),
		"an algorithm as number":      signed(`{"alg":256,"typ":"at+jwt"}`, claims, key),
		"a list of algorithms":        signed(`{"alg":["HS256"],"typ":"at+jwt"}`, claims, key),
		"lower case algorithm":        signed(`{"alg":"hs256","typ":"at+jwt"}`, claims, key),
		"HS384":                       signed(`{"alg":"HS384","typ":"at+jwt"}`, claims, key),
		"RS256 signed as HMAC":        signed(`{"alg":"RS256","typ":"at+jwt"}`, claims, key),
		"ES256":                       signed(`{"alg":"ES256","typ":"at+jwt"}`, claims, key),
		"EdDSA":                       signed(`{"alg":"EdDSA","typ":"at+jwt"}`, claims, key),
		"an empty key":                signed(head, claims, nil),
		"a key of zeros":              signed(head, claims, make([]byte, 32)),
		"the word secret":             signed(head, claims, []byte("secret")),
		"the key for refresh tokens":  signed(head, claims, p.Keys.Derive("refresh")),
		"a path as key id":            signed(`{"alg":"HS256","typ":"at+jwt","kid":"../../../../dev/null"}`, claims, nil),
		"SQL as key id":               signed(`{"alg":"HS256","typ":"at+jwt","kid":"x' UNION SELECT 'k'--"}`, claims, []byte("k")),
		"a key set by address":        signed(`{"alg":"HS256","typ":"at+jwt","jku":"https://evil.example/jwks.json"}`, claims, []byte("k")),
		"a certificate by address":    signed(`{"alg":"HS256","typ":"at+jwt","x5u":"https://evil.example/x.pem"}`, claims, []byte("k")),
		"its own key":                 signed(`{"alg":"HS256","typ":"at+jwt","jwk":{"kty":"oct","k":"aw"}}`, claims, []byte("k")),
		"an extension that is wanted": signed(`{"alg":"HS256","typ":"at+jwt","crit":["exp"]}`, claims, key),
		"a detached body":             signed(`{"alg":"HS256","typ":"at+jwt","b64":false,"crit":["b64"]}`, claims, key),
		"encrypted form":              s.token + ".AAAA.AAAA",
		"another type":                signed(`{"alg":"HS256","typ":"JWT"}`, claims, key),
		"the type of refresh":         signed(`{"alg":"HS256","typ":"rt+jwt"}`, claims, key),
		"no type":                     signed(`{"alg":"HS256"}`, claims, key),
		"another issuer":              signed(head, with(`"iss":"throughline"`, `"iss":"https://evil.example"`), key),
		"the audience of the portal":  signed(head, with(`"staff"`, `"portal"`), key),
		"another workspace":           signed(head, with(`"wsp":1`, `"wsp":2`), key),
		"workspace zero":              signed(head, with(`"wsp":1`, `"wsp":0`), key),
		"a huge workspace":            signed(head, with(`"wsp":1`, `"wsp":9223372036854775808`), key),
		"workspace as fraction":       signed(head, with(`"wsp":1`, `"wsp":1.5`), key),
		"another session":             signed(head, with(`"sid":"`, `"sid":"`+anyID+`","y":"`), key),
		"another user":                signed(head, with(`"sub":"`, `"sub":"`+anyID+`","y":"`), key),
		"expired":                     signed(head, add(fmt.Sprintf(`"exp":%d`, now-10)), key),
		"never expires":               signed(head, add(`"exp":null`), key),
		"expires beyond all numbers":  signed(head, add(`"exp":1e400`), key),
		"not yet":                     signed(head, add(fmt.Sprintf(`"nbf":%d`, now+60)), key),
		"issued in the future":        signed(head, add(fmt.Sprintf(`"iat":%d`, now+60)), key),
		"a changed body":              parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(add(`"role":"administrator"`))) + "." + parts[2],
		"no body":                     parts[0] + ".." + parts[2],
		"no signature":                parts[0] + "." + parts[1] + ".",
		"two parts":                   parts[0] + "." + parts[1],
		"a body that is a list":       signed(head, "[]", key),
		"a body that is null":         signed(head, "null", key),
		"no JSON":                     signed(head, "{", key),
		"padded":                      s.token + "==",
		"spaces inside":               parts[0] + ". " + parts[1] + "." + parts[2],
		"plain base64":                strings.NewReplacer("-", "+", "_", "/").Replace(s.token) + "+",
		"the refresh token":           s.refresh,
		"dots":                        strings.Repeat(".", 32<<10),
		"long":                        strings.Repeat("A", 32<<10),
		"a body of 30 KiB":            signed(head, add(`"x":"`+strings.Repeat("x", 20<<10)+`"`), key),
	}
	carriers := map[string]func(token string) call{
		"bearer": func(token string) call { return call{header: []string{"Authorization", "Bearer " + token}} },
		"header": func(token string) call { return call{header: []string{"X-Access-Token", token}} },
		"cookie": func(token string) call { return call{header: []string{"Cookie", "__Host-session=" + token}} },
	}
	for carrier, make := range carriers {
		c := make(s.token)
		c.path = api + "/auth/me"
		if w := p.do(c); w.Code != http.StatusOK {
			t.Fatalf("a good token as %s: %d", carrier, w.Code)
		}
		for name, token := range forged {
			for _, path := range []string{"/auth/me", "/tickets", "/events", "/files/" + anyID} {
				c := make(token)
				c.path = api + path
				if w := p.do(c); w.Code != http.StatusUnauthorized {
					t.Errorf("%s as %s at %s: %d %.200s", name, carrier, path, w.Code, w.Body)
				} else if path == "/auth/me" && strings.Contains(w.Body.String(), "jwt") {
					t.Errorf("%s: the answer tells what the library said: %s", name, w.Body)
				}
			}
		}
	}
	// Places that must not carry a token at all: they end up in logs and in Referer.
	for _, path := range []string{"/auth/me?token=" + s.token, "/auth/me?access_token=" + s.token, "/events?token=" + s.token, "/auth/me?authorization=Bearer%20" + s.token} {
		if w := p.do(call{path: api + path}); w.Code != http.StatusUnauthorized && w.Code != http.StatusBadRequest {
			t.Errorf("%.40s: %d", path, w.Code)
		}
	}
	for _, scheme := range []string{"Basic ", "Token ", "JWT ", "", "Bearer", "Bearer,", "bearer bearer "} {
		if w := p.do(call{path: api + "/auth/me", header: []string{"Authorization", scheme + s.token}}); w.Code != http.StatusUnauthorized {
			t.Errorf("scheme %q: %d", scheme, w.Code)
		}
	}
	// A refresh is no access token, and the other way round.
	for name, token := range map[string]string{"access token": s.token, "nothing": "", "rubbish": "AAAA", "long": strings.Repeat("A", 200)} {
		w := p.do(call{method: http.MethodPost, path: api + "/auth/refresh-token", body: asJSON(map[string]string{"refreshToken": token})})
		if w.Code != http.StatusUnauthorized && (w.Code != http.StatusUnprocessableEntity || len(token) <= 200) {
			t.Errorf("%s as refresh token: %d %s", name, w.Code, w.Body)
		}
	}
}
