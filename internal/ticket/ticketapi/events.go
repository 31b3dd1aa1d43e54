package ticketapi

import (
	"context"
	"encoding/json"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/ticket"
)

func (h *api) registerEvents(a *httpx.API) {
	httpx.Register(a, httpx.GET("/tickets/{id}/events"), httpx.Doc{
		ID: "list-ticket-events", Tag: tagTickets, Summary: "List what happened to a ticket",
		Description: "Newest first, or oldest first with sort=occurredAt. data holds the details by kind, names what the users, teams and customers in it are called.",
		Permission:  "tickets:read_own", Filters: ticket.EventSpec().Names(), Sorts: []string{"occurredAt"},
		Errors: []errs.Kind{errs.NotFound, errs.Malformed},
	}, h.events)
}

type eventsInput struct {
	TicketPath
	httpx.ListInput
}

type actorBody struct {
	Kind string `json:"kind" enum:"user,customer,system,import" example:"user"`
	ID   *id.ID `json:"id" required:"true" nullable:"true"`
	Name string `json:"name" doc:"Of a user or customer" example:"Sam Okafor"`
}

type momentBody struct {
	ID         id.ID             `json:"id"`
	Kind       string            `json:"kind" doc:"What happened" example:"ticket.status_changed"`
	OccurredAt time.Time         `json:"occurredAt"`
	Actor      actorBody         `json:"actor"`
	Data       json.RawMessage   `json:"data" doc:"Details by kind"`
	Names      map[string]string `json:"names" doc:"Names of users, teams and customers by their id"`
}

func showMoment(m ticket.Moment) momentBody {
	b := momentBody{
		ID: m.ID, Kind: m.Kind, OccurredAt: m.OccurredAt, Actor: actorBody{m.ActorKind, idOf(m.ActorID), m.ActorName}, Data: m.Data,
		Names: make(map[string]string, len(m.Names)),
	}
	for i, name := range m.Names {
		b.Names[i.String()] = name
	}
	return b
}

func (h *api) events(ctx context.Context, in *eventsInput) (*httpx.List[momentBody], error) {
	rows, query, err := h.tickets.Events(ctx, auth.ActorFrom(ctx), in.ID, in.Values())
	if err != nil {
		return nil, err
	}
	return httpx.MapList(rows, query, showMoment), nil
}
