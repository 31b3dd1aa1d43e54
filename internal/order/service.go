package order

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/catalog"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Deps is what the room needs; all are required.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	Events    *event.Log
	Search    *search.Index
	Fields    *field.Service
	Customers *customer.Service
	Products  *catalog.Service
	// Currency is a workspace's own, for orders that name none.
	Currency func(ctx context.Context, t tenant.ID) (money.Currency, error)
}

// Service is the use cases of orders and transactions.
type Service struct {
	db        *db.DB
	clock     clock.Clock
	events    *event.Log
	search    *search.Index
	fields    *field.Service
	customers *customer.Service
	products  *catalog.Service
	currency  func(ctx context.Context, t tenant.ID) (money.Currency, error)
}

// New checks that nothing is missing.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Clock == nil || d.Events == nil || d.Search == nil || d.Fields == nil || d.Customers == nil || d.Products == nil || d.Currency == nil {
		return nil, errors.New("order: a dependency is missing")
	}
	return &Service{d.DB, d.Clock, d.Events, d.Search, d.Fields, d.Customers, d.Products, d.Currency}, nil
}

// Draft is a new order. Lines carry product or title, quantity, unit price, discount and tax.
type Draft struct {
	Number   string // empty: the service makes one
	Kind     Kind
	Status   Status
	Customer id.ID
	Currency money.Currency // empty: the workspace's
	Lines    []Line
	Discount int64 // on the whole order, besides the lines'
	Tax      int64
	PlacedAt time.Time // zero: now
	Source   string
	Fields   map[string]any
}

// Create keeps a new order with totals that add up.
// Errors: Forbidden without orders:create, Invalid, Conflict order_number_taken.
func (s *Service) Create(ctx context.Context, who auth.Actor, d Draft) (Detail, error) {
	if err := who.Require("orders:create"); err != nil {
		return Detail{}, err
	}
	now := s.clock.Now()
	o := Order{
		ID: id.New(now), Number: strings.TrimSpace(d.Number), Kind: d.Kind, Status: d.Status, Customer: d.Customer, Currency: d.Currency,
		Lines: d.Lines, PlacedAt: d.PlacedAt, Source: d.Source, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if o.PlacedAt.IsZero() {
		o.PlacedAt = now
	}
	if o.Currency == "" {
		own, err := s.currency(ctx, who.Tenant)
		if err != nil {
			return Detail{}, err
		}
		o.Currency = own
	}
	var first StatusChange
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		var err error
		if o.Number == "" {
			if o.Number, err = nextNumber(ctx, tx, who.Tenant); err != nil {
				return err
			}
		}
		if err := s.fill(ctx, tx, who, &o); err != nil {
			return err
		}
		if o.Fields, err = s.fields.Validate(ctx, tx, who.Tenant, field.Orders, nil, d.Fields); err != nil {
			return err
		}
		if err := o.Check(); err != nil {
			return err
		}
		if err := o.Add(d.Discount, d.Tax); err != nil {
			return err
		}
		if err := insertOrders(ctx, tx, who.Tenant, &o); err != nil {
			return err
		}
		if err := s.fields.IndexTx(ctx, tx, who.Tenant, field.Orders, o.ID, nil, o.Fields); err != nil {
			return err
		}
		first = StatusChange{ID: id.New(now), To: o.Status, Actor: who.User, At: now}
		if err := insertStatusChange(ctx, tx, who.Tenant, o.ID, first); err != nil {
			return err
		}
		if err := s.search.Add(ctx, tx, who.Tenant, searchDoc(&o)); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, placed(&o))
	})
	if err != nil {
		return Detail{}, err
	}
	return Detail{Order: o, History: []StatusChange{first}}, nil
}

