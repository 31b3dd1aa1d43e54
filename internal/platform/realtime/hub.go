package realtime

import (
	"sync"
	"sync/atomic"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const (
	buffer  = 64 // events a stream may be behind before it is told to start over
	perUser = 10 // streams of one user in one workspace
)

// Errors of Subscribe.
var (
	ErrTooManyStreams = errs.New(errs.TooMany, "too_many_streams", "Too many live connections are open for you; close a window and try again.")
	ErrClosed         = errs.New(errs.Unavailable, "shutting_down", "This server is shutting down; connect again.")
)

// Hub hands events of one process to its streams. It is safe for concurrent use.
type Hub struct {
	mu     sync.RWMutex
	rooms  map[id.Workspace]*room
	closed bool
	count  atomic.Int64
	ending atomic.Int64 // how many streams were open when Close was called
	lagged atomic.Int64
}

// room is the streams of one workspace, so that nobody waits for another's.
type room struct {
	mu      sync.RWMutex
	streams map[*Stream]struct{}
	users   map[id.ID]int
}

// NewHub makes an empty hub.
func NewHub() *Hub { return &Hub{rooms: make(map[id.Workspace]*room)} }

// Subscription says what a stream is to get.
type Subscription struct {
	Workspace id.Workspace
	User      id.ID // whose stream it is, for the limit per user; zero is not limited
	// Filter decides which events of the workspace pass; nil passes all. It runs in the publisher's
	// goroutine, must be quick, and must not keep or change the event.
	Filter func(*Event) bool
}

// Stream is one subscriber. It must be closed.
type Stream struct {
	hub    *Hub
	room   *room
	sub    Subscription
	events chan *message
	lagged atomic.Bool
	ended  bool // guarded by room.mu
}

// Subscribe starts a stream: it holds every passing event published from now on.
// Errors: ErrTooManyStreams, ErrClosed.
func (h *Hub) Subscribe(sub Subscription) (*Stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	r := h.rooms[sub.Workspace]
	if r == nil {
		r = &room{streams: make(map[*Stream]struct{}), users: make(map[id.ID]int)}
		h.rooms[sub.Workspace] = r
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !sub.User.IsZero() {
		if r.users[sub.User] >= perUser {
			return nil, ErrTooManyStreams
		}
		r.users[sub.User]++
	}
	s := &Stream{hub: h, room: r, sub: sub, events: make(chan *message, buffer)}
	r.streams[s] = struct{}{}
	h.count.Add(1)
	return s, nil
}

// Publish hands an event to the streams it passes. It never waits: a stream that is too far behind loses
// the event and is told to start over.
func (h *Hub) Publish(e Event) {
	h.mu.RLock()
	r := h.rooms[e.Workspace]
	h.mu.RUnlock()
	if r == nil {
		return
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	var m *message // encoded for the first stream that wants it
	for s := range r.streams {
		if s.sub.Filter != nil && !s.sub.Filter(&e) {
			continue
		}
		if m == nil {
			m = encode(&e)
		}
		select {
		case s.events <- m:
		default:
			if !s.lagged.Swap(true) {
				h.lagged.Add(1)
			}
		}
	}
}

// Resync tells every stream of a workspace to start over.
func (h *Hub) Resync(t id.Workspace) {
	h.mu.RLock()
	r := h.rooms[t]
	h.mu.RUnlock()
	if r == nil {
		return
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	m := &message{frame: []byte(frameResync)}
	for s := range r.streams {
		select {
		case s.events <- m:
		default: // so far behind that it hears of it by itself
			if !s.lagged.Swap(true) {
				h.lagged.Add(1)
			}
		}
	}
}

// Workspaces lists those that somebody is looking at.
func (h *Hub) Workspaces() []id.Workspace {
	h.mu.RLock()
	defer h.mu.RUnlock()
	out := make([]id.Workspace, 0, len(h.rooms))
	for t := range h.rooms {
		out = append(out, t)
	}
	return out
}

// Streams is how many streams are open.
func (h *Hub) Streams() int { return int(h.count.Load()) }

// returning is how many clients may connect again at about the same time.
func (h *Hub) returning() int { return int(max(h.count.Load(), h.ending.Load())) }

// Lagged is how many times a stream had to be told to start over, since the start.
func (h *Hub) Lagged() int64 { return h.lagged.Load() }

// Close ends all streams and refuses new ones; http.Server.Shutdown waits for them, so it comes first.
func (h *Hub) Close() {
	h.mu.Lock()
	if !h.closed {
		h.ending.Store(h.count.Load())
	}
	h.closed = true
	rooms := h.rooms
	h.rooms = make(map[id.Workspace]*room)
	h.mu.Unlock()
	for _, r := range rooms {
		r.mu.Lock()
		for s := range r.streams {
			s.end()
		}
		r.mu.Unlock()
	}
}

// Lagged reports whether events were lost since it was last asked. The events still waiting are then
// dropped, since the client has to read everything anew.
func (s *Stream) Lagged() bool {
	if !s.lagged.Swap(false) {
		return false
	}
	for {
		select {
		case _, open := <-s.events:
			if !open {
				return true
			}
		default:
			return true
		}
	}
}

// Close ends the stream; a second time does nothing.
func (s *Stream) Close() {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	s.end()
	if len(s.room.streams) == 0 && h.rooms[s.sub.Workspace] == s.room {
		delete(h.rooms, s.sub.Workspace)
	}
}

// end takes the stream out of its room, whose lock is held: nobody publishes to it any more.
func (s *Stream) end() {
	if s.ended {
		return
	}
	s.ended = true
	close(s.events)
	delete(s.room.streams, s)
	if u := s.sub.User; !u.IsZero() {
		if s.room.users[u]--; s.room.users[u] <= 0 {
			delete(s.room.users, u)
		}
	}
	s.hub.count.Add(-1)
}
