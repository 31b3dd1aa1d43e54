package ticket

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Change is what a request changes; nil leaves a field alone and a zero id clears it.
type Change struct {
	Title    *string
	Status   *Status
	Priority *int64
	Type     *string
	Category *string
	Channel  *Channel
	Customer *id.ID
	Assignee *id.ID
	Team     *id.ID
	Tags     *[]string      // all tags from now on
	Fields   map[string]any // merged; null clears a key
	Check    func(version int64) error
}

// eventFact and fact let events be made when the ticket has its final form.
type (
	eventFact = event.Fact
	fact      func(a Subject) eventFact
)

// Update changes a ticket. Assignee and status cannot change together: who takes over decides on the status.
// Errors: NotFound, Forbidden, Invalid, what Check answers.
func (s *Service) Update(ctx context.Context, who auth.Actor, ticket id.ID, c Change) (Detail, error) {
	if c.Assignee != nil && c.Status != nil {
		return Detail{}, &errs.Error{
			Kind: errs.Invalid, Code: "assignee_with_status", Message: "Assignee and status cannot change in the same request.",
			Fields: []errs.Field{{Location: "assigneeId", Message: "cannot change together with status"}, {Location: "status", Message: "cannot change together with assigneeId"}},
		}
	}
	return s.change(ctx, who, ticket, c)
}

func (c *Change) validate() error {
	var problems []*errs.Field
	trim := func(p *string, check func(string) *errs.Field) {
		if p != nil {
			*p = strings.TrimSpace(*p)
			problems = append(problems, check(*p))
		}
	}
	trim(c.Title, validTitle)
	trim(c.Type, func(v string) *errs.Field { return validWord("type", v) })
	trim(c.Category, func(v string) *errs.Field { return validWord("category", v) })
	if c.Status != nil {
		problems = append(problems, validStatus(*c.Status))
	}
	if c.Priority != nil {
		problems = append(problems, validPriority(*c.Priority))
	}
	if c.Channel != nil {
		problems = append(problems, validChannel(*c.Channel))
	}
	if c.Tags != nil {
		problems = append(problems, errs.That(len(*c.Tags) <= maxTags, "tags", fmt.Sprintf("must have at most %d tags", maxTags)))
	}
	return errs.Check(problems...)
}

// change applies a change in one transaction: the row, its index entries, its events.
func (s *Service) change(ctx context.Context, who auth.Actor, ticket id.ID, c Change) (Detail, error) {
	if err := mayChange(who); err != nil {
		return Detail{}, err
	}
	if err := c.validate(); err != nil {
		return Detail{}, err
	}
	var out Detail
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		k, err := s.forChange(ctx, tx, who, ticket)
		if err != nil {
			return err
		}
		if c.Check != nil {
			if err := c.Check(k.Version); err != nil {
				return err
			}
		}
		facts, err := s.apply(ctx, tx, who, k, c)
		if err != nil {
			return err
		}
		if len(facts) > 0 {
			if err := s.save(ctx, tx, who, k); err != nil {
				return err
			}
			if err := s.record(ctx, tx, who, k, facts); err != nil {
				return err
			}
		}
		// Whoever gave the ticket away may not see it any more, and still gets the answer.
		out, err = readDetail(ctx, tx, who, auth.All, k.ID)
		return err
	})
	return out, errs.Wrapf(err, "change ticket %s", ticket)
}

func (s *Service) record(ctx context.Context, tx db.Tx, by event.By, k *Ticket, facts []fact) error {
	made := make([]event.Fact, len(facts))
	for i, f := range facts {
		made[i] = f(subject(k))
	}
	return s.events.Record(ctx, tx, by, made...)
}

// apply changes the locked ticket and tells what to record; nothing when all is as it was.
func (s *Service) apply(ctx context.Context, tx db.Tx, who auth.Actor, k *Ticket, c Change) ([]fact, error) {
	var facts []fact
	did, err := s.applyPlain(ctx, tx, who, k, c)
	if err != nil {
		return nil, err
	}
	if len(did.names) > 0 {
		facts = append(facts, func(a Subject) eventFact { return Updated{Subject: a, Changed: did.names, Changes: did.values} })
	}
	if slices.Contains(did.names, "title") {
		if err := s.search.Put(ctx, tx, who.Tenant, ticketDoc(k)); err != nil {
			return nil, err
		}
	}
	if slices.Contains(did.names, "teamId") && k.Assignee.IsZero() && k.Status.IsOpen() {
		if err := s.GiveOutTx(ctx, tx, who.Tenant); err != nil {
			return nil, err
		}
	}
	if c.Status != nil && *c.Status != k.Status {
		facts = append(facts, s.moveTo(k, *c.Status))
	}
	if c.Assignee != nil {
		more, err := s.assign(ctx, tx, who, k, *c.Assignee)
		if err != nil {
			return nil, err
		}
		facts = append(facts, more...)
	}
	if c.Tags != nil {
		tags, err := s.tags.Ensure(ctx, tx, who, *c.Tags)
		if err != nil {
			return nil, err
		}
		did, err := links().Set(ctx, tx, who.Tenant, k.ID, tags)
		if err != nil {
			return nil, err
		}
		facts = append(facts, tagged(did)...)
	}
	return facts, nil
}

