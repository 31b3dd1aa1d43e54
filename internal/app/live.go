package app

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/realtime"
)

const (
	waiting = 4096            // events between a commit and the streams
	overlap = 5 * time.Second // commits may land out of id order
	replay  = 500             // events; who missed more reads everything anew

	workEvery = time.Second // how often a workspace hears that the product's own jobs have changed
)

// live carries committed events to the streams of who may see them.
type live struct {
	p     *Platform
	rooms *Rooms
	queue chan realtime.Event

	recent   recent
	gap      gap
	watchers *watchers

	mu   sync.Mutex                      // guards work
	work map[id.Workspace]realtime.Event // the last change of the product's own jobs that is still to be told
}

func newLive(p *Platform, r *Rooms) *live {
	return &live{
		p: p, rooms: r, queue: make(chan realtime.Event, waiting), work: map[id.Workspace]realtime.Event{},
		gap: gap{wake: make(chan struct{}, 1)}, watchers: newWatchers(),
	}
}

// shown is what a client gets of an event: what happened to what, never the content.
type shown struct {
	Kind       string `json:"kind"`
	ObjectKind string `json:"objectKind,omitempty"`
	ObjectID   id.ID  `json:"objectId,omitzero"`
	CustomerID id.ID  `json:"customerId,omitzero"`
	ActorID    id.ID  `json:"actorId,omitzero"`
	At         string `json:"occurredAt"`
}

func liveEvent(e *event.Stored) realtime.Event {
	data, _ := json.Marshal(shown{ // text and ids always encode
		Kind: e.Kind, ObjectKind: e.ObjectKind, ObjectID: e.Object, CustomerID: e.Customer, ActorID: e.ActorID,
		At: e.OccurredAt.UTC().Format(time.RFC3339Nano),
	})
	return realtime.Event{
		ID: e.ID, Workspace: e.Workspace, Kind: e.Kind, Audience: realtime.Staff,
		Customer: e.Customer, ObjectType: e.ObjectKind, Object: e.Object, Data: data,
	}
}

// liveJob tells how far a job is, to who started it and who may see all work. It has no id: a stream does
// not resume from it.
func liveJob(c jobs.Change) realtime.Event {
	data, _ := json.Marshal(map[string]any{"id": c.ID, "kind": c.Kind, "state": c.State, "done": c.Done, "total": c.Total}) // plain values
	return realtime.Event{
		Workspace: c.Workspace, Kind: "job.progress", Audience: realtime.Staff, Owner: c.CreatedBy,
		ObjectType: "job", Object: c.ID, Data: data,
	}
}

// publish tells all streams, here and through the bus. It is called after a commit and must not wait.
func (l *live) publish(e realtime.Event) {
	if l.p.bus != nil {
		l.p.bus.Publish(func() json.RawMessage {
			b, _ := realtime.Marshal(&e) // ids, text and data that were encoded before
			return note{Kind: noteEvent, Event: b}.encode()
		})
	}
	l.deliver(e)
}

// deliver hands an event to the streams of this process, and must not wait for the database.
func (l *live) deliver(e realtime.Event) {
	if l.p.Hub.Streams() == 0 {
		return
	}
	select {
	case l.queue <- e:
	default:
		l.hand(e) // so far behind that whoever writes helps
	}
}

// hand gives the streams an event that they have not had.
func (l *live) hand(e realtime.Event) {
	if e.ID.IsZero() || l.recent.add(e.ID) {
		l.p.Hub.Publish(e)
	}
}

// jobChanged tells of a person's job at once. The product's own are many and nobody waits for one: of
// those a stream hears of the last one, once a second, unless the job tells how far it is.
func (l *live) jobChanged(c jobs.Change) {
	e := liveJob(c)
	if !c.CreatedBy.IsZero() || c.State == jobs.Running {
		l.publish(e)
		return
	}
	if l.p.bus == nil && l.p.Hub.Streams() == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.work[c.Workspace] = e
}

// tellWork publishes what jobChanged has put by.
func (l *live) tellWork() {
	l.mu.Lock()
	work := l.work
	l.work = map[id.Workspace]realtime.Event{}
	l.mu.Unlock()
	for _, e := range work {
		l.publish(e)
	}
}

