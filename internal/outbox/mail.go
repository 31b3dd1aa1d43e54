package outbox

import (
	"net/mail"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// State is where a mail stands.
type State string

// The states of a mail.
const (
	Kept   State = "kept"   // there is no mail server; nobody but the outbox shows it
	Queued State = "queued" // a job will send it, or is trying to
	Sent   State = "sent"   // the mail server took it
	Failed State = "failed" // the mail server refused it for good, or did not take it in all its attempts
)

// States lists all states.
func States() []string { return []string{string(Kept), string(Queued), string(Sent), string(Failed)} }

// Purpose is why a mail is written.
type Purpose string

// The purposes.
const (
	PasswordReset   Purpose = "password_reset"
	PasswordChanged Purpose = "password_changed"
	EmailChanged    Purpose = "email_changed"
	SignUpRepeated  Purpose = "sign_up_repeated"
	AccountApproved Purpose = "account_approved"
)

// IsSecret reports that whoever reads the body can act as the recipient, so that only administrators may,
// and that it is not kept once it was sent.
func (p Purpose) IsSecret() bool { return p == PasswordReset }

// Mail is what a room asks to be sent. Text is plain; HTML may be empty.
type Mail struct {
	To      string
	Subject string
	Text    string
	HTML    string
	Purpose Purpose
}

func (m Mail) validate() error {
	_, err := mail.ParseAddress(m.To)
	return errs.Check(
		errs.That(err == nil, "to", "must be an e-mail address"),
		errs.Length("subject", m.Subject, 1, 200),
		errs.Length("text", m.Text, 1, 100_000),
	)
}

// Stored is a mail as it stands. Bodies are empty in lists.
type Stored struct {
	ID        id.ID
	Recipient string
	Subject   string
	Text      string
	HTML      string
	Purpose   Purpose
	State     State
	LastError string // the mail server's words
	CreatedAt time.Time
	SentAt    time.Time // zero until sent
}
