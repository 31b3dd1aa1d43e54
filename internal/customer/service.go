package customer

import (
	"context"
	"errors"
	"slices"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Staff tells about users; auth.Directory does.
type Staff interface {
	// Names gives the names of users, also of those who have left. It is not called inside transactions.
	Names(ctx context.Context, t tenant.ID, users ...id.ID) (map[id.ID]string, error)
	// UserExists reports a user who may be given something.
	UserExists(ctx context.Context, q db.Reader, t tenant.ID, user id.ID) (bool, error)
}

// Region gives a workspace's country (ISO 3166), for phone numbers without one; empty when unknown.
type Region func(ctx context.Context, q db.Reader, t tenant.ID) (string, error)

// Deps are what the room needs. Owners are asked when a customer is deleted; Region may be nil.
type Deps struct {
	DB     *db.DB
	Clock  clock.Clock
	Events *event.Log
	Search *search.Index
	Fields *field.Service
	Tags   *tag.Service
	Staff  Staff
	Region Region
	Owners []Owner
}

// Service is what can be done with customers. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	events *event.Log
	search *search.Index
	fields *field.Service
	tags   *tag.Service
	staff  Staff
	region Region
	owners []Owner
}

// New makes the service.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Clock == nil || d.Events == nil || d.Search == nil || d.Fields == nil || d.Tags == nil || d.Staff == nil {
		return nil, errors.New("customer: DB, Clock, Events, Search, Fields, Tags and Staff are needed")
	}
	if d.Region == nil {
		d.Region = func(context.Context, db.Reader, tenant.ID) (string, error) { return "", nil }
	}
	return &Service{
		db: d.DB, clock: d.Clock, events: d.Events, search: d.Search, fields: d.Fields, tags: d.Tags,
		staff: d.Staff, region: d.Region, owners: slices.Clone(d.Owners),
	}, nil
}

// links is where customers' tags lie.
func links() tag.Links { return tag.Links{Table: "customer_tag", Object: "customer_id"} }

// Read gives a customer with tags, groups, identities and the owner's name.
// Errors: Forbidden without customers:read, NotFound.
func (s *Service) Read(ctx context.Context, who auth.Actor, customer id.ID) (*Customer, error) {
	reach, err := who.RequireReach("customers:read")
	if err != nil {
		return nil, err
	}
	var c *Customer
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		if c, err = read(ctx, q, who.Tenant, customer); err != nil {
			return err
		}
		if reach == auth.Own && !owned(who, c.Owner) {
			return errs.Missing()
		}
		return s.complete(ctx, q, who.Tenant, c)
	})
	if err != nil {
		return nil, err
	}
	return c, s.name(ctx, who.Tenant, c)
}

// complete fills what stands beside the row.
func (s *Service) complete(ctx context.Context, q db.Reader, t tenant.ID, c *Customer) error {
	if err := readBeside(ctx, q, t, c); err != nil {
		return err
	}
	return s.fields.Show(ctx, q, t, field.Customers, c.Fields)
}

// dress fills tags and groups, and hides values of deleted fields.
func (s *Service) dress(ctx context.Context, q db.Reader, t tenant.ID, customers []*Customer) error {
	if err := attach(ctx, q, t, customers); err != nil {
		return err
	}
	values := make([]map[string]any, len(customers))
	for i, c := range customers {
		values[i] = c.Fields
	}
	return s.fields.Show(ctx, q, t, field.Customers, values...)
}

// name fills the owners' names.
func (s *Service) name(ctx context.Context, t tenant.ID, customers ...*Customer) error {
	var people []id.ID
	for _, c := range customers {
		if !c.Owner.IsZero() && !slices.Contains(people, c.Owner) {
			people = append(people, c.Owner)
		}
	}
	if len(people) == 0 {
		return nil
	}
	names, err := s.staff.Names(ctx, t, people...)
	for _, c := range customers {
		c.OwnerName = names[c.Owner]
	}
	return errs.Wrapf(err, "read names of owners")
}

// Create makes a customer. An actor who sees only own customers becomes the owner.
// Errors: Forbidden without customers:create, Invalid, Conflict (identity_taken).
func (s *Service) Create(ctx context.Context, who auth.Actor, source string, p Patch) (*Customer, error) {
	if err := who.Require("customers:create"); err != nil {
		return nil, err
	}
	var c *Customer
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) (err error) {
		c, err = s.createTx(ctx, tx, who, source, p)
		return err
	})
	if db.IsUnique(err, "customer_identity") {
		err = taken("identities", id.Zero)
	}
	if err != nil {
		return nil, err
	}
	return c, s.name(ctx, who.Tenant, c)
}

func (s *Service) createTx(ctx context.Context, tx db.Tx, who auth.Actor, source string, p Patch) (*Customer, error) {
	now, t := s.clock.Now(), who.Tenant
	c := &Customer{ID: id.New(now), Kind: Person, Status: Lead, Source: source, Version: 1, CreatedAt: now, UpdatedAt: now}
	if who.Reach("customers:update") != auth.All || who.Reach("customers:read") != auth.All {
		c.Owner = who.User
	}
	if err := s.apply(ctx, tx, who, c, nil, p); err != nil {
		return nil, err
	}
	plan, err := s.planIdentities(ctx, tx, who, c, p)
	if err != nil {
		return nil, err
	}
	if err := c.named(); err != nil {
		return nil, err
	}
	if err := insert(ctx, tx, t, c); err != nil {
		return nil, err
	}
	if err := plan.write(ctx, tx, t); err != nil {
		return nil, err
	}
	if err := s.fields.IndexTx(ctx, tx, t, field.Customers, c.ID, nil, c.Fields); err != nil {
		return nil, err
	}
	facts := []event.Fact{Created{Customer: c.ID, Kind: c.Kind, Status: c.Status, Source: c.Source}}
	if facts, err = s.hang(ctx, tx, who, c.ID, p, facts); err != nil {
		return nil, err
	}
	if err := s.search.Add(ctx, tx, t, c.doc()); err != nil {
		return nil, err
	}
	if err := s.complete(ctx, tx, t, c); err != nil {
		return nil, err
	}
	return c, s.events.Record(ctx, tx, who, facts...)
}

