package server

import (
	"context"
	"net/http"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/schema"
)

// healthTimeout bounds a look at the database, so that a slow one shows instead of blocking the prober.
const healthTimeout = time.Second

// alive says that the process runs; it asks nobody else.
func (*Server) alive(w http.ResponseWriter, r *http.Request) {
	httpx.CallFrom(r.Context()).Route = "health"
	tell(w, http.StatusOK, "ok")
}

// ready says that requests are welcome: the database answers with the right schema, and nobody is leaving.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	httpx.CallFrom(r.Context()).Route = "health"
	if s.draining.Load() {
		tell(w, http.StatusServiceUnavailable, "shutting down")
		return
	}
	// Being busy is no reason to be taken out of service, so this stands in no line.
	ctx, cancel := context.WithTimeout(db.Aside(r.Context()), healthTimeout)
	defer cancel()
	done := make(chan error, 1)
	// A driver that does not heed the context must not hold the answer back.
	go func() { done <- s.look(ctx) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		s.deps.Log.WarnContext(r.Context(), "not ready", "error", err.Error())
		text := "the database does not answer"
		if errs.Has(err, errs.Conflict) {
			text = "the database has another schema"
		}
		tell(w, http.StatusServiceUnavailable, text)
		return
	}
	text := "ready"
	if s.deps.Lacks != nil {
		if lacks := s.deps.Lacks(); lacks != "" {
			text += ", without " + lacks
		}
	}
	tell(w, http.StatusOK, text)
}

func (s *Server) look(ctx context.Context) error {
	if err := s.deps.DB.Ping(ctx); err != nil {
		return err
	}
	return schema.Check(ctx, s.deps.DB)
}

func tell(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the prober has gone, or it works
}
