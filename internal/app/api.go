package app

import (
	"context"
	"net/http"
	"time"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/audit/auditapi"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/auth/authapi"
	"github.com/throughlinehq/throughline/internal/catalog/catalogapi"
	"github.com/throughlinehq/throughline/internal/customer/customerapi"
	"github.com/throughlinehq/throughline/internal/field/fieldapi"
	"github.com/throughlinehq/throughline/internal/job/jobapi"
	"github.com/throughlinehq/throughline/internal/media/mediaapi"
	"github.com/throughlinehq/throughline/internal/order/orderapi"
	"github.com/throughlinehq/throughline/internal/outbox/outboxapi"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/report/reportapi"
	"github.com/throughlinehq/throughline/internal/tag/tagapi"
	"github.com/throughlinehq/throughline/internal/tenant/tenantapi"
	"github.com/throughlinehq/throughline/internal/ticket/ticketapi"
)

// Version of the program; the build sets it with -ldflags "-X …/internal/app.Version=1.2.3".
var Version = "dev" //nolint:gochecknoglobals // the linker can set nothing else

// newAPI registers every operation, in the order in which the reference shows them and the Postman
// collection runs them: what others point at comes first.
func (a *App) newAPI() (*httpx.API, error) {
	api, err := httpx.New(httpx.Config{
		Title: "Throughline", Version: Version, BaseURL: a.Config.BaseURL, Cookie: a.Auth.Cookies().AccessName(),
		Description: "Customers, orders and conversations of a brand in one place.",
		Log:         a.Log, Clock: a.Clock, DB: a.DB, Authenticate: a.authenticate, Refused: a.refused,
		Gate: a.Gate, Anonymous: a.Config.AnonymousLimit, User: a.Config.UserLimit,
		Timeout: a.Config.RequestTimeout, MaxBody: int64(a.Config.MaxBody), CORSOrigins: a.Config.CORSOrigins, Proxies: a.Config.TrustedProxies,
	})
	if err != nil {
		return nil, err
	}
	authapi.Register(api, a.Auth, a.Clock)
	tagapi.Register(api, a.Tags)
	fieldapi.Register(api, a.Fields)
	customerapi.Register(api, a.Customers, a.Journey, worth{a.Rooms})
	catalogapi.Register(api, a.Catalog, a.Customers)
	orderapi.Register(api, a.Orders, a.Customers, a.Auth.Directory())
	mediaapi.Register(api, a.Media)
	ticketapi.Register(api, a.Tickets, a.Media)
	reportapi.Register(api, a.Report, a.Customers)
	tenantapi.Register(api, a.Tenants)
	outboxapi.Register(api, a.Outbox)
	jobapi.Register(api, a.Jobs, a.Auth.Directory())
	auditapi.Register(api, a.Audit)
	a.live.register(api)
	return api, nil
}

// authenticate tells httpx and the handlers who asks.
func (a *App) authenticate(r *http.Request) (context.Context, httpx.Caller, error) {
	ctx := auth.WithClient(r.Context(), auth.ClientOf(r, a.Config.TrustedProxies, httpx.RequestID(r.Context())))
	who, err := a.Auth.Authenticate(ctx, r)
	ctx = auth.WithActor(ctx, who)
	if err != nil {
		return ctx, httpx.Caller{}, err
	}
	return ctx, httpx.Caller{Workspace: who.Tenant, Actor: who.User.String()}, nil
}

// refusedLimit is how long keeping a refusal may hold up its answer.
const refusedLimit = 2 * time.Second

// refused keeps in the audit log that somebody was refused what they may not do, though they hang up.
func (a *App) refused(ctx context.Context, route string, why *errs.Error) {
	// An Idempotency-Key marks what was done, and this is not it.
	ctx, cancel := context.WithTimeout(db.Preparing(context.WithoutCancel(ctx)), refusedLimit)
	defer cancel()
	err := a.Audit.Denied(ctx, auth.ActorFrom(ctx), audit.Refusal{Operation: route, Permission: why.Permission, Code: why.Code})
	if err != nil {
		a.Log.WarnContext(ctx, "a refusal was not kept", "request", httpx.RequestID(ctx), "route", route, "error", err.Error())
	}
}
