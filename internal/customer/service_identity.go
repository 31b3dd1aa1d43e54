package customer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// identityPlan is what a write does to a customer's identities.
type identityPlan struct {
	now      time.Time
	customer id.ID
	all      []Identity // as they will be
	added    []Identity
	changed  []Identity
	gone     []Identity
	at       map[id.ID]string // where the client named it
	problems []*errs.Field
}

func (p *identityPlan) empty() bool { return len(p.added)+len(p.changed)+len(p.gone) == 0 }

// planIdentities works out which identities a patch adds or changes and checks that nobody else has
// them. It keeps email, phone and Identities of c right.
func (s *Service) planIdentities(ctx context.Context, tx db.Tx, who auth.Actor, c *Customer, p Patch) (*identityPlan, error) {
	plan := &identityPlan{now: s.clock.Now(), customer: c.ID, all: slices.Clone(c.Identities), at: map[id.ID]string{}}
	if p.Email == nil && p.Phone == nil && len(p.Identities) == 0 {
		return plan, nil
	}
	region := c.Address.Country
	if region == "" {
		var err error
		if region, err = s.region(ctx, tx, who.Tenant); err != nil {
			return nil, err
		}
	}
	plan.primary(Email, "email", p.Email, region)
	plan.primary(Phone, "phone", p.Phone, region)
	for i, d := range p.Identities {
		plan.add(d, fmt.Sprintf("identities[%d].value", i), region)
	}
	if len(plan.all) > maxIdentities {
		plan.problems = append(plan.problems, &errs.Field{Location: "identities", Message: fmt.Sprintf("can be at most %d", maxIdentities)})
	}
	if err := errs.Check(plan.problems...); err != nil {
		return nil, err
	}
	if err := s.free(ctx, tx, who, plan); err != nil {
		return nil, err
	}
	c.Identities, c.Email, c.Phone = plan.all, plan.value(Email), plan.value(Phone)
	return plan, nil
}

// primary sets or clears the primary identity of a kind. A new value replaces the primary one; a value
// that the customer is already known by becomes the primary one.
func (p *identityPlan) primary(k IdentityKind, at string, value *string, region string) {
	if value == nil {
		return
	}
	if *value == "" {
		if i := p.find(func(i Identity) bool { return i.Kind == k && i.Primary }); i >= 0 {
			p.drop(i)
		}
		return
	}
	want, problem := IdentityDraft{Kind: k, Value: *value}.normalise(at, region)
	if problem != nil {
		p.problems = append(p.problems, problem)
		return
	}
	has := p.find(func(i Identity) bool { return i.Kind == k && i.Value == want.Value })
	was := p.find(func(i Identity) bool { return i.Kind == k && i.Primary })
	switch {
	case has >= 0:
		p.promote(has)
	case was >= 0:
		i := &p.all[was]
		i.Value, i.Display = want.Value, want.Display
		p.change(*i, at)
	default:
		want.Primary = true
		p.insert(want, at)
	}
}

func (p *identityPlan) add(d IdentityDraft, at, region string) {
	want, problem := d.normalise(at, region)
	if problem != nil {
		p.problems = append(p.problems, problem)
		return
	}
	has := p.find(func(i Identity) bool { return i.Kind == want.Kind && i.System == want.System && i.Value == want.Value })
	if has < 0 {
		first := p.find(func(i Identity) bool { return i.Kind == want.Kind && i.Primary }) < 0
		primary := want.Primary || first && (want.Kind == Email || want.Kind == Phone)
		want.Primary = false
		p.insert(want, at)
		if has = len(p.all) - 1; primary {
			p.promote(has)
		}
		return
	}
	if want.Primary {
		p.promote(has)
	}
}

// promote makes one identity the primary one of its kind.
func (p *identityPlan) promote(n int) {
	for i := range p.all {
		if x := &p.all[i]; x.Kind == p.all[n].Kind && x.Primary != (i == n) {
			x.Primary = i == n
			p.change(*x, "")
		}
	}
}

