package faults_test

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

const bound = 2 * time.Second // REQUEST_TIMEOUT of these tests

// behindProxy is an installation whose database can be slow or away, and mail that is sent.
func behindProxy(t *testing.T, more map[string]string) (*world, *proxy, *mailServer) {
	t.Helper()
	mail := startMail(t)
	i := install(t, db.Postgres, map[string]string{"REQUEST_TIMEOUT": bound.String(), "SMTP_URL": mail.url(), "MAIL_FROM": "Acme <help@acme.example>"})
	for name, value := range more {
		i.Settings[name] = value
	}
	p, address := through(t, i.Settings["DATABASE_URL"])
	w := serve(t, i, map[string]string{"DATABASE_URL": address})
	return w, p, mail
}

// burst asks many times at once.
func burst(n int, ask func(n int) answer) []answer {
	out := make([]answer, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { out[i] = ask(i) })
	}
	all.Wait()
	return out
}

func TestASlowDatabaseMakesPagesSlowAndNothingElse(t *testing.T) {
	t.Parallel()
	w, p, _ := behindProxy(t, nil)
	p.delay.Store(int64(25 * time.Millisecond)) // each way
	worst := time.Duration(0)
	for _, a := range burst(12, func(n int) answer {
		if n%2 == 0 {
			return w.create(t, "slow-"+strconv.Itoa(n), "key-"+strconv.Itoa(n))
		}
		return w.list(t)
	}) {
		if a.status != http.StatusOK && a.status != http.StatusCreated && !a.comeBack() || a.took > 3*bound {
			t.Errorf("a request to a slow database answers %s after %s", a, a.took)
		}
		worst = max(worst, a.took)
	}
	want(t, "one page of a slow database", w.list(t), http.StatusOK)
	want(t, "readiness with a slow database", w.ask(t, http.MethodGet, "/readyz", nil), http.StatusOK)
	note("database 50 ms away: 12 requests at once are answered, the slowest after %d ms", worst.Milliseconds())
}

func TestADatabaseThatFallsSilentIsWaitedForAndNotForEver(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]struct{ begin, end func(p *proxy) }{
		"no answer":     {func(p *proxy) { p.silent.Store(true) }, func(p *proxy) { p.silent.Store(false) }},
		"no connection": {func(p *proxy) { p.gone.Store(true); p.cut() }, func(p *proxy) { p.gone.Store(false) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p, mail := behindProxy(t, nil)
			want(t, "a change before", w.create(t, "before"), http.StatusCreated)
			fault.begin(p)
			worst := time.Duration(0)
			for n, a := range burst(12, func(n int) answer {
				switch n % 3 {
				case 0:
					return w.create(t, "away-"+strconv.Itoa(n), "key-"+strconv.Itoa(n))
				case 1:
					return w.create(t, "away-"+strconv.Itoa(n))
				}
				return w.list(t)
			}) {
				// Giving a key back to a database that is away has five seconds more.
				if !a.comeBack() || a.took > bound+8*time.Second {
					t.Errorf("request %d answers %s after %s", n, a, a.took)
				}
				worst = max(worst, a.took)
			}
			ready := w.ask(t, http.MethodGet, "/readyz", nil)
			if ready.status != http.StatusServiceUnavailable || ready.took > 3*time.Second {
				t.Errorf("readiness answers %s after %s, want 503 within a second or so", ready, ready.took)
			}
			want(t, "health", w.ask(t, http.MethodGet, "/healthz", nil), http.StatusOK)

			fault.end(p)
			back := until(t, "the database is found again", func() bool {
				return w.list(t).status == http.StatusOK && w.ask(t, http.MethodGet, "/readyz", nil).status == http.StatusOK
			})
			// The first use of each key did not happen, or says so: a repeat is carried out or told.
			for n := 0; n < 12; n += 3 {
				key := "key-" + strconv.Itoa(n)
				until(t, "the key is free again", func() bool {
					a := w.create(t, "away-"+strconv.Itoa(n), key)
					return a.status == http.StatusCreated || a.code() == "idempotency_answer_lost"
				})
			}
			if back > 5*time.Second {
				t.Errorf("it took %s until pages were answered again, want less than 5 s", back)
			}
			// The queue has not died with its connection.
			if a := w.ask(t, http.MethodPost, "/auth/forgot-password", map[string]string{"email": email}); a.status != http.StatusNoContent {
				t.Errorf("a reset link answers %s", a)
			}
			until(t, "background work goes on", func() bool { return len(mail.got()) > 0 })
			for who, n := range w.names(t) {
				if n != 1 {
					t.Errorf("%s is there %d times", who, n)
				}
			}
			note("database, %s: all 503 + Retry-After, the slowest after %d ms with a bound of %s; readyz 503, healthz 200; back after %d ms", name, worst.Milliseconds(), bound, back.Milliseconds())
		})
	}
}

func TestMoreThanCanBeServedIsRefusedAndNotPiledUp(t *testing.T) {
	t.Parallel()
	w, p, _ := behindProxy(t, map[string]string{"DB_MAX_CONNS": "1", "REQUEST_TIMEOUT": "3s"})
	want(t, "a page before", w.list(t), http.StatusOK)
	p.delay.Store(int64(10 * time.Millisecond))
	seen := map[string]int{}
	for _, a := range burst(150, func(int) answer { return w.list(t) }) {
		switch {
		case a.status == http.StatusOK:
			seen["200"]++
		case a.comeBack():
			seen["503 "+a.code()]++
		default:
			t.Errorf("a request in a surge answers %s", a)
		}
	}
	p.delay.Store(0)
	if seen["200"] == 0 || seen["503 database_busy"] == 0 {
		t.Errorf("of 150 requests at once on one connection, %v", seen)
	}
	want(t, "readiness in a surge", w.ask(t, http.MethodGet, "/readyz", nil), http.StatusOK)
	until(t, "pages after the surge", func() bool { return w.list(t).status == http.StatusOK })
	status, err := os.ReadFile("/proc/" + strconv.Itoa(w.p.Pid()) + "/status")
	if err != nil {
		t.Skip("memory is told only on Linux")
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	most, _ := strconv.Atoi(strings.Fields(rest)[0])
	if most > 300<<10 {
		t.Errorf("%d KiB of memory at most, want less than 300 MiB", most)
	}
	note("150 requests at once on one slow connection: %v, %d MiB of memory at most", seen, most>>10)
}
