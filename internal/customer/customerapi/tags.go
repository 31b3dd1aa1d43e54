package customerapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tag"
)

type tagsInput struct {
	ID   id.ID `path:"id" doc:"Customer"`
	Body struct {
		Tags []string `json:"tags" nullable:"false" maxItems:"100" doc:"Tags by name; new names need tags:write" example:"[\"High Value\"]"`
	}
}

type untagInput struct {
	ID   id.ID    `path:"id" doc:"Customer"`
	Tags []string `query:"tags,explode" required:"true" maxItems:"100" doc:"Tags by name; repeat the parameter for several" example:"High Value"`
}

func (h *api) registerTags(a *httpx.API) {
	failures := []errs.Kind{errs.NotFound, errs.Invalid}
	httpx.Register(a, httpx.GET("/customers/{id}/tags"), httpx.Doc{
		ID: "list-customer-tags", Tag: group, Summary: "List a customer's tags", Permission: "customers:read", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *customerInput) (*httpx.List[TagRef], error) {
		return tagged(h.customers.Tags(ctx, auth.ActorFrom(ctx), in.ID))
	})
	httpx.Register(a, httpx.PUT("/customers/{id}/tags"), httpx.Doc{
		ID: "set-customer-tags", Tag: group, Summary: "Set all tags of a customer", Permission: "customers:update", Errors: failures,
	}, func(ctx context.Context, in *tagsInput) (*httpx.List[TagRef], error) {
		return tagged(h.customers.SetTags(ctx, auth.ActorFrom(ctx), in.ID, in.Body.Tags))
	})
	httpx.Register(a, httpx.POST("/customers/{id}/tags"), httpx.Doc{
		ID: "add-customer-tags", Tag: group, Summary: "Add tags to a customer", Permission: "customers:update", Errors: failures,
	}, func(ctx context.Context, in *tagsInput) (*httpx.List[TagRef], error) {
		return tagged(h.customers.AddTags(ctx, auth.ActorFrom(ctx), in.ID, in.Body.Tags))
	})
	httpx.Register(a, httpx.DELETE("/customers/{id}/tags"), httpx.Doc{
		ID: "remove-customer-tags", Tag: group, Summary: "Take tags off a customer", Permission: "customers:update", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *untagInput) (*struct{}, error) {
		_, err := h.customers.RemoveTags(ctx, auth.ActorFrom(ctx), in.ID, in.Tags)
		return nil, err
	})
}

func tagged(tags []tag.Tag, err error) (*httpx.List[TagRef], error) {
	if err != nil {
		return nil, err
	}
	rows := make([]TagRef, len(tags))
	for i, t := range tags {
		rows[i] = TagRef{t.ID, t.Name, t.Colour}
	}
	return httpx.All(rows), nil
}
