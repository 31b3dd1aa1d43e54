package faults_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// outbox reads the newest mail's state and why it waits.
func (w *world) outbox(t *testing.T) (state, why string) {
	t.Helper()
	a := w.ask(t, http.MethodGet, "/mail-outbox", nil)
	var page struct {
		Data []struct{ State, LastError string }
	}
	if err := json.Unmarshal(a.body, &page); err != nil {
		t.Fatalf("the outbox answers %s", a)
	}
	if len(page.Data) == 0 {
		return "", ""
	}
	return page.Data[0].State, page.Data[0].LastError
}

func TestMailWaitsUntilItsServerIsWellAndIsSentOnce(t *testing.T) {
	t.Parallel()
	both := []db.Engine{db.SQLite, db.Postgres}
	lite := both[:1]
	for name, c := range map[string]struct {
		engines []db.Engine
		fault   mood
		gone    bool
		says    string // in the outbox
		twice   bool   // the server had it and nobody knew
	}{
		"gone":                    {engines: both, gone: true, says: "refused"},
		"silent":                  {engines: lite, fault: mood{silent: true}, says: "timeout"},
		"greylisting":             {engines: lite, fault: mood{rcpt: &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "come back later"}}, says: "451"},
		"full":                    {engines: lite, fault: mood{end: &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "no room"}}, says: "452"},
		"dying in the message":    {engines: both, fault: mood{dieInData: true}, says: "DATA"},
		"dying before it says so": {engines: lite, fault: mood{loseReply: true}, says: "DATA", twice: true},
	} {
		for _, e := range c.engines {
			t.Run(name+" on "+string(e), func(t *testing.T) {
				t.Parallel()
				mail := startMail(t)
				i := install(t, e, map[string]string{"SMTP_URL": mail.url(), "MAIL_FROM": "Acme <help@acme.example>"})
				w := serve(t, i, nil)
				mail.be(c.fault)
				if c.gone {
					mail.close()
				}
				page := w.ask(t, http.MethodPost, "/auth/forgot-password", map[string]string{"email": email})
				if page.status != http.StatusNoContent || page.took > 5*time.Second {
					t.Errorf("the page answers %s after %s", page, page.took)
				}
				var why string
				until(t, "the outbox says why the mail waits", func() bool {
					state, text := w.outbox(t)
					why = text
					return state == "queued" && text != "" || state == "sent"
				})
				if !strings.Contains(why, c.says) {
					t.Errorf("the outbox says %q, want something with %q", why, c.says)
				}
				if c.gone || c.fault.silent {
					if err := i.Run("", "doctor"); err == nil || !strings.Contains(err.Error(), "mail") {
						t.Errorf("doctor says %v", err)
					}
				}
				if c.gone {
					mail.open(t, mail.address)
				}
				mail.be(mood{})
				back := until(t, "the mail is sent", func() bool { state, _ := w.outbox(t); return state == "sent" })
				wanted := 1
				if c.twice {
					wanted = 2
				}
				if got := mail.got(); len(got) != wanted {
					t.Errorf("%d mails are taken, want %d", len(got), wanted)
				}
				ids := mail.begun()
				if slices.Sort(ids); len(slices.Compact(ids)) != 1 || ids[0] == "" {
					t.Errorf("the attempts have the ids %v, want one and the same", ids)
				}
				note("mail server %s (%s): page 204 at once, queued with the reason, sent %.1f s after it was well", name, e, back.Seconds())
			})
		}
	}
}

func TestMailThatIsRefusedForGoodIsNotSentAgain(t *testing.T) {
	t.Parallel()
	mail := startMail(t)
	mail.be(mood{rcpt: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}})
	w := serve(t, install(t, db.SQLite, map[string]string{"SMTP_URL": mail.url(), "MAIL_FROM": "help@acme.example"}), nil)
	want(t, "the page", w.ask(t, http.MethodPost, "/auth/forgot-password", map[string]string{"email": email}), http.StatusNoContent)
	until(t, "the mail has failed", func() bool { state, why := w.outbox(t); return state == "failed" && strings.Contains(why, "550") })
	note("mail refused for good: failed with the server's words, not tried again")
}