// fill checks what the order points at and copies titles and prices of products that the lines leave out.
func (s *Service) fill(ctx context.Context, q db.Reader, who auth.Actor, o *Order) error {
	if !o.Customer.IsZero() {
		if err := s.customers.Require(ctx, q, who, o.Customer); errs.Has(err, errs.NotFound) {
			return errs.OnField("customerId", "there is no such customer")
		} else if err != nil {
			return err
		}
	}
	var ids []id.ID
	for _, l := range o.Lines {
		if !l.Product.IsZero() {
			ids = append(ids, l.Product)
		}
	}
	products, err := s.products.Briefs(ctx, q, who.Tenant, ids)
	if err != nil {
		return err
	}
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Product.IsZero() {
			continue
		}
		p, ok := products[l.Product]
		if !ok {
			return errs.OnField(fmt.Sprintf("lines[%d].productId", i), "there is no such product")
		}
		if l.Title == "" {
			l.Title = p.Title
		}
		if l.SKU == "" {
			l.SKU = p.SKU
		}
	}
	return nil
}

// Detail is one order with everything that belongs to it.
type Detail struct {
	Order
	History []StatusChange
	Paid    int64 // payments less refunds, minor units
}

// Read gives one order with lines and history. Errors: Forbidden without orders:read, NotFound.
func (s *Service) Read(ctx context.Context, who auth.Actor, order id.ID) (Detail, error) {
	if err := who.Require("orders:read"); err != nil {
		return Detail{}, err
	}
	var d Detail
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		d, err = s.detail(ctx, q, who.Tenant, order)
		return err
	})
	return d, err
}

func (s *Service) detail(ctx context.Context, q db.Reader, t tenant.ID, order id.ID) (d Detail, err error) {
	if d.Order, err = readOrder(ctx, q, t, order); err != nil {
		return d, err
	}
	if d.Lines, err = readLines(ctx, q, t, order); err != nil {
		return d, errs.Wrapf(err, "read lines of order %s", order)
	}
	if d.History, err = readHistory(ctx, q, t, order); err != nil {
		return d, errs.Wrapf(err, "read history of order %s", order)
	}
	d.Paid, err = paid(ctx, q, t, order)
	return d, errs.Wrapf(err, "sum payments of order %s", order)
}

// List reads a page of orders, without lines. Errors: Forbidden without orders:read, Malformed.
func (s *Service) List(ctx context.Context, who auth.Actor, values url.Values, selectable []string) (page.Result[Order], *page.Query, error) {
	return s.list(ctx, who, id.Zero, values, selectable)
}

// ListOfCustomer is List for one customer. Errors: also NotFound for a customer that the actor may not see.
func (s *Service) ListOfCustomer(ctx context.Context, who auth.Actor, customer id.ID, values url.Values, selectable []string) (page.Result[Order], *page.Query, error) {
	if customer.IsZero() {
		return page.Result[Order]{}, nil, errs.Missing()
	}
	return s.list(ctx, who, customer, values, selectable)
}

func (s *Service) list(ctx context.Context, who auth.Actor, customer id.ID, values url.Values, selectable []string) (page.Result[Order], *page.Query, error) {
	if err := who.Require("orders:read"); err != nil {
		return page.Result[Order]{}, nil, err
	}
	var out page.Result[Order]
	var query *page.Query
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		own, err := s.fields.Spec(ctx, q, who.Tenant, field.Orders, "o")
		if err != nil {
			return err
		}
		if query, err = ListSpec().With(own).Parse(values, selectable); err != nil {
			return err
		}
		if !customer.IsZero() {
			if err := s.customers.Require(ctx, q, who, customer); err != nil {
				return err
			}
		}
		only, err := s.found(ctx, q, who.Tenant, query)
		if err != nil {
			return err
		}
		sorted, err := s.fields.Sorted(ctx, q, who.Tenant, field.Orders, query.SortField())
		if err != nil {
			return err
		}
		out, err = listOrders(ctx, q, who.Tenant, query, sorted, customer, only)
		return err
	})
	return out, query, err
}

// found are the orders that the query's words find, newest first and bounded; nil without words.
func (s *Service) found(ctx context.Context, q db.Reader, t tenant.ID, query *page.Query) ([]id.ID, error) {
	if query.Text == "" {
		return nil, nil
	}
	hits, _, err := s.search.Find(ctx, q, t, search.Query{Text: query.Text, Kinds: []search.Kind{search.Order}, Limit: 100, Typo: true})
	ids := make([]id.ID, 0, len(hits))
	for _, h := range hits {
		ids = append(ids, h.Object)
	}
	return ids, err
}

