package report

import (
	"context"
	"errors"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Cap is where the dashboard stops counting; a larger number is shown as "Cap+".
const Cap = 1000

// shown is how many rows each of the dashboard's lists has.
const shown = 8

// Counts are tickets by what they need, each at most Cap+1.
type Counts struct {
	Open, Pending, Blocked, Unassigned, Urgent, Mine int64
}

// Case is a ticket as the dashboard shows it.
type Case struct {
	ID           id.ID
	Number       int64
	Title        string
	Status       string
	Priority     int64
	CustomerID   id.ID
	Customer     string
	AssigneeID   id.ID
	WaitingSince time.Time // zero when nobody waits
}

// Load is how many open tickets a user has.
type Load struct {
	User      id.ID
	Name      string
	Available bool
	Open      int64
}

// Receipt is an order as the dashboard shows it.
type Receipt struct {
	ID         id.ID
	Number     string
	Kind       string
	Status     string
	CustomerID id.ID
	Customer   string
	Total      money.Money
	PlacedAt   time.Time
}

// Item is a product as the dashboard shows it.
type Item struct {
	ID        id.ID
	SKU       string
	Title     string
	Price     money.Money
	Inventory *int64
	Rating    *float64
	Sold      int64 // pieces in the last 90 days; 0 where it was not asked
}

// Contact is a line of the escalation sheet.
type Contact struct {
	ID                             id.ID
	Name, Duty, Email, Phone, Note string
}

// Dashboard is the state of a workspace at a glance.
type Dashboard struct {
	Tickets Counts
	Waiting []Case // longest first
	Urgent  []Case // newest first: the active issues
	Load    []Load // most loaded first
	Orders  []Receipt
	Lowest  []Item // active products with the fewest pieces left
	Top     []Item // best sold and well reviewed, for upsell
	Sheet   []Contact
}

// Deps is what the room needs; all are required.
type Deps struct {
	DB    *db.DB
	Index *search.Index
	Shows map[search.Kind]Show
}

// Service reads across.
type Service struct {
	db    *db.DB
	index *search.Index
	shows map[search.Kind]Show
}

// New checks that nothing is missing.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Index == nil || len(d.Shows) != len(search.Kinds()) {
		return nil, errors.New("report: a dependency is missing")
	}
	return &Service{d.DB, d.Index, d.Shows}, nil
}

// Dashboard reads the whole workspace's state. Parts that the actor's role may not see stay empty.
// Errors: Forbidden without dashboard:read.
func (s *Service) Dashboard(ctx context.Context, who auth.Actor) (Dashboard, error) {
	if err := who.Require("dashboard:read"); err != nil {
		return Dashboard{}, err
	}
	var d Dashboard
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		t := who.Tenant
		if who.Can("tickets:read_all") {
			if d.Tickets, err = counts(ctx, q, t, who.User); err != nil {
				return err
			}
			if d.Waiting, err = waiting(ctx, q, t); err != nil {
				return err
			}
			if d.Urgent, err = urgent(ctx, q, t); err != nil {
				return err
			}
			if d.Load, err = load(ctx, q, t); err != nil {
				return err
			}
		}
		if who.Can("orders:read") {
			if d.Orders, err = receipts(ctx, q, t); err != nil {
				return err
			}
		}
		if who.Can("products:read") {
			if d.Lowest, err = lowest(ctx, q, t); err != nil {
				return err
			}
			if d.Top, err = top(ctx, q, t, id.Zero, shown); err != nil {
				return err
			}
		}
		d.Sheet, err = sheet(ctx, q, t)
		return err
	})
	return d, err
}

// counts stops each count at Cap+1 so that a flooded workspace costs no more than a calm one.
// Plan: a range of an index of ticket for each.
func counts(ctx context.Context, q db.Reader, t tenant.ID, me id.ID) (Counts, error) {
	const text = `
		SELECT
			(SELECT COUNT(*) FROM (SELECT 1 FROM ticket WHERE tenant_id = $1 AND status = 'open' LIMIT $3) a),
			(SELECT COUNT(*) FROM (SELECT 1 FROM ticket WHERE tenant_id = $1 AND status = 'pending' LIMIT $3) b),
			(SELECT COUNT(*) FROM (SELECT 1 FROM ticket WHERE tenant_id = $1 AND status = 'blocked' LIMIT $3) c),
			(SELECT COUNT(*) FROM (SELECT 1 FROM ticket WHERE tenant_id = $1 AND is_open AND assignee_id IS NULL LIMIT $3) d),
			(SELECT COUNT(*) FROM (SELECT 1 FROM ticket WHERE tenant_id = $1 AND is_open AND priority <= 2 LIMIT $3) e),
			(SELECT COUNT(*) FROM (SELECT 1 FROM ticket WHERE tenant_id = $1 AND assignee_id = $2 AND is_open LIMIT $3) f)`
	return db.One(ctx, q, func(r db.Row) (c Counts, err error) {
		err = r.Scan(&c.Open, &c.Pending, &c.Blocked, &c.Unassigned, &c.Urgent, &c.Mine)
		return c, errs.Wrapf(err, "count tickets")
	}, text, t, me, Cap+1)
}

