package app

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

// react gives the queue the job that runs reactions. The reactions themselves stand in react_<subject>.go,
// one function per subject that is called here.
func (a *App) react() error {
	jobs.Handle(a.Queue, func(ctx context.Context, j *jobs.Job, r reaction) error {
		var e *event.Stored
		err := a.DB.Read(ctx, j.Workspace, func(ctx context.Context, q db.Reader) (err error) {
			e, err = event.Read(ctx, q, j.Workspace, r.Event)
			return err
		})
		if errs.Has(err, errs.NotFound) {
			return nil // what it told of has been erased
		}
		if err != nil {
			return err
		}
		// The transaction of the reaction finishes the job, so that a crash after it does not repeat it.
		ctx, _ = db.WithCompanion(ctx, j.Finish)
		return a.Events.React(ctx, e, r.Reaction)
	})
	return a.reactTickets()
}
