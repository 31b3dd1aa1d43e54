package mailer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/config"
)

// Options say which server sends and in whose name.
type Options struct {
	URL     config.Secret // smtp://user:password@host:port?tls=starttls|tls|none&timeout=30s; empty means not configured
	From    string        // sender of messages that name none
	Timeout time.Duration // of connecting, and again of each message; default 30s; the URL's goes before
	Conns   int           // most connections at once; default 4
	Clock   clock.Clock
	// Dial connects to the server; for one that a workspace chose, the DialContext of a safehttp.Guard.
	Dial      func(ctx context.Context, network, address string) (net.Conn, error)
	TLSConfig *tls.Config // default: TLS 1.2 or newer and the system's authorities
}

const (
	idleFor     = 20 * time.Second // servers drop idle connections after minutes; a stale one costs a retry
	perConn     = 100              // messages, since servers limit them
	defaultTime = 30 * time.Second
	silentFor   = 5 * time.Second // after no answer, what else is sent fails at once for so long, and holds up no worker
)

// Mailer sends through one server over a few kept connections. It is safe for concurrent use.
type Mailer struct {
	opts    Options
	server  *url.URL
	options []gomail.Option
	slots   chan struct{}

	mu     sync.Mutex
	idle   []*conn
	closed bool
	silent error     // why the server did not answer last time; nil when it did
	askAt  time.Time // when one message may find out whether it does again
}

// New makes a mailer; nothing is connected until the first message. Errors: a URL or sender that cannot be
// read; the URL is not shown.
func New(o Options) (*Mailer, error) {
	if o.Timeout <= 0 {
		o.Timeout = defaultTime
	}
	if o.Conns <= 0 {
		o.Conns = 4
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: o.Timeout}).DialContext
	}
	m := &Mailer{opts: o, slots: make(chan struct{}, o.Conns)}
	if !o.URL.IsSet() {
		return m, nil
	}
	if _, err := mail.ParseAddress(o.From); err != nil {
		return nil, fmt.Errorf("mail sender %q: %w", o.From, err)
	}
	u, err := url.Parse(o.URL.Reveal())
	if err != nil || u.Scheme != "smtp" || u.Hostname() == "" {
		return nil, errors.New("mail server: want smtp://user:password@host:port?tls=starttls")
	}
	if text := u.Query().Get("timeout"); text != "" {
		if m.opts.Timeout, err = time.ParseDuration(text); err != nil || m.opts.Timeout < time.Second {
			return nil, errors.New("mail server: timeout is a time of a second or more, such as 30s")
		}
	}
	m.server = u
	return m, m.prepare()
}

// prepare turns the URL into the library's options.
func (m *Mailer) prepare() error {
	u := m.server
	tlsConfig := &tls.Config{MinVersion: tls.VersionTLS12}
	if m.opts.TLSConfig != nil {
		tlsConfig = m.opts.TLSConfig.Clone()
	}
	tlsConfig.ServerName = u.Hostname()
	m.opts.TLSConfig = tlsConfig

	policy, port := gomail.TLSMandatory, 587
	switch u.Query().Get("tls") {
	case "", "starttls":
	case "tls":
		policy, port = gomail.NoTLS, 465 // the connection is encrypted before the first word
	case "none":
		policy, port = gomail.NoTLS, 25
	default:
		return errors.New("mail server: want tls=starttls, tls=tls or tls=none")
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			return errors.New("mail server: the port is not a number from 1 to 65535")
		}
		port = n
	}
	m.options = []gomail.Option{
		gomail.WithTLSConfig(tlsConfig), gomail.WithTLSPolicy(policy), gomail.WithPort(port),
		gomail.WithTimeout(m.opts.Timeout), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	if name := u.User.Username(); name != "" {
		password, _ := u.User.Password()
		m.options = append(m.options, gomail.WithUsername(name), gomail.WithPassword(password),
			// Sign-in in clear text is only ever offered over TLS or to this machine.
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5))
	}
	return nil
}

// Configured reports whether there is a server; without one, mail waits in the outbox.
func (m *Mailer) Configured() bool { return m.server != nil }

// Send gives a message to the server and returns its Message-ID, without <>, once the server has taken it.
// An error says through IsPermanent and IsUncertain what may be done about it. Send waits for a free
// connection as long as ctx allows, and no longer than twice the timeout after that.
func (m *Mailer) Send(ctx context.Context, msg Message) (providerID string, err error) {
	if !m.Configured() {
		return "", &SendError{Outcome: Temporary, Err: ErrNotConfigured}
	}
	out, messageID, err := compose(msg, m.opts.From, m.opts.Clock.Now())
	if err != nil {
		return "", &SendError{Outcome: Permanent, Err: err}
	}
	select {
	case m.slots <- struct{}{}:
		defer func() { <-m.slots }()
	case <-ctx.Done():
		return "", &SendError{Outcome: Temporary, Err: ctx.Err()}
	}
	if wait, err := m.silence(); err != nil {
		return "", &SendError{Outcome: Temporary, Wait: wait, Err: fmt.Errorf("not tried, since the server did not take the last one a moment ago: %w", err)}
	}
	for {
		c, kept, err := m.take(ctx)
		if err != nil {
			m.heard(ctx, err)
			return "", &SendError{Outcome: Temporary, Err: fmt.Errorf("connect: %w", err)}
		}
		err = c.send(ctx, out)
		if err == nil {
			m.heard(ctx, nil)
			m.give(c)
			return messageID, nil
		}
		f := judge(err)
		if f.usable {
			m.give(c)
		} else {
			c.close()
		}
		if kept && f.Outcome == Temporary && (f.Code == 0 || f.Code == 421) && ctx.Err() == nil {
			continue // it had gone stale; nothing was sent
		}
		if f.Code == 0 && f.Outcome != Permanent {
			m.heard(ctx, err)
		} else {
			m.heard(ctx, nil)
		}
		return "", f
	}
}

