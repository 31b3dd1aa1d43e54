// Package jobapi is background work on the wire.
package jobapi

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/job"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

type api struct {
	jobs   *job.Service
	people *auth.Directory
}

// Register adds the operations that show and mend background work.
func Register(a *httpx.API, s *job.Service, people *auth.Directory) {
	h := &api{jobs: s, people: people}
	httpx.Register(a, httpx.GET("/jobs"), httpx.Doc{
		ID: "list-jobs", Tag: "Background work", Summary: "List background work", Permission: "jobs:read",
		Description: "Newest first. Finished work is kept for 7 days, what failed for good for 90.",
		Filters:     jobs.Spec().Names(), Sorts: []string{"createdAt"},
	}, h.list)
	httpx.Register(a, httpx.GET("/jobs/{id}"), httpx.Doc{
		ID: "get-job", Tag: "Background work", Summary: "Read how far a job is",
		Description: "For who started it, and for jobs:read; only the latter sees lastError. The same numbers arrive as job.progress events.",
		Errors:      []errs.Kind{errs.NotFound},
	}, h.get)
	httpx.Register(a, httpx.POST("/jobs/{id}/retry"), httpx.Doc{
		ID: "retry-job", Tag: "Background work", Summary: "Retry a job that failed for good", Permission: "jobs:update",
		Description: "It is queued again with all its attempts. Only a dead job can be retried.",
		Errors:      []errs.Kind{errs.NotFound, errs.Conflict}, Outside: []errs.Kind{errs.Conflict},
	}, h.retry)
	httpx.Register(a, httpx.POST("/jobs/{id}/cancel"), httpx.Doc{
		ID: "cancel-job", Tag: "Background work", Summary: "Cancel a job that waits or runs", Permission: "jobs:update",
		Description: "What a running job has already done stays done. It cannot be undone.",
		Errors:      []errs.Kind{errs.NotFound, errs.Conflict}, Outside: []errs.Kind{errs.Conflict},
	}, h.cancel)
}

type person struct {
	ID   id.ID  `json:"id" doc:"User"`
	Name string `json:"name" doc:"Name" example:"Mia Laurent"`
}

// Job is a job on the wire.
type Job struct {
	ID          id.ID      `json:"id" doc:"Job"`
	Kind        string     `json:"kind" doc:"What it does; stable" example:"seed.import"`
	State       string     `json:"state" enum:"queued,running,done,dead,cancelled" doc:"Where it stands; dead: it failed as often as it may" example:"running"`
	Attempts    int        `json:"attempts" doc:"How often it was tried" example:"1"`
	MaxAttempts int        `json:"maxAttempts" doc:"How often it may be tried" example:"20"`
	Done        int64      `json:"done" doc:"How much is done" example:"1240"`
	Total       int64      `json:"total" doc:"How much there is to do; 0 when it does not tell" example:"8000"`
	Result      any        `json:"result" doc:"What came of it, such as where to fetch a file; null for nothing"`
	LastError   string     `json:"lastError" doc:"Why the last attempt failed; empty without jobs:read" example:""`
	CreatedByID *id.ID     `json:"createdById" doc:"Who started it; null for the system"`
	CreatedBy   *person    `json:"createdBy,omitempty" doc:"Who started it; left out for the system"`
	RunAt       time.Time  `json:"runAt" doc:"Not before; of a job that waits"`
	CreatedAt   time.Time  `json:"createdAt" doc:"When it was asked for"`
	UpdatedAt   time.Time  `json:"updatedAt" doc:"Last change"`
	FinishedAt  *time.Time `json:"finishedAt" doc:"When it was over; null before"`
}

func show(i jobs.Info, names map[id.ID]string) Job {
	s := Job{
		ID: i.ID, Kind: i.Kind, State: string(i.State), Attempts: i.Attempts, MaxAttempts: i.MaxAttempts, Done: i.Done, Total: i.Total,
		LastError: i.LastError, RunAt: i.RunAt, CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt,
	}
	if i.Result != nil {
		s.Result = i.Result
	}
	if !i.CreatedBy.IsZero() {
		s.CreatedByID = &i.CreatedBy
		s.CreatedBy = &person{ID: i.CreatedBy, Name: names[i.CreatedBy]}
	}
	if !i.FinishedAt.IsZero() {
		s.FinishedAt = &i.FinishedAt
	}
	return s
}

type listInput struct{ httpx.ListInput }

func (h *api) list(ctx context.Context, in *listInput) (*httpx.List[Job], error) {
	who := auth.ActorFrom(ctx)
	rows, q, err := h.jobs.List(ctx, who, in.Values())
	if err != nil {
		return nil, err
	}
	by := make([]id.ID, 0, len(rows.Data))
	for _, i := range rows.Data {
		by = append(by, i.CreatedBy)
	}
	names, err := h.people.Names(ctx, who.Tenant, by...)
	if err != nil {
		return nil, err
	}
	return httpx.MapList(rows, q, func(i jobs.Info) Job { return show(i, names) }), nil
}

type input struct {
	ID id.ID `path:"id" doc:"Job"`
}

type output struct{ Body Job }

func (h *api) get(ctx context.Context, in *input) (*output, error) {
	return h.answer(ctx, in.ID, h.jobs.Read)
}

func (h *api) retry(ctx context.Context, in *input) (*output, error) {
	return h.answer(ctx, in.ID, h.jobs.Retry)
}

func (h *api) cancel(ctx context.Context, in *input) (*output, error) {
	return h.answer(ctx, in.ID, h.jobs.Cancel)
}

func (h *api) answer(ctx context.Context, key id.ID, do func(context.Context, auth.Actor, id.ID) (jobs.Info, error)) (*output, error) {
	who := auth.ActorFrom(ctx)
	i, err := do(ctx, who, key)
	if err != nil {
		return nil, err
	}
	names, err := h.people.Names(ctx, who.Tenant, i.CreatedBy)
	if err != nil {
		return nil, err
	}
	return &output{Body: show(i, names)}, nil
}
