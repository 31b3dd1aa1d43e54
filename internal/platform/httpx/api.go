package httpx

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

// Prefix is where the API is mounted; /api without a version means the same.
const Prefix = "/api/v1"

// Caller is who a request comes from, as far as this package has to know.
type Caller struct {
	Workspace id.Workspace
	Actor     string // stable and unique in the workspace; empty for nobody
}

// Config is what an API needs. Only Log and Clock must be set.
type Config struct {
	Title       string
	Version     string // of the program, shown in the reference
	Description string
	BaseURL     string // public address, for the examples and the origin check
	Cookie      string // name of the session cookie, for the reference

	Log   *slog.Logger
	Clock clock.Clock
	DB    *db.DB // keeps Idempotency-Key results; nil ignores the header

	// Authenticate reads who a request is from and puts the actor into the context for the handlers.
	// A request without credentials is no error: it gives the context and the zero Caller.
	// With an error the context, when not nil, is used all the same. Credentials in a header win over a cookie.
	// Errors: Unauthenticated for credentials that are not good; Unavailable. nil knows nobody.
	Authenticate func(r *http.Request) (context.Context, Caller, error)

	// Refused is told when an operation refused a caller what they may not do, after all its transactions
	// have ended and before the answer; route is such as "DELETE /tickets/{id}". nil tells nobody.
	Refused func(ctx context.Context, route string, why *errs.Error)

	Gate      ratelimit.Gate // nil counts nothing
	Anonymous ratelimit.Limit
	User      ratelimit.Limit

	Timeout     time.Duration // longest that a request may take, but for uploads and streams; 0 means no bound
	MaxBody     int64         // bytes of a request body; 0 means 1 MiB
	CORSOrigins []string
	Proxies     []netip.Prefix // trusted to tell the client's address
}

// API holds the registered operations and answers their requests. Register everything before the first
// request; from then on it is safe for concurrent use.
type API struct {
	cfg       Config
	huma      huma.API
	routes    router
	names     *namer
	origins   *http.CrossOriginProtection
	ops       []*operation
	abandoned abandoned             // keys of requests that did not happen, which could not be given back
	checked   map[reflect.Type]bool // answers whose pointers are seen to

	document sync.Once
	openapi  []byte
	html     []byte
	postman  []byte
	docErr   error
}

// operation is what this package keeps about one registered operation.
type operation struct {
	route   Route
	doc     Doc
	streams bool            // its answer takes as long as the client likes
	list    bool            // its filters are checked by page.Spec
	huma    *huma.Operation // with parameters and schemas, once registered
	serve   func(huma.Context)
}

// New makes an API without operations.
func New(cfg Config) (*API, error) {
	strict()
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = 1 << 20
	}
	if cfg.Title == "" {
		cfg.Title = "Throughline"
	}
	if cfg.Version == "" {
		cfg.Version = "0"
	}
	if cfg.Cookie == "" {
		cfg.Cookie = "session"
	}
	a := &API{cfg: cfg, names: newNamer(), origins: http.NewCrossOriginProtection(), checked: map[reflect.Type]bool{}}
	for _, o := range append([]string{cfg.BaseURL}, cfg.CORSOrigins...) {
		if o == "" {
			continue
		}
		if err := a.origins.AddTrustedOrigin(o); err != nil {
			return nil, errs.Wrapf(err, "trust origin %s", o)
		}
	}
	registry := huma.NewMapRegistry("#/components/schemas/", a.names.name)
	aliasSchemas(registry)
	a.huma = huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: cfg.Title, Version: cfg.Version, Description: cfg.Description,
				License: &huma.License{Name: "Apache License 2.0", Identifier: "Apache-2.0"},
			},
			Servers: []*huma.Server{{URL: Prefix}},
			Components: &huma.Components{
				Schemas:         registry,
				SecuritySchemes: securitySchemes(cfg.Cookie),
			},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()},
		DefaultFormat: "application/json",
	}, adapter{a})
	return a, nil
}

// OpenAPI is the document of everything that is registered so far.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// adapter gives huma's handlers their routes.
type adapter struct{ api *API }

// Handle keeps huma's handler for the operation that is being registered.
func (d adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	o := d.api.ops[len(d.api.ops)-1]
	o.huma, o.serve = op, handler
}

// ServeHTTP makes the adapter huma's router; requests reach the API through API.ServeHTTP instead.
func (d adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.api.ServeHTTP(w, r) }
