package authapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func (h *api) registerAccount(a *httpx.API) {
	httpx.Register(a, httpx.GET("/auth/me"), httpx.Doc{
		ID: "get-me", Tag: "Account", Summary: "Who am I",
	}, h.getMe)
	httpx.Register(a, httpx.PATCH("/auth/me"), httpx.Doc{
		ID: "update-me", Tag: "Account", Summary: "Change own details",
		Description: "Another address or user name needs currentPassword. The old address is told.",
		Errors:      []errs.Kind{errs.Invalid},
		Example:     map[string]any{"available": true},
	}, h.updateMe)
	httpx.Register(a, httpx.PUT("/auth/password"), httpx.Doc{
		ID: "change-password", Tag: "Account", Summary: "Change own password", Status: 204,
		Description: "Asks for the current one and ends all other sessions.",
		Errors:      []errs.Kind{errs.Conflict, errs.Invalid, errs.Unavailable},
	}, h.changePassword)
	httpx.Register(a, httpx.GET("/auth/sessions"), httpx.Doc{
		ID: "list-sessions", Tag: "Account", Summary: "List own sessions",
	}, h.listSessions)
	httpx.Register(a, httpx.DELETE("/auth/sessions/{id}"), httpx.Doc{
		ID: "end-session", Tag: "Account", Summary: "End one session", Errors: []errs.Kind{errs.NotFound},
	}, h.endSession)
}

func (h *api) getMe(ctx context.Context, _ *struct{}) (*meOutput, error) {
	u, p, w, err := h.auth.Me(ctx, auth.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	return &meOutput{Body: meAnswer{User: showMe(u, p), Workspace: showWorkspace(w)}}, nil
}

type updateMeInput struct {
	Body struct {
		Name            *string             `json:"name,omitempty" minLength:"1" maxLength:"100" doc:"Name" example:"Mia Laurent"`
		Email           *string             `json:"email,omitempty" maxLength:"254" doc:"E-mail address" example:"mia@example.com"`
		Username        httpx.Patch[string] `json:"username" doc:"User name; null removes it" example:"mia"`
		Available       *bool               `json:"available,omitempty" doc:"Takes new tickets" example:"true"`
		CurrentPassword string              `json:"currentPassword,omitempty" maxLength:"1000" doc:"Needed for another address or user name" example:"Kettle-7-harbour"`
	}
}

func (h *api) updateMe(ctx context.Context, in *updateMeInput) (*meOutput, error) {
	who := auth.ActorFrom(ctx)
	b := in.Body
	p := auth.UserPatch{Name: b.Name, Email: b.Email, Username: b.Username.Pointer(), Available: b.Available}
	if _, err := h.auth.UpdateMe(ctx, auth.ClientFrom(ctx), who, p, b.CurrentPassword); err != nil {
		return nil, err
	}
	return h.getMe(ctx, nil)
}

type changePasswordInput struct {
	Body struct {
		CurrentPassword string `json:"currentPassword" maxLength:"1000" doc:"The password until now" example:"Kettle-7-harbour"`
		NewPassword     string `json:"newPassword" maxLength:"200" doc:"The new one" example:"Kettle-8-harbour"`
	}
}

func (h *api) changePassword(ctx context.Context, in *changePasswordInput) (*struct{}, error) {
	return nil, h.auth.ChangePassword(ctx, auth.ClientFrom(ctx), auth.ActorFrom(ctx), in.Body.CurrentPassword, in.Body.NewPassword)
}

func (h *api) listSessions(ctx context.Context, _ *struct{}) (*httpx.List[session], error) {
	who := auth.ActorFrom(ctx)
	rows, err := h.auth.Sessions(ctx, who)
	if err != nil {
		return nil, err
	}
	out := make([]session, len(rows))
	for i, s := range rows {
		out[i] = session{
			ID: s.ID, Device: s.Device, Address: s.Address, CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt,
			Current: s.ID == who.Session,
		}
	}
	return httpx.All(out), nil
}

type byID struct {
	ID id.ID `path:"id" doc:"Id"`
}

func (h *api) endSession(ctx context.Context, in *byID) (*struct{}, error) {
	return nil, h.auth.EndSession(ctx, auth.ActorFrom(ctx), in.ID)
}
