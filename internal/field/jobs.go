package field

import (
	"context"
	"errors"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// BuildIndex indexes the values that objects already have. It may be stopped anywhere and goes on
// where it was. Again marks the second pass, which catches objects written by transactions that began
// before the field was marked and ended behind the first pass.
type BuildIndex struct {
	Field id.ID `json:"field"`
	Again bool  `json:"again,omitempty"`
}

// JobKind is field.build_index.
func (BuildIndex) JobKind() string { return "field.build_index" }

// Sweep removes a deleted field's values from the objects, its index and at last its definition.
type Sweep struct {
	Field id.ID `json:"field"`
}

// JobKind is field.sweep.
func (Sweep) JobKind() string { return "field.sweep" }

// Unindex removes the index of a field that is indexed no longer.
type Unindex struct {
	Field id.ID `json:"field"`
}

// JobKind is field.unindex.
func (Unindex) JobKind() string { return "field.unindex" }

const (
	batch = 1000
	// A second pass looks after every request of before has ended.
	settle = time.Minute
)

// each runs do over the objects of a table in batches, each in a transaction of its own that also
// notes how far it is, until there are no more or do says stop.
func (s *Service) each(ctx context.Context, j *jobs.Job, f *Field, do func(ctx context.Context, tx db.Tx, after id.ID, rows []holder) error) error {
	table := s.tables[f.Object]
	if table == "" {
		return nil
	}
	t := j.Workspace
	var total, done int64
	err := s.db.Read(ctx, t, func(ctx context.Context, q db.Reader) (err error) {
		total, err = countObjects(ctx, q, t, table)
		return err
	})
	for err == nil {
		var rows []holder
		err = s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
			after, err := sweptTo(ctx, tx, t, f.ID)
			if err != nil {
				return err
			}
			if rows, err = listHolders(ctx, tx, t, table, after, batch); err != nil || len(rows) == 0 {
				return err
			}
			if err := do(ctx, tx, after, rows); err != nil {
				return err
			}
			return setSwept(ctx, tx, t, f.ID, rows[len(rows)-1].id)
		})
		if err != nil || len(rows) < batch {
			break
		}
		done += int64(len(rows))
		err = j.Progress(ctx, min(done, total), total)
	}
	return err
}

// errOvertaken stops a pass whose field was deleted, taken out of the index or marked anew meanwhile.
var errOvertaken = errors.New("field changed while it was indexed")

func (s *Service) buildIndex(ctx context.Context, j *jobs.Job, args BuildIndex) error {
	t := j.Workspace
	f, err := s.current(ctx, t, args.Field)
	if errs.Has(err, errs.NotFound) {
		return nil
	}
	if err != nil || !f.Indexed || f.deleted {
		return err
	}
	err = s.each(ctx, j, f, func(ctx context.Context, tx db.Tx, _ id.ID, rows []holder) error {
		now, err := readOne(ctx, tx, t, f.ID)
		switch {
		case err != nil:
			return err
		case !now.Indexed || now.deleted || now.IndexReady != args.Again:
			return errOvertaken
		}
		index := make([]indexRow, len(rows))
		for i, h := range rows {
			index[i] = indexRow{f.ID, f.encode(h.values[f.Key]), h.id}
		}
		if args.Again {
			index, err = missing(ctx, tx, t, f.ID, index)
		} else {
			// Rows from an earlier time as an indexed field may tell old values.
			err = deleteIndexOf(ctx, tx, t, f.ID, index)
		}
		if err != nil {
			return err
		}
		return insertIndex(ctx, tx, t, index)
	})
	if errors.Is(err, errOvertaken) || errs.Has(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return errs.Wrapf(err, "index field %s", f.Key)
	}
	return s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		now, err := readOne(ctx, tx, t, f.ID)
		if err != nil {
			return err
		}
		if now.Indexed && !now.deleted && !args.Again {
			now.IndexReady = true
			if err := update(ctx, tx, t, now); err != nil {
				return err
			}
			if err := setSwept(ctx, tx, t, f.ID, id.Zero); err != nil {
				return err
			}
			if _, err := s.queue.Enqueue(ctx, tx, t, BuildIndex{Field: f.ID, Again: true}, jobs.At(s.clock.Now().Add(settle))); err != nil {
				return err
			}
			if err := s.changed(ctx, tx, auth.System(t, "index"), now, "indexed", false); err != nil {
				return err
			}
		}
		return j.Finish(ctx, tx)
	})
}

// missing keeps the rows of objects that the field's index does not know at all.
func missing(ctx context.Context, tx db.Tx, t tenant.ID, field id.ID, rows []indexRow) ([]indexRow, error) {
	objects := make([]id.ID, len(rows))
	for i, r := range rows {
		objects[i] = r.object
	}
	w := db.NewWhere(t, field)
	db.In(w, "object_id", objects)
	known, err := db.All(ctx, tx, func(row db.Row) (i id.ID, err error) { return i, row.Scan(&i) },
		`SELECT object_id FROM field_value WHERE tenant_id = $1 AND field_id = $2`+w.SQL(), w.Args()...)
	if err != nil {
		return nil, err
	}
	has := make(map[id.ID]bool, len(known))
	for _, i := range known {
		has[i] = true
	}
	var out []indexRow
	for _, r := range rows {
		if !has[r.object] {
			out = append(out, r)
		}
	}
	return out, nil
}

func (s *Service) sweep(ctx context.Context, j *jobs.Job, args Sweep) error {
	t := j.Workspace
	f, err := s.current(ctx, t, args.Field)
	if errs.Has(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	err = s.each(ctx, j, f, func(ctx context.Context, tx db.Tx, after id.ID, rows []holder) error {
		return dropKey(ctx, tx, t, s.tables[f.Object], f.Key, after, rows[len(rows)-1].id)
	})
	if err == nil {
		err = s.dropRows(ctx, t, f.ID)
	}
	if err != nil {
		return errs.Wrapf(err, "sweep field %s", f.Key)
	}
	return s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		if err := remove(ctx, tx, t, f.ID); err != nil {
			return err
		}
		if err := s.renew(ctx, tx, t); err != nil {
			return err
		}
		return j.Finish(ctx, tx)
	})
}

func (s *Service) unindex(ctx context.Context, j *jobs.Job, args Unindex) error {
	f, err := s.current(ctx, j.Workspace, args.Field)
	if errs.Has(err, errs.NotFound) {
		return nil
	}
	if err != nil || f.Indexed { // indexed again meanwhile: what is there is right
		return err
	}
	return s.dropRows(ctx, j.Workspace, f.ID)
}

// dropRows removes a field's index in small transactions.
func (s *Service) dropRows(ctx context.Context, t tenant.ID, field id.ID) error {
	for {
		var n int64
		err := s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) (err error) {
			if f, err := readOne(ctx, tx, t, field); err != nil || f.Indexed {
				return err
			}
			n, err = dropIndex(ctx, tx, t, field, batch)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

func (s *Service) current(ctx context.Context, t tenant.ID, field id.ID) (*Field, error) {
	var f *Field
	err := s.db.Read(ctx, t, func(ctx context.Context, q db.Reader) (err error) {
		f, err = readOne(ctx, q, t, field)
		return err
	})
	return f, err
}
