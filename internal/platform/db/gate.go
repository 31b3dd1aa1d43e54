package db

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/id"
)

const (
	mostWaiting    = 1024            // in all
	mostOfOneInAll = mostWaiting / 2 // of one workspace, so that it cannot fill the line
)

// gate lets a number of holders in at once. Who waits stands in the line of their workspace, and the lines take
// turns: a workspace that asks a thousand times delays another's one question by one turn.
type gate struct {
	mu      sync.Mutex
	free    int
	lines   map[id.Workspace]*line
	turns   []*line // those with somebody in them, the next one first
	waiting int
	refused int64
}

// line is who waits of one workspace, longest first.
type line struct {
	of  id.Workspace
	who []chan struct{} // each is closed when its turn has come
}

func newGate(places int) *gate { return &gate{free: places, lines: map[id.Workspace]*line{}} }

// enter takes a place and waits for one no longer than wait, where zero means as long as the context allows.
// Errors: Unavailable when too many wait already or the wait is over; the context's.
func (g *gate) enter(ctx context.Context, w id.Workspace, wait time.Duration) error {
	g.mu.Lock()
	if g.free > 0 { // then nobody waits
		g.free--
		g.mu.Unlock()
		return nil
	}
	turn, ok := g.join(w)
	g.mu.Unlock()
	if !ok {
		return errBusy()
	}
	var over <-chan time.Time
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		over = t.C
	}
	err := errBusy()
	select {
	case <-turn:
		return nil
	case <-over:
	case <-ctx.Done():
		err = explainError(ctx.Err())
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.quit(w, turn) {
		return nil // the turn came at the same moment
	}
	if ctx.Err() == nil {
		g.refused++
	}
	return err
}

// leave gives the place to who is next, or frees it.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.turns) == 0 {
		g.free++
		return
	}
	l := g.turns[0]
	close(l.who[0])
	l.who = l.who[1:]
	g.waiting--
	g.turns = g.turns[1:]
	if len(l.who) > 0 {
		g.turns = append(g.turns, l)
	} else {
		delete(g.lines, l.of)
	}
}

func (g *gate) join(w id.Workspace) (turn chan struct{}, ok bool) {
	l := g.lines[w]
	if g.waiting >= mostWaiting || l != nil && len(l.who) >= mostOfOneInAll {
		g.refused++
		return nil, false
	}
	if l == nil {
		l = &line{of: w}
		g.lines[w] = l
		g.turns = append(g.turns, l)
	}
	turn = make(chan struct{})
	l.who = append(l.who, turn)
	g.waiting++
	return turn, true
}

// quit leaves the line; false when the turn has come already.
func (g *gate) quit(w id.Workspace, turn chan struct{}) bool {
	l := g.lines[w]
	if l == nil {
		return false
	}
	i := slices.Index(l.who, turn)
	if i < 0 {
		return false
	}
	l.who = slices.Delete(l.who, i, i+1)
	g.waiting--
	if len(l.who) == 0 {
		g.turns = slices.DeleteFunc(g.turns, func(other *line) bool { return other == l })
		delete(g.lines, w)
	}
	return true
}

func (g *gate) state() (waiting int, refused int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting, g.refused
}
