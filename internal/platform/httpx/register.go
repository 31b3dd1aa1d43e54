package httpx

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// Route is a method and a path under /api/v1. A literal part of a path wins over a {placeholder}.
type Route struct{ Method, Path string }

// GET is a reading operation.
func GET(path string) Route { return Route{http.MethodGet, path} }

// POST creates or does something; it takes an Idempotency-Key.
func POST(path string) Route { return Route{http.MethodPost, path} }

// PUT changes the fields that are sent.
func PUT(path string) Route { return Route{http.MethodPut, path} }

// PATCH changes the fields that are sent.
func PATCH(path string) Route { return Route{http.MethodPatch, path} }

// DELETE removes; it answers 204.
func DELETE(path string) Route { return Route{http.MethodDelete, path} }

// Doc is what the reference says about an operation besides its types.
type Doc struct {
	ID          string // operation id, such as "create-ticket"; stable for generated clients
	Tag         string // group in the reference
	Summary     string
	Description string
	Permission  string      // "tickets:create"; empty for any signed-in user
	Public      bool        // no sign-in needed
	Errors      []errs.Kind // besides Unauthenticated, Forbidden, TooMany and Internal
	Status      int         // success; 0 means 200, or 201 for POST with Creates, or 204 without a body
	Creates     bool        // a POST that makes a new object
	Secret      bool        // the answer carries a secret: it is never kept for an Idempotency-Key
	Filters     []string    // names a list may filter by, for the reference
	Sorts       []string    // names a list may sort by
	MaxBody     int64       // bytes; 0 means the configured limit
	Example     any         // a whole body to show and to run, where the fields' own examples do not fit together
	Outside     []errs.Kind // refusals that running the reference takes for an answer, because success needs something from outside, such as a letter
}

// Register adds an operation. The handler's errors become problem answers by their kind.
// It panics on a defect in the types, as any registration of routes does.
func Register[I, O any](a *API, r Route, d Doc, handle func(ctx context.Context, in *I) (*O, error)) {
	_, list := any(new(I)).(interface{ Values() url.Values })
	answer, body := reflect.TypeFor[O]().FieldByName("Body")
	o := &operation{route: r, doc: d, list: list}
	op := a.operation(o, body)
	a.ops = append(a.ops, o)
	a.names.operation = d.ID
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			a.tellRefused(ctx, o, err)
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
	if err := checkInput(reflect.TypeFor[I]()); err != nil {
		panic(err) //nolint:forbidigo // as below
	}
	if body {
		if err := a.markNullable(answer.Type); err != nil {
			panic(err) //nolint:forbidigo // a defect in the types, found at start-up
		}
	}
	a.finish(o)
}

// tellRefused passes on that a caller who is known was refused something.
func (a *API) tellRefused(ctx context.Context, o *operation, err error) {
	var why *errs.Error
	if a.cfg.Refused == nil || CallFrom(ctx).Caller.Actor == "" || !errors.As(err, &why) || why.Kind != errs.Forbidden {
		return
	}
	a.cfg.Refused(ctx, o.route.Method+" "+o.route.Path, why)
}
