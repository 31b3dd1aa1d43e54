package safehttp

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// answers is a name server that gives each question the next of its addresses, then the last for ever.
type answers struct {
	mu    sync.Mutex
	addrs []netip.Addr
}

func (a *answers) next() netip.Addr {
	a.mu.Lock()
	defer a.mu.Unlock()
	addr := a.addrs[0]
	if len(a.addrs) > 1 {
		a.addrs = a.addrs[1:]
	}
	return addr
}

// resolver asks the name server over an in-memory connection (DNS over a stream: two bytes of length first).
func (a *answers) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go a.serve(server)
		return client, nil
	}}
}

func (a *answers) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		b := make([]byte, int(size[0])<<8|int(size[1]))
		if _, err := io.ReadFull(c, b); err != nil {
			return
		}
		var m dnsmessage.Message
		if err := m.Unpack(b); err != nil || len(m.Questions) == 0 {
			return
		}
		q := m.Questions[0]
		r := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true}, Questions: m.Questions}
		head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 0}
		if q.Type == dnsmessage.TypeA {
			if addr := a.next(); addr.Is4() {
				r.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: addr.As4()}}}
			}
		}
		out, err := r.Pack()
		if err != nil {
			return
		}
		if _, err := c.Write(append([]byte{byte(len(out) >> 8), byte(len(out))}, out...)); err != nil {
			return
		}
	}
}

var errStop = errors.New("stopped before connecting")

// watched is a guard whose connections stop after they were judged, so that no test leaves the machine.
// It tells which addresses were let through.
func watched(t *testing.T, o Options, addrs ...string) (g *Guard, let func() []string) {
	t.Helper()
	a := &answers{}
	for _, s := range addrs {
		a.addrs = append(a.addrs, netip.MustParseAddr(s))
	}
	o.Resolver = a.resolver(t)
	g = NewGuard(o)
	var mu sync.Mutex
	var seen []string
	g.dialer.Control = func(network, address string, _ syscall.RawConn) error {
		if err := g.judge(network, address); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, address)
		return errStop
	}
	return g, func() []string { mu.Lock(); defer mu.Unlock(); return seen }
}

// answered is what a test sees of an answer.
type answered struct {
	status int
	body   []byte
	cut    error // why the body ended early
}

func get(t *testing.T, c *http.Client, url string) (answered, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return answered{}, err
	}
	resp, err := c.Do(r)
	if err != nil {
		return answered{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	a := answered{status: resp.StatusCode}
	a.body, a.cut = io.ReadAll(resp.Body)
	return a, nil
}

// spellings all mean an inner address, a port or a scheme that is refused. Names resolve to 127.0.0.1.
var spellings = []string{
	"http://127.0.0.1/", "http://127.0.0.1:80/", "http://127.255.255.254/", "http://0177.0.0.1/", "http://0x7f.0.0.1/",
	"http://0x7f000001/", "http://2130706433/", "http://017700000001/", "http://127.1/", "http://127.0.1/", "http://0/",
	"http://0.0.0.0/", "http://127.000.000.001/", "http://127.0.0.1./", "http://[::]/", "http://[::1]/", "http://[0:0:0:0:0:0:0:1]/",
	"http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::ffff:a9fe:a9fe]/", "http://[::ffff:169.254.169.254]/",
	"http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::169.254.169.254]/", "http://[64:ff9b:1::a00:1]/",
	"http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::]/", "http://[2001:db8::1]/", "http://[fd00::1]/", "http://[fd00:ec2::254]/",
	"http://[fc00::1]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fec0::1]/", "http://[ff02::1]/", "http://[100::1]/",
	"http://169.254.169.254/latest/meta-data/", "http://169.254.170.2/", "http://100.100.100.200/", "http://168.63.129.16/",
	"http://metadata.google.internal/", "http://metadata/", "http://localhost/", "http://LOCALHOST./", "http://x.localhost/",
	"http://printer.local/", "http://10.0.0.1/", "http://10.255.255.255/", "http://172.16.0.1/", "http://172.31.255.255/",
	"http://192.168.0.1/", "http://100.64.0.1/", "http://192.0.0.1/", "http://192.0.2.1/", "http://198.18.0.1/",
	"http://198.51.100.7/", "http://203.0.113.7/", "http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/",
	"http://example.com@127.0.0.1/", "http://127.0.0.1@example.com/", "http://user:pass@example.com/", "http://example.com:22/",
	"http://example.com:6379/", "http://example.com:0/", "http://example.com:65536/", "http://127。0。0。1/", "http://①②⑦.0.0.1/",
	"http://example.com/", "http://rebound.example.com/", "https://example.com/", "http://example.com.:80/", "file:///etc/passwd",
	"gopher://example.com/", "ftp://example.com/", "//example.com/", "example.com", "http:///", "http://", "http://exa mple.com/",
	"http://example..com/", "http://a%00b.example.com/",
}

func TestGuardRefusesEverySpelling(t *testing.T) {
	t.Parallel()
	for _, url := range spellings {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			g, let := watched(t, Options{}, "127.0.0.1")
			if a, err := get(t, g.Client(), url); err == nil {
				t.Errorf("answered %d", a.status)
			}
			if seen := let(); len(seen) > 0 {
				t.Errorf("would have connected to %v", seen)
			}
		})
	}
}

