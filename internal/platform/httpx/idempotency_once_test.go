package httpx_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// keep makes the shelf write a row for each thing, in a transaction as services do; the table stands for any.
func (s *shelf) keep(d *db.DB, change ...func(name string) error) {
	s.write = func(ctx context.Context, name string) error {
		err := d.Write(ctx, 1, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO search_term (tenant_id, kind, term) VALUES (1, 1, $1)`, name+time.Now().String())
			return err
		})
		for _, c := range change {
			err = errors.Join(err, c(name))
		}
		return err
	}
}

func kept(t *testing.T, d *db.DB) (n int64) {
	t.Helper()
	err := d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) (err error) {
		n, err = db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM search_term`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhatHappenedNeverHappensAgainWhenItsAnswerIsLost(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d, nil)
		// The connection is cut right after the commit: nothing after it is done, as when the process dies.
		s.keep(d, func(string) error { panic(http.ErrAbortHandler) })
		func() {
			defer func() { _ = recover() }()
			s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k")
			t.Error("the request was answered")
		}()
		s.keep(d)
		post := func(body string) answer { return s.call(t, "POST", "/things", body, "Idempotency-Key", "k") }

		post(lamp).want(t, 409, "idempotency_key_in_flight") // the first may still be about to answer
		s.clock.Advance(2 * time.Minute)
		post(lamp).want(t, 409, "idempotency_answer_lost", "was carried out")
		s.clock.Advance(23 * time.Hour)
		post(lamp).want(t, 409, "idempotency_answer_lost")
		post(`{"name":"Other","price":{"amount":1,"currency":"GBP"}}`).want(t, 409, "idempotency_key_reused")
		if n := kept(t, d); n != 1 {
			t.Errorf("it happened %d times", n)
		}
		s.clock.Advance(time.Hour)
		post(lamp).want(t, 201)
		if n := kept(t, d); n != 2 {
			t.Errorf("after a day it happened %d times", n)
		}
	})
}

func TestARequestThatWasOvertakenWritesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d, nil)
		s.keep(d)
		s.hold = make(chan struct{})
		var answers []chan answer
		for range 2 {
			done := make(chan answer, 1)
			answers = append(answers, done)
			go func() { done <- s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k") }()
			waitForKeyOf(t, d, s.clock.Now())
			s.clock.Advance(2 * time.Minute)
		}
		close(s.hold)
		(<-answers[0]).want(t, 409, "idempotency_key_in_flight")
		second := (<-answers[1]).want(t, 201)
		if n := kept(t, d); n != 1 {
			t.Errorf("it happened %d times", n)
		}
		if again := s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k").want(t, 201); again.body != second.body {
			t.Errorf("the repeat answers %s", again.body)
		}
	})
}

func TestWhatFailsAfterItHappenedDoesNotFreeItsKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d, nil)
		s.keep(d, func(string) error { return errs.New(errs.Unavailable, "away", "Something is away.") })
		s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k").want(t, 503)
		s.keep(d)
		s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k").want(t, 409, "idempotency_answer_lost")
		if n := kept(t, d); n != 1 {
			t.Errorf("it happened %d times", n)
		}
	})
}

func TestPreparationDoesNotCountAsHappened(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d, nil)
		away := true
		s.write = func(ctx context.Context, name string) error {
			err := d.Write(db.Preparing(ctx), 1, func(ctx context.Context, tx db.Tx) error { return nil })
			if away {
				return errors.Join(err, errs.New(errs.Unavailable, "away", "Something is away."))
			}
			return err
		}
		s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k").want(t, 503)
		away = false
		s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k").want(t, 201)
	})
}

func TestAKeyCostsTheOperationOneStatement(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d, nil)
		s.keep(d)
		var during [2]int64
		write := s.write
		for i, header := range [][]string{nil, {"Idempotency-Key", "k"}} {
			s.write = func(ctx context.Context, name string) error {
				before := d.Trips()
				err := write(ctx, name)
				during[i] = d.Trips() - before
				return err
			}
			s.call(t, "POST", "/things", lamp, header...).want(t, 201)
		}
		if during[1] != during[0]+1 {
			t.Errorf("%d round trips without a key and %d with one", during[0], during[1])
		}
	})
}

func TestAKeyThatCouldNotBeGivenBackIsFreeForTheNextTry(t *testing.T) {
	t.Parallel()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			o := dbtest.Options(t, e)
			o.MaxConns, o.Limit = 1, 200*time.Millisecond
			d, err := db.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			s := newShelf(t, d, nil)
			// From the operation's failure on, another change keeps the database, as an outage does.
			leave, left := make(chan struct{}), make(chan error, 1)
			s.write = func(context.Context, string) error {
				inside := make(chan struct{})
				go func() {
					left <- d.WriteAll(db.Patient(t.Context()), func(ctx context.Context, tx db.Tx) error {
						_, err := tx.Exec(ctx, `UPDATE idempotency_key SET status = status`) // and the row
						close(inside)
						<-leave
						return err
					})
				}()
				<-inside
				return errs.New(errs.Unavailable, "database_unavailable", "The database does not answer.")
			}
			post := func() answer { return s.call(t, "POST", "/things", lamp, "Idempotency-Key", "k") }
			post().want(t, 503, "database_unavailable")
			close(leave)
			if err := <-left; err != nil {
				t.Fatal(err)
			}
			s.keep(d)
			post().want(t, 201)
			if n := kept(t, d); n != 1 {
				t.Errorf("it happened %d times", n)
			}
		})
	}
}
