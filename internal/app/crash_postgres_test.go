package app_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// killer ends a process at a place of its own choice: all of its sockets are closed, nothing reaches the
// server any more, and the goroutine that stood there goes no further.
type killer struct {
	line   *line
	at     int  // place, counted from 1; 0 lets everything pass
	commit bool // from there on, after the next commit only
	seen   int
	died   string // where, once it did
	moment db.Moment
}

func (k *killer) watch(_ context.Context, at db.Moment, next string) {
	if k.at == 0 || k.died != "" {
		return
	}
	if k.seen++; k.seen < k.at || k.commit && at != db.AfterCommit {
		return
	}
	k.died, k.moment = point{at: at, next: next}.String(), at
	k.line.cut()
	runtime.Goexit()
}

// server is a process on PostgreSQL, and a second look at its database that keeps a copy to go back to.
type server struct {
	*program
	k     *killer
	admin *db.DB
	saved map[string]string // digest of each table as it is kept
}

func newServer(t *testing.T) *server {
	t.Helper()
	at := newPlace(t, db.Postgres)
	s := &server{k: &killer{}, saved: map[string]string{}}
	var err error
	if s.admin, err = db.Open(t.Context(), db.Options{URL: at.url, MaxConns: 2}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.admin.Close() })
	if err := s.admin.Exec(t.Context(), `CREATE SCHEMA kept`); err != nil {
		t.Fatal(err)
	}
	if s.program, err = begin(t.Context(), at, s.k.watch); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	s.k.line = s.line
	return s
}

// restart is the next process. The app is the same, with new connections: that its memory holds nothing
// which a new one would not read is seen on SQLite.
func (s *server) restart(ctx context.Context) error {
	s.line.mend()
	var err error
	for range 8 { // the pool finds its connections dead one by one
		if err = s.db.Ping(ctx); err == nil {
			return nil
		}
	}
	return err
}

// save keeps the tables as they are.
func (s *server) save(ctx context.Context) error {
	now, err := s.digests(ctx)
	if err != nil {
		return err
	}
	return s.admin.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		for table, sum := range now {
			if was, ok := s.saved[table]; ok && was == sum {
				continue
			}
			for _, q := range []string{`DROP TABLE IF EXISTS kept.` + table, `CREATE TABLE kept.` + table + ` AS TABLE ` + table} {
				if _, err := tx.Exec(ctx, q); err != nil {
					return err
				}
			}
			s.saved[table] = sum
		}
		return nil
	})
}

// restore brings the tables back. Foreign keys sleep meanwhile, which the server grants to a superuser.
func (s *server) restore(ctx context.Context) error {
	now, err := s.digests(ctx)
	if err != nil {
		return err
	}
	return s.admin.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL session_replication_role = replica`); err != nil {
			return err
		}
		for table, sum := range now {
			if s.saved[table] == sum {
				continue
			}
			columns, err := db.Columns(ctx, tx, table)
			if err != nil {
				return err
			}
			names := make([]string, len(columns)) // without those that the database works out
			for i, c := range columns {
				names[i] = `"` + c.Name + `"`
			}
			all := strings.Join(names, ", ")
			for _, q := range []string{`DELETE FROM ` + table, `INSERT INTO ` + table + ` (` + all + `) SELECT ` + all + ` FROM kept.` + table} {
				if _, err := tx.Exec(ctx, q); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// dies runs until the place and tells where it died; empty when it came to its end first.
func (s *server) dies(ctx context.Context, do doing, place int, commit bool) (where string, err error) {
	*s.k = killer{line: s.line, at: place, commit: commit}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, err = do.run(ctx, s.program)
	}()
	<-ended
	where = s.k.died
	s.k.at = 0
	if where == "" {
		return "", err
	}
	return where, s.restart(ctx)
}

// digests are a short word for the rows of each table.
func (s *server) digests(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	err := s.admin.ReadAll(ctx, func(ctx context.Context, q db.Reader) error {
		names, err := db.All(ctx, q, func(r db.Row) (name string, err error) { return name, r.Scan(&name) },
			`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name`)
		if err != nil {
			return err
		}
		for i, n := range names {
			names[i] = `SELECT '` + n + `', coalesce(md5(string_agg(r::text, ',' ORDER BY r::text)), '') FROM ` + n + ` r`
		}
		_, err = db.All(ctx, q, func(r db.Row) (struct{}, error) {
			var name, sum string
			err := r.Scan(&name, &sum)
			out[name] = sum
			return struct{}{}, err
		}, strings.Join(names, " UNION ALL "))
		return err
	})
	return out, err
}

// stands reports that the database says the same as when it was kept.
func (s *server) stands(ctx context.Context) (bool, error) {
	now, err := s.digests(ctx)
	for table, sum := range now {
		if !untold(table, db.Postgres) && s.saved[table] != sum {
			return false, err
		}
	}
	return true, err
}

// stopped does it whole to learn what it comes to, then kills it at every place of its transactions and
// judges what is left, and at the end does it whole once more. Between two commits behind the first one the
// database stands still, so there one place is enough.
func (s *server) stopped(ctx context.Context, do doing, jobs bool) (faults []string, err error) {
	if err := s.save(ctx); err != nil {
		return nil, err
	}
	before, err := readState(ctx, s.db)
	if err != nil {
		return nil, err
	}
	status, err := do.run(ctx, s.program)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(do.good, status) {
		return []string{fmt.Sprintf("%s: answers %d", do.name, status)}, s.restore(ctx)
	}
	after, err := readState(ctx, s.db)
	if err != nil {
		return nil, err
	}
	if err := s.restore(ctx); err != nil {
		return nil, err
	}
	commit := jobs
	for place := 1; ; place++ {
		where, err := s.dies(ctx, do, place, commit)
		if err != nil {
			return nil, err
		}
		if where == "" {
			break
		}
		place = max(place, s.k.seen)
		stands, err := s.stands(ctx)
		if err != nil {
			return nil, err
		}
		if stands && !jobs && s.k.moment != db.BeforeCommit {
			if do.keyed { // the next try is a request of its own
				err = s.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
					_, err := tx.Exec(ctx, `DELETE FROM idempotency_key WHERE happened = FALSE AND status = 0`)
					return err
				})
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		commit = commit || !stands
		_, found, err := judge(ctx, s.program, do, before, after)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			faults = append(faults, fmt.Sprintf("%s: killed at %s: %s", do.name, where, f))
		}
		if err := s.restore(ctx); err != nil {
			return nil, err
		}
	}
	return faults, nil
}

func TestPostgresKilledBetweenAnyTwoStatements(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	if err := s.found(t.Context()); err != nil {
		t.Fatal(err)
	}
	everything(t, s.program, func(ctx context.Context, do doing) ([]string, error) {
		return s.stopped(ctx, do, do.jobs)
	})
}
