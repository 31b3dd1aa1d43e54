package tag

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// ImportTx adds tags with the caller's ids and times; one whose name is there stays as it is. It gives the
// id of each by name.
func (s *Service) ImportTx(ctx context.Context, tx db.Tx, t tenant.ID, tags []Tag) (map[string]id.ID, error) {
	keys := make([]string, len(tags))
	for i, g := range tags {
		if err := g.validate(); err != nil {
			return nil, err
		}
		if _, err := insert(ctx, tx, t, g); err != nil {
			return nil, err
		}
		keys[i] = Key(g.Name)
	}
	there, err := readByKeys(ctx, tx, t, keys)
	out := make(map[string]id.ID, len(there))
	for _, g := range there {
		out[Key(g.Name)] = g.ID
	}
	for _, g := range tags {
		out[g.Name] = out[Key(g.Name)]
	}
	return out, err
}

// ImportTx hangs tags on new objects: pairs of object and tag, each once.
func (l Links) ImportTx(ctx context.Context, tx db.Tx, t tenant.ID, pairs [][2]id.ID) error {
	rows := make([][]any, len(pairs))
	for i, p := range pairs {
		rows[i] = []any{t, p[0], p[1]}
	}
	err := db.InsertMany(ctx, tx, `INSERT INTO `+l.Table+` (tenant_id, `+l.Object+`, tag_id)`, "", rows)
	return errs.Wrapf(err, "insert tags")
}

// PurgeTx removes those of the tags that nothing has any more.
func (s *Service) PurgeTx(ctx context.Context, tx db.Tx, t tenant.ID, tags []id.ID) error {
	for _, g := range tags {
		used := false
		for _, l := range s.links {
			has, err := db.Exists(ctx, tx, `SELECT 1 FROM `+l.Table+` WHERE tenant_id = $1 AND tag_id = $2 LIMIT 1`, t, g)
			if err != nil {
				return errs.Wrapf(err, "look for uses of tag %s", g)
			}
			used = used || has
		}
		if used {
			continue
		}
		if err := remove(ctx, tx, t, g); err != nil {
			return err
		}
	}
	return nil
}
