package customer

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// maxMembers is how many customers one request may add to a group, and how many groups one customer may be in.
const maxMembers = 1000

// GroupSpec is what the list of groups allows.
func GroupSpec() *page.Spec {
	return &page.Spec{ID: "id", Default: "name", Fields: map[string]page.Field{
		"name": {Column: "name_key", Type: page.Folded, Sort: true, Doc: "Name, whatever its case"},
	}}
}

// Groups pages through the groups. q= finds names that begin with the text. Errors: Forbidden without customers:read.
func (s *Service) Groups(ctx context.Context, who auth.Actor, values url.Values, selectable []string) (page.Result[Group], *page.Query, error) {
	var out page.Result[Group]
	if _, err := who.RequireReach("customers:read"); err != nil {
		return out, nil, err
	}
	q, err := GroupSpec().Parse(values, selectable)
	if err != nil {
		return out, nil, err
	}
	w := db.NewWhere(who.Tenant)
	q.Apply(w)
	if q.Text != "" {
		key := groupKey(q.Text)
		w.And("substr(name_key, 1, ?) = ?", len([]rune(key)), key)
	}
	order, err := q.Page(w)
	if err != nil {
		return out, nil, err
	}
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) error {
		rows, err := db.All(ctx, r, scanGroup, `SELECT `+groupColumns+` FROM customer_group WHERE tenant_id = $1`+w.SQL()+order, w.Args()...)
		if err != nil {
			return err
		}
		out, err = page.Cut(q, rows, func(g Group) (any, id.ID) { return groupKey(g.Name), g.ID })
		return err
	})
	return out, q, err
}

// Group reads one group. Errors: Forbidden without customers:read, NotFound.
func (s *Service) Group(ctx context.Context, who auth.Actor, group id.ID) (Group, error) {
	var g Group
	if _, err := who.RequireReach("customers:read"); err != nil {
		return g, err
	}
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		g, err = readGroup(ctx, q, who.Tenant, group)
		return err
	})
	return g, err
}

// CreateGroup makes an empty group. Errors: Forbidden without groups:write, Invalid, Conflict.
func (s *Service) CreateGroup(ctx context.Context, who auth.Actor, name, description string) (Group, error) {
	if err := who.Require("groups:write"); err != nil {
		return Group{}, err
	}
	now := s.clock.Now()
	g := Group{ID: id.New(now), Name: name, Description: description, CreatedAt: now, UpdatedAt: now}
	if err := g.validate(); err != nil {
		return Group{}, err
	}
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		ok, err := insertGroup(ctx, tx, who.Tenant, g)
		if err != nil {
			return err
		}
		if !ok {
			return groupTaken(g.Name)
		}
		return s.events.Record(ctx, tx, who, GroupChanged{Group: g.ID, Name: g.Name, What: "created"})
	})
	return g, err
}

// UpdateGroup renames or describes a group; nil leaves a part alone. Errors: Forbidden, NotFound, Invalid, Conflict.
func (s *Service) UpdateGroup(ctx context.Context, who auth.Actor, group id.ID, name, description *string) (Group, error) {
	if err := who.Require("groups:write"); err != nil {
		return Group{}, err
	}
	var g Group
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) (err error) {
		if g, err = readGroup(ctx, tx, who.Tenant, group); err != nil {
			return err
		}
		before := g
		put(&g.Name, name)
		put(&g.Description, description)
		if err := g.validate(); err != nil || g == before {
			return err
		}
		g.UpdatedAt = s.clock.Now()
		if err := updateGroup(ctx, tx, who.Tenant, g); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, GroupChanged{Group: g.ID, Name: g.Name, What: "updated"})
	})
	if db.IsUnique(err) {
		err = groupTaken(g.Name)
	}
	return g, err
}

