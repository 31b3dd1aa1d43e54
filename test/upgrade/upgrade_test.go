// Package upgrade_test takes a database of the first released schema, 0.1.0, with data in it, to the newest.
// testdata/0.1.0.tar.gz is a backup that the program of that schema made of a workspace that it had filled with
// `seed import --customers 25 --tickets 25 --orders 40 --seed 1`.
package upgrade_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/schema"
	"github.com/throughlinehq/throughline/test/binary"
)

// first is how many steps 0.1.0 had.
const first = 2

const (
	backup   = "testdata/0.1.0.tar.gz"
	password = "Correct-Horse-Battery-7"
)

func TestMain(m *testing.M) {
	if os.Getenv(victimStep) != "" {
		migrateAndDie()
	}
	os.Exit(m.Run())
}

func each(t *testing.T, test func(t *testing.T, i *binary.Installation, o db.Options)) {
	t.Helper()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			i := binary.New(t, e)
			if err := i.Run("", "restore", backup); err != nil {
				t.Fatal(err)
			}
			o := db.Options{URL: i.Settings["DATABASE_URL"], MaxConns: 4}
			if e == db.SQLite {
				o = db.Options{Path: filepath.Join(i.Settings["DATA_DIR"], "throughline.db")}
			}
			test(t, i, o)
		})
	}
}

// content is every table of 0.1.0, in its columns of then, as one digest each.
type content struct {
	columns map[string][]db.Column
	rows    map[string]string
}

// read fills the columns when they are not known yet.
func (c *content) read(t *testing.T, o db.Options) (steps int) {
	t.Helper()
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	c.rows = map[string]string{}
	err = d.Snapshot(t.Context(), func(ctx context.Context, s db.Snapshot) error {
		ran, err := schema.History(ctx, s)
		if err != nil {
			return err
		}
		steps = len(ran)
		tables, err := schema.Tables(s.Engine(), first)
		if err != nil {
			return err
		}
		for _, table := range tables {
			if table.Special {
				continue // the search index is judged by searching
			}
			if c.columns[table.Name] == nil {
				if c.columns[table.Name], err = db.Columns(ctx, s, table.Name); err != nil {
					return err
				}
			}
			var b bytes.Buffer
			n, err := s.CopyOut(ctx, &b, table.Name, c.columns[table.Name])
			if err != nil {
				return err
			}
			lines := strings.Split(b.String(), "\n")
			slices.Sort(lines)
			sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
			c.rows[table.Name] = fmt.Sprint(n, " rows ", hex.EncodeToString(sum[:8]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

func newest(t *testing.T, e db.Engine) int {
	t.Helper()
	steps, err := schema.Steps(e)
	if err != nil {
		t.Fatal(err)
	}
	return len(steps)
}

func TestADatabaseOfTheFirstReleaseIsBroughtUpToDateThroughSuddenDeathAndWorks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *binary.Installation, o db.Options) {
		e := db.SQLite
		if o.URL != "" {
			e = db.Postgres
		}
		before := content{columns: map[string][]db.Column{}}
		if n := before.read(t, o); n != first {
			t.Fatalf("the restored database has schema %d, want %d", n, first)
		}
		if got := before.rows["customer"]; !strings.HasPrefix(got, "25 rows ") {
			t.Fatalf("the backup holds %s of customers", got)
		}
		last := newest(t, e)
		for step := first + 1; step <= last; step++ {
			for _, at := range []string{"first", "last", "commit", "committed"} {
				killMigrating(t, o, step, at)
				now := content{columns: before.columns}
				want := step - 1
				if at == "committed" {
					want = step
				}
				if n := now.read(t, o); n != want {
					t.Errorf("killed at %s of step %d: the database has schema %d, want %d", at, step, n, want)
				}
				if diff := cmp.Diff(before.rows, now.rows); diff != "" {
					t.Errorf("killed at %s of step %d: rows changed:\n%s", at, step, diff)
				}
			}
		}
		if out := run(t, i, "migrate"); !strings.Contains(out, "0 steps ran") { // the last was committed before its death
			t.Errorf("migrate says %q", out)
		}
		after := content{columns: before.columns}
		if n := after.read(t, o); n != last {
			t.Errorf("the database has schema %d, want %d", n, last)
		}
		if diff := cmp.Diff(before.rows, after.rows); diff != "" {
			t.Errorf("rows changed:\n%s", diff)
		}
		if e == db.Postgres {
			if out := run(t, i, "doctor"); !strings.Contains(out, "on: statements of a workspace run as") {
				t.Errorf("doctor says:\n%s", out)
			}
		}
		works(t, i)
	})
}

func TestStartingOnADatabaseOfTheFirstReleaseUpgradesItAndASecondMigrateDoesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *binary.Installation, o db.Options) {
		works(t, i)
		if out := run(t, i, "migrate"); !strings.Contains(out, "0 steps ran") {
			t.Errorf("migrate says %q", out)
		}
		now := content{columns: map[string][]db.Column{}}
		e := db.SQLite
		if o.URL != "" {
			e = db.Postgres
		}
		if n := now.read(t, o); n != newest(t, e) {
			t.Errorf("the database has schema %d", n)
		}
	})
}

