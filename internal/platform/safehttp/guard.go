package safehttp

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Options say what is let out. The zero value is right for webhooks and other URLs of users.
type Options struct {
	AllowPrivate bool          // also the machine itself and private networks, on any port
	Ports        []uint16      // default 80 and 443
	Timeout      time.Duration // of a whole exchange; default 10s
	Connect      time.Duration // of making a connection; default 5s
	MaxResponse  int64         // bytes of an answer's body; more is an error on reading; default 1 MiB
	Redirects    int           // how many are followed, each judged again; default none: the 3xx is the answer
	UserAgent    string        // default Throughline
	Resolver     *net.Resolver // default the system's
}

func (o Options) withDefaults() Options {
	if len(o.Ports) == 0 {
		o.Ports = []uint16{80, 443}
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Connect <= 0 {
		o.Connect = 5 * time.Second
	}
	if o.MaxResponse <= 0 {
		o.MaxResponse = 1 << 20
	}
	if o.UserAgent == "" {
		o.UserAgent = "Throughline"
	}
	return o
}

// Guard lets connections out to allowed addresses alone. It is safe for concurrent use.
type Guard struct {
	opts   Options
	dialer net.Dialer
}

// NewGuard makes a guard.
func NewGuard(o Options) *Guard {
	o = o.withDefaults()
	g := &Guard{opts: o}
	g.dialer = net.Dialer{
		Timeout:  o.Connect,
		Resolver: o.Resolver,
		Control: func(network, address string, _ syscall.RawConn) error {
			return g.judge(network, address)
		},
	}
	return g
}

// DialContext connects to host:port, as net.Dialer does, when the address it resolves to is allowed.
// Mail and other connections that users configure go through it. Errors: ErrRefused.
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return nil, refusal(fmt.Errorf("network %s", network))
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, refusal(err)
	}
	if !plainHost(host) {
		return nil, refusal(fmt.Errorf("host %q has no single reading", host))
	}
	return g.dialer.DialContext(ctx, network, address)
}

// judge sees the address that is about to be connected to; the name has been resolved by then.
func (g *Guard) judge(network, address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return refusal(err)
	}
	if !allowed(ap.Addr(), g.opts.AllowPrivate) {
		return refusal(fmt.Errorf("%s %s is not public", network, ap))
	}
	if !g.portAllowed(ap.Port()) {
		return refusal(fmt.Errorf("port %d is not among %v", ap.Port(), g.opts.Ports))
	}
	return nil
}

func (g *Guard) portAllowed(p uint16) bool {
	return g.opts.AllowPrivate || slices.Contains(g.opts.Ports, p)
}

// CheckURL tells at once, before anything is stored, that a URL can never be reached: not http or https,
// a user in it, another port, or an inner address written out. A URL that passes is still judged when a
// connection is made. Errors: ErrRefused.
func (g *Guard) CheckURL(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return nil, refusal(err)
	}
	if err := g.check(u); err != nil {
		return nil, err
	}
	return u, nil
}

func (g *Guard) check(u *url.URL) error {
	port := uint16(443)
	switch u.Scheme {
	case "https":
	case "http":
		port = 80
	default:
		return refusal(fmt.Errorf("scheme %q", u.Scheme))
	}
	if u.User != nil {
		return refusal(fmt.Errorf("a user in the URL"))
	}
	host := u.Hostname()
	if !plainHost(host) {
		return refusal(fmt.Errorf("host %q has no single reading", host))
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return refusal(fmt.Errorf("port %q", p))
		}
		port = uint16(n)
	}
	if !g.portAllowed(port) {
		return refusal(fmt.Errorf("port %d is not among %v", port, g.opts.Ports))
	}
	if a, err := netip.ParseAddr(host); err == nil && !allowed(a, g.opts.AllowPrivate) {
		return refusal(fmt.Errorf("%s is not public", a))
	}
	if !g.opts.AllowPrivate && innerName(host) {
		return refusal(fmt.Errorf("%q is a name of an inner network", host))
	}
	return nil
}
