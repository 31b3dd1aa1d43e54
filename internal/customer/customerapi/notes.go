package customerapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

type listNotesInput struct {
	httpx.ListInput
	ID id.ID `path:"id" doc:"Customer"`
}

type addNoteInput struct {
	ID   id.ID `path:"id" doc:"Customer"`
	Body struct {
		Body string `json:"body" minLength:"1" maxLength:"10000" doc:"Plain text" example:"Prefers the phone."`
	}
}

type noteInput struct {
	ID   id.ID `path:"id" doc:"Customer"`
	Note id.ID `path:"noteId" doc:"Note"`
}

type editNoteInput struct {
	ID   id.ID `path:"id" doc:"Customer"`
	Note id.ID `path:"noteId" doc:"Note"`
	Body struct {
		Body string `json:"body" minLength:"1" maxLength:"10000" doc:"Plain text" example:"Prefers the phone, after four."`
	}
}

type noteOutput struct{ Body Note }

func (h *api) registerNotes(a *httpx.API) {
	spec := customer.NoteSpec()
	httpx.Register(a, httpx.GET("/customers/{id}/notes"), httpx.Doc{
		ID: "list-customer-notes", Tag: group, Summary: "List the notes about a customer", Permission: "customers:read",
		Filters: spec.Names(), Sorts: []string{"createdAt"}, Errors: []errs.Kind{errs.NotFound, errs.Malformed},
	}, h.notes)
	httpx.Register(a, httpx.POST("/customers/{id}/notes"), httpx.Doc{
		ID: "add-customer-note", Tag: group, Summary: "Add a note", Permission: "notes:create", Creates: true,
		Description: "Customers never see notes.", Errors: []errs.Kind{errs.NotFound, errs.Invalid},
	}, h.addNote)
	for _, r := range []struct {
		route httpx.Route
		id    string
	}{{httpx.PATCH("/customers/{id}/notes/{noteId}"), "update-customer-note"}, {httpx.PUT("/customers/{id}/notes/{noteId}"), "put-customer-note"}} {
		httpx.Register(a, r.route, httpx.Doc{
			ID: r.id, Tag: group, Summary: "Rewrite a note", Permission: "notes:create",
			Description: "One's own; other people's with notes:update_all.", Errors: []errs.Kind{errs.NotFound, errs.Invalid},
		}, h.editNote)
	}
	httpx.Register(a, httpx.DELETE("/customers/{id}/notes/{noteId}"), httpx.Doc{
		ID: "delete-customer-note", Tag: group, Summary: "Delete a note", Permission: "notes:create",
		Description: "One's own; other people's with notes:update_all.", Errors: []errs.Kind{errs.NotFound},
	}, h.deleteNote)
}

func (h *api) notes(ctx context.Context, in *listNotesInput) (*httpx.List[Note], error) {
	r, q, err := h.customers.Notes(ctx, auth.ActorFrom(ctx), in.ID, in.Values())
	if err != nil {
		return nil, err
	}
	return httpx.MapList(r, q, showNote), nil
}

func (h *api) addNote(ctx context.Context, in *addNoteInput) (*noteOutput, error) {
	n, err := h.customers.AddNote(ctx, auth.ActorFrom(ctx), in.ID, in.Body.Body)
	return &noteOutput{showNote(n)}, err
}

func (h *api) editNote(ctx context.Context, in *editNoteInput) (*noteOutput, error) {
	n, err := h.customers.EditNote(ctx, auth.ActorFrom(ctx), in.ID, in.Note, in.Body.Body)
	return &noteOutput{showNote(n)}, err
}

func (h *api) deleteNote(ctx context.Context, in *noteInput) (*struct{}, error) {
	return nil, h.customers.DeleteNote(ctx, auth.ActorFrom(ctx), in.ID, in.Note)
}
