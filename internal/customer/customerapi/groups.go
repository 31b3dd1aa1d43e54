package customerapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

type groupInput struct {
	ID id.ID `path:"id" doc:"Group"`
}

type createGroupInput struct {
	Body struct {
		Name        string `json:"name" minLength:"1" maxLength:"80" doc:"Unique whatever its case" example:"Wholesale"`
		Description string `json:"description,omitempty" maxLength:"1000" doc:"What the group is for" example:"Shops that buy to sell"`
	}
}

type updateGroupInput struct {
	ID   id.ID `path:"id" doc:"Group"`
	Body struct {
		Name        httpx.Patch[string] `json:"name" doc:"Unique whatever its case" example:"Wholesale"`
		Description httpx.Patch[string] `json:"description" doc:"What the group is for" example:"Shops that buy to sell"`
	}
}

type membersInput struct {
	ID   id.ID `path:"id" doc:"Group"`
	Body struct {
		CustomerIDs []id.ID `json:"customerIds" nullable:"false" minItems:"1" maxItems:"1000" doc:"Customers to add"`
	}
}

type memberInput struct {
	ID       id.ID `path:"id" doc:"Group"`
	Customer id.ID `path:"customerId" doc:"Customer"`
}

type groupOutput struct{ Body Group }

func (h *api) registerGroups(a *httpx.API) {
	const tag = "Groups"
	httpx.Register(a, httpx.GET("/groups"), httpx.Doc{
		ID: "list-groups", Tag: tag, Summary: "List customer groups", Permission: "customers:read",
		Description: "q finds names that begin with the text. The customers of a group are GET /customers?group=<id>.",
		Filters:     customer.GroupSpec().Names(), Sorts: []string{"name"}, Errors: []errs.Kind{errs.Malformed},
	}, func(ctx context.Context, in *listInput) (*httpx.List[Group], error) {
		r, q, err := h.customers.Groups(ctx, auth.ActorFrom(ctx), in.Values(), []string{"id", "name", "description", "createdAt", "updatedAt"})
		if err != nil {
			return nil, err
		}
		return httpx.MapList(r, q, showGroup), nil
	})
	httpx.Register(a, httpx.POST("/groups"), httpx.Doc{
		ID: "create-group", Tag: tag, Summary: "Create a customer group", Permission: "groups:write", Creates: true, Errors: []errs.Kind{errs.Invalid, errs.Conflict},
	}, func(ctx context.Context, in *createGroupInput) (*groupOutput, error) {
		g, err := h.customers.CreateGroup(ctx, auth.ActorFrom(ctx), in.Body.Name, in.Body.Description)
		return &groupOutput{showGroup(g)}, err
	})
	httpx.Register(a, httpx.GET("/groups/{id}"), httpx.Doc{
		ID: "get-group", Tag: tag, Summary: "Read a customer group", Permission: "customers:read", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *groupInput) (*groupOutput, error) {
		g, err := h.customers.Group(ctx, auth.ActorFrom(ctx), in.ID)
		return &groupOutput{showGroup(g)}, err
	})
	httpx.Register(a, httpx.PUT("/groups/{id}"), httpx.Doc{
		ID: "update-group", Tag: tag, Summary: "Change a customer group", Permission: "groups:write", Errors: []errs.Kind{errs.NotFound, errs.Invalid, errs.Conflict},
	}, func(ctx context.Context, in *updateGroupInput) (*groupOutput, error) {
		g, err := h.customers.UpdateGroup(ctx, auth.ActorFrom(ctx), in.ID, in.Body.Name.Pointer(), in.Body.Description.Pointer())
		return &groupOutput{showGroup(g)}, err
	})
	httpx.Register(a, httpx.DELETE("/groups/{id}"), httpx.Doc{
		ID: "delete-group", Tag: tag, Summary: "Delete a customer group", Description: "Its customers stay.", Permission: "groups:write", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *groupInput) (*struct{}, error) {
		return nil, h.customers.DeleteGroup(ctx, auth.ActorFrom(ctx), in.ID)
	})
	httpx.Register(a, httpx.POST("/groups/{id}/customers"), httpx.Doc{
		ID: "add-group-customers", Tag: tag, Summary: "Add customers to a group", Permission: "customers:update", Errors: []errs.Kind{errs.NotFound, errs.Invalid}, Status: 204,
	}, func(ctx context.Context, in *membersInput) (*struct{}, error) {
		return nil, h.customers.AddMembers(ctx, auth.ActorFrom(ctx), in.ID, in.Body.CustomerIDs)
	})
	httpx.Register(a, httpx.DELETE("/groups/{id}/customers/{customerId}"), httpx.Doc{
		ID: "remove-group-customer", Tag: tag, Summary: "Take a customer out of a group", Permission: "customers:update", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *memberInput) (*struct{}, error) {
		return nil, h.customers.RemoveMember(ctx, auth.ActorFrom(ctx), in.ID, in.Customer)
	})
}
