package app

import (
	"context"
	"encoding/json"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
	"github.com/throughlinehq/throughline/internal/platform/realtime"
	"github.com/throughlinehq/throughline/internal/platform/redis"
	"github.com/throughlinehq/throughline/internal/server"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const (
	tellWithin = 100 * time.Millisecond // of a commit that others must know of before its answer goes out
	byeWithin  = 2 * time.Second        // of sending what is left at the end
)

// What a note tells. A process passes over what it does not know.
const (
	noteEvent      = "event"
	notePeople     = "people"     // who may do what in a workspace is another now; sessions may have ended
	noteFields     = "fields"     // a workspace's own fields
	noteWorkspaces = "workspaces" // one is new, or its settings are others
)

// note is what one process tells the others. It says that something changed, never what: that is in the database.
type note struct {
	Kind      string          `json:"kind"`
	Workspace id.Workspace    `json:"workspace,omitempty"`
	User      id.ID           `json:"user,omitzero"`
	Event     json.RawMessage `json:"event,omitempty"` // as realtime writes it
}

func (n note) encode() json.RawMessage {
	b, _ := json.Marshal(n) // ids and text that was encoded before
	return b
}

// share makes what replicas have in common: with Redis the bus and the count of limits, without it a count of
// this process alone.
func (p *Platform) share() error {
	local := ratelimit.New(p.Clock, 0)
	p.Gate = local
	if !p.Config.RedisURL.IsSet() {
		return nil
	}
	var err error
	p.Redis, err = redis.Open(redis.Options{URL: p.Config.RedisURL.Reveal(), Installation: p.Keys.Derive("redis"), Clock: p.Clock})
	if err != nil {
		return err
	}
	p.bus = redis.NewBus(p.Redis, redis.BusOptions{
		Name: "notes", Log: p.Log, Clock: p.Clock,
		Receive: func(item json.RawMessage) {
			if l := p.streams.Load(); l != nil {
				l.receive(item)
			}
		},
		Gap: func(since time.Time) {
			if l := p.streams.Load(); l != nil {
				l.missing(since)
			}
		},
	})
	gate := redis.NewGate(p.Redis, redis.GateOptions{Local: local, Replicas: p.bus.Replicas})
	p.Gate = gate
	p.Metrics.WatchShared(server.Shared{Up: p.bus.Up, Replicas: p.bus.Replicas, Gaps: p.bus.Gaps, Alone: gate.Alone})
	return nil
}

// unshare sends what is left and lets go of Redis.
//
//nolint:contextcheck,nolintlint // it runs when the program's context has ended
func (p *Platform) unshare() error {
	if p.bus == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), byeWithin) //nolint:forbidigo // the program's own has ended
	defer cancel()
	p.bus.Close(ctx)
	return p.Redis.Close()
}

// lacks tells the readiness probe what does not work.
func (p *Platform) lacks() string {
	if p.bus == nil || p.bus.Up() {
		return ""
	}
	return "redis: limits are counted by each process, and live events come late from other processes"
}

// hears reports whether a change in another process would be heard of.
func (p *Platform) hears() bool { return p.bus == nil || p.bus.Whole() }

// tellOthers tells a change that a request to another process must not miss.
func (p *Platform) tellOthers(n note) {
	if p.bus != nil {
		p.bus.Tell(n.encode, tellWithin)
	}
}

func (p *Platform) peopleChanged(t tenant.ID, user id.ID) {
	if l := p.streams.Load(); l != nil {
		l.recheck(t, user)
	}
	p.tellOthers(note{Kind: notePeople, Workspace: t, User: user})
}

func (p *Platform) fieldsChanged(t tenant.ID) { p.tellOthers(note{Kind: noteFields, Workspace: t}) }

func (p *Platform) workspacesChanged() { p.tellOthers(note{Kind: noteWorkspaces}) }

// receive takes a note of another process.
func (l *live) receive(item json.RawMessage) {
	var n note
	if json.Unmarshal(item, &n) != nil {
		l.missing(l.p.Clock.Now())
		return
	}
	switch n.Kind {
	case noteEvent:
		e, err := realtime.Unmarshal(n.Event)
		if err != nil { // of a newer program: the database has it in a form that this one knows
			l.missing(l.p.Clock.Now())
			return
		}
		l.deliver(e)
	case notePeople:
		l.rooms.Auth.Heard(n.Workspace)
		l.recheck(n.Workspace, n.User)
	case noteFields:
		l.rooms.Fields.Heard(n.Workspace)
	case noteWorkspaces:
		l.rooms.Tenants.Heard()
	}
}
