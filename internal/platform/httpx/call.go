package httpx

import (
	"context"
	"net/http"
	"net/netip"
	"regexp"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

// Call is what is known about a request while it runs. The middleware that answers the request writes
// it; one goroutine at a time.
type Call struct {
	ID      string     // request id: the client's when it is sane, else ours
	Address netip.Addr // of the client, behind trusted proxies; may be invalid
	Route   string     // "GET /tickets/{id}" once it is known, else a word such as "app"
	Caller  Caller

	tooLarge bool // the body went over its limit
}

type callKey struct{}

// CallFrom is the running request; outside of one it is empty.
func CallFrom(ctx context.Context) *Call {
	if c, ok := ctx.Value(callKey{}).(*Call); ok {
		return c
	}
	return &Call{}
}

// RequestID is the id that stands in the log and in the answer.
func RequestID(ctx context.Context) string { return CallFrom(ctx).ID }

// ClientAddress is where the request comes from, as text; empty when unknown.
func ClientAddress(ctx context.Context) string {
	if a := CallFrom(ctx).Address; a.IsValid() {
		return a.String()
	}
	return ""
}

// saneRequestID is what is accepted from a client, so that nothing can be smuggled into a log.
var saneRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// Identify is the outermost middleware: it gives the request its id and finds the client's address.
func Identify(c clock.Clock, proxies []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := &Call{ID: r.Header.Get("X-Request-Id"), Address: ratelimit.ClientIP(r, proxies), Route: "other"}
		if !saneRequestID.MatchString(call.ID) {
			call.ID = id.New(c.Now()).String()
		}
		w.Header().Set("X-Request-Id", call.ID)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callKey{}, call)))
	})
}
