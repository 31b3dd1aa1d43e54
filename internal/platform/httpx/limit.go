package httpx

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

// count counts the request for the user, or for the address of nobody, and writes the limit's headers.
// Errors: TooMany.
func (a *API) count(w http.ResponseWriter, r *http.Request, who Caller) error {
	if a.cfg.Gate == nil {
		return nil
	}
	name, limit := "anonymous", a.cfg.Anonymous
	key := "anonymous:" + ratelimit.ClientKey(CallFrom(r.Context()).Address)
	if who.Actor != "" {
		name, limit = "user", a.cfg.User
		key = "user:" + strconv.FormatInt(int64(who.Workspace), 10) + ":" + who.Actor
	}
	if limit.Unlimited() {
		return nil
	}
	res := a.cfg.Gate.Allow(key, limit)
	w.Header().Set("RateLimit-Policy", fmt.Sprintf(`"%s";q=%d;w=%d`, name, limit.N, seconds(limit.Per)))
	w.Header().Set("RateLimit", fmt.Sprintf(`"%s";r=%d;t=%d`, name, res.Remaining, seconds(res.Reset)))
	if res.OK {
		return nil
	}
	return &waitError{wait: seconds(res.RetryAfter), Err: errs.New(errs.TooMany, "", "Too many requests. Wait a moment.")}
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// waitError is a refusal that knows how long it lasts.
type waitError struct {
	wait int
	Err  error
}

// RetryAfter makes an error whose answer tells how long to wait. Kinds TooMany and Unavailable use it.
func RetryAfter(err error, wait time.Duration) error {
	if err == nil {
		return nil
	}
	return &waitError{wait: max(1, seconds(wait)), Err: err}
}

// Error is the wrapped error's.
func (e *waitError) Error() string { return e.Err.Error() }

// Unwrap gives the wrapped error.
func (e *waitError) Unwrap() error { return e.Err }

// RetryAfterSeconds is how long to wait.
func (e *waitError) RetryAfterSeconds() int { return max(1, e.wait) }
