package httpx

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
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

func errInFlight() error {
	return RetryAfter(errs.New(errs.Conflict, "idempotency_key_in_flight", "The first request with this Idempotency-Key has not finished yet."), time.Second)
}

func errAnswerLost() error {
	return errs.New(errs.Conflict, "idempotency_answer_lost",
		"The first request with this Idempotency-Key was carried out, but its answer was lost. Read what it made or changed instead of sending it again.")
}

// claim makes the key ours, or gives the answer that is kept for it.
// Errors: Conflict when the key is in use, was used for another request, or its answer was lost.
func (a *API) claim(ctx context.Context, k keptKey) (*keptAnswer, error) {
	var kept *keptAnswer
	err := a.cfg.DB.Write(ctx, k.caller.Workspace, func(ctx context.Context, tx db.Tx) error {
		kept = nil
		const insert = `
			INSERT INTO idempotency_key (tenant_id, actor, route, key, request_hash, happened, status, created_at)
			VALUES ($1, $2, $3, $4, $5, FALSE, 0, $6)
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
		SELECT request_hash, happened, status, header, body, created_at
		FROM idempotency_key
		WHERE tenant_id = $1 AND actor = $2 AND route = $3 AND key = $4`
	var hash, body []byte
	var happened bool
	var created time.Time
	answer := keptAnswer{header: map[string]string{}}
	err := tx.QueryRow(ctx, q, k.caller.Workspace, k.caller.Actor, k.route, k.key).
		Scan(&hash, &happened, &answer.status, db.FromJSON(&answer.header), &body, db.Time(&created))
	if errors.Is(err, sql.ErrNoRows) { // released just now
		return nil, errInFlight()
	}
	if err != nil {
		return nil, errs.Wrapf(err, "read idempotency key")
	}
	answer.body = body
	age := k.at.Sub(created)
	silent := answer.status == 0 && (age >= inFlight || a.abandoned.has(k, created))
	switch {
	case age >= keepResult, silent && !happened:
		return nil, takeOver(ctx, tx, k, created)
	case !bytes.Equal(hash, k.hash):
		return nil, errs.New(errs.Conflict, "idempotency_key_reused", "This Idempotency-Key was used for another request. Choose a new one.")
	case silent:
		return nil, errAnswerLost()
	case answer.status == 0:
		return nil, errInFlight()
	}
	return &answer, nil
}

// takeOver makes the row ours unless it changed since it was read: somebody else took it over, or its request
// lives and has happened.
func takeOver(ctx context.Context, tx db.Tx, k keptKey, read time.Time) error {
	const q = `
		UPDATE idempotency_key SET request_hash = $1, happened = FALSE, status = 0, header = NULL, body = NULL, created_at = $2
		WHERE tenant_id = $3 AND actor = $4 AND route = $5 AND key = $6 AND created_at = $7
			AND (happened = FALSE AND status = 0 OR created_at <= $8)`
	n, err := tx.Exec(ctx, q, k.hash, db.Micros(k.at), k.caller.Workspace, k.caller.Actor, k.route, k.key,
		db.Micros(read), db.Micros(k.at.Add(-keepResult)))
	if err == nil && n == 0 {
		return errInFlight()
	}
	return errs.Wrapf(err, "take over idempotency key")
}

// markHappened notes in the operation's transaction that its request is carried out. ours is false when
// somebody took the key over, or the note is there already.
func markHappened(ctx context.Context, tx db.Tx, k keptKey) (ours bool, err error) {
	const q = `
		UPDATE idempotency_key SET happened = TRUE
		WHERE tenant_id = $1 AND actor = $2 AND route = $3 AND key = $4 AND created_at = $5 AND status = 0 AND happened = FALSE`
	n, err := tx.Exec(ctx, q, k.caller.Workspace, k.caller.Actor, k.route, k.key, db.Micros(k.at))
	return n == 1, errs.Wrapf(err, "mark idempotency key")
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

// release frees the key of what did not happen. When the database does not take that, this process remembers.
func (a *API) release(ctx context.Context, k keptKey) error {
	const q = `
		DELETE FROM idempotency_key
		WHERE tenant_id = $1 AND actor = $2 AND route = $3 AND key = $4 AND created_at = $5 AND status = 0 AND happened = FALSE`
	err := a.cfg.DB.Write(ctx, k.caller.Workspace, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, q, k.caller.Workspace, k.caller.Actor, k.route, k.key, db.Micros(k.at))
		return err
	})
	if err != nil {
		a.abandoned.add(k)
	}
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
