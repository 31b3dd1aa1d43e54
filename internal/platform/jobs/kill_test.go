package jobs_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

const (
	victimEngine = "THROUGHLINE_TEST_VICTIM_ENGINE"
	victimTarget = "THROUGHLINE_TEST_VICTIM_TARGET"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if engine := os.Getenv(victimEngine); engine != "" {
		o := db.Options{Path: os.Getenv(victimTarget)}
		if engine == string(db.Postgres) {
			o = db.Options{URL: os.Getenv(victimTarget), MaxConns: 6}
		}
		if err := victim(context.Background(), o); err != nil {
			slog.Error("victim", "err", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// victim accepts work and does it until it is killed.
func victim(ctx context.Context, o db.Options) error {
	d, err := db.Open(ctx, o)
	if err != nil {
		return err
	}
	// Each finished job lets another in, so that the backlog stays short; the ticker makes up for jobs
	// that the other process did.
	admit := make(chan struct{}, 20)
	q := killQueue(d, func(o *jobs.Options) {
		o.OnChange = func(jobs.Change) {
			select {
			case admit <- struct{}{}:
			default:
			}
		}
	})
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	ran := make(chan error, 1)
	go func() { ran <- q.Run(ctx) }()
	for first := true; ; first = false {
		select {
		case err := <-ran:
			return err
		case <-admit:
		case <-tick.C:
		}
		w := id.Workspace(rand.N(3))
		err := d.Write(ctx, w, func(ctx context.Context, tx db.Tx) error {
			key, err := q.Enqueue(ctx, tx, w, count{})
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `INSERT INTO accepted (job_id) VALUES ($1)`, key)
			return err
		})
		if err != nil {
			return err
		}
		if first {
			fmt.Println("accepted") // the parent reads it
		}
	}
}

// killQueue has handlers that sometimes fail, also between the effect and its commit.
func killQueue(d *db.DB, change ...func(*jobs.Options)) *jobs.Queue {
	q := newQueue(d, clock.System{}, append(change, func(o *jobs.Options) { o.Lease = 600 * time.Millisecond; o.Workers = 4 })...)
	jobs.Handle(q, func(ctx context.Context, j *jobs.Job, _ count) error {
		return d.Write(ctx, j.Workspace, func(ctx context.Context, tx db.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO effect (tenant_id, job_id, n) VALUES ($1, $2, 0)`, j.Workspace, j.ID); err != nil {
				return err
			}
			if err := j.Finish(ctx, tx); err != nil {
				return err
			}
			if rand.N(50) == 0 && j.Attempt == 1 {
				return errors.New("failed after the effect")
			}
			return nil
		})
	})
	return q
}

func TestKilledProcessesLoseNoJobAndRepeatNoEffect(t *testing.T) {
	t.Parallel()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			o := dbtest.Options(t, engine)
			d, err := db.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			makeEffects(t, d)
			write(t, d, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Exec(ctx, `CREATE TABLE accepted (job_id UUID NOT NULL)`)
				return err
			})
			dbtest.Grant(t, d, "accepted")
			target := o.Path
			if engine == db.Postgres {
				target = o.URL
			}
			for range 8 {
				killTwo(t, string(engine), target)
			}
			finishRest(t, d)
			rows, different := effects(t, d)
			var accepted, matched int64
			err = d.ReadAll(t.Context(), func(ctx context.Context, r db.Reader) error {
				if err := r.QueryRow(ctx, `SELECT COUNT(*) FROM accepted`).Scan(&accepted); err != nil {
					return err
				}
				return r.QueryRow(ctx, `SELECT COUNT(*) FROM accepted a JOIN effect e ON e.job_id = a.job_id`).Scan(&matched)
			})
			if err != nil {
				t.Fatal(err)
			}
			if accepted == 0 || rows != accepted || different != accepted || matched != accepted {
				t.Errorf("accepted %d jobs; %d effects of %d jobs, %d of them accepted", accepted, rows, different, matched)
			}
			t.Logf("%d jobs over 16 killed processes", accepted)
		})
	}
}

// killTwo starts two processes on the database and kills each at a moment of its own once it has work.
func killTwo(t *testing.T, engine, target string) {
	t.Helper()
	var victims []*exec.Cmd
	var says []*bufio.Reader
	for range 2 {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(t.Context(), exe)
		c.Env = append(os.Environ(), victimEngine+"="+engine, victimTarget+"="+target)
		c.Stderr = t.Output()
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		victims, says = append(victims, c), append(says, bufio.NewReader(out))
	}
	for i, c := range victims {
		if _, err := says[i].ReadString('\n'); err != nil {
			t.Errorf("the victim accepted nothing: %v", err)
		}
		<-time.After(time.Duration(100+rand.N(250)) * time.Millisecond)
		if err := c.Process.Kill(); err != nil {
			t.Errorf("the victim ended by itself: %v", err)
		}
		_ = c.Wait()
	}
}

// finishRest works off what the killed processes left, those under their leases included.
func finishRest(t *testing.T, d *db.DB) {
	t.Helper()
	q := killQueue(d)
	run(t, q)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 600 {
		s, err := q.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s.Dead != 0 {
			t.Fatalf("%d jobs are dead", s.Dead)
		}
		if s.Queued+s.Running == 0 {
			return
		}
		receive(t, tick.C, "the rest of the jobs")
	}
	t.Fatal("the rest of the jobs takes too long")
}
