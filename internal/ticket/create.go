package ticket

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Opening is a ticket to be made. Zero values mean: default priority, no customer, the assignment rule.
type Opening struct {
	Title       string
	Description string // plain text; becomes the first message
	HTML        string // the same with marks; wins over Description
	AsCustomer  bool   // the description is what the customer said or wrote
	Priority    int64
	Type        string
	Category    string
	Channel     Channel
	Customer    id.ID
	Assignee    id.ID // needs tickets:assign, unless it is the actor
	Team        id.ID
	Tags        []string
	Fields      map[string]any
	Attachments []id.ID
}

// Opened is a new ticket. Notice is what may be told to the customer when nobody was there to take it.
type Opened struct {
	Detail
	Notice string
}

// notice is polite and promises nothing that the product cannot keep.
const notice = "Thank you for writing. All of our team are busy at the moment; your request is safe with us and the next person who is free will take it up."

// Create opens a ticket, gives it to the available agent with the fewest open tickets, and keeps its
// description as the first message. Errors: Forbidden, Invalid.
func (s *Service) Create(ctx context.Context, who auth.Actor, o Opening) (Opened, error) {
	if err := who.Require("tickets:create"); err != nil {
		return Opened{}, err
	}
	k, m, err := s.open(who, o)
	if err != nil {
		return Opened{}, err
	}
	if err := s.reserveNumber(ctx, who.Tenant, k); err != nil {
		return Opened{}, err
	}
	var out Opened
	err = s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		k, m := *k, *m // fresh for a repeated attempt
		if err := s.checkOpening(ctx, tx, who, o, &k); err != nil {
			return err
		}
		if k.Number == 0 {
			if k.Number, err = nextNumber(ctx, tx, who.Tenant); err != nil {
				return err
			}
		}
		if err := s.insert(ctx, tx, who, o, &k, &m); err != nil {
			return err
		}
		read := readAlone // nobody follows it yet
		if len(o.Tags) > 0 {
			read = readDetail
		}
		detail, err := read(ctx, tx, who, auth.All, k.ID)
		if err != nil {
			return err
		}
		m.AuthorName = who.Name
		if m.AuthorKind == ByCustomer {
			m.AuthorName = detail.CustomerName
		}
		detail.Messages = []Message{m}
		out = Opened{Detail: detail}
		if k.Assignee.IsZero() {
			out.Notice = notice
		}
		return nil
	})
	return out, errs.Wrapf(err, "create ticket")
}

// open checks what can be checked without the database.
func (s *Service) open(who auth.Actor, o Opening) (*Ticket, *Message, error) {
	now := s.clock.Now()
	k := &Ticket{
		ID: id.New(now), Title: strings.TrimSpace(o.Title), Status: Open, Priority: o.Priority, Type: strings.TrimSpace(o.Type), Category: strings.TrimSpace(o.Category),
		Channel: o.Channel, Customer: o.Customer, Assignee: o.Assignee, Team: o.Team, CreatedBy: who.User,
		Version: 1, ActivityAt: now, CreatedAt: now, UpdatedAt: now, LastMessageAt: now, MessageCount: 1,
	}
	if k.Priority == 0 {
		k.Priority = DefaultPriority
	}
	if k.Channel == "" {
		k.Channel = API
	}
	m := &Message{ID: id.New(now), Ticket: k.ID, AuthorKind: ByUser, Author: who.User, State: Sent, CreatedAt: now, UpdatedAt: now, fileCount: int64(len(o.Attachments))}
	switch {
	case o.AsCustomer:
		m.AuthorKind, m.Author = ByCustomer, o.Customer
	case who.IsSystem():
		m.AuthorKind = BySystem
	}
	where := "description"
	if o.HTML != "" {
		where = "html"
	}
	problem := s.write(m, where, o.HTML, o.Description)
	err := errs.Check(
		validTitle(k.Title), validPriority(k.Priority), validChannel(k.Channel), validWord("type", k.Type), validWord("category", k.Category),
		problem, validAttachments(o.Attachments),
		errs.That(len(o.Tags) <= maxTags, "tags", fmt.Sprintf("must have at most %d tags", maxTags)),
		errs.That(!o.AsCustomer || !o.Customer.IsZero(), "author", "needs a customerId to be the customer"),
	)
	if err != nil {
		return nil, nil, err
	}
	k.Preview, k.LastAuthorKind = preview(m.Body), m.AuthorKind
	if !k.Customer.IsZero() {
		k.WaitingSince = now
	}
	return k, m, nil
}

// write sets a message's text from HTML, or from plain text when there is none.
func (s *Service) write(m *Message, location, html, text string) *errs.Field {
	if html == "" {
		html = htmlOf(text)
	}
	if len(html) > maxHTML {
		return &errs.Field{Location: location, Message: fmt.Sprintf("must have at most %d bytes", maxHTML)}
	}
	if p := errs.Length(location, html, 0, maxHTML); p != nil {
		return p
	}
	m.HTML, m.Body = s.sanitise(html)
	least := 1
	if m.fileCount > 0 || strings.Contains(m.HTML, "<img ") {
		least = 0
	}
	return errs.Length(location, m.Body, least, maxBody)
}

func validAttachments(files []id.ID) *errs.Field {
	return errs.That(len(files) <= maxAttachments, "attachments", fmt.Sprintf("must have at most %d files", maxAttachments))
}

