package ticket

import (
	"context"
	"fmt"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const (
	searchTicket  = search.Ticket
	searchMessage = search.Message
)

// Reply is a message to be added to a thread.
type Reply struct {
	HTML        string // wins over Body
	Body        string // plain text
	Internal    bool   // a note for staff alone
	AsCustomer  bool   // what the customer said or wrote, put down by the actor
	Attachments []id.ID
	Mentions    []id.ID       // users who are told and follow from then on
	Hold        time.Duration // for this long it can be taken back and only its author sees it
	Status      *Status       // the ticket's status once the message is sent
}

// AddMessage adds a reply or a note. A reply sets the answer times, a customer's message opens a ticket that
// was put away. A held message changes nothing until a job sends it.
// Errors: NotFound, Forbidden, Invalid.
func (s *Service) AddMessage(ctx context.Context, who auth.Actor, ticket id.ID, r Reply) (Message, error) {
	if err := mayChange(who); err != nil {
		return Message{}, err
	}
	now := s.clock.Now()
	base := Message{ID: id.New(now), Ticket: ticket, Internal: r.Internal, AuthorKind: ByUser, Author: who.User, State: Sent, CreatedAt: now, UpdatedAt: now, fileCount: int64(len(r.Attachments))}
	if who.IsSystem() {
		base.AuthorKind = BySystem
	}
	where := "body"
	if r.HTML != "" {
		where = "html"
	}
	problems := []*errs.Field{
		s.write(&base, where, r.HTML, r.Body), validAttachments(r.Attachments),
		errs.That(len(r.Mentions) <= maxMentions, "mentions", fmt.Sprintf("must have at most %d users", maxMentions)),
		errs.That(r.Hold >= 0 && r.Hold <= maxHold, "holdSeconds", fmt.Sprintf("must be between 0 and %d", int(maxHold.Seconds()))),
		errs.That(!r.AsCustomer || !r.Internal, "author", "cannot be the customer of a note that customers do not see"),
		errs.That(!r.AsCustomer || r.Hold == 0, "holdSeconds", "is for what staff write"),
	}
	if r.Status != nil {
		problems = append(problems, validStatus(*r.Status))
	}
	if err := errs.Check(problems...); err != nil {
		return Message{}, err
	}
	var out Message
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		m := base
		k, err := s.forChange(ctx, tx, who, ticket)
		if err != nil {
			return err
		}
		if r.AsCustomer {
			if k.Customer.IsZero() {
				return errs.OnField("author", "cannot be the customer, because the ticket has none")
			}
			m.AuthorKind, m.Author = ByCustomer, k.Customer
		}
		if err := checkMentions(ctx, tx, who.Tenant, r.Mentions); err != nil {
			return err
		}
		if r.Hold > 0 {
			m.State, m.HeldUntil = Held, now.Add(r.Hold)
		}
		if err := insertMessage(ctx, tx, who.Tenant, &m); err != nil {
			return err
		}
		if err := s.attach(ctx, tx, who.Tenant, who.User, &m, r.Attachments); err != nil {
			return err
		}
		if err := deleteDraft(ctx, tx, who.Tenant, ticket, who.User); err != nil {
			return err
		}
		if m.State == Held {
			args := release{Ticket: ticket, Message: m.ID, Author: who.User, Status: r.Status, Mentions: r.Mentions}
			_, err = s.queue.Enqueue(ctx, tx, who.Tenant, args, jobs.At(m.HeldUntil), jobs.CreatedBy(who.User))
		} else {
			err = s.send(ctx, tx, who, k, &m, r.Status, r.Mentions)
		}
		if err != nil {
			return err
		}
		if m.AuthorName = who.Name; m.AuthorKind != ByUser {
			m.AuthorName, err = authorName(ctx, tx, who.Tenant, &m)
		}
		out = m
		return err
	})
	return out, errs.Wrapf(err, "add message to ticket %s", ticket)
}

// send lets a message take effect: the ticket's summary, its status, followers, the index, the events.
func (s *Service) send(ctx context.Context, tx db.Tx, by event.By, k *Ticket, m *Message, status *Status, mentions []id.ID) error {
	t := by.Origin().Workspace
	now := m.CreatedAt
	before := k.received(*m, now)
	if status != nil {
		k.setStatus(*status, now)
	}
	facts := []fact{func(a Subject) eventFact {
		return MessageAdded{Subject: a, Message: m.ID, Internal: m.Internal, AuthorKind: m.AuthorKind, Author: m.Author, Preview: preview(m.Body), Attachments: int(m.fileCount)}
	}}
	if to := k.Status; to != before {
		facts = append(facts, func(a Subject) eventFact { return StatusChanged{Subject: a, From: before, To: to} })
	}
	if len(mentions) > 0 {
		for _, user := range mentions {
			if err := follow(ctx, tx, t, k.ID, user, byMention, now); err != nil {
				return err
			}
		}
		facts = append(facts, func(a Subject) eventFact {
			return Mentioned{Subject: a, Message: m.ID, Users: mentions, Preview: preview(m.Body)}
		})
	}
	if m.AuthorKind == ByUser {
		if err := markRead(ctx, tx, t, k.ID, m.Author, now); err != nil {
			return err
		}
	}
	if err := s.save(ctx, tx, by, k); err != nil {
		return err
	}
	if err := s.search.Add(ctx, tx, t, messageDoc(m)); err != nil {
		return err
	}
	return s.record(ctx, tx, by, k, facts)
}

