package customer

import (
	"context"
	"fmt"
	"slices"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// MaxBatch is how many customers one batch may change.
const MaxBatch = 1000

// BatchItem is a change to one customer; Version is the one that was read, zero for any.
type BatchItem struct {
	Customer id.ID
	Version  int64
	Patch    Patch
}

// BatchResult is what became of an item, in the same place.
type BatchResult struct {
	Customer id.ID
	Version  int64 // after the change
	Err      error
}

// UpdateMany applies each item or refuses it as a whole; a refused item does not stop the others.
// Errors: Forbidden without customers:update, Invalid for the list itself; what an item is refused for
// stands in its result.
func (s *Service) UpdateMany(ctx context.Context, who auth.Actor, items []BatchItem) ([]BatchResult, error) {
	if _, err := who.RequireReach("customers:update"); err != nil {
		return nil, err
	}
	if len(items) == 0 || len(items) > MaxBatch {
		return nil, errs.OnField("customers", fmt.Sprintf("must have 1 to %d entries, has %d", MaxBatch, len(items)))
	}
	results := make([]BatchResult, 0, len(items))
	// Items share transactions, each in a savepoint; short ones, so that nobody waits long for the rows.
	const together = 50
	for chunk := range slices.Chunk(items, together) {
		var done []BatchResult
		err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
			done = done[:0]
			for _, item := range chunk {
				r, err := s.updateItem(ctx, tx, who, item)
				if err != nil {
					return err
				}
				done = append(done, r)
			}
			return nil
		})
		if err != nil {
			// The chunk as a whole failed: its items are told so, the ones before them are kept.
			for _, item := range chunk {
				results = append(results, BatchResult{Customer: item.Customer, Err: err})
			}
			continue
		}
		results = append(results, done...)
	}
	return results, nil
}

// updateItem changes one customer inside a savepoint. Its error is one of the transaction, not of the item.
func (s *Service) updateItem(ctx context.Context, tx db.Tx, who auth.Actor, item BatchItem) (BatchResult, error) {
	r := BatchResult{Customer: item.Customer}
	if _, err := tx.Exec(ctx, "SAVEPOINT item"); err != nil {
		return r, err
	}
	match := func(version int64) error {
		if item.Version != 0 && item.Version != version {
			return errs.New(errs.Precondition, "stale", "Somebody has changed this meanwhile. Read it again, then repeat the change.")
		}
		return nil
	}
	c, err := s.updateTx(ctx, tx, who, item.Customer, match, item.Patch)
	if db.IsUnique(err, "customer_identity") {
		err = taken("identities", id.Zero)
	}
	if err != nil {
		if errs.KindOf(err) == errs.Internal || errs.KindOf(err) == errs.Unavailable {
			return r, err
		}
		r.Err = err
		if _, err := tx.Exec(ctx, "ROLLBACK TO SAVEPOINT item"); err != nil {
			return r, err
		}
	} else {
		r.Version = c.Version
	}
	_, err = tx.Exec(ctx, "RELEASE SAVEPOINT item")
	return r, err
}