// DeleteGroup removes a group; its customers stay. Errors: Forbidden, NotFound.
func (s *Service) DeleteGroup(ctx context.Context, who auth.Actor, group id.ID) error {
	if err := who.Require("groups:write"); err != nil {
		return err
	}
	// Members leave in short transactions; the last one takes the group along.
	const batch = 2000
	for {
		var n int64
		err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
			g, err := readGroup(ctx, tx, who.Tenant, group)
			if err != nil {
				return err
			}
			if n, err = dropMembers(ctx, tx, who.Tenant, group, batch); err != nil || n == batch {
				return err
			}
			if err := deleteGroup(ctx, tx, who.Tenant, group); err != nil {
				return err
			}
			return s.events.Record(ctx, tx, who, GroupChanged{Group: group, Name: g.Name, What: "deleted"})
		})
		if err != nil || n < batch {
			return err
		}
	}
}

// AddMembers puts customers into a group. Errors: Forbidden without customers:update, NotFound for the
// group, Invalid naming "customerIds[i]" for a customer that the actor may not see or change.
func (s *Service) AddMembers(ctx context.Context, who auth.Actor, group id.ID, customers []id.ID) error {
	reach, err := who.RequireReach("customers:update")
	if err != nil {
		return err
	}
	if len(customers) == 0 || len(customers) > maxMembers {
		return errs.OnField("customerIds", fmt.Sprintf("must have 1 to %d entries, has %d", maxMembers, len(customers)))
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		g, err := readGroup(ctx, tx, who.Tenant, group)
		if err != nil {
			return err
		}
		known, err := owners(ctx, tx, who.Tenant, customers)
		if err != nil {
			return err
		}
		var facts []event.Fact
		for i, c := range customers {
			owner, ok := known[c]
			if !ok || reach == auth.Own && !owned(who, owner) {
				return errs.OnField(fmt.Sprintf("customerIds[%d]", i), "is no customer")
			}
			joined, err := join(ctx, tx, who.Tenant, group, c)
			if err != nil {
				return err
			}
			if joined {
				facts = append(facts, Grouped{Customer: c, Added: []string{g.Name}})
			}
		}
		return s.record(ctx, tx, who, facts)
	})
}

// RemoveMember takes a customer out of a group; one who is not in it is no error.
// Errors: Forbidden, NotFound.
func (s *Service) RemoveMember(ctx context.Context, who auth.Actor, group, customer id.ID) error {
	if _, err := who.RequireReach("customers:update"); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		g, err := readGroup(ctx, tx, who.Tenant, group)
		if err != nil {
			return err
		}
		if _, err := s.forChange(ctx, tx, who, customer); err != nil {
			return err
		}
		left, err := leave(ctx, tx, who.Tenant, group, customer)
		if err != nil || !left {
			return err
		}
		return s.events.Record(ctx, tx, who, Grouped{Customer: customer, Removed: []string{g.Name}})
	})
}

// setGroups makes groups all that a customer is in. Errors: Invalid naming "groupIds[i]".
func setGroups(ctx context.Context, tx db.Tx, t tenant.ID, customer id.ID, want []id.ID) (Grouped, error) {
	fact := Grouped{Customer: customer}
	if len(want) > maxMembers {
		return fact, errs.OnField("groupIds", fmt.Sprintf("can be at most %d", maxMembers))
	}
	c := &Customer{ID: customer}
	if err := attach(ctx, tx, t, []*Customer{c}); err != nil {
		return fact, err
	}
	for _, g := range c.Groups {
		if slices.Contains(want, g.ID) {
			continue
		}
		if _, err := leave(ctx, tx, t, g.ID, customer); err != nil {
			return fact, err
		}
		fact.Removed = append(fact.Removed, g.Name)
	}
	if len(want) == 0 {
		return fact, nil
	}
	groups, err := readGroups(ctx, tx, t, want)
	if err != nil {
		return fact, err
	}
	for i, w := range want {
		n := slices.IndexFunc(groups, func(g Group) bool { return g.ID == w })
		if n < 0 {
			return fact, errs.OnField(fmt.Sprintf("groupIds[%d]", i), "is no group")
		}
		joined, err := join(ctx, tx, t, w, customer)
		if err != nil {
			return fact, err
		}
		if joined {
			fact.Added = append(fact.Added, groups[n].Name)
		}
	}
	return fact, nil
}
