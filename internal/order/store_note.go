package order

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const noteColumns = `id, order_id, author_id, body, created_at, updated_at`

func scanNote(row db.Row) (n Note, err error) {
	err = row.Scan(&n.ID, &n.Order, &n.Author, &n.Body, db.Time(&n.CreatedAt), db.Time(&n.UpdatedAt))
	return n, err
}

func insertNote(ctx context.Context, tx db.Tx, t tenant.ID, n Note) error {
	const q = `
		INSERT INTO order_note (tenant_id, id, order_id, author_id, body, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	_, err := tx.Exec(ctx, q, t, n.ID, n.Order, n.Author, n.Body, db.Micros(n.CreatedAt), db.Micros(n.UpdatedAt))
	return errs.Wrapf(err, "insert order note %s", n.ID)
}

func readNote(ctx context.Context, q db.Reader, t tenant.ID, order, note id.ID) (Note, error) {
	const text = `SELECT ` + noteColumns + ` FROM order_note WHERE tenant_id = $1 AND order_id = $2 AND id = $3`
	return db.One(ctx, q, scanNote, text, t, order, note)
}

// listNotes reads all notes of an order, newest first; an order has few.
func listNotes(ctx context.Context, q db.Reader, t tenant.ID, order id.ID) ([]Note, error) {
	const text = `SELECT ` + noteColumns + ` FROM order_note WHERE tenant_id = $1 AND order_id = $2 ORDER BY id DESC LIMIT 500`
	return db.All(ctx, q, scanNote, text, t, order)
}

func updateNote(ctx context.Context, tx db.Tx, t tenant.ID, n Note) error {
	const q = `UPDATE order_note SET body = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, n.ID, n.Body, db.Micros(n.UpdatedAt))
	return errs.Wrapf(err, "update order note %s", n.ID)
}

func deleteNote(ctx context.Context, tx db.Tx, t tenant.ID, note id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM order_note WHERE tenant_id = $1 AND id = $2`, t, note)
	return errs.Wrapf(err, "delete order note %s", note)
}