func TestGuardRefusesHostAndPort(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"127.0.0.1:587", "[::1]:587", "[::ffff:10.0.0.1]:587", "mail.example.com:587", "0177.0.0.1:587", "2130706433:587",
		"localhost:587", "mail.example.com", ":587", "127.1:587", "[fe80::1%eth0]:587", "8.8.8.8:25", "8.8.8.8:6379", "mail.example.com:smtpx",
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			g, let := watched(t, Options{Ports: []uint16{587, 993}}, "127.0.0.1")
			if _, err := g.DialContext(t.Context(), "tcp", address); err == nil || len(let()) > 0 {
				t.Errorf("got %v, connected to %v", err, let())
			}
		})
	}
	g := NewGuard(Options{})
	if _, err := g.DialContext(t.Context(), "unix", "/run/x.sock"); !errors.Is(err, ErrRefused) {
		t.Errorf("a Unix socket: got %v", err)
	}
}

func TestGuardLetsPublicAddressesThrough(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"http://example.com/":          "8.8.8.8:80",
		"https://shop.example.com/x":   "8.8.8.8:443",
		"http://9.9.9.9/":              "9.9.9.9:80",
		"https://[2606:4700::1111]/":   "[2606:4700::1111]:443",
		"http://[::ffff:9.9.9.9]:443/": "[::ffff:9.9.9.9]:443",
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			g, let := watched(t, Options{}, "8.8.8.8")
			if _, err := g.CheckURL(url); err != nil {
				t.Errorf("check: %v", err)
			}
			if _, err := get(t, g.Client(), url); !errors.Is(err, errStop) {
				t.Errorf("got %v", err)
			}
			seen := let()
			if len(seen) == 0 {
				t.Fatal("nothing was let through")
			}
			got, err := netip.ParseAddrPort(seen[0])
			if err != nil {
				t.Fatal(err)
			}
			w := netip.MustParseAddrPort(want)
			if got.Addr().Unmap() != w.Addr().Unmap() || got.Port() != w.Port() {
				t.Errorf("went to %v, want %s", seen, want)
			}
		})
	}
}

func TestGuardJudgesAfterResolving(t *testing.T) {
	t.Parallel()
	// The name is public when it is checked, and inner when it is used.
	g, let := watched(t, Options{}, "8.8.8.8", "127.0.0.1")
	first, err := g.opts.Resolver.LookupNetIP(t.Context(), "ip4", "rebinding.example.com")
	if err != nil || first[0].String() != "8.8.8.8" {
		t.Fatalf("the stub answered %v, %v", first, err)
	}
	if _, err := g.CheckURL("http://rebinding.example.com/"); err != nil {
		t.Fatal(err)
	}
	_, err = get(t, g.Client(), "http://rebinding.example.com/")
	if !errors.Is(err, ErrRefused) || len(let()) > 0 {
		t.Errorf("got %v, connected to %v", err, let())
	}
}

// local is a client that may reach the test's own servers.
func local(o Options) *http.Client {
	o.AllowPrivate = true
	return New(o)
}

func TestClientDoesNotFollowRedirects(t *testing.T) {
	t.Parallel()
	var hits int
	mux := http.NewServeMux()
	mux.HandleFunc("/start", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/end", http.StatusFound) })
	mux.HandleFunc("/end", func(http.ResponseWriter, *http.Request) { hits++ })
	mux.HandleFunc("/inner", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/", http.StatusFound)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)

	a, err := get(t, local(Options{}), s.URL+"/start")
	if err != nil || a.status != http.StatusFound || hits != 0 {
		t.Errorf("got %d, %v, %d hits", a.status, err, hits)
	}
	if a, err = get(t, local(Options{Redirects: 3}), s.URL+"/start"); err != nil || a.status != http.StatusOK || hits != 1 {
		t.Errorf("when asked to follow: got %d, %v, %d hits", a.status, err, hits)
	}
	if _, err = get(t, local(Options{Redirects: 3}), s.URL+"/inner"); !errors.Is(err, ErrRefused) {
		t.Errorf("a redirect to the metadata address: got %v", err)
	}
}

func TestClientBoundsAnswers(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("User-Agent"); got != "Throughline" {
			t.Errorf("User-Agent %q", got)
		}
		_, _ = io.WriteString(w, strings.Repeat("x", 1000))
	}))
	t.Cleanup(s.Close)

	for limit, want := range map[int64]error{999: ErrTooLarge, 1000: nil, 1: ErrTooLarge} {
		a, err := get(t, local(Options{MaxResponse: limit}), s.URL)
		if err != nil {
			t.Fatal(err)
		}
		if !errors.Is(a.cut, want) || int64(len(a.body)) > limit {
			t.Errorf("bound %d: read %d bytes, %v", limit, len(a.body), a.cut)
		}
	}
	if b, err := ReadAll(strings.NewReader("12345"), 5); err != nil || string(b) != "12345" {
		t.Errorf("got %q, %v", b, err)
	}
	if _, err := ReadAll(strings.NewReader("123456"), 5); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestPrivateNetworksStayClosedUnlessOpened(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached") }))
	t.Cleanup(s.Close)
	if _, err := get(t, New(Options{Ports: []uint16{netip.MustParseAddrPort(s.Listener.Addr().String()).Port()}}), s.URL); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v", err)
	}
	g := NewGuard(Options{AllowPrivate: true})
	for _, inner := range []string{"http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://0.0.0.0/", "http://224.0.0.1/", "http://[fe80::1]/"} {
		if _, err := g.CheckURL(inner); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: got %v", inner, err)
		}
	}
}

func TestCheckURLNamesNothingInner(t *testing.T) {
	t.Parallel()
	_, err := NewGuard(Options{}).CheckURL("http://10.1.2.3/")
	if !errors.Is(err, ErrRefused) {
		t.Fatal(err)
	}
	if strings.Contains(ErrRefused.Message, "10.1.2.3") {
		t.Error("the message shows the address")
	}
}
