package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/test/binary"
)

// colleagues makes users, since one may have ten streams, and signs them in.
func (w *world) colleagues(t *testing.T, n int) (tokens []string) {
	t.Helper()
	a := w.ask(t, http.MethodGet, "/roles", nil)
	var roles struct{ Data []struct{ ID, Key string } }
	if err := json.Unmarshal(a.body, &roles); err != nil || len(roles.Data) == 0 {
		t.Fatalf("roles answer %s", a)
	}
	for i := range n {
		who := fmt.Sprintf("agent%d@example.com", i)
		made := w.ask(t, http.MethodPost, "/users", map[string]string{"name": fmt.Sprint("Agent ", i), "email": who, "password": password, "roleId": roles.Data[0].ID})
		want(t, "making a user", made, http.StatusCreated)
		tokens = append(tokens, w.signIn(t, who))
	}
	return tokens
}

func TestAServerThatIsToldToStopAnswersEverythingItHasTaken(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, e db.Engine) {
		w := serve(t, install(t, e, nil), nil)
		people := 19 // with Ada, 200 streams
		if e == db.Postgres {
			people = 2
		}
		ended := make(chan string, 200)
		streams := 0
		for _, token := range append(w.colleagues(t, people), w.token) {
			for range 10 {
				other := *w
				other.token = token
				said := other.stream(t)
				streams++
				go func() {
					for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
						if text := said(); strings.Contains(text, `"restart"`) {
							ended <- text
							return
						}
					}
					ended <- said()
				}()
			}
		}
		var acknowledged, refused, closing atomic.Int64
		var mu sync.Mutex
		var dropped []string
		var all sync.WaitGroup
		names := map[string]bool{}
		for n := range 16 {
			all.Go(func() {
				c := client() // keeps its connection
				for i := 0; ; i++ {
					name := fmt.Sprintf("stop-%d-%d", n, i)
					a := w.askWith(t, c, http.MethodPost, "/customers", map[string]string{"firstName": name, "lastName": "Fault"})
					if n%2 == 1 {
						a = w.askWith(t, c, http.MethodGet, "/customers", nil)
					}
					var dial *net.OpError
					switch {
					case a.status == http.StatusCreated || a.status == http.StatusOK:
						acknowledged.Add(1)
						if a.status == http.StatusCreated {
							mu.Lock()
							names[name] = true
							mu.Unlock()
						}
						if a.last {
							closing.Add(1)
						}
					case errors.As(a.err, &dial) && dial.Op == "dial", a.fresh && errors.Is(a.err, syscall.ECONNRESET): // nobody took it any more
						refused.Add(1)
						return
					default:
						mu.Lock()
						dropped = append(dropped, fmt.Sprintf("%s (new connection: %v, after %s)", a, a.fresh, a.took))
						mu.Unlock()
						return
					}
				}
			})
		}
		until(t, "load", func() bool { return acknowledged.Load() > 100 })
		began := time.Now()
		if err := w.p.Stop(); err != nil {
			t.Error(err)
		}
		took := time.Since(began)
		all.Wait()
		if took > 10*time.Second {
			t.Errorf("it took %s to end, want at most 10 s", took)
		}
		if len(dropped) > 0 {
			t.Errorf("%d requests were taken and not answered: %s", len(dropped), dropped[0])
		}
		told := 0
		for range streams {
			if strings.Contains(<-ended, `"restart"`) {
				told++
			}
		}
		if told != streams {
			t.Errorf("%d of %d streams were told of the end", told, streams)
		}
		got := w.names(t)
		for name := range names {
			if got[name] != 1 {
				t.Errorf("%s was acknowledged and is there %d times", name, got[name])
			}
		}
		if closing.Load() == 0 {
			t.Error("no client was told to close its connection")
		}
		note("SIGTERM (%s) with %d streams and 16 clients: ended in %d ms with code 0, %d answered, %d of them told to close, 0 dropped, all streams told", e, streams, took.Milliseconds(), acknowledged.Load(), closing.Load())
	})
}

// halfUpload begins an upload and keeps it open.
func (w *world) halfUpload(t *testing.T) (abandon func()) {
	t.Helper()
	body, more := io.Pipe()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+w.p.Address+"/api/v1/media/upload", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	r.Header.Set("Authorization", "Bearer "+w.token)
	go func() {
		if res, err := client().Do(r); err == nil {
			_ = res.Body.Close()
		}
	}()
	_, _ = io.WriteString(more, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n"+strings.Repeat("half of a file, ", 9<<16)) // ends when the server has read most of it
	return func() { _ = more.CloseWithError(errors.New("gone")) }
}

// spooled are the files outside of the data folder into which the program writes uploads that are still coming.
func (w *world) spooled() (out []string) {
	dir := fmt.Sprintf("/proc/%d/fd", w.p.Pid())
	all, _ := os.ReadDir(dir)
	for _, e := range all {
		if name, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil && strings.Contains(name, "multipart-") {
			out = append(out, name)
		}
	}
	return out
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	w := serve(t, install(t, db.SQLite, nil), nil)
	uploads := filepath.Join(w.Settings["DATA_DIR"], "files")
	abandon := w.halfUpload(t)
	spool := w.spooled()
	abandon()
	until(t, "nothing of it is left", func() bool {
		for _, name := range spool {
			if _, err := os.Stat(name); err == nil {
				return false
			}
		}
		return len(w.spooled()) == 0 && len(files(t, uploads)) == 0
	})
	want(t, "a whole upload", w.upload(t, 1<<20), http.StatusCreated)
	// What a process that died has left, the next one clears when it is a day old.
	if err := w.p.Stop(); err != nil {
		t.Fatal(err)
	}
	left, fresh := filepath.Join(uploads, "part", "left"), filepath.Join(uploads, "part", "fresh")
	old := time.Now().Add(-25 * time.Hour)
	if err := errors.Join(os.WriteFile(left, []byte("a"), 0o600), os.WriteFile(fresh, []byte("a"), 0o600), os.Chtimes(left, old, old)); err != nil {
		t.Fatal(err)
	}
	w = serve(t, w.Installation, nil)
	if now := files(t, filepath.Join(uploads, "part")); len(now) != 1 || now[0] != fresh {
		t.Errorf("the next start leaves %v", now)
	}
	note("upload broken off: nothing left; of a killed process the next start removes what is a day old")
}

func TestTheEndIsBoundedAndASecondSignalIsObeyedAtOnce(t *testing.T) {
	t.Parallel()
	i := install(t, db.SQLite, nil)
	end := func(signals int) time.Duration {
		w := serve(t, &binary.Installation{Binary: i.Binary, Settings: i.Settings}, nil)
		defer w.halfUpload(t)() // which would take for ever
		began := time.Now()
		_ = w.p.Signal(syscall.SIGTERM)
		if signals > 1 {
			until(t, "it has heard the first", func() bool { return !w.p.Ready() })
			_ = w.p.Signal(syscall.SIGTERM)
		}
		select {
		case <-w.p.Ended():
		case <-time.After(20 * time.Second):
			w.p.Kill()
		}
		return time.Since(began)
	}
	hung, twice := end(1), end(2)
	if hung > 10*time.Second {
		t.Errorf("with a request that never ends it took %s, want at most 10 s", hung)
	}
	if twice > 3*time.Second {
		t.Errorf("after a second signal it took %s", twice)
	}
	note("SIGTERM with an upload that never ends: ended after %.1f s; with a second signal after %d ms", hung.Seconds(), twice.Milliseconds())
}
