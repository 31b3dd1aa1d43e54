package auth

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Session is one signed-in device.
type Session struct {
	ID         id.ID
	User       id.ID
	Device     string // as the browser or program calls itself
	Address    string
	CreatedAt  time.Time
	LastSeenAt time.Time // of the last token renewal
	ExpiresAt  time.Time

	refreshHash  []byte
	previousHash []byte
	rotatedAt    time.Time
	revokedAt    time.Time
}

const sessionColumns = `id, user_id, refresh_hash, previous_hash, rotated_at, device, address, created_at, last_seen_at, expires_at, revoked_at`

func scanSession(row db.Row) (Session, error) {
	var s Session
	err := row.Scan(&s.ID, &s.User, &s.refreshHash, &s.previousHash, db.Time(&s.rotatedAt), &s.Device, &s.Address,
		db.Time(&s.CreatedAt), db.Time(&s.LastSeenAt), db.Time(&s.ExpiresAt), db.Time(&s.revokedAt))
	return s, err
}

func insertSession(ctx context.Context, tx db.Tx, t tenant.ID, s Session) error {
	const q = `
		INSERT INTO session (tenant_id, id, user_id, refresh_hash, rotated_at, device, address, created_at, last_seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	_, err := tx.Exec(ctx, q, t, s.ID, s.User, s.refreshHash, db.Micros(s.rotatedAt), s.Device, s.Address, db.Micros(s.CreatedAt), db.Micros(s.LastSeenAt), db.Micros(s.ExpiresAt))
	return errs.Wrapf(err, "insert session %s", s.ID)
}

// lockSession makes other uses of the session wait until the transaction ends, then reads it.
func lockSession(ctx context.Context, tx db.Tx, t tenant.ID, session id.ID) (Session, error) {
	if _, err := tx.Exec(ctx, `UPDATE session SET rotated_at = rotated_at WHERE tenant_id = $1 AND id = $2`, t, session); err != nil {
		return Session{}, errs.Wrapf(err, "lock session %s", session)
	}
	return db.One(ctx, tx, scanSession, `SELECT `+sessionColumns+` FROM session WHERE tenant_id = $1 AND id = $2`, t, session)
}

func rotateSession(ctx context.Context, tx db.Tx, t tenant.ID, s Session) error {
	const q = `
		UPDATE session
		SET refresh_hash = $3, previous_hash = $4, rotated_at = $5, last_seen_at = $5, expires_at = $6, address = $7
		WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, s.ID, s.refreshHash, s.previousHash, db.Micros(s.rotatedAt), db.Micros(s.ExpiresAt), s.Address)
	return errs.Wrapf(err, "rotate session %s", s.ID)
}

// liveSessions lists a user's sessions that can still be used, the newest first.
func liveSessions(ctx context.Context, r db.Reader, t tenant.ID, user id.ID, now time.Time) ([]Session, error) {
	const q = `
		SELECT ` + sessionColumns + `
		FROM session
		WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3
		ORDER BY id DESC
		LIMIT 200`
	return db.All(ctx, r, scanSession, q, t, user, db.Micros(now))
}

// revokeSession ends one session of a user and reports whether it was alive.
func revokeSession(ctx context.Context, tx db.Tx, t tenant.ID, user, session id.ID, now time.Time) (bool, error) {
	const q = `UPDATE session SET revoked_at = $4 WHERE tenant_id = $1 AND id = $2 AND user_id = $3 AND revoked_at IS NULL`
	n, err := tx.Exec(ctx, q, t, session, user, db.Micros(now))
	return n == 1, errs.Wrapf(err, "revoke session %s", session)
}

// revokeSessions ends all sessions of a user but one, which may be zero.
func revokeSessions(ctx context.Context, tx db.Tx, t tenant.ID, user, but id.ID, now time.Time) (int64, error) {
	w := db.NewWhere(t, user, db.Micros(now))
	if !but.IsZero() {
		w.And("id <> ?", but)
	}
	n, err := tx.Exec(ctx, `UPDATE session SET revoked_at = $3 WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL`+w.SQL(), w.Args()...)
	return n, errs.Wrapf(err, "revoke sessions of user %s", user)
}

// deleteOldSessions removes what ended before the moment, over all workspaces, some at a time.
func deleteOldSessions(ctx context.Context, tx db.Tx, before time.Time) (int64, error) {
	const q = `
		DELETE FROM session
		WHERE (tenant_id, id) IN (SELECT s.tenant_id, s.id FROM session s WHERE s.expires_at < $1 ORDER BY s.expires_at LIMIT 500)`
	n, err := tx.Exec(ctx, q, db.Micros(before))
	return n, errs.Wrapf(err, "delete old sessions")
}

// standing is what every request needs to know of a session; one round trip.
type standing struct {
	user      User
	revokedAt time.Time
	expiresAt time.Time
}

func readStanding(ctx context.Context, r db.Reader, t tenant.ID, session, user id.ID) (standing, error) {
	const q = `
		SELECT s.revoked_at, s.expires_at, ` + userColumns + `
		FROM session s
		JOIN staff_user u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
		JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id
		WHERE s.tenant_id = $1 AND s.id = $2 AND s.user_id = $3 AND u.deleted_at IS NULL`
	return db.One(ctx, r, func(row db.Row) (standing, error) {
		var st standing
		err := row.Scan(append([]any{db.Time(&st.revokedAt), db.Time(&st.expiresAt)}, st.user.columns()...)...)
		return st, err
	}, q, t, session, user)
}
