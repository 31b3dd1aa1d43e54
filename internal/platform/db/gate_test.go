package db

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// waitFor polls until a condition holds.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatal("not in time: " + what)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestASurgeOfOneWorkspaceCostsAnotherOneTurn(t *testing.T) {
	t.Parallel()
	g := newGate(1)
	if err := g.enter(t.Context(), 1, 0); err != nil {
		t.Fatal(err)
	}
	served := make(chan id.Workspace, 1000)
	var all sync.WaitGroup
	ask := func(w id.Workspace) {
		before, _ := g.state()
		all.Go(func() {
			if err := g.enter(t.Context(), w, 0); err != nil {
				t.Error(err)
				return
			}
			served <- w
			g.leave()
		})
		waitFor(t, "the next in line", func() bool { n, _ := g.state(); return n == before+1 })
	}
	for range 300 {
		ask(1)
	}
	for range 3 {
		ask(2)
	}
	g.leave()
	all.Wait()
	close(served)
	place, last := 0, 0
	for w := range served {
		if place++; w == 2 {
			last = place
		}
	}
	if last > 6 {
		t.Errorf("the three questions of the second workspace are served by place %d of %d, want by the sixth", last, place)
	}
}

func TestTheLineIsBoundedAndNobodyFillsItAlone(t *testing.T) {
	t.Parallel()
	g := newGate(1)
	if err := g.enter(t.Context(), 1, 0); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var all sync.WaitGroup
	fill := func(w id.Workspace, n int) {
		for range n {
			all.Go(func() {
				if g.enter(ctx, w, 0) == nil {
					g.leave()
				}
			})
		}
	}
	fill(1, mostOfOneInAll)
	waitFor(t, "the first workspace's half", func() bool { n, _ := g.state(); return n == mostOfOneInAll })
	busy := func(w id.Workspace) bool {
		err := g.enter(ctx, w, time.Millisecond)
		var e *errs.Error
		return errors.As(err, &e) && e.Kind == errs.Unavailable && e.Code == "database_busy" && e.RetryAfter > 0
	}
	before := time.Now()
	if !busy(1) {
		t.Error("a workspace stands in more than half of the line")
	}
	fill(2, mostOfOneInAll)
	waitFor(t, "the second workspace's half", func() bool { n, _ := g.state(); return n == mostWaiting })
	if !busy(3) || time.Since(before) > 5*time.Second {
		t.Error("a full line takes one more")
	}
	stop()
	all.Wait()
	if n, refused := g.state(); n != 0 || refused != 2 || len(g.lines) != 0 || len(g.turns) != 0 {
		t.Errorf("%d wait and %d were refused after all have gone", n, refused)
	}
	g.leave()
	if g.free != 1 {
		t.Errorf("%d places are free, want 1", g.free)
	}
}

func TestNobodyWaitsInLineForLongerThanAllowed(t *testing.T) {
	t.Parallel()
	d, err := Open(t.Context(), Options{Path: t.TempDir() + "/a.db", MaxConns: 1, Limit: 80 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	inside, leave, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		_ = d.Read(t.Context(), 1, func(ctx context.Context, q Reader) error {
			// What is read on the way shares the place.
			if err := d.Read(ctx, 1, func(ctx context.Context, _ Reader) error { return d.Ping(ctx) }); err != nil {
				t.Error(err)
			}
			close(inside)
			<-leave
			return nil
		})
	}()
	<-inside
	err = d.Read(t.Context(), 2, func(context.Context, Reader) error { return nil })
	if !errs.Has(err, errs.Unavailable) {
		t.Errorf("waiting for a place gives %v, want Unavailable", err)
	}
	if err := d.Ping(t.Context()); err != nil {
		t.Errorf("a look aside finds no connection: %v", err)
	}
	err = d.ReadAll(Aside(t.Context()), func(ctx context.Context, _ Reader) error { return d.Ping(ctx) })
	if err != nil {
		t.Errorf("a look aside stands in line: %v", err)
	}
	patient := make(chan error, 1)
	go func() {
		patient <- d.Read(Patient(t.Context()), 2, func(context.Context, Reader) error { return nil })
	}()
	waitFor(t, "the patient one", func() bool { n, _ := d.Line(); return n == 1 })
	close(leave)
	<-left
	if err := <-patient; err != nil {
		t.Errorf("background work is refused: %v", err)
	}
}

func TestAStuckChangeHoldsNobodyElseForEver(t *testing.T) {
	t.Parallel()
	d, err := Open(t.Context(), Options{Path: t.TempDir() + "/a.db", Limit: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	write := func(q string) error {
		return d.Write(t.Context(), 1, func(ctx context.Context, tx Tx) error {
			_, err := tx.Exec(ctx, q)
			return err
		})
	}
	if err := write(`CREATE TABLE thing (n BIGINT NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	stuck, leave, left := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		left <- d.Write(Patient(t.Context()), 1, func(ctx context.Context, tx Tx) error {
			close(stuck)
			<-leave
			_, err := tx.Exec(ctx, `INSERT INTO thing (n) VALUES (1)`)
			return err
		})
	}()
	<-stuck
	if err := write(`INSERT INTO thing (n) VALUES (2)`); !errs.Has(err, errs.Unavailable) {
		t.Errorf("waiting behind a stuck change gives %v, want Unavailable", err)
	}
	close(leave)
	// Who gave up may be the one to whom the commit was left.
	if err := <-left; err != nil {
		t.Error(err)
	}
	if err := write(`INSERT INTO thing (n) VALUES (3)`); err != nil {
		t.Error(err)
	}
	n, err := Scalar[int64](t.Context(), d.direct(), `SELECT COUNT(*) FROM thing WHERE n IN (1, 3)`)
	if err != nil || n != 2 {
		t.Errorf("%d of two rows are kept, %v", n, err)
	}
}
