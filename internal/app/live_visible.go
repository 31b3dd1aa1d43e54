package app

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/job"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/realtime"
)

// maySee asks the rooms whether an actor may see what an event is about. In doubt it says no: an event
// only saves the client from asking.
func (l *live) maySee(ctx context.Context, who auth.Actor, e *realtime.Event) bool {
	if !e.For(who.User) {
		return false
	}
	switch e.ObjectType {
	case "job":
		return job.MaySee(who, e.Owner)
	case "ticket", "message":
		return l.within(ctx, who, "tickets:read", func(ctx context.Context) error { return l.rooms.Tickets.MaySee(ctx, who, e.Object) })
	case "customer":
		return l.within(ctx, who, "customers:read", func(ctx context.Context) error {
			return l.p.DB.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
				return customer.Require(ctx, q, who, e.Object)
			})
		})
	case "order", "transaction":
		return who.Can("orders:read")
	case "product":
		return who.Can("products:read")
	case "user", "role", "team":
		return e.Object == who.User || who.Can("users:read")
	case "tag", "field", "group", "workspace":
		return true // every member of staff may see them
	}
	return who.MayEverything()
}

// within asks the room only where the permission is for own objects alone.
func (*live) within(ctx context.Context, who auth.Actor, permission string, ask func(ctx context.Context) error) bool {
	switch who.Reach(permission) {
	case auth.All:
		return true
	case auth.Own:
		ctx, cancel := context.WithTimeout(ctx, askLimit)
		defer cancel()
		return ask(ctx) == nil
	case auth.None:
	}
	return false
}
