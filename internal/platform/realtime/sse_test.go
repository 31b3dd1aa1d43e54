package realtime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/realtime"
)

// sink is a client's side that can be slow or gone.
type sink struct {
	mu       sync.Mutex
	b        bytes.Buffer
	head     http.Header
	fail     error
	gate     chan struct{} // a write waits for it
	deadline []time.Time
	flushes  int
}

func newSink() *sink                            { return &sink{head: make(http.Header)} }
func (s *sink) Header() http.Header             { return s.head }
func (s *sink) WriteHeader(int)                 {}
func (s *sink) SetReadDeadline(time.Time) error { return nil }
func (s *sink) Flush()                          { s.mu.Lock(); defer s.mu.Unlock(); s.flushes++ }

func (s *sink) SetWriteDeadline(at time.Time) error { s.deadline = append(s.deadline, at); return nil }

func (s *sink) Write(p []byte) (int, error) {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return 0, s.fail
	}
	return s.b.Write(p)
}

// take gives the names (and data) of the frames written since it was last asked.
func (s *sink) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for frame := range strings.SplitSeq(s.b.String(), "\n\n") {
		name, data := "", ""
		for line := range strings.SplitSeq(frame, "\n") {
			if v, ok := strings.CutPrefix(line, "event: "); ok {
				name = v
			}
			if v, ok := strings.CutPrefix(line, "data: "); ok && v != "{}" {
				data += " " + v
			}
		}
		if name != "" {
			names = append(names, name+data)
		}
	}
	s.b.Reset()
	return strings.Join(names, ", ")
}

// serve runs ServeSSE in a bubble; done gives its error.
func serve(ctx context.Context, w http.ResponseWriter, s *realtime.Stream, o realtime.Options) (done chan error) {
	r := httptest.NewRequest(http.MethodGet, "/api/v1/events", nil).WithContext(ctx)
	done = make(chan error, 1)
	go func() { done <- realtime.ServeSSE(w, r, s, o) }()
	return done
}

