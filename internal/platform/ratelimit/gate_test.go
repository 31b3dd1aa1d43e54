package ratelimit_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
	"github.com/throughlinehq/throughline/internal/platform/redis"
	"github.com/throughlinehq/throughline/internal/redistest"
)

// patient is for a busy machine: these tests count how often the shared count is used.
const patient = 5 * time.Second

// gate is one way to count, with a clock that the test moves.
type gate struct {
	ratelimit.Gate
	advance func(d time.Duration)
}

func local(testing.TB) gate {
	c := clock.NewFake(start)
	return gate{ratelimit.New(c, 0), c.Advance}
}

// shared counts in a Redis whose clock is moved; the script is the real one.
func shared(t testing.TB) gate {
	m := miniredis.RunT(t)
	now := start
	m.SetTime(now)
	g := client(t, "redis://"+m.Addr())
	return gate{redis.NewGate(g, redis.GateOptions{Local: ratelimit.New(clock.NewFake(start), 0), Replicas: func() int { return 3 }, Within: patient}), func(d time.Duration) {
		now = now.Add(d)
		m.SetTime(now)
	}}
}

func client(t testing.TB, url string) *redis.Client {
	t.Helper()
	c, err := redis.Open(redis.Options{URL: url, Installation: make([]byte, 32), Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	for deadline := time.Now().Add(5 * time.Second); c.Ping(t.Context()) != nil; {
		if time.Now().After(deadline) {
			t.Fatal("redis does not answer")
		}
	}
	return c
}

// Both count the same: the answers to one list of uses are equal to a few microseconds.
func TestTheSharedCountIsTheLocalOne(t *testing.T) {
	t.Parallel()
	type use struct {
		after time.Duration
		key   string
		limit ratelimit.Limit
	}
	var (
		ten    = ratelimit.Limit{N: 10, Per: 10 * time.Minute}
		three  = ratelimit.Limit{N: 3, Per: time.Second}
		many   = ratelimit.Limit{N: 3000, Per: time.Minute}
		once   = ratelimit.Limit{N: 1, Per: time.Minute}
		forget = ratelimit.Limit{N: -1}
		off    ratelimit.Limit
	)
	var uses []use
	again := func(n int, after time.Duration, key string, l ratelimit.Limit) {
		for range n {
			uses = append(uses, use{after, key, l})
		}
	}
	again(12, 0, "a", ten)             // ten pass, two do not
	again(2, time.Minute, "a", ten)    // one each
	again(1, 59*time.Second, "a", ten) // a second too early
	again(3, time.Second, "b", three)  // another key
	again(5, 0, "b", three)            // at once
	again(9, 333*time.Millisecond, "b", three)
	again(3, 0, "c", once)
	again(4, 31*time.Second, "c", once)
	again(40, 7*time.Millisecond, "d", many)
	again(2, 0, "e", off)
	again(1, 0, "a", forget)
	again(11, 0, "a", ten)
	again(1, 24*time.Hour, "a", ten) // all is free again
	again(10, 0, "a", ten)

	one, other := local(t), shared(t)
	refused := 0
	for i, u := range uses {
		one.advance(u.after)
		other.advance(u.after)
		if u.limit == forget {
			one.Forget(u.key)
			other.Forget(u.key)
			continue
		}
		want, got := one.Allow(u.key, u.limit), other.Allow(u.key, u.limit)
		if !same(got, want) {
			t.Errorf("use %d of %s: shared %+v, local %+v", i, u.key, got, want)
		}
		if !want.OK {
			refused++
		}
	}
	if refused < 10 {
		t.Errorf("only %d uses were refused: the list shows little", refused)
	}
	if n := other.Gate.(*redis.Gate).Alone(); n != 0 {
		t.Errorf("%d uses were counted without Redis", n)
	}
}

// same compares two answers; a third of a second is no whole number of microseconds, in which Redis counts.
func same(a, b ratelimit.Result) bool {
	const close = 5 * time.Microsecond
	return a.OK == b.OK && a.Limit == b.Limit && a.Remaining == b.Remaining &&
		(a.Reset-b.Reset).Abs() < close && (a.RetryAfter-b.RetryAfter).Abs() < close
}

// Three processes on one real server let through together what one may.
func TestReplicasShareALimit(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	lim := ratelimit.Limit{N: 30, Per: time.Hour}
	var passed atomic.Int64
	var all sync.WaitGroup
	for range 3 {
		g := redis.NewGate(client(t, server.URL()), redis.GateOptions{Local: ratelimit.New(clock.System{}, 0), Replicas: func() int { return 3 }, Within: patient})
		all.Go(func() {
			for range 60 {
				if g.Allow("user:1:x", lim).OK {
					passed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := passed.Load(); n != 30 {
		t.Errorf("%d of 180 uses passed, want 30", n)
	}
}

func TestWithoutRedisEachReplicaHasItsShare(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := client(t, server.URL())
	g := redis.NewGate(c, redis.GateOptions{Local: ratelimit.New(clock.System{}, 0), Replicas: func() int { return 3 }, Within: patient})
	lim := ratelimit.Limit{N: 30, Per: time.Hour}
	for range 4 {
		if r := g.Allow("a", lim); !r.OK {
			t.Fatalf("with Redis: %+v", r)
		}
	}
	server.Kill()
	passed := func(key string) (n int) {
		for range 60 {
			begin := time.Now()
			if g.Allow(key, lim).OK {
				n++
			}
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("an answer without Redis took %s", took)
			}
		}
		return n
	}
	// Its share is ten, of which it has let pass four of a with Redis.
	if n := passed("b"); n != 10 {
		t.Errorf("%d uses of a new key passed, want the share of 10", n)
	}
	if n := passed("a"); n != 6 {
		t.Errorf("%d uses of a key that was used with Redis passed, want what is left of the share, 6", n)
	}
	server.Again()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		before := g.Alone()
		r := g.Allow(fmt.Sprint("c", before), lim)
		if g.Alone() == before && r.OK && r.Remaining == 29 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("it never counts with Redis again")
		}
	}
}

func TestRedisHoldsNoNames(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	g := redis.NewGate(client(t, "redis://"+m.Addr()), redis.GateOptions{Local: ratelimit.New(clock.System{}, 0), Replicas: func() int { return 1 }, Within: patient})
	g.Allow("sign-in|203.0.113.7|1|ada@example.com", ratelimit.Limit{N: 3, Per: time.Minute})
	keys := m.Keys()
	if len(keys) != 1 || strings.Contains(keys[0], "ada") || strings.Contains(keys[0], "203.0") {
		t.Errorf("keys are %q", keys)
	}
	if ttl := m.TTL(keys[0]); ttl <= 0 || ttl > time.Minute {
		t.Errorf("the key stays for %s", ttl)
	}
}

func BenchmarkSharedAllow(b *testing.B) {
	g := redis.NewGate(client(b, redistest.Start(b).URL()), redis.GateOptions{Local: ratelimit.New(clock.System{}, 0), Replicas: func() int { return 1 }, Within: patient})
	lim := ratelimit.Limit{N: 1 << 20, Per: time.Minute}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			g.Allow("user:01890a5d-ac96-774b-bcce-b302099a8057", lim)
		}
	})
	b.ReportMetric(float64(g.Alone()), "alone")
}
