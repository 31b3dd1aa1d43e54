package app

import (
	"context"
	"fmt"
	"strconv"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/report"
	"github.com/throughlinehq/throughline/internal/tenant"
	"github.com/throughlinehq/throughline/internal/ticket"
)

// worth tells what a customer bought, for customerapi.
type worth struct{ rooms *Rooms }

// CustomerValue gives how many orders there are, and their sum per currency.
func (w worth) CustomerValue(ctx context.Context, t tenant.ID, who id.ID) (orders int64, values []money.Money, err error) {
	err = w.rooms.db.Read(ctx, t, func(ctx context.Context, q db.Reader) error {
		by, err := w.rooms.Orders.Values(ctx, q, t, []id.ID{who})
		if err != nil {
			return err
		}
		orders, values = 0, nil
		for _, v := range by[who] {
			orders += v.Orders
			values = append(values, money.Of(v.Total, v.Currency))
		}
		return nil
	})
	return orders, values, err
}

// sight tells the journey which tickets somebody may see who may not see all.
type sight struct{}

// VisibleTickets asks the ticket room about each, of which a page of the journey names few.
func (sight) VisibleTickets(ctx context.Context, q db.Reader, who auth.Actor, tickets []id.ID) (map[id.ID]bool, error) {
	out := make(map[id.ID]bool, len(tickets))
	for _, k := range tickets {
		err := ticket.Require(ctx, q, who, k)
		if err != nil && !errs.Has(err, errs.NotFound) && !errs.Has(err, errs.Forbidden) {
			return nil, err
		}
		out[k] = err == nil
	}
	return out, nil
}

// shows tells the search how objects look to somebody, leaving out what they may not see.
func (r *Rooms) shows() map[search.Kind]report.Show {
	return map[search.Kind]report.Show{
		search.Customer: r.showCustomers, search.Order: r.showOrders, search.Product: r.showProducts,
		search.Ticket: r.showTickets, search.Message: r.showMessages,
	}
}

func (r *Rooms) showCustomers(ctx context.Context, who auth.Actor, ids []id.ID) (map[id.ID]report.Shown, error) {
	out := map[id.ID]report.Shown{}
	err := r.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		all, err := customer.Briefs(ctx, q, who.Tenant, ids)
		if err != nil {
			return err
		}
		for key, b := range all {
			if !b.SeenBy(who) {
				continue
			}
			out[key] = report.Shown{ID: key, Title: b.Name, Subtitle: b.Email}
		}
		return nil
	})
	return out, err
}

func (r *Rooms) showOrders(ctx context.Context, who auth.Actor, ids []id.ID) (map[id.ID]report.Shown, error) {
	if !who.Can("orders:read") {
		return nil, nil // they may see none
	}
	all, err := r.Orders.BriefsFor(ctx, who.Tenant, ids)
	out := make(map[id.ID]report.Shown, len(all))
	for key, b := range all {
		out[key] = report.Shown{ID: key, Title: b.Number, Subtitle: string(b.Status)}
	}
	return out, err
}

func (r *Rooms) showProducts(ctx context.Context, who auth.Actor, ids []id.ID) (map[id.ID]report.Shown, error) {
	if !who.Can("products:read") {
		return nil, nil // they may see none
	}
	all, err := r.Catalog.BriefsFor(ctx, who.Tenant, ids)
	out := make(map[id.ID]report.Shown, len(all))
	for key, b := range all {
		out[key] = report.Shown{ID: key, Title: b.Title, Subtitle: b.SKU}
	}
	return out, err
}

func (r *Rooms) showTickets(ctx context.Context, who auth.Actor, ids []id.ID) (map[id.ID]report.Shown, error) {
	found, err := r.Tickets.FoundTickets(ctx, who, ids)
	out := make(map[id.ID]report.Shown, len(found))
	for _, f := range found {
		out[f.Ticket] = report.Shown{ID: f.Ticket, Title: f.Title, Subtitle: "#" + strconv.FormatInt(f.Number, 10)}
	}
	return out, err
}

// showMessages leads to the tickets that the messages belong to.
func (r *Rooms) showMessages(ctx context.Context, who auth.Actor, ids []id.ID) (map[id.ID]report.Shown, error) {
	found, err := r.Tickets.FoundMessages(ctx, who, ids)
	out := make(map[id.ID]report.Shown, len(found))
	for _, f := range found {
		out[f.Message] = report.Shown{ID: f.Ticket, Title: fmt.Sprintf("#%d %s", f.Number, f.Title), Subtitle: f.Preview}
	}
	return out, err
}
