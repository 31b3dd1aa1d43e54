// Package event is what happened: one row per fact, written in the transaction of the change that it
// tells of. The journey, live streams and every reaction read the same rows. Kinds are Go types in
// the room that emits them; this package knows none.
package event

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Audience is who may be told.
type Audience string

// The audiences.
const (
	Staff    Audience = "staff"    // staff who may see the object
	Customer Audience = "customer" // staff and the customer themself
	Hidden   Audience = "hidden"   // kept for reactions and audit; neither journey nor live streams
)

// About is what a fact is about. A zero OccurredAt means now; it differs from the moment of recording
// for imported history.
type About struct {
	Customer   id.ID
	ObjectKind string // "ticket", "order", "customer", …
	Object     id.ID
	OccurredAt time.Time
	Audience   Audience // empty means Staff
}

// Fact is one kind of event; its JSON is kept. Kinds read "ticket.created".
type Fact interface {
	EventKind() string
	About() About
}

// Origin is who made it happen.
type Origin struct {
	Workspace id.Workspace
	Kind      string // user, customer, system, import
	ID        id.ID
}

// By is whoever can act, such as auth.Actor.
type By interface{ Origin() Origin }

// Origin makes an Origin its own By, for imports and reactions.
func (o Origin) Origin() Origin { return o }

// Stored is an event as it was recorded.
type Stored struct {
	ID         id.ID
	Workspace  id.Workspace
	Kind       string
	OccurredAt time.Time
	RecordedAt time.Time
	ActorKind  string
	ActorID    id.ID
	Customer   id.ID
	ObjectKind string
	Object     id.ID
	Audience   Audience
	Data       json.RawMessage
}

// Enqueue keeps a reaction to an event as a job in the transaction.
type Enqueue func(ctx context.Context, tx db.Tx, e *Stored, reaction string) error

// Publish tells live streams, after the commit.
type Publish func(e *Stored)

// Log records facts and knows who reacts to them. Reactions are registered before the first Record.
type Log struct {
	clock   clock.Clock
	enqueue Enqueue
	publish Publish

	mu        sync.RWMutex
	byKind    map[string][]string
	reactions map[string]func(ctx context.Context, e *Stored) error
}

// NewLog makes a log. Either function may be nil (the command line needs no live streams).
func NewLog(c clock.Clock, enqueue Enqueue, publish Publish) *Log {
	return &Log{clock: c, enqueue: enqueue, publish: publish, byKind: map[string][]string{}, reactions: map[string]func(context.Context, *Stored) error{}}
}

// On registers a reaction: an idempotent job that runs for each fact of the type after its commit,
// at least once. The name is stable, because queued jobs carry it. Errors: a name taken twice.
func On[T Fact](l *Log, name string, react func(ctx context.Context, e *Stored, fact T) error) error {
	var zero T
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, taken := l.reactions[name]; taken {
		return fmt.Errorf("reaction %s is registered twice", name)
	}
	l.byKind[zero.EventKind()] = append(l.byKind[zero.EventKind()], name)
	l.reactions[name] = func(ctx context.Context, e *Stored) error {
		var fact T
		if err := json.Unmarshal(e.Data, &fact); err != nil {
			return errs.Wrapf(err, "read %s %s", e.Kind, e.ID)
		}
		return react(ctx, e, fact)
	}
	return nil
}

// React runs one reaction on one stored event.
func (l *Log) React(ctx context.Context, e *Stored, reaction string) error {
	l.mu.RLock()
	run := l.reactions[reaction]
	l.mu.RUnlock()
	if run == nil {
		return fmt.Errorf("no reaction is called %s", reaction)
	}
	return run(ctx, e)
}

// Record writes facts and the jobs of their reactions; live streams hear of them after the commit.
func (l *Log) Record(ctx context.Context, tx db.Tx, by By, facts ...Fact) error {
	o := by.Origin()
	now := l.clock.Now()
	stored := make([]*Stored, 0, len(facts))
	for _, f := range facts {
		data, err := json.Marshal(f)
		if err != nil {
			return errs.Wrapf(err, "encode %s", f.EventKind())
		}
		a := f.About()
		e := &Stored{
			ID: id.New(now), Workspace: o.Workspace, Kind: f.EventKind(), OccurredAt: a.OccurredAt, RecordedAt: now,
			ActorKind: o.Kind, ActorID: o.ID, Customer: a.Customer, ObjectKind: a.ObjectKind, Object: a.Object,
			Audience: a.Audience, Data: data,
		}
		if e.OccurredAt.IsZero() {
			e.OccurredAt = now
		}
		if e.Audience == "" {
			e.Audience = Staff
		}
		stored = append(stored, e)
	}
	if err := insert(ctx, tx, stored...); err != nil {
		return err
	}
	for _, e := range stored {
		l.mu.RLock()
		reactions := l.byKind[e.Kind]
		l.mu.RUnlock()
		for _, r := range reactions {
			if l.enqueue == nil {
				break
			}
			if err := l.enqueue(ctx, tx, e, r); err != nil {
				return errs.Wrapf(err, "enqueue %s after %s", r, e.Kind)
			}
		}
	}
	if l.publish != nil {
		tx.AfterCommit(func() {
			for _, e := range stored {
				if e.Audience != Hidden {
					l.publish(e)
				}
			}
		})
	}
	return nil
}
