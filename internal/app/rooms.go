package app

import (
	"context"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/catalog"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/job"
	"github.com/throughlinehq/throughline/internal/media"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/outbox"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/report"
	"github.com/throughlinehq/throughline/internal/seed"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
	"github.com/throughlinehq/throughline/internal/ticket"
)

// Rooms are all rooms, built.
type Rooms struct {
	Audit     *audit.Log
	Tenants   *tenant.Service
	Outbox    *outbox.Service
	Auth      *auth.Service
	Jobs      *job.Service
	Fields    *field.Service
	Tags      *tag.Service
	Media     *media.Service
	Customers *customer.Service
	Catalog   *catalog.Service
	Orders    *order.Service
	Tickets   *ticket.Service
	Report    *report.Service
	Journey   *customer.Journey
	Samples   *seed.Service

	db *db.DB
}

// newRooms builds the rooms from the lowest floor up.
func newRooms(p *Platform) (*Rooms, error) {
	r := &Rooms{db: p.DB}
	for _, step := range []func(*Platform) error{r.people, r.records, r.money, r.talk} {
		if err := step(p); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// people is floor 2.
func (r *Rooms) people(p *Platform) (err error) {
	if r.Audit, err = audit.New(audit.Deps{DB: p.DB, Clock: p.Clock, Limits: p.Gate}); err != nil {
		return err
	}
	r.Tenants, err = tenant.New(tenant.Deps{DB: p.DB, Clock: p.Clock, Audit: r.Audit, Event: p.Events, Label: p.Config.WorkspaceLabel, Changed: p.workspacesChanged})
	if err != nil {
		return err
	}
	r.Outbox, err = outbox.New(outbox.Deps{
		DB: p.DB, Clock: p.Clock, Queue: p.Queue, Sender: p.Mailer, Audit: r.Audit, From: p.Config.MailFrom,
	})
	if err != nil {
		return err
	}
	r.Tags, err = tag.New(tag.Deps{DB: p.DB, Clock: p.Clock, Events: p.Events, Links: tag.Tables()})
	if err != nil {
		return err
	}
	r.Fields, err = field.New(field.Deps{DB: p.DB, Clock: p.Clock, Events: p.Events, Queue: p.Queue, Tables: field.Tables(), Changed: p.fieldsChanged})
	if err != nil {
		return err
	}
	r.Auth, err = auth.New(auth.Deps{
		DB: p.DB, Clock: p.Clock, Log: p.Log, Events: p.Events, Audit: r.Audit, Tenants: r.Tenants, Outbox: r.Outbox,
		Queue: p.Queue, Keys: p.Keys, Limits: p.Gate, Provision: []auth.Provisioner{r.Tags}, SampleData: seed.Provision{Queue: p.Queue},
		Changed: p.peopleChanged, Hears: p.hears,
		Options: auth.Options{
			BaseURL: p.Config.BaseURL, SessionLifetime: p.Config.SessionLifetime, AccessLifetime: p.Config.AccessLifetime,
			SignInLimit: p.Config.SignInLimit,
		},
	})
	if err != nil {
		return err
	}
	r.Jobs, err = job.New(job.Deps{DB: p.DB, Queue: p.Queue, Audit: r.Audit})
	return err
}

// records is floor 3.
func (r *Rooms) records(p *Platform) (err error) {
	r.Media, err = media.New(media.Deps{
		DB: p.DB, Clock: p.Clock, Blobs: p.Blobs, Queue: p.Queue, Log: p.Log, Owners: []media.Owner{ticket.Files{}},
		MaxSize: int64(p.Config.MaxUpload),
	})
	if err != nil {
		return err
	}
	r.Customers, err = customer.New(customer.Deps{
		DB: p.DB, Clock: p.Clock, Events: p.Events, Search: p.Search, Fields: r.Fields, Tags: r.Tags,
		Staff: r.Auth.Directory(),
		Owners: []customer.Owner{
			customer.Owns(event.ForgetCustomer, "event"),
			// The rooms above are built later; customers are deleted later still.
			customer.Owns(func(ctx context.Context, tx db.Tx, t tenant.ID, who id.ID) error {
				return r.Orders.ForgetCustomer(ctx, tx, t, who)
			}, "sales_order", "payment_transaction"),
			customer.Owns(func(ctx context.Context, tx db.Tx, t tenant.ID, who id.ID) error {
				return r.Tickets.ForgetCustomer(ctx, tx, t, who)
			}, (*ticket.Service)(nil).CustomerTables()...),
		},
	})
	if err != nil {
		return err
	}
	r.Journey, err = customer.NewJourney(customer.JourneyDeps{DB: p.DB, Staff: r.Auth.Directory(), Sight: sight{}})
	if err != nil {
		return err
	}
	r.Catalog, err = catalog.New(catalog.Deps{DB: p.DB, Clock: p.Clock, Events: p.Events, Search: p.Search, Fields: r.Fields, Tags: r.Tags})
	return err
}

// money is floor 4.
func (r *Rooms) money(p *Platform) (err error) {
	r.Orders, err = order.New(order.Deps{
		DB: p.DB, Clock: p.Clock, Events: p.Events, Search: p.Search, Fields: r.Fields, Customers: r.Customers, Products: r.Catalog,
		Currency: func(ctx context.Context, t tenant.ID) (money.Currency, error) {
			w, err := r.Tenants.Read(ctx, t)
			return money.Currency(w.Currency), err
		},
	})
	return err
}

// talk is floor 5 and what reads across.
func (r *Rooms) talk(p *Platform) (err error) {
	r.Tickets, err = ticket.New(ticket.Deps{
		DB: p.DB, Clock: p.Clock, Events: p.Events, Queue: p.Queue, Search: p.Search, Fields: r.Fields,
		Files: r.Media, Tags: r.Tags, Customers: r.Customers,
	})
	if err != nil {
		return err
	}
	r.Report, err = report.New(report.Deps{DB: p.DB, Index: p.Search, Shows: r.shows()})
	if err != nil {
		return err
	}
	r.Samples, err = seed.New(seed.Deps{
		DB: p.DB, Clock: p.Clock, Queue: p.Queue, Events: p.Events, Tenants: r.Tenants, Staff: r.Auth, Fields: r.Fields, Tags: r.Tags, Customers: r.Customers,
		Products: r.Catalog, Orders: r.Orders, Tickets: r.Tickets,
	})
	return err
}
