package customerapi

import (
	"context"
	"errors"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/money"
)

func (h *api) registerCustomers(a *httpx.API) {
	httpx.Register(a, httpx.GET("/customers"), httpx.Doc{
		ID: "list-customers", Tag: group, Summary: "List customers", Permission: "customers:read",
		Description: "Custom fields filter as field.<key>. q searches names, e-mail addresses, phone numbers, company and order number, and forgives a typing mistake; its order is that of search.",
		Filters:     append(customer.Spec().Names(), "field.<key>"), Sorts: []string{"updatedAt", "createdAt", "name", "field.<key>"},
		Errors: []errs.Kind{errs.Malformed},
	}, h.list)
	httpx.Register(a, httpx.POST("/customers"), httpx.Doc{
		ID: "create-customer", Tag: group, Summary: "Create a customer", Permission: "customers:create", Creates: true,
		Description: "Answers 409 with code identity_taken when another customer is already known by the e-mail address, phone number or other identity.",
		Errors:      []errs.Kind{errs.Invalid, errs.Conflict},
	}, h.create)
	httpx.Register(a, httpx.GET("/customers/{id}"), httpx.Doc{
		ID: "get-customer", Tag: group, Summary: "Read a customer", Permission: "customers:read", Errors: []errs.Kind{errs.NotFound},
	}, h.read)
	httpx.Register(a, httpx.PATCH("/customers/{id}"), httpx.Doc{
		ID: "update-customer", Tag: group, Summary: "Change a customer", Permission: "customers:update",
		Description: "Only the fields that are sent change; null clears.",
		Errors:      []errs.Kind{errs.NotFound, errs.Invalid, errs.Conflict, errs.Precondition},
	}, h.update)
	httpx.Register(a, httpx.PUT("/customers/{id}"), httpx.Doc{
		ID: "put-customer", Tag: group, Summary: "Change a customer (as PATCH)", Permission: "customers:update",
		Errors: []errs.Kind{errs.NotFound, errs.Invalid, errs.Conflict, errs.Precondition},
	}, h.update)
	httpx.Register(a, httpx.DELETE("/customers/{id}"), httpx.Doc{
		ID: "delete-customer", Tag: group, Summary: "Delete a customer", Permission: "customers:delete",
		Description: "Orders stay without a customer; notes and everything that tells of the person go.",
		Errors:      []errs.Kind{errs.NotFound, errs.Precondition},
	}, h.remove)
	httpx.Register(a, httpx.PATCH("/customers/batch"), httpx.Doc{
		ID: "update-customers", Tag: group, Summary: "Change many customers", Permission: "customers:update",
		Description: "Each item is applied as a whole or refused as a whole, and answered in its place.",
		Errors:      []errs.Kind{errs.Invalid},
	}, h.batch)
}

func (h *api) list(ctx context.Context, in *listInput) (*httpx.List[Customer], error) {
	r, q, err := h.customers.List(ctx, auth.ActorFrom(ctx), in.Values(), columns())
	if err != nil {
		return nil, err
	}
	return httpx.MapList(r, q, show), nil
}

func (h *api) create(ctx context.Context, in *createInput) (*customerOutput, error) {
	p := in.Body.patch()
	for _, i := range in.Body.Identities {
		p.Identities = append(p.Identities, i.draft())
	}
	c, err := h.customers.Create(ctx, auth.ActorFrom(ctx), "app", p)
	if err != nil {
		return nil, err
	}
	return &customerOutput{httpx.Tag(c.Version), show(c)}, nil
}

func (h *api) read(ctx context.Context, in *customerInput) (*customerOutput, error) {
	who := auth.ActorFrom(ctx)
	c, err := h.customers.Read(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := show(c)
	if h.value != nil && who.Can("orders:read") {
		orders, values, err := h.value.CustomerValue(ctx, who.Tenant, c.ID)
		if err != nil {
			return nil, err
		}
		if values == nil {
			values = []money.Money{}
		}
		out.Stats = &Stats{orders, values}
	}
	return &customerOutput{httpx.Tag(c.Version), out}, nil
}

func (h *api) update(ctx context.Context, in *updateInput) (*customerOutput, error) {
	c, err := h.customers.Update(ctx, auth.ActorFrom(ctx), in.ID, matching(in.IfMatch), in.Body.patch())
	if err != nil {
		return nil, err
	}
	return &customerOutput{httpx.Tag(c.Version), show(c)}, nil
}

func (h *api) remove(ctx context.Context, in *deleteInput) (*struct{}, error) {
	return nil, h.customers.Delete(ctx, auth.ActorFrom(ctx), in.ID, matching(in.IfMatch))
}

func matching(header httpx.IfMatch) func(version int64) error {
	return func(version int64) error { return httpx.CheckMatch(header.IfMatch, version) }
}

func (h *api) batch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	items := make([]customer.BatchItem, len(in.Body.Customers))
	for i := range in.Body.Customers {
		b := &in.Body.Customers[i]
		items[i] = customer.BatchItem{Customer: b.ID, Version: b.Version, Patch: b.patch()}
	}
	results, err := h.customers.UpdateMany(ctx, auth.ActorFrom(ctx), items)
	if err != nil {
		return nil, err
	}
	out := &batchOutput{}
	out.Body.Results = make([]BatchResult, len(results))
	for i, r := range results {
		out.Body.Results[i] = BatchResult{ID: r.Customer, Updated: r.Err == nil, Version: r.Version, Error: refusal(r.Err)}
		if r.Err == nil {
			out.Body.Updated++
		} else {
			out.Body.Failed++
		}
	}
	return out, nil
}

// refusal shows an item's error as its own request would have, without what must not leave the process.
func refusal(err error) *BatchProblem {
	if err == nil {
		return nil
	}
	status, title := httpx.StatusOf(errs.KindOf(err))
	out := &BatchProblem{Status: status, Code: errs.KindOf(err).String(), Detail: title, Errors: []BatchFieldError{}}
	var e *errs.Error
	if errors.As(err, &e) && e.Kind != errs.Internal {
		out.Code, out.Detail = e.Code, e.Message
		for _, f := range e.Fields {
			out.Errors = append(out.Errors, BatchFieldError(f))
		}
	}
	return out
}
