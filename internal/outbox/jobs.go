package outbox

import (
	"context"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/mailer"
)

// sendMail hands one mail to the server.
type sendMail struct {
	Mail id.ID `json:"mail"`
}

// JobKind is the job's stable name.
func (sendMail) JobKind() string { return "outbox.send" }

// attempts is how often a mail is tried: over about five days, as mail servers do, since outages last nights and
// weekends.
const attempts = 150

// send is done once the row says what became of the mail. When the process dies between the server's yes
// and the row, the mail goes out again under the same Message-ID, which mailboxes show once.
func (s *Service) send(ctx context.Context, j *jobs.Job, args sendMail) error {
	var m Stored
	err := s.deps.DB.Read(ctx, j.Workspace, func(ctx context.Context, r db.Reader) (err error) {
		m, err = read(ctx, r, j.Workspace, args.Mail)
		return err
	})
	if errs.Has(err, errs.NotFound) || err == nil && (m.State == Sent || m.State == Kept) {
		return nil
	}
	if err != nil {
		return err
	}
	_, sendErr := s.deps.Sender.Send(ctx, mailer.Message{
		To: m.Recipient, Subject: m.Subject, Text: m.Text, HTML: m.HTML, MessageID: m.ID.String() + "@" + s.domain,
		Headers: map[string]string{"Auto-Submitted": "auto-generated"},
	})
	switch {
	case sendErr == nil:
		return s.deps.DB.Write(ctx, j.Workspace, func(ctx context.Context, tx db.Tx) error {
			if err := markSent(ctx, tx, j.Workspace, m, s.deps.Clock.Now()); err != nil {
				return err
			}
			return j.Finish(ctx, tx)
		})
	case mailer.IsPermanent(sendErr):
		return s.deps.DB.Write(ctx, j.Workspace, func(ctx context.Context, tx db.Tx) error {
			if err := markError(ctx, tx, j.Workspace, m.ID, Failed, words(sendErr)); err != nil {
				return err
			}
			return j.Finish(ctx, tx)
		})
	}
	state := Queued
	if j.Last() && mailer.WaitOf(sendErr) == 0 {
		state = Failed // until somebody retries the job
	}
	err = s.deps.DB.Write(ctx, j.Workspace, func(ctx context.Context, tx db.Tx) error {
		return markError(ctx, tx, j.Workspace, m.ID, state, words(sendErr))
	})
	if err != nil {
		return err
	}
	if wait := mailer.WaitOf(sendErr); wait > 0 {
		return jobs.Later(wait, sendErr)
	}
	return sendErr
}

// words is an error short enough for a table.
func words(err error) string {
	text := strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", ""), "?")
	if r := []rune(text); len(r) > 500 {
		text = string(r[:500])
	}
	return text
}
