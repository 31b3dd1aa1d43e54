package customer

import (
	"context"
	"fmt"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/search"
)

// Put is a customer as an import knows them. System and Key are the external identity that finds the
// same customer again; CreatedAt is when they came in, zero for now.
type Put struct {
	System, Key string
	Kind        Kind // empty means person
	Status      Status
	FirstName   string
	LastName    string
	Company     string
	NameMadeUp  bool
	Email       string // an address that is wrong or belongs to somebody else is left out and reported
	Phone       string
	Address     Address
	BirthDate   string
	Fields      map[string]any
	CreatedAt   time.Time
}

// PutResult is what became of one Put, in the same place. Problem says why a row was refused (then ID
// is zero) or which part was left out.
type PutResult struct {
	ID      id.ID
	Created bool
	Problem string
}

// PutMany keeps customers of an import in the caller's transaction: who is known by the external identity
// stays as they are, the others are created. A batch of some thousands costs a few dozen statements.
// Errors: Forbidden without customers:import.
func (s *Service) PutMany(ctx context.Context, tx db.Tx, who auth.Actor, source string, puts []Put) ([]PutResult, error) {
	if err := who.Require("customers:import"); err != nil {
		return nil, err
	}
	check, err := s.fields.Checker(ctx, tx, who.Tenant, field.Customers)
	if err != nil {
		return nil, err
	}
	b := bulk{check: check, s: s, who: who, source: source, now: s.clock.Now(), results: make([]PutResult, len(puts)), known: map[string]id.ID{}}
	if err := b.look(ctx, tx, puts); err != nil {
		return nil, err
	}
	for i, p := range puts {
		if err := b.take(i, p); err != nil {
			return nil, err
		}
	}
	return b.results, b.write(ctx, tx)
}

// bulk collects what one PutMany writes.
type bulk struct {
	s          *Service
	who        auth.Actor
	source     string
	now        time.Time
	region     string
	check      field.Check
	results    []PutResult
	known      map[string]id.ID // kind, system and value → customer
	customers  []*Customer
	identities []Identity
	docs       []search.Doc
	values     []field.Values
	facts      []event.Fact
}

func identityKey(i Identity) string { return string(i.Kind) + "\x00" + i.System + "\x00" + i.Value }

// look reads which of the batch's identities are known already.
func (b *bulk) look(ctx context.Context, tx db.Tx, puts []Put) (err error) {
	if b.region, err = b.s.region(ctx, tx, b.who.Tenant); err != nil {
		return err
	}
	var want []Identity
	for _, p := range puts {
		for _, d := range p.drafts() {
			if i, problem := d.normalise("", b.regionOf(p)); problem == nil {
				want = append(want, i)
			}
		}
	}
	found, err := listTaken(ctx, tx, b.who.Tenant, want)
	for _, f := range found {
		b.known[identityKey(f)] = f.Customer
	}
	return err
}

func (p Put) drafts() []IdentityDraft {
	out := []IdentityDraft{{Kind: External, System: p.System, Value: p.Key}}
	if p.Email != "" {
		out = append(out, IdentityDraft{Kind: Email, Value: p.Email, Primary: true})
	}
	if p.Phone != "" {
		out = append(out, IdentityDraft{Kind: Phone, Value: p.Phone, Primary: true})
	}
	return out
}

func (b *bulk) regionOf(p Put) string {
	if isCountry(p.Address.Country) {
		return p.Address.Country
	}
	return b.region
}

// take decides about one row.
func (b *bulk) take(n int, p Put) error {
	r := &b.results[n]
	key, problem := IdentityDraft{Kind: External, System: p.System, Value: p.Key}.normalise("key", "")
	if problem != nil {
		r.Problem = "key " + problem.Message
		return nil
	}
	if customer, ok := b.known[identityKey(key)]; ok {
		r.ID = customer
		return nil
	}
	c := &Customer{
		Kind: p.Kind, Status: p.Status, FirstName: p.FirstName, LastName: p.LastName, Company: p.Company, NameMadeUp: p.NameMadeUp,
		Address: p.Address, BirthDate: p.BirthDate, Source: b.source, Version: 1, CreatedAt: p.CreatedAt, UpdatedAt: b.now,
	}
	if c.Kind == "" {
		c.Kind = Person
	}
	if c.Status == "" {
		c.Status = Active
	}
	if c.CreatedAt.IsZero() || c.CreatedAt.After(b.now) {
		c.CreatedAt = b.now
		c.ID = id.New(b.now)
	} else {
		c.ID = id.At(c.CreatedAt)
	}
	c.tidy()
	if err := c.validate(b.now); err != nil {
		return b.refuse(r, err)
	}
	fields, err := b.check(nil, p.Fields)
	if err != nil {
		return b.refuse(r, err)
	}
	c.Fields = fields
	for _, d := range p.drafts() {
		i, problem := d.normalise(string(d.Kind), b.regionOf(p))
		if problem == nil {
			if _, is := b.known[identityKey(i)]; is {
				problem = &errs.Field{Location: string(d.Kind), Message: "belongs to another customer"}
			}
		}
		if problem != nil {
			r.Problem = fmt.Sprintf("%s %s", problem.Location, problem.Message)
			continue
		}
		i.ID, i.Customer, i.CreatedAt = id.New(b.now), c.ID, b.now
		c.Identities = append(c.Identities, i)
		b.known[identityKey(i)] = c.ID
		switch d.Kind {
		case Email:
			c.Email = i.Value
		case Phone:
			c.Phone = i.Value
		case Social, External:
		}
	}
	r.ID, r.Created = c.ID, true
	b.customers = append(b.customers, c)
	b.identities = append(b.identities, c.Identities...)
	b.docs = append(b.docs, c.doc())
	b.values = append(b.values, field.Values{ID: c.ID, Fields: c.Fields})
	b.facts = append(b.facts, Created{Customer: c.ID, Kind: c.Kind, Status: c.Status, Source: c.Source, At: c.CreatedAt})
	return nil
}

// refuse notes what is wrong with a row; other errors end the batch.
func (b *bulk) refuse(r *PutResult, err error) error {
	e, ok := asError(err)
	if !ok || e.Kind != errs.Invalid || len(e.Fields) == 0 {
		return err
	}
	r.Problem = e.Fields[0].Location + " " + e.Fields[0].Message
	return nil
}

func (b *bulk) write(ctx context.Context, tx db.Tx) error {
	t := b.who.Tenant
	if len(b.customers) == 0 {
		return nil
	}
	if err := insert(ctx, tx, t, b.customers...); err != nil {
		return err
	}
	if err := insertIdentities(ctx, tx, t, b.identities...); err != nil {
		return err
	}
	if err := b.s.fields.IndexManyTx(ctx, tx, t, field.Customers, b.values); err != nil {
		return err
	}
	if err := b.s.search.PutMany(ctx, tx, t, b.docs); err != nil {
		return err
	}
	return b.s.events.Record(ctx, tx, b.who, b.facts...)
}
