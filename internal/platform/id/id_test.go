package id

import (
	"bytes"
	"testing"
	"time"
)

func TestIDsOfEachClockIncrease(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	// Clocks that stand still, a little apart and far apart, asked in turn.
	clocks := []time.Time{start, start.Add(700 * time.Millisecond), start.Add(1500 * time.Millisecond), start.Add(3 * time.Second), start.AddDate(0, 1, 0), start}
	newest := make([]ID, len(clocks))
	for range 2000 {
		for i, now := range clocks {
			next := New(now)
			if bytes.Compare(next[:], newest[i][:]) <= 0 {
				t.Fatalf("clock %d: %s after %s", i, next, newest[i])
			}
			newest[i] = next
		}
	}
}

func TestIDsOfLaterInstantsAreLarger(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	var before ID
	for step := range 2000 {
		for range 20 { // more than fit between two ticks of the clock
			next := New(start.Add(time.Duration(step) * time.Microsecond))
			if bytes.Compare(next[:], before[:]) <= 0 {
				t.Fatalf("%d µs: %s after %s", step, next, before)
			}
			before = next
		}
	}
}

func TestIDsAreUUIDv7(t *testing.T) {
	t.Parallel()
	for range 1000 {
		if i := New(time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)); i[6]>>4 != 7 || i[8]>>6 != 2 {
			t.Fatalf("version and variant of %s", i)
		}
	}
}

func TestIDsShowTheirTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 9, 0, 0, 123_000_000, time.UTC)
	if got := New(now).Time(); !got.Equal(now) {
		t.Fatalf("got %s, want %s", got, now)
	}
}