// reserveNumber takes the number on PostgreSQL in a short transaction of its own. In the main one the
// counter's row would stay locked until everything else is written, and all who create tickets in the
// workspace would wait for each other; the price is a gap when the main transaction fails. SQLite has
// one writer, so there the number is taken inside and leaves no gap.
func (s *Service) reserveNumber(ctx context.Context, t tenant.ID, k *Ticket) error {
	if s.db.Engine() != db.Postgres {
		return nil
	}
	return s.db.Reserve(ctx, t, func(ctx context.Context, q db.Reader) (err error) {
		k.Number, err = nextNumber(ctx, q, t)
		return err
	})
}

// checkOpening resolves what the ticket points at and who gets it.
func (s *Service) checkOpening(ctx context.Context, tx db.Tx, who auth.Actor, o Opening, k *Ticket) error {
	if err := s.checkCustomer(ctx, tx, who, k.Customer); err != nil {
		return err
	}
	if err := checkTeam(ctx, tx, who.Tenant, k.Team); err != nil {
		return err
	}
	var err error
	if k.Fields, err = s.fields.Validate(ctx, tx, who.Tenant, field.Tickets, nil, o.Fields); err != nil {
		return err
	}
	if k.Assignee.IsZero() {
		k.Assignee, err = leastLoaded(ctx, tx, who.Tenant, k.Team)
		return err
	}
	if k.Assignee != who.User && !who.Can("tickets:assign") {
		return errs.Denied("tickets:assign")
	}
	return checkAssignee(ctx, tx, who.Tenant, k.Assignee)
}

func (s *Service) checkCustomer(ctx context.Context, q db.Reader, who auth.Actor, customer id.ID) error {
	if customer.IsZero() {
		return nil
	}
	err := s.customers.Require(ctx, q, who, customer)
	if errs.Has(err, errs.NotFound) || errs.Has(err, errs.Forbidden) {
		return errs.OnField("customerId", "is no customer that you may see")
	}
	return err
}

func checkTeam(ctx context.Context, q db.Reader, t tenant.ID, team id.ID) error {
	if team.IsZero() {
		return nil
	}
	ok, err := teamExists(ctx, q, t, team)
	if err == nil && !ok {
		return errs.OnField("teamId", "is no team")
	}
	return err
}

// insert writes the rows, the search documents and the events of a new ticket.
func (s *Service) insert(ctx context.Context, tx db.Tx, who auth.Actor, o Opening, k *Ticket, m *Message) error {
	t := who.Tenant
	if err := insertTicket(ctx, tx, t, k); err != nil {
		return err
	}
	if err := insertMessage(ctx, tx, t, m); err != nil {
		return err
	}
	if err := s.attach(ctx, tx, t, who.User, m, o.Attachments); err != nil {
		return err
	}
	if err := s.fields.IndexTx(ctx, tx, t, field.Tickets, k.ID, nil, k.Fields); err != nil {
		return err
	}
	if len(o.Tags) > 0 {
		tags, err := s.tags.Ensure(ctx, tx, who, o.Tags)
		if err != nil {
			return err
		}
		if _, err := links().Add(ctx, tx, t, k.ID, tags); err != nil {
			return err
		}
	}
	if err := markRead(ctx, tx, t, k.ID, who.User, m.CreatedAt); err != nil {
		return err
	}
	if err := s.search.Add(ctx, tx, t, ticketDoc(k), messageDoc(m)); err != nil {
		return err
	}
	facts := []event.Fact{Created{Subject: subject(k), Channel: k.Channel, Priority: k.Priority, Preview: k.Preview}}
	if k.Assignee.IsZero() {
		facts = append(facts, Unassigned{Subject: subject(k)})
	} else {
		facts = append(facts, Assigned{Subject: subject(k), To: k.Assignee, Automatic: o.Assignee.IsZero()})
	}
	return s.events.Record(ctx, tx, who, facts...)
}

// attach hangs the uploader's files on the ticket and names them in the message.
func (s *Service) attach(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID, m *Message, files []id.ID) error {
	got, err := s.files.AttachTx(ctx, tx, t, user, files, "attachments", ObjectKind, m.Ticket)
	if err != nil {
		return err
	}
	if err := insertAttachments(ctx, tx, t, m.ID, got); err != nil {
		return err
	}
	m.Attachments = make([]Attachment, 0, len(got))
	for _, f := range got {
		m.Attachments = append(m.Attachments, Attachment{f.ID, f.Name, f.ContentType, f.Size, f.Width, f.Height, f.HasThumbnail()})
	}
	return nil
}

func ticketDoc(k *Ticket) search.Doc {
	return search.Doc{Kind: search.Ticket, Object: k.ID, Title: k.Title, Exact: []string{fmt.Sprint(k.Number)}}
}

func messageDoc(m *Message) search.Doc {
	return search.Doc{Kind: search.Message, Object: m.ID, Parent: m.Ticket, Body: m.Body}
}

func markRead(ctx context.Context, tx db.Tx, t tenant.ID, ticket, user id.ID, at time.Time) error {
	if user.IsZero() {
		return nil
	}
	const q = `
		INSERT INTO ticket_read (tenant_id, ticket_id, user_id, read_at)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, ticket_id, user_id) DO UPDATE SET read_at = excluded.read_at`
	err := tx.Later(ctx, q, t, ticket, user, db.Micros(at))
	return errs.Wrapf(err, "mark ticket %s read", ticket)
}
