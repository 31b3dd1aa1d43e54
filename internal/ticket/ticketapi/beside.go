package ticketapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/tag"
)

type tagsInput struct {
	TicketPath
	Body struct {
		Tags []string `json:"tags" maxItems:"50" nullable:"false" doc:"Names of tags" example:"[\"Waiting on order\"]"`
	}
}

func showTags(tags []tag.Tag, err error) (*httpx.List[tagBody], error) {
	if err != nil {
		return nil, err
	}
	return httpx.All(tagBodies(tags)), nil
}

func (h *api) tags(ctx context.Context, in *TicketPath) (*httpx.List[tagBody], error) {
	return showTags(h.tickets.Tags(ctx, auth.ActorFrom(ctx), in.ID))
}

func (h *api) setTags(ctx context.Context, in *tagsInput) (*httpx.List[tagBody], error) {
	return showTags(h.tickets.SetTags(ctx, auth.ActorFrom(ctx), in.ID, in.Body.Tags))
}

func (h *api) addTags(ctx context.Context, in *tagsInput) (*httpx.List[tagBody], error) {
	return showTags(h.tickets.AddTags(ctx, auth.ActorFrom(ctx), in.ID, in.Body.Tags))
}

type removeTagsInput struct {
	TicketPath
	Tags []string `query:"tags,explode" required:"true" minItems:"1" maxItems:"50" doc:"Tags by name; repeat the parameter for several" example:"[\"Waiting on order\"]"`
}

func (h *api) removeTags(ctx context.Context, in *removeTagsInput) (*struct{}, error) {
	_, err := h.tickets.RemoveTags(ctx, auth.ActorFrom(ctx), in.ID, in.Tags)
	return nil, err
}

type fieldsOutput struct {
	Body struct {
		Fields map[string]any `json:"fields" doc:"Custom values by key"`
	}
}

func showFields(fields map[string]any) *fieldsOutput {
	out := &fieldsOutput{}
	if out.Body.Fields = fields; fields == nil {
		out.Body.Fields = map[string]any{}
	}
	return out
}

func (h *api) fields(ctx context.Context, in *TicketPath) (*fieldsOutput, error) {
	fields, err := h.tickets.Fields(ctx, auth.ActorFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return showFields(fields), nil
}

// FieldPath is embedded where a path names a custom field of a ticket.
type FieldPath struct {
	TicketPath
	Key string `path:"key" maxLength:"60" doc:"Key of a custom field of tickets" example:"shoeSize"`
}

type setFieldInput struct {
	FieldPath
	Body struct {
		Value any `json:"value" doc:"A value of the field's type; null clears" example:"40"`
	}
}

func (h *api) setField(ctx context.Context, in *setFieldInput) (*fieldsOutput, error) {
	d, err := h.tickets.SetField(ctx, auth.ActorFrom(ctx), in.ID, in.Key, in.Body.Value)
	if err != nil {
		return nil, err
	}
	return showFields(d.Row.Fields), nil
}

func (h *api) clearField(ctx context.Context, in *FieldPath) (*struct{}, error) {
	_, err := h.tickets.SetField(ctx, auth.ActorFrom(ctx), in.ID, in.Key, nil)
	return nil, err
}

func (h *api) follow(ctx context.Context, in *TicketPath) (*struct{}, error) {
	return nil, h.tickets.Follow(ctx, auth.ActorFrom(ctx), in.ID)
}

func (h *api) unfollow(ctx context.Context, in *TicketPath) (*struct{}, error) {
	return nil, h.tickets.Unfollow(ctx, auth.ActorFrom(ctx), in.ID)
}

func (h *api) markRead(ctx context.Context, in *TicketPath) (*struct{}, error) {
	return nil, h.tickets.MarkRead(ctx, auth.ActorFrom(ctx), in.ID)
}
