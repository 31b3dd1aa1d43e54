package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/blob"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/mailer"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
	"github.com/throughlinehq/throughline/internal/platform/realtime"
	"github.com/throughlinehq/throughline/internal/platform/redis"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/platform/secret"
	"github.com/throughlinehq/throughline/internal/server"
)

// Platform is the ground floor, built.
type Platform struct {
	Config  config.Config
	Log     *slog.Logger
	Clock   clock.Clock
	DB      *db.DB
	Keys    *secret.Keys
	Gate    ratelimit.Gate
	Blobs   *blob.Folder
	Mailer  *mailer.Mailer
	Search  *search.Index
	Queue   *jobs.Queue
	Events  *event.Log
	Hub     *realtime.Hub
	Metrics *server.Metrics
	Redis   *redis.Client // nil without one

	bus     *redis.Bus           // nil without Redis
	streams atomic.Pointer[live] // hears events and job changes; it is built after the rooms that it asks
}

// reaction is the job that runs one reaction to one event.
type reaction struct {
	Event    id.ID  `json:"event"`
	Reaction string `json:"reaction"`
}

// JobKind is the job's stable name.
func (reaction) JobKind() string { return "event.react" }

// grace is how long running jobs have when the program is told to stop; what is left of the ten seconds that it
// takes at most is for giving back the others.
const grace = 5 * time.Second

func newPlatform(cfg config.Config, log *slog.Logger, d *db.DB, c clock.Clock) (*Platform, error) {
	p := &Platform{
		Config: cfg, Log: log, Clock: c, DB: d, Hub: realtime.NewHub(),
	}
	p.Metrics = server.NewMetrics(d, p.Hub.Streams)
	var err error
	if p.Keys, err = secret.Open(cfg.DataDir, cfg.SecretKey); err != nil {
		return nil, err
	}
	if p.Blobs, err = blob.OpenFolder(filepath.Join(cfg.DataDir, FilesFolder), p.Clock); err != nil {
		return nil, err
	}
	p.Mailer, err = mailer.New(mailer.Options{URL: cfg.SMTPURL, From: cfg.MailFrom, Clock: p.Clock})
	if err != nil {
		return nil, errors.Join(err, p.Blobs.Close())
	}
	if err = p.share(); err != nil {
		return nil, errors.Join(err, p.Blobs.Close())
	}
	p.Search = search.New(p.Clock)
	p.Queue = jobs.New(d, p.Clock, log, jobs.Options{Workers: cfg.Workers, Grace: grace, OnChange: p.jobChanged})
	p.Metrics.WatchQueue(p.Queue.Stats)
	p.Events = event.NewLog(p.Clock,
		func(ctx context.Context, tx db.Tx, e *event.Stored, name string) error {
			_, err := p.Queue.Enqueue(ctx, tx, e.Workspace, reaction{Event: e.ID, Reaction: name})
			return err
		},
		func(e *event.Stored) {
			if l := p.streams.Load(); l != nil {
				l.publish(liveEvent(e))
			}
		})
	p.Queue.Every("http.forget-keys", jobs.Interval(time.Hour), func(ctx context.Context) error {
		_, err := httpx.ForgetOldKeys(ctx, d, p.Clock.Now())
		return err
	})
	return p, nil
}

func (p *Platform) jobChanged(c jobs.Change) {
	p.Metrics.Job(c)
	if l := p.streams.Load(); l != nil {
		l.jobChanged(c)
	}
}

func (p *Platform) close() error {
	p.Hub.Close()
	p.Mailer.Close()
	return errors.Join(p.unshare(), p.Blobs.Close())
}
