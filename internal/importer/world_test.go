package importer_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/throughlinehq/throughline/internal/catalog"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/importer"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// world is workspace 1 and the rooms that an import writes through.
type world struct{ deps importer.Deps }

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
	now := clock.System{}
	events := event.NewLog(now, nil, nil)
	index := search.New(now)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO workspace (id, slug, name, currency, timezone, locale, status, settings, created_at, updated_at) VALUES (1, 'acme', 'Acme', 'GBP', 'UTC', 'en', 'active', '{}', 1, 1)`)
		return err
	}))
	fields, err := field.New(field.Deps{DB: d, Clock: now, Events: events, Queue: jobs.New(d, now, slog.New(slog.DiscardHandler), jobs.Options{}), Tables: field.Tables()})
	must(err)
	tags, err := tag.New(tag.Deps{DB: d, Clock: now, Events: events, Links: tag.Tables()})
	must(err)
	customers, err := customer.New(customer.Deps{DB: d, Clock: now, Events: events, Search: index, Fields: fields, Tags: tags, Staff: noStaff{}})
	must(err)
	products, err := catalog.New(catalog.Deps{DB: d, Clock: now, Events: events, Search: index, Fields: fields, Tags: tags})
	must(err)
	orders, err := order.New(order.Deps{DB: d, Clock: now, Events: events, Search: index, Fields: fields, Customers: customers, Products: products, Currency: pounds})
	must(err)
	return &world{importer.Deps{DB: d, Customers: customers, Products: products, Orders: orders}}
}
