package ticket

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/media"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const messageColumns = `m.id, m.ticket_id, m.internal, m.author_kind, m.author_id, m.body, m.html, m.state, m.held_until, m.file_count, m.created_at, m.updated_at`

func (m *Message) into() []any {
	return []any{
		&m.ID, &m.Ticket, &m.Internal, &m.AuthorKind, &m.Author, &m.Body, &m.HTML, (*string)(&m.State), db.Time(&m.HeldUntil), &m.fileCount,
		db.Time(&m.CreatedAt), db.Time(&m.UpdatedAt),
	}
}

func scanMessage(row db.Row) (Message, error) {
	var m Message
	return m, row.Scan(m.into()...)
}

func scanNamedMessage(row db.Row) (Message, error) {
	var m Message
	var user string
	var c customerName
	err := row.Scan(append(m.into(), db.Text(&user), db.Text(&c.first), db.Text(&c.last), db.Text(&c.company), db.Text(&c.email))...)
	m.AuthorName = user
	if m.AuthorKind == ByCustomer {
		m.AuthorName = c.String()
	}
	return m, err
}

func insertMessage(ctx context.Context, tx db.Tx, t tenant.ID, m *Message) error {
	const q = `
		INSERT INTO ticket_message (tenant_id, id, ticket_id, internal, author_kind, author_id, body, html, state, held_until, file_count, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	err := tx.Later(ctx, q, t, m.ID, m.Ticket, m.Internal, m.AuthorKind, m.Author, m.Body, m.HTML, string(m.State), db.NullMicros(m.HeldUntil),
		m.fileCount, db.Micros(m.CreatedAt), db.Micros(m.UpdatedAt))
	return errs.Wrapf(err, "insert message %s", m.ID)
}

func insertAttachments(ctx context.Context, tx db.Tx, t tenant.ID, message id.ID, files []media.File) error {
	const q = `INSERT INTO ticket_attachment (tenant_id, message_id, file_id, position) VALUES ($1, $2, $3, $4)`
	for i, f := range files {
		if err := tx.Later(ctx, q, t, message, f.ID, i); err != nil {
			return errs.Wrapf(err, "attach file %s", f.ID)
		}
	}
	return nil
}

// threadFrom joins the authors' names. Held messages are there for their author alone.
const threadFrom = `
	SELECT ` + messageColumns + `, u.name, c.first_name, c.last_name, c.company, c.email
	FROM ticket_message m
	LEFT JOIN staff_user u ON u.tenant_id = m.tenant_id AND u.id = m.author_id AND m.author_kind = 'user'
	LEFT JOIN customer c ON c.tenant_id = m.tenant_id AND c.id = m.author_id AND m.author_kind = 'customer'
	WHERE m.tenant_id = $1 AND m.ticket_id = $2 AND (m.state = 'sent' OR m.author_id = $3)`

// newestMessages reads the end of a thread, newest first. Plan: backward range over ticket_message_by_ticket.
func newestMessages(ctx context.Context, q db.Reader, t tenant.ID, ticket, reader id.ID, limit int) ([]Message, error) {
	out, err := db.All(ctx, q, scanNamedMessage, threadFrom+` ORDER BY m.id DESC LIMIT $4`, t, ticket, reader, limit)
	if err != nil {
		return nil, errs.Wrapf(err, "list messages of ticket %s", ticket)
	}
	return out, loadAttachments(ctx, q, t, out)
}

// pageMessages reads a page of a thread. Plan: range over ticket_message_by_ticket, either way.
func pageMessages(ctx context.Context, q db.Reader, who auth.Actor, ticket id.ID, query *page.Query) (page.Result[Message], error) {
	w := db.NewWhere(who.Tenant, ticket, who.User)
	query.Apply(w)
	order, err := query.Page(w)
	if err != nil {
		return page.Result[Message]{}, err
	}
	rows, err := db.All(ctx, q, scanNamedMessage, threadFrom+w.SQL()+order, w.Args()...)
	if err != nil {
		return page.Result[Message]{}, errs.Wrapf(err, "list messages")
	}
	out, err := page.Cut(query, rows, func(m Message) (any, id.ID) { return nil, m.ID })
	if err != nil {
		return out, err
	}
	return out, loadAttachments(ctx, q, who.Tenant, out.Data)
}

func loadAttachments(ctx context.Context, q db.Reader, t tenant.ID, messages []Message) error {
	at := make(map[id.ID]*Message)
	var with []id.ID
	for i := range messages {
		if m := &messages[i]; m.fileCount > 0 {
			at[m.ID] = m
			with = append(with, m.ID)
		}
	}
	if len(with) == 0 {
		return nil
	}
	type attached struct {
		message id.ID
		file    Attachment
	}
	w := db.NewWhere(t)
	db.In(w, "a.message_id", with)
	rows, err := db.All(ctx, q, func(row db.Row) (a attached, err error) {
		f := &a.file
		err = row.Scan(&a.message, &f.ID, &f.Name, &f.ContentType, &f.Size, &f.Width, &f.Height, &f.Thumbnail)
		return a, err
	}, `
		SELECT a.message_id, f.id, f.name, f.content_type, f.size, COALESCE(f.width, 0), COALESCE(f.height, 0), f.thumbnail_key IS NOT NULL
		FROM ticket_attachment a
		JOIN media_file f ON f.tenant_id = a.tenant_id AND f.id = a.file_id
		WHERE a.tenant_id = $1`+w.SQL()+`
		ORDER BY a.message_id, a.position`, w.Args()...)
	for _, r := range rows {
		m := at[r.message]
		m.Attachments = append(m.Attachments, r.file)
	}
	return errs.Wrapf(err, "list attachments")
}

// lockMessage reads a message of a ticket that the caller has locked. Errors: NotFound.
func lockMessage(ctx context.Context, q db.Reader, t tenant.ID, ticket, message id.ID) (Message, error) {
	m, err := db.One(ctx, q, scanMessage, `SELECT `+messageColumns+` FROM ticket_message m WHERE m.tenant_id = $1 AND m.id = $2 AND m.ticket_id = $3`, t, message, ticket)
	return m, errs.Wrapf(err, "read message %s", message)
}

func releaseMessage(ctx context.Context, tx db.Tx, t tenant.ID, m *Message) error {
	const q = `UPDATE ticket_message SET state = 'sent', held_until = NULL, created_at = $3, updated_at = $3 WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, m.ID, db.Micros(m.CreatedAt))
	return errs.Wrapf(err, "release message %s", m.ID)
}

