package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Run hears the others until the context ends, and joins again whenever it is cut off.
func (b *Bus) Run(ctx context.Context) {
	b.start.Do(func() { go b.send() })
	wait, told := rejoinAfter, false
	for {
		joined, err := b.listen(ctx)
		b.leave()
		if ctx.Err() != nil {
			return
		}
		if joined {
			wait, told = rejoinAfter, false
		}
		if !told {
			b.o.Log.WarnContext(ctx, "cut off from redis: other processes are heard through the database until it is back", "error", err.Error())
			told = true
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		wait = min(2*wait, rejoinAtMost)
	}
}

var errSilent = errors.New("nothing arrives, not even what this process sends")

// listen joins and hands on what arrives until something is wrong. joined tells whether it came that far.
func (b *Bus) listen(ctx context.Context) (joined bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ps := b.client.rdb.Subscribe(ctx, b.channel)
	unhook := context.AfterFunc(ctx, func() { _ = ps.Close() }) // what waits for a message returns then
	defer unhook()
	defer func() { _ = ps.Close() }()

	// One goroutine reads without a time limit: a limit that passes in the middle of a message would lose its rest.
	arrived, ended := make(chan *goredis.Message, busBatch), make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		for first := true; ; {
			m, err := ps.Receive(ctx)
			if err != nil {
				ended <- err
				return
			}
			switch m := m.(type) {
			case *goredis.Subscription:
				if !first { // the library joined again by itself, and nobody knows what was missed
					ended <- errors.New("the connection was replaced")
					return
				}
				first = false
				close(ready)
			case *goredis.Message:
				select {
				case arrived <- m:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	limit := time.NewTimer(dialTimeout + ioTimeout)
	defer limit.Stop()
	select {
	case <-ready:
	case err := <-ended:
		return false, fmt.Errorf("join: %w", err)
	case <-limit.C:
		return false, errors.New("join: no answer in time")
	case <-ctx.Done():
		return false, ctx.Err()
	}
	b.join(ctx)
	t := time.NewTicker(beatEvery / 2)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return true, ctx.Err()
		case err := <-ended:
			return true, err
		case m := <-arrived:
			b.take(m.Payload)
		case <-t.C:
			if !b.look() {
				return true, errSilent
			}
		}
	}
}

// join begins to hear; what was told since the last message may have been missed.
func (b *Bus) join(ctx context.Context) {
	b.mu.Lock()
	since := b.heard
	b.joined, b.heard = true, b.o.Clock.Now()
	b.gaps++
	b.mu.Unlock()
	b.o.Log.InfoContext(ctx, "hearing other processes through redis")
	b.show()
	b.o.Gap(since)
}

// leave keeps the number of replicas for the limits that each counts alone now.
func (b *Bus) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.joined = false
	clear(b.peers)
}

// take hands the items of a message on.
func (b *Bus) take(text string) {
	e, err := openEnvelope(text)
	if err != nil {
		b.o.Log.Warn("a message on the bus was passed over", "error", err.Error())
		return
	}
	now := b.o.Clock.Now()
	if e.From == b.self {
		b.mu.Lock()
		b.heard = now
		b.mu.Unlock()
		return
	}
	missed, since := b.note(e, now)
	if e.Version > envelopeVersion {
		missed = true // a newer program's way to tell; what it tells of is in the database
	}
	if missed {
		b.o.Gap(since)
	}
	if e.Version > envelopeVersion {
		return
	}
	for _, item := range e.Items {
		b.o.Receive(item)
	}
}

// note takes down that a peer was heard, and tells whether something before it is missing.
func (b *Bus) note(e envelope, now time.Time) (missed bool, since time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heard = now
	p := b.peers[e.From]
	since = now
	switch {
	case p == nil:
		p = &peer{}
		b.peers[e.From] = p
		b.show() // it may not know of this process yet
		missed = e.Seq != 1
	case e.Seq != p.seq+1:
		missed, since = true, p.last
	}
	p.seq, p.last, p.serving = e.Seq, now, e.Role == roleServing
	if e.Bye {
		delete(b.peers, e.From)
	}
	b.tally()
	if missed {
		b.gaps++
	}
	return missed, since
}

// look finds peers that fell silent without a good-bye. It reports false when this process hears nothing at all.
func (b *Bus) look() bool {
	now := b.o.Clock.Now()
	var since time.Time
	b.mu.Lock()
	alive := b.up()
	for from, p := range b.peers {
		if alive && now.Sub(p.last) >= silence {
			delete(b.peers, from)
			if since.IsZero() || p.last.Before(since) {
				since = p.last
			}
		}
	}
	if !since.IsZero() {
		b.gaps++
		b.suspected = now.Add(suspicion)
		b.tally()
	}
	b.mu.Unlock()
	if !since.IsZero() {
		b.o.Log.Warn("another process fell silent: what it may have told is read from the database")
		b.o.Gap(since)
	}
	return alive
}

// tally counts who answers requests; the caller holds the lock.
func (b *Bus) tally() {
	n := 0
	if b.serving.Load() {
		n = 1
	}
	for _, p := range b.peers {
		if p.serving {
			n++
		}
	}
	b.replicas = max(1, n)
}
