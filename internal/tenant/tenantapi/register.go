// Package tenantapi is a workspace's settings on the wire.
package tenantapi

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/tenant"
)

type api struct{ tenants *tenant.Service }

// Register adds the operations of settings.
func Register(a *httpx.API, s *tenant.Service) {
	h := &api{tenants: s}
	httpx.Register(a, httpx.GET("/settings"), httpx.Doc{
		ID: "get-settings", Tag: "Settings", Summary: "Read the workspace's settings", Description: "Anybody signed in may read them.",
	}, h.get)
	httpx.Register(a, httpx.PUT("/settings"), httpx.Doc{
		ID: "update-settings", Tag: "Settings", Summary: "Change the workspace's settings", Permission: "settings:write",
		Description: "Only the fields that are sent change. The password policy holds for new passwords; sign-ins go on.",
		Errors:      []errs.Kind{errs.Precondition, errs.Invalid},
		Example:     map[string]any{"signUpOpen": true, "passwordPolicy": map[string]any{"minLength": 8}},
	}, h.put)
}

type passwordPolicy struct {
	MinLength int  `json:"minLength" doc:"Least number of characters, 8 to 64" example:"8"`
	Upper     bool `json:"upper" doc:"Needs an upper-case letter" example:"true"`
	Digit     bool `json:"digit" doc:"Needs a digit" example:"true"`
	Special   bool `json:"special" doc:"Needs a character that is neither" example:"true"`
}

type settings struct {
	Slug           string         `json:"slug" doc:"Short name, as in host names and X-Workspace" example:"acme"`
	Name           string         `json:"name" doc:"Name of the brand" example:"Acme"`
	Currency       string         `json:"currency" doc:"ISO 4217 code" example:"GBP"`
	Timezone       string         `json:"timezone" doc:"IANA time zone" example:"Europe/London"`
	Locale         string         `json:"locale" doc:"Language tag" example:"en-GB"`
	SignUpOpen     bool           `json:"signUpOpen" doc:"Staff may ask for an account, which an administrator approves" example:"true"`
	PasswordPolicy passwordPolicy `json:"passwordPolicy" doc:"What new passwords must have"`
	UpdatedAt      time.Time      `json:"updatedAt" doc:"Last change"`
}

type output struct {
	httpx.Tagged
	Body settings
}

func show(w tenant.Workspace) *output {
	return &output{Tagged: httpx.Tag(w.Version()), Body: settings{
		Slug: w.Slug, Name: w.Name, Currency: w.Currency, Timezone: w.Timezone, Locale: w.Locale,
		SignUpOpen: w.Settings.SignUpOpen, PasswordPolicy: passwordPolicy(w.Settings.Password), UpdatedAt: w.UpdatedAt,
	}}
}

func (h *api) get(ctx context.Context, _ *struct{}) (*output, error) {
	w, err := h.tenants.Own(ctx, auth.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	return show(w), nil
}

type policyPatch struct {
	MinLength *int  `json:"minLength,omitempty" doc:"Least number of characters, 8 to 64" example:"8"`
	Upper     *bool `json:"upper,omitempty" doc:"Needs an upper-case letter" example:"true"`
	Digit     *bool `json:"digit,omitempty" doc:"Needs a digit" example:"true"`
	Special   *bool `json:"special,omitempty" doc:"Needs a character that is neither" example:"true"`
}

type input struct {
	httpx.IfMatch
	Body struct {
		Name           *string     `json:"name,omitempty" maxLength:"100" doc:"Name of the brand" example:"Acme"`
		Currency       *string     `json:"currency,omitempty" maxLength:"3" doc:"ISO 4217 code" example:"GBP"`
		Timezone       *string     `json:"timezone,omitempty" maxLength:"60" doc:"IANA time zone" example:"Europe/London"`
		Locale         *string     `json:"locale,omitempty" maxLength:"35" doc:"Language tag" example:"en-GB"`
		SignUpOpen     *bool       `json:"signUpOpen,omitempty" doc:"Staff may ask for an account" example:"true"`
		PasswordPolicy policyPatch `json:"passwordPolicy,omitempty" doc:"What new passwords must have"`
	}
}

func (h *api) put(ctx context.Context, in *input) (*output, error) {
	b := in.Body
	w, err := h.tenants.Update(ctx, auth.ActorFrom(ctx), tenant.Patch{
		Name: b.Name, Currency: b.Currency, Timezone: b.Timezone, Locale: b.Locale, SignUpOpen: b.SignUpOpen,
		MinLength: b.PasswordPolicy.MinLength, Upper: b.PasswordPolicy.Upper, Digit: b.PasswordPolicy.Digit, Special: b.PasswordPolicy.Special,
	}, func(version int64) error { return httpx.CheckMatch(in.IfMatch.IfMatch, version) })
	if err != nil {
		return nil, err
	}
	return show(w), nil
}
