package ratelimit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestLimiter(t *testing.T) {
	t.Parallel()
	lim := ratelimit.Limit{N: 10, Per: 10 * time.Minute}

	t.Run("allows N at once and then says when the next is free", func(t *testing.T) {
		t.Parallel()
		now := clock.NewFake(start)
		l := ratelimit.New(now, 0)
		for i := range 10 {
			r := l.Allow("a", lim)
			if !r.OK || r.Remaining != 9-i || r.Limit != 10 {
				t.Fatalf("use %d: %+v", i+1, r)
			}
		}
		r := l.Allow("a", lim)
		if r.OK || r.RetryAfter != time.Minute || r.Reset != 10*time.Minute {
			t.Fatalf("the 11th: %+v", r)
		}
		if !l.Allow("b", lim).OK {
			t.Error("another key is refused too")
		}
		now.Advance(r.RetryAfter)
		if !l.Allow("a", lim).OK {
			t.Error("refused after waiting as told")
		}
		if l.Allow("a", lim).OK {
			t.Error("allowed twice after waiting for one")
		}
	})

	t.Run("a refused use does not count", func(t *testing.T) {
		t.Parallel()
		now := clock.NewFake(start)
		l := ratelimit.New(now, 0)
		for range 500 {
			l.Allow("a", lim)
		}
		now.Advance(10 * time.Minute)
		for i := range 10 {
			if !l.Allow("a", lim).OK {
				t.Fatalf("use %d after the window is refused", i+1)
			}
		}
	})

	t.Run("a clock that steps back locks nobody out", func(t *testing.T) {
		t.Parallel()
		now := clock.NewFake(start)
		l := ratelimit.New(now, 0)
		for range 10 {
			l.Allow("a", lim)
		}
		now.Advance(-24 * time.Hour)
		for i := range 10 {
			if r := l.Allow("a", lim); !r.OK {
				t.Fatalf("use %d: got %+v", i+1, r)
			}
		}
		if l.Allow("a", lim).OK {
			t.Error("nothing is limited any more")
		}
	})

	t.Run("forget gives everything back", func(t *testing.T) {
		t.Parallel()
		l := ratelimit.New(clock.NewFake(start), 0)
		for range 11 {
			l.Allow("a", lim)
		}
		l.Forget("a")
		if r := l.Allow("a", lim); r.Remaining != 9 {
			t.Errorf("got %+v", r)
		}
	})

	t.Run("memory stays bounded under a flood of keys", func(t *testing.T) {
		t.Parallel()
		now := clock.NewFake(start)
		l := ratelimit.New(now, 6400)
		for i := range 50_000 {
			l.Allow(fmt.Sprint("flood", i), lim)
		}
		if n := l.Keys(); n > 6400 {
			t.Errorf("%d keys are kept, want at most 6400", n)
		}
	})

	t.Run("off never refuses", func(t *testing.T) {
		t.Parallel()
		l := ratelimit.New(clock.NewFake(start), 0)
		for range 1000 {
			if !l.Allow("a", ratelimit.Limit{}).OK {
				t.Fatal("refused")
			}
		}
		if l.Keys() != 0 {
			t.Error("counts although off")
		}
	})
}

func TestParseLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]ratelimit.Limit{
		"100/10m":   {N: 100, Per: 10 * time.Minute},
		"3000/1m":   {N: 3000, Per: time.Minute},
		" 5 / 30s ": {N: 5, Per: 30 * time.Second},
		"10/h":      {N: 10, Per: time.Hour},
		"off":       {},
	} {
		got, err := ratelimit.ParseLimit(text)
		if err != nil || got != want {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
		again, err := ratelimit.ParseLimit(got.String())
		if err != nil || again != got {
			t.Errorf("%q prints as %q, which reads as %v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "100", "/10m", "0/1m", "-1/1m", "100/", "100/10", "100/1ms", "100/999h", "x/1m", "1e3/1m", "100/10m/2"} {
		if got, err := ratelimit.ParseLimit(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
}

func BenchmarkAllow(b *testing.B) {
	l := ratelimit.New(clock.System{}, 0)
	lim := ratelimit.Limit{N: 1 << 30, Per: time.Minute}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.Allow("user:01890a5d-ac96-774b-bcce-b302099a8057", lim)
		}
	})
}
