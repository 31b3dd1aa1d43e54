//go:build !race

package wall_test

import (
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// run is the matrix of one engine: its trials, and what each comes to when nobody else is there.
type run struct {
	trials []*trial
	alone  map[*trial]outcome
	normal map[*trial]outcome
}

// matrix runs all trials, first as the only workspace, then beside the others.
func (w *world) matrix(s *spec) run {
	w.t.Helper()
	r := run{alone: map[*trial]outcome{}, normal: map[*trial]outcome{}}
	for i, who := range w.parties {
		victim := w.parties[1-i]
		trials := w.trials(s, who, victim)
		w.restore(w.all(), who)
		for _, c := range trials {
			if c.alone {
				r.alone[c] = w.do(c, who)
			}
		}
		w.restore(w.all(), nil)
		r.trials = append(r.trials, trials...)
	}
	w.listening = true
	defer func() { w.listening = false }()
	for _, c := range r.trials {
		out := w.do(c, nil)
		r.normal[c] = out
		for _, f := range r.faults(c, out) {
			w.t.Errorf("%s: %s", c, f)
		}
	}
	return r
}

// faults are those of an outcome, and that it differs from the one without the others.
func (r run) faults(c *trial, out outcome) []string {
	faults := out.faults
	if c.alone {
		if want := r.alone[c]; out.String() != want.String() {
			faults = append(faults, "comes to something else when others are there:"+difference(out.String(), want.String()))
		}
	}
	return faults
}

// each runs trials that need no comparison.
func (w *world) each(trials []*trial) {
	w.t.Helper()
	for _, c := range trials {
		for _, f := range w.do(c, nil).faults {
			w.t.Errorf("%s: %s", c, f)
		}
	}
}

func TestWallHolds(t *testing.T) {
	t.Parallel()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			w := newWorld(t, e)
			s := w.readSpec()
			w.keys(s)
			r := w.matrix(s)
			w.t.Logf("%d operations, %d places for ids, %d trials of one workspace against another, both ways: %s", len(s.ops), s.count(), len(r.trials), leaks(t))
			outside := w.outsiders(s)
			w.each(outside)
			t.Logf("%d trials by nobody, by a deactivated user and by an empty workspace: %s", len(outside), leaks(t))
			if e == db.SQLite { // refused before a statement is sent
				masses, filled := w.masses(s)
				w.each(masses)
				oracles, tried := w.oracles(s)
				w.each(oracles)
				t.Logf("%d fields beside those of %d bodies, %d filters and orders that no list offers: %s", filled, len(masses), tried, leaks(t))
			}
			t.Logf("matrix: %s", time.Since(start).Round(time.Second))
			start = time.Now()
			w.mutate(r)
			t.Logf("conditions: %s", time.Since(start).Round(time.Second))
			start = time.Now()
			w.permissions(s)
			t.Logf("permissions: %s", time.Since(start).Round(time.Second))
		})
	}
}

// count is how many places of ids there are.
func (s *spec) count() (n int) {
	for _, o := range s.ops {
		n += len(o.places())
	}
	return n
}

func leaks(t *testing.T) string {
	if t.Failed() {
		return "see above"
	}
	return "0 leaks"
}
