package redis

import (
	"encoding/json"
	"errors"
)

// envelopeVersion is raised when an older program could misread a newer envelope. New fields and new kinds of
// items are no reason: they are passed over.
const envelopeVersion = 1

// Roles of a process on the bus.
const (
	roleServing = "serve" // answers requests
	roleWorking = "work"  // only works, or is a command that ends soon
)

// envelope is one message: what a process had to tell, in order. Sequence numbers have no holes, so that a
// hole tells the others that something was lost; a beat is an envelope without items.
type envelope struct {
	Version int               `json:"v"`
	From    string            `json:"from"`
	Role    string            `json:"role"`
	Seq     uint64            `json:"seq"`
	Bye     bool              `json:"bye,omitempty"` // nothing follows
	Items   []json.RawMessage `json:"items,omitempty"`
}

var errEnvelope = errors.New("redis: not an envelope of ours")

func openEnvelope(text string) (envelope, error) {
	var e envelope
	if err := json.Unmarshal([]byte(text), &e); err != nil || e.Version < 1 || e.From == "" {
		return envelope{}, errEnvelope
	}
	return e, nil
}
