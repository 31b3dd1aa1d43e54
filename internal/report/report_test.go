package report_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/report"
)

// world is two workspaces with the same rows: a user, a customer, tickets, products and orders.
func world(t *testing.T, d *db.DB) (*report.Service, id.ID) {
	t.Helper()
	shows := map[search.Kind]report.Show{}
	for _, k := range search.Kinds() {
		shows[k] = func(context.Context, auth.Actor, []id.ID) (map[id.ID]report.Shown, error) { return nil, nil }
	}
	s, err := report.New(report.Deps{DB: d, Index: search.New(clock.System{}), Shows: shows})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var ada id.ID
	for n := range 2 {
		ws := id.Workspace(n + 1)
		err := d.Write(t.Context(), ws, func(ctx context.Context, tx db.Tx) error {
			exec := func(q string, args ...any) {
				if _, err := tx.Exec(ctx, q, args...); err != nil {
					t.Fatalf("%s: %v", q, err)
				}
			}
			role, user, customer := id.New(now), id.New(now), id.New(now)
			if n == 0 {
				ada = customer
			}
			exec(`INSERT INTO workspace (id, slug, name, currency, timezone, locale, status, settings, created_at, updated_at) VALUES ($1, $2, 'Acme', 'GBP', 'UTC', 'en', 'active', '{}', 1, 1)`, ws, fmt.Sprint("w", n))
			exec(`INSERT INTO role (tenant_id, id, key, name, description, built_in, created_at, updated_at) VALUES ($1, $2, 'agent', 'Agent', '', TRUE, 1, 1)`, ws, role)
			exec(`INSERT INTO staff_user (tenant_id, id, email, name, password_hash, role_id, status, available, preferences, password_changed_at, created_at, updated_at)
				VALUES ($1, $2, 'sam@example.com', 'Sam', '', $3, 'approved', TRUE, '{}', 1, 1, 1)`, ws, user, role)
			exec(`INSERT INTO customer (tenant_id, id, kind, status, first_name, last_name, company, name_key, name_made_up, address, country, level, fields, source, version, created_at, updated_at)
				VALUES ($1, $2, 'person', 'customer', 'Ada', 'Byron', '', '', FALSE, '{}', '', '', '{}', '', 1, 1, 1)`, ws, customer)
			for i := range 5 {
				var assignee, waiting any
				if i < 3 {
					assignee = user
				}
				if i > 0 {
					waiting = int64(1000 - i)
				}
				exec(`INSERT INTO ticket (tenant_id, id, number, title, status, is_open, priority, type, category, channel, customer_id, assignee_id, message_count, preview, last_message_at,
					last_author_kind, waiting_since, fields, version, activity_at, created_at, updated_at)
					VALUES ($1, $2, $3, $4, 'open', TRUE, $5, '', '', 'phone', $6, $7, 1, '', 1, 'customer', $8, '{}', 1, $9, 1, 1)`,
					ws, id.New(now), i+1, fmt.Sprint("T", i+1), i%4+1, customer, assignee, waiting, i)
			}
			order := id.New(now)
			exec(`INSERT INTO sales_order (tenant_id, id, number, kind, status, customer_id, currency, subtotal, discount, tax, total, line_count, placed_at, source, fields, version, created_at, updated_at)
				VALUES ($1, $2, 'A', 'sale', 'paid', NULL, 'GBP', 0, 0, 0, 0, 3, $3, '', '{}', 1, 1, 1)`, ws, order, db.Micros(now))
			mine := id.New(now)
			exec(`INSERT INTO sales_order (tenant_id, id, number, kind, status, customer_id, currency, subtotal, discount, tax, total, line_count, placed_at, source, fields, version, created_at, updated_at)
				VALUES ($1, $2, 'B', 'sale', 'paid', $4, 'GBP', 0, 0, 0, 0, 1, $3, '', '{}', 1, 1, 1)`, ws, mine, db.Micros(now.AddDate(-1, 0, 0)), customer)
			for i := range 4 {
				p := id.New(now)
				rating := 4.5
				if i == 3 {
					rating = 2
				}
				exec(`INSERT INTO product (tenant_id, id, sku, title, title_key, description, status, price, currency, inventory, rating, rating_count, fields, version, created_at, updated_at)
					VALUES ($1, $2, $3, $3, $3, '', 'active', 100, 'GBP', $4, $5, 1, '{}', 1, 1, 1)`, ws, p, fmt.Sprint("P", i), 10-i, rating)
				exec(`INSERT INTO order_line (tenant_id, order_id, position, product_id, sku, title, quantity, unit_price, discount, tax, total) VALUES ($1, $2, $3, $4, '', 'x', $5, 0, 0, 0, 0)`, ws, order, i, p, i+1)
				if i == 2 {
					exec(`INSERT INTO order_line (tenant_id, order_id, position, product_id, sku, title, quantity, unit_price, discount, tax, total) VALUES ($1, $2, 0, $3, '', 'x', 1, 0, 0, 0, 0)`, ws, mine, p)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s, ada
}

func TestTheDashboardShowsOneWorkspaceAtAGlance(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := world(t, d)
		if err := s.RefreshSales(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		got, err := s.Dashboard(t.Context(), auth.System(1, "test"))
		if err != nil {
			t.Fatal(err)
		}
		if c := got.Tickets; c.Open != 5 || c.Unassigned != 2 || c.Urgent != 3 {
			t.Errorf("counts %+v", c)
		}
		if len(got.Waiting) != 4 || got.Waiting[0].Title != "T5" || got.Waiting[0].Customer != "Ada Byron" {
			t.Errorf("waiting %+v", got.Waiting)
		}
		if len(got.Urgent) != 3 || got.Urgent[0].Title != "T5" {
			t.Errorf("urgent %+v", got.Urgent)
		}
		if len(got.Load) != 1 || got.Load[0].Open != 3 {
			t.Errorf("load %+v", got.Load)
		}
		if len(got.Orders) != 2 || got.Orders[0].Number != "A" || len(got.Lowest) != 4 || got.Lowest[0].SKU != "P3" {
			t.Errorf("orders %+v, lowest %+v", got.Orders, got.Lowest)
		}
		var top []string
		for _, p := range got.Top {
			top = append(top, fmt.Sprint(p.SKU, ":", p.Sold))
		}
		if strings.Join(top, " ") != "P2:3 P1:2 P0:1" {
			t.Errorf("best sold %v", top)
		}
	})
}

func TestUpsellLeavesOutWhatTheCustomerHas(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada := world(t, d)
		for range 2 { // working it out again changes nothing
			if err := s.RefreshSales(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Upsell(t.Context(), auth.System(1, "test"), ada, 10)
		if err != nil || len(got) != 2 || got[0].SKU != "P1" || got[1].SKU != "P0" {
			t.Errorf("got %+v (%v)", got, err)
		}
	})
}

func TestTheDashboardNeedsItsPermission(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := world(t, d)
		if _, err := s.Dashboard(t.Context(), auth.NewActor(1, id.Zero, "agent", auth.PermissionSet("tickets:read_all"))); !errs.Has(err, errs.Forbidden) {
			t.Errorf("got %v", err)
		}
	})
}
