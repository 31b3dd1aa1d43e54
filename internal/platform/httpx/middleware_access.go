package httpx

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
)

// Observation is one answered request, for metrics.
type Observation struct {
	Method   string
	Route    string // of an operation, or a word; never a path, which may hold ids and tokens
	Status   int
	Duration time.Duration
}

// Access logs each answer and hands it to observe, which may be nil. The log holds no address, path or
// query: those can name people and hold secrets.
func Access(log *slog.Logger, c clock.Clock, observe func(Observation), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, start := r.Context(), c.Now()
		out := &counted{ResponseWriter: w}
		defer func() {
			call := CallFrom(ctx)
			took := c.Now().Sub(start)
			if observe != nil {
				observe(Observation{Method: known(r.Method), Route: call.Route, Status: out.code(), Duration: took})
			}
			level := slog.LevelInfo
			if call.Route == "health" || call.Route == "app" {
				level = slog.LevelDebug
			}
			log.Log(ctx, level, "request", "request", call.ID, "method", known(r.Method), "route", call.Route,
				"status", out.code(), "ms", float64(took.Microseconds())/1000, "bytes", out.bytes, "workspace", int64(call.Caller.Workspace))
		}()
		next.ServeHTTP(out, r)
	})
}

// known bounds the methods in logs and metrics to those there are.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// counted remembers the status and size of an answer.
type counted struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (c *counted) code() int {
	if c.status == 0 {
		return http.StatusOK
	}
	return c.status
}

// WriteHeader remembers the status.
func (c *counted) WriteHeader(status int) {
	if c.status == 0 && status >= http.StatusOK {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write counts bytes.
func (c *counted) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }
