package auth

import (
	"net/http"
	"strings"
	"time"
)

// Cookies are the two that carry tokens for browsers. Scripts cannot read them and other sites cannot
// send them with a form. Over https their names begin with a prefix that browsers enforce.
type Cookies struct {
	Secure bool // the public address is https
}

// refreshPath is where the refresh token is sent, and nowhere else.
const refreshPath = "/api/v1/auth"

// AccessName is the name of the access token's cookie.
func (c Cookies) AccessName() string {
	if c.Secure {
		return "__Host-session"
	}
	return "session"
}

// RefreshName is the name of the refresh token's cookie. __Host- would demand the path /, so that it has
// the weaker prefix and the narrow path.
func (c Cookies) RefreshName() string {
	if c.Secure {
		return "__Secure-refresh"
	}
	return "refresh"
}

// Set makes the cookies of a sign-in.
func (c Cookies) Set(s SignedIn, now time.Time) []http.Cookie {
	return []http.Cookie{
		c.cookie(c.AccessName(), "/", s.Token, s.ExpiresAt.Sub(now)),
		c.cookie(c.RefreshName(), refreshPath, s.RefreshToken, s.SessionExpires.Sub(now)),
	}
}

// Clear makes the cookies that remove both.
func (c Cookies) Clear() []http.Cookie {
	return []http.Cookie{c.cookie(c.AccessName(), "/", "", -1), c.cookie(c.RefreshName(), refreshPath, "", -1)}
}

func (c Cookies) cookie(name, path, value string, lasts time.Duration) http.Cookie {
	age := int(lasts / time.Second)
	if age <= 0 {
		age = -1
	}
	return http.Cookie{Name: name, Value: value, Path: path, MaxAge: age, HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteLaxMode} //nolint:gosec // Secure whenever people come over https
}

// accessToken finds the access token of a request: Authorization: Bearer, x-access-token, or the cookie.
func (c Cookies) accessToken(r *http.Request) string {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	if token := r.Header.Get("X-Access-Token"); token != "" {
		return token
	}
	if cookie, err := r.Cookie(c.AccessName()); err == nil {
		return cookie.Value
	}
	return ""
}