const caseColumns = `k.id, k.number, k.title, k.status, k.priority, k.customer_id, COALESCE(c.first_name || ' ' || c.last_name, ''), k.assignee_id, k.waiting_since`

func scanCase(r db.Row) (c Case, err error) {
	err = r.Scan(&c.ID, &c.Number, &c.Title, &c.Status, &c.Priority, &c.CustomerID, &c.Customer, &c.AssigneeID, db.Time(&c.WaitingSince))
	return c, err
}

// waiting lists whom nobody answered, longest first. Plan: ticket_waiting in order.
func waiting(ctx context.Context, q db.Reader, t tenant.ID) ([]Case, error) {
	const text = `
		SELECT ` + caseColumns + `
		FROM ticket k
		LEFT JOIN customer c ON c.tenant_id = k.tenant_id AND c.id = k.customer_id
		WHERE k.tenant_id = $1 AND k.waiting_since IS NOT NULL AND k.is_open
		ORDER BY k.waiting_since, k.id
		LIMIT $2`
	out, err := db.All(ctx, q, scanCase, text, t, shown)
	return out, errs.Wrapf(err, "list waiting tickets")
}

// urgent lists the active issues: open tickets of priority 1 and 2, newest first. Plan: ticket_urgent in order.
func urgent(ctx context.Context, q db.Reader, t tenant.ID) ([]Case, error) {
	const text = `
		SELECT ` + caseColumns + `
		FROM ticket k
		LEFT JOIN customer c ON c.tenant_id = k.tenant_id AND c.id = k.customer_id
		WHERE k.tenant_id = $1 AND k.is_open AND k.priority <= 2
		ORDER BY k.activity_at DESC, k.id DESC
		LIMIT $2`
	out, err := db.All(ctx, q, scanCase, text, t, shown)
	return out, errs.Wrapf(err, "list urgent tickets")
}

// load counts open tickets per user, at most Cap+1 each. Plan: ticket_by_assignee for each user.
func load(ctx context.Context, q db.Reader, t tenant.ID) ([]Load, error) {
	const text = `
		SELECT u.id, u.name, u.available,
			(SELECT COUNT(*) FROM (SELECT 1 FROM ticket k WHERE k.tenant_id = u.tenant_id AND k.assignee_id = u.id AND k.is_open LIMIT $2) n) AS open_count
		FROM staff_user u
		WHERE u.tenant_id = $1 AND u.status = 'approved' AND u.deleted_at IS NULL
		ORDER BY open_count DESC, u.name
		LIMIT 50`
	out, err := db.All(ctx, q, func(r db.Row) (l Load, err error) {
		err = r.Scan(&l.User, &l.Name, &l.Available, &l.Open)
		return l, err
	}, text, t, Cap+1)
	return out, errs.Wrapf(err, "count tickets per user")
}

func receipts(ctx context.Context, q db.Reader, t tenant.ID) ([]Receipt, error) {
	const text = `
		SELECT o.id, o.number, o.kind, o.status, o.customer_id, COALESCE(c.first_name || ' ' || c.last_name, ''), o.total, o.currency, o.placed_at
		FROM sales_order o
		LEFT JOIN customer c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
		WHERE o.tenant_id = $1
		ORDER BY o.placed_at DESC, o.id DESC
		LIMIT $2`
	out, err := db.All(ctx, q, func(r db.Row) (o Receipt, err error) {
		err = r.Scan(&o.ID, &o.Number, &o.Kind, &o.Status, &o.CustomerID, &o.Customer, &o.Total.Amount, (*string)(&o.Total.Currency), db.Time(&o.PlacedAt))
		return o, err
	}, text, t, shown)
	return out, errs.Wrapf(err, "list newest orders")
}

// lowest lists active products with the fewest pieces left. Plan: product_by_inventory in order.
func lowest(ctx context.Context, q db.Reader, t tenant.ID) ([]Item, error) {
	const text = `
		SELECT p.id, p.sku, p.title, p.price, p.currency, p.inventory, p.rating, 0
		FROM product p
		WHERE p.tenant_id = $1 AND p.inventory IS NOT NULL AND p.status = 'active'
		ORDER BY p.inventory, p.id
		LIMIT $2`
	out, err := db.All(ctx, q, scanItem, text, t, shown)
	return out, errs.Wrapf(err, "list products that run out")
}

func scanItem(r db.Row) (p Item, err error) {
	err = r.Scan(&p.ID, &p.SKU, &p.Title, &p.Price.Amount, (*string)(&p.Price.Currency), &p.Inventory, &p.Rating, &p.Sold)
	return p, err
}

func sheet(ctx context.Context, q db.Reader, t tenant.ID) ([]Contact, error) {
	const text = `SELECT id, name, duty, email, phone, note FROM escalation_contact WHERE tenant_id = $1 ORDER BY position, id LIMIT 50`
	out, err := db.All(ctx, q, func(r db.Row) (c Contact, err error) {
		err = r.Scan(&c.ID, &c.Name, &c.Duty, &c.Email, &c.Phone, &c.Note)
		return c, err
	}, text, t)
	return out, errs.Wrapf(err, "read the escalation sheet")
}