// release sends a message whose time to be taken back is over.
type release struct {
	Ticket   id.ID   `json:"ticket"`
	Message  id.ID   `json:"message"`
	Author   id.ID   `json:"author"`
	Status   *Status `json:"status,omitempty"`
	Mentions []id.ID `json:"mentions,omitempty"`
}

// JobKind names the job.
func (release) JobKind() string { return "ticket.release" }

func (s *Service) registerJobs() {
	jobs.Handle(s.queue, s.release)
	jobs.Handle(s.queue, s.giveOut)
}

// release has its effect once: a message that was taken back or sent already is left alone, and the job
// is finished in the same transaction.
func (s *Service) release(ctx context.Context, j *jobs.Job, args release) error {
	return s.db.Write(ctx, j.Workspace, func(ctx context.Context, tx db.Tx) error {
		if err := s.releaseTx(ctx, tx, j.Workspace, args); err != nil {
			return err
		}
		return j.Finish(ctx, tx)
	})
}

func (s *Service) releaseTx(ctx context.Context, tx db.Tx, t tenant.ID, args release) error {
	k, err := lockAny(ctx, tx, t, args.Ticket)
	if errs.Has(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	m, err := lockMessage(ctx, tx, t, args.Ticket, args.Message)
	if errs.Has(err, errs.NotFound) || err == nil && m.State == Sent {
		return nil
	}
	if err != nil {
		return err
	}
	m.State, m.HeldUntil, m.CreatedAt = Sent, time.Time{}, s.clock.Now()
	if err := releaseMessage(ctx, tx, t, &m); err != nil {
		return err
	}
	by := event.Origin{Workspace: t, Kind: ByUser, ID: args.Author}
	return s.send(ctx, tx, by, k, &m, args.Status, args.Mentions)
}

// EditNote changes a note's text. Errors: NotFound, Forbidden for who did not write it, Conflict for
// messages that the customer has seen, Invalid.
func (s *Service) EditNote(ctx context.Context, who auth.Actor, ticket, message id.ID, html, body string) (Message, error) {
	if err := mayChange(who); err != nil {
		return Message{}, err
	}
	var out Message
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		k, m, err := s.ownMessage(ctx, tx, who, ticket, message)
		if err != nil {
			return err
		}
		if m.State == Sent && !m.Internal {
			return errSent()
		}
		where := "body"
		if html != "" {
			where = "html"
		}
		before := m.HTML
		if err := errs.Check(s.write(&m, where, html, body)); err != nil {
			return err
		}
		if m.HTML != before {
			if err := s.rewrite(ctx, tx, who, k, &m); err != nil {
				return err
			}
		}
		one := []Message{m}
		if err := loadAttachments(ctx, tx, who.Tenant, one); err != nil {
			return err
		}
		out = one[0]
		out.AuthorName, err = authorName(ctx, tx, who.Tenant, &out)
		return err
	})
	return out, errs.Wrapf(err, "edit message %s", message)
}

// rewrite keeps a note's new text.
func (s *Service) rewrite(ctx context.Context, tx db.Tx, who auth.Actor, k *Ticket, m *Message) error {
	m.UpdatedAt = s.clock.Now()
	if err := updateMessage(ctx, tx, who.Tenant, m); err != nil || m.State != Sent {
		return err
	}
	if err := s.search.Put(ctx, tx, who.Tenant, messageDoc(m)); err != nil {
		return err
	}
	if err := s.save(ctx, tx, who, k); err != nil {
		return err
	}
	return s.events.Record(ctx, tx, who, MessageChanged{Subject: subject(k), Message: m.ID})
}

