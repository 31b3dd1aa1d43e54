package tag

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Links is a room's link table: tenant_id, the object's column, tag_id, with both orders indexed.
// Names come from code.
type Links struct {
	Table  string // such as "customer_tag"
	Object string // such as "customer_id"
}

// Change is what a write did to an object's tags: names, for events. Both empty means nothing changed.
type Change struct {
	Added, Removed []string
}

// IsZero reports that nothing changed.
func (c Change) IsZero() bool { return len(c.Added) == 0 && len(c.Removed) == 0 }

// Of reads the tags of objects, each in the order of names.
func (l Links) Of(ctx context.Context, q db.Reader, t tenant.ID, objects ...id.ID) (map[id.ID][]Tag, error) {
	out := make(map[id.ID][]Tag, len(objects))
	if len(objects) == 0 {
		return out, nil
	}
	w := db.NewWhere(t)
	db.In(w, "l."+l.Object, objects)
	text := `
		SELECT l.` + l.Object + `, g.id, g.name, g.colour, g.built_in, g.created_at
		FROM ` + l.Table + ` l
		JOIN tag g ON g.tenant_id = l.tenant_id AND g.id = l.tag_id
		WHERE l.tenant_id = $1` + w.SQL() + `
		ORDER BY g.name_key`
	_, err := db.All(ctx, q, func(row db.Row) (struct{}, error) {
		var object id.ID
		var g Tag
		err := row.Scan(&object, &g.ID, &g.Name, &g.Colour, &g.BuiltIn, db.Time(&g.CreatedAt))
		out[object] = append(out[object], g)
		return struct{}{}, err
	}, text, w.Args()...)
	return out, errs.Wrapf(err, "read tags")
}

// Set makes tags all that an object has.
func (l Links) Set(ctx context.Context, tx db.Tx, t tenant.ID, object id.ID, tags []Tag) (Change, error) {
	had, err := l.Of(ctx, tx, t, object)
	if err != nil {
		return Change{}, err
	}
	var gone []Tag
	for _, g := range had[object] {
		if !slices.ContainsFunc(tags, func(o Tag) bool { return o.ID == g.ID }) {
			gone = append(gone, g)
		}
	}
	removed, err := l.Remove(ctx, tx, t, object, gone)
	if err != nil {
		return Change{}, err
	}
	added, err := l.Add(ctx, tx, t, object, tags)
	return Change{Added: added.Added, Removed: removed.Removed}, err
}

// Add hangs tags on an object; those it has stay. Errors: Invalid beyond MaxTags.
func (l Links) Add(ctx context.Context, tx db.Tx, t tenant.ID, object id.ID, tags []Tag) (Change, error) {
	var c Change
	text := `INSERT INTO ` + l.Table + ` (tenant_id, ` + l.Object + `, tag_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	for _, g := range tags {
		n, err := tx.Exec(ctx, text, t, object, g.ID)
		if err != nil {
			return Change{}, errs.Wrapf(err, "add tag %s", g.Name)
		}
		if n == 1 {
			c.Added = append(c.Added, g.Name)
		}
	}
	if len(c.Added) == 0 {
		return c, nil
	}
	n, err := db.Scalar[int64](ctx, tx, `SELECT COUNT(*) FROM `+l.Table+` WHERE tenant_id = $1 AND `+l.Object+` = $2`, t, object)
	if err == nil && n > MaxTags {
		err = errs.OnField("tags", fmt.Sprintf("can be at most %d, would be %d", MaxTags, n))
	}
	return c, err
}

// Remove takes tags off an object.
func (l Links) Remove(ctx context.Context, tx db.Tx, t tenant.ID, object id.ID, tags []Tag) (Change, error) {
	var c Change
	text := `DELETE FROM ` + l.Table + ` WHERE tenant_id = $1 AND ` + l.Object + ` = $2 AND tag_id = $3`
	for _, g := range tags {
		n, err := tx.Exec(ctx, text, t, object, g.ID)
		if err != nil {
			return Change{}, errs.Wrapf(err, "remove tag %s", g.Name)
		}
		if n == 1 {
			c.Removed = append(c.Removed, g.Name)
		}
	}
	return c, nil
}

// Forget takes all tags off a deleted object.
func (l Links) Forget(ctx context.Context, tx db.Tx, t tenant.ID, object id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM `+l.Table+` WHERE tenant_id = $1 AND `+l.Object+` = $2`, t, object)
	return errs.Wrapf(err, "remove tags of %s", object)
}

// Matches is a query for the ids of objects that have any of the named tags, for filters; a value may
// also be a tag's id. Plan: range over the index by tag.
func (l Links) Matches(w *db.Where, t tenant.ID, values []any) string {
	names, ids := split(values)
	tenantArg := w.Arg(t)
	var conds []string
	if len(ids) > 0 {
		conds = append(conds, "l.tag_id IN ("+db.List(w, ids)+")")
	}
	if len(names) > 0 {
		conds = append(conds, "l.tag_id IN (SELECT g.id FROM tag g WHERE g.tenant_id = "+tenantArg+" AND g.name_key IN ("+db.List(w, names)+"))")
	}
	return "SELECT l." + l.Object + " AS id FROM " + l.Table + " l WHERE l.tenant_id = " + tenantArg + " AND (" + strings.Join(conds, " OR ") + ")"
}

// Where is Matches as a condition on rows whose id is the given expression. Plan: probes of the link
// table's primary key.
func (l Links) Where(w *db.Where, t tenant.ID, row string, values []any) {
	w.And("EXISTS (" + l.Matches(w, t, values) + " AND l." + l.Object + " = " + row + ")")
}

func split(values []any) (names []string, ids []id.ID) {
	for _, v := range values {
		s, _ := v.(string)
		if i, err := id.Parse(s); err == nil {
			ids = append(ids, i)
		} else {
			names = append(names, Key(s))
		}
	}
	return names, ids
}

// drop removes at most limit links of a tag.
func (l Links) drop(ctx context.Context, tx db.Tx, t tenant.ID, tag id.ID, limit int) (int64, error) {
	text := `
		DELETE FROM ` + l.Table + `
		WHERE tenant_id = $1 AND tag_id = $2 AND ` + l.Object + ` IN (
			SELECT ` + l.Object + ` FROM ` + l.Table + ` WHERE tenant_id = $1 AND tag_id = $2 LIMIT $3)`
	n, err := tx.Exec(ctx, text, t, tag, limit)
	return n, errs.Wrapf(err, "drop links of tag %s", tag)
}
