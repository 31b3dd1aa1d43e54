package app

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const (
	recheck  = 15 * time.Second // how long a stream may outlive its sign-in when nobody tells of its end
	lookers  = 8                // sign-ins of streams that are looked at at once
	askLimit = 2 * time.Second  // of asking whether somebody may see an object
)

// watchers are the streams whose sign-ins are looked at again when people change.
type watchers struct {
	mu   sync.Mutex
	by   map[id.Workspace]map[*watcher]struct{}
	turn chan struct{} // of so many places as may look at once
}

type watcher struct {
	user id.ID
	wake chan struct{} // of one place
}

func newWatchers() *watchers {
	return &watchers{by: map[id.Workspace]map[*watcher]struct{}{}, turn: make(chan struct{}, lookers)}
}

func (w *watchers) add(t id.Workspace, user id.ID) *watcher {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := &watcher{user: user, wake: make(chan struct{}, 1)}
	if w.by[t] == nil {
		w.by[t] = map[*watcher]struct{}{}
	}
	w.by[t][one] = struct{}{}
	return one
}

func (w *watchers) remove(t id.Workspace, one *watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.by[t], one)
	if len(w.by[t]) == 0 {
		delete(w.by, t)
	}
}

// recheck has the sign-ins of a user's streams looked at now; of everybody's in the workspace when the user is
// zero, and everywhere when the workspace is.
func (l *live) recheck(t id.Workspace, user id.ID) {
	l.watchers.mu.Lock()
	defer l.watchers.mu.Unlock()
	for workspace, streams := range l.watchers.by {
		if t != 0 && workspace != t {
			continue
		}
		for one := range streams {
			if !user.IsZero() && one.user != user {
				continue
			}
			select {
			case one.wake <- struct{}{}:
			default:
			}
		}
	}
}

// watch ends a stream whose sign-in has ended, and takes note of changed permissions.
func (l *live) watch(ctx context.Context, one *watcher, now *atomic.Pointer[auth.Actor], revoked chan<- struct{}) {
	t := time.NewTicker(recheck)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case <-one.wake:
		}
		who, err := l.stillGood(ctx, *now.Load())
		switch {
		case errs.Has(err, errs.Unauthenticated):
			close(revoked)
			return
		case err == nil:
			now.Store(&who)
		}
	}
}

// stillGood looks at a sign-in when it is its turn: a change of a role concerns many streams at once.
func (l *live) stillGood(ctx context.Context, who auth.Actor) (auth.Actor, error) {
	select {
	case l.watchers.turn <- struct{}{}:
	case <-ctx.Done():
		return auth.Actor{}, ctx.Err()
	}
	defer func() { <-l.watchers.turn }()
	return l.rooms.Auth.StillGood(ctx, who)
}
