package ticket

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// FoundMessage is a message as a search result shows it.
type FoundMessage struct {
	Message id.ID
	Ticket  id.ID
	Number  int64
	Title   string // of the ticket
	Preview string
}

// FoundTicket is a ticket as a search result shows it.
type FoundTicket struct {
	Ticket id.ID
	Number int64
	Title  string
}

// FoundTickets reads the tickets of a search that the actor may see. Plan: primary key of ticket.
func (s *Service) FoundTickets(ctx context.Context, who auth.Actor, tickets []id.ID) ([]FoundTicket, error) {
	reach := who.Reach("tickets:read")
	if reach == auth.None || len(tickets) == 0 {
		return nil, nil
	}
	w := db.NewWhere(who.Tenant)
	db.In(w, "k.id", tickets)
	seenBy(w, who, reach)
	var out []FoundTicket
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		out, err = db.All(ctx, q, func(r db.Row) (f FoundTicket, err error) {
			err = r.Scan(&f.Ticket, &f.Number, &f.Title)
			return f, err
		}, `SELECT k.id, k.number, k.title FROM ticket k WHERE k.tenant_id = $1`+w.SQL(), w.Args()...)
		return err
	})
	return out, errs.Wrapf(err, "read found tickets")
}

// FoundMessages reads the messages of a search that the actor may see; held ones are nobody's yet.
// Plan: primary keys of ticket_message and ticket.
func (s *Service) FoundMessages(ctx context.Context, who auth.Actor, messages []id.ID) ([]FoundMessage, error) {
	reach, err := who.RequireReach("tickets:read")
	if err != nil || len(messages) == 0 {
		return nil, err
	}
	w := db.NewWhere(who.Tenant)
	db.In(w, "m.id", messages)
	seenBy(w, who, reach)
	var out []FoundMessage
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		out, err = db.All(ctx, q, func(r db.Row) (f FoundMessage, err error) {
			err = r.Scan(&f.Message, &f.Ticket, &f.Number, &f.Title, &f.Preview)
			f.Preview = preview(f.Preview)
			return f, err
		}, `SELECT m.id, k.id, k.number, k.title, m.body
			FROM ticket_message m
			JOIN ticket k ON k.tenant_id = m.tenant_id AND k.id = m.ticket_id
			WHERE m.tenant_id = $1 AND m.state = 'sent'`+w.SQL(), w.Args()...)
		return err
	})
	return out, errs.Wrapf(err, "read found messages")
}
