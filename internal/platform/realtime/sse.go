package realtime

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const (
	heartbeat    = 15 * time.Second
	writeTimeout = 10 * time.Second
)

// Options of one answer. The zero value is right for a stream without history.
type Options struct {
	Backlog []Event         // what happened before, oldest first; read after Subscribe, so that nothing falls between
	Revoked <-chan struct{} // closed when the sign-in behind the stream has ended
	Resync  bool            // the backlog does not reach back to the client's last event: tell it to start over

	Clock        clock.Clock      // default the system's
	Heartbeat    <-chan time.Time // default every 15 s
	WriteTimeout time.Duration    // of one write; default 10 s
}

// The frames that are no events of a workspace.
const (
	frameConnected = "event: connected\ndata: {}\n\n"
	frameHeartbeat = "event: heartbeat\ndata: {}\n\n"
	// frameResync tells the client that events were lost and everything on the screen is to be read anew.
	frameResync   = "event: resync\ndata: {}\n\n"
	frameRevoked  = "event: end\ndata: {\"reason\":\"signed_out\"}\n\n"
	frameShutdown = "event: end\ndata: {\"reason\":\"restart\"}\n\n"
)

// ServeSSE answers a request with the stream until the client goes, the hub closes, or the sign-in ends,
// and closes the stream. It writes connected first, then the backlog, then what is live, without the
// events the backlog already had. The error is why the client could not be written to; nil otherwise.
func ServeSSE(w http.ResponseWriter, r *http.Request, s *Stream, o Options) error {
	defer s.Close()
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = writeTimeout
	}
	if o.Heartbeat == nil {
		t := time.NewTicker(heartbeat)
		defer t.Stop()
		o.Heartbeat = t.C
	}
	out := &writer{w: w, rc: http.NewResponseController(w), opts: &o}
	seen, err := out.open(s.hub)
	if err != nil {
		return err
	}
	o.Backlog = nil // not held for the hours that follow
	return out.follow(r, s, seen)
}

// writer puts frames on the wire, each write within its time.
type writer struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	opts *Options
}

// open writes the headers, the greeting and the backlog. It gives the ids that were written.
func (out *writer) open(h *Hub) (map[id.ID]struct{}, error) {
	head := out.w.Header()
	head.Set("Content-Type", "text/event-stream; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Accel-Buffering", "no") // nginx would hold events back
	// The server's timeouts are for requests that end.
	if err := out.rc.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	out.w.WriteHeader(http.StatusOK)
	greeting := retry(h.returning()) + frameConnected
	if out.opts.Resync {
		greeting += frameResync
	}
	if err := out.write([]byte(greeting)); err != nil {
		return nil, err
	}
	if len(out.opts.Backlog) == 0 {
		return nil, out.flush()
	}
	seen := make(map[id.ID]struct{}, len(out.opts.Backlog))
	for i := range out.opts.Backlog {
		m := encode(&out.opts.Backlog[i])
		if _, twice := seen[m.id]; twice {
			continue
		}
		seen[m.id] = struct{}{}
		if err := out.write(m.frame); err != nil {
			return nil, err
		}
	}
	return seen, out.flush()
}

// follow writes what is live.
func (out *writer) follow(r *http.Request, s *Stream, seen map[id.ID]struct{}) error {
	beats := 0
	for {
		if s.Lagged() {
			if err := out.say(frameResync); err != nil {
				return err
			}
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-out.opts.Revoked:
			return out.say(frameRevoked)
		case <-out.opts.Heartbeat:
			// By the second beat whatever was committed while the backlog was read has arrived.
			if beats++; beats == 2 {
				seen = nil
			}
			if err := out.say(frameHeartbeat); err != nil {
				return err
			}
		case m, open := <-s.events:
			if !open {
				return out.say(retry(s.hub.returning()) + frameShutdown)
			}
			if err := out.burst(m, s, seen); err != nil {
				return err
			}
		}
	}
}

// burst writes an event and those that wait behind it with one flush.
func (out *writer) burst(m *message, s *Stream, seen map[id.ID]struct{}) error {
	for range buffer {
		if _, twice := seen[m.id]; !twice || m.id.IsZero() {
			if err := out.write(m.frame); err != nil {
				return err
			}
		}
		select {
		case next, open := <-s.events:
			if !open {
				return out.flush() // follow sees it next
			}
			m = next
			continue
		default:
		}
		break
	}
	return out.flush()
}

func (out *writer) say(frame string) error {
	if err := out.write([]byte(frame)); err != nil {
		return err
	}
	return out.flush()
}

// write sets the deadline of this write; flush lifts it, as HTTP/2 resets a stream whose deadline passes
// while it is idle.
func (out *writer) write(b []byte) error {
	err := out.rc.SetWriteDeadline(out.opts.Clock.Now().Add(out.opts.WriteTimeout))
	if err == nil || errors.Is(err, http.ErrNotSupported) {
		_, err = out.w.Write(b)
	}
	if err != nil {
		return fmt.Errorf("write to stream: %w", err)
	}
	return nil
}

func (out *writer) flush() error {
	err := out.rc.Flush()
	if err == nil {
		err = out.rc.SetWriteDeadline(time.Time{})
	}
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("write to stream: %w", err)
	}
	return nil
}

// retry tells the client how long to wait before it connects again: at random between one second and
// what lets 500 clients a second come back, at most 30 s, so that a restart is no stampede.
func retry(streams int) string {
	spread := min(30_000, max(3_000, 1_000+streams*2))
	return fmt.Sprintf("retry: %d\n\n", 1_000+rand.IntN(spread-1_000)) //nolint:gosec // no secret
}
