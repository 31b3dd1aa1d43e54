package ticket

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// History is a ticket with its thread. The ticket needs its id, title, words, people, custom values and CreatedAt, each
// message its id, author, text and CreatedAt, in order; the rest follows from them.
type History struct {
	Ticket   *Ticket
	Messages []*Message
	Tags     []id.ID
	End      Status // where it stands after the last message
	EndedAt  time.Time
	EndedBy  id.ID
}

// ImportTx keeps tickets with their threads in the caller's transaction, numbers them on, and puts every
// step on the journey at its own time. Nobody is alerted and nothing is assigned. Errors: Invalid.
func (s *Service) ImportTx(ctx context.Context, tx db.Tx, t tenant.ID, all []*History) error {
	number, err := reserveNumbers(ctx, tx, t, len(all))
	if err != nil {
		return err
	}
	var tickets, messages [][]any
	var pairs [][2]id.ID
	var values []field.Values
	var docs []search.Doc
	var past []event.Past
	for _, h := range all {
		number++
		h.Ticket.Number = number
		events, err := h.live(t)
		if err != nil {
			return err
		}
		past = append(past, events...)
		k := h.Ticket
		tickets = append(tickets, ticketValues(t, k))
		values = append(values, field.Values{ID: k.ID, Fields: k.Fields})
		docs = append(docs, ticketDoc(k))
		for _, m := range h.Messages {
			messages = append(messages, []any{
				t, m.ID, k.ID, m.Internal, m.AuthorKind, m.Author, m.Body, m.HTML, string(Sent), nil, 0, db.Micros(m.CreatedAt), db.Micros(m.CreatedAt),
			})
			docs = append(docs, messageDoc(m))
		}
		for _, g := range h.Tags {
			pairs = append(pairs, [2]id.ID{k.ID, g})
		}
	}
	if err := db.InsertMany(ctx, tx, importTicketHead, "", tickets); err != nil {
		return errs.Wrapf(err, "import tickets")
	}
	if err := db.InsertMany(ctx, tx, importMessageHead, "", messages); err != nil {
		return errs.Wrapf(err, "import messages")
	}
	if err := Links().ImportTx(ctx, tx, t, pairs); err != nil {
		return err
	}
	if err := s.fields.IndexManyTx(ctx, tx, t, field.Tickets, values); err != nil {
		return err
	}
	if err := s.search.PutMany(ctx, tx, t, docs); err != nil {
		return err
	}
	return s.events.History(ctx, tx, t, past...)
}

const (
	importTicketHead = `INSERT INTO ticket (tenant_id, id, number, title, status, is_open, priority, type, category, channel, customer_id, assignee_id,
		team_id, created_by, message_count, preview, last_message_at, last_author_kind, waiting_since,
		first_replied_at, resolved_at, closed_at, fields, version, activity_at, created_at, updated_at)`
	importMessageHead = `INSERT INTO ticket_message (tenant_id, id, ticket_id, internal, author_kind, author_id, body, html, state, held_until, file_count, created_at, updated_at)`
)

func ticketValues(t tenant.ID, k *Ticket) []any {
	return []any{
		t, k.ID, k.Number, k.Title, string(k.Status), k.Status.IsOpen(), k.Priority, k.Type, k.Category, string(k.Channel), k.Customer, k.Assignee,
		k.Team, k.CreatedBy, k.MessageCount, k.Preview, db.Micros(k.LastMessageAt), k.LastAuthorKind, db.NullMicros(k.WaitingSince),
		db.NullMicros(k.FirstRepliedAt), db.NullMicros(k.ResolvedAt), db.NullMicros(k.ClosedAt), db.JSON(k.Fields), k.Version,
		db.Micros(k.ActivityAt), db.Micros(k.CreatedAt), db.Micros(k.UpdatedAt),
	}
}

