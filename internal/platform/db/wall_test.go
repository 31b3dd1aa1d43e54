package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// sold fills a table of the product, which has policies, with a row for each of the workspaces 1 to 3.
func sold(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
		for w := range int64(3) {
			if _, err := tx.Exec(ctx, `INSERT INTO product_sales (tenant_id, product_id, sold) VALUES ($1, $2, $3)`, w+1, id.New(time.Unix(w, 0)), (w+1)*100); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func walled(t *testing.T, change func(o *db.Options)) *db.DB {
	t.Helper()
	o := dbtest.Options(t, db.Postgres)
	if change != nil {
		change(&o)
	}
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	sold(t, d)
	return d
}

// list is what a statement without its predicate sees.
func list(t *testing.T, d *db.DB, w id.Workspace) (tenants []int64) {
	t.Helper()
	err := d.Read(t.Context(), w, func(ctx context.Context, q db.Reader) (err error) {
		tenants, err = db.All(ctx, q, func(r db.Row) (n int64, err error) { return n, r.Scan(&n) }, `SELECT tenant_id FROM product_sales ORDER BY tenant_id`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tenants
}

func refused(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}

const noRight = "42501"

func TestAStatementWithoutItsPredicateSeesItsOwnWorkspaceAlone(t *testing.T) {
	t.Parallel()
	d := walled(t, nil)
	for w := range id.Workspace(5) {
		want := []int64{int64(w)}
		if w < 1 || w > 3 {
			want = nil
		}
		if diff := cmp.Diff(want, list(t, d, w)); diff != "" {
			t.Errorf("workspace %d:\n%s", w, diff)
		}
		var n int64
		err := d.Write(t.Context(), w, func(ctx context.Context, tx db.Tx) (err error) {
			n, err = tx.Exec(ctx, `UPDATE product_sales SET sold = sold + 1`)
			return err
		})
		if err != nil || n != int64(len(want)) {
			t.Errorf("an update of everything in workspace %d touched %d rows: %v", w, n, err)
		}
	}
}

func TestAWorkspaceCannotWriteForAnother(t *testing.T) {
	t.Parallel()
	d := walled(t, nil)
	for _, q := range []string{
		`INSERT INTO product_sales (tenant_id, product_id, sold) VALUES (2, gen_random_uuid(), 1)`,
		`UPDATE product_sales SET tenant_id = 2`,
		`INSERT INTO workspace (id, slug, name, currency, timezone, locale, status, settings, created_at, updated_at) VALUES (9, 'x', 'x', 'GBP', 'UTC', 'en', 'active', '{}', 1, 1)`,
	} {
		err := d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, q)
			return err
		})
		if !refused(err, noRight) {
			t.Errorf("%s: %v", q, err)
		}
	}
	err := d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM product_sales WHERE tenant_id IN (2, 3)`)
		if n != 0 {
			t.Errorf("deleted %d rows of others", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWithoutAWorkspaceTheRoleSeesAndWritesNothing(t *testing.T) {
	t.Parallel()
	d := walled(t, nil)
	for _, setting := range []string{`RESET throughline.tenant`, `SET LOCAL throughline.tenant = ''`} {
		err := d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
			for _, q := range []string{`SET LOCAL ROLE ` + d.RowSecurity().Role, setting} {
				if _, err := tx.Exec(ctx, q); err != nil {
					return err
				}
			}
			n, err := db.Scalar[int64](ctx, tx, `SELECT COUNT(*) FROM product_sales`)
			if err != nil || n != 0 {
				t.Errorf("%s: sees %d rows: %v", setting, n, err)
			}
			_, err = tx.Exec(ctx, `INSERT INTO product_sales (tenant_id, product_id, sold) VALUES (1, gen_random_uuid(), 1)`)
			return err
		})
		if !refused(err, noRight) {
			t.Errorf("%s: an insert: %v", setting, err)
		}
	}
}

func TestTheRoleHasNoRightsItDoesNotNeed(t *testing.T) {
	t.Parallel()
	d := walled(t, nil)
	for _, q := range []string{
		`ALTER TABLE product_sales DISABLE ROW LEVEL SECURITY`,
		`ALTER TABLE product_sales ADD COLUMN more TEXT`,
		`DROP POLICY workspace_alone ON product_sales`,
		`CREATE POLICY more ON product_sales USING (TRUE)`,
		`DROP TABLE product_sales`,
		`TRUNCATE product_sales`,
		`CREATE TABLE mine (n BIGINT)`,
		`CREATE FUNCTION mine() RETURNS BIGINT LANGUAGE sql AS 'SELECT 1'`,
		`SELECT number FROM schema_step`,
		`UPDATE schema_step SET applied_at = 1`,
		`SELECT name FROM periodic`,
	} {
		err := d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, q)
			return err
		})
		if !refused(err, noRight) {
			t.Errorf("%s: %v", q, err)
		}
	}
	err := d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL row_security = off`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE product_sales SET sold = 1`)
		return err
	})
	if !refused(err, noRight) {
		t.Errorf("with row_security off: %v", err)
	}
	if got := list(t, d, 2); len(got) != 1 {
		t.Errorf("afterwards workspace 2 has %v", got)
	}
}

func TestAConnectionRemembersNoWorkspace(t *testing.T) {
	t.Parallel()
	d := walled(t, func(o *db.Options) { o.MaxConns = 1 })
	look := func(ctx context.Context, q db.Reader) (who, tenant string, rows int64, err error) {
		err = q.QueryRow(ctx, `SELECT current_user, COALESCE(current_setting('throughline.tenant', TRUE), ''), (SELECT COUNT(*) FROM product_sales)`).Scan(&who, &tenant, &rows)
		return who, tenant, rows, err
	}
	role := d.RowSecurity().Role
	inside := func(w id.Workspace) func(ctx context.Context, q db.Reader) error {
		return func(ctx context.Context, q db.Reader) error {
			who, tenant, rows, err := look(ctx, q)
			if who != role || tenant != fmt.Sprint(w) || rows != 1 {
				t.Errorf("in workspace %d: %s, workspace %q, %d rows", w, who, tenant, rows)
			}
			return err
		}
	}
	outside := func(ctx context.Context, q db.Reader) error {
		who, tenant, rows, err := look(ctx, q)
		if who == role || tenant != "" || rows != 3 {
			t.Errorf("outside: %s, workspace %q, %d rows", who, tenant, rows)
		}
		return err
	}
	undo := errors.New("taken back")
	for w := range id.Workspace(3) {
		w++
		for _, err := range []error{
			d.Read(t.Context(), w, inside(w)), d.ReadAll(t.Context(), outside),
			d.Write(t.Context(), w, func(ctx context.Context, tx db.Tx) error { return inside(w)(ctx, tx) }), d.ReadAll(t.Context(), outside),
			d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error { return outside(ctx, tx) }),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		if err := d.Write(t.Context(), w, func(context.Context, db.Tx) error { return undo }); !errors.Is(err, undo) {
			t.Error(err)
		}
		err := d.Read(t.Context(), w, func(ctx context.Context, q db.Reader) error {
			_, err := db.Scalar[int64](ctx, q, `SELECT 1 / (sold - sold) FROM product_sales`)
			return err
		})
		if !refused(err, "22012") {
			t.Errorf("dividing by zero: %v", err)
		}
		if err := d.ReadAll(t.Context(), outside); err != nil {
			t.Error(err)
		}
	}
}

func TestWorkspacesThatShareConnectionsDoNotMeet(t *testing.T) {
	t.Parallel()
	d := walled(t, func(o *db.Options) { o.MaxConns = 2 })
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 50 {
				w := id.Workspace(1 + (i+n)%3)
				ctx, cancel := context.WithCancel(t.Context())
				if n%10 == 9 {
					go cancel() // in the middle of it, or before, or behind it
				}
				var tenants []int64
				err := d.Read(ctx, w, func(ctx context.Context, q db.Reader) (err error) {
					tenants, err = db.All(ctx, q, func(r db.Row) (n int64, err error) { return n, r.Scan(&n) }, `SELECT tenant_id FROM product_sales`)
					return err
				})
				cancel()
				if err == nil && (len(tenants) != 1 || tenants[0] != int64(w)) || err != nil && n%10 != 9 {
					t.Errorf("workspace %d sees %v: %v", w, tenants, err)
				}
			}
		})
	}
	all.Wait()
}

// counted counts what is written to the server.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	c.n.Add(1)
	return c.Conn.Write(b)
}

func TestRoleAndWorkspaceTravelWithTheStatement(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	d := walled(t, func(o *db.Options) {
		o.MaxConns = 1
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, address)
			return counted{c, &sent}, err
		}
	})
	list(t, d, 1) // the statement is prepared
	before := sent.Load()
	for w := range id.Workspace(10) {
		list(t, d, w)
	}
	if n := sent.Load() - before; n != 10 {
		t.Errorf("10 statements of different workspaces took %d trips", n)
	}
	before = sent.Load()
	if err := d.Write(t.Context(), 1, func(context.Context, db.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if n := sent.Load() - before; n != 2 {
		t.Errorf("an empty transaction took %d trips", n)
	}
}

func TestTurnedOffTheProgramsOwnPredicatesStandAlone(t *testing.T) {
	t.Parallel()
	d := walled(t, func(o *db.Options) { o.RowSecurity = db.RowSecurityOff })
	if got := list(t, d, 1); len(got) != 3 || d.RowSecurity().On {
		t.Errorf("sees %v, %+v", got, d.RowSecurity())
	}
}

func TestValuesInsideTheWallAreThoseOutside(t *testing.T) {
	t.Parallel()
	d := walled(t, nil)
	const q = `SELECT TRUE, '\x00ff'::bytea, 7::smallint, -7::int, 9007199254740993::bigint, 1.5::real, 2.5::float8, 123456789012345678901234.5::numeric,
		'abc'::text, ''::text, NULL::text, 'name'::name, '0196f0a0-0000-7000-8000-000000000001'::uuid, '{"a": [1, null]}'::jsonb, '{"b":1}'::json,
		DATE '2026-03-01', TIMESTAMP '2026-03-01 10:00:00.123456', TIMESTAMPTZ '2026-03-01 10:00:00+02', 42::oid, ARRAY[1,2], NULL::bytea, NULL::bigint,
		INTERVAL '1 hour', $1::text, $2::bigint, $3::bytea, $4::boolean, $5::float8`
	args := func() []any { return []any{"text", int64(5), []byte{1, 0}, true, 0.25} }
	read := func(ctx context.Context, q1 db.Reader) (names []string, values []any, err error) {
		rows, err := q1.Query(ctx, q, args()...)
		if err != nil {
			return nil, nil, err
		}
		defer func() { _ = rows.Close() }()
		if names, err = rows.Columns(); err != nil {
			return nil, nil, err
		}
		values = make([]any, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				return nil, nil, err
			}
		}
		return names, values, rows.Err()
	}
	var inNames, outNames []string
	var in, out []any
	if err := d.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) (err error) { inNames, in, err = read(ctx, q); return err }); err != nil {
		t.Fatal(err)
	}
	if err := d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) (err error) { outNames, out, err = read(ctx, q); return err }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(outNames, inNames) + cmp.Diff(out, in); diff != "" {
		t.Error(diff)
	}
}

func TestAConnectionWhoseStatementsTheSchemaHasOutgrownIsReplaced(t *testing.T) {
	t.Parallel()
	d := walled(t, func(o *db.Options) { o.MaxConns = 1 })
	setUp(t, d)
	read := func() error {
		return d.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) error {
			_, err := db.Scalar[sql.NullString](ctx, q, `SELECT MAX(note) FROM thing`)
			return err
		})
	}
	write := func() error {
		return d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
			_, err := db.Scalar[sql.NullString](ctx, tx, `SELECT MIN(note) FROM thing`)
			return err
		})
	}
	for _, kind := range []string{"VARCHAR(50)", "TEXT", "VARCHAR(9)"} {
		for _, do := range []func() error{read, write, read, write} {
			if err := do(); err != nil {
				t.Errorf("before it becomes %s: %v", kind, err)
			}
		}
		if err := d.Exec(t.Context(), `ALTER TABLE thing ALTER COLUMN note TYPE `+kind); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(read(), write()); err != nil {
		t.Error(err)
	}
}

func TestMoreTextsThanAConnectionKeepsAreAnswered(t *testing.T) {
	t.Parallel()
	d := walled(t, func(o *db.Options) { o.MaxConns = 1 })
	err := d.Read(t.Context(), 2, func(ctx context.Context, q db.Reader) error {
		for i := range 1600 {
			n, err := db.Scalar[int64](ctx, q, `SELECT sold + `+fmt.Sprint(i)+` FROM product_sales`)
			if err != nil || n != int64(200+i) {
				return fmt.Errorf("text %d gives %d: %w", i, n, err)
			}
		}
		n, err := db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM pg_prepared_statements`)
		if n > 1510 {
			t.Errorf("the server keeps %d statements of the connection", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestALoginThatDoesNotOwnTheTablesIsRefused(t *testing.T) {
	t.Parallel()
	o := dbtest.Options(t, db.Postgres)
	o.URL = dbtest.Login(t, o.URL, "LOGIN")
	_, err := db.Open(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "does not own the tables") {
		t.Errorf("got %v", err)
	}
}
