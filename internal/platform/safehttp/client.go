package safehttp

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// ErrTooLarge is the answer to reading more of a response than Options.MaxResponse.
var ErrTooLarge = errs.New(errs.TooLarge, "response_too_large", "The other side answered with more than is taken.")

// New makes a guarded client: no inner addresses, no redirects unless asked for, no proxy from the
// environment, bounded time and bounded answers. Reading a body past its bound gives ErrTooLarge.
func New(o Options) *http.Client { return NewGuard(o).Client() }

// Client makes an HTTP client whose every connection goes through the guard.
func (g *Guard) Client() *http.Client {
	c := &http.Client{
		Timeout: g.opts.Timeout,
		Transport: &transport{guard: g, base: &http.Transport{
			DialContext:            g.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    g.opts.Connect,
			ResponseHeaderTimeout:  g.opts.Timeout,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    4,
			MaxConnsPerHost:        32,
			IdleConnTimeout:        30 * time.Second,
			ForceAttemptHTTP2:      true,
		}},
	}
	c.CheckRedirect = func(_ *http.Request, via []*http.Request) error {
		if len(via) > g.opts.Redirects {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return c
}

// transport checks each request, redirected ones too, and bounds each answer.
type transport struct {
	guard *Guard
	base  *http.Transport
}

// RoundTrip refuses what check refuses and otherwise sends.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.guard.check(r.URL); err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	if r.Header.Get("User-Agent") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", t.guard.opts.UserAgent)
	}
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: t.guard.opts.MaxResponse}
	return resp, nil
}

// CloseIdleConnections lets http.Client's method of that name reach the connections.
func (t *transport) CloseIdleConnections() { t.base.CloseIdleConnections() }

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read gives ErrTooLarge once the bound is passed, never a body that was cut in silence.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}

// ReadAll reads at most limit bytes; more is ErrTooLarge. It is for callers that want less than the
// client's bound.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if int64(len(b)) > limit {
		return nil, ErrTooLarge
	}
	return b, nil
}
