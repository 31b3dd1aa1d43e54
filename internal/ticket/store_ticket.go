package ticket

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const ticketColumns = `k.id, k.number, k.title, k.status, k.priority, k.type, k.category, k.channel, k.customer_id, k.assignee_id,
	k.team_id, k.created_by, k.message_count, k.preview, k.last_message_at, k.last_author_kind, k.waiting_since,
	k.first_replied_at, k.resolved_at, k.closed_at, k.fields, k.version, k.activity_at, k.created_at, k.updated_at`

// into lists where the columns of a ticket are scanned to.
func (k *Ticket) into() []any {
	return []any{
		&k.ID, &k.Number, &k.Title, (*string)(&k.Status), &k.Priority, &k.Type, &k.Category, (*string)(&k.Channel), &k.Customer, &k.Assignee,
		&k.Team, &k.CreatedBy, &k.MessageCount, &k.Preview, db.Time(&k.LastMessageAt), &k.LastAuthorKind, db.Time(&k.WaitingSince),
		db.Time(&k.FirstRepliedAt), db.Time(&k.ResolvedAt), db.Time(&k.ClosedAt), db.FromJSON(&k.Fields), &k.Version,
		db.Time(&k.ActivityAt), db.Time(&k.CreatedAt), db.Time(&k.UpdatedAt),
	}
}

func scanTicket(row db.Row) (*Ticket, error) {
	k := &Ticket{}
	return k, row.Scan(k.into()...)
}

func insertTicket(ctx context.Context, tx db.Tx, t tenant.ID, k *Ticket) error {
	const q = `
		INSERT INTO ticket (tenant_id, id, number, title, status, is_open, priority, type, category, channel, customer_id, assignee_id,
			team_id, created_by, message_count, preview, last_message_at, last_author_kind, waiting_since,
			first_replied_at, resolved_at, closed_at, fields, version, activity_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)`
	err := tx.Later(ctx, q, t, k.ID, k.Number, k.Title, string(k.Status), k.Status.IsOpen(), k.Priority, k.Type, k.Category, string(k.Channel), k.Customer, k.Assignee,
		k.Team, k.CreatedBy, k.MessageCount, k.Preview, db.Micros(k.LastMessageAt), k.LastAuthorKind, db.NullMicros(k.WaitingSince),
		db.NullMicros(k.FirstRepliedAt), db.NullMicros(k.ResolvedAt), db.NullMicros(k.ClosedAt), db.JSON(k.Fields), k.Version,
		db.Micros(k.ActivityAt), db.Micros(k.CreatedAt), db.Micros(k.UpdatedAt))
	return errs.Wrapf(err, "insert ticket %s", k.ID)
}

func updateTicket(ctx context.Context, tx db.Tx, t tenant.ID, k *Ticket) error {
	const q = `
		UPDATE ticket
		SET title = $3, status = $4, is_open = $5, priority = $6, type = $7, category = $8, channel = $9, customer_id = $10, assignee_id = $11,
			team_id = $12, message_count = $13, preview = $14, last_message_at = $15, last_author_kind = $16, waiting_since = $17,
			first_replied_at = $18, resolved_at = $19, closed_at = $20, fields = $21, version = $22, activity_at = $23, updated_at = $24
		WHERE tenant_id = $1 AND id = $2`
	err := tx.Later(ctx, q, t, k.ID, k.Title, string(k.Status), k.Status.IsOpen(), k.Priority, k.Type, k.Category, string(k.Channel), k.Customer, k.Assignee,
		k.Team, k.MessageCount, k.Preview, db.Micros(k.LastMessageAt), k.LastAuthorKind, db.NullMicros(k.WaitingSince),
		db.NullMicros(k.FirstRepliedAt), db.NullMicros(k.ResolvedAt), db.NullMicros(k.ClosedAt), db.JSON(k.Fields), k.Version,
		db.Micros(k.ActivityAt), db.Micros(k.UpdatedAt))
	return errs.Wrapf(err, "update ticket %s", k.ID)
}

// forUpdate makes a read hold its row until the transaction ends. SQLite has one writer and needs nothing.
func forUpdate(q db.Reader) string {
	if q.Engine() == db.Postgres {
		return " FOR UPDATE OF k"
	}
	return ""
}

// lockTicket reads a ticket within the actor's reach and holds it. Errors: NotFound.
func lockTicket(ctx context.Context, tx db.Tx, who auth.Actor, ticket id.ID) (*Ticket, error) {
	w := db.NewWhere(who.Tenant, ticket)
	seenBy(w, who, who.Reach("tickets:read"))
	k, err := db.One(ctx, tx, scanTicket, `SELECT `+ticketColumns+` FROM ticket k WHERE k.tenant_id = $1 AND k.id = $2`+w.SQL()+forUpdate(tx), w.Args()...)
	return k, errs.Wrapf(err, "read ticket %s", ticket)
}

// lockAny is lockTicket for the product itself.
func lockAny(ctx context.Context, tx db.Tx, t tenant.ID, ticket id.ID) (*Ticket, error) {
	k, err := db.One(ctx, tx, scanTicket, `SELECT `+ticketColumns+` FROM ticket k WHERE k.tenant_id = $1 AND k.id = $2`+forUpdate(tx), t, ticket)
	return k, errs.Wrapf(err, "read ticket %s", ticket)
}

// nextNumber gives a workspace's next ticket number.
func nextNumber(ctx context.Context, q db.Reader, t tenant.ID) (int64, error) {
	const text = `
		INSERT INTO counter (tenant_id, name, value)
		VALUES ($1, 'ticket', 1)
		ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + 1
		RETURNING value`
	n, err := db.Scalar[int64](ctx, q, text, t)
	return n, errs.Wrapf(err, "next ticket number")
}

func deleteTicket(ctx context.Context, tx db.Tx, t tenant.ID, ticket id.ID) error {
	for _, q := range []string{
		`DELETE FROM ticket_attachment WHERE tenant_id = $1 AND message_id IN (SELECT m.id FROM ticket_message m WHERE m.tenant_id = $1 AND m.ticket_id = $2)`,
		`DELETE FROM ticket_message WHERE tenant_id = $1 AND ticket_id = $2`,
		`DELETE FROM ticket_tag WHERE tenant_id = $1 AND ticket_id = $2`,
		`DELETE FROM ticket_follower WHERE tenant_id = $1 AND ticket_id = $2`,
		`DELETE FROM ticket_read WHERE tenant_id = $1 AND ticket_id = $2`,
		`DELETE FROM ticket_draft WHERE tenant_id = $1 AND ticket_id = $2`,
		`DELETE FROM ticket WHERE tenant_id = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(ctx, q, t, ticket); err != nil {
			return errs.Wrapf(err, "delete ticket %s", ticket)
		}
	}
	return nil
}

func teamExists(ctx context.Context, q db.Reader, t tenant.ID, team id.ID) (bool, error) {
	ok, err := db.Exists(ctx, q, `SELECT 1 FROM team WHERE tenant_id = $1 AND id = $2`, t, team)
	return ok, errs.Wrapf(err, "look team %s up", team)
}
