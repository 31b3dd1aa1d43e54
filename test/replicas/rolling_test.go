package replicas

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// The balancer notices within a second that a replica is not ready (deploy/haproxy.cfg).
const drainWait = "2s"

// load is people at work through the balancer, none of them tied to a replica.
type load struct {
	stop    chan struct{}
	all     sync.WaitGroup
	done    atomic.Int64
	mu      sync.Mutex
	failed  []string
	written map[string]string // email of each acknowledged customer → id
	retries int
}

// load starts so many people; each writes a customer and reads the list, over and over. With again, a write that
// got no good answer is sent again with the same Idempotency-Key, as a careful client does; without, that is a failure.
func (w *world) load(p *person, people int, name string, again bool) *load {
	l := &load{stop: make(chan struct{}), written: map[string]string{}}
	for n := range people {
		l.all.Go(func() {
			// Browsers keep their connections.
			me := &person{client: &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}, token: p.token}
			for i := 0; ; i++ {
				select {
				case <-l.stop:
					return
				default:
				}
				email := fmt.Sprintf("%s%d-%d@example.com", name, n, i)
				l.write(me, w.balancer, email, again)
				if a, err := me.ask(w.balancer, "GET", "/customers?limit=5", nil); err != nil || a.status != http.StatusOK {
					if !again {
						l.fail("read: %d %v %v", a.status, a.body, err)
					}
				} else {
					l.done.Add(1)
				}
				if !again {
					time.Sleep(10 * time.Millisecond) // people think
				}
			}
		})
	}
	return l
}

// signIns adds people who sign in again and again: a request that takes long enough to be met by the end of a replica.
func (l *load) signIns(address string, people int) {
	for range people {
		l.all.Go(func() {
			me := nobody()
			me.client.Transport = &http.Transport{}
			for {
				select {
				case <-l.stop:
					return
				default:
				}
				if a, err := me.ask(address, "POST", "/auth/login", object{"email": admin, "password": password}); err != nil || a.status != http.StatusOK {
					l.fail("sign in: %d %v %v", a.status, a.body, err)
				} else {
					l.done.Add(1)
				}
			}
		})
	}
}

func (l *load) write(me *person, address, email string, again bool) {
	for try := 0; ; try++ {
		header := []string{}
		if again {
			header = []string{"Idempotency-Key", email}
		}
		a, err := me.ask(address, "POST", "/customers", object{"firstName": "Load", "email": email}, header...)
		switch {
		case err == nil && a.status == http.StatusCreated:
			l.done.Add(1)
			l.mu.Lock()
			l.written[email] = a.body["id"].(string)
			l.mu.Unlock()
			return
		case !again || try == 200 || err == nil && a.status < 500 && a.body["code"] != "idempotency_key_in_flight" && a.body["code"] != "idempotency_answer_lost":
			l.fail("write: %d %v %v", a.status, a.body, err)
			return
		case err == nil && a.status == http.StatusConflict && a.body["code"] == "idempotency_answer_lost":
			// It has happened, and only its answer is lost: that is an acknowledgement without the id.
			l.mu.Lock()
			l.written[email] = ""
			l.mu.Unlock()
			return
		}
		l.mu.Lock()
		l.retries++
		l.mu.Unlock()
		time.Sleep(50 * time.Millisecond)
	}
}

func (l *load) fail(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = append(l.failed, fmt.Sprintf(format, args...))
}

// customers lists all of them.
func (p *person) customers(address string) (all []map[string]any, err error) {
	for next := ""; ; {
		a, err := p.ask(address, "GET", "/customers?limit=100&cursor="+next, nil)
		if err != nil || a.status != http.StatusOK {
			return nil, fmt.Errorf("list customers: %d %v %w", a.status, a.body, err)
		}
		for _, c := range a.body["data"].([]any) {
			all = append(all, c.(map[string]any))
		}
		if next, _ = a.body["page"].(map[string]any)["next"].(string); next == "" {
			return all, nil
		}
	}
}

// end stops the people and checks that each write that was acknowledged is there once.
func (l *load) end(t *testing.T, w *world, p *person) {
	t.Helper()
	close(l.stop)
	l.all.Wait()
	all, err := p.customers(w.balancer)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, c := range all {
		found[c["email"].(string)]++
	}
	for email := range l.written {
		if found[email] != 1 {
			t.Errorf("%s was acknowledged and is there %d times", email, found[email])
		}
	}
	for email, n := range found {
		if n != 1 {
			t.Errorf("%s is there %d times", email, n)
		}
	}
}

