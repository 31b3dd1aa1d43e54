package server

import (
	"net/http"
	"net/http/pprof"

	"github.com/throughlinehq/throughline/internal/platform/httpx"
)

// routes is every mount of the public side and the order of the middleware, outermost first:
//
//	request id and client address → panic net → access log and metrics → clear ends → security headers → one of
//	  /healthz, /readyz    for the load balancer
//	  /api/v1/…, /api/…    CORS → compression → the API (sign-in, limits, strict reading, safe retries)
//	  /api-docs            the API's reference
//	  anything else        the web app
func (s *Server) routes() (http.Handler, error) {
	api, err := httpx.Compress(s.deps.API)
	if err != nil {
		return nil, err
	}
	api = httpx.CORS(s.deps.CORSOrigins, api)
	app, err := newApp(s.deps.Web)
	if err != nil {
		return nil, err
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.alive)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("/api/v1/", http.StripPrefix("/api/v1", api))
	mux.Handle("/api/v1", http.StripPrefix("/api/v1", api))
	mux.Handle("/api/", http.StripPrefix("/api", api))
	mux.Handle("/api", http.StripPrefix("/api", api))
	mux.Handle("/api-docs", api)
	mux.Handle("/", app)

	var h http.Handler = mux
	h = httpx.Secure(s.deps.HTTPS, h)
	h = httpx.CloseChunked(h)
	h = httpx.Access(s.deps.Log, s.deps.Clock, s.deps.Metrics.observer(), h)
	h = httpx.Recover(s.deps.Log, h)
	return httpx.Identify(s.deps.Clock, s.deps.Proxies, h), nil
}

// inside is what the metrics listener serves, which must not be reachable from the internet.
func (s *Server) inside() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.alive)
	mux.HandleFunc("GET /readyz", s.ready)
	if s.deps.Metrics != nil {
		mux.Handle("/metrics", s.deps.Metrics.handler())
	}
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}
