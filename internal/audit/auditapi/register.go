// Package auditapi is the audit log on the wire.
package auditapi

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

type api struct{ log *audit.Log }

// Register adds the operation that lists the audit log.
func Register(a *httpx.API, l *audit.Log) {
	h := &api{log: l}
	httpx.Register(a, httpx.GET("/audit-log"), httpx.Doc{
		ID: "list-audit-log", Tag: "Audit log", Summary: "List who did what", Permission: "audit:read",
		Description: "Newest first. Secrets are never in it; addresses and phone numbers are shortened.",
		Filters:     audit.Spec().Names(), Sorts: []string{"occurredAt"},
	}, h.list)
}

type entry struct {
	ID         id.ID             `json:"id" doc:"Entry"`
	OccurredAt time.Time         `json:"occurredAt" doc:"When"`
	Actor      actor             `json:"actor" doc:"Who"`
	Action     string            `json:"action" doc:"What was done" example:"user.approved"`
	ObjectKind string            `json:"objectKind" doc:"Kind of object" example:"user"`
	ObjectID   *id.ID            `json:"objectId" doc:"The object; null for none"`
	ObjectName string            `json:"objectName" doc:"What the object was called" example:"Sam Okoro"`
	Address    string            `json:"address" doc:"From where" example:"192.0.2.7"`
	RequestID  string            `json:"requestId" doc:"The request, as in its answer" example:"7f3k2m"`
	Changes    map[string]change `json:"changes" doc:"Old and new values by field"`
}

type actor struct {
	Kind string `json:"kind" enum:"user,system,import,anonymous" doc:"What kind of actor" example:"user"`
	ID   *id.ID `json:"id" doc:"The user; null for none"`
	Name string `json:"name" doc:"Name at the time" example:"Mia Laurent"`
}

type change struct {
	Old any `json:"old" doc:"Before; null for nothing"`
	New any `json:"new" doc:"After; null for nothing"`
}

type listInput struct{ httpx.ListInput }

func (h *api) list(ctx context.Context, in *listInput) (*httpx.List[entry], error) {
	rows, q, err := h.log.List(ctx, auth.ActorFrom(ctx), in.Values())
	if err != nil {
		return nil, err
	}
	return httpx.MapList(rows, q, show), nil
}

func show(s audit.Stored) entry {
	out := entry{
		ID: s.ID, OccurredAt: s.OccurredAt, Actor: actor{Kind: s.ActorKind, ID: optional(s.ActorID), Name: s.ActorName},
		Action: s.Action, ObjectKind: s.ObjectKind, ObjectID: optional(s.Object), ObjectName: s.ObjectName,
		Address: s.Address, RequestID: s.RequestID, Changes: make(map[string]change, len(s.Changes)),
	}
	for field, c := range s.Changes {
		out.Changes[field] = change(c)
	}
	return out
}

func optional(i id.ID) *id.ID {
	if i.IsZero() {
		return nil
	}
	return &i
}
