package realtime

import (
	"bytes"
	"encoding/json"

	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Audience says who an event may concern at all; filters narrow it further.
type Audience uint8

// The audiences, which may be combined.
const (
	Staff    Audience = 1 << iota // people who work for the brand
	Customer                      // the one customer that the event names
)

// Has reports whether all of the given audience is meant.
func (a Audience) Has(who Audience) bool { return a&who == who }

// Event is something that has happened and is committed.
type Event struct {
	ID         id.ID // also what a stream resumes from
	Workspace  id.Workspace
	Kind       string // such as ticket.created
	Audience   Audience
	Users      []id.ID         // only these members of staff; empty means all who may see it
	Owner      id.ID           // whose it is, for filters; zero means the product's
	Customer   id.ID           // whom it is about; zero means nobody in particular
	ObjectType string          // such as ticket
	Object     id.ID           // what it is about
	Data       json.RawMessage // what the client gets; empty means {}
}

// For reports whether the event is meant for a member of staff, as far as Audience and Users tell.
func (e *Event) For(user id.ID) bool {
	if !e.Audience.Has(Staff) {
		return false
	}
	for _, u := range e.Users {
		if u == user {
			return true
		}
	}
	return len(e.Users) == 0
}

// message is an event with its frame, made once and shared by all streams.
type message struct {
	id    id.ID
	frame []byte
}

// encode makes the frame of an event. Line breaks in the data are kept as further data lines, and in the
// kind dropped, so that no event can forge another.
func encode(e *Event) *message {
	data := []byte(e.Data)
	if len(data) == 0 {
		data = []byte("{}")
	}
	b := make([]byte, 0, len(e.Kind)+len(data)+64)
	if !e.ID.IsZero() {
		b = append(append(append(b, "id: "...), e.ID.String()...), '\n')
	}
	b = append(b, "event: "...)
	for _, c := range []byte(e.Kind) {
		if c >= ' ' {
			b = append(b, c)
		}
	}
	b = append(b, '\n')
	for len(data) > 0 {
		line := data
		if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
			line, data = data[:i], data[i+1:]
		} else {
			data = nil
		}
		b = append(append(append(b, "data: "...), line...), '\n')
	}
	return &message{id: e.ID, frame: append(b, '\n')}
}
