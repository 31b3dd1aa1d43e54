package job

import (
	"context"
	"errors"
	"net/url"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// Deps are what the service needs; all are required.
type Deps struct {
	DB    *db.DB
	Queue *jobs.Queue
	Audit *audit.Log
}

// Service shows and mends background work. It is safe for concurrent use.
type Service struct{ deps Deps }

// New makes a service. Errors: a missing dependency.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Queue == nil || d.Audit == nil {
		return nil, errors.New("job: DB, Queue and Audit are required")
	}
	return &Service{deps: d}, nil
}

// MaySee reports whether an actor may see a job that somebody started; zero is the system.
func MaySee(who auth.Actor, by id.ID) bool {
	return who.Can("jobs:read") || !by.IsZero() && by == who.User
}

// List gives a page of the workspace's jobs, newest first. Needs jobs:read.
func (s *Service) List(ctx context.Context, who auth.Actor, values url.Values) (page.Result[jobs.Info], *page.Query, error) {
	if err := who.Require("jobs:read"); err != nil {
		return page.Result[jobs.Info]{}, nil, err
	}
	q, err := jobs.Spec().Parse(values, nil)
	if err != nil {
		return page.Result[jobs.Info]{}, nil, err
	}
	out, err := s.deps.Queue.List(ctx, who.Tenant, q)
	return out, q, err
}

// Read gives one job to who holds jobs:read, and to who started it, without the error's words.
// Errors: NotFound, also for a job that the actor may not see.
func (s *Service) Read(ctx context.Context, who auth.Actor, key id.ID) (jobs.Info, error) {
	i, err := s.deps.Queue.Get(ctx, who.Tenant, key)
	if err != nil {
		return jobs.Info{}, err
	}
	if !MaySee(who, i.CreatedBy) {
		return jobs.Info{}, errs.Missing()
	}
	if !who.Can("jobs:read") {
		i.LastError = ""
	}
	return i, nil
}

// Retry queues a job that failed for good again, with all its attempts. Needs jobs:update.
// Errors: NotFound, Conflict.
func (s *Service) Retry(ctx context.Context, who auth.Actor, key id.ID) (jobs.Info, error) {
	return s.mend(ctx, who, key, "job.retried", s.deps.Queue.Retry)
}

// Cancel ends a job that waits or runs; it is not undone. Needs jobs:update. Errors: NotFound, Conflict.
func (s *Service) Cancel(ctx context.Context, who auth.Actor, key id.ID) (jobs.Info, error) {
	return s.mend(ctx, who, key, "job.cancelled", s.deps.Queue.Cancel)
}

type change = func(ctx context.Context, tx db.Tx, t id.Workspace, key id.ID) (jobs.Info, error)

// mend changes a job and keeps who did it.
func (s *Service) mend(ctx context.Context, who auth.Actor, key id.ID, action string, do change) (jobs.Info, error) {
	if err := who.Require("jobs:update"); err != nil {
		return jobs.Info{}, err
	}
	var i jobs.Info
	err := s.deps.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) (err error) {
		if i, err = do(ctx, tx, who.Tenant, key); err != nil {
			return err
		}
		return s.deps.Audit.Write(ctx, tx, who, audit.Entry{Action: action, ObjectKind: "job", Object: key, ObjectName: i.Kind})
	})
	if err != nil {
		return jobs.Info{}, err
	}
	if !who.Can("jobs:read") {
		i.LastError = ""
	}
	return i, nil
}
