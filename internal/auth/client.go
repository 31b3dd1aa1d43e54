package auth

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

// Client is where a request comes from and which workspace it names, whoever sends it.
type Client struct {
	Address   string // without port, as kept with sessions and in the audit log
	LimitKey  string // what the address counts under: an IPv6 network rather than one address
	RequestID string
	Host      string // as sent; names a workspace or none
	Workspace string // the X-Workspace header
	Device    string // User-Agent, cut to 200 characters

	refresh map[string]string // the refresh token's cookie by its possible names
}

// ClientOf reads a request. Forwarding headers count only behind the trusted proxies.
func ClientOf(r *http.Request, trusted []netip.Prefix, requestID string) Client {
	a := ratelimit.ClientIP(r, trusted)
	c := Client{LimitKey: ratelimit.ClientKey(a), RequestID: requestID, Host: r.Host, Workspace: r.Header.Get("X-Workspace")}
	if a.IsValid() {
		c.Address = a.String()
	}
	device := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(r.UserAgent(), "?"))
	if runes := []rune(device); len(runes) > 200 {
		device = string(runes[:200])
	}
	c.Device = device
	c.refresh = map[string]string{}
	for _, name := range []string{Cookies{}.RefreshName(), Cookies{Secure: true}.RefreshName()} {
		if cookie, err := r.Cookie(name); err == nil {
			c.refresh[name] = cookie.Value
		}
	}
	return c
}

// RefreshToken is the refresh token that the client's browser sent as a cookie, or empty.
func (s *Service) RefreshToken(c Client) string { return c.refresh[s.cookies.RefreshName()] }

type clientKey struct{}

// WithClient puts the client of a request into its context, before Authenticate and the handlers run.
func WithClient(ctx context.Context, c Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// ClientFrom is the request's client; zero outside a request.
func ClientFrom(ctx context.Context) Client {
	c, _ := ctx.Value(clientKey{}).(Client)
	return c
}

// AuditSource makes an actor the source of audit entries.
func (a Actor) AuditSource() audit.Source {
	kind := a.kind
	if kind == "" {
		kind = "anonymous"
	}
	return audit.Source{Workspace: a.Tenant, Kind: kind, ID: a.User, Name: a.Name, Address: a.Address, RequestID: a.RequestID}
}

// source is the audit source of a client that has not signed in, or is just doing so.
func (c Client) source(t id.Workspace, user id.ID, name string) audit.Source {
	kind := "anonymous"
	if !user.IsZero() {
		kind = "user"
	}
	return audit.Source{Workspace: t, Kind: kind, ID: user, Name: name, Address: c.Address, RequestID: c.RequestID}
}

// MayEverything reports an administrator or the product itself.
func (a Actor) MayEverything() bool {
	return a.probe.passes(checkEverything, a.kind == "system" || a.kind == "user" && a.permissions.Covers(allPermissions()))
}

func allPermissions() Permissions {
	catalogue := Catalogue()
	p := make(Permissions, len(catalogue))
	for _, c := range catalogue {
		p[c.Name] = struct{}{}
	}
	return p
}

// covers reports that the actor holds everything in p, so that they may hand it on.
func (a Actor) covers(p Permissions) bool {
	return a.probe.passes(checkGrant, a.kind == "system" || a.kind == "user" && a.permissions.Covers(p))
}
