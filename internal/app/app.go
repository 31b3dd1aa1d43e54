package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/schema"
	"github.com/throughlinehq/throughline/internal/server"
	"github.com/throughlinehq/throughline/web"
)

// DatabaseFile is the SQLite database in the data folder.
const DatabaseFile = "throughline.db"

// FilesFolder holds uploaded files in the data folder.
const FilesFolder = "files"

// App is the program, built and not yet running. Close it.
type App struct {
	*Platform
	*Rooms

	API    *httpx.API
	live   *live
	server *server.Server
}

// New opens the database, brings its schema up to date and builds everything on it.
// Errors: Unavailable when the database does not answer, Conflict when a newer program has used it.
func New(ctx context.Context, cfg config.Config, log *slog.Logger) (*App, error) {
	return NewAt(ctx, cfg, log, clock.System{})
}

// NewAt is New by another clock, for tests of clocks that are set.
func NewAt(ctx context.Context, cfg config.Config, log *slog.Logger, c clock.Clock) (*App, error) {
	d, err := OpenDatabase(ctx, cfg)
	if err != nil {
		return nil, err
	}
	a, err := buildAt(ctx, cfg, log, d, c)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return a, nil
}

// OpenDatabase opens what the configuration names, as it is.
func OpenDatabase(ctx context.Context, cfg config.Config) (*db.DB, error) {
	return db.Open(ctx, db.Options{
		Path: filepath.Join(cfg.DataDir, DatabaseFile), URL: cfg.DatabaseURL.Reveal(), MaxConns: cfg.DBMaxConns,
		RowSecurity: db.RowSecurityMode(cfg.RowSecurity), AppURL: cfg.AppURL.Reveal(),
		Limit: cfg.RequestTimeout,
	})
}

// Build is New on a database that is open already, which the App takes over: Close closes it.
func Build(ctx context.Context, cfg config.Config, log *slog.Logger, d *db.DB) (*App, error) {
	return buildAt(ctx, cfg, log, d, clock.System{})
}

func buildAt(ctx context.Context, cfg config.Config, log *slog.Logger, d *db.DB, c clock.Clock) (*App, error) {
	p, err := newPlatform(cfg, log, d, c)
	if err != nil {
		return nil, err
	}
	ran, err := schema.Migrate(db.Patient(ctx), d, p.Clock)
	if err != nil {
		return nil, errs.Wrapf(err, "migrate")
	}
	if ran > 0 {
		log.InfoContext(ctx, "schema brought up to date", "steps", ran)
	}
	if s := d.RowSecurity(); d.Engine() == db.Postgres && !s.On && cfg.RowSecurity != string(db.RowSecurityOff) {
		log.WarnContext(ctx, "row security is not in use: workspaces are kept apart by the program alone", "why", s.Why, "mend", schema.RowSecurityHelp(schema.RowSecurityRole(d.Name()), false))
	}
	a := &App{Platform: p}
	if a.Rooms, err = newRooms(p); err != nil {
		return nil, err
	}
	if err := a.react(); err != nil {
		return nil, err
	}
	a.periodic()
	if err := p.Queue.Validate(); err != nil {
		return nil, err
	}
	a.live = newLive(p, a.Rooms)
	p.streams.Store(a.live)
	if a.API, err = a.newAPI(); err != nil {
		return nil, err
	}
	a.server, err = server.New(server.Deps{
		Listen: cfg.Listen, MetricsListen: cfg.MetricsListen, HTTPS: cfg.HTTPS(), CORSOrigins: cfg.CORSOrigins, Proxies: cfg.TrustedProxies,
		Log: log, Clock: p.Clock, DB: d, API: a.API, Web: web.FS(), Metrics: p.Metrics, EndStreams: p.Hub.Close, DrainWait: cfg.DrainWait, Lacks: p.lacks,
	})
	return a, err
}

// Handler is everything that is served in public, for tests that need no listener.
func (a *App) Handler() http.Handler { return a.server.Handler() }

// Close gives everything back. Run has ended by then.
func (a *App) Close() error { return errors.Join(a.Platform.close(), a.DB.Close()) }

// Serve answers requests and, unless workers are turned off, works the queue, until the context ends.
// started is called with the address once the port is taken; it may be nil.
// Errors: Unavailable when the port or the data folder is in use.
func (a *App) Serve(ctx context.Context, started func(address string)) error {
	if a.DB.Engine() == db.SQLite {
		unlock, err := lockFolder(a.Config.DataDir)
		if err != nil {
			return err
		}
		defer unlock()
	}
	if err := a.server.Listen(ctx); err != nil {
		return err
	}
	if started != nil {
		started(a.server.Addr())
	}
	if a.bus != nil {
		a.bus.Serves()
	}
	return a.live.during(ctx, func(ctx context.Context) error {
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return a.server.Run(ctx) })
		if a.Config.Workers > 0 {
			g.Go(func() error { return a.Queue.Run(ctx) })
		}
		return g.Wait()
	})
}

// Work works the queue alone until the context ends, beside other processes that serve.
func (a *App) Work(ctx context.Context) error { return a.live.during(ctx, a.Queue.Run) }
