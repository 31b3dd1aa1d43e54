package customerapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

type addIdentityInput struct {
	ID   id.ID `path:"id" doc:"Customer"`
	Body identityBody
}

type identityInput struct {
	ID       id.ID `path:"id" doc:"Customer"`
	Identity id.ID `path:"identityId" doc:"Identity"`
}

type primaryInput struct {
	ID       id.ID `path:"id" doc:"Customer"`
	Identity id.ID `path:"identityId" doc:"Identity"`
	Body     struct {
		Primary bool `json:"primary" doc:"Make it the first of its kind" example:"true"`
	}
}

type identityOutput struct{ Body Identity }

func (h *api) registerIdentities(a *httpx.API) {
	httpx.Register(a, httpx.GET("/customers/{id}/identities"), httpx.Doc{
		ID: "list-customer-identities", Tag: group, Summary: "List how a customer is known", Permission: "customers:read", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *customerInput) (*httpx.List[Identity], error) {
		all, err := h.customers.Identities(ctx, auth.ActorFrom(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		rows := make([]Identity, len(all))
		for i, x := range all {
			rows[i] = showIdentity(x)
		}
		return httpx.All(rows), nil
	})
	httpx.Register(a, httpx.POST("/customers/{id}/identities"), httpx.Doc{
		ID: "add-customer-identity", Tag: group, Summary: "Add an e-mail address, phone number or other identity", Permission: "customers:update", Creates: true,
		Description: "Answers 409 with code identity_taken when another customer has it.",
		Errors:      []errs.Kind{errs.NotFound, errs.Invalid, errs.Conflict},
	}, func(ctx context.Context, in *addIdentityInput) (*identityOutput, error) {
		i, err := h.customers.AddIdentity(ctx, auth.ActorFrom(ctx), in.ID, in.Body.draft())
		return &identityOutput{showIdentity(i)}, err
	})
	httpx.Register(a, httpx.PATCH("/customers/{id}/identities/{identityId}"), httpx.Doc{
		ID: "update-customer-identity", Tag: group, Summary: "Make an identity the primary one", Permission: "customers:update",
		Errors: []errs.Kind{errs.NotFound, errs.Invalid},
	}, func(ctx context.Context, in *primaryInput) (*identityOutput, error) {
		if !in.Body.Primary {
			return nil, errs.OnField("primary", "can only be set; make another identity the primary one instead")
		}
		i, err := h.customers.MakePrimary(ctx, auth.ActorFrom(ctx), in.ID, in.Identity)
		return &identityOutput{showIdentity(i)}, err
	})
	httpx.Register(a, httpx.DELETE("/customers/{id}/identities/{identityId}"), httpx.Doc{
		ID: "delete-customer-identity", Tag: group, Summary: "Remove an identity", Permission: "customers:update", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *identityInput) (*struct{}, error) {
		return nil, h.customers.RemoveIdentity(ctx, auth.ActorFrom(ctx), in.ID, in.Identity)
	})
}
