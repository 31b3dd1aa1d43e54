package ticket

import (
	"testing"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/media"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// APIWorld is what tests of the wire need of a world.
type APIWorld struct {
	Clock           *clock.Fake
	Tickets         *Service
	Files           *media.Service
	Admin, Mia, Sam auth.Actor
	Ada             id.ID
	Neighbour       auth.Actor
}

// NewAPIWorld makes the world of this package's tests.
func NewAPIWorld(t testing.TB, d *db.DB) APIWorld {
	w := newWorld(t, d)
	return APIWorld{w.clock, w.tickets, w.files, w.people.admin, w.people.mia, w.people.sam, w.people.ada, w.neighbours.admin}
}