// live goes through a ticket's life as if it happened now, and gives what the journey tells of it.
func (h *History) live(t tenant.ID) ([]event.Past, error) {
	k := h.Ticket
	k.Status, k.Version, k.Fields = Open, 1, notNil(k.Fields)
	problems := []*errs.Field{validTitle(k.Title), validPriority(k.Priority), validChannel(k.Channel), validWord("type", k.Type), validWord("category", k.Category), validStatus(h.End)}
	var past []event.Past
	by := func(kind string, who id.ID) event.Origin { return event.Origin{Workspace: t, Kind: kind, ID: who} }
	for i, m := range h.Messages {
		m.Ticket, m.State, m.UpdatedAt = k.ID, Sent, m.CreatedAt
		m.HTML = htmlOf(m.Body)
		m.Body = plain(m.HTML)
		problems = append(problems, errs.Length("body", m.Body, 1, maxBody))
		before := k.received(*m, m.CreatedAt)
		if i == 0 {
			past = append(past, event.Past{Fact: Created{Subject: subject(k), Channel: k.Channel, Priority: k.Priority, Preview: k.Preview}, By: by(m.AuthorKind, m.Author), At: k.CreatedAt})
			if !k.Assignee.IsZero() {
				past = append(past, event.Past{Fact: Assigned{Subject: subject(k), To: k.Assignee, Automatic: true}, By: by(BySystem, id.Zero), At: k.CreatedAt})
			}
			continue
		}
		past = append(past, event.Past{Fact: MessageAdded{
			Subject: subject(k), Message: m.ID, Internal: m.Internal, AuthorKind: m.AuthorKind, Author: m.Author, Preview: preview(m.Body),
		}, By: by(m.AuthorKind, m.Author), At: m.CreatedAt})
		if before != k.Status {
			past = append(past, event.Past{Fact: StatusChanged{Subject: subject(k), From: before, To: k.Status}, By: by(m.AuthorKind, m.Author), At: m.CreatedAt})
		}
	}
	if h.End != k.Status {
		before := k.Status
		k.setStatus(h.End, h.EndedAt)
		k.ActivityAt = h.EndedAt
		past = append(past, event.Past{Fact: StatusChanged{Subject: subject(k), From: before, To: h.End}, By: by(ByUser, h.EndedBy), At: h.EndedAt})
	}
	k.UpdatedAt = k.ActivityAt
	return past, errs.Check(problems...)
}

// reserveNumbers takes the next n ticket numbers and gives the one before the first.
func reserveNumbers(ctx context.Context, tx db.Tx, t tenant.ID, n int) (int64, error) {
	const q = `
		INSERT INTO counter (tenant_id, name, value)
		VALUES ($1, 'ticket', $2)
		ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + excluded.value
		RETURNING value`
	last, err := db.Scalar[int64](ctx, tx, q, t, n)
	return last - int64(n), errs.Wrapf(err, "reserve ticket numbers")
}

// PurgeTx removes tickets without a trace, whoever wrote in them. Files that hang on them are the media room's.
func (s *Service) PurgeTx(ctx context.Context, tx db.Tx, t tenant.ID, tickets []id.ID) error {
	if err := event.Purge(ctx, tx, t, tickets); err != nil {
		return err
	}
	in := func(column string) *db.Where { return db.In(db.NewWhere(t), column, tickets) }
	w := in("ticket_id")
	messages, err := db.All(ctx, tx, scanID, `SELECT id FROM ticket_message WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	if err != nil {
		return errs.Wrapf(err, "list messages")
	}
	for _, m := range messages {
		if err := s.search.Remove(ctx, tx, t, search.Message, m); err != nil {
			return err
		}
	}
	for _, k := range tickets {
		if err := s.search.Remove(ctx, tx, t, search.Ticket, k); err != nil {
			return err
		}
		if err := s.fields.ForgetTx(ctx, tx, t, k); err != nil {
			return err
		}
	}
	if len(messages) > 0 {
		w := db.In(db.NewWhere(t), "message_id", messages)
		if _, err := tx.Exec(ctx, `DELETE FROM ticket_attachment WHERE tenant_id = $1`+w.SQL(), w.Args()...); err != nil {
			return errs.Wrapf(err, "purge attachments")
		}
	}
	for _, table := range []string{"ticket_message", "ticket_tag", "ticket_follower", "ticket_read", "ticket_draft"} {
		w := in("ticket_id")
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE tenant_id = $1`+w.SQL(), w.Args()...); err != nil {
			return errs.Wrapf(err, "purge %s", table)
		}
	}
	w = in("id")
	_, err = tx.Exec(ctx, `DELETE FROM ticket WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	return errs.Wrapf(err, "purge tickets")
}

// ReleaseTx takes users and teams who are about to be removed out of the tickets that remain.
func (s *Service) ReleaseTx(ctx context.Context, tx db.Tx, t tenant.ID, teams, users []id.ID) error {
	for _, x := range []struct {
		text, column string
		ids          []id.ID
	}{
		{`UPDATE ticket SET assignee_id = NULL, version = version + 1`, "assignee_id", users},
		{`UPDATE ticket SET team_id = NULL, version = version + 1`, "team_id", teams},
		{`DELETE FROM ticket_follower`, "user_id", users},
		{`DELETE FROM ticket_read`, "user_id", users},
		{`DELETE FROM ticket_draft`, "user_id", users},
	} {
		w := db.In(db.NewWhere(t), x.column, x.ids)
		if _, err := tx.Exec(ctx, x.text+` WHERE tenant_id = $1`+w.SQL(), w.Args()...); err != nil {
			return errs.Wrapf(err, "release tickets")
		}
	}
	return nil
}
