package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/cli"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// eachWorld runs a test in an installation on each engine; o opens its database.
func eachWorld(t *testing.T, test func(t *testing.T, w world, o db.Options)) {
	t.Helper()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			w, o := newWorld(t), dbtest.Empty(t, e)
			if e == db.Postgres {
				w.env = append(w.env, "THROUGHLINE_DATABASE_URL="+o.URL)
			} else {
				o.Path = filepath.Join(w.dir, "throughline.db")
			}
			w.setUp(t)
			test(t, w, o)
		})
	}
}

func TestANewerDatabaseIsRefusedByEveryCommand(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world, o db.Options) {
		d, err := db.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		err = d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO schema_step (number, name, checksum, applied_at) VALUES (99, 'later', 'x', 1)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		archive := filepath.Join(t.TempDir(), "b.tar.gz")
		for _, args := range [][]string{{"doctor"}, {"migrate"}, {"serve"}, {"user", "list"}, {"backup", archive}} {
			code, _, complaint := w.run(t, "", args...)
			if code != cli.ExitUnavailable || !strings.Contains(complaint, "schema") || strings.Count(complaint, "\n") != 1 {
				t.Errorf("%v: exit %d: %s", args, code, complaint)
			}
		}
		if _, err := os.Stat(archive); err == nil {
			t.Error("an archive was left")
		}
	})
}

func TestDoctorFindsADatabaseThatTakesNoChanges(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world, o db.Options) {
		if o.URL != "" {
			w.env = append(w.env, "THROUGHLINE_DATABASE_URL="+o.URL+"&default_transaction_read_only=on")
			for _, command := range []string{"doctor", "migrate"} {
				if code, _, complaint := w.run(t, "", command); code != cli.ExitUnavailable || !strings.Contains(complaint, "read-only") {
					t.Errorf("%s: exit %d: %s", command, code, complaint)
				}
			}
			return
		}
		d, err := db.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		// While this transaction is open, the file is locked.
		err = d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
			for _, command := range []string{"doctor", "migrate"} {
				if code, _, complaint := w.run(t, "", command); code != cli.ExitUnavailable || !strings.Contains(complaint, "locked by another process") {
					t.Errorf("%s: exit %d: %s", command, code, complaint)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestADatabaseThatTheServerDoesNotHaveIsNamedAsSuch(t *testing.T) {
	t.Parallel()
	w, o := newWorld(t), dbtest.Empty(t, db.Postgres)
	at := strings.LastIndex(o.URL, "/t_")
	w.env = append(w.env, "THROUGHLINE_DATABASE_URL="+o.URL[:at]+"/nowhere"+o.URL[strings.Index(o.URL, "?"):])
	if code, _, complaint := w.run(t, "", "migrate"); code != cli.ExitUnavailable || !strings.Contains(complaint, "no database of that name") {
		t.Errorf("exit %d: %s", code, complaint)
	}
}
