package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const password = "Correct-Horse-Battery-7"

// start serves a new installation with one administrator until the test ends.
func start(t *testing.T, o db.Options) (url, token string, cfg config.Config) {
	t.Helper()
	a := install(t, o)
	url, _ = serve(t, a)
	return url, signIn(t, url), a.Config
}

// settings are those of an installation that uses a database.
func settings(t *testing.T, o db.Options) config.Config {
	t.Helper()
	env := []string{"THROUGHLINE_DATA_DIR=" + t.TempDir(), "THROUGHLINE_LISTEN=127.0.0.1:0", "THROUGHLINE_DATABASE_URL=" + o.URL, "THROUGHLINE_DB_MAX_CONNS=4"}
	cfg, err := config.Load(env, "")
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// install makes an installation with one administrator, which serve or its closing ends.
func install(t *testing.T, o db.Options) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), settings(t, o), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = a.Auth.CreateFirst(t.Context(), auth.Setup{
		Workspace: tenant.Create{Name: "Acme", Slug: "acme", Currency: "GBP", Timezone: "Europe/London", Locale: "en-GB"},
		Name:      "Ada Byron", Email: "ada@example.com", Password: password,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// serve serves until the test ends or it is told to stop.
func serve(t *testing.T, a *app.App) (url string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, func(s string) { address <- s }) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if err := a.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	t.Cleanup(stop)
	select {
	case s := <-address:
		url = "http://" + s + "/api/v1"
	case err := <-ended:
		t.Fatalf("Serve: %v", err)
	}
	return url, stop
}

func signIn(t *testing.T, url string) (token string) {
	t.Helper()
	var login struct{ Token string }
	res := call(t, http.MethodPost, url+"/auth/login", "", `{"email":"ada@example.com","password":"`+password+`"}`)
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(&login); err != nil || login.Token == "" {
		t.Fatalf("login answers %s: %v", res.Status, err)
	}
	return login.Token
}

func call(t *testing.T, method, url, token, body string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := (&http.Client{}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// until reads lines of a stream until one holds the words, and gives that line.
func until(t *testing.T, lines *bufio.Reader, words string) string {
	t.Helper()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the stream ended before %q: %v", words, err)
		}
		if strings.Contains(line, words) {
			return strings.TrimSpace(line)
		}
	}
}

func TestLiveEventsArriveAndAreReplayed(t *testing.T) {
	t.Parallel()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			url, token, _ := start(t, dbtest.Options(t, e))
			live := call(t, http.MethodGet, url+"/events", token, "")
			defer func() { _ = live.Body.Close() }()
			lines := bufio.NewReader(live.Body)
			until(t, lines, "event: connected")

			res := call(t, http.MethodPost, url+"/tags", token, `{"name":"first"}`)
			made, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			var tag struct{ ID string }
			if err := json.Unmarshal(made, &tag); err != nil || tag.ID == "" {
				t.Fatalf("%s %s", res.Status, made)
			}
			last := strings.TrimPrefix(until(t, lines, "id: "), "id: ")
			until(t, lines, tag.ID)

			again := call(t, http.MethodGet, url+"/events", token, "", "Last-Event-ID", last)
			defer func() { _ = again.Body.Close() }()
			until(t, bufio.NewReader(again.Body), tag.ID)

			nobody := call(t, http.MethodGet, url+"/events", "", "")
			_ = nobody.Body.Close()
			if nobody.StatusCode != http.StatusUnauthorized {
				t.Errorf("a stranger gets %s", nobody.Status)
			}
		})
	}
}

func TestASecondServerIsKeptOffTheFolder(t *testing.T) {
	t.Parallel()
	_, _, cfg := start(t, db.Options{})
	second, err := app.New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = second.Close() }()
	if err := second.Serve(t.Context(), nil); !errs.Has(err, errs.Unavailable) || !strings.Contains(err.Error(), cfg.DataDir) {
		t.Errorf("error %v", err)
	}
}
