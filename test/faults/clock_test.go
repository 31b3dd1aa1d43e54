package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// wall is the machine's clock, set wrong by so much.
type wall struct{ off atomic.Int64 }

// Now is what the clock on the wall shows.
func (w *wall) Now() time.Time {
	return time.Now().UTC().Truncate(time.Microsecond).Add(time.Duration(w.off.Load()))
}

// errand is a job of this test.
type errand struct {
	Name string `json:"name"`
}

// JobKind names it.
func (errand) JobKind() string { return "faults.errand" }

// inside is the program in this process, with a clock that the test sets. LD_PRELOAD reaches no static binary.
type inside struct {
	*app.App
	clock *wall
	ws    tenant.ID
	url   string
	runs  atomic.Int64  // of errands
	wait  chan struct{} // lets an errand named "long" end
	turns atomic.Int64  // of an hourly task
}

func startInside(t *testing.T, e db.Engine) *inside {
	t.Helper()
	o := dbtest.Options(t, e)
	dir := t.TempDir()
	if e == db.SQLite {
		dir = filepath.Dir(o.Path)
	}
	cfg, err := config.Load([]string{
		"THROUGHLINE_DATA_DIR=" + dir, "THROUGHLINE_LISTEN=127.0.0.1:0", "THROUGHLINE_DATABASE_URL=" + o.URL,
		"THROUGHLINE_DB_MAX_CONNS=4", "THROUGHLINE_WORKERS=4", "THROUGHLINE_USER_LIMIT=40/1m",
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	in := &inside{clock: &wall{}, wait: make(chan struct{})}
	if in.App, err = app.NewAt(t.Context(), cfg, slog.New(slog.DiscardHandler), in.clock); err != nil {
		t.Fatal(err)
	}
	jobs.Handle(in.Queue, func(ctx context.Context, _ *jobs.Job, a errand) error {
		in.runs.Add(1)
		if a.Name == "long" {
			select {
			case <-in.wait:
			case <-ctx.Done():
			}
		}
		return ctx.Err()
	})
	in.Queue.Every("faults.hourly", jobs.Interval(time.Hour), func(context.Context) error {
		in.turns.Add(1)
		return nil
	})
	w, _, err := in.Auth.CreateFirst(t.Context(), auth.Setup{
		Workspace: tenant.Create{Name: "Acme", Slug: "acme", Currency: "GBP", Timezone: "UTC", Locale: "en-GB"},
		Name:      "Ada Byron", Email: email, Password: password,
	})
	if err != nil {
		t.Fatal(err)
	}
	in.ws = w.ID
	ctx, stop := context.WithCancel(t.Context())
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- in.Serve(ctx, func(s string) { address <- s }) }()
	select {
	case in.url = <-address:
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	return in
}

func (in *inside) enqueue(t *testing.T, name string, options ...jobs.Option) {
	t.Helper()
	err := in.DB.Write(t.Context(), in.ws, func(ctx context.Context, tx db.Tx) error {
		_, err := in.Queue.Enqueue(ctx, tx, in.ws, errand{name}, options...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// pair is a sign-in's tokens.
type pair struct{ Token, RefreshToken string }

func (in *inside) call(t *testing.T, method, path, token string, body any) *httptest.ResponseRecorder {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+in.url+"/api/v1"+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	out := httptest.NewRecorder()
	res, err := (&http.Client{}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	out.Code = res.StatusCode
	_, _ = out.Body.ReadFrom(res.Body)
	return out
}

func (in *inside) tokens(t *testing.T, path string, body any) pair {
	t.Helper()
	a := in.call(t, http.MethodPost, path, "", body)
	var p pair
	if err := json.Unmarshal(a.Body.Bytes(), &p); err != nil || p.Token == "" {
		t.Fatalf("%s answers %d %s", path, a.Code, a.Body)
	}
	return p
}

func TestAClockThatIsSetBackOrForwardHarmsNothing(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"an hour back": -time.Hour, "an hour forward": time.Hour, "a day back": -24 * time.Hour, "a day forward": 24 * time.Hour} {
		engines := []db.Engine{db.SQLite, db.Postgres}
		for _, e := range engines {
			t.Run(name+" on "+string(e), func(t *testing.T) {
				t.Parallel()
				clockStep(t, startInside(t, e), by)
				note("clock set %s (%s): sign-ins renewed, jobs and hourly tasks once and on time, streams and pages whole, limits recovered", name, e)
			})
		}
	}
}

func clockStep(t *testing.T, in *inside, by time.Duration) {
	p := in.tokens(t, "/auth/login", map[string]string{"email": email, "password": password})
	made := map[string]bool{}
	create := func(token, name string) int {
		a := in.call(t, http.MethodPost, "/customers", token, map[string]string{"firstName": name, "lastName": "Fault"})
		var c struct{ ID string }
		_ = json.Unmarshal(a.Body.Bytes(), &c)
		if a.Code == http.StatusCreated {
			if made[c.ID] {
				t.Errorf("the id %s is given twice", c.ID)
			}
			made[c.ID] = true
		}
		return a.Code
	}
	for range 10 {
		create(p.Token, "before")
	}
	// What is on its way when the clock steps: a job that runs, one that waits its turn, one for tomorrow week.
	in.enqueue(t, "long")
	until(t, "the long job runs", func() bool { return in.runs.Load() == 1 })
	in.enqueue(t, "scheduled", jobs.At(in.clock.Now().Add(8*24*time.Hour)))
	last := in.lastEvent(t)
	turns := in.turns.Load()

	in.clock.off.Add(int64(by))
	in.enqueueAt(t, -by) // as one that was due just before the step
	until(t, "a job that was due before the step runs", func() bool { return in.runs.Load() >= 2 })
	close(in.wait)
	in.settled(t)
	if n := in.runs.Load(); n != 2 {
		t.Errorf("two jobs were run %d times", n)
	}

	// An access token may be refused; its session lives, and nothing lives longer for it.
	if code := create(p.Token, "after"); code != http.StatusCreated && code != http.StatusUnauthorized {
		t.Errorf("the access token from before is answered %d", code)
	}
	renewed := in.tokens(t, "/auth/refresh-token", map[string]string{"refreshToken": p.RefreshToken})
	if code := create(renewed.Token, "after"); code != http.StatusCreated {
		t.Errorf("the renewed token is answered %d", code)
	}

	// The limit of 40 a minute frees itself within its window, whichever way the clock went.
	refused := false
	for range 60 {
		refused = refused || in.call(t, http.MethodGet, "/customers", renewed.Token, nil).Code == http.StatusTooManyRequests
	}
	if !refused {
		t.Error("60 requests at once are not limited")
	}
	in.clock.off.Add(int64(time.Minute))
	if a := in.call(t, http.MethodGet, "/customers?limit=5", renewed.Token, nil); a.Code != http.StatusOK {
		t.Errorf("a minute later a request is answered %d", a.Code)
	}
	if n := in.pages(t, renewed.Token); n != len(made) {
		t.Errorf("the pages of five show %d of %d customers", n, len(made))
	}

	// A stream that resumes from before the step hears of what came after, or is told to read anew.
	said := in.resume(t, renewed.Token, last)
	until(t, "the stream resumes", func() bool {
		text := said()
		return strings.Contains(text, "event: resync") || strings.Count(text, "customer.created") >= 1
	})

	// The hourly task has one turn in the hour that follows, wherever the clock stands.
	before := in.turns.Load()
	in.clock.off.Add(int64(time.Hour))
	if by == -time.Hour {
		in.clock.off.Add(int64(time.Hour)) // a turn that is at most one hour off is left where it is
	}
	until(t, "the hourly task has its turn", func() bool { return in.turns.Load() > before })
	if n := in.turns.Load() - turns; n > 3 {
		t.Errorf("the hourly task had %d turns in two hours and a step", n)
	}

	// A sign-in does not live for ever: beyond its lifetime, the renewed one has ended.
	in.clock.off.Add(int64(31 * 24 * time.Hour))
	if a := in.call(t, http.MethodPost, "/auth/refresh-token", "", map[string]string{"refreshToken": renewed.RefreshToken}); a.Code != http.StatusUnauthorized {
		t.Errorf("a month later the sign-in is answered %d", a.Code)
	}
	until(t, "the scheduled job has run", func() bool { return in.runs.Load() == 3 })
}

// enqueueAt adds a job that was made, and due, by a clock which stood so much further.
func (in *inside) enqueueAt(t *testing.T, further time.Duration) {
	t.Helper()
	in.enqueue(t, "due", jobs.At(in.clock.Now().Add(time.Hour*24*365)))
	at := db.Micros(in.clock.Now().Add(further))
	err := in.DB.Write(t.Context(), in.ws, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE job SET run_at = $2, created_at = $2 WHERE tenant_id = $1 AND state = 'queued' AND CAST(payload AS TEXT) LIKE '%due%'`, in.ws, at)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// settled waits until no job runs.
func (in *inside) settled(t *testing.T) {
	t.Helper()
	until(t, "no job runs", func() bool {
		s, err := in.Queue.Stats(t.Context())
		return err == nil && s.Running == 0
	})
}

func (in *inside) lastEvent(t *testing.T) (last string) {
	t.Helper()
	err := in.DB.Read(t.Context(), in.ws, func(ctx context.Context, q db.Reader) error {
		var key id.ID
		err := q.QueryRow(ctx, `SELECT id FROM event WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1`, in.ws).Scan(&key)
		last = key.String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// pages counts customers through the cursor.
func (in *inside) pages(t *testing.T, token string) (n int) {
	t.Helper()
	for cursor := ""; ; {
		a := in.call(t, http.MethodGet, "/customers?limit=5&cursor="+cursor, token, nil)
		var page struct {
			Data []struct{ ID string }
			Page struct{ Next string }
		}
		if err := json.Unmarshal(a.Body.Bytes(), &page); err != nil || a.Code != http.StatusOK {
			t.Fatalf("a page answers %d %s", a.Code, a.Body)
		}
		n += len(page.Data)
		if cursor = page.Page.Next; cursor == "" || n > 1000 {
			return n
		}
	}
}

func (in *inside) resume(t *testing.T, token, last string) (said func() string) {
	t.Helper()
	return openStream(t, in.url, token, last)
}

func TestFilesThatNobodyAttachedAreSweptAway(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, e db.Engine) {
		in := startInside(t, e)
		p := in.tokens(t, "/auth/login", map[string]string{"email": email, "password": password})
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		part, err := m.CreateFormFile("file", "notes.txt")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte("notes"))
		_ = m.Close()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+in.url+"/api/v1/media/upload", &form)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Authorization", "Bearer "+p.Token)
		if a := do(client(), r); a.status != http.StatusCreated {
			t.Fatalf("an upload answers %s", a)
		}
		uploads := filepath.Join(in.Config.DataDir, "files")
		if n := len(files(t, uploads)); n != 1 {
			t.Fatalf("an upload makes %d files", n)
		}
		in.clock.off.Add(int64(26 * time.Hour))
		until(t, "the file is swept away", func() bool { return len(files(t, uploads)) == 0 })
	})
}
