package tagapi

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tag"
)

// Tag is a tag on the wire.
type Tag struct {
	ID        id.ID     `json:"id" doc:"Tag"`
	Name      string    `json:"name" doc:"Unique whatever its case" example:"Wholesale"`
	Colour    string    `json:"colour" doc:"As #rrggbb" example:"#2563eb"`
	BuiltIn   bool      `json:"builtIn" doc:"Set by the product itself; cannot be renamed or deleted" example:"false"`
	CreatedAt time.Time `json:"createdAt"`
}

func show(g tag.Tag) Tag {
	return Tag{ID: g.ID, Name: g.Name, Colour: g.Colour, BuiltIn: g.BuiltIn, CreatedAt: g.CreatedAt}
}

type tagOutput struct{ Body Tag }

type listInput struct{ httpx.ListInput }

type tagInput struct {
	ID id.ID `path:"id" doc:"Tag"`
}

type createInput struct {
	Body struct {
		Name   string `json:"name" doc:"1 to 60 characters without commas" example:"Wholesale"`
		Colour string `json:"colour,omitempty" doc:"As #rrggbb" example:"#2563eb"`
	}
}

type updateInput struct {
	ID   id.ID `path:"id" doc:"Tag"`
	Body struct {
		Name   httpx.Patch[string] `json:"name" doc:"1 to 60 characters without commas" example:"Wholesale"`
		Colour httpx.Patch[string] `json:"colour" doc:"As #rrggbb" example:"#15803d"`
	}
}

type api struct{ tags *tag.Service }

func columns() []string { return []string{"id", "name", "colour", "builtIn", "createdAt"} }

// Register adds the operations under /tags.
func Register(a *httpx.API, s *tag.Service) {
	h := api{s}
	const group = "Tags"
	httpx.Register(a, httpx.GET("/tags"), httpx.Doc{
		ID: "list-tags", Tag: group, Summary: "List tags", Description: "q finds names that begin with the text.",
		Filters: tag.Spec().Names(), Sorts: []string{"name"}, Errors: []errs.Kind{errs.Malformed},
	}, h.list)
	httpx.Register(a, httpx.POST("/tags"), httpx.Doc{
		ID: "create-tag", Tag: group, Summary: "Add a tag", Permission: "tags:write", Creates: true,
		Errors: []errs.Kind{errs.Invalid, errs.Conflict},
	}, h.create)
	httpx.Register(a, httpx.GET("/tags/{id}"), httpx.Doc{
		ID: "get-tag", Tag: group, Summary: "Read a tag", Errors: []errs.Kind{errs.NotFound},
	}, h.read)
	httpx.Register(a, httpx.PUT("/tags/{id}"), httpx.Doc{
		ID: "update-tag", Tag: group, Summary: "Rename or recolour a tag", Permission: "tags:write",
		Errors: []errs.Kind{errs.NotFound, errs.Invalid, errs.Conflict},
	}, h.update)
	httpx.Register(a, httpx.DELETE("/tags/{id}"), httpx.Doc{
		ID: "delete-tag", Tag: group, Summary: "Delete a tag", Description: "It is taken off everything it hangs on.",
		Permission: "tags:write", Errors: []errs.Kind{errs.NotFound, errs.Conflict},
	}, h.remove)
}

func (h api) list(ctx context.Context, in *listInput) (*httpx.List[Tag], error) {
	r, q, err := h.tags.List(ctx, auth.ActorFrom(ctx), in.Values(), columns())
	if err != nil {
		return nil, err
	}
	return httpx.MapList(r, q, show), nil
}

func (h api) create(ctx context.Context, in *createInput) (*tagOutput, error) {
	g, err := h.tags.Create(ctx, auth.ActorFrom(ctx), in.Body.Name, in.Body.Colour)
	return &tagOutput{show(g)}, err
}

func (h api) read(ctx context.Context, in *tagInput) (*tagOutput, error) {
	g, err := h.tags.Read(ctx, auth.ActorFrom(ctx), in.ID)
	return &tagOutput{show(g)}, err
}

func (h api) update(ctx context.Context, in *updateInput) (*tagOutput, error) {
	g, err := h.tags.Update(ctx, auth.ActorFrom(ctx), in.ID, in.Body.Name.Pointer(), in.Body.Colour.Pointer())
	return &tagOutput{show(g)}, err
}

func (h api) remove(ctx context.Context, in *tagInput) (*struct{}, error) {
	return nil, h.tags.Delete(ctx, auth.ActorFrom(ctx), in.ID)
}