func (p *identityPlan) insert(i Identity, at string) {
	i.ID, i.Customer, i.CreatedAt = id.New(p.now), p.customer, p.now
	p.all, p.added = append(p.all, i), append(p.added, i)
	p.at[i.ID] = at
}

func (p *identityPlan) change(i Identity, at string) {
	if at != "" {
		p.at[i.ID] = at
	}
	for _, list := range []*[]Identity{&p.added, &p.changed} {
		if n := slices.IndexFunc(*list, func(o Identity) bool { return o.ID == i.ID }); n >= 0 {
			(*list)[n] = i
			return
		}
	}
	p.changed = append(p.changed, i)
}

func (p *identityPlan) drop(n int) {
	p.gone = append(p.gone, p.all[n])
	p.all = slices.Delete(p.all, n, n+1)
}

func (p *identityPlan) find(is func(Identity) bool) int { return slices.IndexFunc(p.all, is) }

// value is the primary identity of a kind, or empty.
func (p *identityPlan) value(k IdentityKind) string {
	if i := p.find(func(i Identity) bool { return i.Kind == k && i.Primary }); i >= 0 {
		return p.all[i].Value
	}
	return ""
}

func (p *identityPlan) write(ctx context.Context, tx db.Tx, t tenant.ID) error {
	for _, i := range p.gone {
		if err := deleteIdentity(ctx, tx, t, i.ID); err != nil {
			return err
		}
	}
	for _, i := range p.changed {
		if err := updateIdentity(ctx, tx, t, i); err != nil {
			return err
		}
	}
	return insertIdentities(ctx, tx, t, p.added...)
}

// facts tell of additional identities; changes of the primary e-mail address or phone number are told
// as changed fields.
func (p *identityPlan) facts(customer id.ID) []event.Fact {
	var out []event.Fact
	for _, i := range p.added {
		out = append(out, IdentityChanged{Customer: customer, Identity: i.ID, Kind: i.Kind, System: i.System, What: "added"})
	}
	for _, i := range p.gone {
		out = append(out, IdentityChanged{Customer: customer, Identity: i.ID, Kind: i.Kind, System: i.System, What: "removed"})
	}
	return out
}

// free checks that no other customer has an identity of the plan. Who cannot see all customers is not
// told whose it is.
func (s *Service) free(ctx context.Context, q db.Reader, who auth.Actor, p *identityPlan) error {
	want := slices.Concat(p.added, p.changed)
	found, err := listTaken(ctx, q, who.Tenant, want)
	if err != nil {
		return err
	}
	var conflict *errs.Error
	for _, f := range found {
		if f.Customer == p.customer {
			continue
		}
		n := slices.IndexFunc(want, func(i Identity) bool { return i.Kind == f.Kind && i.System == f.System && i.Value == f.Value })
		owner := f.Customer
		if who.Reach("customers:read") != auth.All {
			owner = id.Zero
		}
		e := taken(p.at[want[n].ID], owner)
		if conflict != nil {
			e.Fields = append(conflict.Fields, e.Fields...)
		}
		conflict = e
	}
	if conflict != nil {
		return conflict
	}
	return nil
}

// Identities lists how a customer is known. Errors: Forbidden without customers:read, NotFound.
func (s *Service) Identities(ctx context.Context, who auth.Actor, customer id.ID) ([]Identity, error) {
	var out []Identity
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		if err = s.Require(ctx, q, who, customer); err == nil {
			out, err = listIdentities(ctx, q, who.Tenant, customer)
		}
		return err
	})
	return out, err
}

