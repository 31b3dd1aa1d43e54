package redis_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/redis"
	"github.com/throughlinehq/throughline/internal/redistest"
)

// process is one end of the bus, as a process has it.
type process struct {
	*redis.Bus
	stop func() // hears and says nothing any more
	say  func(text string)

	mu    sync.Mutex
	heard []string
	gaps  []time.Time
}

func begin(t *testing.T, url string, installation byte, serves bool) *process {
	t.Helper()
	c, err := redis.Open(redis.Options{URL: url, Installation: slices.Repeat([]byte{installation}, 32), Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	p := &process{}
	p.Bus = redis.NewBus(c, redis.BusOptions{
		Name: "notes", Log: slog.New(slog.DiscardHandler), Clock: clock.System{},
		Receive: func(item json.RawMessage) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.heard = append(p.heard, string(item))
		},
		Gap: func(since time.Time) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.gaps = append(p.gaps, since)
		},
	})
	if serves {
		p.Serves()
	}
	p.say = func(text string) { p.Publish(func() json.RawMessage { return json.RawMessage(text) }) }
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { p.Run(ctx); close(ended) }()
	p.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
		_ = c.Close()
	})
	t.Cleanup(p.stop)
	return p
}

func (p *process) has() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.heard)
}

func (p *process) missed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.gaps)
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
	}
}

func TestProcessesHearEachOtherInOrderAndNotThemselves(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, b, c := begin(t, server.URL(), 1, true), begin(t, server.URL(), 1, true), begin(t, server.URL(), 1, false)
	stranger := begin(t, server.URL(), 2, true) // another installation on the same server
	for _, p := range []*process{a, b, c, stranger} {
		eventually(t, "everybody joins", p.Whole)
	}
	eventually(t, "both that answer requests are counted", func() bool { return a.Replicas() == 2 && c.Replicas() == 2 })
	var want []string
	for i := range 1000 {
		want = append(want, fmt.Sprint(i))
		a.say(fmt.Sprint(i))
	}
	told := make(chan struct{})
	go func() {
		a.Tell(func() json.RawMessage { return json.RawMessage("1000") }, 10*time.Second)
		close(told)
	}()
	<-told
	want = append(want, "1000")
	for _, p := range []*process{b, c} {
		eventually(t, "all is heard", func() bool { return len(p.has()) >= len(want) })
		if got := p.has(); !slices.Equal(got, want) {
			t.Errorf("heard %d, want %d in order", len(got), len(want))
		}
	}
	if len(a.has()) != 0 || len(stranger.has()) != 0 {
		t.Errorf("the speaker hears %d, another installation %d", len(a.has()), len(stranger.has()))
	}
}

func TestAWordThatIsLostLeavesAGap(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, b := begin(t, server.URL(), 1, true), begin(t, server.URL(), 1, true)
	eventually(t, "both join", func() bool { return a.Replicas() == 2 && b.Replicas() == 2 })
	before := b.missed()
	// More at once than find a place: what is left out is told as missing.
	release := make(chan struct{})
	a.Publish(func() json.RawMessage { <-release; return json.RawMessage("0") })
	for i := range 20_000 {
		a.say(fmt.Sprint(i))
	}
	close(release)
	eventually(t, "the others learn that something is missing", func() bool { return b.missed() > before })
}

func TestAfterRedisWasAwayTheGapIsTold(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, b := begin(t, server.URL(), 1, true), begin(t, server.URL(), 1, true)
	eventually(t, "both join", func() bool { return a.Replicas() == 2 && b.Replicas() == 2 })
	began := time.Now()
	server.Kill()
	eventually(t, "both notice", func() bool { return !a.Up() && !b.Up() })
	a.say("1")
	begin := time.Now()
	a.Tell(func() json.RawMessage { return json.RawMessage("2") }, 100*time.Millisecond)
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("telling without Redis takes %s", took)
	}
	if a.Replicas() != 2 {
		t.Errorf("%d replicas are remembered, want the 2 last seen", a.Replicas())
	}
	before := b.missed()
	server.Again()
	eventually(t, "both are back", func() bool { return a.Up() && b.Up() && b.missed() > before })
	b.mu.Lock()
	since := b.gaps[before]
	b.mu.Unlock()
	if since.After(began.Add(time.Second)) {
		t.Errorf("the gap is said to begin %s after Redis went", since.Sub(began))
	}
	a.say("3")
	eventually(t, "words come again", func() bool { return slices.Contains(b.has(), "3") })
}

func TestASilentProcessIsNoticedAndOneThatSaysGoodByeIsNot(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, b, c := begin(t, server.URL(), 1, true), begin(t, server.URL(), 1, true), begin(t, server.URL(), 1, true)
	eventually(t, "all join", func() bool { return a.Replicas() == 3 && b.Replicas() == 3 && c.Replicas() == 3 })
	b.say("1")
	b.Close(t.Context())
	eventually(t, "the one that leaves is not counted, and its last word is heard", func() bool {
		return a.Replicas() == 2 && slices.Contains(a.has(), "1")
	})
	before := a.missed()
	if !a.Whole() {
		t.Error("a good-bye makes suspicious")
	}
	// Its connections are cut: it can say nothing any more, as after a SIGKILL.
	c.stop()
	eventually(t, "the silence is noticed", func() bool { return a.missed() > before && a.Replicas() == 1 })
	if a.Whole() || !a.Up() {
		t.Error("nobody is suspected of working unheard")
	}
}

func TestWhereNobodyAnswersEverythingIsQuick(t *testing.T) {
	t.Parallel()
	// A server that takes connections and says nothing.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := begin(t, "redis://"+l.Addr().String(), 1, true)
	start := time.Now()
	for range 50 {
		p.say("1")
	}
	p.Tell(func() json.RawMessage { return json.RawMessage("2") }, 50*time.Millisecond)
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %s", took)
	}
	if p.Up() || p.Whole() {
		t.Error("believes that it hears")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start = time.Now()
	p.Close(ctx)
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("closing took %s", took)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"redis://h", "redis://h:6379/0", "rediss://user:p%40ss@h:6380/2", "redis://:secret@127.0.0.1:1", "redis://[::1]:6379"} {
		if err := redis.Check(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "h:6379", "http://h", "redis://", "redis://h:99999", "redis://h/x", "redis://h/0?ssl=true", "redis://u:hunter2@h/-1", "redis://u:hunter2%zz@h"} {
		err := redis.Check(bad)
		if err == nil {
			t.Errorf("%s is taken", bad)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("shows the password: %v", err)
		}
	}
}

func BenchmarkPublish(b *testing.B) {
	c, err := redis.Open(redis.Options{URL: redistest.Start(b).URL(), Installation: make([]byte, 32), Clock: clock.System{}})
	if err != nil {
		b.Fatal(err)
	}
	bus := redis.NewBus(c, redis.BusOptions{Name: "bench", Log: slog.New(slog.DiscardHandler), Clock: clock.System{}, Receive: func(json.RawMessage) {}, Gap: func(time.Time) {}})
	item := json.RawMessage(`{"kind":"event","event":{"v":1,"id":"01890a5d-ac96-774b-bcce-b302099a8057","workspace":1,"kind":"ticket.created"}}`)
	for b.Loop() {
		bus.Publish(func() json.RawMessage { return item })
	}
	bus.Close(b.Context())
	_ = c.Close()
}
