package authapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func (h *api) registerUsers(a *httpx.API) {
	httpx.Register(a, httpx.GET("/users"), httpx.Doc{
		ID: "list-users", Tag: "Users", Summary: "List users", Permission: "users:read",
		Description: "q= looks in names, addresses and user names.",
		Filters:     auth.UserSpec().Names(), Sorts: []string{"name", "email", "createdAt"},
	}, h.listUsers)
	httpx.Register(a, httpx.GET("/users/directory"), httpx.Doc{
		ID: "list-colleagues", Tag: "Users", Summary: "List colleagues",
		Description: "Names of the approved users, for anybody signed in: to assign and to mention.",
	}, h.listColleagues)
	httpx.Register(a, httpx.POST("/users"), httpx.Doc{
		ID: "create-user", Tag: "Users", Summary: "Create a user", Permission: "users:write", Creates: true,
		Description: "The user is approved at once. The role may not allow more than you hold yourself.",
		Errors:      []errs.Kind{errs.Invalid, errs.Unavailable},
	}, h.createUser)
	httpx.Register(a, httpx.GET("/users/{id}"), httpx.Doc{
		ID: "get-user", Tag: "Users", Summary: "Read a user", Description: "Oneself, or anybody with users:read.", Errors: []errs.Kind{errs.NotFound},
	}, h.getUser)
	update := httpx.Doc{
		ID: "update-user", Tag: "Users", Summary: "Change a user", Permission: "users:write",
		Description: "Neither the user before nor after may hold more than you do.",
		Errors:      []errs.Kind{errs.NotFound, errs.Conflict, errs.Precondition, errs.Invalid},
	}
	httpx.Register(a, httpx.PATCH("/users/{id}"), update, h.updateUser)
	update.ID, update.Summary = "put-user", "Change a user (the same as PATCH)"
	httpx.Register(a, httpx.PUT("/users/{id}"), update, h.updateUser)
	httpx.Register(a, httpx.DELETE("/users/{id}"), httpx.Doc{
		ID: "delete-user", Tag: "Users", Summary: "Delete a user", Permission: "users:write",
		Description: "The name stays in history. The last administrator cannot be deleted.",
		Errors:      []errs.Kind{errs.NotFound, errs.Conflict, errs.Precondition},
	}, h.deleteUser)
	httpx.Register(a, httpx.PUT("/users/{id}/status"), httpx.Doc{
		ID: "set-user-status", Tag: "Users", Summary: "Approve, reject or deactivate a user", Permission: "users:write",
		Description: "Whoever is not approved is signed out everywhere at once.",
		Errors:      []errs.Kind{errs.NotFound, errs.Conflict, errs.Precondition, errs.Invalid},
	}, h.setStatus)
	httpx.Register(a, httpx.PUT("/users/{id}/availability"), httpx.Doc{
		ID: "set-user-availability", Tag: "Users", Summary: "Say whether a user takes new tickets",
		Description: "Oneself, or anybody with users:write.",
		Errors:      []errs.Kind{errs.NotFound},
	}, h.setAvailability)
}

type listInput struct{ httpx.ListInput }

func (h *api) listUsers(ctx context.Context, in *listInput) (*httpx.List[user], error) {
	rows, q, err := h.auth.Users(ctx, auth.ActorFrom(ctx), in.Values())
	if err != nil {
		return nil, err
	}
	return httpx.MapList(rows, q, showUser), nil
}

