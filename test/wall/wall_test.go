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

func TestWall(t *testing.T) {
	t.Parallel()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			w := newWorld(t, e)
			s := w.readSpec()
			w.keys(s)
			t.Logf("world %s", time.Since(start))
			start = time.Now()
			r := w.matrix(s)
			t.Logf("%d trials in %s", len(r.trials), time.Since(start))
			start = time.Now()
			masses := w.masses(s)
			oracles, _ := w.oracles(s)
			n := 0
			for _, group := range [][]*trial{w.outsiders(s), masses, oracles} {
				for _, c := range group {
					n++
					for _, f := range w.do(c, nil).faults {
						t.Errorf("%s: %s", c, f)
					}
				}
			}
			t.Logf("%d more trials in %s", n, time.Since(start))
			start = time.Now()
			w.mutate(r)
			t.Logf("mutations in %s", time.Since(start))
			start = time.Now()
			w.permissions(s)
			t.Logf("permissions in %s", time.Since(start))
		})
	}
}
