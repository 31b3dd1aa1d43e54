package db

import (
	"context"
	"net"
)

// Moment is where in a transaction a watcher is called.
type Moment string

// The moments.
const (
	BeforeStatement Moment = "statement"
	BeforeCommit    Moment = "commit"
	AfterCommit     Moment = "committed"
)

// Watch is called between any two statements of every transaction, in the goroutine that runs it, with the
// statement that comes next. It stands in Options for tests that stop the program there; no setting reaches it.
type Watch func(ctx context.Context, at Moment, next string)

func (w Watch) see(ctx context.Context, at Moment, next string) {
	if w != nil {
		w(ctx, at, next)
	}
}

// Dial reaches a PostgreSQL server, for tests that cut its connections.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Rewrite gives the text that is sent instead of a statement's own, which the caller of Query, QueryRow or Exec
// wrote. It stands in Options for tests that take a condition out of a statement, to see that somebody notices;
// no setting reaches it.
type Rewrite func(ctx context.Context, text string) string

func (r Rewrite) text(ctx context.Context, q string) string {
	if r == nil {
		return q
	}
	return r(ctx, q)
}
