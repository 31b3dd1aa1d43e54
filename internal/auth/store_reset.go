package auth

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

func insertReset(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID, hash []byte, now, expires time.Time) error {
	const q = `
		INSERT INTO password_reset (tenant_id, id, user_id, token_hash, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6)`
	_, err := tx.Exec(ctx, q, t, id.New(now), user, hash, db.Micros(now), db.Micros(expires))
	return errs.Wrapf(err, "insert reset of user %s", user)
}

// deleteResets makes every link of a user worthless.
func deleteResets(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM password_reset WHERE tenant_id = $1 AND user_id = $2`, t, user)
	return errs.Wrapf(err, "delete resets of user %s", user)
}

func scanID(row db.Row) (v id.ID, err error) { return v, row.Scan(&v) }

// resetUser gives the user of a link that is still good. Errors: NotFound.
func resetUser(ctx context.Context, r db.Reader, t tenant.ID, hash []byte, now time.Time) (id.ID, error) {
	const q = `SELECT user_id FROM password_reset WHERE tenant_id = $1 AND token_hash = $2 AND used_at IS NULL AND expires_at > $3`
	return db.One(ctx, r, scanID, q, t, hash, db.Micros(now))
}

// useReset spends a link; of two uses at once one is told no.
func useReset(ctx context.Context, tx db.Tx, t tenant.ID, hash []byte, now time.Time) (bool, error) {
	const q = `
		UPDATE password_reset
		SET used_at = $3
		WHERE tenant_id = $1 AND token_hash = $2 AND used_at IS NULL AND expires_at > $3`
	n, err := tx.Exec(ctx, q, t, hash, db.Micros(now))
	return n == 1, errs.Wrapf(err, "use reset")
}
