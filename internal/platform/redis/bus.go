package redis

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
)

// Times of a bus. Whoever is silent for three beats is taken for gone.
const (
	beatEvery     = time.Second
	silence       = 3*beatEvery + beatEvery/2
	suspicion     = time.Minute // how long a process that fell silent may still be at work without being heard
	publishWithin = time.Second
	rejoinAfter   = 100 * time.Millisecond
	rejoinAtMost  = time.Second
)

const (
	busQueue = 4096 // items that wait to be sent
	busBatch = 256  // items in one envelope
)

// BusOptions are what a bus needs; all are required.
type BusOptions struct {
	Name  string // of the channel, within the installation
	Log   *slog.Logger
	Clock clock.Clock
	// Receive takes an item of another process. It must be quick.
	Receive func(item json.RawMessage)
	// Gap says that items since about this moment may have been missed. It must be quick.
	Gap func(since time.Time)
}

// Bus carries small messages between the processes of an installation, at most once each. It notices what may
// have been lost: while it was cut off, when a number is missing, when a process fell silent without a word.
// It is safe for concurrent use.
type Bus struct {
	client  *Client
	o       BusOptions
	channel string
	self    string

	out     chan outgoing
	lost    atomic.Bool   // an item found no place
	nudge   chan struct{} // of one place: send a beat now
	serving atomic.Bool
	start   sync.Once
	stop    chan struct{}
	stopped chan struct{}
	closing sync.Once

	mu        sync.Mutex // guards what follows
	joined    bool
	heard     time.Time // when anything arrived, own beats included
	peers     map[string]*peer
	replicas  int       // serving processes, this one included, when they were last all heard
	suspected time.Time // until when somebody may be at work unheard
	gaps      int64
}

type peer struct {
	seq     uint64
	last    time.Time
	serving bool
}

// outgoing is an item to send; done, when it is there, is closed once it was tried.
type outgoing struct {
	item func() json.RawMessage
	done chan struct{}
}

// NewBus makes a bus. It sends once something is published, and hears while Run runs.
func NewBus(c *Client, o BusOptions) *Bus {
	return &Bus{
		client: c, o: o, channel: c.name("bus", o.Name), self: rand.Text(),
		out: make(chan outgoing, busQueue), nudge: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
		peers: map[string]*peer{}, replicas: 1, heard: o.Clock.Now(),
	}
}

// Serves says that this process answers requests from now on and shares their limits.
func (b *Bus) Serves() { b.serving.Store(true) }

// Publish sends an item soon and never waits. The item is encoded by whoever sends it. When too many wait, it
// is left out, and the others learn that something is missing.
func (b *Bus) Publish(item func() json.RawMessage) { b.put(outgoing{item: item}) }

// Tell is Publish for what others must know before the caller goes on: it waits until the item was sent, at
// most for a time.
func (b *Bus) Tell(item func() json.RawMessage, atMost time.Duration) {
	done := make(chan struct{})
	if !b.put(outgoing{item: item, done: done}) {
		return
	}
	t := time.NewTimer(atMost)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}

func (b *Bus) put(o outgoing) bool {
	b.start.Do(func() { go b.send() })
	select {
	case b.out <- o:
		return true
	default:
		b.lost.Store(true)
		return false
	}
}

// send empties the queue, many items at once, until the bus is closed.
//
//nolint:contextcheck,nolintlint // it outlives every request and the program's stop signal
func (b *Bus) send() {
	defer close(b.stopped)
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	var seq uint64
	for {
		var batch []outgoing
		last := false
		select {
		case first := <-b.out:
			batch = append(batch, first)
		case <-beat.C:
		case <-b.nudge:
		case <-b.stop:
			last = len(b.out) == 0
		}
	more:
		for len(batch) < busBatch {
			select {
			case next := <-b.out:
				batch = append(batch, next)
			default:
				break more
			}
		}
		seq++
		if b.lost.Swap(false) {
			seq++ // the hole that tells
		}
		b.publish(envelope{Version: envelopeVersion, From: b.self, Role: b.role(), Seq: seq, Bye: last}, batch)
		if last {
			return
		}
	}
}

// show sends a beat without waiting for its time, so that the others know of this process.
func (b *Bus) show() {
	select {
	case b.nudge <- struct{}{}:
	default:
	}
}

func (b *Bus) role() string {
	if b.serving.Load() {
		return roleServing
	}
	return roleWorking
}

func (b *Bus) publish(e envelope, batch []outgoing) {
	defer func() {
		for _, o := range batch {
			if o.done != nil {
				close(o.done)
			}
		}
	}()
	for _, o := range batch {
		e.Items = append(e.Items, o.item())
	}
	text, err := json.Marshal(e)
	if err != nil {
		b.o.Log.Error("a message to other processes cannot be encoded", "error", err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), publishWithin) //nolint:forbidigo // it outlives every request
	defer cancel()
	if err := b.client.rdb.Publish(ctx, b.channel, text).Err(); err != nil && len(batch) > 0 {
		// The others see the hole in the numbers, or that they were cut off themselves.
		b.o.Log.Debug("messages to other processes were not sent", "items", len(batch), "error", err.Error())
	}
}

// Close sends what is left and says good-bye, within the context's time.
func (b *Bus) Close(ctx context.Context) {
	b.closing.Do(func() { close(b.stop) })
	b.start.Do(func() { close(b.stopped) }) // nothing was ever sent
	select {
	case <-b.stopped:
	case <-ctx.Done():
	}
}

// Replicas is how many processes answered requests when they were last all heard, this one included.
func (b *Bus) Replicas() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.replicas
}

// Up reports whether the bus hears.
func (b *Bus) Up() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.up()
}

func (b *Bus) up() bool { return b.joined && b.o.Clock.Now().Sub(b.heard) < silence }

// Whole reports whether the bus hears everybody who may be at work.
func (b *Bus) Whole() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.up() && !b.o.Clock.Now().Before(b.suspected)
}

// Gaps is how often something may have been missed, since the start.
func (b *Bus) Gaps() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.gaps
}
