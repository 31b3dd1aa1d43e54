package tag

import (
	"strconv"

	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Changed tells that the dictionary changed. What hangs on which object is told by the object's room.
type Changed struct {
	Tag  id.ID  `json:"tag"`
	Name string `json:"name"`
	What string `json:"what"` // created, updated, deleted
}

// EventKind is tag.changed.
func (Changed) EventKind() string { return "tag.changed" }

// About is the tag.
func (c Changed) About() event.About { return event.About{ObjectKind: "tag", Object: c.Tag} }

func at(i int) string { return "tags[" + number(i) + "]" }

func number(i int) string { return strconv.Itoa(i) }