func (s *Service) moveTo(k *Ticket, to Status) fact {
	now := s.clock.Now()
	from := k.Status
	k.setStatus(to, now)
	k.ActivityAt = now
	return func(a Subject) eventFact { return StatusChanged{Subject: a, From: from, To: to} }
}

// difference is what a change made of the fields that have no event of their own.
type difference struct {
	names  []string
	values map[string]FromTo
}

// applyPlain changes the fields that have no event of their own and tells those that differ.
func (s *Service) applyPlain(ctx context.Context, tx db.Tx, who auth.Actor, k *Ticket, c Change) (difference, error) {
	did := difference{values: map[string]FromTo{}}
	if c.Customer != nil && *c.Customer != k.Customer {
		if err := s.checkCustomer(ctx, tx, who, *c.Customer); err != nil {
			return did, err
		}
	}
	if c.Team != nil && *c.Team != k.Team {
		if err := checkTeam(ctx, tx, who.Tenant, *c.Team); err != nil {
			return did, err
		}
	}
	if c.Title != nil && *c.Title != k.Title {
		k.Title, did.names = *c.Title, append(did.names, "title")
	}
	set(&did, "priority", &k.Priority, c.Priority)
	set(&did, "type", &k.Type, c.Type)
	set(&did, "category", &k.Category, c.Category)
	set(&did, "channel", &k.Channel, c.Channel)
	set(&did, "customerId", &k.Customer, c.Customer)
	set(&did, "teamId", &k.Team, c.Team)
	if len(c.Fields) > 0 {
		values, err := s.fields.Validate(ctx, tx, who.Tenant, field.Tickets, notNil(k.Fields), c.Fields)
		if err != nil {
			return did, err
		}
		keys := differing(k.Fields, values)
		if len(keys) > 0 {
			if err := s.fields.IndexTx(ctx, tx, who.Tenant, field.Tickets, k.ID, notNil(k.Fields), values); err != nil {
				return did, err
			}
			did.names = append(did.names, keys...)
			k.Fields = values
		}
	}
	return did, nil
}

func set[T comparable](did *difference, name string, old, new *T) {
	if new != nil && *new != *old {
		did.names = append(did.names, name)
		did.values[name] = FromTo{*old, *new}
		*old = *new
	}
}

func notNil(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// differing names the keys whose values are not the same, as "fields.<key>".
func differing(old, new map[string]any) []string {
	var keys []string
	for key, v := range new {
		if was, ok := old[key]; !ok || was != v {
			keys = append(keys, "fields."+key)
		}
	}
	for key := range old {
		if _, ok := new[key]; !ok {
			keys = append(keys, "fields."+key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Delete removes a ticket with all that is in it.
// Errors: Forbidden without tickets:delete, NotFound, what check answers.
func (s *Service) Delete(ctx context.Context, who auth.Actor, ticket id.ID, check func(version int64) error) error {
	if err := who.Require("tickets:delete"); err != nil {
		return err
	}
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		k, err := lockTicket(ctx, tx, who, ticket)
		if err != nil {
			return err
		}
		if check != nil {
			if err := check(k.Version); err != nil {
				return err
			}
		}
		if err := s.removeContents(ctx, tx, who, ticket); err != nil {
			return err
		}
		if err := s.fields.ForgetTx(ctx, tx, who.Tenant, ticket); err != nil {
			return err
		}
		if err := deleteTicket(ctx, tx, who.Tenant, ticket); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, Deleted{Subject: subject(k)})
	})
	return errs.Wrapf(err, "delete ticket %s", ticket)
}

// removeContents takes a ticket's words out of the search index and its files away.
func (s *Service) removeContents(ctx context.Context, tx db.Tx, who auth.Actor, ticket id.ID) error {
	messages, err := db.All(ctx, tx, scanID, `SELECT id FROM ticket_message WHERE tenant_id = $1 AND ticket_id = $2`, who.Tenant, ticket)
	if err != nil {
		return errs.Wrapf(err, "list messages of ticket %s", ticket)
	}
	for _, m := range messages {
		if err := s.search.Remove(ctx, tx, who.Tenant, searchMessage, m); err != nil {
			return err
		}
	}
	if err := s.search.Remove(ctx, tx, who.Tenant, searchTicket, ticket); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM ticket_attachment WHERE tenant_id = $1 AND message_id IN (SELECT m.id FROM ticket_message m WHERE m.tenant_id = $1 AND m.ticket_id = $2)`,
		who.Tenant, ticket); err != nil {
		return errs.Wrapf(err, "remove attachments of ticket %s", ticket)
	}
	return s.files.RemoveOwnedTx(ctx, tx, who.Tenant, ObjectKind, ticket)
}
