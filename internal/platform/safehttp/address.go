package safehttp

import (
	"net/netip"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// ErrRefused is the answer to an address or URL that the guard does not allow.
var ErrRefused = errs.New(errs.Invalid, "address_refused", "This address cannot be reached from here: it must be a public one, on a usual port.")

// refusal explains one refused address; it is ErrRefused with a cause for the log.
func refusal(cause error) error {
	e := *ErrRefused
	e.Err = cause
	return &e
}

// special are the blocks that are not the public internet (IANA's special-purpose registries), or that
// lead back to one through a translator, besides everything outside 2000::/3 in IPv6.
var special = prefixes( //nolint:gochecknoglobals // a table, never written
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32", // a cloud's host agent on a public number
	"2001::/23",        // Teredo, ORCHID, benchmarks
	"2001:db8::/32", "3fff::/20",
	"2002::/16", // 6to4 carries any IPv4 address
)

// private are the blocks that an operator may open: machines of one's own.
var private = prefixes("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7") //nolint:gochecknoglobals // a table, never written

var global6 = netip.MustParsePrefix("2000::/3") //nolint:gochecknoglobals // a constant

// metadata is refused even where private networks are open: it hands out the machine's credentials.
var metadata = prefixes("fd00:ec2::254/128", "100.100.100.200/32") //nolint:gochecknoglobals // a table, never written

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// allowed judges an address that is about to be connected to.
func allowed(a netip.Addr, allowPrivate bool) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if in(metadata, a) {
		return false
	}
	if allowPrivate && in(private, a) {
		return true
	}
	return !in(special, a) && (a.Is4() || global6.Contains(a))
}

func in(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// plainHost reports a host name or literal that has one reading only: ASCII letters, digits, dots and
// hyphens, or an IP address as netip reads it. Octal, hexadecimal, short and whole-number forms of IPv4,
// which resolvers read each in their own way, are no names.
func plainHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	host = strings.TrimSuffix(host, ".")
	if host == "" || len(host) > 253 {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, c := range []byte(label) {
			if !letter(c) && !digit(c) && c != '-' && c != '_' {
				return false
			}
		}
		last = label
	}
	return !digit(last[0]) // a top-level domain never starts with a digit
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

// innerName reports a name that only an inner network knows; it is refused early, with a clear answer.
func innerName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, suffix := range []string{"localhost", "local", "internal", "localdomain", "home.arpa"} {
		if host == suffix || strings.HasSuffix(host, "."+suffix) {
			return true
		}
	}
	_, err := netip.ParseAddr(host)
	return err != nil && !strings.Contains(host, ".")
}
