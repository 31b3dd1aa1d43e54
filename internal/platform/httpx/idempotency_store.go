package httpx

import (
	"bytes"
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// keptKey is one use of an Idempotency-Key. Its instant is the fence: who took the key over has another.
type keptKey struct {
	caller Caller
	route  string
	key    string
	hash   []byte
	at     time.Time
}

// claim makes the key ours, or gives the answer that is kept for it.
// Errors: Conflict when the key is in use or was used for another request.
func (a *API) claim(ctx context.Context, k keptKey) (*keptAnswer, error) {
	var kept *keptAnswer
	err := a.cfg.DB.Write(ctx, k.caller.Workspace, func(ctx context.Context, tx db.Tx) error {
		kept = nil
		const insert = `
			INSERT INTO idempotency_key (tenant_id, actor, route, key, request_hash, status, created_at)
			VALUES ($1, $2, $3, $4, $5, 0, $6)
			ON CONFLICT (tenant_id, actor, route, key) DO NOTHING`
		n, err := tx.Exec(ctx, insert, k.caller.Workspace, k.caller.Actor, k.route, k.key, k.hash, db.Micros(k.at))
		if err != nil || n == 1 {
			return errs.Wrapf(err, "claim idempotency key")
		}
		kept, err = a.meet(ctx, tx, k)
		return err
	})
	return kept, err
}

// meet looks at the row that is there.
func (a *API) meet(ctx context.Context, tx db.Tx, k keptKey) (*keptAnswer, error) {
	const q = `
		SELECT request_hash, status, header, body, created_at
		FROM idempotency_key
		WHERE tenant_id = $1 AND actor = $2 AND route = $3 AND key = $4`
	var hash, body []byte
	var created int64
	answer := keptAnswer{header: map[string]string{}}
	err := tx.QueryRow(ctx, q, k.caller.Workspace, k.caller.Actor, k.route, k.key).
		Scan(&hash, &answer.status, db.FromJSON(&answer.header), &body, &created)
	if err != nil {
		return nil, errs.Wrapf(err, "read idempotency key")
	}
	answer.body = body
	age := k.at.Sub(time.UnixMicro(created))
	switch {
	case age >= keepResult, answer.status == 0 && age >= inFlight:
		const take = `
			UPDATE idempotency_key SET request_hash = $1, status = 0, header = NULL, body = NULL, created_at = $2
			WHERE tenant_id = $3 AND actor = $4 AND route = $5 AND key = $6`
		_, err := tx.Exec(ctx, take, k.hash, db.Micros(k.at), k.caller.Workspace, k.caller.Actor, k.route, k.key)
		return nil, errs.Wrapf(err, "take over idempotency key")
	case !bytes.Equal(hash, k.hash):
		return nil, errs.New(errs.Conflict, "idempotency_key_reused", "This Idempotency-Key was used for another request. Choose a new one.")
	case answer.status == 0:
		return nil, RetryAfter(errs.New(errs.Conflict, "idempotency_key_in_flight", "The first request with this Idempotency-Key has not finished yet."), time.Second)
	}
	return &answer, nil
}

// keep stores the answer, unless somebody took the key over meanwhile.
func (a *API) keep(ctx context.Context, k keptKey, h *heldAnswer) error {
	header := map[string]string{}
	for _, name := range []string{"Content-Type", "Etag", "Location"} {
		if v := h.header.Get(name); v != "" {
			header[name] = v
		}
	}
	const q = `
		UPDATE idempotency_key SET status = $1, header = $2, body = $3
		WHERE tenant_id = $4 AND actor = $5 AND route = $6 AND key = $7 AND created_at = $8 AND status = 0`
	err := a.cfg.DB.Write(ctx, k.caller.Workspace, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, q, h.status, db.JSON(header), h.body.Bytes(),
			k.caller.Workspace, k.caller.Actor, k.route, k.key, db.Micros(k.at))
		return err
	})
	return errs.Wrapf(err, "keep answer")
}

// release frees the key.
func (a *API) release(ctx context.Context, k keptKey) error {
	const q = `
		DELETE FROM idempotency_key
		WHERE tenant_id = $1 AND actor = $2 AND route = $3 AND key = $4 AND created_at = $5 AND status = 0`
	err := a.cfg.DB.Write(ctx, k.caller.Workspace, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, q, k.caller.Workspace, k.caller.Actor, k.route, k.key, db.Micros(k.at))
		return err
	})
	return errs.Wrapf(err, "release idempotency key")
}

// ForgetOldKeys removes answers that are kept no longer, in all workspaces, for a periodic job.
// It returns how many there were.
func ForgetOldKeys(ctx context.Context, d *db.DB, now time.Time) (int64, error) {
	const q = `DELETE FROM idempotency_key WHERE created_at < $1`
	var n int64
	err := d.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		n, err = tx.Exec(ctx, q, db.Micros(now.Add(-keepResult)))
		return err
	})
	return n, errs.Wrapf(err, "forget old idempotency keys")
}
