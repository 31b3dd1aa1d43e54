package ticketapi

import (
	"time"

	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/ticket"
)

// ref is an object beside its id; it is left out where the id is null.
type ref struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name" example:"Ada Byron"`
}

func refOf(i id.ID, name string) *ref {
	if i.IsZero() {
		return nil
	}
	return &ref{i, name}
}

func idOf(i id.ID) *id.ID {
	if i.IsZero() {
		return nil
	}
	return &i
}

func timeOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type tagBody struct {
	ID     id.ID  `json:"id"`
	Name   string `json:"name" example:"Waiting on order"`
	Colour string `json:"colour" example:"#2563eb"`
}

func tagBodies(tags []tag.Tag) []tagBody {
	out := make([]tagBody, len(tags))
	for i, t := range tags {
		out[i] = tagBody{t.ID, t.Name, t.Colour}
	}
	return out
}

// TicketRow is a ticket in a list; exported because huma describes only exported embedded types.
type TicketRow struct {
	ID             id.ID          `json:"id"`
	Number         int64          `json:"number" doc:"What people call the ticket" example:"1042"`
	Title          string         `json:"title" example:"Where is my parcel?"`
	Preview        string         `json:"preview" doc:"Start of the last public message" example:"It should have come on Monday."`
	Status         string         `json:"status" enum:"open,pending,blocked,resolved,closed" example:"open"`
	Priority       int64          `json:"priority" doc:"1 extreme to 4 low" example:"3"`
	Type           string         `json:"type" example:"question"`
	Category       string         `json:"category" example:"delivery"`
	Channel        string         `json:"channel" enum:"portal,email,chat,api,phone,social,sms,whatsapp" example:"email"`
	CustomerID     *id.ID         `json:"customerId" required:"true" nullable:"true"`
	Customer       *ref           `json:"customer,omitempty"`
	AssigneeID     *id.ID         `json:"assigneeId" required:"true" nullable:"true"`
	Assignee       *ref           `json:"assignee,omitempty"`
	TeamID         *id.ID         `json:"teamId" required:"true" nullable:"true"`
	Team           *ref           `json:"team,omitempty"`
	CreatedByID    *id.ID         `json:"createdById" required:"true" nullable:"true"`
	Unread         bool           `json:"unread" doc:"Open, with something that the reader has not seen"`
	MessageCount   int64          `json:"messageCount" example:"2"`
	LastMessageAt  time.Time      `json:"lastMessageAt"`
	LastAuthorKind string         `json:"lastAuthorKind" enum:"user,customer,system" doc:"Who wrote the last public message" example:"customer"`
	WaitingSince   *time.Time     `json:"waitingSince" required:"true" nullable:"true" doc:"Since when the customer waits for an answer"`
	Tags           []tagBody      `json:"tags" nullable:"false"`
	Fields         map[string]any `json:"fields" doc:"Custom values by key"`
	ActivityAt     time.Time      `json:"activityAt" doc:"Last message, or change of status or assignee"`
	CreatedAt      time.Time      `json:"createdAt"`
	UpdatedAt      time.Time      `json:"updatedAt"`
}

