package importer_test

import (
	"context"
	"errors"
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
	addWorkspace(t, d)
	deps, err := newDeps(d)
	if err != nil {
		t.Fatal(err)
	}
	return &world{deps}
}

func addWorkspace(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO workspace (id, slug, name, currency, timezone, locale, status, settings, created_at, updated_at) VALUES (1, 'acme', 'Acme', 'GBP', 'UTC', 'en', 'active', '{}', 1, 1) ON CONFLICT DO NOTHING`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func newDeps(d *db.DB) (importer.Deps, error) {
	now := clock.System{}
	events := event.NewLog(now, nil, nil)
	index := search.New(now)
	fields, err1 := field.New(field.Deps{DB: d, Clock: now, Events: events, Queue: jobs.New(d, now, slog.New(slog.DiscardHandler), jobs.Options{}), Tables: field.Tables()})
	tags, err2 := tag.New(tag.Deps{DB: d, Clock: now, Events: events, Links: tag.Tables()})
	customers, err3 := customer.New(customer.Deps{DB: d, Clock: now, Events: events, Search: index, Fields: fields, Tags: tags, Staff: noStaff{}})
	products, err4 := catalog.New(catalog.Deps{DB: d, Clock: now, Events: events, Search: index, Fields: fields, Tags: tags})
	orders, err5 := order.New(order.Deps{DB: d, Clock: now, Events: events, Search: index, Fields: fields, Customers: customers, Products: products, Currency: pounds})
	return importer.Deps{DB: d, Customers: customers, Products: products, Orders: orders}, errors.Join(err1, err2, err3, err4, err5)
}
