package field

import (
	"context"
	"sort"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Validate merges a patch into an object's values: null clears a key, an unknown key and every broken
// rule is an Invalid error that names "fields.<key>". old nil means a new object, which gets the
// defaults and must have what is required; later only keys that the patch names are checked.
// The result is never nil and shares nothing with old. q decides which rows the definitions come from:
// give the transaction when writing.
func (s *Service) Validate(ctx context.Context, q db.Reader, t tenant.ID, o Object, old, patch map[string]any) (map[string]any, error) {
	if old != nil && len(patch) == 0 {
		return clone(old), nil
	}
	defs, err := s.Of(ctx, q, t, o)
	if err != nil {
		return nil, err
	}
	return merge(defs, o, old, patch)
}

// Check is Validate for one object after another with the definitions read once.
type Check func(old, patch map[string]any) (map[string]any, error)

// Checker reads an object's definitions for many checks in one transaction.
func (s *Service) Checker(ctx context.Context, q db.Reader, t tenant.ID, o Object) (Check, error) {
	defs, err := s.Of(ctx, q, t, o)
	return func(old, patch map[string]any) (map[string]any, error) { return merge(defs, o, old, patch) }, err
}

func merge(defs []*Field, o Object, old, patch map[string]any) (map[string]any, error) {
	out := clone(old)
	byKey := make(map[string]*Field, len(defs))
	for _, f := range defs {
		byKey[f.Key] = f
		if old == nil && f.Default != nil {
			out[f.Key] = f.Default
		}
	}
	var problems []*errs.Field
	for _, key := range keysOf(patch) {
		f, v := byKey[key], patch[key]
		at := "fields." + key
		switch {
		case f == nil:
			problems = append(problems, &errs.Field{Location: at, Message: "is no field of " + string(o)})
		case blank(v) && f.Required:
			problems = append(problems, &errs.Field{Location: at, Message: "is required"})
		case v == nil:
			delete(out, key)
		default:
			checked, problem := f.value(at, v)
			if problem != nil {
				problems = append(problems, problem)
				continue
			}
			out[key] = checked
		}
	}
	for _, f := range defs {
		if _, named := patch[f.Key]; old == nil && f.Required && !named && blank(out[f.Key]) {
			problems = append(problems, &errs.Field{Location: "fields." + f.Key, Message: "is required"})
		}
	}
	return out, errs.Check(problems...)
}

// Show keeps of an object's values those that have a definition, for reading: values of a deleted
// field are hidden before the job has removed them.
func (s *Service) Show(ctx context.Context, q db.Reader, t tenant.ID, o Object, values ...map[string]any) error {
	defs, err := s.Of(ctx, q, t, o)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(defs))
	for _, f := range defs {
		known[f.Key] = true
	}
	for _, m := range values {
		for key := range m {
			if !known[key] {
				delete(m, key)
			}
		}
	}
	return nil
}

// Values are one object's values, for IndexManyTx.
type Values struct {
	ID     id.ID
	Fields map[string]any
}

// IndexTx keeps the index in step with an object whose row was written just before in the same
// transaction. old nil means a new object.
func (s *Service) IndexTx(ctx context.Context, tx db.Tx, t tenant.ID, o Object, object id.ID, old, values map[string]any) error {
	if old == nil {
		return s.IndexManyTx(ctx, tx, t, o, []Values{{object, values}})
	}
	defs, err := s.Of(ctx, tx, t, o)
	if err != nil {
		return err
	}
	var stale []id.ID
	var rows []indexRow
	for _, f := range defs {
		if f.Indexed && !same(old[f.Key], values[f.Key]) {
			stale = append(stale, f.ID)
			rows = append(rows, indexRow{f.ID, f.encode(values[f.Key]), object})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := deleteIndex(ctx, tx, t, object, stale); err != nil {
		return err
	}
	return insertIndex(ctx, tx, t, rows)
}

// IndexManyTx indexes many new objects of a kind at once.
func (s *Service) IndexManyTx(ctx context.Context, tx db.Tx, t tenant.ID, o Object, objects []Values) error {
	defs, err := s.Of(ctx, tx, t, o)
	if err != nil {
		return err
	}
	var rows []indexRow
	for _, f := range defs {
		if !f.Indexed {
			continue
		}
		for _, v := range objects {
			rows = append(rows, indexRow{f.ID, f.encode(v.Fields[f.Key]), v.ID})
		}
	}
	return insertIndex(ctx, tx, t, rows)
}

// ForgetTx removes a deleted object from the index.
func (s *Service) ForgetTx(ctx context.Context, tx db.Tx, t tenant.ID, object id.ID) error {
	return deleteIndex(ctx, tx, t, object, nil)
}

func clone(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func keysOf(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
