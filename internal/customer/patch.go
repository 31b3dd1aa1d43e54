package customer

import (
	"context"
	"slices"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Patch is what a write says about a customer: nil leaves a field alone, a pointer to the zero value
// clears it. Identities are added, never taken away.
type Patch struct {
	Kind       *Kind
	Status     *Status
	FirstName  *string
	LastName   *string
	Company    *string
	Email      *string
	Phone      *string
	Address    *AddressPatch
	Level      *string
	Owner      *id.ID
	BirthDate  *string
	ReferredBy *id.ID
	Fields     map[string]any // null clears a key
	Tags       *[]string      // names; all that the customer shall have
	Groups     *[]id.ID       // all that the customer shall be in
	Identities []IdentityDraft
}

// AddressPatch changes parts of an address; Clear empties it first.
type AddressPatch struct {
	Clear                                         bool
	Line1, Line2, City, Region, Postcode, Country *string
}

// put sets a value that was sent.
func put[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// apply brings a patch onto a customer and checks everything but identities, tags and groups.
// oldFields nil means a new customer.
func (s *Service) apply(ctx context.Context, tx db.Tx, who auth.Actor, c *Customer, oldFields map[string]any, p Patch) error {
	put(&c.Kind, p.Kind)
	put(&c.Status, p.Status)
	if p.FirstName != nil || p.LastName != nil || p.Company != nil {
		c.NameMadeUp = false
	}
	put(&c.FirstName, p.FirstName)
	put(&c.LastName, p.LastName)
	put(&c.Company, p.Company)
	put(&c.Level, p.Level)
	put(&c.BirthDate, p.BirthDate)
	if a := p.Address; a != nil {
		if a.Clear {
			c.Address = Address{}
		}
		put(&c.Address.Line1, a.Line1)
		put(&c.Address.Line2, a.Line2)
		put(&c.Address.City, a.City)
		put(&c.Address.Region, a.Region)
		put(&c.Address.Postcode, a.Postcode)
		put(&c.Address.Country, a.Country)
	}
	c.tidy()
	if err := c.validate(s.clock.Now()); err != nil {
		return err
	}
	if err := s.applyOwner(ctx, tx, who, c, p); err != nil {
		return err
	}
	if p.ReferredBy != nil && *p.ReferredBy != c.ReferredBy {
		c.ReferredBy = *p.ReferredBy
		if c.ReferredBy == c.ID {
			return errs.OnField("referredById", "cannot be the customer themself")
		}
		if err := s.refer(ctx, tx, who, c.ReferredBy); err != nil {
			return err
		}
	}
	fields, err := s.fields.Validate(ctx, tx, who.Tenant, field.Customers, oldFields, p.Fields)
	c.Fields = fields
	return err
}

func (s *Service) applyOwner(ctx context.Context, tx db.Tx, who auth.Actor, c *Customer, p Patch) error {
	if p.Owner == nil || *p.Owner == c.Owner {
		return nil
	}
	if who.Reach("customers:update") != auth.All && *p.Owner != who.User {
		return errs.Denied("customers:update_all")
	}
	c.Owner = *p.Owner
	if c.Owner.IsZero() {
		return nil
	}
	ok, err := s.staff.UserExists(ctx, tx, who.Tenant, c.Owner)
	if err == nil && !ok {
		return errs.OnField("ownerId", "is no user")
	}
	return err
}

// refer checks a customer that a field points at.
func (s *Service) refer(ctx context.Context, tx db.Tx, who auth.Actor, customer id.ID) error {
	if customer.IsZero() {
		return nil
	}
	err := s.Require(ctx, tx, who, customer)
	if errs.Has(err, errs.NotFound) || errs.Has(err, errs.Forbidden) {
		return errs.OnField("referredById", "is no customer")
	}
	return err
}

// hang sets tags and groups and adds what it did to the facts.
func (s *Service) hang(ctx context.Context, tx db.Tx, who auth.Actor, customer id.ID, p Patch, facts []event.Fact) ([]event.Fact, error) {
	if p.Tags != nil {
		tags, err := s.tags.Ensure(ctx, tx, who, *p.Tags)
		if err != nil {
			return nil, err
		}
		c, err := links().Set(ctx, tx, who.Tenant, customer, tags)
		if err != nil {
			return nil, err
		}
		if !c.IsZero() {
			facts = append(facts, Tagged{Customer: customer, Added: c.Added, Removed: c.Removed})
		}
	}
	if p.Groups == nil {
		return facts, nil
	}
	fact, err := setGroups(ctx, tx, who.Tenant, customer, *p.Groups)
	if err == nil && len(fact.Added)+len(fact.Removed) > 0 {
		facts = append(facts, fact)
	}
	return facts, err
}

// diff names the fields that differ, and gives the values of those that tell nothing private.
func diff(a, b *Customer) (names []string, changes map[string]Change) {
	changes = map[string]Change{}
	note := func(name string, old, new any, open bool) {
		if old == new {
			return
		}
		names = append(names, name)
		if open {
			changes[name] = Change{old, new}
		}
	}
	note("kind", a.Kind, b.Kind, true)
	note("status", a.Status, b.Status, true)
	note("firstName", a.FirstName, b.FirstName, false)
	note("lastName", a.LastName, b.LastName, false)
	note("company", a.Company, b.Company, false)
	note("email", a.Email, b.Email, false)
	note("phone", a.Phone, b.Phone, false)
	note("address", a.Address, b.Address, false)
	note("level", a.Level, b.Level, true)
	note("ownerId", a.Owner, b.Owner, true)
	note("birthDate", a.BirthDate, b.BirthDate, false)
	note("referredById", a.ReferredBy, b.ReferredBy, true)
	var keys []string
	for _, m := range []map[string]any{a.Fields, b.Fields} {
		for k := range m {
			if a.Fields[k] != b.Fields[k] && !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		names = append(names, "fields."+k)
	}
	return names, changes
}
