package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
)

// Timeouts of connections. An answer that takes longer sets deadlines of its own, write by write.
const (
	headerTimeout = 10 * time.Second
	answerTimeout = 5 * time.Minute
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 6 * time.Second
	lateTime      = 2 * time.Second        // for what was taken at the last moment
	leaveTime     = time.Second            // longest that clients with kept connections get to leave by themselves
	quietTime     = 200 * time.Millisecond // no request for so long: there are none
	maxHeader     = 64 << 10
)

// Deps are what the server needs; Metrics, EndStreams and Lacks may be nil.
type Deps struct {
	Listen        string // address and port
	MetricsListen string // empty turns metrics and profiles off
	HTTPS         bool   // the public address is encrypted
	CORSOrigins   []string
	Proxies       []netip.Prefix

	Log        *slog.Logger
	Clock      clock.Clock
	DB         *db.DB
	API        *httpx.API
	Web        fs.FS // the built app
	Metrics    *Metrics
	EndStreams func() // ends live streams, which Shutdown would wait for
	// DrainWait is how long to go on answering, without being ready, once it is told to stop.
	DrainWait time.Duration
	// Lacks names what does not work and is no reason to send nobody, such as Redis; nil or empty means nothing.
	Lacks func() string
}

// Server answers HTTP. Use Listen, then Run.
type Server struct {
	deps     Deps
	handler  http.Handler
	draining atomic.Bool
	asked    atomic.Int64 // when the last request came, in Unix nanoseconds
	public   net.Listener
	metrics  net.Listener
}

// New puts the handlers together. Errors: a missing dependency.
func New(d Deps) (*Server, error) {
	if d.Log == nil || d.Clock == nil || d.DB == nil || d.API == nil || d.Web == nil {
		return nil, errors.New("server: Log, Clock, DB, API and Web are required")
	}
	s := &Server{deps: d}
	var err error
	s.handler, err = s.routes()
	return s, err
}

// Handler is everything that is served in public, for tests that need no listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Addr is where the server listens.
func (s *Server) Addr() string { return s.public.Addr().String() }

// Listen takes the ports. Errors: Unavailable with one line that names the port which is in use.
func (s *Server) Listen(ctx context.Context) error {
	var err error
	if s.public, err = listen(ctx, s.deps.Listen); err != nil {
		return err
	}
	if s.deps.MetricsListen == "" {
		return nil
	}
	if s.metrics, err = listen(ctx, s.deps.MetricsListen); err != nil {
		return errors.Join(err, s.public.Close())
	}
	return nil
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, errs.Newf(errs.Unavailable, "port_in_use", "Another program listens on %s already. Stop it, or choose another address with THROUGHLINE_LISTEN.", address)
	case err != nil:
		return nil, &errs.Error{Kind: errs.Unavailable, Code: "listen", Message: fmt.Sprintf("Cannot listen on %s.", address), Err: err}
	}
	return l, nil
}

// Run answers until the context ends. Then it is no longer ready, but goes on answering for the drain wait,
// until no balancer sends anybody; it ends the streams, tells clients with kept connections to close them, and lets
// requests that run come to their end, in less than ten seconds in all.
func (s *Server) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	stop, drained := context.WithCancel(context.WithoutCancel(ctx))
	defer drained()
	g.Go(func() error {
		<-ctx.Done()
		s.draining.Store(true)
		if s.deps.DrainWait > 0 {
			s.deps.Log.InfoContext(ctx, "told to stop: not ready any more, and answering what still comes", "for", s.deps.DrainWait.String())
			time.Sleep(s.deps.DrainWait)
		}
		drained()
		return nil
	})
	g.Go(func() error { return s.serve(stop, s.public, s.leaving(s.handler), s.deps.EndStreams) })
	if s.metrics != nil {
		g.Go(func() error { return s.serve(stop, s.metrics, s.inside(), nil) })
	}
	return g.Wait()
}

func (s *Server) serve(ctx context.Context, l net.Listener, h http.Handler, before func()) error {
	var g guests
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, WriteTimeout: answerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog:    slog.NewLogLogger(s.deps.Log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ConnState:   g.see,
	}
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		<-ctx.Done()
		if before != nil {
			before()
		}
		s.letLeave()
		shutDoor(l)
		_ = l.Close() // Serve says so
	}()
	err := srv.Serve(l)
	if !s.draining.Load() || !errors.Is(err, net.ErrClosed) {
		return errs.Wrapf(err, "serve on %s", l.Addr())
	}
	<-asked // from here on there are no new connections
	if g.seeOff() {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), lateTime)
		defer cancel()
		if srv.Shutdown(limit) == nil {
			return nil
		}
	} else {
		s.deps.Log.WarnContext(ctx, "requests were still running after the drain time and have been cut")
	}
	return srv.Close()
}
