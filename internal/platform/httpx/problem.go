package httpx

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// ProblemError is the body of every refusal (RFC 9457).
type ProblemError struct {
	Type      string         `json:"type" doc:"Where this kind of problem is explained" example:"/api-docs#problem-invalid"`
	Title     string         `json:"title" doc:"The kind in words" example:"Unprocessable"`
	Status    int            `json:"status" doc:"HTTP status" example:"422"`
	Detail    string         `json:"detail" doc:"What is wrong this time; safe to show to people" example:"Some fields need attention."`
	Code      string         `json:"code" doc:"Stable name of the problem, for programs" example:"invalid"`
	Errors    []ProblemField `json:"errors,omitempty" doc:"What is wrong, field by field"`
	RequestID string         `json:"requestId" doc:"Id of this request in the server's log" example:"01890a5d-ac96-774b-bcce-b302099a8057"`

	header http.Header
}

// ProblemField is one thing that is wrong.
type ProblemField struct {
	Location string `json:"location" doc:"Where: body.…, query.…, path.… or header.…" example:"body.email"`
	Message  string `json:"message" doc:"What is wrong with it" example:"must be an e-mail address"`
}

// Error is the detail.
func (p *ProblemError) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the HTTP status, for huma.
func (p *ProblemError) GetStatus() int { return p.Status }

// GetHeaders are headers that go with the answer, for huma.
func (p *ProblemError) GetHeaders() http.Header { return p.header }

// ContentType is the media type of problems, for huma.
func (*ProblemError) ContentType(string) string { return "application/problem+json" }

// StatusOf is the one table from kinds to HTTP.
func StatusOf(k errs.Kind) (status int, title string) {
	switch k {
	case errs.Malformed:
		return http.StatusBadRequest, "Malformed request"
	case errs.Unauthenticated:
		return http.StatusUnauthorized, "Not signed in"
	case errs.Forbidden:
		return http.StatusForbidden, "Not allowed"
	case errs.NotFound:
		return http.StatusNotFound, "Not found"
	case errs.Conflict:
		return http.StatusConflict, "Conflict"
	case errs.Precondition:
		return http.StatusPreconditionFailed, "Changed meanwhile"
	case errs.TooLarge:
		return http.StatusRequestEntityTooLarge, "Too large"
	case errs.Unsupported:
		return http.StatusUnsupportedMediaType, "Unsupported media type"
	case errs.Invalid:
		return http.StatusUnprocessableEntity, "Unprocessable"
	case errs.TooMany:
		return http.StatusTooManyRequests, "Too many requests"
	case errs.Unavailable:
		return http.StatusServiceUnavailable, "Unavailable"
	case errs.Internal:
	}
	return http.StatusInternalServerError, "Internal error"
}

// kinds are all of them, for the reference.
func kinds() []errs.Kind {
	return []errs.Kind{
		errs.Malformed, errs.Unauthenticated, errs.Forbidden, errs.NotFound, errs.Conflict, errs.Precondition,
		errs.TooLarge, errs.Unsupported, errs.Invalid, errs.TooMany, errs.Internal, errs.Unavailable,
	}
}

// newProblem makes the body for an error that may be shown.
func newProblem(ctx context.Context, k errs.Kind, code, detail string, fields []errs.Field) *ProblemError {
	status, title := StatusOf(k)
	if code == "" {
		code = k.String()
	}
	p := &ProblemError{
		Type: "/api-docs#problem-" + k.String(), Title: title, Status: status, Detail: detail, Code: code,
		RequestID: RequestID(ctx),
	}
	for _, f := range fields {
		p.Errors = append(p.Errors, ProblemField{Location: located(f.Location), Message: f.Message})
	}
	switch k {
	case errs.TooMany:
		p.header = http.Header{"Retry-After": {"10"}}
	case errs.Unavailable:
		p.header = http.Header{"Retry-After": {"5"}}
	case errs.Unauthenticated:
		p.header = http.Header{"Www-Authenticate": {`Bearer realm="throughline"`}}
	default:
	}
	return p
}

// located says in which part of the request a field is; services name body fields alone.
func located(location string) string {
	head, _, _ := strings.Cut(location, ".")
	switch head {
	case "body", "query", "path", "header", "form", "cookie":
		return location
	case "":
		return "body"
	}
	if strings.HasPrefix(location, "[") {
		return "body" + location
	}
	return "body." + location
}

// problem turns a handler's error into the answer. What is not meant to be shown is logged instead.
func (a *API) problem(ctx context.Context, err error) *ProblemError {
	var p *ProblemError
	if errors.As(err, &p) {
		return p
	}
	var e *errs.Error
	if errors.As(err, &e) && e.Kind != errs.Internal {
		if e.Kind == errs.Unavailable {
			a.cfg.Log.WarnContext(ctx, "unavailable", "request", RequestID(ctx), "route", CallFrom(ctx).Route, "error", err.Error())
		}
		return withRetry(newProblem(ctx, e.Kind, e.Code, e.Message, e.Fields), err)
	}
	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return newProblem(ctx, errs.Unavailable, "cancelled", "The request was cancelled.", nil)
	case errors.Is(err, context.DeadlineExceeded):
		a.cfg.Log.WarnContext(ctx, "deadline exceeded", "request", RequestID(ctx), "route", CallFrom(ctx).Route, "error", err.Error())
		return newProblem(ctx, errs.Unavailable, "timeout", "This took too long. Try again in a moment.", nil)
	}
	a.cfg.Log.ErrorContext(ctx, "internal error", "request", RequestID(ctx), "route", CallFrom(ctx).Route, "error", err.Error())
	return internalProblem(ctx)
}

func internalProblem(ctx context.Context) *ProblemError {
	return newProblem(ctx, errs.Internal, "", "Something went wrong here. The request id helps to find out what.", nil)
}

// withRetry takes the waiting time from an error that knows it.
func withRetry(p *ProblemError, err error) *ProblemError {
	var w interface{ RetryAfterSeconds() int }
	if errors.As(err, &w) && w.RetryAfterSeconds() > 0 {
		p.header = http.Header{"Retry-After": {strconv.Itoa(w.RetryAfterSeconds())}}
	}
	return p
}

// write answers with the problem, outside of huma.
func (p *ProblemError) write(w http.ResponseWriter) {
	for k, v := range p.header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(p) // the client has gone, or it works
}

// WriteProblem answers a request that no operation handles with an error's problem.
func WriteProblem(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	(&API{cfg: Config{Log: log}}).problem(r.Context(), err).write(w)
}
