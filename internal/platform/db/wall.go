package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// RowSecurityMode is whether PostgreSQL itself keeps workspaces apart.
type RowSecurityMode string

// The modes.
const (
	RowSecurityAuto RowSecurityMode = "auto" // when the server lets us, which is the zero value too
	RowSecurityOn   RowSecurityMode = "on"   // or the program does not start
	RowSecurityOff  RowSecurityMode = "off"
)

// TenantSetting is the server's setting that the policies of tables compare with.
const TenantSetting = "throughline.tenant"

// RowSecurity is what stands between workspaces in PostgreSQL.
type RowSecurity struct {
	On   bool
	Role string // whose rights every statement of a workspace has
	Why  string // what is missing, when it is off
}

// wall is the second net: statements of a workspace run with the rights of a role that owns nothing, and the
// policies of the tables show it the rows of one workspace. Both are set for one transaction at a time, so a
// connection remembers neither.
type wall struct {
	pool *sql.DB
	role string // "none" when the pool's login is the role
}

// inside is a wall with a workspace in it. A connection finds it in the context of what it is asked.
type inside struct {
	wall      *wall
	workspace id.Workspace
	unsynced  bool // see DB.Reserve
}

type insideKey struct{}

func (i *inside) context(ctx context.Context) context.Context {
	if i == nil {
		return ctx
	}
	return context.WithValue(ctx, insideKey{}, i)
}

func insideOf(ctx context.Context) *inside {
	i, _ := ctx.Value(insideKey{}).(*inside)
	return i
}

// Walled reports that the database itself shows this reader the rows of one workspace only.
func Walled(q Reader) bool {
	switch r := q.(type) {
	case *pgReader:
		return r.in != nil
	case *pgTx:
		return r.in != nil
	}
	return false
}

// RowSecurity tells what UseRowSecurity found.
func (d *DB) RowSecurity() RowSecurity {
	if s := d.security.Load(); s != nil {
		return *s
	}
	return RowSecurity{Why: "SQLite has none"}
}

// RowSecurityMode is what the operator asked for, with the name of the login that is to be held to one
// workspace, if there is one of its own. SQLite has none, which is off.
func (d *DB) RowSecurityMode() (mode RowSecurityMode, login string) {
	switch {
	case d.engine != Postgres:
		return RowSecurityOff, ""
	case d.options.RowSecurity == "":
		mode = RowSecurityAuto
	default:
		mode = d.options.RowSecurity
	}
	if d.options.AppURL != "" {
		if cfg, err := pgx.ParseConfig(d.options.AppURL); err == nil {
			login = cfg.User
		}
	}
	return mode, login
}

// whole is what the catalogue says of all tables that have a workspace. bare are those without a policy.
type whole struct {
	tables, bare int64
	owned        bool
	user         string
}

const lookAtTables = `
	WITH kept AS (
		SELECT c.relrowsecurity, c.relowner
		FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'p') AND c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())
	)
	SELECT COUNT(*), COUNT(*) FILTER (WHERE NOT relrowsecurity),
		COALESCE(bool_and(pg_has_role(relowner, 'USAGE')), TRUE)
			OR (SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = current_user),
		current_user
	FROM kept`

// Roles that own nothing here, may write every table that has policies, and whose rights we may take.
const lookForRole = `
	WITH kept AS (
		SELECT c.oid, c.relowner, c.relacl
		FROM pg_catalog.pg_class c
		WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity
			AND c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())
	)
	SELECT r.rolname
	FROM kept
	CROSS JOIN LATERAL aclexplode(kept.relacl) a
	JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
	WHERE a.privilege_type = 'INSERT' AND NOT r.rolsuper AND NOT r.rolbypassrls
		AND NOT pg_has_role(r.oid, kept.relowner, 'MEMBER')
		AND CASE WHEN $1 = '' THEN NOT r.rolcanlogin AND pg_has_role(r.oid, 'MEMBER') ELSE r.rolname = $1 END
	GROUP BY r.rolname
	HAVING COUNT(DISTINCT kept.oid) = (SELECT COUNT(*) FROM kept)
	ORDER BY r.rolname
	LIMIT 1`

