package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"

	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// victim is what a process does until it kills itself.
type victim struct {
	Dir, URL               string
	At                     int // place between statements, counted from 1
	Jobs                   bool
	Method, Path, Key      string
	Body, Token, MediaType string
	Anonymous              bool
}

const victimEnv = "THROUGHLINE_TEST_CRASH_VICTIM"

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if text := os.Getenv(victimEnv); text != "" {
		if err := die(context.Background(), text); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func die(ctx context.Context, text string) error {
	var v victim
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return err
	}
	armed, seen := false, 0
	p, err := begin(ctx, place{v.Dir, v.URL}, func(context.Context, db.Moment, string) {
		if !armed {
			return
		}
		if seen++; seen == v.At {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // it does not arrive in an instant
		}
	})
	if err != nil {
		return err
	}
	armed = true
	if v.Jobs {
		_, err = p.Queue.Drain(ctx)
	} else {
		p.send(ctx, apptest.Request{Method: v.Method, Path: v.Path, Key: v.Key, Body: []byte(v.Body), ContentType: v.MediaType, Anonymous: v.Anonymous}, v.Token)
	}
	return errors.Join(err, errors.New("it came to its end"))
}

// places is where transactions begin and end, as a watcher counts them.
type places struct {
	on  bool
	all []db.Moment
}

func (p *places) watch(_ context.Context, at db.Moment, _ string) {
	if p.on {
		p.all = append(p.all, at)
	}
}

// largest gives a place in the middle of the transaction with the most statements, the one before its commit
// and the one after.
func (p *places) largest() (middle, before, after int) {
	start, most := 0, 0
	for i, at := range p.all {
		if at == db.BeforeCommit && i-start > most {
			most, middle, before, after = i-start, (start+i)/2+1, i+1, i+2
		}
		if at == db.AfterCommit {
			start = i + 1
		}
	}
	return middle, before, after
}

// lab gives the same world again and again.
type lab struct {
	// fresh is the world as it was; open starts a process on it.
	fresh func(t *testing.T) place
	open  func(t *testing.T, at place, watch db.Watch) *program
}

func labOn(t *testing.T, e db.Engine, prepare func(p *program)) lab {
	t.Helper()
	if e == db.Postgres {
		s := newServer(t)
		prepare(s.program)
		if err := s.save(t.Context()); err != nil {
			t.Fatal(err)
		}
		return lab{
			fresh: func(t *testing.T) place {
				t.Helper()
				if err := s.restore(t.Context()); err != nil {
					t.Fatal(err)
				}
				return place{s.dir, s.Config.DatabaseURL.Reveal()}
			},
			open: opened,
		}
	}
	at := newPlace(t, db.SQLite)
	p := opened(t, at, nil)
	prepare(p)
	if err := p.db.Exec(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	return lab{
		fresh: func(t *testing.T) place {
			t.Helper()
			dir := t.TempDir()
			if err := copyData(at.dir, dir); err != nil {
				t.Fatal(err)
			}
			return place{dir: dir}
		},
		open: opened,
	}
}

func opened(t *testing.T, at place, watch db.Watch) *program {
	t.Helper()
	p, err := begin(t.Context(), at, watch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	return p
}

// ask sends what must succeed and gives its answer.
func ask(t *testing.T, p *program, token, method, path, body string) map[string]any {
	t.Helper()
	w := p.send(t.Context(), apptest.Request{Method: method, Path: path, Key: path + body, Body: []byte(body), ContentType: "application/json"}, token)
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code >= 300 {
		t.Fatalf("%s %s answers %d: %s", method, path, w.Code, w.Body)
	}
	return out
}

func TestASignalKilledProcessLeavesWhatTheCheapWaySays(t *testing.T) {
	t.Parallel()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			var token, renewal, ticket string
			l := labOn(t, e, func(p *program) {
				if err := p.found(t.Context()); err != nil {
					t.Fatal(err)
				}
				in := ask(t, p, "", http.MethodPost, "/auth/login", `{"email":"`+admin+`","password":"`+password+`"}`)
				token, renewal = in["token"].(string), in["refreshToken"].(string)
				ticket = ask(t, p, token, http.MethodPost, "/tickets", `{"title":"Lost","description":"Where is it?"}`)["id"].(string)
				ask(t, p, token, http.MethodPost, "/tickets/"+ticket+"/messages", `{"body":"Soon.","holdSeconds":10}`)
				if _, err := due(t.Context(), p.db); err != nil {
					t.Fatal(err)
				}
			})
			for _, v := range []victim{
				{Key: "ticket", Path: "/tickets", Body: `{"title":"Torn","description":"It is torn.","priority":2}`},
				{Key: "message", Path: "/tickets/" + ticket + "/messages", Body: `{"body":"We look into it."}`},
				{Key: "order", Path: "/orders", Body: `{"number":"A-1","lines":[{"title":"Lamp","quantity":1,"unitPrice":"12.99"}]}`},
				{Key: "sign-in", Path: "/auth/login", Body: `{"email":"` + admin + `","password":"` + password + `"}`, Anonymous: true},
				{Key: "renewal", Path: "/auth/refresh-token", Body: `{"refreshToken":"` + renewal + `"}`, Anonymous: true},
				{Key: "job", Jobs: true},
			} {
				v.Method, v.Token, v.MediaType = http.MethodPost, token, "application/json"
				killed(t, l, v)
			}
		})
	}
}

// killed lets a process do it and kill itself within, before and after its commit, and judges what is left.
func killed(t *testing.T, l lab, v victim) {
	t.Helper()
	ctx := t.Context()
	do := drained("a signal")
	if !v.Jobs {
		s := apptest.Request{ID: v.Key, Method: v.Method, Path: v.Path, Key: v.Key, Body: []byte(v.Body), ContentType: v.MediaType, Anonymous: v.Anonymous, Accepts: []int{200, 201}}
		do = asked(s, v.Token, nil, nil)
	}
	var seen places
	p := l.open(t, l.fresh(t), seen.watch)
	before, err := readState(ctx, p.db)
	if err != nil {
		t.Fatal(err)
	}
	seen.on = true
	status, err := do.run(ctx, p)
	if err != nil || !slices.Contains(do.good, status) {
		t.Fatalf("%s answers %d: %v", v.Key, status, err)
	}
	after, err := readState(ctx, p.db)
	if err != nil {
		t.Fatal(err)
	}
	p.end()
	middle, last, next := seen.largest()
	at := []int{middle, last, next}
	if everyNth > 1 {
		at = at[1:]
	}
	for _, at := range at {
		where := l.fresh(t)
		v.At, v.Dir, v.URL = at, where.dir, where.url
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(ctx, exe)
		c.Env = append(os.Environ(), victimEnv+"="+string(text))
		out, err := c.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("%s at %d: the process was not killed: %v\n%s", v.Key, at, err, out)
		}
		p := l.open(t, where, nil)
		found, err := readState(ctx, p.db)
		if err != nil {
			t.Fatal(err)
		}
		want := before
		if at == next {
			want = after
		}
		if v.Jobs { // that it was begun is no effect
			found, want = found.Without("job"), want.Without("job")
		}
		if d := apptest.Differences(found, want, apptest.ShaperOf(before)); len(d) > 0 {
			t.Errorf("%s at place %d of %d: %q", v.Key, at, len(seen.all), d)
		}
		_, faults, err := judge(ctx, p, do, before, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range faults {
			t.Errorf("%s at place %d of %d: %s", v.Key, at, len(seen.all), f)
		}
		p.end()
	}
}
