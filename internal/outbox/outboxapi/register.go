// Package outboxapi is the outgoing mail on the wire.
package outboxapi

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/outbox"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

type api struct{ outbox *outbox.Service }

// Register adds the operations that show outgoing mail.
func Register(a *httpx.API, s *outbox.Service) {
	h := &api{outbox: s}
	httpx.Register(a, httpx.GET("/mail-outbox"), httpx.Doc{
		ID: "list-mail", Tag: "Mail outbox", Summary: "List outgoing mail", Permission: "outbox:read",
		Description: "Newest first, without bodies. Mail is kept where no mail server is set up; configured tells whether one is.",
		Filters:     outbox.Spec().Names(), Sorts: []string{"createdAt"},
	}, h.list)
	httpx.Register(a, httpx.GET("/mail-outbox/{id}"), httpx.Doc{
		ID: "get-mail", Tag: "Mail outbox", Summary: "Read one outgoing mail", Permission: "outbox:read",
		Description: "The body of a mail with a secret link in it is shown to administrators only, until it was sent; reading it is audited.",
		Errors:      []errs.Kind{errs.NotFound},
	}, h.get)
}

// Mail is a mail in a list. It is exported because only exported types may be embedded in others on the wire.
type Mail struct {
	ID        id.ID      `json:"id" doc:"Mail"`
	Recipient string     `json:"recipient" doc:"To whom" example:"sam@example.com"`
	Subject   string     `json:"subject" doc:"Subject" example:"Set a new password"`
	Purpose   string     `json:"purpose" doc:"Why it was written" example:"password_reset"`
	State     string     `json:"state" enum:"kept,queued,sent,failed" doc:"kept: no mail server is set up" example:"kept"`
	LastError string     `json:"lastError" doc:"The mail server's words, if it refused" example:""`
	CreatedAt time.Time  `json:"createdAt" doc:"When it was written"`
	SentAt    *time.Time `json:"sentAt" doc:"When the mail server took it; null until then"`
}

func show(s outbox.Stored) Mail {
	m := Mail{
		ID: s.ID, Recipient: s.Recipient, Subject: s.Subject, Purpose: string(s.Purpose), State: string(s.State),
		LastError: s.LastError, CreatedAt: s.CreatedAt,
	}
	if !s.SentAt.IsZero() {
		m.SentAt = &s.SentAt
	}
	return m
}

type listInput struct{ httpx.ListInput }

// listOutput is a list that also tells of the mail server.
type listOutput struct {
	Body struct {
		Data       []Mail         `json:"data" nullable:"false" doc:"Rows in the order that was asked for"`
		Page       httpx.PageInfo `json:"page"`
		Configured bool           `json:"configured" doc:"A mail server is set up; without one, mail is kept" example:"false"`
	}
}

func (h *api) list(ctx context.Context, in *listInput) (*listOutput, error) {
	rows, q, err := h.outbox.List(ctx, auth.ActorFrom(ctx), in.Values())
	if err != nil {
		return nil, err
	}
	list := httpx.MapList(rows, q, show)
	out := &listOutput{}
	out.Body.Data, out.Body.Page, out.Body.Configured = list.Body.Data, list.Body.Page, h.outbox.Configured()
	return out, nil
}

type wholeMail struct {
	Mail
	Text   string `json:"text" doc:"Plain text; empty when hidden or removed after sending" example:"Hello Sam, …"`
	HTML   string `json:"html" doc:"HTML; empty when there is none" example:""`
	Hidden bool   `json:"hidden" doc:"The body holds a secret and is shown to administrators only" example:"false"`
}

type getInput struct {
	ID id.ID `path:"id" doc:"Mail"`
}

type getOutput struct{ Body wholeMail }

func (h *api) get(ctx context.Context, in *getInput) (*getOutput, error) {
	m, hidden, err := h.outbox.Read(ctx, auth.ActorFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &getOutput{Body: wholeMail{Mail: show(m), Text: m.Text, HTML: m.HTML, Hidden: hidden}}, nil
}
