package ticket

import (
	"time"

	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Message is one contribution to a ticket's thread: a public reply, what the customer wrote, or a note that
// only staff see.
type Message struct {
	ID          id.ID
	Ticket      id.ID
	Internal    bool
	AuthorKind  string // ByUser, ByCustomer or BySystem
	Author      id.ID
	AuthorName  string
	Body        string // plain text, derived from HTML
	HTML        string // sanitised
	State       State
	HeldUntil   time.Time
	Attachments []Attachment
	CreatedAt   time.Time
	UpdatedAt   time.Time

	fileCount int64
}

// Attachment is a file in a message.
type Attachment struct {
	ID          id.ID
	Name        string
	ContentType string
	Size        int64
	Width       int64 // of pictures, once they were looked at
	Height      int64
	Thumbnail   bool // a small picture is ready
}

// State is whether a message has gone out.
type State string

// The states. A held message is its author's alone and can be taken back.
const (
	Sent State = "sent"
	Held State = "held"
)

// maxHold is the longest time for which a message is held back to be undone.
const maxHold = 30 * time.Second

// Limits of a message.
const (
	maxBody = 100_000 // characters of plain text
	maxHTML = 400_000 // bytes
)

// Draft is what a user has begun to write in a ticket; each has one per ticket.
type Draft struct {
	Internal  bool
	HTML      string
	UpdatedAt time.Time
}

// Contact is a line of the escalation contact sheet: whom to call when a matter is too large for the desk.
type Contact struct {
	ID        id.ID
	Name      string
	Duty      string // what they decide about
	Email     string
	Phone     string
	Note      string
	Position  int64 // order on the sheet
	CreatedAt time.Time
	UpdatedAt time.Time
}
