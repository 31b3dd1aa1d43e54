package seed

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// purgeBatch is how many objects go in one transaction.
const purgeBatch = 200

// Destroy removes every sample and what hangs on it, and nothing else. Broken off, it can be run again.
// Real tickets and orders of sample customers stay, as those of a deleted customer, and so do the sample's
// fields that a person has used on an own customer, order, ticket or product. Errors: Forbidden.
func (s *Service) Destroy(ctx context.Context, who auth.Actor, progress Progress) (Report, error) {
	if err := who.Require("settings:write"); err != nil {
		return Report{}, err
	}
	t := who.Tenant
	var r Report
	gone := int64(0)
	for _, step := range []struct {
		table string
		done  *int64
		purge func(context.Context, db.Tx, id.Workspace, []id.ID) error
	}{
		{"ticket", &r.Tickets, s.d.Tickets.PurgeTx},
		{"sales_order", &r.Orders, s.d.Orders.PurgeTx},
		{"customer", &r.Customers, s.d.Customers.PurgeTx},
		{"product", &r.Products, s.d.Products.PurgeTx},
	} {
		for after, first := id.Zero, true; first || !after.IsZero(); first = false {
			var ids []id.ID
			err := s.d.DB.Read(ctx, t, func(ctx context.Context, q db.Reader) (err error) {
				ids, after, err = s.markedAfter(ctx, q, t, step.table, after, purgeBatch)
				return err
			})
			if err == nil && len(ids) > 0 {
				err = s.d.DB.Write(ctx, t, func(ctx context.Context, tx db.Tx) error { return step.purge(ctx, tx, t, ids) })
			}
			if err != nil {
				return r, errs.Wrapf(err, "remove samples from %s", step.table)
			}
			*step.done += int64(len(ids))
			gone += int64(len(ids))
			if progress != nil && len(ids) > 0 {
				progress(gone, -1)
			}
		}
	}
	err := s.d.DB.Write(ctx, t, func(ctx context.Context, tx db.Tx) error { return s.removeFoundation(ctx, tx, t, &r) })
	if err != nil {
		return r, errs.Wrapf(err, "remove sample staff")
	}
	var fields []id.ID
	err = s.d.DB.Read(ctx, t, func(ctx context.Context, q db.Reader) (err error) {
		fields, err = s.marked(ctx, q, t, "custom_field", 0)
		return err
	})
	if err == nil {
		r.Fields, err = s.d.Fields.Purge(ctx, t, fields)
	}
	return r, errs.Wrapf(err, "remove sample fields")
}

func (s *Service) removeFoundation(ctx context.Context, tx db.Tx, t id.Workspace, r *Report) error {
	found := map[string][]id.ID{}
	for _, table := range []string{"staff_user", "team", "tag"} {
		var err error
		if found[table], err = s.marked(ctx, tx, t, table, 0); err != nil {
			return err
		}
	}
	users, teams := found["staff_user"], found["team"]
	if err := s.d.Customers.DisownTx(ctx, tx, t, users); err != nil {
		return err
	}
	if err := s.d.Tickets.ReleaseTx(ctx, tx, t, teams, users); err != nil {
		return err
	}
	if err := s.d.Staff.PurgeTx(ctx, tx, t, teams, users); err != nil {
		return err
	}
	r.Users, r.Teams = int64(len(users)), int64(len(teams))
	return s.d.Tags.PurgeTx(ctx, tx, t, found["tag"])
}
