package db

import (
	"context"
	"slices"
	"sync"
)

// Statement is a statement with its arguments.
type Statement struct {
	Text string
	Args []any
}

// Record is the statements that were sent under a context, in order; of writing transactions those that give
// nothing back. It is safe for concurrent use.
type Record struct {
	mu  sync.Mutex
	all []Statement
}

// Statements are those so far.
func (r *Record) Statements() []Statement {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all)
}

type recordKey struct{}

// WithRecord keeps the statements that are sent under the context, so that a benchmark can compare a page with a
// bare handler that sends the same.
func WithRecord(ctx context.Context) (context.Context, *Record) {
	r := &Record{}
	return context.WithValue(ctx, recordKey{}, r), r
}

func record(ctx context.Context, q string, args []any) {
	if r, ok := ctx.Value(recordKey{}).(*Record); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all = append(r.all, Statement{Text: q, Args: slices.Clone(args)})
	}
}
