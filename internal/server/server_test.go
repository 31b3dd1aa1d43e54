package server_test

import (
	"bufio"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/realtime"
	"github.com/throughlinehq/throughline/internal/server"
)

func built() fs.FS {
	return fstest.MapFS{
		"index.html":            {Data: []byte("<p>app</p>")},
		"theme.js":              {Data: []byte("1")},
		"assets/a-1234.js":      {Data: []byte("plain")},
		"assets/a-1234.js.gz":   {Data: []byte("zipped")},
		"manifest.json":         {Data: []byte("{}")},
		"assets/a-1234.js.map":  {Data: []byte("{}")},
		".keep":                 {Data: []byte("")},
		"assets/inter-12.woff2": {Data: []byte("font")},
	}
}

func start(t *testing.T, d *db.DB, change func(*server.Deps)) *server.Server {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	api, err := httpx.New(httpx.Config{Log: log, Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	deps := server.Deps{Listen: "127.0.0.1:0", Log: log, Clock: clock.System{}, DB: d, API: api, Web: built()}
	if change != nil {
		change(&deps)
	}
	s, err := server.New(deps)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(t *testing.T, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWebApp(t *testing.T) {
	t.Parallel()
	h := start(t, dbtest.SQLite(t), nil).Handler()
	for _, c := range []struct {
		name, path, accept string
		status             int
		body, header, want string
	}{
		{"start page", "/", "", 200, "<p>app</p>", "Cache-Control", "no-cache"},
		{"a page of the app", "/tickets/1042", "", 200, "<p>app</p>", "Content-Type", "text/html; charset=utf-8"},
		{"an asset for ever", "/assets/a-1234.js", "", 200, "plain", "Cache-Control", "public, max-age=31536000, immutable"},
		{"an asset compressed", "/assets/a-1234.js", "br, gzip", 200, "zipped", "Content-Encoding", "gzip"},
		{"an asset for who refuses gzip", "/assets/a-1234.js", "gzip;q=0", 200, "plain", "Vary", "Accept-Encoding"},
		{"an asset that is gone", "/assets/b.js", "", 404, "404", "Cache-Control", "no-store"},
		{"the build's own files", "/manifest.json", "", 200, "<p>app</p>", "Content-Type", "text/html; charset=utf-8"},
		{"no way out of the folder", "/assets/..%2f..%2fetc/passwd", "", 404, "404", "X-Content-Type-Options", "nosniff"},
		{"strict policy", "/", "", 200, "", "Content-Security-Policy", "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := get(t, h, c.path, "Accept-Encoding", c.accept)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) || w.Header().Get(c.header) != c.want {
				t.Errorf("%d %q, %s: %q", w.Code, w.Body.String(), c.header, w.Header().Get(c.header))
			}
		})
	}
}

func TestWithoutTheWebAppThereIsAPlaceholder(t *testing.T) {
	t.Parallel()
	h := start(t, dbtest.SQLite(t), func(d *server.Deps) { d.Web = fstest.MapFS{} }).Handler()
	if w := get(t, h, "/"); w.Code != 200 || !strings.Contains(w.Body.String(), "/api-docs") {
		t.Errorf("%d %s", w.Code, w.Body.String())
	}
}

func TestAPIWithAndWithoutVersion(t *testing.T) {
	t.Parallel()
	h := start(t, dbtest.SQLite(t), nil).Handler()
	for _, path := range []string{"/api/v1/openapi.json", "/api/openapi.json"} {
		if w := get(t, h, path); w.Code != 200 || !strings.Contains(w.Body.String(), `"3.1.0"`) {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, path := range []string{"/api-docs", "/api/v1", "/api/v1/", "/api/v1/api-docs"} {
		if w := get(t, h, path); w.Code != 200 || !strings.Contains(w.Body.String(), "API reference") {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := get(t, h, "/api/v1/nothing"); w.Code != 404 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("an unknown path answers %d %s", w.Code, w.Header())
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := start(t, d, nil).Handler()
		if w := get(t, h, "/readyz"); w.Code != 200 {
			t.Errorf("readyz %d %s", w.Code, w.Body)
		}
		err := d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO schema_step (number, name, checksum, applied_at) VALUES (9999, 'later', '', 0)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if w := get(t, h, "/readyz"); w.Code != 503 || !strings.Contains(w.Body.String(), "schema") {
			t.Errorf("readyz %d %s", w.Code, w.Body)
		}
		if w := get(t, h, "/healthz"); w.Code != 200 {
			t.Errorf("healthz %d", w.Code)
		}
	})
}

func TestPortInUseIsNamed(t *testing.T) {
	t.Parallel()
	var lc net.ListenConfig
	taken, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	s := start(t, dbtest.SQLite(t), func(d *server.Deps) { d.Listen = taken.Addr().String() })
	err = s.Listen(t.Context())
	if !errs.Has(err, errs.Unavailable) || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Errorf("error %v", err)
	}
}

func TestShutdownEndsStreamsAndLetsRequestsFinish(t *testing.T) {
	t.Parallel()
	hub := realtime.NewHub()
	entered, release := make(chan struct{}), make(chan struct{})
	s := start(t, dbtest.SQLite(t), func(d *server.Deps) {
		d.EndStreams = hub.Close
		httpx.RegisterStream(d.API, httpx.GET("/events"), httpx.Doc{ID: "events", Summary: "Live", Public: true}, "text/event-stream",
			func(context.Context, *struct{}) (http.HandlerFunc, error) {
				sub, err := hub.Subscribe(realtime.Subscription{Workspace: 1})
				if err != nil {
					return nil, err
				}
				return func(w http.ResponseWriter, r *http.Request) { _ = realtime.ServeSSE(w, r, sub, realtime.Options{}) }, nil
			})
		httpx.Register(d.API, httpx.GET("/slow"), httpx.Doc{ID: "slow", Summary: "Slow", Public: true},
			func(context.Context, *struct{}) (*struct{}, error) {
				close(entered)
				<-release
				return &struct{}{}, nil
			})
	})
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()

	client := &http.Client{}
	live, err := client.Do(request(t, "http://"+s.Addr()+"/api/v1/events"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(live.Body)
	for line := ""; !strings.Contains(line, "connected"); {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	slow := make(chan int, 1)
	go func() {
		res, err := client.Do(request(t, "http://"+s.Addr()+"/api/v1/slow"))
		if err != nil {
			slow <- 0
			return
		}
		_ = res.Body.Close()
		slow <- res.StatusCode
	}()
	<-entered
	stop()
	rest, err := io.ReadAll(lines)
	if err != nil || !strings.Contains(string(rest), "restart") {
		t.Errorf("the stream ended with %q: %v", rest, err)
	}
	_ = live.Body.Close()
	close(release)
	if status := <-slow; status != 204 {
		t.Errorf("the request that ran got %d", status)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestAServerThatIsToldToStopAnswersUntilNobodyIsSent(t *testing.T) {
	t.Parallel()
	streams := make(chan struct{})
	s := start(t, dbtest.SQLite(t), func(d *server.Deps) {
		d.DrainWait = time.Second
		d.EndStreams = func() { close(streams) }
	})
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	ask := func(path string) (status int, closes bool) {
		t.Helper()
		res, err := http.DefaultClient.Do(request(t, "http://"+s.Addr()+path))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode, res.Close
	}
	if status, closes := ask("/readyz"); status != 200 || closes {
		t.Errorf("before: %d, connection closes: %v", status, closes)
	}
	begin := time.Now()
	stop()
	for status := 200; status != 503; status, _ = ask("/readyz") {
		if time.Since(begin) > 900*time.Millisecond {
			t.Fatal("it stays ready")
		}
	}
	select {
	case <-streams:
		t.Error("streams end before the wait is over: their clients come back while the balancer still sends them here")
	default:
	}
	if status, closes := ask("/healthz"); status != 200 || !closes {
		t.Errorf("while it waits: %d, connection closes: %v", status, closes)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	if took := time.Since(begin); took < time.Second {
		t.Errorf("it was gone after %s", took)
	}
	<-streams
}

func TestReadinessSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	h := start(t, dbtest.SQLite(t), func(d *server.Deps) { d.Lacks = func() string { return "redis" } }).Handler()
	if w := get(t, h, "/readyz"); w.Code != 200 || w.Body.String() != "ready, without redis\n" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func request(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
