package faults_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// mailServer takes mail, refuses it, or behaves badly, as its mood is.
type mailServer struct {
	address string

	mu       sync.Mutex
	mood     mood
	mails    []string // taken
	attempts []string // Message-IDs that were begun
	listener net.Listener
	server   *smtp.Server
}

// mood is how the server meets the next message; the zero value takes it.
type mood struct {
	rcpt, end error
	dieInData bool // cuts the connection in the middle of the message
	loseReply bool // takes the message and cuts the connection before it says so
	silent    bool // greets nobody
}

func startMail(t *testing.T) *mailServer {
	t.Helper()
	m := &mailServer{}
	m.open(t, "127.0.0.1:0")
	t.Cleanup(m.close)
	return m
}

// open listens; the address stays the same from the first time on.
func (m *mailServer) open(t *testing.T, address string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(m)
	s.Domain = "mail.example.com"
	m.mu.Lock()
	m.address, m.listener, m.server = l.Addr().String(), l, s
	m.mu.Unlock()
	go func() { _ = s.Serve(silence{l, m}) }()
}

func (m *mailServer) close() { _ = m.server.Close() }

func (m *mailServer) url() string { return "smtp://" + m.address + "?tls=none&timeout=1s" }

func (m *mailServer) be(now mood) { m.mu.Lock(); defer m.mu.Unlock(); m.mood = now }

func (m *mailServer) is() mood { m.mu.Lock(); defer m.mu.Unlock(); return m.mood }

func (m *mailServer) got() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.mails...)
}

func (m *mailServer) begun() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.attempts...)
}

// silence keeps connections without a word while the mood is so.
type silence struct {
	net.Listener
	m *mailServer
}

func (s silence) Accept() (net.Conn, error) {
	for {
		c, err := s.Listener.Accept()
		if err != nil || !s.m.is().silent {
			return c, err
		}
		go func() { _, _ = io.Copy(io.Discard, c) }()
	}
}

// NewSession begins a connection.
func (m *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) { return &mailSession{m, c}, nil }

type mailSession struct {
	m *mailServer
	c *smtp.Conn
}

func (*mailSession) Reset()                                 {}
func (*mailSession) Logout() error                          { return nil }
func (*mailSession) Mail(string, *smtp.MailOptions) error   { return nil }
func (s *mailSession) Rcpt(string, *smtp.RcptOptions) error { return s.m.is().rcpt }

// Data reads the message.
func (s *mailSession) Data(r io.Reader) error {
	now := s.m.is()
	if now.dieInData {
		_, _ = io.ReadFull(r, make([]byte, 40))
		_ = s.c.Conn().Close()
		return errors.New("died")
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	text := string(b)
	s.m.mu.Lock()
	s.m.attempts = append(s.m.attempts, messageID(text))
	if now.end == nil {
		s.m.mails = append(s.m.mails, text)
	}
	s.m.mu.Unlock()
	if now.loseReply {
		_ = s.c.Conn().Close()
	}
	return now.end
}

func messageID(text string) string {
	for line := range strings.SplitSeq(text, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "Message-ID") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
