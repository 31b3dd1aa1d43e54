package realtime_test

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/realtime"
)

func TestAnEventIsTheSameInAnotherProcess(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, e := range map[string]realtime.Event{
		"all": {
			ID: id.New(now), Workspace: 7, Kind: "ticket.created", Audience: realtime.Staff | realtime.Customer, Users: []id.ID{id.New(now), id.New(now)},
			Owner: id.New(now), Customer: id.New(now), ObjectType: "ticket", Object: id.New(now), Data: json.RawMessage(`{"kind":"ticket.created"}`),
		},
		"least": {Workspace: 1, Kind: "job.progress"},
	} {
		b, err := realtime.Marshal(&e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := realtime.Unmarshal(b)
		if diff := cmp.Diff(e, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestEventsOfOtherVersions(t *testing.T) {
	t.Parallel()
	// The next program may add what does not narrow who sees an event.
	e, err := realtime.Unmarshal([]byte(`{"v":1,"workspace":3,"kind":"order.created","audience":1,"object":"01890a5d-ac96-774b-bcce-b302099a8057","later":{"x":1}}`))
	if err != nil || e.Workspace != 3 || e.Kind != "order.created" || !e.Audience.Has(realtime.Staff) {
		t.Errorf("%+v %v", e, err)
	}
	if _, err := realtime.Unmarshal([]byte(`{"v":2,"workspace":3,"kind":"order.created","audience":1}`)); !errors.Is(err, realtime.ErrVersion) {
		t.Errorf("a newer form is taken: %v", err)
	}
	for _, bad := range []string{``, `{}`, `[]`, `{"v":1}`, `{"v":1,"workspace":1}`, `{"v":1,"workspace":1,"kind":"a","object":"x"}`, `{"v":-1,"workspace":1,"kind":"a"}`} {
		if e, err := realtime.Unmarshal([]byte(bad)); err == nil {
			t.Errorf("%s is taken as %+v", bad, e)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"v":1,"workspace":3,"kind":"order.created","audience":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := realtime.Unmarshal(b)
		if err == nil && (e.Workspace == 0 || e.Kind == "") {
			t.Errorf("%q is taken as %+v", b, e)
		}
	})
}

func TestResyncTellsEveryStreamOfTheWorkspace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := realtime.NewHub()
		var sinks []*sink
		for _, w := range []id.Workspace{1, 1, 2} {
			s, err := h.Subscribe(realtime.Subscription{Workspace: w})
			if err != nil {
				t.Fatal(err)
			}
			sinks = append(sinks, newSink())
			serve(t.Context(), sinks[len(sinks)-1], s, realtime.Options{})
		}
		if n := len(h.Workspaces()); n != 2 {
			t.Errorf("%d workspaces are looked at, want 2", n)
		}
		synctest.Wait()
		h.Resync(1)
		h.Resync(3)
		synctest.Wait()
		for i, want := range []string{"connected, resync", "connected, resync", "connected"} {
			if got := sinks[i].take(); got != want {
				t.Errorf("stream %d got %q, want %q", i, got, want)
			}
		}
		h.Close()
	})
}
