package httpx

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// Names of the security schemes.
const (
	schemeBearer = "bearer"
	schemeCookie = "cookie"
)

func securitySchemes(cookie string) map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		schemeBearer: {Type: "http", Scheme: "bearer", Description: "An access token from POST /auth/login, or an API key."},
		schemeCookie: {Type: "apiKey", In: "cookie", Name: cookie, Description: "The session of the web app, set by POST /auth/login."},
	}
}

// What x-permission says of operations that ask for no permission.
const (
	permissionNone     = "none"      // nobody has to sign in
	permissionSignedIn = "signed-in" // anybody who is signed in; what they see depends on who they are
)

// operation makes what huma registers from a route and its words.
func (a *API) operation(o *operation, hasBody bool) huma.Operation {
	d := o.doc
	op := huma.Operation{
		Method: o.route.Method, Path: o.route.Path, OperationID: d.ID, Summary: d.Summary,
		Description:   describe(d),
		DefaultStatus: success(o.route, d, hasBody),
		// Bodies are read and measured before huma sees them.
		MaxBodyBytes:    max(d.MaxBody, a.cfg.MaxBody) + 1,
		BodyReadTimeout: -1,
		Responses:       map[string]*huma.Response{},
		Errors:          statuses(o),
	}
	if d.Tag != "" {
		op.Tags = []string{d.Tag}
	}
	op.Security = []map[string][]string{{schemeBearer: {}}, {schemeCookie: {}}}
	permission := d.Permission
	switch {
	case d.Public:
		op.Security = []map[string][]string{{}} // an empty requirement: nothing is needed
		permission = permissionNone
	case permission == "":
		permission = permissionSignedIn
	}
	op.Extensions = map[string]any{"x-permission": permission}
	if o.route.Method == http.MethodPost && !o.secret() {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header",
			Description: "A value of your choice, 1 to 255 characters, new for each thing you want to happen once. A repeat within 24 hours gets the first answer again, with Idempotent-Replayed: true; where the server stopped before that answer was kept, it gets 409 idempotency_answer_lost, and nothing happens twice.",
			Schema:      &huma.Schema{Type: huma.TypeString},
		})
	}
	for _, f := range d.Filters {
		many := true
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: f, In: "query", Explode: &many, Description: "Only rows with this " + f + "; repeat it for more than one.",
			Schema: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}},
		})
	}
	return op
}

func describe(d Doc) string {
	parts := []string{}
	if d.Description != "" {
		parts = append(parts, d.Description)
	}
	switch {
	case d.Permission != "":
		parts = append(parts, "Permission: `"+d.Permission+"`.")
	case d.Public:
		parts = append(parts, "Needs no sign-in.")
	default:
		parts = append(parts, "For anybody who is signed in.")
	}
	if len(d.Filters) > 0 {
		parts = append(parts, "Filters: `"+strings.Join(d.Filters, "`, `")+"`; numbers and times also as `name[gte]`, `[gt]`, `[lte]`, `[lt]`.")
	}
	if len(d.Sorts) > 0 {
		parts = append(parts, "Orders: `"+strings.Join(d.Sorts, "`, `")+"`; `-` in front for descending.")
	}
	return strings.Join(parts, "\n\n")
}

func success(r Route, d Doc, hasBody bool) int {
	switch {
	case d.Status != 0:
		return d.Status
	case !hasBody:
		return http.StatusNoContent
	case r.Method == http.MethodPost && d.Creates:
		return http.StatusCreated
	}
	return http.StatusOK
}

// statuses are the problems that an operation may answer with. finish adds those that follow from a body.
func statuses(o *operation) []int {
	all := []errs.Kind{errs.Malformed, errs.TooMany, errs.Internal, errs.Unavailable}
	if !o.doc.Public {
		all = append(all, errs.Unauthenticated)
	}
	if !o.doc.Public || o.route.Method != http.MethodGet {
		all = append(all, errs.Forbidden) // also for what a page of another site makes a browser send
	}
	if strings.Contains(o.route.Path, "{") {
		all = append(all, errs.NotFound)
	}
	if o.route.Method == http.MethodPost && !o.secret() {
		all = append(all, errs.Conflict) // a key that is used for something else
	}
	var out []int
	for _, k := range append(all, o.doc.Errors...) {
		if s, _ := StatusOf(k); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// secret reports an answer that must not be kept: all of signing in, and what says so itself.
func (o *operation) secret() bool {
	return o.doc.Secret || strings.HasPrefix(o.route.Path, "/auth/")
}

// finish completes the document of an operation after huma has read its types, and gives it its route.
func (a *API) finish(o *operation) {
	op := o.huma
	makeOptional(a.OpenAPI().Components.Schemas.Map())
	if op.RequestBody != nil {
		for _, k := range []errs.Kind{errs.TooLarge, errs.Unsupported, errs.Invalid} {
			a.addProblem(op, k)
		}
		if m := op.RequestBody.Content["application/json"]; m != nil && op.Method == http.MethodPatch {
			op.RequestBody.Content["application/merge-patch+json"] = m
		}
	} else if !slices.Contains(o.doc.Errors, errs.Invalid) {
		delete(op.Responses, "422") // parameters that cannot be read are a 400
	}
	for _, p := range op.Parameters {
		if p.In == "header" && p.Name == "If-Match" {
			a.addProblem(op, errs.Precondition)
		}
	}
	for status, r := range op.Responses {
		describeHeaders(op, status, r)
	}
	if err := a.routes.add(o); err != nil {
		panic(err) //nolint:forbidigo // a defect in the code, found at start-up
	}
}

func (a *API) addProblem(op *huma.Operation, k errs.Kind) {
	status, _ := StatusOf(k)
	key := strconv.Itoa(status)
	if op.Responses[key] != nil {
		return
	}
	op.Responses[key] = &huma.Response{
		Description: http.StatusText(status),
		Content: map[string]*huma.MediaType{"application/problem+json": {
			Schema: &huma.Schema{Ref: "#/components/schemas/Problem"},
		}},
	}
}

func describeHeaders(op *huma.Operation, status string, r *huma.Response) {
	if r.Headers == nil {
		r.Headers = map[string]*huma.Param{}
	}
	header := func(name, doc, kind string) {
		if r.Headers[name] == nil {
			r.Headers[name] = &huma.Param{Description: doc, Schema: &huma.Schema{Type: kind}}
		}
	}
	header("RateLimit-Policy", "The limit that applies: its name, q uses in w seconds", huma.TypeString)
	header("RateLimit", "r uses are left, all are free again in t seconds", huma.TypeString)
	switch status {
	case "429", "503":
		header("Retry-After", "Seconds to wait", huma.TypeInteger)
	case "401":
		header("WWW-Authenticate", "How to sign in", huma.TypeString)
	}
	if op.Method == http.MethodPost && strings.HasPrefix(status, "2") {
		header("Idempotent-Replayed", "true when this is the kept answer of an earlier request with the same key", huma.TypeString)
	}
}
