package app_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// doing is what is stopped: a request, or the work of the queue.
type doing struct {
	name string
	// run does it and says what it came to. It is sent again in the same words.
	run func(ctx context.Context, p *program) (status int, err error)
	// good are the answers of success.
	good []int
	// keyed: a repeat may meet a key; safe: a repeat is the same as doing it once, by its method.
	keyed, safe bool
	jobs        bool
	stages      bool // it has its effect in several transactions, by its nature
}

// point is a place where the process died.
type point struct {
	dir  string
	at   db.Moment
	next string
}

func (p point) String() string {
	text := p.next
	if len(text) > 60 {
		text = text[:60] + "…"
	}
	return fmt.Sprintf("%s %q", p.at, text)
}

// copier takes, between any two statements, what a SIGKILL would leave on the disk at that instant. While
// the bytes are those of the point before, the next process finds the same, and nothing is taken.
type copier struct {
	t      testing.TB
	from   string
	on     bool
	last   [sha256.Size]byte
	taken  []point
	passed int
	err    error
}

func (c *copier) look() [sha256.Size]byte {
	h := sha256.New()
	for _, name := range []string{app.DatabaseFile, app.DatabaseFile + "-wal"} {
		b, err := os.ReadFile(filepath.Join(c.from, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			c.err = errors.Join(c.err, err)
		}
		_, _ = h.Write(b)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func (c *copier) watch(_ context.Context, at db.Moment, next string) {
	if !c.on {
		return
	}
	c.passed++
	now := c.look()
	if now == c.last {
		return
	}
	c.last = now
	dir, err := os.MkdirTemp(c.t.TempDir(), "point-")
	c.err = errors.Join(c.err, err, copyData(c.from, dir))
	c.taken = append(c.taken, point{dir, at, next})
}

// begin starts to look: the state before is not a point.
func (c *copier) begin() { c.on, c.last, c.taken, c.err = true, c.look(), nil, nil }

func (c *copier) end() ([]point, error) {
	c.watch(context.Background(), "the end", "")
	c.on = false
	return c.taken, c.err
}

// older makes what the dead process held look a while old, instead of waiting: its keys, its leases.
func older(ctx context.Context, d *db.DB, jobs bool) error {
	return d.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE idempotency_key SET created_at = created_at - 120000000`)
		if err == nil && jobs {
			_, err = tx.Exec(ctx, `UPDATE job SET lease_until = 1 WHERE state = 'running'`)
		}
		return err
	})
}

// due makes every job due.
func due(ctx context.Context, d *db.DB) (n int64, err error) {
	err = d.WriteAll(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		n, err = tx.Exec(ctx, `UPDATE job SET run_at = 1 WHERE state = 'queued'`)
		return err
	})
	return n, err
}

// stopped does it once, whole, and judges every point at which the process could have died. The faults are
// in words.
func stopped(ctx context.Context, p *program, c *copier, do doing) (faults []string, err error) {
	fault := func(format string, args ...any) {
		faults = append(faults, do.name+": "+fmt.Sprintf(format, args...))
	}
	if err := p.db.Exec(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return nil, err
	}
	before, err := readState(ctx, p.db)
	if err != nil {
		return nil, err
	}
	c.begin()
	status, err := do.run(ctx, p)
	points, failed := c.end()
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	if !slices.Contains(do.good, status) {
		fault("answers %d", status)
		return faults, nil
	}
	after, err := readState(ctx, p.db)
	if err != nil {
		return nil, err
	}
	steps, last := 0, before.Without("job")
	for _, pt := range points {
		found, wrong, err := revive(ctx, pt, do, before, after)
		if err != nil {
			return nil, fmt.Errorf("%s, killed at %s: %w", do.name, pt, err)
		}
		for _, f := range wrong {
			fault("killed at %s: %s", pt, f)
		}
		if now := found.Without("job"); len(apptest.Differences(now, last, nil)) > 0 {
			steps, last = steps+1, now
		}
		if err := os.RemoveAll(pt.dir); err != nil {
			return nil, err
		}
	}
	if n, stages := finished(before, after); do.jobs && !stages && !do.stages && steps > n {
		fault("%d jobs had their effect in %d transactions", n, steps)
	}
	return faults, nil
}

// finished counts the jobs that were done, and tells whether one is among them that works in stages by its
// nature: the jobs of fields go through a workspace's objects in batches and note in each how far they are.
func finished(before, after apptest.State) (n int, stages bool) {
	for i, s := range []apptest.State{before, after} {
		for _, row := range s["job"] {
			if strings.Contains(row, "state=done") {
				n += 2*i - 1
			}
			stages = stages || strings.Contains(row, "kind=field.") && !slices.Contains(before["job"], row)
		}
	}
	return n, stages
}

// revive starts the next process on what was left, and does the same again.
func revive(ctx context.Context, pt point, do doing, before, after apptest.State) (found apptest.State, faults []string, err error) {
	p, err := begin(ctx, place{dir: pt.dir}, nil)
	if err != nil {
		return nil, nil, err
	}
	defer p.end()
	return judge(ctx, p, do, before, after)
}

// judge looks at what was found after a kill, does the same again, and looks at what that came to.
func judge(ctx context.Context, p *program, do doing, before, after apptest.State) (found apptest.State, faults []string, err error) {
	found, err = readState(ctx, p.db)
	if err != nil {
		return nil, nil, err
	}
	shape := apptest.ShaperOf(before)
	fromBefore, fromAfter := apptest.Differences(found, before, nil), apptest.Differences(found, after, shape)
	whole := len(fromAfter) == 0
	if !do.jobs && !whole && len(fromBefore) > 0 {
		faults = append(faults, fmt.Sprintf("neither before nor after; from before it differs in %q\n    and from after in %q", fromBefore, fromAfter))
	}
	if err := older(ctx, p.db, do.jobs); err != nil {
		return nil, nil, err
	}
	status, err := do.run(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	now, err := readState(ctx, p.db)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case slices.Contains(do.good, status):
	case whole && do.keyed && status == http.StatusConflict:
	case whole && !do.keyed && (status < 500):
	default:
		faults = append(faults, fmt.Sprintf("sent again, it answers %d", status))
	}
	if whole && !do.keyed && !do.safe && !do.jobs {
		return found, faults, nil // each sign-in is one of its own
	}
	if d := apptest.Differences(now, after, shape); len(d) > 0 {
		faults = append(faults, fmt.Sprintf("sent again (%d), it comes to something else than once: %q", status, d))
	}
	return found, faults, nil
}

// asked is a request as something to stop. What the keeper answers last is what stays.
func asked(s apptest.Request, token string, keeper *program, answer *[]byte) doing {
	return doing{
		name: s.ID, good: s.Accepts, keyed: s.Keyed(), safe: s.Method != http.MethodPost,
		run: func(ctx context.Context, p *program) (int, error) {
			w := p.send(ctx, s, token)
			if p == keeper && slices.Contains(s.Accepts, w.Code) {
				*answer = apptest.Given(w)
			}
			return w.Code, nil
		},
	}
}

// drained is the work that is due as something to stop.
func drained(after string) doing {
	return doing{
		name: "the jobs after " + after, good: []int{0}, jobs: true,
		run: func(ctx context.Context, p *program) (int, error) {
			_, err := p.Queue.Drain(ctx)
			return 0, err
		},
	}
}

// everything runs all writing operations of the API in the order of the Postman collection, and the work that
// follows from them, and stops each.
func everything(t *testing.T, p *program, stop func(ctx context.Context, do doing) ([]string, error)) {
	t.Helper()
	ctx := t.Context()
	items, vars, err := p.script()
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	operations := 0
	for _, item := range items {
		all, err := vars.Requests(item)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if !s.Writes() {
				if err := vars.Keep(s, p.send(ctx, s, vars["token"]).Body.Bytes()); err != nil {
					t.Fatal(err)
				}
				continue
			}
			operations++
			if operations%everyNth != 0 {
				w := p.send(ctx, s, vars["token"])
				if !slices.Contains(s.Accepts, w.Code) {
					t.Fatalf("%s answers %d: %s", s.ID, w.Code, w.Body)
				}
				if err := vars.Keep(s, apptest.Given(w)); err != nil {
					t.Fatal(err)
				}
				if err := work(ctx, t, p, s.ID, covered, nil); err != nil {
					t.Fatal(err)
				}
				continue
			}
			var answer []byte
			faults, err := stop(ctx, asked(s, vars["token"], p, &answer))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range faults {
				t.Error(f)
			}
			if err := vars.Keep(s, answer); err != nil {
				t.Fatal(err)
			}
			if err := work(ctx, t, p, s.ID, covered, stop); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d requests that write; jobs: %q", operations, slices.Sorted(maps.Keys(covered)))
}

// watched is a program on SQLite, and who takes what its death would leave.
func watched(t *testing.T) (*program, *copier) {
	t.Helper()
	at := newPlace(t, db.SQLite)
	c := &copier{t: t, from: at.dir}
	p, err := begin(t.Context(), at, c.watch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	return p, c
}

// onBoth runs a check with a program on each database and the way to stop it there.
func onBoth(t *testing.T, check func(t *testing.T, p *program, stop func(ctx context.Context, do doing) ([]string, error))) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		p, c := watched(t)
		check(t, p, func(ctx context.Context, do doing) ([]string, error) { return stopped(ctx, p, c, do) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		check(t, s.program, func(ctx context.Context, do doing) ([]string, error) { return s.stopped(ctx, do, false) })
	})
}

func TestSQLiteKilledBetweenAnyTwoStatements(t *testing.T) {
	t.Parallel()
	p, c := watched(t)
	if err := p.found(t.Context()); err != nil {
		t.Fatal(err)
	}
	everything(t, p, func(ctx context.Context, do doing) ([]string, error) { return stopped(ctx, p, c, do) })
	t.Logf("%d places between statements", c.passed)
}

// work drains what is due after a request, stopping it when a kind of job is among it for the first time.
func work(ctx context.Context, t *testing.T, p *program, after string, covered map[string]bool, stop func(ctx context.Context, do doing) ([]string, error)) error {
	t.Helper()
	n, err := due(ctx, p.db)
	if err != nil || n == 0 {
		return err
	}
	fresh := false
	err = p.db.ReadAll(ctx, func(ctx context.Context, q db.Reader) error {
		kinds, err := db.All(ctx, q, func(r db.Row) (kind string, err error) {
			var reaction string
			err = r.Scan(&kind, db.Text(&reaction))
			return strings.TrimSpace(kind + " " + reaction), err
		}, `SELECT kind, payload->>'reaction' FROM job WHERE state = 'queued'`)
		for _, k := range kinds {
			fresh = fresh || !covered[k]
			covered[k] = covered[k] || stop != nil
		}
		return err
	})
	if err != nil || !fresh || stop == nil {
		_, drained := p.Queue.Drain(ctx)
		return errors.Join(err, drained)
	}
	faults, err := stop(ctx, drained(after))
	for _, f := range faults {
		t.Error(f)
	}
	return err
}
