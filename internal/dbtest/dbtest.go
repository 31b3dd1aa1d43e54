// Package dbtest gives every test a database of its own, freshly migrated, on both engines:
// a copied file on SQLite, a database cloned from a template on PostgreSQL.
// PostgreSQL runs when THROUGHLINE_TEST_POSTGRES names a server where databases may be created;
// with THROUGHLINE_TEST_ALL=1 its absence is a failure.
package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/schema"
)

// Each runs the test on SQLite and on PostgreSQL, in parallel, each with a fresh database.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

// Options opens the same fresh database that a test may also hand to a started program.
func Options(t testing.TB, e db.Engine) db.Options {
	t.Helper()
	if e == db.Postgres {
		return db.Options{URL: clonePostgres(t), MaxConns: 8}
	}
	return db.Options{Path: copySQLite(t)}
}

// Empty is a database without tables, for what makes them.
func Empty(t testing.TB, e db.Engine) db.Options {
	t.Helper()
	if e == db.Postgres {
		return db.Options{URL: newPostgres(t, "template0"), MaxConns: 8}
	}
	return db.Options{Path: filepath.Join(t.TempDir(), "throughline.db")}
}

// SQLite opens a fresh file.
func SQLite(t testing.TB) *db.DB { return open(t, Options(t, db.SQLite)) }

// Postgres opens a fresh database, or skips the test when no server is given.
func Postgres(t testing.TB) *db.DB { return open(t, Options(t, db.Postgres)) }

func open(t testing.TB, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return d
}

// Grant lets statements of a workspace use tables that the test has made: they run as a role that owns nothing.
func Grant(t testing.TB, d *db.DB, tables ...string) {
	t.Helper()
	s := d.RowSecurity()
	if !s.On {
		return
	}
	if err := d.Exec(t.Context(), `GRANT SELECT, INSERT, UPDATE, DELETE ON `+strings.Join(tables, ", ")+` TO "`+s.Role+`"`); err != nil {
		t.Fatal(err)
	}
}

// Login makes a login of the database's server with some attributes, and gives the database's URL as that login.
// The test server asks for no passwords. The login goes with the test.
func Login(t testing.TB, database, attributes string) string {
	t.Helper()
	server, name := needPostgres(t), "l_"+random()
	if err := admin(t.Context(), server, `CREATE ROLE `+name+` `+attributes); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d, err := db.Open(context.Background(), db.Options{URL: database, MaxConns: 1})
		if err == nil {
			for _, q := range []string{`DROP OWNED BY ` + name + ` CASCADE`, `DROP ROLE ` + name} {
				err = errors.Join(err, d.Exec(context.Background(), q))
			}
			err = errors.Join(err, d.Close())
		}
		if err != nil {
			t.Errorf("drop the login %s: %v", name, err)
		}
	})
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(name)
	return u.String()
}

var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "throughline-template-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "template.db")
	d, err := db.Open(context.Background(), db.Options{Path: file})
	if err != nil {
		return nil, err
	}
	if _, err := schema.Migrate(context.Background(), d, clock.System{}); err != nil {
		return nil, err
	}
	if err := d.Exec(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(file) //nolint:gosec // made a few lines above
})

func copySQLite(t testing.TB) string {
	t.Helper()
	bytes, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("make the SQLite template: %v", err)
	}
	file := filepath.Join(t.TempDir(), "throughline.db")
	if err := os.WriteFile(file, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// PostgresURL is the server for tests, or empty.
func PostgresURL() string { return os.Getenv("THROUGHLINE_TEST_POSTGRES") }

func clonePostgres(t testing.TB) string {
	t.Helper()
	needPostgres(t)
	template, err := postgresTemplate()
	if err != nil {
		t.Fatalf("make the PostgreSQL template: %v", err)
	}
	return newPostgres(t, template)
}

func needPostgres(t testing.TB) string {
	t.Helper()
	server := PostgresURL()
	if server == "" {
		if os.Getenv("THROUGHLINE_TEST_ALL") == "1" {
			t.Fatal("THROUGHLINE_TEST_POSTGRES is not set; run 'make test', which starts a server")
		}
		t.Skip("THROUGHLINE_TEST_POSTGRES is not set; run 'make test', which starts a server")
	}
	return server
}

func newPostgres(t testing.TB, template string) string {
	t.Helper()
	server := needPostgres(t)
	name := "t_" + random()
	if err := admin(context.Background(), server, `CREATE DATABASE `+name+` TEMPLATE `+template+` STRATEGY file_copy`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin(context.Background(), server, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`); err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
		// Roles belong to the server. A program that was started on an empty database has made one.
		if err := admin(context.Background(), server, `DROP ROLE IF EXISTS `+schema.RowSecurityRole(name)); err != nil {
			t.Errorf("drop the role of %s: %v", name, err)
		}
	})
	return withDatabase(server, name)
}

// postgresTemplate is made once per test binary; its name carries the schema's checksum.
var postgresTemplate = sync.OnceValues(func() (string, error) {
	server := PostgresURL()
	steps, err := schema.Steps(db.Postgres)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, s := range steps {
		sum.Write([]byte(s.Checksum))
	}
	name := "tpl_" + hex.EncodeToString(sum.Sum(nil)[:6]) + "_" + random()[:6]
	ctx := context.Background()
	if err := admin(ctx, server, `CREATE DATABASE `+name); err != nil {
		return "", err
	}
	d, err := db.Open(ctx, db.Options{URL: withDatabase(server, name), MaxConns: 2})
	if err != nil {
		return "", err
	}
	if _, err := schema.Migrate(ctx, d, clock.System{}); err != nil {
		return "", err
	}
	return name, d.Close()
})

func admin(ctx context.Context, server, q string) error {
	d, err := db.Open(ctx, db.Options{URL: server, MaxConns: 1})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Exec(ctx, q); err != nil {
		return fmt.Errorf("%s: %w", q, err)
	}
	return nil
}

func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	u.Path = "/" + name
	return u.String()
}

func random() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	return strings.ToLower(hex.EncodeToString(b))
}
