package ticketapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/ticket"
)

type listInput struct{ httpx.ListInput }

func (h *api) list(ctx context.Context, in *listInput) (*httpx.List[TicketRow], error) {
	rows, query, err := h.tickets.List(ctx, auth.ActorFrom(ctx), in.Values())
	if err != nil {
		return nil, err
	}
	return httpx.MapList(rows, query, showRow), nil
}

type countBody struct {
	Count int64 `json:"count" doc:"Up to 100" example:"12"`
	More  bool  `json:"more" doc:"There are more than that"`
}

type countsOutput struct {
	Body struct {
		Mine       countBody `json:"mine"`
		Unassigned countBody `json:"unassigned"`
		Open       countBody `json:"open"`
		Mentions   countBody `json:"mentions"`
		Following  countBody `json:"following"`
	}
}

func (h *api) counts(ctx context.Context, _ *struct{}) (*countsOutput, error) {
	n, err := h.tickets.Counts(ctx, auth.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	of := func(v ticket.View) countBody { return countBody{n[v].N, n[v].More} }
	out := &countsOutput{}
	out.Body.Mine, out.Body.Unassigned, out.Body.Open = of(ticket.ViewMine), of(ticket.ViewUnassigned), of(ticket.ViewOpen)
	out.Body.Mentions, out.Body.Following = of(ticket.ViewMentions), of(ticket.ViewFollowing)
	return out, nil
}

type createInput struct {
	Body struct {
		Title       string         `json:"title" minLength:"1" maxLength:"300" doc:"What it is about, in a line" example:"Where is my parcel?"`
		Description string         `json:"description,omitempty" maxLength:"100000" doc:"Plain text; becomes the first message" example:"It should have come on Monday."`
		HTML        string         `json:"html,omitempty" maxLength:"400000" doc:"The description with marks; wins over description" example:"<p>It should have come on Monday.</p>"`
		Author      string         `json:"author,omitempty" enum:"staff,customer" default:"staff" doc:"Whose words the description is" example:"customer"`
		Priority    int64          `json:"priority,omitempty" minimum:"1" maximum:"4" default:"3" doc:"1 extreme to 4 low" example:"2"`
		Type        string         `json:"type,omitempty" maxLength:"60" doc:"A word of the brand's own" example:"question"`
		Category    string         `json:"category,omitempty" maxLength:"60" doc:"A word of the brand's own" example:"delivery"`
		Channel     string         `json:"channel,omitempty" enum:"portal,email,chat,api,phone,social,sms,whatsapp" default:"api" doc:"How it came in" example:"phone"`
		CustomerID  id.ID          `json:"customerId,omitempty" doc:"Whose matter it is"`
		AssigneeID  id.ID          `json:"assigneeId,omitempty" doc:"Who gets it, instead of the rule"`
		TeamID      id.ID          `json:"teamId,omitempty" doc:"Whose queue it is in"`
		Tags        []string       `json:"tags,omitempty" maxItems:"50" nullable:"false" doc:"Names of tags" example:"[\"Waiting on order\"]"`
		Fields      map[string]any `json:"fields,omitempty" doc:"Custom values by key"`
		Attachments []id.ID        `json:"attachments,omitempty" maxItems:"10" nullable:"false" doc:"Files that one has uploaded"`
	}
}

type ticketOutput struct {
	httpx.Tagged
	Body ticketBody
}

func answer(d ticket.Detail, thread bool) *ticketOutput {
	return &ticketOutput{Tagged: httpx.Tag(d.Version), Body: show(d, thread)}
}

func (h *api) create(ctx context.Context, in *createInput) (*ticketOutput, error) {
	b := in.Body
	made, err := h.tickets.Create(ctx, auth.ActorFrom(ctx), ticket.Opening{
		Title: b.Title, Description: b.Description, HTML: b.HTML, AsCustomer: b.Author == "customer", Priority: b.Priority, Type: b.Type, Category: b.Category,
		Channel: ticket.Channel(b.Channel), Customer: b.CustomerID, Assignee: b.AssigneeID, Team: b.TeamID, Tags: b.Tags, Fields: b.Fields, Attachments: b.Attachments,
	})
	if err != nil {
		return nil, err
	}
	out := answer(made.Detail, true)
	out.Body.Notice = made.Notice
	return out, nil
}

// TicketPath is embedded where a path names a ticket; huma fills only exported embedded types.
type TicketPath struct {
	ID id.ID `path:"id" doc:"Ticket"`
}

func (h *api) read(ctx context.Context, in *TicketPath) (*ticketOutput, error) {
	d, err := h.tickets.Open(ctx, auth.ActorFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return answer(d, true), nil
}

type updateInput struct {
	TicketPath
	httpx.IfMatch
	Body struct {
		Title      httpx.Patch[string]         `json:"title" doc:"What it is about" example:"Where is my parcel?"`
		Status     httpx.Patch[string]         `json:"status" doc:"open, pending, blocked, resolved or closed" example:"pending"`
		Priority   httpx.Patch[int64]          `json:"priority" doc:"1 extreme to 4 low" example:"2"`
		Type       httpx.Patch[string]         `json:"type" doc:"A word of the brand's own" example:"question"`
		Category   httpx.Patch[string]         `json:"category" doc:"A word of the brand's own" example:"delivery"`
		Channel    httpx.Patch[string]         `json:"channel" doc:"How it came in" example:"email"`
		CustomerID httpx.Patch[id.ID]          `json:"customerId" doc:"Whose matter it is"`
		AssigneeID httpx.Patch[id.ID]          `json:"assigneeId" doc:"Who works on it; not together with status"`
		TeamID     httpx.Patch[id.ID]          `json:"teamId" doc:"Whose queue it is in"`
		Tags       httpx.Patch[[]string]       `json:"tags" doc:"Names of all tags from now on" example:"[\"Waiting on order\"]"`
		Fields     httpx.Patch[map[string]any] `json:"fields" doc:"Custom values to change; null clears one"`
	}
}

func (h *api) update(ctx context.Context, in *updateInput) (*ticketOutput, error) {
	b := in.Body
	c := ticket.Change{
		Title: b.Title.Pointer(), Priority: b.Priority.Pointer(), Type: b.Type.Pointer(), Category: b.Category.Pointer(), Customer: b.CustomerID.Pointer(),
		Assignee: b.AssigneeID.Pointer(), Team: b.TeamID.Pointer(), Tags: b.Tags.Pointer(), Fields: b.Fields.Value,
		Check: func(version int64) error { return httpx.CheckMatch(in.IfMatch.IfMatch, version) },
	}
	if b.Status.Set {
		status := ticket.Status(b.Status.Value)
		c.Status = &status
	}
	if b.Channel.Set {
		channel := ticket.Channel(b.Channel.Value)
		c.Channel = &channel
	}
	d, err := h.tickets.Update(ctx, auth.ActorFrom(ctx), in.ID, c)
	if err != nil {
		return nil, err
	}
	return answer(d, false), nil
}

type assignInput struct {
	TicketPath
	httpx.IfMatch
	Body struct {
		AssigneeID *id.ID `json:"assigneeId" required:"true" nullable:"true" doc:"A user, or null for nobody"`
	}
}

func (h *api) assign(ctx context.Context, in *assignInput) (*ticketOutput, error) {
	var to id.ID
	if in.Body.AssigneeID != nil {
		to = *in.Body.AssigneeID
	}
	d, err := h.tickets.Assign(ctx, auth.ActorFrom(ctx), in.ID, to, func(version int64) error { return httpx.CheckMatch(in.IfMatch.IfMatch, version) })
	if err != nil {
		return nil, err
	}
	return answer(d, false), nil
}

type removeInput struct {
	TicketPath
	httpx.IfMatch
}

func (h *api) remove(ctx context.Context, in *removeInput) (*struct{}, error) {
	return nil, h.tickets.Delete(ctx, auth.ActorFrom(ctx), in.ID, func(version int64) error { return httpx.CheckMatch(in.IfMatch.IfMatch, version) })
}
