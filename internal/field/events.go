package field

import (
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Changed tells that a definition was created, changed or deleted, so that open screens read it anew.
type Changed struct {
	Field  id.ID  `json:"field"`
	Object Object `json:"object"`
	Key    string `json:"key"`
	What   string `json:"what"` // created, updated, deleted, indexed
}

// EventKind is field.changed.
func (Changed) EventKind() string { return "field.changed" }

// About is the definition.
func (c Changed) About() event.About { return event.About{ObjectKind: "field", Object: c.Field} }
