package ticket

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Status is where a ticket stands.
type Status string

// The statuses. Open, pending and blocked tickets are somebody's work; resolved and closed ones are not.
const (
	Open     Status = "open"
	Pending  Status = "pending" // waits for the customer
	Blocked  Status = "blocked" // waits for somebody else
	Resolved Status = "resolved"
	Closed   Status = "closed"
)

// Statuses lists every status in the order of a ticket's life.
func Statuses() []Status { return []Status{Open, Pending, Blocked, Resolved, Closed} }

// IsOpen reports that the ticket counts as somebody's work.
func (s Status) IsOpen() bool { return s == Open || s == Pending || s == Blocked }

// Channel is how a ticket came in.
type Channel string

// The channels.
const (
	Portal   Channel = "portal"
	Email    Channel = "email"
	Chat     Channel = "chat"
	API      Channel = "api"
	Phone    Channel = "phone"
	Social   Channel = "social"
	SMS      Channel = "sms"
	WhatsApp Channel = "whatsapp"
)

// Channels lists every channel.
func Channels() []Channel {
	return []Channel{Portal, Email, Chat, API, Phone, Social, SMS, WhatsApp}
}

// Priorities run from 1 (extreme) to 4 (low).
const (
	HighestPriority = 1
	LowestPriority  = 4
	DefaultPriority = 3
)

// Limits of what a ticket may hold.
const (
	maxTitle       = 300
	maxWord        = 60 // type, category
	maxTags        = 50
	maxPreview     = 160
	maxAttachments = 10
	maxMentions    = 20
)

// Kinds of authors.
const (
	ByUser     = "user"
	ByCustomer = "customer"
	BySystem   = "system"
)

// Ticket is one matter.
type Ticket struct {
	ID             id.ID
	Number         int64 // per workspace, what people say
	Title          string
	Status         Status
	Priority       int64
	Type           string // free word of the brand, such as "question"
	Category       string
	Channel        Channel
	Customer       id.ID
	Assignee       id.ID
	Team           id.ID
	CreatedBy      id.ID
	MessageCount   int64     // sent messages, notes included
	Preview        string    // start of the last public message
	LastMessageAt  time.Time // of the last sent message, notes included
	LastAuthorKind string    // of the last public message
	WaitingSince   time.Time // since when the customer waits for an answer; zero when they do not
	FirstRepliedAt time.Time
	ResolvedAt     time.Time
	ClosedAt       time.Time
	Fields         map[string]any
	Version        int64
	ActivityAt     time.Time // orders the inbox: messages and changes of status or assignment
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// setStatus moves the ticket and keeps the times that belong to the states.
func (k *Ticket) setStatus(s Status, now time.Time) {
	k.Status = s
	switch s {
	case Resolved:
		k.ResolvedAt, k.ClosedAt, k.WaitingSince = now, time.Time{}, time.Time{}
	case Closed:
		if k.ResolvedAt.IsZero() {
			k.ResolvedAt = now
		}
		k.ClosedAt, k.WaitingSince = now, time.Time{}
	case Open, Pending, Blocked:
		k.ResolvedAt, k.ClosedAt = time.Time{}, time.Time{}
	}
}

// received applies a sent message to what the ticket tells of its thread. It returns the status before,
// because a customer's message opens a ticket that was put away: one that nobody looks at would be lost.
func (k *Ticket) received(m Message, now time.Time) (before Status) {
	before = k.Status
	k.MessageCount++
	k.LastMessageAt, k.ActivityAt = now, now
	if m.Internal {
		return before
	}
	k.Preview, k.LastAuthorKind = preview(m.Body), m.AuthorKind
	switch m.AuthorKind {
	case ByCustomer:
		if k.Status == Pending || k.Status == Resolved || k.Status == Closed {
			k.setStatus(Open, now)
		}
		if k.WaitingSince.IsZero() {
			k.WaitingSince = now
		}
	case ByUser:
		if k.FirstRepliedAt.IsZero() {
			k.FirstRepliedAt = now
		}
		k.WaitingSince = time.Time{}
	}
	return before
}

// preview is the start of a text on one line.
func preview(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= maxPreview {
		return text
	}
	r := []rune(text)
	return strings.TrimRight(string(r[:maxPreview-1]), " ") + "…"
}

func validTitle(title string) *errs.Field { return errs.Length("title", title, 1, maxTitle) }

func validPriority(p int64) *errs.Field {
	return errs.Between("priority", p, HighestPriority, LowestPriority)
}

func validStatus(s Status) *errs.Field { return errs.OneOf("status", s, Statuses()...) }

func validChannel(c Channel) *errs.Field { return errs.OneOf("channel", c, Channels()...) }

func validWord(location, w string) *errs.Field { return errs.Length(location, w, 0, maxWord) }