func TestNoRequestFailsInARollingRestartAndNothingIsLostInASuddenDeath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"WORKERS": "1", "DRAIN_WAIT": drainWait, "TRUSTED_PROXIES": "127.0.0.1"})
	w.balance(t)
	ada := signIn(t, w.balancer, admin)
	people := 4

	// A stream through the balancer, which comes back as a browser does.
	var live sync.WaitGroup
	watched, leave := &browser{seen: map[string]bool{}}, make(chan struct{})
	live.Go(func() { watched.follow(ada, w.balancer, leave) })

	l := w.load(ada, people, "restart", false)
	l.signIns(w.balancer, people)
	for i, old := range w.replicas {
		begin := l.done.Load()
		if err := old.Stop(); err != nil {
			t.Errorf("replica %d: %v", i, err)
		}
		p, err := w.StartAt(old.Address, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Kill)
		w.replicas[i] = p
		// The balancer has to take it back before the next one goes.
		within(t, 10*time.Second, "the new replica is sent requests", func() bool { return served(p.Log.String()) })
		if l.done.Load() == begin {
			t.Error("nothing was asked meanwhile")
		}
	}
	l.end(t, w, ada)
	t.Logf("rolling restart: %d requests, %d failures", l.done.Load()+int64(len(l.failed)), len(l.failed))
	for _, f := range l.failed {
		t.Error(f)
	}

	l = w.load(ada, 2*people, "death", true)
	d, err := db.Open(t.Context(), db.Options{URL: w.Settings["DATABASE_URL"], MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	for i, victim := range w.replicas {
		before := l.done.Load()
		within(t, 10*time.Second, "there is load", func() bool { return l.done.Load() > before+100 })
		victim.Kill()
		died := time.Now()
		after := l.done.Load()
		within(t, 20*time.Second, "work goes on with two", func() bool { return l.done.Load() > after+100 })
		// A key that the dead held is taken for in use for a while. The test does not wait for it, but lets it be over.
		if err := d.Exec(t.Context(), fmt.Sprintf(`UPDATE idempotency_key SET created_at = created_at - %d WHERE status = 0 AND created_at < %d`,
			(10*time.Minute).Microseconds(), died.UnixMicro())); err != nil {
			t.Fatal(err)
		}
		p, err := w.StartAt(victim.Address, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Kill)
		w.replicas[i] = p
		within(t, 10*time.Second, "the new replica is sent requests", func() bool { return served(p.Log.String()) })
	}
	l.end(t, w, ada)
	if len(l.failed) > 0 {
		t.Errorf("writes never succeeded: %v", l.failed)
	}
	t.Logf("three sudden deaths: %d requests, %d writes acknowledged, %d sent again", l.done.Load(), len(l.written), l.retries)

	// Every customer was told of on the stream, whatever it had to come back from.
	told := func() bool {
		for _, id := range l.written {
			if id != "" && !watched.has(id) {
				return false
			}
		}
		return true
	}
	for deadline := time.Now().Add(10 * time.Second); !told() && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	close(leave)
	live.Wait()
	if watched.returns < 2 {
		t.Error("the stream was never cut")
	}
	lost := 0
	for email, id := range l.written {
		if id != "" && !watched.has(id) {
			lost++
			if lost < 5 {
				t.Errorf("the stream never told of %s", email)
			}
		}
	}
	t.Logf("the stream came back %d times and read everything anew %d times; of %d events it missed %d", watched.returns-1, watched.resyncs, len(l.written), lost)
}

// served tells from a replica's log that the balancer sends it requests.
func served(log string) bool { return strings.Contains(log, `route="GET /customers"`) }

// browser is the other side of a stream: it comes back with the last id, and reads everything anew when told to.
type browser struct {
	mu      sync.Mutex
	seen    map[string]bool
	returns int
	resyncs int
}

func (b *browser) has(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen[id]
}

func (b *browser) see(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen[id] = true
}

// follow watches until it is told to leave.
func (b *browser) follow(p *person, address string, leave <-chan struct{}) {
	ctx, stop := context.WithCancel(context.Background())
	go func() { <-leave; stop() }()
	last := ""
	for ; ctx.Err() == nil; b.returns++ {
		if r, err := p.open(ctx, address, last); err == nil {
			last = b.read(ctx, p, address, r, last)
			_ = r.Close()
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (b *browser) read(ctx context.Context, p *person, address string, r io.Reader, last string) string {
	frames(r, func(f frame) {
		if f.id != "" {
			last = f.id
		}
		switch f.event {
		case "customer.created":
			var what struct {
				ObjectID string `json:"objectId"`
			}
			if json.Unmarshal([]byte(f.data), &what) == nil {
				b.see(what.ObjectID)
			}
		case "resync":
			b.resyncs++
			for ctx.Err() == nil {
				all, err := p.customers(address)
				if err != nil {
					continue
				}
				for _, c := range all {
					b.see(c["id"].(string))
				}
				break
			}
		}
	})
	return last
}
