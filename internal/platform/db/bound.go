package db

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const (
	// DefaultLimit is how long a read or change may take when Options.Limit is zero.
	DefaultLimit = 20 * time.Second
	// spare connections serve what stands in no line: looks at the database, and reads inside of a change.
	spare = 2
	// together is how many changes may stand at SQLite's writer: as many as share a commit.
	together = maxBatch
)

// bounds keep what comes to the database within what it can do: a place for each connection, a fair line
// before it, and a time after which a read or change is given up.
type bounds struct {
	limit  time.Duration
	reads  *gate
	writes *gate         // the same one on PostgreSQL
	slow   chan struct{} // places that patient reads may take, so that one is left for those who wait for an answer
}

func newBounds(limit time.Duration, readers int) bounds {
	if limit <= 0 {
		limit = DefaultLimit
	}
	g := newGate(readers)
	return bounds{limit: limit, reads: g, writes: g, slow: make(chan struct{}, max(1, readers*3/4))}
}

type (
	patientKey struct{}
	placedKey  struct{}
)

// Patient is the context for background work: nobody waits for its answer, so that its reads and changes may
// take as long as the context allows, and stand in line as long.
func Patient(ctx context.Context) context.Context { return context.WithValue(ctx, patientKey{}, true) }

// Aside is the context for a look at the database that must not stand in line, such as that of a health check.
func Aside(ctx context.Context) context.Context { return context.WithValue(ctx, placedKey{}, true) }

// reading runs a read at its place.
func (d *DB) reading(ctx context.Context, w id.Workspace, do func(ctx context.Context) error) error {
	if ctx.Value(patientKey{}) != nil && ctx.Value(placedKey{}) == nil {
		select {
		case d.bounds.slow <- struct{}{}:
			defer func() { <-d.bounds.slow }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return d.within(ctx, d.bounds.reads, w, do)
}

// within runs do at a place of the gate, which what it calls shares, and for no longer than the limit.
// Errors: Unavailable when too many wait or the database takes too long.
func (d *DB) within(ctx context.Context, g *gate, w id.Workspace, do func(ctx context.Context) error) error {
	wait := time.Duration(0)
	if ctx.Value(patientKey{}) == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.bounds.limit)
		defer cancel()
		wait = d.bounds.limit / 4
	}
	if ctx.Value(placedKey{}) == nil {
		if err := g.enter(ctx, w, wait); err != nil {
			return err
		}
		defer g.leave()
		ctx = context.WithValue(ctx, placedKey{}, true)
	}
	return do(ctx)
}

// Line tells how many reads and changes stand in line now, and how many were refused since the start.
func (d *DB) Line() (waiting int, refused int64) {
	waiting, refused = d.bounds.reads.state()
	if d.bounds.writes != d.bounds.reads {
		w, r := d.bounds.writes.state()
		waiting, refused = waiting+w, refused+r
	}
	return waiting, refused
}

func errBusy() error {
	return &errs.Error{
		Kind: errs.Unavailable, Code: "database_busy", Message: "More is being asked than can be answered. Try again in a moment.", RetryAfter: 2 * time.Second,
	}
}

// lasting is the context without its cancellation, but with its deadline: a change does not end because its
// caller has gone, and ends when the database does not answer.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	base := context.WithoutCancel(ctx)
	if at, ok := ctx.Deadline(); ok {
		return context.WithDeadline(base, at)
	}
	return base, func() {}
}
