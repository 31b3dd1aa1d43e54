package auth

import (
	"context"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const roleColumns = `id, key, name, description, built_in, created_at, updated_at`

func scanRole(row db.Row) (Role, error) {
	r := Role{Permissions: Permissions{}}
	err := row.Scan(&r.ID, &r.Key, &r.Name, &r.Description, &r.BuiltIn, db.Time(&r.CreatedAt), db.Time(&r.UpdatedAt))
	return r, err
}

func readRole(ctx context.Context, r db.Reader, t tenant.ID, role id.ID) (Role, error) {
	out, err := db.One(ctx, r, scanRole, `SELECT `+roleColumns+` FROM role WHERE tenant_id = $1 AND id = $2`, t, role)
	if err != nil {
		return out, err
	}
	out.Permissions, err = permissionsOf(ctx, r, t, out.Ref())
	return out, err
}

func readRoleByKey(ctx context.Context, r db.Reader, t tenant.ID, key string) (Role, error) {
	out, err := db.One(ctx, r, scanRole, `SELECT `+roleColumns+` FROM role WHERE tenant_id = $1 AND key = $2`, t, key)
	if err != nil {
		return out, err
	}
	out.Permissions, err = permissionsOf(ctx, r, t, out.Ref())
	return out, err
}

// permissionsOf reads what a role holds. The administrator holds the catalogue of this program, whatever
// the rows say, so that a newer program's permissions need no migration.
func permissionsOf(ctx context.Context, r db.Reader, t tenant.ID, role RoleRef) (Permissions, error) {
	if role.Key == Administrator {
		return allPermissions(), nil
	}
	names, err := db.All(ctx, r, func(row db.Row) (s string, err error) { return s, row.Scan(&s) },
		`SELECT permission FROM role_permission WHERE tenant_id = $1 AND role_id = $2`, t, role.ID)
	return PermissionSet(names...), err
}

func listRoles(ctx context.Context, r db.Reader, t tenant.ID) ([]Role, error) {
	roles, err := db.All(ctx, r, scanRole, `SELECT `+roleColumns+` FROM role WHERE tenant_id = $1 ORDER BY id`, t)
	if err != nil {
		return nil, err
	}
	type held struct {
		role id.ID
		name string
	}
	rows, err := db.All(ctx, r, func(row db.Row) (h held, err error) { return h, row.Scan(&h.role, &h.name) },
		`SELECT role_id, permission FROM role_permission WHERE tenant_id = $1`, t)
	if err != nil {
		return nil, err
	}
	for _, h := range rows {
		if i := slices.IndexFunc(roles, func(r Role) bool { return r.ID == h.role }); i >= 0 {
			roles[i].Permissions[h.name] = struct{}{}
		}
	}
	for i := range roles {
		if roles[i].Key == Administrator {
			roles[i].Permissions = allPermissions()
		}
	}
	return roles, nil
}

func lockRole(ctx context.Context, tx db.Tx, t tenant.ID, role id.ID) (Role, error) {
	if _, err := tx.Exec(ctx, `UPDATE role SET updated_at = updated_at WHERE tenant_id = $1 AND id = $2`, t, role); err != nil {
		return Role{}, errs.Wrapf(err, "lock role %s", role)
	}
	return readRole(ctx, tx, t, role)
}

func insertRole(ctx context.Context, tx db.Tx, t tenant.ID, r Role) error {
	const q = `
		INSERT INTO role (tenant_id, id, key, name, description, built_in, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	if _, err := tx.Exec(ctx, q, t, r.ID, r.Key, r.Name, r.Description, r.BuiltIn, db.Micros(r.CreatedAt), db.Micros(r.UpdatedAt)); err != nil {
		return errs.Wrapf(err, "insert role %s", r.Key)
	}
	return insertPermissions(ctx, tx, t, r)
}

func insertPermissions(ctx context.Context, tx db.Tx, t tenant.ID, r Role) error {
	names := r.Permissions.List()
	if len(names) == 0 {
		return nil
	}
	w := db.NewWhere(t, r.ID)
	rows := make([]string, len(names))
	for i, n := range names {
		rows[i] = "($1, $2, " + w.Arg(n) + ")"
	}
	_, err := tx.Exec(ctx, `INSERT INTO role_permission (tenant_id, role_id, permission) VALUES `+strings.Join(rows, ", "), w.Args()...)
	return errs.Wrapf(err, "insert permissions of role %s", r.ID)
}

func updateRole(ctx context.Context, tx db.Tx, t tenant.ID, r Role) error {
	const q = `UPDATE role SET name = $3, description = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2`
	if _, err := tx.Exec(ctx, q, t, r.ID, r.Name, r.Description, db.Micros(r.UpdatedAt)); err != nil {
		return errs.Wrapf(err, "update role %s", r.ID)
	}
	if err := deletePermissions(ctx, tx, t, r.ID); err != nil {
		return err
	}
	return insertPermissions(ctx, tx, t, r)
}

func deletePermissions(ctx context.Context, tx db.Tx, t tenant.ID, role id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM role_permission WHERE tenant_id = $1 AND role_id = $2`, t, role)
	return errs.Wrapf(err, "delete permissions of role %s", role)
}

func deleteRole(ctx context.Context, tx db.Tx, t tenant.ID, role id.ID) error {
	if err := deletePermissions(ctx, tx, t, role); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM role WHERE tenant_id = $1 AND id = $2`, t, role)
	return errs.Wrapf(err, "delete role %s", role)
}

func roleInUse(ctx context.Context, r db.Reader, t tenant.ID, role id.ID) (bool, error) {
	return db.Exists(ctx, r, `SELECT 1 FROM staff_user WHERE tenant_id = $1 AND role_id = $2 LIMIT 1`, t, role)
}

// escapeLike makes text stand for itself in LIKE … ESCAPE '\'.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(s))
}
