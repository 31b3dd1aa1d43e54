package realtime_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/realtime"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func event(w id.Workspace, kind, data string) realtime.Event {
	return realtime.Event{ID: id.New(start), Workspace: w, Kind: kind, Audience: realtime.Staff, Data: json.RawMessage(data)}
}

func subscribe(t testing.TB, h *realtime.Hub, sub realtime.Subscription) *realtime.Stream {
	t.Helper()
	s, err := h.Subscribe(sub)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSubscribe(t *testing.T) {
	t.Parallel()

	t.Run("gives a user ten streams and a place back when one closes", func(t *testing.T) {
		t.Parallel()
		h := realtime.NewHub()
		ada, bob := id.New(start), id.New(start)
		var last *realtime.Stream
		for range 10 {
			last = subscribe(t, h, realtime.Subscription{Workspace: 1, User: ada})
		}
		if _, err := h.Subscribe(realtime.Subscription{Workspace: 1, User: ada}); !errors.Is(err, realtime.ErrTooManyStreams) {
			t.Errorf("the eleventh: %v", err)
		}
		subscribe(t, h, realtime.Subscription{Workspace: 1, User: bob})
		subscribe(t, h, realtime.Subscription{Workspace: 2, User: ada})
		last.Close()
		last.Close()
		subscribe(t, h, realtime.Subscription{Workspace: 1, User: ada})
		if _, err := h.Subscribe(realtime.Subscription{Workspace: 1, User: ada}); err == nil {
			t.Error("closing twice gave two places back")
		}
		if n := h.Streams(); n != 12 {
			t.Errorf("%d streams, want 12", n)
		}
	})

	t.Run("is refused once the hub is closed", func(t *testing.T) {
		t.Parallel()
		h := realtime.NewHub()
		s := subscribe(t, h, realtime.Subscription{Workspace: 1})
		h.Close()
		h.Close()
		s.Close()
		h.Publish(event(1, "late", ""))
		if _, err := h.Subscribe(realtime.Subscription{Workspace: 1}); !errors.Is(err, realtime.ErrClosed) {
			t.Errorf("got %v", err)
		}
		if n := h.Streams(); n != 0 {
			t.Errorf("%d streams are left", n)
		}
	})

	t.Run("and publishing and closing at once lose no lock", func(t *testing.T) {
		t.Parallel()
		h := realtime.NewHub()
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for range 200 {
					s, err := h.Subscribe(realtime.Subscription{Workspace: id.Workspace(i % 2)})
					if err != nil {
						return
					}
					h.Publish(event(id.Workspace(i%2), "x", ""))
					s.Lagged()
					s.Close()
				}
			})
		}
		wg.Wait()
		h.Close()
		if n := h.Streams(); n != 0 {
			t.Errorf("%d streams are left", n)
		}
	})
}

func TestPublishNeverWaitsForASlowStream(t *testing.T) {
	t.Parallel()
	h := realtime.NewHub()
	slow := subscribe(t, h, realtime.Subscription{Workspace: 1})
	other := subscribe(t, h, realtime.Subscription{Workspace: 2})
	for range 1000 {
		h.Publish(event(1, "x", ""))
	}
	if !slow.Lagged() {
		t.Error("the slow stream is not told")
	}
	if slow.Lagged() {
		t.Error("told twice")
	}
	if other.Lagged() || h.Lagged() != 1 {
		t.Errorf("other lagged, or counted %d", h.Lagged())
	}
}

func TestEventFor(t *testing.T) {
	t.Parallel()
	ada, bob := id.New(start), id.New(start)
	all := realtime.Event{Audience: realtime.Staff | realtime.Customer}
	one := realtime.Event{Audience: realtime.Staff, Users: []id.ID{ada}}
	portal := realtime.Event{Audience: realtime.Customer}
	if !all.For(ada) || !one.For(ada) || one.For(bob) || portal.For(ada) {
		t.Error("an event reaches the wrong people")
	}
	if !all.Audience.Has(realtime.Customer) || one.Audience.Has(realtime.Customer) {
		t.Error("audience")
	}
}
