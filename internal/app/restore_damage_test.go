package app_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// entry is a file of an archive.
type entry struct {
	name string
	text []byte
}

func entries(t *testing.T, file string) (all []entry) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(zip); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{h.Name, text})
	}
}

// repack writes an archive whose checksums are right, so that only what was changed is wrong.
func repack(t *testing.T, all []entry, m app.Manifest) string {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	add := func(name string, text []byte) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	m.Files = nil
	for _, e := range all {
		if e.name == "manifest.json" {
			continue
		}
		sum := sha256.Sum256(e.text)
		m.Files = append(m.Files, app.BackedFile{Name: e.name, Size: int64(len(e.text)), SHA256: hex.EncodeToString(sum[:])})
		add(e.name, e.text)
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	add("manifest.json", text)
	if err := errors.Join(w.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "changed.tar.gz")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAnAlteredBackupOfRowsWritesNothing(t *testing.T) {
	t.Parallel()
	a := install(t, dbtest.Empty(t, db.Postgres))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	file, made := backUp(t, a.Config)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	raw := func(b []byte) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			name := filepath.Join(t.TempDir(), "raw.tar.gz")
			if err := os.WriteFile(name, b, 0o600); err != nil {
				t.Fatal(err)
			}
			return name
		}
	}
	changed := func(change func(all []entry, m *app.Manifest) []entry) func(*testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			m := made
			m.Tables, m.Schema = slices.Clone(m.Tables), slices.Clone(m.Schema)
			return repack(t, change(entries(t, file), &m), m)
		}
	}
	table := func(m *app.Manifest, name string) *app.BackedTable {
		return &m.Tables[slices.IndexFunc(m.Tables, func(b app.BackedTable) bool { return b.Name == name })]
	}
	for name, c := range map[string]struct {
		archive func(*testing.T) string
		kind    errs.Kind
	}{
		"cut in the middle": {raw(whole[:len(whole)/2]), errs.Invalid},
		"cut at the end":    {raw(whole[:len(whole)-9]), errs.Invalid},
		"a byte changed":    {raw(append(append(slices.Clone(whole[:len(whole)/2]), whole[len(whole)/2]^1), whole[len(whole)/2+1:]...)), errs.Invalid},
		"a row left out": {changed(func(all []entry, m *app.Manifest) []entry {
			i := slices.IndexFunc(all, func(e entry) bool { return e.name == "rows/role_permission/000001" })
			_, all[i].text, _ = bytes.Cut(all[i].text, []byte("\n"))
			return all
		}), errs.Invalid},
		"a row that points nowhere": {changed(func(all []entry, m *app.Manifest) []entry {
			i := slices.IndexFunc(all, func(e entry) bool { return e.name == "rows/role/000001" })
			all[i].text, table(m, "role").Rows = nil, 0
			return all
		}), errs.Internal},
		"a table left out": {changed(func(all []entry, m *app.Manifest) []entry {
			m.Tables = m.Tables[:len(m.Tables)-1]
			return all
		}), errs.Invalid},
		"a column with another name": {changed(func(all []entry, m *app.Manifest) []entry {
			table(m, "workspace").Columns = append([]string{`id") FROM STDIN; --`}, table(m, "workspace").Columns[1:]...)
			return all
		}), errs.Invalid},
		"a part that is not there": {changed(func(all []entry, m *app.Manifest) []entry {
			table(m, "workspace").Parts++
			return all
		}), errs.Invalid},
		"a newer schema": {changed(func(all []entry, m *app.Manifest) []entry {
			m.Schema = append(m.Schema, m.Schema[0])
			return all
		}), errs.Conflict},
		"another build's schema": {changed(func(all []entry, m *app.Manifest) []entry {
			m.Schema[0].Checksum = strings.Repeat("0", 64)
			return all
		}), errs.Conflict},
		"a newer form": {changed(func(all []entry, m *app.Manifest) []entry {
			m.Format = "throughline-backup-99"
			return all
		}), errs.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive := c.archive(t)
			for _, e := range []db.Engine{db.SQLite, db.Postgres} {
				cfg := settings(t, dbtest.Empty(t, e))
				_, err := app.Restore(t.Context(), cfg, archive, false, quiet)
				if err == nil || errs.KindOf(err) != c.kind || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: %v", e, err)
				}
				left, err := os.ReadDir(cfg.DataDir)
				if err != nil || slices.ContainsFunc(left, func(f os.DirEntry) bool { return f.Name() != "serve.lock" }) {
					t.Errorf("%s: the folder holds %v, %v", e, left, err)
				}
				if e == db.Postgres {
					noTables(t, cfg.DatabaseURL.Reveal())
				}
			}
		})
	}
}

func noTables(t *testing.T, url string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: url, MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	err = d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) error {
		n, err := db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace`)
		if n != 0 {
			t.Errorf("%d tables were made", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAnArchiveOfTheFirstVersionsIsRestoredOnEitherEngine(t *testing.T) {
	t.Parallel()
	a := install(t, dbtest.Empty(t, db.SQLite))
	want := contents(t, a.DB)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	file, m := backUp(t, a.Config)
	m.Engine = "" // the field they did not have
	old := repack(t, entries(t, file), m)
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			cfg := settings(t, dbtest.Empty(t, e))
			if _, err := app.Restore(t.Context(), cfg, old, false, quiet); err != nil {
				t.Fatal(err)
			}
			d, err := app.OpenDatabase(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = d.Close() }()
			if got := contents(t, d); len(got["staff_user"]) != 1 || got["staff_user"][0] != want["staff_user"][0] {
				t.Errorf("staff %v", got["staff_user"])
			}
		})
	}
}
