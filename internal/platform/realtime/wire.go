package realtime

import (
	"encoding/json"
	"errors"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// wireVersion is raised when an older program would show an event to somebody who may not see it, such as for
// a new field that narrows its audience. Other fields may be added: they are passed over.
const wireVersion = 1

// ErrVersion is the answer to an event of a newer program, which only the database can explain.
var ErrVersion = errors.New("realtime: the event has a newer form")

// wire is an event between processes. It holds all that the filters of streams ask for.
type wire struct {
	Version    int             `json:"v"`
	ID         id.ID           `json:"id,omitzero"`
	Workspace  id.Workspace    `json:"workspace"`
	Kind       string          `json:"kind"`
	Audience   Audience        `json:"audience"`
	Users      []id.ID         `json:"users,omitempty"`
	Owner      id.ID           `json:"owner,omitzero"`
	Customer   id.ID           `json:"customer,omitzero"`
	ObjectType string          `json:"objectType,omitempty"`
	Object     id.ID           `json:"object,omitzero"`
	Data       json.RawMessage `json:"data,omitempty"`
}

// Marshal writes an event for another process.
func Marshal(e *Event) ([]byte, error) {
	b, err := json.Marshal(wire{
		wireVersion, e.ID, e.Workspace, e.Kind, e.Audience, e.Users, e.Owner, e.Customer, e.ObjectType, e.Object, e.Data,
	})
	return b, errs.Wrapf(err, "encode event %s", e.Kind)
}

// Unmarshal reads an event of another process. Errors: ErrVersion; text that is no event.
func Unmarshal(b []byte) (Event, error) {
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return Event{}, errs.Wrapf(err, "read event")
	}
	switch {
	case w.Version > wireVersion:
		return Event{}, ErrVersion
	case w.Version < 1 || w.Workspace == 0 || w.Kind == "":
		return Event{}, errors.New("realtime: not an event")
	}
	return Event{w.ID, w.Workspace, w.Kind, w.Audience, w.Users, w.Owner, w.Customer, w.ObjectType, w.Object, w.Data}, nil
}
