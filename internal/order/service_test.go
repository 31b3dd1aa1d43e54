package order_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/catalog"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// world is two workspaces with one customer each, and the rooms over one database.
type world struct {
	d         *db.DB
	clock     *clock.Fake
	fields    *field.Service
	customers *customer.Service
	products  *catalog.Service
	orders    *order.Service
	boss      auth.Actor // of workspace 1, may do everything
	ada       id.ID      // customer of workspace 1
	neighbour auth.Actor // of workspace 2
	stranger  id.ID      // customer of workspace 2
}

func pounds(context.Context, tenant.ID) (money.Currency, error) { return "GBP", nil }

type noStaff struct{}

func (noStaff) Names(context.Context, tenant.ID, ...id.ID) (map[id.ID]string, error) {
	return map[id.ID]string{}, nil
}

func (noStaff) UserExists(context.Context, db.Reader, tenant.ID, id.ID) (bool, error) {
	return false, nil
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{d: d, clock: clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	events := event.NewLog(w.clock, nil, nil)
	queue := jobs.New(d, w.clock, slog.New(slog.DiscardHandler), jobs.Options{})
	index := search.New(w.clock)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range 2 {
		must(d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO workspace (id, slug, name, currency, timezone, locale, status, settings, created_at, updated_at) VALUES ($1, $2, 'Acme', 'GBP', 'UTC', 'en', 'active', '{}', 1, 1)`, n+1, fmt.Sprint("acme", n+1))
			return err
		}))
	}
	var err error
	w.fields, err = field.New(field.Deps{DB: d, Clock: w.clock, Events: events, Queue: queue, Tables: field.Tables()})
	must(err)
	tags, err := tag.New(tag.Deps{DB: d, Clock: w.clock, Events: events, Links: tag.Tables()})
	must(err)
	w.customers, err = customer.New(customer.Deps{DB: d, Clock: w.clock, Events: events, Search: index, Fields: w.fields, Tags: tags, Staff: noStaff{}})
	must(err)
	w.products, err = catalog.New(catalog.Deps{DB: d, Clock: w.clock, Events: events, Search: index, Fields: w.fields, Tags: tags})
	must(err)
	w.orders, err = order.New(order.Deps{DB: d, Clock: w.clock, Events: events, Search: index, Fields: w.fields, Customers: w.customers, Products: w.products, Currency: pounds})
	must(err)
	w.boss, w.neighbour = auth.System(1, "boss"), auth.System(2, "boss")
	w.ada, w.stranger = w.newCustomer(t, w.boss), w.newCustomer(t, w.neighbour)
	return w
}

func (w *world) newCustomer(t *testing.T, who auth.Actor) (out id.ID) {
	t.Helper()
	err := w.d.Write(t.Context(), who.Tenant, func(ctx context.Context, tx db.Tx) error {
		r, err := w.customers.PutMany(ctx, tx, who, "test", []customer.Put{{System: "test", Key: "1", FirstName: "Ada", LastName: "Byron", Status: customer.Active}})
		if err == nil {
			out = r[0].ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sale(who id.ID, number string, lines ...order.Line) order.Draft {
	if len(lines) == 0 {
		lines = []order.Line{{SKU: "A1", Title: "Lamp", Quantity: 3, UnitPrice: 2_550_000, Tax: 10}}
	}
	return order.Draft{Number: number, Kind: order.Sale, Status: order.Paid, Customer: who, Currency: "GBP", Lines: lines}
}

func TestAnOrderKeepsItsTotalsAndHistory(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		d1, err := w.orders.Create(ctx, w.boss, sale(w.ada, "W-1"))
		if err != nil {
			t.Fatal(err)
		}
		if d1.Subtotal != 765 || d1.Total != 775 || len(d1.History) != 1 {
			t.Errorf("got %+v", d1)
		}
		status, discount := order.Shipped, int64(75)
		d2, err := w.orders.Update(ctx, w.boss, d1.ID, nil, order.Change{Status: &status, Discount: &discount})
		if err != nil || d2.Total != 700 || d2.Version != 2 {
			t.Fatalf("got total %d version %d (%v)", d2.Total, d2.Version, err)
		}
		read, err := w.orders.Read(ctx, w.boss, d1.ID)
		if err != nil || read.Total != 700 || len(read.History) != 2 || read.History[1].From != order.Paid || len(read.Lines) != 1 || read.Lines[0].Total != 775 {
			t.Errorf("read %+v (%v)", read, err)
		}
		_, err = w.orders.Create(ctx, w.boss, sale(w.ada, "W-1"))
		if !errs.Has(err, errs.Conflict) {
			t.Errorf("a taken number gave %v", err)
		}
	})
}

func TestAForeignCustomerOrProductIsRefusedByField(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, err := w.orders.Create(t.Context(), w.boss, sale(w.stranger, "W-1"))
		if !errs.Has(err, errs.Invalid) || !strings.Contains(err.Error(), "customerId") {
			t.Errorf("foreign customer gave %v", err)
		}
		p, err := w.products.Create(t.Context(), w.neighbour, catalog.Product{SKU: "N1", Title: "Theirs", Price: money.Of(100, "GBP")}, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.orders.Create(t.Context(), w.boss, sale(w.ada, "W-1", order.Line{Product: p.ID, Quantity: 1, UnitPrice: 1}))
		if !errs.Has(err, errs.Invalid) || !strings.Contains(err.Error(), "lines[0].productId") {
			t.Errorf("foreign product gave %v", err)
		}
	})
}

func TestANeighboursOrderIsMissing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o, err := w.orders.Create(t.Context(), w.neighbour, sale(w.stranger, "W-1"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.orders.Read(t.Context(), w.boss, o.ID); !errs.Has(err, errs.NotFound) {
			t.Errorf("read gave %v", err)
		}
		status := order.Cancelled
		if _, err := w.orders.Update(t.Context(), w.boss, o.ID, nil, order.Change{Status: &status}); !errs.Has(err, errs.NotFound) {
			t.Errorf("update gave %v", err)
		}
		if err := w.orders.Delete(t.Context(), w.boss, o.ID, nil); !errs.Has(err, errs.NotFound) {
			t.Errorf("delete gave %v", err)
		}
		if _, err := w.orders.AddNote(t.Context(), w.boss, o.ID, "x"); !errs.Has(err, errs.NotFound) {
			t.Errorf("note gave %v", err)
		}
		if got, err := w.orders.Read(t.Context(), w.neighbour, o.ID); err != nil || got.Status != order.Paid || got.Version != 1 {
			t.Errorf("the neighbour's order became %+v (%v)", got.Order, err)
		}
	})
}

func TestCorrectingHistoryNeedsOnlyItsOwnPermission(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o, err := w.orders.Create(t.Context(), w.boss, sale(w.ada, "W-1"))
		if err != nil {
			t.Fatal(err)
		}
		manager := auth.NewActor(1, id.Zero, "manager", auth.PermissionSet("orders:read", "orders:correct_history", "customers:read_all"))
		status, number := order.Completed, "W-2"
		if _, err := w.orders.Update(t.Context(), manager, o.ID, nil, order.Change{Status: &status}); err != nil {
			t.Errorf("status: %v", err)
		}
		if _, err := w.orders.Update(t.Context(), manager, o.ID, nil, order.Change{Number: &number}); !errs.Has(err, errs.Forbidden) {
			t.Errorf("number: %v", err)
		}
		agent := auth.NewActor(1, id.Zero, "agent", auth.PermissionSet("orders:read"))
		if _, err := w.orders.Update(t.Context(), agent, o.ID, nil, order.Change{Status: &status}); !errs.Has(err, errs.Forbidden) {
			t.Errorf("agent: %v", err)
		}
	})
}

func TestRefundsNeverExceedPaymentsHoweverManyComeAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o, err := w.orders.Create(t.Context(), w.boss, sale(w.ada, "W-1"))
		if err != nil {
			t.Fatal(err)
		}
		pay := order.Transaction{Order: o.ID, Kind: order.Payment, Amount: money.Of(775, "GBP"), Method: "card"}
		if _, err := w.orders.RecordTransaction(t.Context(), w.boss, pay); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		done := 0
		for range 8 {
			wg.Go(func() {
				_, err := w.orders.RecordTransaction(t.Context(), w.boss, order.Transaction{Order: o.ID, Kind: order.Refund, Amount: money.Of(300, "GBP"), Method: "card"})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					done++
				} else if !errs.Has(err, errs.Conflict) {
					t.Errorf("refund: %v", err)
				}
			})
		}
		wg.Wait()
		if got, err := w.orders.Read(t.Context(), w.boss, o.ID); err != nil || done != 2 || got.Paid != 175 {
			t.Errorf("%d refunds went through, %d left (%v)", done, got.Paid, err)
		}
	})
}

func TestPagesGoThroughAllOrdersOnceAndFilter(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i := range 7 {
			dr := sale(w.ada, fmt.Sprint("W-", i))
			dr.PlacedAt = w.clock.Now().Add(time.Duration(i/2) * time.Hour) // ties on purpose
			if i == 3 {
				dr.Customer = id.Zero
			}
			if _, err := w.orders.Create(t.Context(), w.boss, dr); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			query string
			want  int
		}{{"limit=2", 7}, {"limit=3&sort=placedAt", 7}, {"limit=2&customerId=none", 1}, {"limit=2&status=paid&status=shipped", 7}, {"limit=2&kind=return", 0}, {"limit=2&q=W-5", 1}} {
			seen := map[string]bool{}
			cursor := ""
			for range 10 {
				v, _ := url.ParseQuery(c.query)
				if cursor != "" {
					v.Set("cursor", cursor)
				}
				p, _, err := w.orders.List(t.Context(), w.boss, v, nil)
				if err != nil {
					t.Fatalf("%s: %v", c.query, err)
				}
				for _, o := range p.Data {
					if seen[o.Number] {
						t.Errorf("%s: %s came twice", c.query, o.Number)
					}
					seen[o.Number] = true
				}
				if cursor = p.Next; cursor == "" {
					break
				}
			}
			if len(seen) != c.want {
				t.Errorf("%s: saw %d orders, want %d", c.query, len(seen), c.want)
			}
		}
		for _, bad := range []string{"nope=1", "sort=total", "limit=0", "limit=201", "cursor=abc", "status=lost", "placedAt[gt]=yesterday", "limit=1&limit=2"} {
			v, _ := url.ParseQuery(bad)
			if _, _, err := w.orders.List(t.Context(), w.boss, v, nil); !errs.Has(err, errs.Malformed) {
				t.Errorf("%s gave %v", bad, err)
			}
		}
	})
}

func TestForgettingACustomerKeepsTheirOrdersAsAnonymous(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o, err := w.orders.Create(t.Context(), w.boss, sale(w.ada, "W-1"))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
			return w.orders.ForgetCustomer(ctx, tx, 1, w.ada)
		}); err != nil {
			t.Fatal(err)
		}
		if got, err := w.orders.Read(t.Context(), w.boss, o.ID); err != nil || !got.Customer.IsZero() || got.Total != 775 {
			t.Errorf("got %+v (%v)", got.Order, err)
		}
	})
}

func TestTheJourneyShowsAnOrderAtItsOwnDate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		dr := sale(w.ada, "W-1")
		dr.PlacedAt = time.Date(2010, 12, 1, 8, 26, 0, 0, time.UTC)
		if _, err := w.orders.Create(t.Context(), w.boss, dr); err != nil {
			t.Fatal(err)
		}
		err := d.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) error {
			got, err := event.Journey(ctx, q, 1, w.ada, event.Scope{Kinds: []string{"order.placed"}}, time.Time{}, id.Zero, 10)
			if err != nil || len(got) != 1 || !got[0].OccurredAt.Equal(dr.PlacedAt) || !got[0].RecordedAt.Equal(w.clock.Now()) {
				t.Errorf("got %v (%v)", got, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
