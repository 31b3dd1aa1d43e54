package app

import (
	"context"
	"errors"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/event"
)

// reactTickets gives waiting tickets out when there may be somebody new to take them.
func (a *App) reactTickets() error {
	giveOut := func(ctx context.Context, e *event.Stored) error { return a.Tickets.SomebodyAvailable(ctx, e.Workspace) }
	return errors.Join(
		event.On(a.Events, "give-out-after-approval", func(ctx context.Context, e *event.Stored, _ auth.UserApproved) error { return giveOut(ctx, e) }),
		event.On(a.Events, "give-out-after-creation", func(ctx context.Context, e *event.Stored, _ auth.UserCreated) error { return giveOut(ctx, e) }),
		event.On(a.Events, "give-out-after-role-change", func(ctx context.Context, e *event.Stored, _ auth.UserRoleChanged) error { return giveOut(ctx, e) }),
		event.On(a.Events, "give-out-after-team-change", func(ctx context.Context, e *event.Stored, _ auth.TeamChanged) error { return giveOut(ctx, e) }),
		event.On(a.Events, "give-out-after-availability", func(ctx context.Context, e *event.Stored, f auth.UserAvailability) error {
			if !f.Available {
				return nil
			}
			return giveOut(ctx, e)
		}),
	)
}
