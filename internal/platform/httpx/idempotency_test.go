package httpx_test

import (
	"context"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
)

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d, nil)
		post := func(key, body string, header ...string) answer {
			return s.call(t, "POST", "/things", body, append([]string{"Idempotency-Key", key}, header...)...)
		}

		first := post("k1", lamp).want(t, 201)
		again := post("k1", lamp).want(t, 201)
		if again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" || again.header.Get("ETag") != `"1"` || again.header.Get("Content-Type") != "application/json" {
			t.Errorf("the repeat answers %s with %v", again.body, again.header)
		}
		if first.header.Get("Idempotent-Replayed") != "" || s.made.Load() != 1 {
			t.Errorf("made %d times", s.made.Load())
		}

		post("k1", `{"name":"Other","price":{"amount":1,"currency":"GBP"}}`).want(t, 409, "idempotency_key_reused")
		post("k1", lamp, "Authorization", "Bearer other").want(t, 201) // each user has keys of their own
		if s.made.Load() != 2 {
			t.Errorf("made %d times", s.made.Load())
		}

		// A refusal for its fields is not kept; one for the state is.
		post("k2", `{"name":"bad","price":{"amount":1,"currency":"GBP"}}`).want(t, 422)
		post("k2", lamp).want(t, 201)
		taken := `{"name":"taken","price":{"amount":1,"currency":"GBP"}}`
		post("k3", taken).want(t, 409, "name_taken")
		if a := post("k3", taken).want(t, 409, "name_taken"); a.header.Get("Idempotent-Replayed") != "true" {
			t.Error("the conflict was not replayed")
		}
		post(" k", lamp).want(t, 400, "header.Idempotency-Key")

		// A panic is a result too.
		s.call(t, "POST", "/panic", "", "Idempotency-Key", "p").want(t, 500)
		if a := s.call(t, "POST", "/panic", "", "Idempotency-Key", "p").want(t, 500); a.header.Get("Idempotent-Replayed") != "true" {
			t.Error("the failure was not replayed")
		}

		before := s.made.Load()
		s.clock.Advance(25 * time.Hour)
		post("k1", lamp).want(t, 201)
		if s.made.Load() != before+1 {
			t.Error("a key older than a day still answers")
		}
		n, err := httpx.ForgetOldKeys(t.Context(), d, s.clock.Now())
		if err != nil || n != 4 {
			t.Errorf("forgot %d keys: %v", n, err)
		}
	})
}

func TestIdempotencyKeyInFlight(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d, nil)
		s.hold = make(chan struct{})
		done := make(chan answer)
		go func() { done <- s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k") }()
		waitForKey(t, d)

		s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k").want(t, 409, "idempotency_key_in_flight")

		// After a minute the first is taken for dead; what it still says is not kept.
		s.clock.Advance(2 * time.Minute)
		second := make(chan answer)
		go func() { second <- s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k") }()
		waitForKeyOf(t, d, s.clock.Now()) // taken over before the first ends, else it would hear that the first did
		close(s.hold)
		a, b := <-done, <-second
		a.want(t, 201)
		if b.status != 201 {
			t.Fatalf("the second answers %d: %s", b.status, b.body)
		}
		s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k").want(t, 201)
	})
}

// waitForKey waits until a key is in flight.
func waitForKey(t *testing.T, d *db.DB) {
	t.Helper()
	waitForKeyOf(t, d, time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC))
}

// waitForKeyOf waits until a key that was claimed at the instant is in flight.
func waitForKeyOf(t *testing.T, d *db.DB, at time.Time) {
	t.Helper()
	for {
		var found bool
		err := d.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) error {
			var err error
			found, err = db.Exists(ctx, q, `SELECT 1 FROM idempotency_key WHERE tenant_id = $1 AND status = 0 AND created_at = $2`, 1, db.Micros(at))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if found {
			return
		}
	}
}
