package tenant

import (
	"context"
	"sync"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// directoryAge is how long another process's change of a workspace may go unseen.
const directoryAge = 5 * time.Second

// listing is every workspace at one moment; it is never changed once made.
type listing struct {
	byID   map[ID]Workspace
	bySlug map[string]Workspace
	at     time.Time
}

// directory remembers the listing for a moment, since every request asks it.
type directory struct {
	clock clock.Clock

	mu      sync.Mutex
	current *listing
	changes int // counts clear calls, so that a listing read before one is not kept after it
}

func newDirectory(c clock.Clock) *directory { return &directory{clock: c} }

func (d *directory) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.current = nil
	d.changes++
}

func (d *directory) get() (*listing, int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current != nil {
		if age := d.clock.Now().Sub(d.current.at); age < 0 || age >= directoryAge {
			d.current = nil
		}
	}
	return d.current, d.changes
}

func (d *directory) keep(l *listing, changes int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.changes == changes {
		d.current = l
	}
}

func (s *Service) directory(ctx context.Context) (*listing, error) {
	l, changes := s.cache.get()
	if l != nil {
		return l, nil
	}
	l = &listing{byID: map[ID]Workspace{}, bySlug: map[string]Workspace{}, at: s.deps.Clock.Now()}
	err := s.deps.DB.ReadAll(ctx, func(ctx context.Context, r db.Reader) error {
		all, err := listAll(ctx, r)
		for _, w := range all {
			l.byID[w.ID], l.bySlug[w.Slug] = w, w
		}
		return err
	})
	if err != nil {
		return nil, errs.Wrapf(err, "read workspaces")
	}
	s.cache.keep(l, changes)
	return l, nil
}