// UseRowSecurity looks at what the database has and, from then on, runs statements of a workspace behind it. It
// is called when the database is opened, and again when its tables or roles have changed. Errors: Conflict when
// the login would see no rows at all, or when a login of its own for workspaces cannot be used.
func (d *DB) UseRowSecurity(ctx context.Context) error {
	mode, login := d.RowSecurityMode()
	if d.engine != Postgres {
		return nil
	}
	off := func(why string) error {
		d.security.Store(&RowSecurity{Why: why})
		d.wall.Store(nil)
		return nil
	}
	at, err := One(ctx, d.direct(), func(r Row) (w whole, err error) { return w, r.Scan(&w.tables, &w.bare, &w.owned, &w.user) }, lookAtTables)
	if err != nil {
		return errs.Wrapf(err, "look at row security")
	}
	switch {
	case at.tables > at.bare && !at.owned:
		return errs.Newf(errs.Conflict, "database_login", "The database login %s does not own the tables, and row security hides every row from it. Use the login that owns them.", at.user)
	case mode == RowSecurityOff:
		return off("it is turned off by THROUGHLINE_ROW_SECURITY")
	case at.tables == at.bare:
		return off("the tables have no policies yet; throughline migrate makes them")
	}
	w := &wall{pool: d.pg}
	if login != "" {
		if w.pool, err = d.loginPool(ctx); err != nil {
			return err
		}
	}
	role, err := Scalar[string](ctx, d.direct(), lookForRole, login)
	if errs.Has(err, errs.NotFound) {
		return off("there is no role that may write the tables and owns nothing")
	}
	if err != nil {
		return errs.Wrapf(err, "look for the role of row security")
	}
	if w.role = role; login != "" {
		w.role = "none" // the login has no other
	}
	if err := d.tryWall(ctx, w); err != nil {
		return off("the role " + role + " cannot be used: " + err.Error())
	}
	d.security.Store(&RowSecurity{On: true, Role: role})
	d.wall.Store(w)
	return nil
}

// loginPool connects as the login that is held to one workspace.
func (d *DB) loginPool(ctx context.Context) (*sql.DB, error) {
	if d.app == nil {
		o := d.options
		o.URL = o.AppURL
		pool, err := postgresPool(o)
		if err != nil {
			return nil, err
		}
		d.app = pool
	}
	var same bool
	row := d.app.QueryRowContext(ctx, `SELECT current_database() = $1`, d.name)
	if err := explainError(row.Scan(&same)); err != nil {
		return nil, errs.Wrapf(err, "connect to PostgreSQL as the login of THROUGHLINE_DATABASE_APP_URL")
	}
	if !same {
		return nil, errs.New(errs.Conflict, "database_login", "THROUGHLINE_DATABASE_APP_URL names another database than THROUGHLINE_DATABASE_URL.")
	}
	return d.app, nil
}

// tryWall finds out whether the server lets us take the role.
func (d *DB) tryWall(ctx context.Context, w *wall) error {
	var one int
	return w.pool.QueryRowContext((&inside{wall: w}).context(ctx), `SELECT 1`).Scan(&one)
}

// enter is the wall around one workspace, or nothing, and the connections to use.
func (d *DB) enter(t id.Workspace) (*inside, *sql.DB) {
	if w := d.wall.Load(); w != nil {
		return &inside{wall: w, workspace: t}, w.pool
	}
	return nil, d.pg
}

func (d *DB) closePostgres() error {
	err := d.pg.Close()
	if d.app != nil {
		err = errors.Join(err, d.app.Close())
	}
	return err
}

// beginText opens a transaction inside the wall, in one round trip.
func (i *inside) beginText() string {
	return fmt.Sprintf(`begin; select set_config('role', %s, true), set_config('%s', '%d', true)`, quoteText(i.wall.role), TenantSetting, i.workspace)
}
