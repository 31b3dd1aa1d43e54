package tenant

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

const columns = `id, slug, name, currency, timezone, locale, status, settings, created_at, updated_at`

func scan(row db.Row) (Workspace, error) {
	var w Workspace
	var status, settings string
	err := row.Scan((*int64)(&w.ID), &w.Slug, &w.Name, &w.Currency, &w.Timezone, &w.Locale, &status, db.Text(&settings), db.Time(&w.CreatedAt), db.Time(&w.UpdatedAt))
	if err != nil {
		return w, err
	}
	w.Status = Status(status)
	return w, w.Settings.read(settings)
}

func readByID(ctx context.Context, r db.Reader, t ID) (Workspace, error) {
	return db.One(ctx, r, scan, `SELECT `+columns+` FROM workspace WHERE id = $1`, t)
}

func readBySlug(ctx context.Context, r db.Reader, slug string) (Workspace, error) {
	return db.One(ctx, r, scan, `SELECT `+columns+` FROM workspace WHERE slug = $1`, slug)
}

func listAll(ctx context.Context, r db.Reader) ([]Workspace, error) {
	return db.All(ctx, r, scan, `SELECT `+columns+` FROM workspace ORDER BY id`)
}

// firstTwo tells whether there is none, exactly one, or more.
func firstTwo(ctx context.Context, r db.Reader) ([]Workspace, error) {
	return db.All(ctx, r, scan, `SELECT `+columns+` FROM workspace ORDER BY id LIMIT 2`)
}

func nextID(ctx context.Context, r db.Reader) (ID, error) {
	n, err := db.Scalar[int64](ctx, r, `SELECT COALESCE(MAX(id), 0) + 1 FROM workspace`)
	return ID(n), errs.Wrapf(err, "find next workspace number")
}

func insert(ctx context.Context, tx db.Tx, w Workspace) error {
	const q = `
		INSERT INTO workspace (id, slug, name, currency, timezone, locale, status, settings, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	_, err := tx.Exec(ctx, q, w.ID, w.Slug, w.Name, w.Currency, w.Timezone, w.Locale, string(w.Status), db.JSON(w.Settings), db.Micros(w.CreatedAt), db.Micros(w.UpdatedAt))
	return errs.Wrapf(err, "insert workspace %s", w.Slug)
}

// lock makes later changes of the same workspace wait until the transaction ends.
func lock(ctx context.Context, tx db.Tx, t ID) error {
	_, err := tx.Exec(ctx, `UPDATE workspace SET updated_at = updated_at WHERE id = $1`, t)
	return errs.Wrapf(err, "lock workspace %d", t)
}

func update(ctx context.Context, tx db.Tx, w Workspace) error {
	const q = `
		UPDATE workspace
		SET name = $2, currency = $3, timezone = $4, locale = $5, settings = $6, updated_at = $7
		WHERE id = $1`
	_, err := tx.Exec(ctx, q, w.ID, w.Name, w.Currency, w.Timezone, w.Locale, db.JSON(w.Settings), db.Micros(w.UpdatedAt))
	return errs.Wrapf(err, "update workspace %d", w.ID)
}