// Update changes the fields that the patch names. match is asked about the version that is there, nil
// accepts any. Nothing changed means nothing written.
// Errors: Forbidden, NotFound, Invalid, Conflict (identity_taken), and what match answers.
func (s *Service) Update(ctx context.Context, who auth.Actor, customer id.ID, match func(version int64) error, p Patch) (*Customer, error) {
	if _, err := who.RequireReach("customers:update"); err != nil {
		return nil, err
	}
	var c *Customer
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) (err error) {
		c, err = s.updateTx(ctx, tx, who, customer, match, p)
		return err
	})
	if db.IsUnique(err, "customer_identity") {
		err = taken("identities", id.Zero)
	}
	if err != nil {
		return nil, err
	}
	return c, s.name(ctx, who.Tenant, c)
}

func (s *Service) updateTx(ctx context.Context, tx db.Tx, who auth.Actor, customer id.ID, match func(int64) error, p Patch) (*Customer, error) {
	t := who.Tenant
	c, err := s.forChange(ctx, tx, who, customer)
	if err != nil {
		return nil, err
	}
	if match != nil {
		if err := match(c.Version); err != nil {
			return nil, err
		}
	}
	old := *c
	if c.Identities, err = listIdentities(ctx, tx, t, customer); err != nil {
		return nil, err
	}
	if err := s.apply(ctx, tx, who, c, old.Fields, p); err != nil {
		return nil, err
	}
	plan, err := s.planIdentities(ctx, tx, who, c, p)
	if err != nil {
		return nil, err
	}
	if err := c.named(); err != nil {
		return nil, err
	}
	if err := plan.write(ctx, tx, t); err != nil {
		return nil, err
	}
	facts, err := s.hang(ctx, tx, who, customer, p, nil)
	if err != nil {
		return nil, err
	}
	facts = append(facts, plan.facts(customer)...)
	names, changes := diff(&old, c)
	if len(names) > 0 || len(facts) > 0 {
		c.Version, c.UpdatedAt = old.Version+1, s.clock.Now()
		if err := update(ctx, tx, t, c); err != nil {
			return nil, err
		}
		if err := s.fields.IndexTx(ctx, tx, t, field.Customers, customer, old.Fields, c.Fields); err != nil {
			return nil, err
		}
	}
	if len(names) > 0 {
		facts = append(facts, Updated{Customer: customer, Fields: names, Changes: changes})
	}
	if err := s.complete(ctx, tx, t, c); err != nil {
		return nil, err
	}
	if !plan.empty() || old.FirstName != c.FirstName || old.LastName != c.LastName || old.Company != c.Company || old.Email != c.Email || old.Phone != c.Phone {
		if err := s.search.Put(ctx, tx, t, c.doc()); err != nil {
			return nil, err
		}
	}
	return c, s.events.Record(ctx, tx, who, facts...)
}

// forChange reads a customer that the actor may change, for an update in the same transaction.
// Errors: NotFound when the actor may not see it, Forbidden when they may only see it.
func (s *Service) forChange(ctx context.Context, tx db.Tx, who auth.Actor, customer id.ID) (*Customer, error) {
	c, err := lock(ctx, tx, who.Tenant, customer)
	if err != nil {
		return nil, err
	}
	mine := owned(who, c.Owner)
	if who.Reach("customers:update") == auth.All || mine && who.Reach("customers:update") == auth.Own {
		return c, nil
	}
	if r := who.Reach("customers:read"); r == auth.All || r == auth.Own && mine {
		return nil, errs.Denied("customers:update_all")
	}
	return nil, errs.Missing()
}

// Delete removes a customer. Orders and what else must stay lose the link; everything that tells of the
// person goes. Errors: Forbidden without customers:delete, NotFound, and what match answers.
func (s *Service) Delete(ctx context.Context, who auth.Actor, customer id.ID, match func(version int64) error) error {
	if err := who.Require("customers:delete"); err != nil {
		return err
	}
	t := who.Tenant
	return s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		c, err := lock(ctx, tx, t, customer)
		if err != nil {
			return err
		}
		if who.Reach("customers:read") != auth.All && !owned(who, c.Owner) {
			return errs.Missing()
		}
		if match != nil {
			if err := match(c.Version); err != nil {
				return err
			}
		}
		for _, o := range s.owners {
			if err := o.ForgetCustomer(ctx, tx, t, customer); err != nil {
				return errs.Wrapf(err, "forget customer %s", customer)
			}
		}
		if err := links().Forget(ctx, tx, t, customer); err != nil {
			return err
		}
		if err := s.fields.ForgetTx(ctx, tx, t, customer); err != nil {
			return err
		}
		if err := s.search.Remove(ctx, tx, t, search.Customer, customer); err != nil {
			return err
		}
		if err := erase(ctx, tx, t, customer); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, Deleted{Customer: customer})
	})
}

// doc is what search knows of a customer.
func (c *Customer) doc() search.Doc {
	d := search.Doc{Kind: search.Customer, Object: c.ID, Title: c.FirstName + " " + c.LastName + " " + c.Company}
	for _, i := range c.Identities {
		d.Exact = append(d.Exact, i.Value)
	}
	return d
}

func owned(who auth.Actor, owner id.ID) bool { return !who.User.IsZero() && owner == who.User }
