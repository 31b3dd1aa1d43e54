package ticketapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/ticket"
)

// ContactPath is embedded where a path names an escalation contact.
type ContactPath struct {
	ID id.ID `path:"id" doc:"Escalation contact"`
}

type contactOutput struct {
	httpx.Tagged
	Body contactBody
}

func answerContact(c ticket.Contact) *contactOutput {
	return &contactOutput{Tagged: httpx.Tag(c.Version()), Body: showContact(c)}
}

func (h *api) contacts(ctx context.Context, _ *struct{}) (*httpx.List[contactBody], error) {
	all, err := h.tickets.Contacts(ctx, auth.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	out := make([]contactBody, len(all))
	for i, c := range all {
		out[i] = showContact(c)
	}
	return httpx.All(out), nil
}

func (h *api) contact(ctx context.Context, in *ContactPath) (*contactOutput, error) {
	c, err := h.tickets.Contact(ctx, auth.ActorFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return answerContact(c), nil
}

type addContactInput struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"120" doc:"Who" example:"Grace Holm"`
		Duty     string `json:"duty,omitempty" maxLength:"200" doc:"What they decide about" example:"Refunds over 500"`
		Email    string `json:"email,omitempty" maxLength:"254" doc:"E-mail address; this or a phone is needed" example:"grace@example.com"`
		Phone    string `json:"phone,omitempty" maxLength:"40" doc:"Phone number" example:"+15550100"`
		Note     string `json:"note,omitempty" maxLength:"1000" doc:"When and how" example:"After hours by phone only"`
		Position int64  `json:"position,omitempty" minimum:"0" maximum:"100000" doc:"Order on the sheet" example:"1"`
	}
}

func (h *api) addContact(ctx context.Context, in *addContactInput) (*contactOutput, error) {
	b := in.Body
	c, err := h.tickets.AddContact(ctx, auth.ActorFrom(ctx), ticket.Contact{Name: b.Name, Duty: b.Duty, Email: b.Email, Phone: b.Phone, Note: b.Note, Position: b.Position})
	if err != nil {
		return nil, err
	}
	return answerContact(c), nil
}

type changeContactInput struct {
	ContactPath
	httpx.IfMatch
	Body struct {
		Name     httpx.Patch[string] `json:"name" doc:"Who" example:"Grace Holm"`
		Duty     httpx.Patch[string] `json:"duty" doc:"What they decide about" example:"Refunds over 500"`
		Email    httpx.Patch[string] `json:"email" doc:"E-mail address" example:"grace@example.com"`
		Phone    httpx.Patch[string] `json:"phone" doc:"Phone number" example:"+15550100"`
		Note     httpx.Patch[string] `json:"note" doc:"When and how" example:"After hours by phone only"`
		Position httpx.Patch[int64]  `json:"position" doc:"Order on the sheet" example:"1"`
	}
}

func (h *api) changeContact(ctx context.Context, in *changeContactInput) (*contactOutput, error) {
	b := in.Body
	c, err := h.tickets.ChangeContact(ctx, auth.ActorFrom(ctx), in.ID, func(c *ticket.Contact) error {
		if err := httpx.CheckMatch(in.IfMatch.IfMatch, c.Version()); err != nil {
			return err
		}
		c.Name, c.Duty, c.Email, c.Phone, c.Note, c.Position = b.Name.Or(c.Name), b.Duty.Or(c.Duty), b.Email.Or(c.Email), b.Phone.Or(c.Phone), b.Note.Or(c.Note), b.Position.Or(c.Position)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answerContact(c), nil
}

type removeContactInput struct {
	ContactPath
	httpx.IfMatch
}

func (h *api) removeContact(ctx context.Context, in *removeContactInput) (*struct{}, error) {
	return nil, h.tickets.RemoveContact(ctx, auth.ActorFrom(ctx), in.ID, func(c ticket.Contact) error { return httpx.CheckMatch(in.IfMatch.IfMatch, c.Version()) })
}