// during hands events on while the program does its work, and what is left when that has come to its end.
func (l *live) during(ctx context.Context, work func(ctx context.Context) error) error {
	// Requests and jobs that come to their end after the stop signal still tell what they did.
	own, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { l.run(own) })
	if l.p.bus != nil {
		all.Go(func() { l.p.bus.Run(own) })
		all.Go(func() { l.mend(own) })
	}
	err := work(ctx)
	stop()
	all.Wait()
	return err
}

// run hands events on until the context ends.
func (l *live) run(ctx context.Context) {
	t := time.NewTicker(workEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			l.tellWork()
			return
		case e := <-l.queue:
			l.hand(e)
		case <-t.C:
			l.tellWork()
		}
	}
}

// register adds the staff's stream.
func (l *live) register(api *httpx.API) {
	type input struct {
		Last string `header:"Last-Event-ID" doc:"Id of the last event that was seen; the stream goes on a few seconds before it"`
	}
	httpx.RegisterStream(api, httpx.GET("/events"), httpx.Doc{
		ID: "stream-events", Tag: "Live", Summary: "Stream live events",
		Description: "Server-Sent Events: connected, then what happens to objects you may see, and heartbeat every 15 seconds. " +
			"job.progress tells how far a job is to who started it and to jobs:read; of work that nobody started, it tells of one job a second. " +
			"An event may come twice; drop ids that you have seen. resync means that events were lost: read everything anew.",
		Errors: []errs.Kind{errs.TooMany},
	}, "text/event-stream", func(ctx context.Context, in *input) (http.HandlerFunc, error) {
		return l.open(ctx, auth.ActorFrom(ctx), in.Last)
	})
}

// open subscribes before it reads what was missed, so that nothing falls between.
func (l *live) open(ctx context.Context, who auth.Actor, last string) (http.HandlerFunc, error) {
	var now atomic.Pointer[auth.Actor]
	now.Store(&who)
	s, err := l.p.Hub.Subscribe(realtime.Subscription{
		Workspace: who.Tenant, User: who.User,
		Filter: func(e *realtime.Event) bool { return l.maySee(context.WithoutCancel(ctx), *now.Load(), e) },
	})
	if err != nil {
		return nil, err
	}
	backlog, resync, err := l.missed(ctx, who, last)
	if err != nil {
		s.Close()
		return nil, err
	}
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, done := context.WithCancel(r.Context())
		defer done()
		revoked := make(chan struct{})
		one := l.watchers.add(who.Tenant, who.User)
		defer l.watchers.remove(who.Tenant, one)
		if !who.Session.IsZero() {
			one.wake <- struct{}{} // for a change between the sign-in's check and now
		}
		go l.watch(ctx, one, &now, revoked)
		err := realtime.ServeSSE(w, r, s, realtime.Options{Backlog: backlog, Resync: resync, Revoked: revoked})
		if err != nil {
			l.p.Log.DebugContext(ctx, "stream ended", "request", httpx.RequestID(ctx), "error", err.Error())
		}
	}, nil
}

// missed reads what happened since an id. resync is true when that was too much, or the id is none.
func (l *live) missed(ctx context.Context, who auth.Actor, last string) (out []realtime.Event, resync bool, err error) {
	if last == "" {
		return nil, false, nil
	}
	seen, err := id.Parse(last)
	if err != nil {
		return nil, true, nil // not an id of ours: the client starts over
	}
	if seen.Time().After(l.p.Clock.Now().Add(overlap)) {
		return nil, true, nil // the clock has gone back since: what happened then sorts before it
	}
	var rows []*event.Stored
	err = l.p.DB.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		rows, err = event.Since(ctx, q, who.Tenant, id.At(seen.Time().Add(-overlap)), replay)
		return err
	})
	if err != nil || len(rows) == replay {
		return nil, true, err
	}
	for _, row := range rows {
		if e := liveEvent(row); l.maySee(ctx, who, &e) {
			out = append(out, e)
		}
	}
	return out, false, nil
}
