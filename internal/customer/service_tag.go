package customer

import (
	"context"
	"errors"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Tags lists a customer's tags. Errors: Forbidden without customers:read, NotFound.
func (s *Service) Tags(ctx context.Context, who auth.Actor, customer id.ID) ([]tag.Tag, error) {
	var out []tag.Tag
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		if err := s.Require(ctx, q, who, customer); err != nil {
			return err
		}
		all, err := links().Of(ctx, q, who.Tenant, customer)
		out = all[customer]
		return err
	})
	return out, err
}

// SetTags makes the named tags all that a customer has. Errors: Forbidden, NotFound, Invalid.
func (s *Service) SetTags(ctx context.Context, who auth.Actor, customer id.ID, names []string) ([]tag.Tag, error) {
	return s.editTags(ctx, who, customer, func(ctx context.Context, tx db.Tx) (tag.Change, error) {
		tags, err := s.tags.Ensure(ctx, tx, who, names)
		if err != nil {
			return tag.Change{}, err
		}
		return links().Set(ctx, tx, who.Tenant, customer, tags)
	})
}

// AddTags adds the named tags to those that a customer has. Errors: Forbidden, NotFound, Invalid.
func (s *Service) AddTags(ctx context.Context, who auth.Actor, customer id.ID, names []string) ([]tag.Tag, error) {
	return s.editTags(ctx, who, customer, func(ctx context.Context, tx db.Tx) (tag.Change, error) {
		tags, err := s.tags.Ensure(ctx, tx, who, names)
		if err != nil {
			return tag.Change{}, err
		}
		return links().Add(ctx, tx, who.Tenant, customer, tags)
	})
}

// RemoveTags takes the named tags off a customer; names that they do not have are no error.
// Errors: Forbidden, NotFound.
func (s *Service) RemoveTags(ctx context.Context, who auth.Actor, customer id.ID, names []string) ([]tag.Tag, error) {
	return s.editTags(ctx, who, customer, func(ctx context.Context, tx db.Tx) (tag.Change, error) {
		tags, err := s.tags.Find(ctx, tx, who.Tenant, names)
		if err != nil {
			return tag.Change{}, err
		}
		return links().Remove(ctx, tx, who.Tenant, customer, tags)
	})
}

func (s *Service) editTags(ctx context.Context, who auth.Actor, customer id.ID, edit func(ctx context.Context, tx db.Tx) (tag.Change, error)) ([]tag.Tag, error) {
	if _, err := who.RequireReach("customers:update"); err != nil {
		return nil, err
	}
	var out []tag.Tag
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		c, err := s.forChange(ctx, tx, who, customer)
		if err != nil {
			return err
		}
		change, err := edit(ctx, tx)
		if err != nil {
			return err
		}
		all, err := links().Of(ctx, tx, who.Tenant, customer)
		out = all[customer]
		if err != nil || change.IsZero() {
			return err
		}
		if err := s.touch(ctx, tx, who.Tenant, c); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, Tagged{Customer: customer, Added: change.Added, Removed: change.Removed})
	})
	return out, err
}

// touch notes that something beside the row changed.
func (s *Service) touch(ctx context.Context, tx db.Tx, t tenant.ID, c *Customer) error {
	c.Version, c.UpdatedAt = c.Version+1, s.clock.Now()
	return update(ctx, tx, t, c)
}

// record is Record for facts that may be none.
func (s *Service) record(ctx context.Context, tx db.Tx, who auth.Actor, facts []event.Fact) error {
	if len(facts) == 0 {
		return nil
	}
	return s.events.Record(ctx, tx, who, facts...)
}

func asError(err error) (*errs.Error, bool) {
	var e *errs.Error
	ok := errors.As(err, &e)
	return e, ok
}
