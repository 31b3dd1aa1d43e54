package mailer_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/mailer"
)

func open(t *testing.T, url string, change ...func(*mailer.Options)) *mailer.Mailer {
	t.Helper()
	o := mailer.Options{URL: config.NewSecret(url), From: "Acme Help <help@acme.example>", Timeout: 10 * time.Second, Clock: clock.System{}}
	for _, c := range change {
		c(&o)
	}
	m, err := mailer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

func plain(s *server) string { return "smtp://" + s.addr + "?tls=none" }

func hello() mailer.Message {
	return mailer.Message{To: "Ada <ada@example.com>", Subject: "Your order", Text: "It is on its way."}
}

func TestSend(t *testing.T) {
	t.Parallel()

	t.Run("delivers text, HTML, headers and attachments as they were written", func(t *testing.T) {
		t.Parallel()
		s := start(t, script{})
		m := open(t, plain(s))
		gotID, err := m.Send(t.Context(), mailer.Message{
			To: "Ada <ada@example.com>", Cc: []string{"bob@example.com"}, ReplyTo: "ticket+1@acme.example",
			Subject: "Grüße 日本", Text: "plain grüße\n.\nend", HTML: "<p>grüße</p>", MessageID: "m1@acme.example",
			Headers: map[string]string{"In-Reply-To": "<q1@example.com>", "Auto-Submitted": "auto-replied"},
			Attachments: []mailer.Attachment{{Name: "räport.csv", ContentType: "text/csv", Open: func() (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader("a;b\n1;2\n")), nil
			}}},
		})
		if err != nil || gotID != "m1@acme.example" {
			t.Fatal(gotID, err)
		}
		got := s.received()
		if len(got) != 1 || len(got[0].to) != 2 || !strings.Contains(got[0].from, "<help@acme.example>") {
			t.Fatalf("got %+v", got)
		}
		msg, err := mail.ReadMessage(strings.NewReader(got[0].text))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
		if err != nil || subject != "Grüße 日本" {
			t.Errorf("subject %q, %v", subject, err)
		}
		for name, want := range map[string]string{
			"Message-Id": "<m1@acme.example>", "In-Reply-To": "<q1@example.com>", "Auto-Submitted": "auto-replied",
			"From": `"Acme Help" <help@acme.example>`, "To": `"Ada" <ada@example.com>`, "Reply-To": "<ticket+1@acme.example>",
		} {
			if got := msg.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		parts := leaves(t, msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), msg.Body)
		for want, kind := range map[string]string{"plain grüße\r\n.\r\nend": "text/plain", "<p>grüße</p>": "text/html", "a;b\n1;2\n": "text/csv"} {
			if got := parts[kind]; strings.TrimSpace(strings.ReplaceAll(got, "\r\n", "\n")) != strings.TrimSpace(strings.ReplaceAll(want, "\r\n", "\n")) {
				t.Errorf("%s: %q", kind, got)
			}
		}
	})

	t.Run("makes a Message-ID of the sender's domain", func(t *testing.T) {
		t.Parallel()
		s := start(t, script{})
		got, err := open(t, plain(s)).Send(t.Context(), hello())
		if err != nil || !strings.HasSuffix(got, "@acme.example") || len(got) < 30 {
			t.Errorf("got %q, %v", got, err)
		}
	})

	t.Run("keeps a connection for the next message", func(t *testing.T) {
		t.Parallel()
		s := start(t, script{})
		m := open(t, plain(s))
		for range 5 {
			if _, err := m.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
		}
		if n := s.connections(); n != 1 || len(s.received()) != 5 {
			t.Errorf("%d connections, %d mails", n, len(s.received()))
		}
	})

	t.Run("replaces a connection that has gone stale", func(t *testing.T) {
		t.Parallel()
		s := start(t, script{dropAfter: 1})
		m := open(t, plain(s))
		for range 3 {
			if _, err := m.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(s.received()); n != 3 {
			t.Errorf("%d mails, want 3", n)
		}
	})

	t.Run("uses no more connections than it may", func(t *testing.T) {
		t.Parallel()
		s := start(t, script{})
		m := open(t, plain(s), func(o *mailer.Options) { o.Conns = 2 })
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := m.Send(t.Context(), hello()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := s.connections(); n > 2 || len(s.received()) != 20 {
			t.Errorf("%d connections, %d mails", n, len(s.received()))
		}
	})
}

func leaves(t *testing.T, contentType, encoding string, body io.Reader) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	if strings.HasPrefix(kind, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if errors.Is(err, io.EOF) {
				return out
			}
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range leaves(t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p) {
				out[k] = v
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	out[kind] = string(b)
	return out
}

func TestSendOverTLS(t *testing.T) {
	t.Parallel()
	srv, client := certificate(t)
	trust := func(o *mailer.Options) { o.TLSConfig = client }
	for name, s := range map[string]script{"starttls": {tls: srv, auth: "ada\x00p@ss"}, "tls": {tls: srv, implicit: true, auth: "ada\x00p@ss"}} {
		t.Run(name+" signs in and sends", func(t *testing.T) {
			t.Parallel()
			s := start(t, s)
			m := open(t, "smtp://ada:p%40ss@"+s.addr+"?tls="+name, trust)
			if err := m.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := m.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
			if got := s.received(); len(got) != 1 || !got[0].secure {
				t.Errorf("got %+v", got)
			}
		})
		t.Run(name+" refuses an unknown certificate", func(t *testing.T) {
			t.Parallel()
			s := start(t, s)
			m := open(t, "smtp://ada:p%40ss@"+s.addr+"?tls="+name)
			if _, err := m.Send(t.Context(), hello()); err == nil || mailer.IsPermanent(err) || len(s.received()) > 0 {
				t.Errorf("got %v", err)
			}
		})
		t.Run(name+" with a wrong password is for the operator to mend", func(t *testing.T) {
			t.Parallel()
			s := start(t, s)
			m := open(t, "smtp://ada:wrong@"+s.addr+"?tls="+name, trust)
			_, err := m.Send(t.Context(), hello())
			if err == nil || mailer.IsPermanent(err) || strings.Contains(err.Error(), "wrong") {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("starttls is not given up when the server does not offer it", func(t *testing.T) {
		t.Parallel()
		s := start(t, script{})
		if _, err := open(t, "smtp://"+s.addr).Send(t.Context(), hello()); err == nil || len(s.received()) > 0 {
			t.Errorf("sent in the clear: %v", err)
		}
	})
}

func TestFailuresAreToldApart(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		s         script
		permanent bool
		uncertain bool
	}{
		"an unknown recipient is permanent":              {s: script{rcpt: "550 5.1.1 no such user"}, permanent: true},
		"a refused content is permanent":                 {s: script{end: "554 5.7.1 spam"}, permanent: true},
		"a refused DATA is permanent":                    {s: script{data: "554 5.5.1 no"}, permanent: true},
		"too large is permanent":                         {s: script{mail: "552 5.3.4 too big"}, permanent: true},
		"greylisting is temporary":                       {s: script{rcpt: "451 4.7.1 later"}},
		"a full queue is temporary":                      {s: script{end: "452 4.3.1 full"}},
		"a refused sender is for the operator":           {s: script{mail: "553 5.7.1 not yours"}},
		"closing down is temporary":                      {s: script{mail: "421 4.3.2 bye"}},
		"a server that never greets is temporary":        {s: script{hang: "connect"}},
		"a server that hangs at RCPT is temporary":       {s: script{hang: "RCPT"}},
		"a server that hangs at DATA is temporary":       {s: script{hang: "DATA"}},
		"silence after the whole message may mean sent":  {s: script{hang: "END"}, uncertain: true},
		"a refused recipient leaves the connection good": {s: script{rcpt: "550 5.1.1 no such user"}, permanent: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, tt.s)
			now := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
			m := open(t, plain(s), func(o *mailer.Options) {
				if tt.s.hang != "" {
					o.Timeout = 500 * time.Millisecond
				}
				o.Clock = now
			})
			for range 2 {
				now.Advance(15 * time.Second) // past the time in which a silent server is not asked
				_, err := m.Send(t.Context(), hello())
				if err == nil || mailer.IsPermanent(err) != tt.permanent || mailer.IsUncertain(err) != tt.uncertain {
					t.Errorf("permanent %v, uncertain %v: %v", mailer.IsPermanent(err), mailer.IsUncertain(err), err)
				}
			}
			if strings.HasSuffix(name, "good") && s.connections() != 1 {
				t.Errorf("%d connections", s.connections())
			}
		})
	}

	t.Run("nobody listening is temporary", func(t *testing.T) {
		t.Parallel()
		m := open(t, "smtp://127.0.0.1:1?tls=none", func(o *mailer.Options) {
			o.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }
		})
		if _, err := m.Send(t.Context(), hello()); err == nil || mailer.IsPermanent(err) {
			t.Errorf("got %v", err)
		}
	})

	t.Run("a cancelled context ends the wait at once", func(t *testing.T) {
		t.Parallel()
		for _, at := range []string{"connect", "RCPT"} {
			s := start(t, script{hang: at})
			m := open(t, plain(s), func(o *mailer.Options) { o.Timeout = time.Hour })
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			if _, err := m.Send(ctx, hello()); err == nil || mailer.IsPermanent(err) || mailer.IsUncertain(err) {
				t.Errorf("%s: got %v", at, err)
			}
			cancel()
		}
	})
}

func TestSendRefusesHeaderInjection(t *testing.T) {
	t.Parallel()
	s := start(t, script{})
	m := open(t, plain(s))
	for name, change := range map[string]func(*mailer.Message){
		"subject":         func(m *mailer.Message) { m.Subject = "Hi\r\nBcc: eve@example.com" },
		"subject, LF":     func(m *mailer.Message) { m.Subject = "Hi\nBcc: eve@example.com" },
		"recipient":       func(m *mailer.Message) { m.To = "ada@example.com\r\nBcc: eve@example.com" },
		"copy":            func(m *mailer.Message) { m.Cc = []string{"a@example.com\r\nBcc: eve@example.com"} },
		"reply address":   func(m *mailer.Message) { m.ReplyTo = "a@example.com\nX: y" },
		"sender":          func(m *mailer.Message) { m.From = "a@example.com\nX: y" },
		"header value":    func(m *mailer.Message) { m.Headers = map[string]string{"X-A": "b\r\nBcc: eve@example.com"} },
		"header name":     func(m *mailer.Message) { m.Headers = map[string]string{"X-A: b\r\nBcc": "eve@example.com"} },
		"reserved header": func(m *mailer.Message) { m.Headers = map[string]string{"bcc": "eve@example.com"} },
		"content header":  func(m *mailer.Message) { m.Headers = map[string]string{"Content-Type": "text/html"} },
		"message id":      func(m *mailer.Message) { m.MessageID = "a@b>\r\nX: y" },
		"file name": func(m *mailer.Message) {
			m.Attachments = []mailer.Attachment{{Name: "a\r\nX: y", ContentType: "text/plain"}}
		},
		"no recipient":    func(m *mailer.Message) { m.To = "" },
		"two recipients":  func(m *mailer.Message) { m.To = "a@example.com, b@example.com" },
		"not an address":  func(m *mailer.Message) { m.To = "ada" },
		"command in name": func(m *mailer.Message) { m.To = "<a@example.com>\r\nDATA" },
	} {
		msg := hello()
		change(&msg)
		if _, err := m.Send(t.Context(), msg); !mailer.IsPermanent(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := len(s.received()); n > 0 {
		t.Errorf("%d mails went out", n)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	m, err := mailer.New(mailer.Options{})
	if err != nil || m.Configured() {
		t.Fatalf("without a server: %v, %v", m.Configured(), err)
	}
	if _, err := m.Send(t.Context(), hello()); !errors.Is(err, mailer.ErrNotConfigured) || mailer.IsPermanent(err) {
		t.Errorf("got %v", err)
	}
	for _, url := range []string{"http://mail.example", "smtp://", "smtp://h:99999", "smtp://u:hunter2@h?tls=maybe", "smtp://u:hunter2@%zz"} {
		if _, err := mailer.New(mailer.Options{URL: config.NewSecret(url), From: "a@example.com"}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v", url, err)
		}
	}
	if _, err := mailer.New(mailer.Options{URL: config.NewSecret("smtp://mail.example"), From: "nobody"}); err == nil {
		t.Error("a sender without address is taken")
	}
}

func BenchmarkSend(b *testing.B) {
	s := start(b, script{})
	m, err := mailer.New(mailer.Options{URL: config.NewSecret(plain(s)), From: "help@acme.example", Clock: clock.System{}, Conns: 8})
	if err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := m.Send(b.Context(), hello()); err != nil {
				b.Error(err)
			}
		}
	})
}

func TestAServerThatDoesNotAnswerHoldsUpOneMessageAndNotAll(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	silent := start(t, script{hang: "connect"})
	m := open(t, plain(silent), func(o *mailer.Options) { o.Timeout, o.Clock = 300*time.Millisecond, now })
	for range 5 {
		if _, err := m.Send(t.Context(), hello()); err == nil || mailer.IsPermanent(err) || mailer.IsUncertain(err) {
			t.Fatalf("got %v", err)
		}
	}
	if n := silent.connections(); n != 1 {
		t.Errorf("a silent server is asked %d times for five messages, want once", n)
	}
	now.Advance(time.Minute)
	if _, err := m.Send(t.Context(), hello()); err == nil || silent.connections() != 2 {
		t.Errorf("after a while it is asked again: %d, %v", silent.connections(), err)
	}
}
