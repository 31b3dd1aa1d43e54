package httpx

import (
	"log/slog"
	"net/http"
)

// Recover answers a panic outside of the operations with a problem. Operations have their own net, so
// that a panic also ends an Idempotency-Key's request.
func Recover(log *slog.Logger, next http.Handler) http.Handler {
	a := &API{cfg: Config{Log: log}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &sentinel{ResponseWriter: w}
		defer func() {
			if v := recover(); v != nil {
				a.rescue(s, r, v)
			}
		}()
		next.ServeHTTP(s, r)
	})
}
