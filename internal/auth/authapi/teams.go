package authapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func (h *api) registerTeams(a *httpx.API) {
	httpx.Register(a, httpx.GET("/teams"), httpx.Doc{
		ID: "list-teams", Tag: "Teams", Summary: "List teams",
	}, h.listTeams)
	httpx.Register(a, httpx.POST("/teams"), httpx.Doc{
		ID: "create-team", Tag: "Teams", Summary: "Create a team", Permission: "teams:write", Creates: true, Errors: []errs.Kind{errs.Invalid},
	}, h.createTeam)
	httpx.Register(a, httpx.GET("/teams/{id}"), httpx.Doc{
		ID: "get-team", Tag: "Teams", Summary: "Read a team", Errors: []errs.Kind{errs.NotFound},
	}, h.getTeam)
	update := httpx.Doc{
		ID: "update-team", Tag: "Teams", Summary: "Change a team", Permission: "teams:write",
		Errors: []errs.Kind{errs.NotFound, errs.Precondition, errs.Invalid},
	}
	httpx.Register(a, httpx.PATCH("/teams/{id}"), update, h.updateTeam)
	update.ID, update.Summary = "put-team", "Change a team (the same as PATCH)"
	httpx.Register(a, httpx.PUT("/teams/{id}"), update, h.updateTeam)
	httpx.Register(a, httpx.DELETE("/teams/{id}"), httpx.Doc{
		ID: "delete-team", Tag: "Teams", Summary: "Delete a team", Permission: "teams:write", Description: "Not while tickets wait in it.",
		Errors: []errs.Kind{errs.NotFound, errs.Conflict, errs.Precondition},
	}, h.deleteTeam)
	httpx.Register(a, httpx.PUT("/teams/{id}/members/{userId}"), httpx.Doc{
		ID: "add-team-member", Tag: "Teams", Summary: "Put a user into a team", Permission: "teams:write",
		Errors: []errs.Kind{errs.NotFound, errs.Invalid},
	}, h.addMember)
	httpx.Register(a, httpx.DELETE("/teams/{id}/members/{userId}"), httpx.Doc{
		ID: "remove-team-member", Tag: "Teams", Summary: "Take a user out of a team", Permission: "teams:write", Errors: []errs.Kind{errs.NotFound},
	}, h.removeMember)
}

func (h *api) listTeams(ctx context.Context, _ *struct{}) (*httpx.List[team], error) {
	rows, err := h.auth.Teams(ctx, auth.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	out := make([]team, len(rows))
	for i, t := range rows {
		out[i] = showTeam(t)
	}
	return httpx.All(out), nil
}

type teamOutput struct {
	httpx.Tagged
	Body team
}

func teamAnswer(t auth.Team, err error) (*teamOutput, error) {
	if err != nil {
		return nil, err
	}
	return &teamOutput{Tagged: httpx.Tag(t.Version()), Body: showTeam(t)}, nil
}

type createTeamInput struct {
	Body struct {
		Name      string  `json:"name" minLength:"1" maxLength:"60" doc:"Name" example:"Returns"`
		MemberIDs []id.ID `json:"memberIds,omitempty" nullable:"false" maxItems:"1000" doc:"Users in the team"`
	}
}

func (h *api) createTeam(ctx context.Context, in *createTeamInput) (*teamOutput, error) {
	return teamAnswer(h.auth.CreateTeam(ctx, auth.ActorFrom(ctx), in.Body.Name, in.Body.MemberIDs))
}

func (h *api) getTeam(ctx context.Context, in *byID) (*teamOutput, error) {
	return teamAnswer(h.auth.Team(ctx, auth.ActorFrom(ctx), in.ID))
}

type updateTeamInput struct {
	httpx.IfMatch
	ID   id.ID `path:"id" doc:"Team"`
	Body struct {
		Name      *string  `json:"name,omitempty" minLength:"1" maxLength:"60" doc:"Name" example:"Returns"`
		MemberIDs *[]id.ID `json:"memberIds,omitempty" maxItems:"1000" doc:"Users in the team, all of them"`
	}
}

func (h *api) updateTeam(ctx context.Context, in *updateTeamInput) (*teamOutput, error) {
	return teamAnswer(h.auth.UpdateTeam(ctx, auth.ActorFrom(ctx), in.ID, in.Body.Name, in.Body.MemberIDs, match(in.IfMatch)))
}

func (h *api) deleteTeam(ctx context.Context, in *deleteInput) (*struct{}, error) {
	return nil, h.auth.DeleteTeam(ctx, auth.ActorFrom(ctx), in.ID, match(in.IfMatch))
}

type memberInput struct {
	ID   id.ID `path:"id" doc:"Team"`
	User id.ID `path:"userId" doc:"User"`
}

func (h *api) addMember(ctx context.Context, in *memberInput) (*teamOutput, error) {
	return teamAnswer(h.auth.AddMember(ctx, auth.ActorFrom(ctx), in.ID, in.User))
}

func (h *api) removeMember(ctx context.Context, in *memberInput) (*struct{}, error) {
	_, err := h.auth.RemoveMember(ctx, auth.ActorFrom(ctx), in.ID, in.User)
	return nil, err
}
