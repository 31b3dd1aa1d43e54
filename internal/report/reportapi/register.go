// Package reportapi is the wire of the dashboard, of the search over everything and of upsell suggestions.
package reportapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/report"
)

type api struct {
	reports   *report.Service
	customers *customer.Service
}

// Register adds the operations.
func Register(mux *httpx.API, reports *report.Service, customers *customer.Service) {
	a := &api{reports, customers}
	httpx.Register(mux, httpx.GET("/dashboard"), httpx.Doc{
		ID: "read-dashboard", Tag: "Insight", Summary: "Read the dashboard", Permission: "dashboard:read",
		Description: "The state of the whole workspace at a glance. Parts that the role may not see are empty; counts stop at 1000.",
	}, a.dashboard)
	httpx.Register(mux, httpx.GET("/search"), httpx.Doc{
		ID: "search", Tag: "Insight", Summary: "Search everything",
		Description: "Customers, orders, products, tickets and messages that one may see. The last word may be unfinished; names, addresses and numbers forgive a typing mistake.",
		Errors:      []errs.Kind{errs.Malformed},
	}, a.search)
	httpx.Register(mux, httpx.GET("/products/upsell"), httpx.Doc{
		ID: "list-upsell-products", Tag: "Products", Summary: "Suggest products for an upsell", Permission: "products:read",
		Description: "Best sold in the last 90 days, rated 4 or better, in stock, and not yet bought by the customer.", Errors: []errs.Kind{errs.NotFound},
	}, a.upsell)
}

type dashboardOutput struct{ Body dashboard }

func (a *api) dashboard(ctx context.Context, _ *struct{}) (*dashboardOutput, error) {
	d, err := a.reports.Dashboard(ctx, auth.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	return &dashboardOutput{Body: showDashboard(d)}, nil
}

type searchInput struct {
	Q     string   `query:"q" required:"true" maxLength:"200" doc:"Words to search for" example:"Ada"`
	Kind  []string `query:"kind,explode" enum:"customer,order,product,ticket,message" nullable:"false" doc:"Only these kinds; repeat for more"`
	Limit int      `query:"limit" minimum:"1" maximum:"50" default:"20" doc:"Most results" example:"20"`
}

type searchHit struct {
	Kind     string `json:"kind" enum:"customer,order,product,ticket,message" example:"customer"`
	ID       id.ID  `json:"id" doc:"The object; for a message, its ticket"`
	Title    string `json:"title" example:"Ada Byron"`
	Subtitle string `json:"subtitle" example:"ada@example.com"`
}

func (a *api) search(ctx context.Context, in *searchInput) (*httpx.List[searchHit], error) {
	var kinds []search.Kind
	for _, k := range in.Kind {
		kinds = append(kinds, search.Kind(k))
	}
	found, err := a.reports.Search(ctx, auth.ActorFrom(ctx), in.Q, kinds, in.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]searchHit, len(found))
	for i, f := range found {
		out[i] = searchHit{Kind: string(f.Kind), ID: f.ID, Title: f.Title, Subtitle: f.Subtitle}
	}
	return httpx.All(out), nil
}

type upsellInput struct {
	CustomerID id.ID `query:"customerId" doc:"Whom to suggest for; the best sold of all when left out"`
	Limit      int   `query:"limit" minimum:"1" maximum:"50" default:"10" doc:"Most suggestions" example:"10"`
}

func (a *api) upsell(ctx context.Context, in *upsellInput) (*httpx.List[product], error) {
	who := auth.ActorFrom(ctx)
	if !in.CustomerID.IsZero() {
		if err := a.customers.Visible(ctx, who, in.CustomerID); err != nil {
			return nil, err
		}
	}
	items, err := a.reports.Upsell(ctx, who, in.CustomerID, in.Limit)
	if err != nil {
		return nil, err
	}
	return httpx.All(showProducts(items)), nil
}
