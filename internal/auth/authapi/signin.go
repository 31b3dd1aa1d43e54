package authapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
)

func (h *api) registerSignIn(a *httpx.API) {
	httpx.Register(a, httpx.POST("/auth/register"), httpx.Doc{
		ID: "sign-up", Tag: "Sign-in", Summary: "Sign up", Public: true, Creates: true,
		Description: "Asks for an account as staff. An administrator approves or rejects it. The answer is the same when the address is known already; its owner is told by mail. A user name that is taken is left out: sign in with the address.",
		Errors:      []errs.Kind{errs.Forbidden, errs.Invalid, errs.Unavailable},
	}, h.signUp)
	httpx.Register(a, httpx.POST("/auth/login"), httpx.Doc{
		ID: "sign-in", Tag: "Sign-in", Summary: "Sign in", Public: true,
		Description: "Gives an access token and a refresh token, also as cookies that scripts cannot read. 401 wrong_credentials; 403 account_pending, account_rejected or account_deactivated; 422 workspace_needed when there are several workspaces and none is named.",
		Errors:      []errs.Kind{errs.Unauthenticated, errs.Forbidden, errs.Invalid, errs.Unavailable},
	}, h.signIn)
	httpx.Register(a, httpx.POST("/auth/refresh-token"), httpx.Doc{
		ID: "refresh-token", Tag: "Sign-in", Summary: "Renew the access token", Public: true,
		Description: "Spends the refresh token, from the body or its cookie, for the next pair. A token that comes back after it was spent ends the session.",
		Errors:      []errs.Kind{errs.Unauthenticated, errs.Forbidden, errs.Invalid, errs.Unavailable},
	}, h.renew)
	httpx.Register(a, httpx.POST("/auth/logout"), httpx.Doc{
		ID: "sign-out", Tag: "Sign-in", Summary: "Sign out", Public: true, Status: 204,
		Description: "Ends the session and clears the cookies. Without a session it only clears them.",
	}, h.signOut)
	httpx.Register(a, httpx.POST("/auth/logout-all"), httpx.Doc{
		ID: "sign-out-everywhere", Tag: "Sign-in", Summary: "End every session", Status: 204,
	}, h.signOutEverywhere)
	httpx.Register(a, httpx.POST("/auth/forgot-password"), httpx.Doc{
		ID: "forgot-password", Tag: "Sign-in", Summary: "Ask for a reset link", Public: true, Status: 204,
		Description: "Mails a link that works once, for 10 minutes. The answer is the same for an address that nobody has.",
		Errors:      []errs.Kind{errs.Invalid},
	}, h.forgot)
	httpx.Register(a, httpx.PUT("/auth/reset-password/{token}"), httpx.Doc{
		ID: "reset-password", Tag: "Sign-in", Summary: "Set a new password with a reset link", Public: true, Status: 204,
		Description: "Ends every session of the user. A password that is refused does not spend the link. 404 reset_link_invalid for one that was used or has run out.",
		Errors:      []errs.Kind{errs.NotFound, errs.Conflict, errs.Invalid, errs.Unavailable},
		Outside:     []errs.Kind{errs.NotFound},
	}, h.reset)
}

type signUpInput struct {
	Body struct {
		Name      string `json:"name" minLength:"1" maxLength:"100" doc:"Name" example:"Sam Okoro"`
		Email     string `json:"email" maxLength:"254" doc:"E-mail address" example:"sam.okoro@example.com"`
		Username  string `json:"username,omitempty" maxLength:"40" doc:"User name, to sign in with instead of the address" example:"sam.okoro"`
		Password  string `json:"password" maxLength:"200" doc:"Password" example:"Kettle-7-harbour"`
		UserType  string `json:"userType" maxLength:"20" doc:"staff; customers cannot sign themselves up yet, and nobody as administrator" example:"staff"`
		Workspace string `json:"workspace,omitempty" maxLength:"40" doc:"Short name of the workspace, when the host does not say it" example:""`
	}
}

