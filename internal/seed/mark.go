package seed

import (
	"math/rand/v2"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/id"
)

// mark stands where an id has random bits, so that samples can be told in every table. Of other ids one in
// 2^38 has the same bits there.
func mark() [5]byte { return [5]byte{0x9a, 0x5e, 0xed, 0x0b, 0xad} }

// Kinds that are made at one instant are numbered apart, so that an id stands for one thing in a workspace.
const (
	usersFrom = (iota + 1) << 12 // products come first
	teamsFrom
	tagsFrom
	fieldsFrom
)

// marked makes the id of the n-th sample of its kind, sorting by the instant. It is the same every time.
func marked(at time.Time, n int) id.ID {
	i, m := id.At(at), mark()
	copy(i[8:13], m[:])
	i[13], i[14], i[15] = byte(n>>16), byte(n>>8), byte(n) //nolint:gosec // the low 24 bits are meant
	return i
}

func isMarked(i id.ID) bool { return [5]byte(i[8:13]) == mark() }

// Streams of chance, one per kind of object, so that each object is the same whatever else is made.
const (
	ofCustomer = iota + 1
	ofOrder
	ofTicket
	ofProduct
	ofCustomerValues
	ofOrderValues
	ofTicketValues
)

// dice gives the chance of one object.
func (b *brand) dice(kind, n int) *rand.Rand {
	return rand.New(rand.NewPCG(b.o.Seed, uint64(kind)<<48|uint64(n))) //nolint:gosec // no secret, it must repeat
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// often is true in so many of a hundred cases.
func often(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }
