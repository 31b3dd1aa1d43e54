package customer

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const noteColumns = `id, customer_id, author_id, body, created_at, updated_at`

func scanNote(row db.Row) (Note, error) {
	var n Note
	err := row.Scan(&n.ID, &n.Customer, &n.Author, &n.Body, db.Time(&n.CreatedAt), db.Time(&n.UpdatedAt))
	return n, err
}

func insertNote(ctx context.Context, tx db.Tx, t tenant.ID, n Note) error {
	const q = `
		INSERT INTO customer_note (tenant_id, id, customer_id, author_id, body, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	_, err := tx.Exec(ctx, q, t, n.ID, n.Customer, n.Author, n.Body, db.Micros(n.CreatedAt), db.Micros(n.UpdatedAt))
	return errs.Wrapf(err, "insert note %s", n.ID)
}

func readNote(ctx context.Context, q db.Reader, t tenant.ID, customer, note id.ID) (Note, error) {
	return db.One(ctx, q, scanNote, `SELECT `+noteColumns+` FROM customer_note WHERE tenant_id = $1 AND customer_id = $2 AND id = $3`, t, customer, note)
}

// readNotes reads notes by id, for the journey.
func readNotes(ctx context.Context, q db.Reader, t tenant.ID, notes []id.ID) ([]Note, error) {
	if len(notes) == 0 {
		return nil, nil
	}
	w := db.NewWhere(t)
	db.In(w, "id", notes)
	return db.All(ctx, q, scanNote, `SELECT `+noteColumns+` FROM customer_note WHERE tenant_id = $1`+w.SQL(), w.Args()...)
}

func updateNote(ctx context.Context, tx db.Tx, t tenant.ID, n Note) error {
	const q = `
		UPDATE customer_note
		SET body = $3, updated_at = $4
		WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, n.ID, n.Body, db.Micros(n.UpdatedAt))
	return errs.Wrapf(err, "update note %s", n.ID)
}

func deleteNote(ctx context.Context, tx db.Tx, t tenant.ID, note id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM customer_note WHERE tenant_id = $1 AND id = $2`, t, note)
	return errs.Wrapf(err, "delete note %s", note)
}