type signUpOutput struct {
	Body struct {
		Name   string `json:"name" doc:"Name as it was kept" example:"Sam Okoro"`
		Email  string `json:"email" doc:"Address as it was sent" example:"sam.okoro@example.com"`
		Status string `json:"status" enum:"pending" doc:"Waits for an administrator" example:"pending"`
	}
}

func (h *api) signUp(ctx context.Context, in *signUpInput) (*signUpOutput, error) {
	b := in.Body
	err := h.auth.Register(ctx, auth.ClientFrom(ctx), auth.SignUp{
		Name: b.Name, Email: b.Email, Username: b.Username, Password: b.Password, UserType: b.UserType, Workspace: b.Workspace,
	})
	if err != nil {
		return nil, err
	}
	out := &signUpOutput{}
	out.Body.Name, out.Body.Email, out.Body.Status = b.Name, b.Email, string(auth.Pending)
	return out, nil
}

type signInInput struct {
	Body struct {
		Email     string `json:"email,omitempty" maxLength:"254" doc:"E-mail address or user name" example:"mia@example.com"`
		Username  string `json:"username,omitempty" maxLength:"254" doc:"The same, for clients that call it so" example:""`
		Password  string `json:"password" maxLength:"1000" doc:"Password" example:"Kettle-7-harbour"`
		Workspace string `json:"workspace,omitempty" maxLength:"40" doc:"Short name of the workspace, when the host does not say it" example:""`
	}
}

func (h *api) signIn(ctx context.Context, in *signInInput) (*signedInOutput, error) {
	login := in.Body.Email
	if login == "" {
		login = in.Body.Username
	}
	if login == "" {
		return nil, errs.OnField("email", "must not be empty")
	}
	s, err := h.auth.SignIn(ctx, auth.ClientFrom(ctx), auth.Credentials{Login: login, Password: in.Body.Password, Workspace: in.Body.Workspace})
	if err != nil {
		return nil, err
	}
	return h.showSignedIn(s), nil
}

type renewInput struct {
	Body struct {
		RefreshToken string `json:"refreshToken,omitempty" maxLength:"200" doc:"Refresh token; the cookie's when not given"`
	} `required:"false"`
}

func (h *api) renew(ctx context.Context, in *renewInput) (*signedInOutput, error) {
	c := auth.ClientFrom(ctx)
	token := in.Body.RefreshToken
	if token == "" {
		token = h.auth.RefreshToken(c)
	}
	s, err := h.auth.Renew(ctx, c, token)
	if err != nil {
		return nil, err
	}
	return h.showSignedIn(s), nil
}

func (h *api) signOut(ctx context.Context, _ *struct{}) (*clearedOutput, error) {
	c := auth.ClientFrom(ctx)
	if err := h.auth.SignOut(ctx, c, auth.ActorFrom(ctx), h.auth.RefreshToken(c)); err != nil {
		return nil, err
	}
	return h.cleared(), nil
}

func (h *api) signOutEverywhere(ctx context.Context, _ *struct{}) (*clearedOutput, error) {
	if err := h.auth.SignOutEverywhere(ctx, auth.ActorFrom(ctx)); err != nil {
		return nil, err
	}
	return h.cleared(), nil
}

type forgotInput struct {
	Body struct {
		Email     string `json:"email" maxLength:"254" doc:"E-mail address" example:"sam.okoro@example.com"`
		Workspace string `json:"workspace,omitempty" maxLength:"40" doc:"Short name of the workspace, when the host does not say it" example:""`
	}
}

func (h *api) forgot(ctx context.Context, in *forgotInput) (*struct{}, error) {
	return nil, h.auth.Forgot(ctx, auth.ClientFrom(ctx), in.Body.Email, in.Body.Workspace)
}

type resetInput struct {
	Token string `path:"token" maxLength:"100" doc:"From the link" example:"token-of-the-link"`
	Body  struct {
		Password string `json:"password" maxLength:"200" doc:"New password" example:"Kettle-8-harbour"`
	}
}

func (h *api) reset(ctx context.Context, in *resetInput) (*struct{}, error) {
	return nil, h.auth.Reset(ctx, auth.ClientFrom(ctx), in.Token, in.Body.Password)
}
