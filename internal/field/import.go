package field

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// ImportTx adds definitions with the caller's ids in the caller's transaction, and gives those that are there
// afterwards: new ones, and ones with the same id from an earlier time. Those whose key somebody else has
// taken, or that would be too many, are left out. An index over objects that are there already is built by
// a job. Errors: Invalid.
func (s *Service) ImportTx(ctx context.Context, tx db.Tx, t tenant.ID, fields []Field) ([]Field, error) {
	all, err := listAll(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	var out []Field
	for _, f := range fields {
		if there := withID(all, f.ID); there != nil {
			if !there.deleted {
				out = append(out, *there)
			}
			continue
		}
		if err := f.validate(); err != nil {
			return nil, err
		}
		if f.fits(all) != nil {
			continue
		}
		f.CreatedAt, f.UpdatedAt = now, now
		if err := s.add(ctx, tx, t, &f); err != nil {
			return nil, err
		}
		all, out = append(all, &f), append(out, f)
	}
	return out, s.renew(ctx, tx, t)
}

func withID(all []*Field, field id.ID) *Field {
	for _, f := range all {
		if f.ID == field {
			return f
		}
	}
	return nil
}

// add writes a definition. Where there are no objects yet its index is complete from the start, but for what
// transactions that began earlier write meanwhile, which only PostgreSQL has.
func (s *Service) add(ctx context.Context, tx db.Tx, t tenant.ID, f *Field) error {
	used, err := db.Exists(ctx, tx, `SELECT 1 FROM `+s.tables[f.Object]+` WHERE tenant_id = $1`, t)
	if err != nil {
		return errs.Wrapf(err, "look for %s", f.Object)
	}
	f.IndexReady = f.Indexed && !used
	if err := insert(ctx, tx, t, f); err != nil || !f.Indexed {
		return err
	}
	switch {
	case used:
		_, err = s.queue.Enqueue(ctx, tx, t, BuildIndex{Field: f.ID})
	case tx.Engine() == db.Postgres:
		_, err = s.queue.Enqueue(ctx, tx, t, BuildIndex{Field: f.ID, Again: true}, jobs.At(s.clock.Now().Add(settle)))
	}
	return errs.Wrapf(err, "have field %s indexed", f.Key)
}

// Purge removes definitions that no object has a value of, with their index; the others stay as they are.
// It gives how many went. Broken off, it can be run again.
func (s *Service) Purge(ctx context.Context, t tenant.ID, fields []id.ID) (int64, error) {
	var gone int64
	for _, field := range fields {
		unused := false
		err := s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
			f, err := readOne(ctx, tx, t, field)
			if err != nil {
				return err
			}
			used, err := db.Exists(ctx, tx, `SELECT 1 FROM `+s.tables[f.Object]+` WHERE tenant_id = $1 AND fields->>'`+f.Key+`' IS NOT NULL`, t)
			if unused = !used; err != nil || used {
				return errs.Wrapf(err, "look for values of %s", f.Key)
			}
			if err := markDeleted(ctx, tx, t, field, db.Micros(s.clock.Now())); err != nil {
				return err
			}
			return s.renew(ctx, tx, t)
		})
		if err == nil && unused {
			if err = s.dropRows(ctx, t, field); err == nil {
				err = s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
					if err := remove(ctx, tx, t, field); err != nil {
						return err
					}
					return s.renew(ctx, tx, t)
				})
			}
			gone++
		}
		if err != nil && !errs.Has(err, errs.NotFound) {
			return gone, errs.Wrapf(err, "remove field %s", field)
		}
	}
	return gone, nil
}
