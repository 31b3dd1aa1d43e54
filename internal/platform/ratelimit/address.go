package ratelimit

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientKey is the text that an address counts under: an IPv4 address itself, an IPv6 address by its /64,
// since one household or server owns at least that much. An unknown address is "unknown".
func ClientKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	switch {
	case !a.IsValid():
		return "unknown"
	case a.Is4():
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return p.String()
}

// ClientIP is the address a request comes from. X-Forwarded-For, or Forwarded when that is absent, is
// believed only when the peer is a trusted proxy, and read from the right up to the first address that is
// not one. When both headers are there and disagree, one of them was made up by the client and the peer
// itself is the answer. The result is invalid when the peer has no address (a Unix socket).
func ClientIP(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer := parseAddr(r.RemoteAddr)
	if !peer.IsValid() || !contains(trusted, peer) {
		return peer
	}
	x, hasX := walk(peer, splitList(r.Header.Values("X-Forwarded-For")), trusted)
	f, hasF := walk(peer, forwardedFor(r.Header.Values("Forwarded")), trusted)
	switch {
	case hasX && hasF && x != f:
		return peer
	case hasX:
		return x
	case hasF:
		return f
	}
	return peer
}

// walk goes through the hops from the right while they are trusted proxies.
func walk(peer netip.Addr, hops []string, trusted []netip.Prefix) (netip.Addr, bool) {
	last := peer
	for i := len(hops) - 1; i >= 0; i-- {
		a := parseAddr(hops[i])
		if !a.IsValid() {
			return last, true // the last proxy that is known wrote something unreadable
		}
		last = a
		if !contains(trusted, a) {
			break
		}
	}
	return last, len(hops) > 0
}

func splitList(values []string) []string {
	var hops []string
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			hops = append(hops, strings.TrimSpace(part))
		}
	}
	return hops
}

// forwardedFor reads the for= of each element (RFC 7239); an element without one is an unknown hop.
func forwardedFor(values []string) []string {
	hops := splitList(values)
	for i, h := range hops {
		hops[i] = ""
		for pair := range strings.SplitSeq(h, ";") {
			name, value, _ := strings.Cut(pair, "=")
			if strings.EqualFold(strings.TrimSpace(name), "for") {
				hops[i] = strings.Trim(strings.TrimSpace(value), `"`)
			}
		}
	}
	return hops
}

// parseAddr reads an address with or without a port and brackets.
func parseAddr(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	if len(s) > 1 && s[0] == '[' && s[len(s)-1] == ']' {
		s = s[1 : len(s)-1]
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
