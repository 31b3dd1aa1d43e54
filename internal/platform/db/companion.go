package db

import (
	"context"
	"sync/atomic"
)

// companion is work that commits with the first transaction under a context.
type companion struct {
	do        func(ctx context.Context, tx Tx) error
	committed atomic.Bool
}

type companionKey struct{}

// WithCompanion gives the context a companion: do runs as the last thing in the first transaction that is
// written under it, so that both are kept or neither; its error undoes the transaction. From the commit on it
// has no part in further ones. Transactions under Preparing do not take it along. happened tells whether it
// was committed.
func WithCompanion(ctx context.Context, do func(ctx context.Context, tx Tx) error) (_ context.Context, happened func() bool) {
	c := &companion{do: do}
	return context.WithValue(ctx, companionKey{}, c), c.committed.Load
}

// Preparing is the context for a transaction that comes before the work that was asked for and may be
// repeated without harm, such as reserving a number: it takes no companion along.
func Preparing(ctx context.Context) context.Context {
	return context.WithValue(ctx, companionKey{}, (*companion)(nil))
}

// accompanied is fn with the context's companion at its end, if there is one that has not been committed.
func accompanied(ctx context.Context, fn func(ctx context.Context, tx Tx) error) func(ctx context.Context, tx Tx) error {
	c, ok := ctx.Value(companionKey{}).(*companion)
	if !ok || c == nil || c.committed.Load() {
		return fn
	}
	return func(ctx context.Context, tx Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		tx.AfterCommit(func() { c.committed.Store(true) })
		return c.do(ctx, tx)
	}
}
