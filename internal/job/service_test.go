package job_test

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/auth/authtest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/job"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

// work is a job that fails for good while it is told to.
type work struct{ Secret string }

func (work) JobKind() string { return "test.work" }

type fixture struct {
	*authtest.World
	jobs  *job.Service
	fails bool
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{World: authtest.New(t, d), fails: true}
	jobs.Handle(f.Queue, func(ctx context.Context, j *jobs.Job, _ work) error {
		if f.fails {
			return jobs.Permanent(errors.New("the parcel service does not know ada@example.com"))
		}
		j.Result(map[string]any{"url": "/api/v1/files/1"})
		return d.Write(ctx, j.Workspace, j.Finish)
	})
	var err error
	if f.jobs, err = job.New(job.Deps{DB: d, Queue: f.Queue, Audit: f.Audit}); err != nil {
		t.Fatal(err)
	}
	return f
}

// start enqueues the job on somebody's behalf.
func (f *fixture) start(t *testing.T, by id.ID) (key id.ID) {
	t.Helper()
	err := f.DB.Write(t.Context(), f.Workspace.ID, func(ctx context.Context, tx db.Tx) (err error) {
		key, err = f.Queue.Enqueue(ctx, tx, f.Workspace.ID, work{Secret: "payload"}, jobs.CreatedBy(by))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (f *fixture) want(t *testing.T, key id.ID, state jobs.State) jobs.Info {
	t.Helper()
	i, err := f.jobs.Read(t.Context(), f.Admin, key)
	if err != nil || i.State != state {
		t.Fatalf("got %+v, %v; want %s", i, err, state)
	}
	return i
}

func wantKind(t *testing.T, err error, k errs.Kind) {
	t.Helper()
	if !errs.Has(err, k) {
		t.Errorf("got %v, want %s", err, k)
	}
}

func TestWhatFailedForGoodIsSeenAndRetried(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		manager := f.User(t, auth.Manager)
		key := f.start(t, id.Zero)
		f.Drain(t)
		list, q, err := f.jobs.List(t.Context(), manager, url.Values{"state": {"dead"}})
		if err != nil || len(list.Data) != 1 || list.Data[0].ID != key || list.Data[0].LastError == "" || q.Limit != 50 {
			t.Fatalf("got %+v, %v", list, err)
		}
		f.fails = false
		i, err := f.jobs.Retry(t.Context(), manager, key)
		if err != nil || i.State != jobs.Queued || i.Attempts != 0 {
			t.Fatalf("got %+v, %v", i, err)
		}
		if e := f.Entries(t).Data[0]; e.Action != "job.retried" || e.Object != key || e.ObjectName != "test.work" || e.ActorID != manager.User {
			t.Errorf("the log says %+v", e)
		}
		f.Drain(t)
		if i := f.want(t, key, jobs.Done); string(i.Result) == "" || i.LastError != "" {
			t.Errorf("got %+v", i)
		}
		before := len(f.Entries(t).Data)
		_, err = f.jobs.Retry(t.Context(), manager, key)
		wantKind(t, err, errs.Conflict)
		_, err = f.jobs.Cancel(t.Context(), manager, key)
		wantKind(t, err, errs.Conflict)
		if n := len(f.Entries(t).Data); n != before {
			t.Errorf("what did not happen left %d entries", n-before)
		}
	})
}

func TestWhatWaitsIsCancelledForGood(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		key := f.start(t, id.Zero)
		if i, err := f.jobs.Cancel(t.Context(), f.Admin, key); err != nil || i.State != jobs.Cancelled {
			t.Fatalf("got %+v, %v", i, err)
		}
		if e := f.Entries(t).Data[0]; e.Action != "job.cancelled" || e.Object != key {
			t.Errorf("the log says %+v", e)
		}
		f.Drain(t)
		f.want(t, key, jobs.Cancelled)
		_, err := f.jobs.Retry(t.Context(), f.Admin, key)
		wantKind(t, err, errs.Conflict)
	})
}

func TestWhoStartedAJobSeesItWithoutTheError(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		agent, colleague := f.User(t, auth.Agent), f.User(t, auth.Agent)
		key, system := f.start(t, agent.User), f.start(t, id.Zero)
		f.Drain(t)
		if i, err := f.jobs.Read(t.Context(), agent, key); err != nil || i.State != jobs.Dead || i.LastError != "" {
			t.Errorf("who started it sees %+v, %v", i, err)
		}
		if i := f.want(t, key, jobs.Dead); i.LastError == "" || i.CreatedBy != agent.User {
			t.Errorf("an administrator sees %+v", i)
		}
		_, other := f.Neighbour(t, "Other", "o@example.com")
		for name, read := range map[string]struct {
			who auth.Actor
			key id.ID
		}{"a colleague": {colleague, key}, "the system's": {agent, system}, "nobody": {auth.Actor{Tenant: f.Workspace.ID}, system}, "a neighbour": {other, key}} {
			if _, err := f.jobs.Read(t.Context(), read.who, read.key); !errs.Has(err, errs.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := f.jobs.Retry(t.Context(), other, key)
		wantKind(t, err, errs.NotFound)
		_, err = f.jobs.Cancel(t.Context(), other, key)
		wantKind(t, err, errs.NotFound)
		_, _, err = f.jobs.List(t.Context(), agent, nil)
		wantKind(t, err, errs.Forbidden)
		_, err = f.jobs.Retry(t.Context(), agent, key)
		wantKind(t, err, errs.Forbidden)
		_, err = f.jobs.Cancel(t.Context(), agent, key)
		wantKind(t, err, errs.Forbidden)
		f.want(t, key, jobs.Dead)
	})
}