func showRow(r ticket.Row) TicketRow {
	if r.Fields == nil {
		r.Fields = map[string]any{}
	}
	return TicketRow{
		ID: r.ID, Number: r.Number, Title: r.Title, Preview: r.Preview, Status: string(r.Status), Priority: r.Priority, Type: r.Type,
		Category: r.Category, Channel: string(r.Channel), CustomerID: idOf(r.Customer), Customer: refOf(r.Customer, r.CustomerName),
		AssigneeID: idOf(r.Assignee), Assignee: refOf(r.Assignee, r.AssigneeName), TeamID: idOf(r.Team), Team: refOf(r.Team, r.TeamName),
		CreatedByID: idOf(r.CreatedBy), Unread: r.Unread, MessageCount: r.MessageCount, LastMessageAt: r.LastMessageAt, LastAuthorKind: r.LastAuthorKind,
		WaitingSince: timeOf(r.WaitingSince), Tags: tagBodies(r.Tags), Fields: r.Fields, ActivityAt: r.ActivityAt, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

// ticketBody is a ticket that was opened.
type ticketBody struct {
	TicketRow
	CreatedBy      *ref           `json:"createdBy,omitempty"`
	Description    string         `json:"description" doc:"Text of the first message" example:"It should have come on Monday."`
	FirstRepliedAt *time.Time     `json:"firstRepliedAt" required:"true" nullable:"true"`
	ResolvedAt     *time.Time     `json:"resolvedAt" required:"true" nullable:"true"`
	ClosedAt       *time.Time     `json:"closedAt" required:"true" nullable:"true"`
	Followers      []followerBody `json:"followers" nullable:"false"`
	Following      bool           `json:"following" doc:"Whether the reader follows"`
	Draft          *draftBody     `json:"draft,omitempty" doc:"What the reader has begun to write"`
	Messages       *threadBody    `json:"messages,omitempty" doc:"The newest messages, oldest first; not in answers to changes"`
	Notice         string         `json:"notice,omitempty" doc:"For the customer, when nobody was available" example:""`
	Version        int64          `json:"version" doc:"As in ETag" example:"1"`
}

type followerBody struct {
	ID      id.ID  `json:"id"`
	Name    string `json:"name" example:"Mia Weber"`
	Mention bool   `json:"mention" doc:"Follows because somebody named them"`
}

type draftBody struct {
	Internal  bool      `json:"internal"`
	HTML      string    `json:"html" example:"<p>Dear Ada,</p>"`
	UpdatedAt time.Time `json:"updatedAt"`
}

func showDraft(d ticket.Draft) draftBody { return draftBody{d.Internal, d.HTML, d.UpdatedAt} }

type threadBody struct {
	Data []messageBody  `json:"data" nullable:"false"`
	Page httpx.PageInfo `json:"page"`
}

func show(d ticket.Detail, thread bool) ticketBody {
	b := ticketBody{
		TicketRow: showRow(d.Row), CreatedBy: refOf(d.CreatedBy, d.CreatorName), Description: d.Description, FirstRepliedAt: timeOf(d.FirstRepliedAt),
		ResolvedAt: timeOf(d.ResolvedAt), ClosedAt: timeOf(d.ClosedAt), Following: d.Following, Followers: make([]followerBody, len(d.Followers)), Version: d.Version,
	}
	for i, f := range d.Followers {
		b.Followers[i] = followerBody{f.User, f.Name, f.Mention}
	}
	if d.Draft != nil {
		draft := showDraft(*d.Draft)
		b.Draft = &draft
	}
	if thread {
		b.Messages = &threadBody{Data: make([]messageBody, len(d.Messages)), Page: httpx.PageInfo{Next: d.Earlier, Limit: ticket.ThreadPage}}
		for i, m := range d.Messages {
			b.Messages.Data[i] = showMessage(m)
		}
	}
	return b
}

type authorBody struct {
	Kind string `json:"kind" enum:"user,customer,system" example:"user"`
	ID   *id.ID `json:"id" required:"true" nullable:"true"`
	Name string `json:"name" example:"Mia Weber"`
}

type attachmentBody struct {
	ID           id.ID  `json:"id"`
	Name         string `json:"name" example:"broken-handle.png"`
	ContentType  string `json:"contentType" example:"image/png"`
	Size         int64  `json:"size" doc:"Bytes" example:"48213"`
	Width        int64  `json:"width,omitempty" doc:"Pixels, of pictures" example:"1200"`
	Height       int64  `json:"height,omitempty" example:"800"`
	URL          string `json:"url" example:"/api/v1/files/01890a5d-ac96-774b-bcce-b302099a8057"`
	ThumbnailURL string `json:"thumbnailUrl,omitempty" doc:"Of pictures, once it is made"`
}

type messageBody struct {
	ID          id.ID            `json:"id"`
	TicketID    id.ID            `json:"ticketId"`
	Internal    bool             `json:"internal" doc:"A note that only staff see"`
	Author      authorBody       `json:"author"`
	Body        string           `json:"body" doc:"Plain text" example:"Your parcel arrives tomorrow."`
	HTML        string           `json:"html" doc:"Sanitised" example:"<p>Your parcel arrives tomorrow.</p>"`
	State       string           `json:"state" enum:"sent,held" doc:"held: can be taken back, and only its author sees it" example:"sent"`
	HeldUntil   *time.Time       `json:"heldUntil" required:"true" nullable:"true"`
	Attachments []attachmentBody `json:"attachments" nullable:"false"`
	CreatedAt   time.Time        `json:"createdAt"`
	UpdatedAt   time.Time        `json:"updatedAt"`
}

func showMessage(m ticket.Message) messageBody {
	b := messageBody{
		ID: m.ID, TicketID: m.Ticket, Internal: m.Internal, Author: authorBody{m.AuthorKind, idOf(m.Author), m.AuthorName}, Body: m.Body, HTML: m.HTML,
		State: string(m.State), HeldUntil: timeOf(m.HeldUntil), Attachments: make([]attachmentBody, len(m.Attachments)), CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
	}
	for i, f := range m.Attachments {
		b.Attachments[i] = attachmentBody{ID: f.ID, Name: f.Name, ContentType: f.ContentType, Size: f.Size, Width: f.Width, Height: f.Height, URL: "/api/v1/files/" + f.ID.String()}
		if f.Thumbnail {
			b.Attachments[i].ThumbnailURL = b.Attachments[i].URL + "/thumbnail"
		}
	}
	return b
}

type contactBody struct {
	ID        id.ID     `json:"id"`
	Name      string    `json:"name" example:"Grace Holm"`
	Duty      string    `json:"duty" doc:"What they decide about" example:"Refunds over 500"`
	Email     string    `json:"email" example:"grace@example.com"`
	Phone     string    `json:"phone" example:"+15550100"`
	Note      string    `json:"note" example:"After hours by phone only"`
	Position  int64     `json:"position" doc:"Order on the sheet" example:"1"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

func showContact(c ticket.Contact) contactBody {
	return contactBody{c.ID, c.Name, c.Duty, c.Email, c.Phone, c.Note, c.Position, c.CreatedAt, c.UpdatedAt}
}
