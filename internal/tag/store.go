package tag

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const columns = `id, name, colour, built_in, created_at`

func scanTag(row db.Row) (Tag, error) {
	var t Tag
	err := row.Scan(&t.ID, &t.Name, &t.Colour, &t.BuiltIn, db.Time(&t.CreatedAt))
	return t, err
}

func readOne(ctx context.Context, q db.Reader, t tenant.ID, tag id.ID) (Tag, error) {
	return db.One(ctx, q, scanTag, `SELECT `+columns+` FROM tag WHERE tenant_id = $1 AND id = $2`, t, tag)
}

func readByKeys(ctx context.Context, q db.Reader, t tenant.ID, keys []string) ([]Tag, error) {
	w := db.NewWhere(t)
	db.In(w, "name_key", keys)
	return db.All(ctx, q, scanTag, `SELECT `+columns+` FROM tag WHERE tenant_id = $1`+w.SQL(), w.Args()...)
}

func readByIDs(ctx context.Context, q db.Reader, t tenant.ID, ids []id.ID) ([]Tag, error) {
	w := db.NewWhere(t)
	db.In(w, "id", ids)
	return db.All(ctx, q, scanTag, `SELECT `+columns+` FROM tag WHERE tenant_id = $1`+w.SQL(), w.Args()...)
}

// insert keeps a tag unless its name is taken, and reports whether it did.
func insert(ctx context.Context, tx db.Tx, t tenant.ID, g Tag) (bool, error) {
	const q = `
		INSERT INTO tag (tenant_id, id, name, name_key, colour, built_in, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant_id, name_key) DO NOTHING`
	n, err := tx.Exec(ctx, q, t, g.ID, g.Name, Key(g.Name), g.Colour, g.BuiltIn, db.Micros(g.CreatedAt))
	return n == 1, errs.Wrapf(err, "insert tag %s", g.Name)
}

func update(ctx context.Context, tx db.Tx, t tenant.ID, g Tag) error {
	const q = `
		UPDATE tag
		SET name = $3, name_key = $4, colour = $5
		WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, g.ID, g.Name, Key(g.Name), g.Colour)
	return errs.Wrapf(err, "update tag %s", g.ID)
}

func remove(ctx context.Context, tx db.Tx, t tenant.ID, tag id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM tag WHERE tenant_id = $1 AND id = $2`, t, tag)
	return errs.Wrapf(err, "delete tag %s", tag)
}