// AddIdentity makes a customer known by one more identity, or returns the one that is there.
// Errors: Forbidden, NotFound, Invalid, Conflict (identity_taken).
func (s *Service) AddIdentity(ctx context.Context, who auth.Actor, customer id.ID, d IdentityDraft) (Identity, error) {
	c, err := s.Update(ctx, who, customer, nil, Patch{Identities: []IdentityDraft{d}})
	if err != nil {
		return Identity{}, single(err)
	}
	want, _ := d.normalise("value", c.Address.Country)
	for _, i := range c.Identities {
		if i.Kind == d.Kind && i.System == want.System && (i.Value == want.Value || i.Display == want.Display) {
			return i, nil
		}
	}
	// A phone number without country was completed with the workspace's.
	return newest(c.Identities, d.Kind), nil
}

// single renames the location of the only identity of a request.
func single(err error) error {
	e, ok := asError(err)
	if !ok {
		return err
	}
	out := *e
	out.Fields = slices.Clone(e.Fields)
	for i := range out.Fields {
		if out.Fields[i].Location == "identities[0].value" {
			out.Fields[i].Location = "value"
		}
	}
	return &out
}

func newest(all []Identity, k IdentityKind) Identity {
	var out Identity
	for _, i := range all {
		if i.Kind == k && (out.ID.IsZero() || i.ID.String() > out.ID.String()) {
			out = i
		}
	}
	return out
}

// MakePrimary makes an e-mail address or phone number the customer's first.
// Errors: Forbidden, NotFound, Invalid for a kind that has no first.
func (s *Service) MakePrimary(ctx context.Context, who auth.Actor, customer, identity id.ID) (Identity, error) {
	return s.editIdentity(ctx, who, customer, identity, func(p *identityPlan, n int) error {
		if k := p.all[n].Kind; k != Email && k != Phone {
			return errs.OnField("primary", "is for e-mail addresses and phone numbers only")
		}
		p.promote(n)
		return nil
	})
}

// RemoveIdentity takes an identity away; the oldest other one of its kind becomes primary.
// Errors: Forbidden, NotFound.
func (s *Service) RemoveIdentity(ctx context.Context, who auth.Actor, customer, identity id.ID) error {
	_, err := s.editIdentity(ctx, who, customer, identity, func(p *identityPlan, n int) error {
		gone := p.all[n]
		p.drop(n)
		if next := p.find(func(i Identity) bool { return i.Kind == gone.Kind }); gone.Primary && next >= 0 {
			p.promote(next)
		}
		return nil
	})
	return err
}

func (s *Service) editIdentity(ctx context.Context, who auth.Actor, customer, identity id.ID, edit func(p *identityPlan, n int) error) (Identity, error) {
	if _, err := who.RequireReach("customers:update"); err != nil {
		return Identity{}, err
	}
	t := who.Tenant
	var out Identity
	err := s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		c, err := s.forChange(ctx, tx, who, customer)
		if err != nil {
			return err
		}
		known, err := listIdentities(ctx, tx, t, customer)
		if err != nil {
			return err
		}
		plan := &identityPlan{now: s.clock.Now(), customer: customer, all: slices.Clone(known), at: map[id.ID]string{}}
		n := plan.find(func(i Identity) bool { return i.ID == identity })
		if n < 0 {
			return errs.Missing()
		}
		out = known[n]
		if err := edit(plan, n); err != nil || plan.empty() {
			return err
		}
		c.Identities, c.Email, c.Phone = plan.all, plan.value(Email), plan.value(Phone)
		c.Version, c.UpdatedAt = c.Version+1, s.clock.Now()
		if err := plan.write(ctx, tx, t); err != nil {
			return err
		}
		if err := update(ctx, tx, t, c); err != nil {
			return err
		}
		if err := s.search.Put(ctx, tx, t, c.doc()); err != nil {
			return err
		}
		what := "removed"
		if n := plan.find(func(i Identity) bool { return i.ID == identity }); n >= 0 {
			out, what = plan.all[n], "primary"
		}
		return s.events.Record(ctx, tx, who, IdentityChanged{Customer: customer, Identity: identity, Kind: out.Kind, System: out.System, What: what})
	})
	return out, err
}
