package ratelimit_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

func TestClientIP(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ff::/48")}
	tests := []struct {
		name, peer string
		header     http.Header
		want       string
	}{
		{"an untrusted peer is believed about nothing", "203.0.113.9:1234", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "203.0.113.9"},
		{"a trusted proxy tells the client", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		{"the right-most untrusted address wins over what the client made up", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"1.2.3.4, 198.51.100.1, 10.0.0.7"}}, "198.51.100.1"},
		{"several header lines are one list", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"1.2.3.4", "198.51.100.1", "10.0.0.7"}}, "198.51.100.1"},
		{"only proxies gives the left-most of them", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
		{"rubbish stops at the proxy that passed it on", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.1, nonsense, 10.0.0.2"}}, "10.0.0.2"},
		{"no header is the proxy", "10.0.0.1:1234", nil, "10.0.0.1"},
		{"forwarded", "10.0.0.1:1234", http.Header{"Forwarded": {`for=1.2.3.4, for="[2001:db8:cafe::17]:4711";proto=https`}}, "2001:db8:cafe::17"},
		{"forwarded without for is the proxy", "10.0.0.1:1234", http.Header{"Forwarded": {`proto=https`}}, "10.0.0.1"},
		{"disagreeing headers are not believed", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.1"}, "Forwarded": {"for=198.51.100.2"}}, "10.0.0.1"},
		{"agreeing headers are", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.1"}, "Forwarded": {"for=198.51.100.1"}}, "198.51.100.1"},
		{"an address with a port", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.1:55"}}, "198.51.100.1"},
		{"a mapped address is its IPv4 self", "[::ffff:10.0.0.1]:1234", http.Header{"X-Forwarded-For": {"::ffff:198.51.100.1"}}, "198.51.100.1"},
		{"a proxy over IPv6", "[2001:db8:ff::1]:1234", http.Header{"X-Forwarded-For": {"2001:db8::5"}}, "2001:db8::5"},
		{"a socket without address", "@", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "invalid IP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tt.peer
			r.Header = tt.header
			if got := ratelimit.ClientIP(r, trusted); got.String() != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestClientKey(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"203.0.113.9":          "203.0.113.9",
		"::ffff:203.0.113.9":   "203.0.113.9",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::ffff":   "2001:db8:1:2::/64",
		"fe80::1%eth0":         "fe80::/64",
	} {
		if got := ratelimit.ClientKey(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: got %s, want %s", addr, got, want)
		}
	}
	if got := ratelimit.ClientKey(netip.Addr{}); got != "unknown" {
		t.Errorf("got %s", got)
	}
}
