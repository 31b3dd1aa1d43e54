package httpx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// ServeHTTP answers requests whose path has lost its prefix (/api/v1 or /api). It works inside Identify.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := CallFrom(r.Context())
	a.find(w, r.WithContext(context.WithValue(r.Context(), callKey{}, call)), call)
}

// find looks for the operation and lets it answer.
func (a *API) find(w http.ResponseWriter, r *http.Request, call *Call) {
	w.Header().Set("Cache-Control", "no-store")
	if a.serveReference(w, r) {
		return
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	found, values, allow := a.routes.find(method, r.URL.EscapedPath())
	if found == nil {
		a.serveUnknown(w, r, allow)
		return
	}
	call.Route = found.op.route.Method + " " + found.op.route.Path
	for i, name := range found.params {
		v, err := url.PathUnescape(values[i])
		if err != nil || !printable(v) {
			a.problem(r.Context(), errs.Missing()).write(w)
			return
		}
		r.SetPathValue(name, v)
	}
	if a.cfg.Timeout > 0 && found.op.ends() {
		ctx, cancel := context.WithTimeout(r.Context(), a.cfg.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
	}
	entered, err := a.enter(w, r, found.op)
	if err != nil {
		a.problem(r.Context(), err).write(w)
		return
	}
	a.once(w, entered, found.op)
}

// ends reports an operation whose time is ours: neither a stream nor an upload, which last as long as the
// client's line needs.
func (o *operation) ends() bool {
	if o.streams {
		return false
	}
	return o.huma.RequestBody == nil || o.huma.RequestBody.Content["multipart/form-data"] == nil
}

// serveUnknown answers what no operation is registered for. It counts, so that nobody can search for free.
func (a *API) serveUnknown(w http.ResponseWriter, r *http.Request, allow []string) {
	CallFrom(r.Context()).Route = "unknown"
	if err := a.count(w, r, Caller{}); err != nil {
		a.problem(r.Context(), err).write(w)
		return
	}
	if len(allow) == 0 {
		a.problem(r.Context(), errs.Missing()).write(w)
		return
	}
	if slices.Contains(allow, http.MethodGet) {
		allow = append(allow, http.MethodHead)
	}
	p := newProblem(r.Context(), errs.Malformed, "method_not_allowed", "This path knows "+strings.Join(allow, ", ")+".", nil)
	p.Status, p.Title = http.StatusMethodNotAllowed, "Method not allowed"
	p.header = http.Header{"Allow": {strings.Join(allow, ", ")}}
	p.write(w)
}

// enter finds out who asks, counts the request and refuses what cannot be read, before huma reads it. The
// request it gives knows the caller.
func (a *API) enter(w http.ResponseWriter, r *http.Request, o *operation) (*http.Request, error) {
	call := CallFrom(r.Context())
	// Browsers send cookies by themselves, and sign-in sets them; a header has to be put there by a program.
	if r.Header.Get("Authorization") == "" && a.fromElsewhere(r) {
		return r, errs.New(errs.Forbidden, "cross_origin", "A browser sent this from another site.")
	}
	var failed error
	if a.cfg.Authenticate != nil {
		ctx, caller, err := a.cfg.Authenticate(r)
		if ctx != nil {
			r = r.WithContext(ctx) //nolint:contextcheck // the request's own, with the actor in it
		}
		if failed = err; err == nil {
			call.Caller = caller
		}
	}
	if err := a.count(w, r, call.Caller); err != nil {
		return r, err
	}
	switch {
	case failed != nil && (!o.doc.Public || !errs.Has(failed, errs.Unauthenticated)):
		return r, failed
	case call.Caller.Actor == "" && !o.doc.Public:
		return r, errs.New(errs.Unauthenticated, "unauthenticated", "Sign in first.")
	}
	if err := checkQuery(r, o); err != nil {
		return r, err
	}
	return r, a.readBody(w, r, o)
}

// fromElsewhere reports a change that a page of another site asked for. net/http compares hosts alone where a
// browser does not say what it sees; the same host without encryption is anybody's who sits between.
func (a *API) fromElsewhere(r *http.Request) bool {
	if a.origins.Check(r) != nil {
		return true
	}
	origin := r.Header.Get("Origin")
	return strings.HasPrefix(a.cfg.BaseURL, "https://") && strings.HasPrefix(origin, "http://") &&
		r.Method != http.MethodGet && r.Method != http.MethodHead && !slices.Contains(a.cfg.CORSOrigins, origin)
}

// run lets huma answer, and turns a panic into a problem.
func (a *API) run(w http.ResponseWriter, r *http.Request, o *operation) {
	s := &sentinel{ResponseWriter: w}
	defer func() {
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll() // what a broken upload left on the disk
		}
		if v := recover(); v != nil {
			a.rescue(s, r, v)
		}
	}()
	o.serve(humago.NewContext(o.huma, r, s))
	if !s.started {
		s.WriteHeader(o.huma.DefaultStatus)
	}
}

func (a *API) rescue(s *sentinel, r *http.Request, v any) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v) //nolint:forbidigo // net/http's own way to cut a connection
	}
	a.cfg.Log.ErrorContext(r.Context(), "panic", "request", RequestID(r.Context()), "route", CallFrom(r.Context()).Route,
		"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	if s.started {
		panic(http.ErrAbortHandler) //nolint:forbidigo // half an answer must not look whole
	}
	internalProblem(r.Context()).write(s)
}

// sentinel knows whether the answer has begun.
type sentinel struct {
	http.ResponseWriter
	started bool
}

// WriteHeader begins the answer.
func (s *sentinel) WriteHeader(status int) {
	s.started = s.started || status >= http.StatusOK
	s.ResponseWriter.WriteHeader(status)
}

// Write begins the answer.
func (s *sentinel) Write(b []byte) (int, error) {
	s.started = true
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *sentinel) Unwrap() http.ResponseWriter { return s.ResponseWriter }
