package authapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func (h *api) registerRoles(a *httpx.API) {
	httpx.Register(a, httpx.GET("/permissions"), httpx.Doc{
		ID: "list-permissions", Tag: "Roles", Summary: "List every permission there is",
	}, h.listPermissions)
	httpx.Register(a, httpx.GET("/roles"), httpx.Doc{
		ID: "list-roles", Tag: "Roles", Summary: "List roles", Permission: "users:read", Description: "Also with roles:write alone.",
	}, h.listRoles)
	httpx.Register(a, httpx.POST("/roles"), httpx.Doc{
		ID: "create-role", Tag: "Roles", Summary: "Create a role", Permission: "roles:write", Creates: true,
		Description: "It may not allow more than you hold yourself.",
		Errors:      []errs.Kind{errs.Conflict, errs.Invalid},
	}, h.createRole)
	httpx.Register(a, httpx.GET("/roles/{id}"), httpx.Doc{
		ID: "get-role", Tag: "Roles", Summary: "Read a role", Permission: "users:read", Description: "Also with roles:write alone.", Errors: []errs.Kind{errs.NotFound},
	}, h.getRole)
	httpx.Register(a, httpx.PUT("/roles/{id}"), httpx.Doc{
		ID: "update-role", Tag: "Roles", Summary: "Change a role", Permission: "roles:write",
		Description: "Holds for everybody with the role from their next request on. The administrator's and the customers' role are fixed.",
		Errors:      []errs.Kind{errs.NotFound, errs.Conflict, errs.Precondition, errs.Invalid},
	}, h.updateRole)
	httpx.Register(a, httpx.DELETE("/roles/{id}"), httpx.Doc{
		ID: "delete-role", Tag: "Roles", Summary: "Delete a role", Permission: "roles:write",
		Description: "Not a built-in one, and not while somebody has it.",
		Errors:      []errs.Kind{errs.NotFound, errs.Conflict, errs.Precondition},
	}, h.deleteRole)
	httpx.Register(a, httpx.POST("/roles/{id}/permissions"), httpx.Doc{
		ID: "add-role-permissions", Tag: "Roles", Summary: "Add permissions to a role", Permission: "roles:write",
		Errors: []errs.Kind{errs.NotFound, errs.Conflict, errs.Invalid},
	}, h.addPermissions)
	httpx.Register(a, httpx.DELETE("/roles/{id}/permissions/{code}"), httpx.Doc{
		ID: "remove-role-permission", Tag: "Roles", Summary: "Take a permission from a role", Permission: "roles:write",
		Errors: []errs.Kind{errs.NotFound, errs.Conflict},
	}, h.removePermission)
}

func (h *api) listPermissions(ctx context.Context, _ *struct{}) (*httpx.List[permission], error) {
	rows, err := h.auth.Permissions(auth.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	out := make([]permission, len(rows))
	for i, p := range rows {
		out[i] = permission{Name: p.Name, Doc: p.Doc}
	}
	return httpx.All(out), nil
}

func (h *api) listRoles(ctx context.Context, _ *struct{}) (*httpx.List[role], error) {
	rows, err := h.auth.Roles(ctx, auth.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	out := make([]role, len(rows))
	for i, r := range rows {
		out[i] = showRole(r)
	}
	return httpx.All(out), nil
}

type roleOutput struct {
	httpx.Tagged
	Body role
}

func roleAnswer(r auth.Role, err error) (*roleOutput, error) {
	if err != nil {
		return nil, err
	}
	return &roleOutput{Tagged: httpx.Tag(r.Version()), Body: showRole(r)}, nil
}

type createRoleInput struct {
	Body struct {
		Name        string   `json:"name" minLength:"1" maxLength:"60" doc:"Name" example:"Returns desk"`
		Description string   `json:"description,omitempty" maxLength:"300" doc:"What it is for" example:"Answers questions about returns."`
		Permissions []string `json:"permissions" nullable:"false" maxItems:"200" doc:"What it allows; names from GET /permissions" example:"[\"customers:read_all\", \"orders:read\"]"`
	}
}

func (h *api) createRole(ctx context.Context, in *createRoleInput) (*roleOutput, error) {
	return roleAnswer(h.auth.CreateRole(ctx, auth.ActorFrom(ctx), in.Body.Name, in.Body.Description, in.Body.Permissions))
}

func (h *api) getRole(ctx context.Context, in *byID) (*roleOutput, error) {
	return roleAnswer(h.auth.Role(ctx, auth.ActorFrom(ctx), in.ID))
}

type updateRoleInput struct {
	httpx.IfMatch
	ID   id.ID `path:"id" doc:"Role"`
	Body struct {
		Name        *string   `json:"name,omitempty" minLength:"1" maxLength:"60" doc:"Name" example:"Returns desk"`
		Description *string   `json:"description,omitempty" maxLength:"300" doc:"What it is for" example:"Answers questions about returns."`
		Permissions *[]string `json:"permissions,omitempty" maxItems:"200" doc:"What it allows, all of it" example:"[\"customers:read_all\", \"orders:read\"]"`
	}
}

func (h *api) updateRole(ctx context.Context, in *updateRoleInput) (*roleOutput, error) {
	p := auth.RolePatch{Name: in.Body.Name, Description: in.Body.Description, Permissions: in.Body.Permissions}
	return roleAnswer(h.auth.UpdateRole(ctx, auth.ActorFrom(ctx), in.ID, p, match(in.IfMatch)))
}

func (h *api) deleteRole(ctx context.Context, in *deleteInput) (*struct{}, error) {
	return nil, h.auth.DeleteRole(ctx, auth.ActorFrom(ctx), in.ID, match(in.IfMatch))
}

type addPermissionsInput struct {
	ID   id.ID `path:"id" doc:"Role"`
	Body struct {
		Permissions []string `json:"permissions" nullable:"false" minItems:"1" maxItems:"200" doc:"Names from GET /permissions" example:"[\"products:read\"]"`
	}
}

func (h *api) addPermissions(ctx context.Context, in *addPermissionsInput) (*roleOutput, error) {
	return roleAnswer(h.auth.UpdateRole(ctx, auth.ActorFrom(ctx), in.ID, auth.RolePatch{Add: in.Body.Permissions}, nil))
}

type removePermissionInput struct {
	ID   id.ID  `path:"id" doc:"Role"`
	Code string `path:"code" maxLength:"60" doc:"Name of the permission" example:"products:read"`
}

func (h *api) removePermission(ctx context.Context, in *removePermissionInput) (*struct{}, error) {
	_, err := h.auth.UpdateRole(ctx, auth.ActorFrom(ctx), in.ID, auth.RolePatch{Remove: []string{in.Code}}, nil)
	return nil, err
}
