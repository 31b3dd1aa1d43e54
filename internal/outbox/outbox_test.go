package outbox_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/auth/authtest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/outbox"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/mailer"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

// server stands for a mail server: it answers in turn, then takes everything.
type server struct {
	answers []error
	got     []mailer.Message
}

func (s *server) Configured() bool { return true }

func (s *server) Send(_ context.Context, m mailer.Message) (string, error) {
	s.got = append(s.got, m)
	if len(s.answers) == 0 {
		return m.MessageID, nil
	}
	err := s.answers[0]
	s.answers = s.answers[1:]
	return m.MessageID, err
}

type fixture struct {
	outbox *outbox.Service
	queue  *jobs.Queue
	clock  *clock.Fake
	world  *authtest.World
}

func newFixture(t *testing.T, d *db.DB, s *server) fixture {
	t.Helper()
	w := authtest.New(t, d)
	c := clock.NewFake(authtest.Start)
	log, err := audit.New(audit.Deps{DB: d, Clock: c, Limits: ratelimit.New(c, 0)})
	if err != nil {
		t.Fatal(err)
	}
	q := jobs.New(d, c, slog.New(slog.DiscardHandler), jobs.Options{})
	o, err := outbox.New(outbox.Deps{DB: d, Clock: c, Queue: q, Sender: s, Audit: log, From: "Acme <help@acme.example>"})
	if err != nil {
		t.Fatal(err)
	}
	return fixture{o, q, c, w}
}

func (f fixture) put(t *testing.T, d *db.DB, m outbox.Mail) id.ID {
	t.Helper()
	err := d.Write(t.Context(), f.world.Workspace.ID, func(ctx context.Context, tx db.Tx) error {
		return f.outbox.Put(ctx, tx, f.world.Workspace.ID, m)
	})
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := f.outbox.List(t.Context(), f.world.Admin, nil)
	if err != nil {
		t.Fatal(err)
	}
	return list.Data[0].ID
}

func (f fixture) read(t *testing.T, key id.ID) outbox.Stored {
	t.Helper()
	m, _, err := f.outbox.Read(t.Context(), f.world.Admin, key)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (f fixture) drain(t *testing.T) {
	t.Helper()
	if _, err := f.queue.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

var hello = outbox.Mail{To: "sam@example.com", Subject: "Hello", Text: "Hello Sam", Purpose: outbox.PasswordChanged}

func TestMailIsSentAfterTheChange(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &server{answers: []error{&mailer.SendError{Outcome: mailer.Temporary, Err: errors.New("451 later")}}}
		f := newFixture(t, d, s)
		key := f.put(t, d, hello)
		f.drain(t)
		if m := f.read(t, key); m.State != outbox.Queued || m.LastError == "" {
			t.Fatalf("after a temporary refusal: %+v", m)
		}
		f.clock.Advance(time.Hour)
		f.drain(t)
		m := f.read(t, key)
		if m.State != outbox.Sent || m.SentAt.IsZero() || m.LastError != "" || m.Text != hello.Text {
			t.Fatalf("got %+v", m)
		}
		if len(s.got) != 2 || s.got[0].MessageID != s.got[1].MessageID || s.got[0].MessageID != key.String()+"@acme.example" {
			t.Fatalf("got %+v", s.got)
		}
		f.clock.Advance(time.Hour)
		f.drain(t)
		if len(s.got) != 2 {
			t.Fatal("it was sent again")
		}
	})
}

func TestMailRefusedForGoodIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &server{answers: []error{&mailer.SendError{Outcome: mailer.Permanent, Err: errors.New("550 nobody here")}}}
		f := newFixture(t, d, s)
		key := f.put(t, d, hello)
		f.drain(t)
		f.clock.Advance(24 * time.Hour)
		f.drain(t)
		if m := f.read(t, key); m.State != outbox.Failed || len(s.got) != 1 {
			t.Fatalf("got %+v after %d attempts", m, len(s.got))
		}
	})
}

func TestTheOutboxKnowsWhetherThereIsAMailServer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d, &server{})
		if !f.outbox.Configured() {
			t.Error("there is a mail server and it says that there is none")
		}
		if f.world.Outbox.Configured() {
			t.Error("there is no mail server and it says that there is one")
		}
	})
}

func TestMailOfAChangeThatFailedDoesNotExist(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &server{}
		f := newFixture(t, d, s)
		no := errors.New("no")
		err := d.Write(t.Context(), f.world.Workspace.ID, func(ctx context.Context, tx db.Tx) error {
			if err := f.outbox.Put(ctx, tx, f.world.Workspace.ID, hello); err != nil {
				t.Error(err)
			}
			return no
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		f.drain(t)
		if len(s.got) != 0 {
			t.Fatal("it was sent")
		}
	})
}

func TestSecretMailIsForAdministratorsUntilItIsSent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d, &server{})
		key := f.put(t, d, outbox.Mail{To: "sam@example.com", Subject: "Set a new password", Text: "the link", Purpose: outbox.PasswordReset})
		manager := f.world.User(t, auth.Manager)
		m, hidden, err := f.outbox.Read(t.Context(), manager, key)
		if err != nil || !hidden || m.Text != "" || m.Subject == "" {
			t.Fatalf("a manager sees %+v, %v", m, err)
		}
		if f.read(t, key).Text != "the link" {
			t.Fatal("an administrator does not see it")
		}
		if e := f.world.Entries(t).Data; e[0].Action != "outbox.secret_read" && e[1].Action != "outbox.secret_read" {
			t.Errorf("reading it is not audited: %+v", e[0])
		}
		f.drain(t)
		if m := f.read(t, key); m.Text != "" || m.State != outbox.Sent {
			t.Fatalf("after sending: %+v", m)
		}
		_, _, err = f.outbox.List(t.Context(), f.world.User(t, auth.Agent), nil)
		if !errs.Has(err, errs.Forbidden) {
			t.Errorf("an agent: %v", err)
		}
		_, other := f.world.Neighbour(t, "Other", "o@example.com")
		if _, _, err := f.outbox.Read(t.Context(), other, key); !errs.Has(err, errs.NotFound) {
			t.Errorf("a neighbour: %v", err)
		}
	})
}
