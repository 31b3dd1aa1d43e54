package schema_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/schema"
)

// texts reads one column.
func texts(t *testing.T, d *db.DB, q string, args ...any) (out []string) {
	t.Helper()
	err := d.ReadAll(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
		out, err = db.All(ctx, r, func(row db.Row) (s string, err error) { return s, row.Scan(&s) }, q, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const theEquality = `(tenant_id = (NULLIF(current_setting('throughline.tenant'::text, true), ''::text))::bigint)`

func TestEveryTableOfAWorkspaceIsBehindTheWallAndNothingGoesAroundIt(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	const withWorkspace = `
		SELECT c.relname
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relnamespace = current_schema()::regnamespace`
	all := texts(t, d, withWorkspace)
	if len(all) < 42 {
		t.Fatalf("found %d tables with a workspace", len(all))
	}
	if open := texts(t, d, withWorkspace+` AND NOT c.relrowsecurity`); len(open) > 0 {
		t.Errorf("without row security: %v; add them in a new step", open)
	}
	// One policy for all commands and roles, of one equality, which both shows and takes rows.
	other := texts(t, d, withWorkspace+` AND (SELECT string_agg(pg_get_expr(p.polqual, p.polrelid) || pg_get_expr(p.polwithcheck, p.polrelid) || p.polcmd::text || p.polpermissive::text || p.polroles::text, ';')
			FROM pg_policy p WHERE p.polrelid = c.oid) IS DISTINCT FROM $1`, theEquality+theEquality+`*true{0}`)
	if len(other) > 0 {
		t.Errorf("with another policy: %v", other)
	}
	if got := texts(t, d, `SELECT pg_get_expr(polqual, polrelid) || pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polrelid = 'workspace'::regclass`); len(got) != 1 || got[0] != strings.Repeat(strings.Replace(theEquality, "tenant_id", "id", 1), 2) {
		t.Errorf("the workspaces themselves: %v", got)
	}
	// What runs as its owner goes around policies, unless it says the same.
	views := texts(t, d, `SELECT viewname::text FROM pg_views WHERE schemaname = current_schema() AND replace(replace(definition, 'search_entity.', ''), 'search_message.', '') NOT LIKE '%WHERE ' || $1 || ';'`, theEquality)
	if len(views) > 0 {
		t.Errorf("views without the equality: %v", views)
	}
	if got := texts(t, d, `SELECT viewname::text FROM pg_views WHERE schemaname = current_schema() ORDER BY viewname`); !cmp.Equal(got, []string{"search_entity_here", "search_message_here"}) {
		t.Errorf("views: %v", got)
	}
	if got := texts(t, d, `SELECT proname::text FROM pg_proc WHERE prosecdef AND pronamespace = current_schema()::regnamespace`); len(got) > 0 {
		t.Errorf("functions with their owner's rights: %v", got)
	}
	if got := texts(t, d, `SELECT relname::text FROM pg_class WHERE relkind = 'm' AND relnamespace = current_schema()::regnamespace`); len(got) > 0 {
		t.Errorf("materialized views: %v", got)
	}

	role := d.RowSecurity().Role
	if got := texts(t, d, `SELECT rolname::text FROM pg_roles WHERE rolname = $1 AND NOT rolcanlogin AND NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole AND NOT rolcreatedb AND NOT rolreplication`, role); len(got) != 1 {
		t.Errorf("the role %q has attributes that it does not need", role)
	}
	if got := texts(t, d, `SELECT relname::text FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = $1)`, role); len(got) > 0 {
		t.Errorf("the role owns %v", got)
	}
	without := texts(t, d, `
		SELECT relname::text
		FROM pg_class
		WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace AND NOT has_table_privilege($1, oid, 'SELECT')
		ORDER BY relname`, role)
	if diff := cmp.Diff([]string{"periodic", "schema_step"}, without); diff != "" {
		t.Errorf("tables that the role has no part in:\n%s", diff)
	}
}

// own makes a database of an owner with attributes, as hosted servers give it: no superuser.
func own(t *testing.T, attributes string) (owner, admin string) {
	t.Helper()
	admin = dbtest.Empty(t, db.Postgres).URL
	owner = dbtest.Login(t, admin, "LOGIN "+attributes)
	as(t, admin, `GRANT ALL ON SCHEMA public TO `+user(t, owner))
	return owner, admin
}

func as(t *testing.T, database string, statements ...string) {
	t.Helper()
	d := openURL(t, db.Options{URL: database, MaxConns: 1})
	for _, q := range statements {
		if err := d.Exec(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func user(t *testing.T, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	return u.User.Username()
}

func openURL(t *testing.T, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func migrate(t *testing.T, d *db.DB) {
	t.Helper()
	if _, err := schema.Migrate(t.Context(), d, clock.System{}); err != nil {
		t.Fatal(err)
	}
}

// stands fails unless a workspace is shut in and the installation's own statements are not.
func stands(t *testing.T, d *db.DB) {
	t.Helper()
	if s := d.RowSecurity(); !s.On {
		t.Fatalf("row security is off: %s", s.Why)
	}
	err := d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO product_sales (tenant_id, product_id, sold) VALUES (1, gen_random_uuid(), 1), (2, gen_random_uuid(), 1)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	count := func(ctx context.Context, q db.Reader, want int64) error {
		n, err := db.Scalar[int64](ctx, q, `SELECT COUNT(DISTINCT tenant_id) FROM product_sales`)
		if n != want {
			t.Errorf("saw %d workspaces, want %d", n, want)
		}
		return err
	}
	err = errors.Join(
		d.Read(t.Context(), 2, func(ctx context.Context, q db.Reader) error { return count(ctx, q, 1) }),
		d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) error { return count(ctx, q, 2) }),
	)
	if err != nil {
		t.Error(err)
	}
}

func TestAnOwnerThatMayMakeRolesSetsTheWallUpAndASecondProcessUsesIt(t *testing.T) {
	t.Parallel()
	owner, _ := own(t, "CREATEROLE")
	d := openURL(t, db.Options{URL: owner, MaxConns: 2})
	migrate(t, d)
	stands(t, d)
	if got, want := d.RowSecurity().Role, schema.RowSecurityRole(d.Name()); got != want {
		t.Errorf("the role is %s, want %s", got, want)
	}
	second := openURL(t, db.Options{URL: owner, MaxConns: 2})
	stands(t, second)
	// A restore fills tables by COPY, which PostgreSQL refuses to those whom a policy binds.
	err := second.Load(t.Context(), func(ctx context.Context, tx db.Loader) error {
		_, err := tx.CopyIn(ctx, strings.NewReader("3\t00000000-0000-7000-8000-000000000001\t5\n"), "product_sales",
			[]db.Column{{Name: "tenant_id"}, {Name: "product_id"}, {Name: "sold"}})
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAnOwnerThatMayNotMakeRolesSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	owner, admin := own(t, "NOCREATEROLE")
	d := openURL(t, db.Options{URL: owner, MaxConns: 2})
	migrate(t, d)
	if s := d.RowSecurity(); s.On || !strings.Contains(s.Why, "no role") {
		t.Errorf("got %+v", s)
	}
	strict := openURL(t, db.Options{URL: owner, MaxConns: 2, RowSecurity: db.RowSecurityOn})
	_, err := schema.Migrate(t.Context(), strict, clock.System{})
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != "row_security" || !strings.Contains(e.Message, "CREATE ROLE") {
		t.Errorf("asked for, it answers %v", err)
	}
	// An administrator does as it says.
	role := schema.RowSecurityRole(d.Name())
	as(t, admin, `CREATE ROLE `+role+` NOLOGIN`, `GRANT `+role+` TO `+user(t, owner))
	migrate(t, strict)
	stands(t, strict)
}

func TestALoginOfItsOwnIsHeldToOneWorkspace(t *testing.T) {
	t.Parallel()
	owner, admin := own(t, "NOCREATEROLE")
	app := dbtest.Login(t, admin, "LOGIN")
	d := openURL(t, db.Options{URL: owner, MaxConns: 2, AppURL: app})
	migrate(t, d)
	stands(t, d)
	err := d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
		if who, err := db.Scalar[string](ctx, tx, `SELECT session_user`); err != nil || who != user(t, app) {
			t.Errorf("connected as %s: %v", who, err)
		}
		_, err := tx.Exec(ctx, `SET ROLE `+user(t, owner))
		return err
	})
	if err == nil {
		t.Error("the login may become the owner")
	}
}

func TestALoginThatWouldGoAroundTheWallIsRefused(t *testing.T) {
	t.Parallel()
	owner, admin := own(t, "CREATEROLE")
	for what, attributes := range map[string]string{
		"a superuser": "LOGIN SUPERUSER", "one who bypasses": "LOGIN BYPASSRLS", "a member of the owner": "LOGIN IN ROLE " + user(t, owner),
	} {
		d := openURL(t, db.Options{URL: owner, MaxConns: 2, AppURL: dbtest.Login(t, admin, attributes)})
		_, err := schema.Migrate(t.Context(), d, clock.System{})
		var e *errs.Error
		if !errors.As(err, &e) || e.Code != "row_security" || d.RowSecurity().On {
			t.Errorf("%s: %v, %+v", what, err, d.RowSecurity())
		}
	}
	other := dbtest.Empty(t, db.Postgres).URL
	_, err := db.Open(t.Context(), db.Options{URL: owner, MaxConns: 2, AppURL: dbtest.Login(t, other, "LOGIN")})
	if err == nil || !strings.Contains(err.Error(), "another database") {
		t.Errorf("a login of another database: %v", err)
	}
}

func TestTheNameOfARoleFitsAndBelongsToOneDatabase(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 30)
	seen := map[string]bool{}
	for _, name := range []string{"shop", long, long + "a", long[:59], long + "b"} {
		role := schema.RowSecurityRole(name)
		if len(role) > 63 || seen[role] || !strings.HasSuffix(role, "_app") {
			t.Errorf("%q has the role %q", name, role)
		}
		seen[role] = true
	}
}
