package ticketapi

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/media"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/ticket"
)

type messagesInput struct {
	TicketPath
	httpx.ListInput
}

func (h *api) messages(ctx context.Context, in *messagesInput) (*httpx.List[messageBody], error) {
	rows, query, err := h.tickets.Messages(ctx, auth.ActorFrom(ctx), in.ID, in.Values())
	if err != nil {
		return nil, err
	}
	return httpx.MapList(rows, query, showMessage), nil
}

type addMessageInput struct {
	TicketPath
	Body struct {
		HTML        string  `json:"html,omitempty" maxLength:"400000" doc:"Rich text; wins over body" example:"<p>The warehouse says it left today.</p>"`
		Body        string  `json:"body,omitempty" maxLength:"100000" doc:"Plain text" example:"The warehouse says it left today."`
		Internal    bool    `json:"internal,omitempty" doc:"A note that only staff see" example:"true"`
		Author      string  `json:"author,omitempty" enum:"staff,customer" default:"staff" doc:"customer puts down what the customer said" example:"staff"`
		Attachments []id.ID `json:"attachments,omitempty" maxItems:"10" nullable:"false" doc:"Files that one has uploaded"`
		Mentions    []id.ID `json:"mentions,omitempty" maxItems:"20" nullable:"false" doc:"Users who are told and follow from then on"`
		HoldSeconds int64   `json:"holdSeconds,omitempty" minimum:"0" maximum:"30" doc:"For how long it can be taken back" example:"0"`
		Status      string  `json:"status,omitempty" enum:"open,pending,blocked,resolved,closed" doc:"Status of the ticket once it is sent" example:"pending"`
	}
}

type messageOutput struct{ Body messageBody }

func (h *api) addMessage(ctx context.Context, in *addMessageInput) (*messageOutput, error) {
	b := in.Body
	r := ticket.Reply{
		HTML: b.HTML, Body: b.Body, Internal: b.Internal, AsCustomer: b.Author == "customer", Attachments: b.Attachments, Mentions: b.Mentions,
		Hold: time.Duration(b.HoldSeconds) * time.Second,
	}
	if b.Status != "" {
		status := ticket.Status(b.Status)
		r.Status = &status
	}
	m, err := h.tickets.AddMessage(ctx, auth.ActorFrom(ctx), in.ID, r)
	if err != nil {
		return nil, err
	}
	return &messageOutput{Body: showMessage(m)}, nil
}

// MessagePath is embedded where a path names a message of a ticket.
type MessagePath struct {
	TicketPath
	MessageID id.ID `path:"messageId" doc:"Message"`
}

type editMessageInput struct {
	MessagePath
	Body struct {
		HTML string `json:"html,omitempty" maxLength:"400000" doc:"Rich text; wins over body" example:"<p>Prefers the phone.</p>"`
		Body string `json:"body,omitempty" maxLength:"100000" doc:"Plain text" example:"Prefers the phone."`
	}
}

func (h *api) editMessage(ctx context.Context, in *editMessageInput) (*messageOutput, error) {
	m, err := h.tickets.EditNote(ctx, auth.ActorFrom(ctx), in.ID, in.MessageID, in.Body.HTML, in.Body.Body)
	if err != nil {
		return nil, err
	}
	return &messageOutput{Body: showMessage(m)}, nil
}

func (h *api) removeMessage(ctx context.Context, in *MessagePath) (*struct{}, error) {
	return nil, h.tickets.RemoveMessage(ctx, auth.ActorFrom(ctx), in.ID, in.MessageID)
}

type uploadInput struct {
	TicketPath
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true" doc:"The file, with its name and content type"`
	}]
}

type uploadOutput struct{ Body attachmentBody }

func (h *api) upload(ctx context.Context, in *uploadInput) (*uploadOutput, error) {
	form := in.RawBody.Data()
	defer func() {
		_ = form.File.Close()
		if in.RawBody.Form != nil {
			_ = in.RawBody.Form.RemoveAll() // parts that did not fit in memory
		}
	}()
	who := auth.ActorFrom(ctx)
	if err := h.tickets.MayAnswer(ctx, who, in.ID); err != nil {
		return nil, err
	}
	f, err := h.files.Stage(ctx, who, media.Upload{Name: form.File.Filename, Declared: form.File.ContentType, Body: form.File})
	if err != nil {
		return nil, err
	}
	return &uploadOutput{Body: attachmentBody{ID: f.ID, Name: f.Name, ContentType: f.ContentType, Size: f.Size, URL: "/api/v1/files/" + f.ID.String()}}, nil
}

type draftOutput struct{ Body draftBody }

func (h *api) readDraft(ctx context.Context, in *TicketPath) (*draftOutput, error) {
	d, err := h.tickets.ReadDraft(ctx, auth.ActorFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &draftOutput{Body: showDraft(d)}, nil
}

type keepDraftInput struct {
	TicketPath
	Body struct {
		HTML     string `json:"html" maxLength:"400000" doc:"Rich text" example:"<p>Dear Ada,</p>"`
		Internal bool   `json:"internal,omitempty" doc:"It is to be a note" example:"false"`
	}
}

func (h *api) keepDraft(ctx context.Context, in *keepDraftInput) (*draftOutput, error) {
	d, err := h.tickets.KeepDraft(ctx, auth.ActorFrom(ctx), in.ID, in.Body.HTML, in.Body.Internal)
	if err != nil {
		return nil, err
	}
	return &draftOutput{Body: showDraft(d)}, nil
}

func (h *api) dropDraft(ctx context.Context, in *TicketPath) (*struct{}, error) {
	return nil, h.tickets.DropDraft(ctx, auth.ActorFrom(ctx), in.ID)
}