// RemoveMessage takes back a message that is still held, or deletes a note. What was taken back becomes the
// author's draft again, unless they have begun another, and its files can be used again.
// Errors: NotFound, Forbidden for who did not write it, Conflict for messages that were sent to the customer.
func (s *Service) RemoveMessage(ctx context.Context, who auth.Actor, ticket, message id.ID) error {
	if err := mayChange(who); err != nil {
		return err
	}
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		k, m, err := s.ownMessage(ctx, tx, who, ticket, message)
		if err != nil {
			return err
		}
		if m.State == Sent && !m.Internal {
			return errSent()
		}
		files, err := attachmentIDs(ctx, tx, who.Tenant, message)
		if err != nil {
			return err
		}
		if err := deleteMessage(ctx, tx, who.Tenant, message); err != nil {
			return err
		}
		if m.State == Held {
			return s.takeBack(ctx, tx, who, &m, files)
		}
		return s.removeNote(ctx, tx, who, k, &m, files)
	})
	return errs.Wrapf(err, "remove message %s", message)
}

func (s *Service) takeBack(ctx context.Context, tx db.Tx, who auth.Actor, m *Message, files []id.ID) error {
	if err := s.files.DetachTx(ctx, tx, who.Tenant, who.User, ObjectKind, m.Ticket, files); err != nil {
		return err
	}
	return keepDraft(ctx, tx, who.Tenant, m.Ticket, who.User, Draft{Internal: m.Internal, HTML: m.HTML, UpdatedAt: s.clock.Now()}, false)
}

func (s *Service) removeNote(ctx context.Context, tx db.Tx, who auth.Actor, k *Ticket, m *Message, files []id.ID) error {
	if err := s.files.RemoveTx(ctx, tx, who.Tenant, ObjectKind, k.ID, files); err != nil {
		return err
	}
	if err := s.search.Remove(ctx, tx, who.Tenant, search.Message, m.ID); err != nil {
		return err
	}
	last, err := lastSent(ctx, tx, who.Tenant, k.ID)
	if err != nil {
		return err
	}
	k.MessageCount--
	if k.LastMessageAt = last.CreatedAt; last.CreatedAt.IsZero() {
		k.LastMessageAt = k.CreatedAt
	}
	if err := s.save(ctx, tx, who, k); err != nil {
		return err
	}
	return s.events.Record(ctx, tx, who, MessageChanged{Subject: subject(k), Message: m.ID, Removed: true})
}

// ownMessage reads a message that the actor may edit or remove. Somebody else's held message does not exist.
func (s *Service) ownMessage(ctx context.Context, tx db.Tx, who auth.Actor, ticket, message id.ID) (*Ticket, Message, error) {
	k, err := s.forChange(ctx, tx, who, ticket)
	if err != nil {
		return nil, Message{}, err
	}
	m, err := lockMessage(ctx, tx, who.Tenant, ticket, message)
	if err != nil {
		return nil, Message{}, err
	}
	mine := m.AuthorKind == ByUser && m.Author == who.User
	switch {
	case m.State == Held && !mine:
		return nil, Message{}, errs.Missing()
	case m.State == Sent && m.Internal && !mine:
		return k, m, who.Require("notes:update_all")
	}
	return k, m, nil
}

func errSent() error {
	return errs.New(errs.Conflict, "message_sent", "The message was sent and cannot be changed or taken back.")
}

// checkMentions refuses users who are not there or not approved.
func checkMentions(ctx context.Context, q db.Reader, t tenant.ID, users []id.ID) error {
	if len(users) == 0 {
		return nil
	}
	w := db.NewWhere(t)
	db.In(w, "u.id", users)
	there, err := db.All(ctx, q, scanID, `SELECT u.id FROM staff_user u WHERE u.tenant_id = $1 AND u.status = 'approved' AND u.deleted_at IS NULL`+w.SQL(), w.Args()...)
	if err != nil {
		return errs.Wrapf(err, "look users up")
	}
	known := make(map[id.ID]bool, len(there))
	for _, u := range there {
		known[u] = true
	}
	var problems []*errs.Field
	for i, u := range users {
		problems = append(problems, errs.That(known[u], fmt.Sprintf("mentions[%d]", i), "is no approved user"))
	}
	return errs.Check(problems...)
}

// authorName is what the author of a message is called.
func authorName(ctx context.Context, q db.Reader, t tenant.ID, m *Message) (string, error) {
	if m.Author.IsZero() {
		return "", nil
	}
	if m.AuthorKind == ByCustomer {
		c, err := db.One(ctx, q, func(row db.Row) (c customerName, err error) {
			err = row.Scan(db.Text(&c.first), db.Text(&c.last), db.Text(&c.company), db.Text(&c.email))
			return c, err
		}, `SELECT c.first_name, c.last_name, c.company, c.email FROM customer c WHERE c.tenant_id = $1 AND c.id = $2`, t, m.Author)
		return c.String(), errs.Wrapf(err, "read customer %s", m.Author)
	}
	name, err := db.Scalar[string](ctx, q, `SELECT u.name FROM staff_user u WHERE u.tenant_id = $1 AND u.id = $2`, t, m.Author)
	return name, errs.Wrapf(err, "read user %s", m.Author)
}