func TestServeSSE(t *testing.T) {
	t.Parallel()

	t.Run("says connected, then the backlog, then what is live, each once and in order", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := realtime.NewHub()
			s := subscribe(t, h, realtime.Subscription{Workspace: 1})
			a, b, c := event(1, "a", `{"n":1}`), event(1, "b", ""), event(1, "c", "")
			h.Publish(b) // arrived live while the backlog was read
			h.Publish(c)
			out := newSink()
			done := serve(t.Context(), out, s, realtime.Options{Backlog: []realtime.Event{a, b, b}})
			synctest.Wait()
			if got := out.take(); got != `connected, a {"n":1}, b, c` {
				t.Errorf("got %s", got)
			}
			h.Publish(a) // late, and the client has it
			h.Publish(event(1, "d", ""))
			h.Publish(event(2, "foreign", ""))
			synctest.Wait()
			if got := out.take(); got != "d" {
				t.Errorf("got %s", got)
			}
			h.Close()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if got := out.head.Get("Content-Type"); got != "text/event-stream; charset=utf-8" || out.head.Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", out.head)
			}
		})
	})

	t.Run("beats every 15 seconds while nothing happens", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := realtime.NewHub()
			out := newSink()
			done := serve(t.Context(), out, subscribe(t, h, realtime.Subscription{Workspace: 1}), realtime.Options{})
			synctest.Wait()
			out.take()
			for range 4 {
				time.Sleep(14999 * time.Millisecond) // the bubble's clock: no time passes
				synctest.Wait()
				if got := out.take(); got != "" {
					t.Errorf("early: %s", got)
				}
				time.Sleep(time.Millisecond)
				synctest.Wait()
				if got := out.take(); got != "heartbeat" {
					t.Errorf("got %q", got)
				}
			}
			h.Close()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	})

	t.Run("tells a slow client to start over and goes on", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := realtime.NewHub()
			out := newSink()
			out.gate = make(chan struct{})
			done := serve(t.Context(), out, subscribe(t, h, realtime.Subscription{Workspace: 1}), realtime.Options{})
			synctest.Wait()
			for i := range 200 {
				h.Publish(event(1, fmt.Sprint("e", i), ""))
			}
			close(out.gate)
			synctest.Wait()
			if got := out.take(); got != "connected, resync" {
				t.Errorf("got %s", got)
			}
			h.Publish(event(1, "after", ""))
			synctest.Wait()
			if got := out.take(); got != "after" {
				t.Errorf("got %s", got)
			}
			h.Close()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	})

	t.Run("flushes a burst once", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := realtime.NewHub()
			out := newSink()
			s := subscribe(t, h, realtime.Subscription{Workspace: 1})
			for range 50 {
				h.Publish(event(1, "x", ""))
			}
			done := serve(t.Context(), out, s, realtime.Options{})
			synctest.Wait()
			if got := strings.Count(out.take(), "x"); got != 50 || out.flushes > 3 {
				t.Errorf("%d events in %d flushes", got, out.flushes)
			}
			h.Close()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	})

	t.Run("ends when the hub closes, with what was under way and a wait to connect again", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := realtime.NewHub()
			out := newSink()
			done := serve(t.Context(), out, subscribe(t, h, realtime.Subscription{Workspace: 1}), realtime.Options{})
			synctest.Wait()
			out.take()
			h.Publish(event(1, "last", ""))
			h.Close()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if text := out.b.String(); !regexp.MustCompile(`retry: [1-9]\d{3,4}\n`).MatchString(text) {
				t.Errorf("no wait in %q", text)
			}
			if got := out.take(); got != `last, end {"reason":"restart"}` {
				t.Errorf("got %s", got)
			}
		})
	})

	t.Run("ends when the sign-in is revoked", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := realtime.NewHub()
			out := newSink()
			revoked := make(chan struct{})
			done := serve(t.Context(), out, subscribe(t, h, realtime.Subscription{Workspace: 1}), realtime.Options{Revoked: revoked})
			synctest.Wait()
			out.take()
			close(revoked)
			if err := <-done; err != nil || h.Streams() != 0 {
				t.Errorf("%v, %d streams", err, h.Streams())
			}
			if got := out.take(); got != `end {"reason":"signed_out"}` {
				t.Errorf("got %s", got)
			}
		})
	})

	t.Run("ends when the client goes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := realtime.NewHub()
			ctx, cancel := context.WithCancel(t.Context())
			done := serve(ctx, newSink(), subscribe(t, h, realtime.Subscription{Workspace: 1}), realtime.Options{})
			synctest.Wait()
			cancel()
			if err := <-done; err != nil || h.Streams() != 0 {
				t.Errorf("%v, %d streams", err, h.Streams())
			}
		})
	})

	t.Run("ends when a write fails, and gives each write its time", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := realtime.NewHub()
			out := newSink()
			begin := time.Now()
			done := serve(t.Context(), out, subscribe(t, h, realtime.Subscription{Workspace: 1}), realtime.Options{})
			synctest.Wait()
			if d := out.deadline; len(d) != 2 || d[0].Sub(begin) != 10*time.Second || !d[1].IsZero() {
				t.Errorf("deadlines %v", d)
			}
			out.mu.Lock()
			out.fail = errors.New("gone")
			out.mu.Unlock()
			h.Publish(event(1, "x", ""))
			if err := <-done; err == nil || h.Streams() != 0 {
				t.Errorf("%v, %d streams", err, h.Streams())
			}
		})
	})

	t.Run("says resync when the backlog does not reach back", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := realtime.NewHub()
			out := newSink()
			done := serve(t.Context(), out, subscribe(t, h, realtime.Subscription{Workspace: 1}), realtime.Options{Resync: true})
			synctest.Wait()
			if got := out.take(); got != "connected, resync" {
				t.Errorf("got %s", got)
			}
			h.Close()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	})

	t.Run("passes only what the filter lets through", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := realtime.NewHub()
			ada := id.New(start)
			out := newSink()
			done := serve(t.Context(), out, subscribe(t, h, realtime.Subscription{Workspace: 1, User: ada, Filter: func(e *realtime.Event) bool { return e.For(ada) }}), realtime.Options{})
			mine, others := event(1, "mine", ""), event(1, "others", "")
			mine.Users, others.Users = []id.ID{ada}, []id.ID{id.New(start)}
			h.Publish(others)
			h.Publish(mine)
			synctest.Wait()
			if got := out.take(); got != "connected, mine" {
				t.Errorf("got %s", got)
			}
			h.Close()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	})
}

func TestNoEventForgesAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := realtime.NewHub()
		out := newSink()
		done := serve(t.Context(), out, subscribe(t, h, realtime.Subscription{Workspace: 1}), realtime.Options{})
		synctest.Wait()
		out.take()
		e := event(1, "note\n\nevent: evil", "")
		e.Data = json.RawMessage("{\"a\":\n\r\n1}\n\nevent: evil\ndata: {}\n\n")
		h.Publish(e)
		synctest.Wait()
		for line := range strings.SplitSeq(out.b.String(), "\n") {
			if line == "event: evil" {
				t.Errorf("forged: %q", out.b.String())
			}
		}
		if n := strings.Count(out.b.String(), "\n\n"); n != 1 {
			t.Errorf("%d frames: %q", n, out.b.String())
		}
		h.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