// Change is a partial update; nil leaves a field alone.
type Change struct {
	Number   *string
	Status   *Status
	Customer *id.ID // the zero id makes the order anonymous
	Lines    []Line // nil leaves the lines alone
	Discount *int64 // on the whole order
	Tax      *int64
	PlacedAt *time.Time
	Source   *string
	Fields   map[string]any
}

// historyOnly reports that a change touches nothing but what orders:correct_history allows.
func (c Change) historyOnly() bool {
	c.Status, c.PlacedAt, c.Customer = nil, nil, nil
	return reflect.ValueOf(c).IsZero()
}

// Update changes an order; its totals are computed again. match compares the version that the caller saw; nil takes any.
// orders:update allows everything, orders:correct_history the status, the customer and the date.
// Errors: Forbidden, NotFound, Invalid, Precondition, Conflict.
func (s *Service) Update(ctx context.Context, who auth.Actor, order id.ID, match Match, c Change) (Detail, error) {
	if err := who.Require("orders:read"); err != nil {
		return Detail{}, err
	}
	if !who.Can("orders:update") && (!c.historyOnly() || !who.Can("orders:correct_history")) {
		return Detail{}, errs.Denied("orders:update")
	}
	now := s.clock.Now()
	var d Detail
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		old, err := s.detail(ctx, tx, who.Tenant, order)
		if err != nil {
			return err
		}
		if err := match.check(old.Version); err != nil {
			return err
		}
		d = old
		o := &d.Order
		extraDiscount, extraTax := old.extra()
		changed := apply(o, c, &extraDiscount, &extraTax)
		if c.Customer != nil || c.Lines != nil {
			if err := s.fill(ctx, tx, who, o); err != nil {
				return err
			}
		}
		if c.Fields != nil {
			if o.Fields, err = s.fields.Validate(ctx, tx, who.Tenant, field.Orders, old.Fields, c.Fields); err != nil {
				return err
			}
			changed = append(changed, "fields")
		}
		if len(changed) == 0 {
			return nil
		}
		if err := o.Check(); err != nil {
			return err
		}
		if err := o.Add(extraDiscount, extraTax); err != nil {
			return err
		}
		return s.save(ctx, tx, who, old.Order, &d, changed, c.Lines != nil, now)
	})
	return d, err
}

func (s *Service) save(ctx context.Context, tx db.Tx, who auth.Actor, old Order, d *Detail, changed []string, lines bool, now time.Time) error {
	o := &d.Order
	o.UpdatedAt = now
	if err := updateOrder(ctx, tx, who.Tenant, o); err != nil {
		return err
	}
	if lines {
		if err := replaceLines(ctx, tx, who.Tenant, o); err != nil {
			return err
		}
	}
	if err := s.fields.IndexTx(ctx, tx, who.Tenant, field.Orders, o.ID, old.Fields, o.Fields); err != nil {
		return err
	}
	if err := s.search.Put(ctx, tx, who.Tenant, searchDoc(o)); err != nil {
		return err
	}
	facts := []event.Fact{Updated{Order: o.ID, Customer: o.Customer, Number: o.Number, Fields: changed, Total: money.Of(o.Total, o.Currency)}}
	if o.Status != old.Status {
		step := StatusChange{ID: id.New(now), From: old.Status, To: o.Status, Actor: who.User, At: now}
		if err := insertStatusChange(ctx, tx, who.Tenant, o.ID, step); err != nil {
			return err
		}
		d.History = append(d.History, step)
		facts = append(facts, StatusChanged{Order: o.ID, Customer: o.Customer, Number: o.Number, From: old.Status, To: o.Status})
	}
	return s.events.Record(ctx, tx, who, facts...)
}