func updateMessage(ctx context.Context, tx db.Tx, t tenant.ID, m *Message) error {
	const q = `UPDATE ticket_message SET body = $3, html = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, m.ID, m.Body, m.HTML, db.Micros(m.UpdatedAt))
	return errs.Wrapf(err, "update message %s", m.ID)
}

func deleteMessage(ctx context.Context, tx db.Tx, t tenant.ID, message id.ID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM ticket_attachment WHERE tenant_id = $1 AND message_id = $2`, t, message); err != nil {
		return errs.Wrapf(err, "delete message %s", message)
	}
	_, err := tx.Exec(ctx, `DELETE FROM ticket_message WHERE tenant_id = $1 AND id = $2`, t, message)
	return errs.Wrapf(err, "delete message %s", message)
}

func attachmentIDs(ctx context.Context, q db.Reader, t tenant.ID, message id.ID) ([]id.ID, error) {
	ids, err := db.All(ctx, q, scanID, `SELECT file_id FROM ticket_attachment WHERE tenant_id = $1 AND message_id = $2 ORDER BY position`, t, message)
	return ids, errs.Wrapf(err, "list attachments of %s", message)
}

func scanID(row db.Row) (i id.ID, err error) { return i, row.Scan(&i) }

// lastSent is when the newest sent message of a ticket was sent, after one was removed; zero for none.
func lastSent(ctx context.Context, q db.Reader, t tenant.ID, ticket id.ID) (Message, error) {
	const text = `SELECT ` + messageColumns + ` FROM ticket_message m WHERE m.tenant_id = $1 AND m.ticket_id = $2 AND m.state = 'sent' ORDER BY m.id DESC LIMIT 1`
	m, err := db.One(ctx, q, scanMessage, text, t, ticket)
	if errs.Has(err, errs.NotFound) {
		return Message{}, nil
	}
	return m, errs.Wrapf(err, "read newest message of ticket %s", ticket)
}
