package app

import (
	"context"
	"sync"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const (
	mendEvery = time.Second // how often the database is asked while not everybody is heard
	known     = 1 << 14     // events of a generation that are remembered as handed on
)

// recent remembers which events were handed to the streams, in two generations so that forgetting is cheap.
type recent struct {
	mu       sync.Mutex
	now, old map[id.ID]struct{}
}

// add reports whether the event is new.
func (r *recent) add(e id.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, seen := r.now[e]; seen {
		return false
	}
	if _, seen := r.old[e]; seen {
		return false
	}
	if r.now == nil || len(r.now) >= known {
		r.old, r.now = r.now, make(map[id.ID]struct{})
	}
	r.now[e] = struct{}{}
	return true
}

// gap is since when events of other processes may have been missed.
type gap struct {
	mu    sync.Mutex
	since time.Time     // zero means nothing is missing
	wake  chan struct{} // of one place
}

// missing takes note that what others told since about this moment may not have come: everything that is
// remembered is forgotten, the streams' sign-ins are looked at, and the events are read from the database.
func (l *live) missing(since time.Time) {
	l.rooms.Auth.Heard(0)
	l.rooms.Fields.Heard(0)
	l.rooms.Tenants.Heard()
	l.recheck(0, id.Zero)
	l.gap.mu.Lock()
	if l.gap.since.IsZero() || since.Before(l.gap.since) {
		l.gap.since = since
	}
	l.gap.mu.Unlock()
	select {
	case l.gap.wake <- struct{}{}:
	default:
	}
}

// mend hands on what was missed, at once after a gap and every second while not everybody is heard.
func (l *live) mend(ctx context.Context) {
	t := time.NewTicker(mendEvery)
	defer t.Stop()
	last := l.p.Clock.Now() // what is before has been handed on
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.gap.wake:
		case <-t.C:
		}
		l.gap.mu.Lock()
		since := l.gap.since
		l.gap.since = time.Time{}
		l.gap.mu.Unlock()
		now := l.p.Clock.Now()
		switch {
		case l.p.bus.Whole() && since.IsZero():
			last = now
			continue
		case since.IsZero() || last.Before(since):
			since = last
		}
		if err := l.catchUp(ctx, since); err != nil {
			if ctx.Err() == nil {
				l.p.Log.WarnContext(ctx, "missed events cannot be read", "error", err.Error())
			}
			l.gap.mu.Lock()
			if l.gap.since.IsZero() || since.Before(l.gap.since) {
				l.gap.since = since
			}
			l.gap.mu.Unlock()
			continue
		}
		last = now
	}
}

// catchUp hands on the events since a moment that the streams of this process have not had.
func (l *live) catchUp(ctx context.Context, since time.Time) error {
	for _, t := range l.p.Hub.Workspaces() {
		if err := l.catchUpOf(ctx, t, id.At(since.Add(-overlap))); err != nil {
			return err
		}
	}
	return nil
}

func (l *live) catchUpOf(ctx context.Context, t id.Workspace, after id.ID) error {
	for fresh := 0; ; {
		var rows []*event.Stored
		err := l.p.DB.Read(ctx, t, func(ctx context.Context, q db.Reader) (err error) {
			rows, err = event.Since(ctx, q, t, after, replay)
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if !l.recent.add(row.ID) {
				continue
			}
			if fresh++; fresh > replay {
				l.p.Hub.Resync(t)
				return nil
			}
			l.p.Hub.Publish(liveEvent(row))
		}
		if len(rows) < replay {
			return nil
		}
		after = rows[len(rows)-1].ID
	}
}