func (h *api) listColleagues(ctx context.Context, _ *struct{}) (*httpx.List[colleague], error) {
	rows, err := h.auth.Colleagues(ctx, auth.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	out := make([]colleague, len(rows))
	for i, p := range rows {
		out[i] = showColleague(p)
	}
	return httpx.All(out), nil
}

type userOutput struct {
	httpx.Tagged
	Body user
}

func userAnswer(u auth.User, err error) (*userOutput, error) {
	if err != nil {
		return nil, err
	}
	return &userOutput{Tagged: httpx.Tag(u.Version()), Body: showUser(u)}, nil
}

type createUserInput struct {
	Body struct {
		Name     string  `json:"name" minLength:"1" maxLength:"100" doc:"Name" example:"Noor Haddad"`
		Email    string  `json:"email" maxLength:"254" doc:"E-mail address" example:"noor@example.com"`
		Username string  `json:"username,omitempty" maxLength:"40" doc:"User name, to sign in with instead of the address" example:"noor"`
		Password string  `json:"password" maxLength:"200" doc:"First password, to hand over" example:"Lantern-4-meadow"`
		RoleID   id.ID   `json:"roleId" doc:"Role"`
		TeamIDs  []id.ID `json:"teamIds,omitempty" nullable:"false" maxItems:"100" doc:"Teams to join"`
	}
}

func (h *api) createUser(ctx context.Context, in *createUserInput) (*userOutput, error) {
	b := in.Body
	return userAnswer(h.auth.CreateUser(ctx, auth.ActorFrom(ctx), auth.NewUser{
		Name: b.Name, Email: b.Email, Username: b.Username, Password: b.Password, Role: b.RoleID, Teams: b.TeamIDs,
	}))
}

func (h *api) getUser(ctx context.Context, in *byID) (*userOutput, error) {
	return userAnswer(h.auth.User(ctx, auth.ActorFrom(ctx), in.ID))
}

type updateUserInput struct {
	httpx.IfMatch
	ID   id.ID `path:"id" doc:"User"`
	Body struct {
		Name      *string             `json:"name,omitempty" minLength:"1" maxLength:"100" doc:"Name" example:"Noor Haddad"`
		Email     *string             `json:"email,omitempty" maxLength:"254" doc:"E-mail address; the old one is told" example:"noor@example.com"`
		Username  httpx.Patch[string] `json:"username" doc:"User name; null removes it" example:"noor"`
		RoleID    *id.ID              `json:"roleId,omitempty" doc:"Role"`
		Available *bool               `json:"available,omitempty" doc:"Takes new tickets" example:"true"`
		TeamIDs   *[]id.ID            `json:"teamIds,omitempty" maxItems:"100" doc:"Teams the user is in"`
	}
}

func (h *api) updateUser(ctx context.Context, in *updateUserInput) (*userOutput, error) {
	b := in.Body
	p := auth.UserPatch{Name: b.Name, Email: b.Email, Username: b.Username.Pointer(), Role: b.RoleID, Available: b.Available, Teams: b.TeamIDs}
	return userAnswer(h.auth.UpdateUser(ctx, auth.ActorFrom(ctx), in.ID, p, match(in.IfMatch)))
}

// match checks If-Match where the object is read.
func match(m httpx.IfMatch) func(int64) error {
	return func(version int64) error { return httpx.CheckMatch(m.IfMatch, version) }
}

type deleteInput struct {
	httpx.IfMatch
	ID id.ID `path:"id" doc:"Id"`
}

func (h *api) deleteUser(ctx context.Context, in *deleteInput) (*struct{}, error) {
	return nil, h.auth.DeleteUser(ctx, auth.ActorFrom(ctx), in.ID, match(in.IfMatch))
}

type statusInput struct {
	httpx.IfMatch
	ID   id.ID `path:"id" doc:"User"`
	Body struct {
		Status string `json:"status" enum:"approved,rejected,deactivated" doc:"What the user becomes" example:"approved"`
		RoleID id.ID  `json:"roleId,omitempty" doc:"With an approval, also gives this role"`
	}
}

func (h *api) setStatus(ctx context.Context, in *statusInput) (*userOutput, error) {
	return userAnswer(h.auth.SetStatus(ctx, auth.ActorFrom(ctx), in.ID, auth.Status(in.Body.Status), in.Body.RoleID, match(in.IfMatch)))
}

type availabilityInput struct {
	ID   id.ID `path:"id" doc:"User"`
	Body struct {
		Available bool `json:"available" doc:"Takes new tickets" example:"true"`
	}
}

func (h *api) setAvailability(ctx context.Context, in *availabilityInput) (*userOutput, error) {
	return userAnswer(h.auth.SetAvailable(ctx, auth.ActorFrom(ctx), in.ID, in.Body.Available))
}
