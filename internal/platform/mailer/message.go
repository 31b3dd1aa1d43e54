package mailer

import (
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/throughlinehq/throughline/internal/platform/secret"
)

// Message is one mail. Addresses are "ada@example.com" or "Ada <ada@example.com>".
type Message struct {
	From        string // empty means the mailer's own
	To          string
	Cc          []string
	ReplyTo     string
	Subject     string
	Text        string
	HTML        string            // beside or instead of Text
	Headers     map[string]string // further ones, such as In-Reply-To, References, List-Unsubscribe
	MessageID   string            // without <>; empty means a new one. A retry should send the same
	Attachments []Attachment
}

// Attachment is a file; Open may be called more than once.
type Attachment struct {
	Name        string
	ContentType string
	Open        func() (io.ReadCloser, error)
}

// compose builds the mail; whatever is wrong with it is permanent.
func compose(m Message, from string, now time.Time) (*gomail.Msg, string, error) {
	if m.From != "" {
		from = m.From
	}
	if err := checkLines(m, from); err != nil {
		return nil, "", err
	}
	out := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, "", fmt.Errorf("sender: %w", err)
	}
	out.FromMailAddress(sender)
	to, err := mail.ParseAddress(m.To)
	if err != nil {
		return nil, "", fmt.Errorf("recipient: %w", err)
	}
	out.ToMailAddress(to)
	if len(m.Cc) > 0 {
		if err := out.Cc(m.Cc...); err != nil {
			return nil, "", fmt.Errorf("copy: %w", err)
		}
	}
	if m.ReplyTo != "" {
		if err := out.ReplyTo(m.ReplyTo); err != nil {
			return nil, "", fmt.Errorf("reply address: %w", err)
		}
	}
	messageID := m.MessageID
	if messageID == "" {
		messageID = secret.Token(18) + sender.Address[strings.LastIndexByte(sender.Address, '@'):]
	}
	out.SetMessageIDWithValue(messageID)
	out.SetDateWithValue(now)
	out.Subject(m.Subject)
	for name, value := range m.Headers {
		out.SetGenHeader(gomail.Header(name), value)
	}
	switch {
	case m.Text != "" && m.HTML != "":
		out.SetBodyString(gomail.TypeTextPlain, m.Text)
		out.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	case m.HTML != "":
		out.SetBodyString(gomail.TypeTextHTML, m.HTML)
	default:
		out.SetBodyString(gomail.TypeTextPlain, m.Text)
	}
	files := make([]*gomail.File, len(m.Attachments))
	for i, a := range m.Attachments {
		files[i] = &gomail.File{Name: a.Name, ContentType: gomail.ContentType(a.ContentType), Header: make(map[string][]string), Writer: a.copyTo}
	}
	out.SetAttachments(files)
	return out, messageID, nil
}

func (a Attachment) copyTo(w io.Writer) (int64, error) {
	r, err := a.Open()
	if err != nil {
		return 0, fmt.Errorf("open attachment: %w", err)
	}
	n, err := io.Copy(w, r)
	return n, errors.Join(err, r.Close())
}

// checkLines refuses whatever could begin a header of its own, or stand in for one that is set elsewhere.
func checkLines(m Message, from string) error {
	single := []struct{ name, value string }{
		{"From", from}, {"To", m.To}, {"Reply-To", m.ReplyTo}, {"Subject", m.Subject}, {"Message-ID", m.MessageID},
	}
	for _, c := range m.Cc {
		single = append(single, struct{ name, value string }{"Cc", c})
	}
	for _, a := range m.Attachments {
		single = append(single, struct{ name, value string }{"attachment name", a.Name}, struct{ name, value string }{"attachment type", a.ContentType})
	}
	for name, value := range m.Headers {
		if !isHeaderName(name) || reserved(name) {
			return fmt.Errorf("header name %q is not allowed", name)
		}
		single = append(single, struct{ name, value string }{name, value})
	}
	for _, s := range single {
		if strings.ContainsAny(s.value, "\r\n\x00") {
			return fmt.Errorf("a line break in %s", s.name)
		}
	}
	if strings.ContainsAny(m.MessageID, "<> ") || m.MessageID != "" && !strings.Contains(m.MessageID, "@") {
		return errors.New("the Message-ID is not of the form left@right")
	}
	return nil
}

func isHeaderName(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || c == ':' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func reserved(name string) bool {
	switch strings.ToLower(name) {
	case "from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version", "return-path":
		return true
	}
	return strings.HasPrefix(strings.ToLower(name), "content-")
}