// apply writes a change into the order and names what it touched.
func apply(o *Order, c Change, extraDiscount, extraTax *int64) []string {
	var changed []string
	touch := func(name string, differs bool) {
		if differs {
			changed = append(changed, name)
		}
	}
	if c.Number != nil {
		touch("number", *c.Number != o.Number)
		o.Number = strings.TrimSpace(*c.Number)
	}
	if c.Status != nil {
		touch("status", *c.Status != o.Status)
		o.Status = *c.Status
	}
	if c.Customer != nil {
		touch("customerId", *c.Customer != o.Customer)
		o.Customer = *c.Customer
	}
	if c.Lines != nil {
		touch("lines", true)
		o.Lines = c.Lines
	}
	if c.Discount != nil {
		touch("discount", *c.Discount != *extraDiscount)
		*extraDiscount = *c.Discount
	}
	if c.Tax != nil {
		touch("tax", *c.Tax != *extraTax)
		*extraTax = *c.Tax
	}
	if c.PlacedAt != nil {
		touch("placedAt", !c.PlacedAt.Equal(o.PlacedAt))
		o.PlacedAt = *c.PlacedAt
	}
	if c.Source != nil {
		touch("source", *c.Source != o.Source)
		o.Source = *c.Source
	}
	return changed
}

// Delete removes an order with its lines and notes; its transactions stay with the customer.
// Errors: Forbidden without orders:delete, NotFound, Precondition.
func (s *Service) Delete(ctx context.Context, who auth.Actor, order id.ID, match Match) error {
	if err := who.Require("orders:delete"); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		o, err := readOrder(ctx, tx, who.Tenant, order)
		if err != nil {
			return err
		}
		if err := match.check(o.Version); err != nil {
			return err
		}
		if err := s.fields.ForgetTx(ctx, tx, who.Tenant, o.ID); err != nil {
			return err
		}
		if err := s.search.Remove(ctx, tx, who.Tenant, search.Order, o.ID); err != nil {
			return err
		}
		if err := deleteOrder(ctx, tx, who.Tenant, order); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, Deleted{Order: o.ID, Customer: o.Customer, Number: o.Number})
	})
}

// Values tells what customers' orders are worth, by currency, for pages that show many customers.
func (s *Service) Values(ctx context.Context, q db.Reader, t tenant.ID, customers []id.ID) (map[id.ID][]Value, error) {
	return values(ctx, q, t, customers)
}

// BriefsFor reads what others show of orders; foreign and missing ids are left out.
func (s *Service) BriefsFor(ctx context.Context, t tenant.ID, ids []id.ID) (out map[id.ID]Brief, err error) {
	err = s.db.Read(ctx, t, func(ctx context.Context, q db.Reader) error {
		out, err = briefs(ctx, q, t, ids)
		return err
	})
	return out, err
}

// ForgetCustomer makes the orders and transactions of a customer anonymous, in the transaction that deletes them.
func (s *Service) ForgetCustomer(ctx context.Context, tx db.Tx, t tenant.ID, who id.ID) error {
	for _, q := range []string{
		`UPDATE sales_order SET customer_id = NULL, version = version + 1 WHERE tenant_id = $1 AND customer_id = $2`,
		`UPDATE payment_transaction SET customer_id = NULL WHERE tenant_id = $1 AND customer_id = $2`,
	} {
		if _, err := tx.Exec(ctx, q, t, who); err != nil {
			return errs.Wrapf(err, "make orders of customer %s anonymous", who)
		}
	}
	return nil
}

func placed(o *Order) Placed {
	return Placed{
		Order: o.ID, Customer: o.Customer, Number: o.Number, Kind: o.Kind, Status: o.Status,
		Total: money.Of(o.Total, o.Currency), Lines: o.LineCount, At: o.PlacedAt,
	}
}

func searchDoc(o *Order) search.Doc {
	return search.Doc{Kind: search.Order, Object: o.ID, Parent: o.Customer, Title: o.Number, Exact: []string{o.Number}}
}

// nextNumber makes an order number of our own ("TL-1001"). The row is locked until the order is kept,
// which is fine: shops number their own orders, and people create few by hand.
func nextNumber(ctx context.Context, tx db.Tx, t tenant.ID) (string, error) {
	const q = `
		INSERT INTO counter (tenant_id, name, value) VALUES ($1, 'order', 1001)
		ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + 1
		RETURNING value`
	n, err := db.Scalar[int64](ctx, tx, q, t)
	return fmt.Sprintf("TL-%d", n), errs.Wrapf(err, "make an order number")
}
