package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/schema"
	"github.com/throughlinehq/throughline/internal/seed"
)

func quiet(int64, int64) {}

// eachWay runs a test for a backup from each engine to each.
func eachWay(t *testing.T, test func(t *testing.T, from, to db.Engine)) {
	t.Helper()
	for _, from := range []db.Engine{db.SQLite, db.Postgres} {
		for _, to := range []db.Engine{db.SQLite, db.Postgres} {
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				t.Parallel()
				test(t, from, to)
			})
		}
	}
}

func backUp(t *testing.T, cfg config.Config) (file string, m app.Manifest) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "backup.tar.gz")
	d, err := app.OpenDatabase(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if m, err = app.Backup(t.Context(), cfg, d, file, quiet); err != nil {
		t.Fatal(err)
	}
	return file, m
}

func TestABackupClearsWhatAKilledOneLeftAndNothingElse(t *testing.T) {
	t.Parallel()
	at := newPlace(t, db.SQLite)
	cfg, err := config.Load([]string{"THROUGHLINE_DATA_DIR=" + at.dir}, "")
	if err != nil {
		t.Fatal(err)
	}
	d, err := app.OpenDatabase(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	file := filepath.Join(t.TempDir(), "backup.tar.gz")
	long := bytes.Repeat([]byte("half an archive "), 1<<18)
	for _, left := range []string{file + ".part", file + ".part.db", file + ".part.db-journal"} {
		if err := os.WriteFile(left, long, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := app.Backup(t.Context(), cfg, d, file, quiet); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 1 {
		t.Errorf("beside the backup there is more: %v (%v)", left, err)
	}
	whole, err := os.ReadFile(file)
	if err != nil || bytes.Contains(whole, []byte("half an archive")) {
		t.Errorf("the old half is in the archive (%v)", err)
	}
	if _, err := app.Backup(t.Context(), cfg, d, file, quiet); !errs.Has(err, errs.Conflict) {
		t.Errorf("over a backup: %v", err)
	}
	if again, err := os.ReadFile(file); err != nil || !bytes.Equal(again, whole) {
		t.Errorf("the backup that was there has changed (%v)", err)
	}
}

// contents is every row of every table but the search index, in a form that both engines share.
func contents(t *testing.T, d *db.DB) map[string][]string {
	t.Helper()
	steps, err := schema.Steps(d.Engine())
	if err != nil {
		t.Fatal(err)
	}
	tables, err := schema.Tables(d.Engine(), len(steps))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	err = d.Snapshot(t.Context(), func(ctx context.Context, s db.Snapshot) error {
		for _, table := range tables {
			if table.Special {
				continue
			}
			columns, err := db.Columns(ctx, s, table.Name)
			if err != nil {
				return err
			}
			var b bytes.Buffer
			if _, err := s.CopyOut(ctx, &b, table.Name, columns); err != nil {
				return err
			}
			var rows []string
			for line := range strings.Lines(b.String()) {
				rows = append(rows, sameForm(t, columns, line))
			}
			slices.Sort(rows)
			all[table.Name] = rows
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sameForm writes JSON and numbers in one way, since PostgreSQL has its own.
func sameForm(t *testing.T, columns []db.Column, line string) string {
	t.Helper()
	values := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
	for i, c := range columns {
		if values[i] == `\N` || c.Type != "JSONB" && c.Type != "DOUBLE PRECISION" {
			continue
		}
		var v any
		if err := json.Unmarshal([]byte(strings.ReplaceAll(values[i], `\\`, `\`)), &v); err != nil {
			t.Fatalf("%s %q: %v", c.Name, values[i], err)
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		values[i] = string(b)
	}
	return strings.Join(values, "\t")
}

func TestARestoredBackupHoldsEveryRowOfEitherEngine(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, from, to db.Engine) {
		target := dbtest.Empty(t, to) // skips without a server
		a := install(t, dbtest.Empty(t, from))
		w, err := a.Tenants.List(t.Context())
		if err != nil || len(w) != 1 {
			t.Fatalf("%d workspaces: %v", len(w), err)
		}
		if _, err := a.Samples.Import(t.Context(), auth.System(w[0].ID, "test"), seed.Options{Customers: 40, Tickets: 30, Orders: 60, Seed: 7}, func(int64, int64) {}); err != nil {
			t.Fatal(err)
		}
		want := contents(t, a.DB)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		file, _ := backUp(t, a.Config)

		cfg := settings(t, target)
		if _, err := app.Restore(t.Context(), cfg, file, false, quiet); err != nil {
			t.Fatal(err)
		}
		d, err := app.OpenDatabase(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		if err := schema.Check(t.Context(), d); err != nil {
			t.Error(err)
		}
		got := contents(t, d)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if len(got["order_line"]) < 60 || len(got["ticket_message"]) < 30 || len(got["event"]) < 100 {
			t.Errorf("only %d lines, %d messages, %d events", len(got["order_line"]), len(got["ticket_message"]), len(got["event"]))
		}
	})
}

func TestABackupTakenWhileOthersWriteIsOneMomentAndServes(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, from, to db.Engine) {
		target := dbtest.Empty(t, to)
		url, token, cfg := start(t, dbtest.Empty(t, from))
		picture := upload(t, url, token)
		made := post(t, url+"/customers", token, `{"firstName":"Grace","lastName":"Hopper"}`)

		// Two write on while the backup runs; what was acknowledged before it began must be in it.
		const before = 20
		var acknowledged sync.Map
		var writers sync.WaitGroup
		ready, stop := make(chan struct{}, 1000), make(chan struct{})
		for writer := range 2 {
			writers.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					number := fmt.Sprintf("W%d-%d", writer, n)
					post(t, url+"/orders", token, `{"number":"`+number+`","customerId":"`+made+`","lines":[{"title":"Tea","quantity":2,"unitPrice":"2.50"},{"title":"Cup","quantity":1,"unitPrice":"9.99"}]}`)
					acknowledged.Store(number, true)
					ready <- struct{}{}
				}
			})
		}
		for range before {
			<-ready
		}
		var must []string
		acknowledged.Range(func(k, _ any) bool { must = append(must, k.(string)); return true })
		file, m := backUp(t, cfg)
		close(stop)
		writers.Wait()
		if len(must) < before || m.Missing != 0 {
			t.Errorf("%d orders before the backup, %d files missing in it", len(must), m.Missing)
		}

		other := settings(t, target)
		if _, err := app.Restore(t.Context(), other, file, false, quiet); err != nil {
			t.Fatal(err)
		}
		a, err := app.New(t.Context(), other, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		url, _ = serve(t, a)
		fitsTogether(t, a.DB)
		token = signIn(t, url)
		orders := strings.Join(contents(t, a.DB)["sales_order"], "\n")
		for _, number := range must {
			if !strings.Contains(orders, "\t"+number+"\t") {
				t.Errorf("order %s was acknowledged and is not there", number)
			}
		}
		if text := get(t, url+"/search?q=Hoper", token); !strings.Contains(text, made) {
			t.Errorf("search finds %s", text)
		}
		if text := get(t, url+"/search?q="+must[0], token); !strings.Contains(text, must[0]) {
			t.Errorf("search for %s finds %s", must[0], text)
		}
		if text := get(t, url+"/files/"+picture, token); text != "a file that was uploaded" {
			t.Errorf("the file holds %q", text)
		}
		post(t, url+"/orders", token, `{"lines":[{"title":"Tea","quantity":1,"unitPrice":"2.50"}]}`)
	})
}

// fitsTogether finds halves of changes: an order without its lines, its event or its place in its history.
func fitsTogether(t *testing.T, d *db.DB) {
	t.Helper()
	for what, q := range map[string]string{
		"orders whose lines are not there":      `SELECT COUNT(*) FROM sales_order o WHERE line_count <> (SELECT COUNT(*) FROM order_line l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id)`,
		"orders whose lines do not add up":      `SELECT COUNT(*) FROM sales_order o WHERE total <> (SELECT SUM(total) FROM order_line l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id)`,
		"orders without an event":               `SELECT COUNT(*) FROM sales_order o WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.tenant_id = o.tenant_id AND e.object_id = o.id AND e.kind = 'order.placed')`,
		"events without an order":               `SELECT COUNT(*) FROM event e WHERE e.kind = 'order.placed' AND NOT EXISTS (SELECT 1 FROM sales_order o WHERE e.tenant_id = o.tenant_id AND e.object_id = o.id)`,
		"lines without an order":                `SELECT COUNT(*) FROM order_line l WHERE NOT EXISTS (SELECT 1 FROM sales_order o WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id)`,
		"none at all":                           `SELECT CASE WHEN COUNT(*) < 20 THEN 1 ELSE 0 END FROM sales_order`,
		"workspaces beside the one that it had": `SELECT COUNT(*) - 1 FROM workspace`,
	} {
		err := d.ReadAll(t.Context(), func(ctx context.Context, r db.Reader) error {
			n, err := db.Scalar[int64](ctx, r, q)
			if n != 0 {
				t.Errorf("%s: %d", what, n)
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func post(t *testing.T, url, token, body string) (made string) {
	t.Helper()
	res := call(t, http.MethodPost, url, token, body)
	defer func() { _ = res.Body.Close() }()
	var out struct{ ID string }
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != http.StatusCreated {
		t.Errorf("POST %s answers %s: %v", url, res.Status, err)
	}
	return out.ID
}

func get(t *testing.T, url, token string) string {
	t.Helper()
	res := call(t, http.MethodGet, url, token, "")
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("GET %s answers %s: %v", url, res.Status, err)
	}
	return string(b)
}

func upload(t *testing.T, url, token string) (made string) {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", "notes.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte("a file that was uploaded")); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	res := call(t, http.MethodPost, url+"/media/upload", token, form.String(), "Content-Type", m.FormDataContentType())
	defer func() { _ = res.Body.Close() }()
	var out struct{ ID string }
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("upload answers %s: %v", res.Status, err)
	}
	return out.ID
}

func TestABackupSaysWhichFilesItLacks(t *testing.T) {
	t.Parallel()
	url, token, cfg := start(t, dbtest.Empty(t, db.Postgres))
	upload(t, url, token)
	elsewhere := cfg
	elsewhere.DataDir = t.TempDir()
	if _, m := backUp(t, elsewhere); m.Missing != 1 || m.HasKey() {
		t.Errorf("%d files missing, key %v", m.Missing, m.HasKey())
	}
	if _, m := backUp(t, cfg); m.Missing != 0 || !m.HasKey() {
		t.Errorf("with the folder: %d files missing, key %v", m.Missing, m.HasKey())
	}
}

func TestRestoreOverADatabaseIsRefusedAndWithForceSetsItAside(t *testing.T) {
	t.Parallel()
	o := dbtest.Empty(t, db.Postgres)
	a := install(t, o)
	url, stop := serve(t, a)
	post(t, url+"/customers", signIn(t, url), `{"firstName":"Grace"}`)
	file, _ := backUp(t, a.Config)
	post(t, url+"/customers", signIn(t, url), `{"firstName":"Later"}`)

	other := settings(t, o) // the same database, another folder
	if _, err := app.Restore(t.Context(), other, file, false, quiet); !errs.Has(err, errs.Conflict) || !strings.Contains(err.Error(), "--force") {
		t.Errorf("over a full database: %v", err)
	}
	if _, err := app.Restore(t.Context(), other, file, true, quiet); !errs.Has(err, errs.Unavailable) {
		t.Errorf("under a running server: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(other.DataDir)); slices.ContainsFunc(left, func(e os.DirEntry) bool { return e.Name() != "serve.lock" }) {
		t.Errorf("a restore that was refused left %v", left)
	}
	stop()
	if _, err := app.Restore(t.Context(), other, file, true, quiet); err != nil {
		t.Fatal(err)
	}
	d, err := app.OpenDatabase(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if n := len(contents(t, d)["customer"]); n != 1 {
		t.Errorf("%d customers, want 1", n)
	}
	err = d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) error {
		aside, err := db.Scalar[string](ctx, q, `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_restore_%'`)
		if err != nil {
			return err
		}
		n, err := db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM `+aside+`.customer`)
		if n != 2 {
			t.Errorf("%d customers set aside, want 2", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
