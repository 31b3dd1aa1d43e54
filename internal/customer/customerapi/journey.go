package customerapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

type journeyInput struct {
	httpx.ListInput
	ID id.ID `path:"id" doc:"Customer"`
}

func (h *api) registerJourney(a *httpx.API) {
	httpx.Register(a, httpx.GET("/customers/{id}/journey"), httpx.Doc{
		ID: "get-customer-journey", Tag: group, Summary: "Read a customer's journey", Permission: "customers:read",
		Description: "Everything that happened to the customer, newest first by when it happened. kind takes kinds, families such as order.*, and the groups notes, orders, profile, tickets. " +
			"What the reader may not see is left out, so a page may be shorter than its limit while page.next is set.",
		Filters: customer.JourneySpec().Names(), Sorts: []string{"-occurredAt"}, Errors: []errs.Kind{errs.NotFound, errs.Malformed},
	}, func(ctx context.Context, in *journeyInput) (*httpx.List[Moment], error) {
		r, q, err := h.journey.Read(ctx, auth.ActorFrom(ctx), in.ID, in.Values())
		if err != nil {
			return nil, err
		}
		return httpx.MapList(r, q, showMoment), nil
	})
}