// silence gives why the server did not answer a moment ago and how long it is left alone, unless this message is to
// find out whether it answers now.
func (m *Mailer) silence() (time.Duration, error) {
	now := m.opts.Clock.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.silent == nil {
		return 0, nil
	}
	if wait := m.askAt.Sub(now); wait > 0 && wait <= silentFor+2*m.opts.Timeout {
		return min(wait, silentFor), m.silent
	}
	m.askAt = now.Add(silentFor + 2*m.opts.Timeout) // the others wait for what this one finds
	return 0, nil
}

// heard takes note that the server answered, or why it did not. That the caller gave up says nothing of it.
func (m *Mailer) heard(ctx context.Context, err error) {
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.silent, m.askAt = err, m.opts.Clock.Now().Add(silentFor)
}

// Check connects and signs in, for the Test button of a channel; nothing is sent.
func (m *Mailer) Check(ctx context.Context) error {
	if !m.Configured() {
		return ErrNotConfigured
	}
	c, err := m.dial(ctx)
	if err != nil {
		return fmt.Errorf("connect to mail server: %w", err)
	}
	c.close()
	return nil
}

// Close ends the kept connections; messages on their way are finished.
func (m *Mailer) Close() {
	m.mu.Lock()
	idle := m.idle
	m.idle, m.closed = nil, true
	m.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
}

// take gives a kept connection that is still good, or a new one.
func (m *Mailer) take(ctx context.Context) (c *conn, kept bool, err error) {
	now := m.opts.Clock.Now()
	for {
		m.mu.Lock()
		n := len(m.idle)
		if n == 0 {
			m.mu.Unlock()
			c, err = m.dial(ctx)
			return c, false, err
		}
		c = m.idle[n-1]
		m.idle = m.idle[:n-1]
		m.mu.Unlock()
		if now.Sub(c.used) < idleFor {
			return c, true, nil
		}
		c.close()
	}
}

func (m *Mailer) give(c *conn) {
	c.used = m.opts.Clock.Now()
	c.sent++
	m.mu.Lock()
	keep := !m.closed && c.sent < perConn
	if keep {
		m.idle = append(m.idle, c)
	}
	m.mu.Unlock()
	if !keep {
		c.close()
	}
}

// conn is one connection to the server.
type conn struct {
	raw    net.Conn
	client *gomail.Client
	smtp   *smtp.Client
	used   time.Time
	sent   int
}

func (m *Mailer) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, m.opts.Timeout)
	defer cancel()
	c := &conn{}
	stop := func() bool { return true }
	// The connection is kept apart, to be closed when ctx ends or the greeting goes wrong. The library's own
	// context ends as soon as it has signed in, so closing must not hang on that one.
	dial := func(within context.Context, network, address string) (net.Conn, error) {
		raw, err := m.opts.Dial(within, network, address)
		if err != nil {
			return nil, err
		}
		c.raw = raw
		stop = context.AfterFunc(ctx, func() { _ = raw.Close() }) // greeting and sign-in do not heed ctx by themselves
		if m.server.Query().Get("tls") != "tls" {
			return raw, nil
		}
		encrypted := tls.Client(raw, m.opts.TLSConfig)
		return encrypted, encrypted.HandshakeContext(within)
	}
	client, err := gomail.NewClient(m.server.Hostname(), append([]gomail.Option{gomail.WithDialContextFunc(dial)}, m.options...)...)
	if err != nil {
		return nil, err
	}
	c.client = client
	c.smtp, err = client.DialToSMTPClientWithContext(ctx)
	if !stop() && err == nil {
		err = ctx.Err() // it ended just now, and the connection with it
	}
	if err != nil {
		c.close()
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("no greeting within %s: timeout", m.opts.Timeout) // what closing it says is of no help
		}
		return nil, err
	}
	return c, nil
}

// send gives the message to the server; a context that ends closes the connection under it.
func (c *conn) send(ctx context.Context, out *gomail.Msg) error {
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	defer stop()
	return c.client.SendWithSMTPClient(c.smtp, out)
}

// close ends a connection; QUIT is a courtesy that is not waited for.
func (c *conn) close() {
	if c.raw != nil {
		_ = c.raw.Close()
	}
}
