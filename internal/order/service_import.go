package order

import (
	"context"

	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// ImportTx keeps finished orders of another system in the caller's transaction, each with its event at the
// date of the order. Their totals must have been computed with Add and their numbers be new.
func (s *Service) ImportTx(ctx context.Context, tx db.Tx, by event.Origin, orders []*Order) error {
	now := s.clock.Now()
	docs := make([]search.Doc, len(orders))
	facts := make([]event.Fact, len(orders))
	for i, o := range orders {
		o.ID, o.Version, o.CreatedAt, o.UpdatedAt = id.New(now), 1, now, now
		if err := o.Check(); err != nil {
			return err
		}
		docs[i], facts[i] = searchDoc(o), placed(o)
	}
	if err := insertOrders(ctx, tx, by.Workspace, orders...); err != nil {
		return err
	}
	if err := s.indexFields(ctx, tx, by.Workspace, orders); err != nil {
		return err
	}
	if err := s.search.Put(ctx, tx, by.Workspace, docs...); err != nil {
		return err
	}
	return s.events.Record(ctx, tx, by, facts...)
}

// indexFields makes new orders known to lists by custom values.
func (s *Service) indexFields(ctx context.Context, tx db.Tx, t tenant.ID, orders []*Order) error {
	values := make([]field.Values, len(orders))
	for i, o := range orders {
		values[i] = field.Values{ID: o.ID, Fields: o.Fields}
	}
	return s.fields.IndexManyTx(ctx, tx, t, field.Orders, values)
}

// Existing tells which order numbers are taken.
func (s *Service) Existing(ctx context.Context, q db.Reader, t tenant.ID, numbers []string) (map[string]bool, error) {
	return existing(ctx, q, t, numbers)
}