func run(t *testing.T, i *binary.Installation, args ...string) string {
	t.Helper()
	out, err := i.Command(nil, args...).CombinedOutput()
	if err != nil {
		t.Errorf("throughline %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// works serves the database: signs in, reads, filters, searches and writes.
func works(t *testing.T, i *binary.Installation) {
	t.Helper()
	p, err := i.Start(map[string]string{"WORKERS": "0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}()
	c := client{t: t, base: "http://" + p.Address + "/api/v1"}
	var in struct{ Token string }
	c.call("POST", "/auth/login", `{"email":"ada@example.com","password":"`+password+`"}`, &in)
	c.token = in.Token

	var people struct {
		Data []struct{ ID, FirstName, LastName string }
	}
	c.call("GET", "/customers?limit=100&kind=person", "", &people)
	at := slices.IndexFunc(people.Data, func(p struct{ ID, FirstName, LastName string }) bool { return len(p.LastName) > 3 })
	if at < 0 {
		t.Fatalf("read %d people, none with a name", len(people.Data))
	}
	one := people.Data[at]
	var found struct{ Data []struct{ ID string } }
	c.call("GET", "/customers?firstName="+strings.ToUpper(one.FirstName)+"&lastName="+strings.ToUpper(one.LastName), "", &found)
	if len(found.Data) != 1 || found.Data[0].ID != one.ID {
		t.Errorf("filtering by the name of %s finds %v", one.ID, found.Data)
	}
	var hits json.RawMessage
	c.call("GET", "/search?q="+one.LastName, "", &hits)
	if !bytes.Contains(hits, []byte(one.ID)) {
		t.Errorf("searching for %q finds %s", one.LastName, hits)
	}
	var tickets struct {
		Data []struct{ ID string }
	}
	c.call("GET", "/tickets?view=all&limit=100", "", &tickets)
	if len(tickets.Data) != 25 {
		t.Errorf("read %d tickets, want 25", len(tickets.Data))
	}
	var made struct{ ID string }
	c.call("POST", "/tickets", `{"title":"After the upgrade","description":"Is everything there?","customerId":"`+one.ID+`"}`, &made)
	var again struct{ Title string }
	c.call("GET", "/tickets/"+made.ID, "", &again)
	if again.Title != "After the upgrade" {
		t.Errorf("read back %+v", again)
	}
}

type client struct {
	t           *testing.T
	base, token string
}

func (c client) call(method, path, body string, into any) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.token)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	var b bytes.Buffer
	if _, err := b.ReadFrom(a.Body); err != nil {
		c.t.Fatal(err)
	}
	if a.StatusCode >= http.StatusMultipleChoices {
		c.t.Fatalf("%s %s: %d %s", method, path, a.StatusCode, &b)
	}
	if err := json.Unmarshal(b.Bytes(), into); err != nil {
		c.t.Fatal(err)
	}
}

// What a process that is to be killed finds in its environment.
const (
	victimStep   = "THROUGHLINE_TEST_VICTIM_STEP"
	victimAt     = "THROUGHLINE_TEST_VICTIM_AT"
	victimTarget = "THROUGHLINE_TEST_VICTIM_TARGET"
)

func killMigrating(t *testing.T, o db.Options, step int, at string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe)
	c.Env = append(os.Environ(), fmt.Sprint(victimStep, "=", step), victimAt+"="+at, victimTarget+"="+o.Path+o.URL)
	out, err := c.CombinedOutput()
	if s, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || s.Signal() != syscall.SIGKILL {
		t.Fatalf("the process was to be killed at %s of step %d: %v\n%s", at, step, err, out)
	}
}

// migrateAndDie migrates and kills itself at one place of one step: before its first statement, before the one
// that records it, before its commit or after it.
func migrateAndDie() {
	target, at := os.Getenv(victimTarget), os.Getenv(victimAt)
	running, began := "", false
	die := func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} }
	watch := func(_ context.Context, moment db.Moment, next string) {
		switch {
		case strings.Contains(next, "SELECT checksum FROM schema_step"):
			running, began = "asked", false
		case moment == db.BeforeStatement && running == "asked" && !began:
			began = true
		}
		if began && at == "first" && stepOf(next) {
			die()
		}
		if at == "last" && strings.Contains(next, "INSERT INTO schema_step (number, name, checksum") && began {
			die()
		}
		if began && (at == string(db.BeforeCommit) || at == string(db.AfterCommit)) && string(moment) == at {
			die()
		}
		if moment == db.AfterCommit {
			running, began = "", false
		}
	}
	o := db.Options{Path: target, Watch: watch}
	if strings.HasPrefix(target, "postgres") {
		o = db.Options{URL: target, MaxConns: 2, Watch: watch}
	}
	d, err := db.Open(context.Background(), o)
	if err == nil {
		_, err = schema.Migrate(context.Background(), d, clock.System{})
	}
	fmt.Println("was not killed:", err)
	os.Exit(3)
}

// stepOf tells a statement of a step's own from those around it.
func stepOf(q string) bool { return !strings.Contains(q, "schema_step") && q != "COMMIT" && q != "" }

// The steps of released schemas never change: a database that has run them would refuse the program.
func TestReleasedStepsAreNeverEdited(t *testing.T) {
	t.Parallel()
	released := map[db.Engine][]string{
		db.SQLite:   {"036901c4557f8f4af75c7074c492081cd61ec7dcc49d527d469a8a2e9f9aa907", "f5ee399ee4452ae06bb38f25d08e746c66c18cc4c391a5a5b7294651d6d71144"},
		db.Postgres: {"036901c4557f8f4af75c7074c492081cd61ec7dcc49d527d469a8a2e9f9aa907", "75f7580ff77c4b7f142b1fea5bedec30465aaa09a023e5852d7127d30370f28c"},
	}
	for e, sums := range released {
		steps, err := schema.Steps(e)
		if err != nil {
			t.Fatal(err)
		}
		for i, sum := range sums {
			if i >= len(steps) || steps[i].Checksum != sum {
				t.Errorf("step %d of %s is not the text that was released; add a new step in its place", i+1, e)
			}
		}
	}
}
