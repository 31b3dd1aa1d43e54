package mailer_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// script is how a server answers; empty answers are the good ones.
type script struct {
	mail, rcpt, data, end string
	auth                  string // user NUL password that is wanted
	tls                   *tls.Config
	implicit              bool   // TLS from the first byte
	hang                  string // the command after which nothing is said any more: connect, RCPT, DATA, END
	dropAfter             int    // messages after which the connection is cut
}

// server is a mail server on this machine that speaks enough SMTP to be believed.
type server struct {
	addr string
	s    script
	done chan struct{}

	mu    sync.Mutex
	mails []received
	conns int
}

type received struct {
	from, text string
	to         []string
	secure     bool
}

func start(t testing.TB, s script) *server {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s.implicit {
		l = tls.NewListener(l, s.tls)
	}
	srv := &server{addr: l.Addr().String(), s: s, done: make(chan struct{})}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			srv.mu.Lock()
			srv.conns++
			srv.mu.Unlock()
			wg.Go(func() {
				gone := make(chan struct{})
				go func() {
					select {
					case <-srv.done:
						_ = c.Close()
					case <-gone:
					}
				}()
				srv.serve(c)
				_ = c.Close()
				close(gone)
			})
		}
	})
	t.Cleanup(func() { close(srv.done); _ = l.Close(); wg.Wait() })
	return srv
}

func (s *server) received() []received { s.mu.Lock(); defer s.mu.Unlock(); return s.mails }
func (s *server) connections() int     { s.mu.Lock(); defer s.mu.Unlock(); return s.conns }

func (s *server) serve(c net.Conn) {
	r := bufio.NewReader(c)
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(c, format+"\r\n", args...) }
	or := func(answer, good string) string {
		if answer != "" {
			return answer
		}
		return good
	}
	hang := func(at string) bool {
		if s.s.hang == at {
			<-s.done
			return true
		}
		return false
	}
	if hang("connect") {
		return
	}
	say("220 mail.example.com ESMTP")
	var m received
	secure, sent := s.s.implicit, 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, arg, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-mail.example.com")
			if s.s.tls != nil && !secure {
				say("250-STARTTLS")
			}
			if s.s.auth != "" {
				say("250-AUTH PLAIN")
			}
			say("250-8BITMIME")
			say("250 ENHANCEDSTATUSCODES")
		case "STARTTLS":
			say("220 go ahead")
			encrypted := tls.Server(c, s.s.tls)
			c, r, secure = encrypted, bufio.NewReader(encrypted), true
		case "AUTH":
			_, given, _ := strings.Cut(arg, " ")
			b, _ := base64.StdEncoding.DecodeString(given)
			if string(bytes.TrimPrefix(b, []byte{0})) != s.s.auth {
				say("535 5.7.8 no")
				continue
			}
			say("235 2.7.0 welcome")
		case "MAIL":
			m = received{from: arg, secure: secure}
			say("%s", or(s.s.mail, "250 2.1.0 ok"))
		case "RCPT":
			if hang("RCPT") {
				return
			}
			m.to = append(m.to, arg)
			say("%s", or(s.s.rcpt, "250 2.1.5 ok"))
		case "DATA":
			if hang("DATA") {
				return
			}
			say("%s", or(s.s.data, "354 go on"))
			if s.s.data != "" {
				continue
			}
			var text strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				text.WriteString(strings.TrimPrefix(line, "."))
			}
			if hang("END") {
				return
			}
			m.text = text.String()
			if s.s.end == "" {
				s.mu.Lock()
				s.mails = append(s.mails, m)
				s.mu.Unlock()
			}
			say("%s", or(s.s.end, "250 2.0.0 queued as 1"))
			if sent++; sent == s.s.dropAfter {
				return
			}
		case "RSET", "NOOP":
			say("250 ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("502 what?")
		}
	}
}

// certificate makes a server's certificate for 127.0.0.1 and what trusts it.
func certificate(t *testing.T) (srv, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12},
		&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}
