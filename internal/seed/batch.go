package seed

import (
	"context"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/ticket"
)

// write is one transaction.
type write func(ctx context.Context, tx db.Tx) error

// kind is one kind of object, made in batches that are a transaction each.
type kind struct {
	name     string
	n, batch int
	done     *int64
	make     func(from, to int) (write, error)
}

func (s *Service) kinds(b *brand, r *Report) []kind {
	return []kind{
		{"customers", b.o.Customers, 1000, &r.Customers, func(from, to int) (write, error) {
			var all []*customer.Customer
			var notes []customer.Note
			for n := from; n < to; n++ {
				c, remarks := b.customer(n)
				all, notes = append(all, c), append(notes, remarks...)
			}
			return func(ctx context.Context, tx db.Tx) error { return s.d.Customers.ImportTx(ctx, tx, b.t, all, notes) }, nil
		}},
		{"orders", b.o.Orders, 1000, &r.Orders, func(from, to int) (write, error) {
			var all []order.History
			for n := from; n < to; n++ {
				h, err := b.order(n)
				if err != nil {
					return nil, err
				}
				all = append(all, h)
			}
			return func(ctx context.Context, tx db.Tx) error { return s.d.Orders.ImportHistoryTx(ctx, tx, b.t, all) }, nil
		}},
		{"tickets", b.o.Tickets, 500, &r.Tickets, func(from, to int) (write, error) {
			messages := int64(0)
			talk := func() (all []*ticket.History) {
				messages = 0
				for n := from; n < to; n++ {
					h := b.ticket(n)
					messages += int64(len(h.Messages))
					all = append(all, h)
				}
				return all
			}
			return func(ctx context.Context, tx db.Tx) error {
				// Made anew for a repeated attempt, since writing it changes it.
				if err := s.d.Tickets.ImportTx(ctx, tx, b.t, talk()); err != nil {
					return err
				}
				tx.AfterCommit(func() { r.Messages += messages })
				return nil
			}, nil
		}},
	}
}

// foundation makes what everything else points at: teams, staff, tags, custom fields, products.
func (s *Service) foundation(ctx context.Context, tx db.Tx, b *brand) (Report, error) {
	there, err := s.marked(ctx, tx, b.t, "staff_user", 1)
	if err != nil {
		return Report{}, err
	}
	if len(there) > 0 {
		return Report{}, errs.New(errs.Conflict, "sample_exists", "There is sample data in this workspace. Remove it first, also when its making was interrupted.")
	}
	b.agents, b.sellers, b.teams = nil, nil, nil
	founded := b.start.Add(-400 * 24 * time.Hour)
	var teams []auth.Team
	for i, name := range teamNames() {
		team := auth.Team{ID: marked(founded, teamsFrom+i), Name: name, CreatedAt: founded, UpdatedAt: founded}
		teams = append(teams, team)
		b.teams = append(b.teams, crew{id: team.ID})
	}
	var users []auth.User
	for i, p := range staff() {
		u := auth.User{
			ID: marked(founded, usersFrom+i), Name: p.name, Email: strings.ToLower(strings.ReplaceAll(p.name, " ", ".")) + "@sample.test", Role: auth.RoleRef{Key: p.role},
			Status: auth.Approved, PasswordChangedAt: founded, CreatedAt: founded, UpdatedAt: founded,
			// Nobody sits behind them, so they take no new tickets.
			Available: false,
		}
		for _, t := range p.teams {
			u.Teams = append(u.Teams, b.teams[t].id)
			b.teams[t].members = append(b.teams[t].members, u)
		}
		if len(p.teams) > 0 {
			b.agents = append(b.agents, u)
		} else {
			b.sellers = append(b.sellers, u.ID)
		}
		users = append(users, u)
	}
	if err := s.d.Staff.ImportTx(ctx, tx, b.t, teams, users); err != nil {
		return Report{}, err
	}
	names := map[string]string{"Wholesale": "#b45309", "Newsletter": "#0f766e", "top seller": "", "high upsell": ""}
	for _, sc := range b.scenarios {
		for _, name := range sc.tags {
			names[name] = ""
		}
	}
	var tags []tag.Tag
	for name, colour := range names {
		tags = append(tags, tag.Tag{ID: marked(founded, tagsFrom+len(tags)), Name: name, Colour: colour, CreatedAt: founded})
	}
	if b.tags, err = s.d.Tags.ImportTx(ctx, tx, b.t, tags); err != nil {
		return Report{}, err
	}
	fields := ownFields()
	for i := range fields {
		fields[i].ID = marked(founded, fieldsFrom+i)
	}
	if fields, err = s.d.Fields.ImportTx(ctx, tx, b.t, fields); err != nil {
		return Report{}, err
	}
	b.fields = map[string]bool{}
	for _, f := range fields {
		b.fields[string(f.Object)+"."+f.Key] = true
	}
	products := b.products()
	err = s.d.Products.ImportTx(ctx, tx, b.t, products)
	return Report{Products: int64(len(products)), Users: int64(len(users)), Teams: int64(len(teams)), Fields: int64(len(fields))}, err
}

// marked lists at most limit samples in a table. Plan: one walk over the primary key, in pages.
func (s *Service) marked(ctx context.Context, q db.Reader, t id.Workspace, table string, limit int) ([]id.ID, error) {
	out, _, err := s.markedAfter(ctx, q, t, table, id.Zero, limit)
	return out, err
}

const walk = 2000

// markedAfter is marked from a place on; it also gives where it stopped, zero at the end.
func (*Service) markedAfter(ctx context.Context, q db.Reader, t id.Workspace, table string, after id.ID, limit int) ([]id.ID, id.ID, error) {
	var out []id.ID
	for {
		w := db.NewWhere(t)
		if !after.IsZero() {
			w.And("id > ?", after)
		}
		page, err := db.All(ctx, q, func(r db.Row) (i id.ID, err error) { return i, r.Scan(&i) },
			`SELECT id FROM `+table+` WHERE tenant_id = $1`+w.SQL()+` ORDER BY id LIMIT `+w.Arg(walk), w.Args()...)
		if err != nil {
			return nil, after, errs.Wrapf(err, "look for samples in %s", table)
		}
		for _, i := range page {
			after = i
			if isMarked(i) {
				if out = append(out, i); len(out) == limit {
					return out, after, nil
				}
			}
		}
		if len(page) < walk {
			return out, id.Zero, nil
		}
	}
}
