package outbox

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

func insert(ctx context.Context, tx db.Tx, t id.Workspace, s Stored) error {
	const q = `
		INSERT INTO mail_outbox (tenant_id, id, recipient, subject, body_text, body_html, purpose, state, last_error, created_at, sent_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	_, err := tx.Exec(ctx, q, t, s.ID, s.Recipient, s.Subject, s.Text, s.HTML, string(s.Purpose), string(s.State), s.LastError,
		db.Micros(s.CreatedAt), db.NullMicros(s.SentAt))
	return errs.Wrapf(err, "insert mail %s", s.ID)
}

const columns = `id, recipient, subject, purpose, state, last_error, created_at, sent_at`

func scan(row db.Row) (Stored, error) { return scanWith(row) }

func scanWith(row db.Row, more ...any) (Stored, error) {
	var s Stored
	var purpose, state string
	err := row.Scan(append([]any{&s.ID, &s.Recipient, &s.Subject, &purpose, &state, &s.LastError, db.Time(&s.CreatedAt), db.Time(&s.SentAt)}, more...)...)
	s.Purpose, s.State = Purpose(purpose), State(state)
	return s, err
}

func read(ctx context.Context, r db.Reader, t id.Workspace, mail id.ID) (Stored, error) {
	const q = `SELECT ` + columns + `, body_text, body_html FROM mail_outbox WHERE tenant_id = $1 AND id = $2`
	return db.One(ctx, r, func(row db.Row) (Stored, error) {
		var text, html string
		s, err := scanWith(row, &text, &html)
		s.Text, s.HTML = text, html
		return s, err
	}, q, t, mail)
}

// list reads a page without bodies. Plan: backward range over the primary key.
func list(ctx context.Context, r db.Reader, t id.Workspace, q *page.Query) ([]Stored, error) {
	w := db.NewWhere(t)
	q.Apply(w)
	order, err := q.Page(w)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, r, scan, `SELECT `+columns+` FROM mail_outbox WHERE tenant_id = $1`+w.SQL()+order, w.Args()...)
}

func count(ctx context.Context, r db.Reader, t id.Workspace, q *page.Query) (int64, error) {
	w := db.NewWhere(t)
	q.Apply(w)
	return db.Scalar[int64](ctx, r, `SELECT COUNT(*) FROM mail_outbox WHERE tenant_id = $1`+w.SQL(), w.Args()...)
}

// markSent keeps that the server took a mail; the body of a secret one goes.
func markSent(ctx context.Context, tx db.Tx, t id.Workspace, s Stored, now time.Time) error {
	text, html := s.Text, s.HTML
	if s.Purpose.IsSecret() {
		text, html = "", ""
	}
	const q = `
		UPDATE mail_outbox
		SET state = 'sent', sent_at = $3, last_error = '', body_text = $4, body_html = $5
		WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, s.ID, db.Micros(now), text, html)
	return errs.Wrapf(err, "mark mail %s sent", s.ID)
}

func markError(ctx context.Context, tx db.Tx, t id.Workspace, mail id.ID, state State, words string) error {
	const q = `UPDATE mail_outbox SET state = $3, last_error = $4 WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, mail, string(state), words)
	return errs.Wrapf(err, "mark mail %s %s", mail, state)
}
