package authapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/tenant"
)

func (h *api) registerSetup(a *httpx.API) {
	httpx.Register(a, httpx.GET("/setup"), httpx.Doc{
		ID: "get-setup", Tag: "Set-up", Summary: "Is first-run set-up needed", Public: true,
	}, h.getSetup)
	httpx.Register(a, httpx.POST("/setup"), httpx.Doc{
		ID: "run-setup", Tag: "Set-up", Summary: "Set up the first workspace", Public: true, Creates: true,
		Description: "Makes the workspace, its built-in roles and tags and its first administrator, who is signed in. Works only while there is no workspace.",
		Errors:      []errs.Kind{errs.Conflict, errs.Invalid, errs.Unavailable},
		Outside:     []errs.Kind{errs.Conflict},
	}, h.setUp)
}

type setupOutput struct {
	Body struct {
		Needed bool `json:"needed" doc:"There is no workspace yet" example:"false"`
	}
}

func (h *api) getSetup(ctx context.Context, _ *struct{}) (*setupOutput, error) {
	needed, err := h.auth.SetUpNeeded(ctx)
	out := &setupOutput{}
	out.Body.Needed = needed
	return out, err
}

type setupWorkspace struct {
	Name     string `json:"name" minLength:"1" maxLength:"100" doc:"Name of the brand" example:"Acme"`
	Slug     string `json:"slug,omitempty" maxLength:"40" doc:"Short name; made from the name when not given" example:"acme"`
	Currency string `json:"currency,omitempty" maxLength:"3" doc:"ISO 4217 code; GBP when not given" example:"GBP"`
	Timezone string `json:"timezone,omitempty" maxLength:"60" doc:"IANA time zone; UTC when not given" example:"Europe/London"`
	Locale   string `json:"locale,omitempty" maxLength:"35" doc:"Language tag; en-GB when not given" example:"en-GB"`
}

type setupInput struct {
	Body struct {
		Workspace  setupWorkspace `json:"workspace" doc:"The brand"`
		Name       string         `json:"name" minLength:"1" maxLength:"100" doc:"Name of the first administrator" example:"Mia Laurent"`
		Email      string         `json:"email" maxLength:"254" doc:"Their e-mail address" example:"mia@example.com"`
		Password   string         `json:"password" maxLength:"200" doc:"Their password" example:"Kettle-7-harbour"`
		SampleData bool           `json:"sampleData,omitempty" doc:"Also make a sample brand to look around in" example:"false"`
	}
}

func (h *api) setUp(ctx context.Context, in *setupInput) (*signedInOutput, error) {
	w := in.Body.Workspace
	s, err := h.auth.SetUp(ctx, auth.ClientFrom(ctx), auth.Setup{
		Workspace: tenant.Create{Name: w.Name, Slug: w.Slug, Currency: w.Currency, Timezone: w.Timezone, Locale: w.Locale},
		Name:      in.Body.Name, Email: in.Body.Email, Password: in.Body.Password, SampleData: in.Body.SampleData,
	})
	if err != nil {
		return nil, err
	}
	return h.showSignedIn(s), nil
}
