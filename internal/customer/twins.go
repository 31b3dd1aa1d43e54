package customer

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Require checks that a customer exists and that the actor may see them; other rooms call it before
// they show or write something about one. Errors: Forbidden without customers:read, NotFound.
func (s *Service) Require(ctx context.Context, q db.Reader, who auth.Actor, customer id.ID) error {
	return Require(ctx, q, who, customer)
}

// Require is the check of the service's method, for rooms that hold no service.
func Require(ctx context.Context, q db.Reader, who auth.Actor, customer id.ID) error {
	reach, err := who.RequireReach("customers:read")
	if err != nil {
		return err
	}
	owner, err := db.Scalar[id.ID](ctx, q, `SELECT owner_id FROM customer WHERE tenant_id = $1 AND id = $2`, who.Tenant, customer)
	if err != nil {
		return err
	}
	if reach == auth.Own && !owned(who, owner) {
		return errs.Missing()
	}
	return nil
}

// SeenBy reports whether an actor may see the customer, as Require does.
func (b Brief) SeenBy(who auth.Actor) bool {
	reach := who.Reach("customers:read")
	return reach == auth.All || reach == auth.Own && owned(who, b.Owner)
}

// Brief is what other rooms show of a customer.
type Brief struct {
	ID         id.ID
	Kind       Kind
	Name       string
	NameMadeUp bool
	Email      string
	Phone      string
	Level      string
	Owner      id.ID
}

// Briefs reads customers by id in one round trip, without asking who may see them: callers show them
// beside objects that the actor may see. Ids that are no customer are left out.
func Briefs(ctx context.Context, q db.Reader, t tenant.ID, ids []id.ID) (map[id.ID]Brief, error) {
	out := make(map[id.ID]Brief, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	w := db.NewWhere(t)
	db.In(w, "id", ids)
	_, err := db.All(ctx, q, func(row db.Row) (struct{}, error) {
		var b Brief
		var kind, first, last, company string
		err := row.Scan(&b.ID, &kind, &first, &last, &company, &b.NameMadeUp, db.Text(&b.Email), db.Text(&b.Phone), &b.Level, &b.Owner)
		b.Kind = Kind(kind)
		b.Name = displayName(b.Kind, first, last, company, b.Email, b.Phone)
		out[b.ID] = b
		return struct{}{}, err
	}, `SELECT id, kind, first_name, last_name, company, name_made_up, email, phone, level, owner_id FROM customer WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	return out, errs.Wrapf(err, "read customers")
}

// Brief is Briefs on the service.
func (s *Service) Brief(ctx context.Context, q db.Reader, t tenant.ID, ids []id.ID) (map[id.ID]Brief, error) {
	return Briefs(ctx, q, t, ids)
}

// Visible reports whether the actor may see a customer, for APIs that show what belongs to one.
// Errors: Forbidden without customers:read, NotFound.
func (s *Service) Visible(ctx context.Context, who auth.Actor, customer id.ID) error {
	return s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error { return Require(ctx, q, who, customer) })
}

// BriefsFor reads what others show of customers, in a read of its own.
func (s *Service) BriefsFor(ctx context.Context, t tenant.ID, ids []id.ID) (out map[id.ID]Brief, err error) {
	err = s.db.Read(ctx, t, func(ctx context.Context, q db.Reader) error {
		out, err = Briefs(ctx, q, t, ids)
		return err
	})
	return out, err
}
