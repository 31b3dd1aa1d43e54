package auth

import (
	"context"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const userColumns = `u.id, u.email, u.username, u.name, u.role_id, r.key, r.name, u.status, u.available, u.password_changed_at, u.last_seen_at, u.created_at, u.updated_at, u.password_hash, LOWER(u.name)`

const userFrom = ` FROM staff_user u JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id `

func scanUser(row db.Row) (u User, err error) { return u, row.Scan(u.columns()...) }

// columns are where userColumns go.
func (u *User) columns() []any {
	return []any{
		&u.ID, &u.Email, db.Text(&u.Username), &u.Name, &u.Role.ID, &u.Role.Key, &u.Role.Name, (*string)(&u.Status), &u.Available,
		db.Time(&u.PasswordChangedAt), db.Time(&u.LastSeenAt), db.Time(&u.CreatedAt), db.Time(&u.UpdatedAt), &u.passwordHash, &u.lowerName,
	}
}

func readUser(ctx context.Context, r db.Reader, t tenant.ID, user id.ID) (User, error) {
	const q = `SELECT ` + userColumns + userFrom + `WHERE u.tenant_id = $1 AND u.id = $2 AND u.deleted_at IS NULL`
	u, err := db.One(ctx, r, scanUser, q, t, user)
	if err != nil {
		return u, err
	}
	u.Teams, err = teamsOf(ctx, r, t, user)
	return u, err
}

// findUser looks for a folded e-mail address or user name. Only addresses have an @, so that it is one statement
// whoever is there: a second one would tell by its time.
func findUser(ctx context.Context, r db.Reader, t tenant.ID, login string) (User, error) {
	if strings.Contains(login, "@") {
		const q = `SELECT ` + userColumns + userFrom + `WHERE u.tenant_id = $1 AND u.email = $2 AND u.deleted_at IS NULL`
		return db.One(ctx, r, scanUser, q, t, login)
	}
	const q = `SELECT ` + userColumns + userFrom + `WHERE u.tenant_id = $1 AND u.username = $2 AND u.deleted_at IS NULL`
	return db.One(ctx, r, scanUser, q, t, login)
}

// lockUser makes other changes of the user wait until the transaction ends, then reads it.
func lockUser(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID) (User, error) {
	if _, err := tx.Exec(ctx, `UPDATE staff_user SET updated_at = updated_at WHERE tenant_id = $1 AND id = $2`, t, user); err != nil {
		return User{}, errs.Wrapf(err, "lock user %s", user)
	}
	return readUser(ctx, tx, t, user)
}

func insertUser(ctx context.Context, tx db.Tx, t tenant.ID, u User) error {
	const q = `
		INSERT INTO staff_user (tenant_id, id, email, username, name, password_hash, role_id, status, available, preferences, password_changed_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	_, err := tx.Exec(ctx, q, t, u.ID, u.Email, db.NullText(u.Username), u.Name, u.passwordHash, u.Role.ID, string(u.Status), u.Available, "{}",
		db.Micros(u.PasswordChangedAt), db.Micros(u.CreatedAt), db.Micros(u.UpdatedAt))
	return taken(errs.Wrapf(err, "insert user %s", u.ID))
}

func updateUser(ctx context.Context, tx db.Tx, t tenant.ID, u User) error {
	const q = `
		UPDATE staff_user
		SET email = $3, username = $4, name = $5, role_id = $6, status = $7, available = $8, updated_at = $9
		WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, u.ID, u.Email, db.NullText(u.Username), u.Name, u.Role.ID, string(u.Status), u.Available, db.Micros(u.UpdatedAt))
	return taken(errs.Wrapf(err, "update user %s", u.ID))
}

// taken turns a broken unique key into a problem of its field.
func taken(err error) error {
	switch {
	case err == nil:
		return nil
	case db.IsUnique(err, "username"):
		return fieldTaken("username", err)
	case db.IsUnique(err, "email"):
		return fieldTaken("email", err)
	}
	return err
}

func fieldTaken(field string, cause error) error {
	e := errs.OnField(field, "is taken")
	e.Err = cause
	return e
}

// setPassword replaces a hash; with an old one given, only that, so that of two changes at once one wins.
func setPassword(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID, old, hash string, now time.Time) (bool, error) {
	const q = `
		UPDATE staff_user
		SET password_hash = $4, password_changed_at = $5, updated_at = $5
		WHERE tenant_id = $1 AND id = $2 AND password_hash = $3 AND deleted_at IS NULL`
	n, err := tx.Exec(ctx, q, t, user, old, hash, db.Micros(now))
	return n == 1, errs.Wrapf(err, "set password of user %s", user)
}

// rehash keeps the same password under another cost; the version stays.
func rehash(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID, old, hash string) error {
	const q = `UPDATE staff_user SET password_hash = $4 WHERE tenant_id = $1 AND id = $2 AND password_hash = $3`
	_, err := tx.Exec(ctx, q, t, user, old, hash)
	return errs.Wrapf(err, "rehash password of user %s", user)
}

func markSeen(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID, now time.Time) error {
	const q = `UPDATE staff_user SET last_seen_at = $3 WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, user, db.Micros(now))
	return errs.Wrapf(err, "mark user %s seen", user)
}

// eraseUser keeps the name, which history shows, and drops everything that signs in or addresses.
func eraseUser(ctx context.Context, tx db.Tx, t tenant.ID, user, noRole id.ID, now time.Time) error {
	const q = `
		UPDATE staff_user
		SET email = '', username = NULL, password_hash = '', role_id = $3, status = 'deactivated', available = $5, preferences = '{}', deleted_at = $4, updated_at = $4
		WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, user, noRole, db.Micros(now), false)
	return errs.Wrapf(err, "erase user %s", user)
}

// lockAdministrators makes everything that could take away an administrator wait in turn.
func lockAdministrators(ctx context.Context, tx db.Tx, t tenant.ID) error {
	_, err := tx.Exec(ctx, `UPDATE role SET updated_at = updated_at WHERE tenant_id = $1 AND key = $2`, t, Administrator)
	return errs.Wrapf(err, "lock administrators")
}

// hasAdministrator reports whether anybody but the given user is an administrator who can sign in.
func hasAdministrator(ctx context.Context, r db.Reader, t tenant.ID, but id.ID) (bool, error) {
	const q = `
		SELECT 1
		FROM staff_user u JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id
		WHERE u.tenant_id = $1 AND r.key = $2 AND u.status = 'approved' AND u.deleted_at IS NULL AND u.id <> $3
		LIMIT 1`
	return db.Exists(ctx, r, q, t, Administrator, but)
}

func listUsers(ctx context.Context, r db.Reader, t tenant.ID, q *page.Query) ([]User, error) {
	w := db.NewWhere(t)
	filterUsers(w, q)
	order, err := q.Page(w)
	if err != nil {
		return nil, err
	}
	users, err := db.All(ctx, r, scanUser, `SELECT `+userColumns+userFrom+`WHERE u.tenant_id = $1 AND u.deleted_at IS NULL`+w.SQL()+order, w.Args()...)
	if err != nil || len(users) == 0 {
		return users, err
	}
	return users, fillTeams(ctx, r, t, users)
}

func countUsers(ctx context.Context, r db.Reader, t tenant.ID, q *page.Query) (int64, error) {
	w := db.NewWhere(t)
	filterUsers(w, q)
	return db.Scalar[int64](ctx, r, `SELECT COUNT(*)`+userFrom+`WHERE u.tenant_id = $1 AND u.deleted_at IS NULL`+w.SQL(), w.Args()...)
}

// filterUsers adds the filters and q=, which is looked for anywhere in names and addresses: a workspace
// has few users.
func filterUsers(w *db.Where, q *page.Query) {
	q.Apply(w)
	if q.Text != "" {
		like := "%" + escapeLike(q.Text) + "%"
		w.And(`(LOWER(u.name) LIKE ? ESCAPE '\' OR u.email LIKE ? ESCAPE '\' OR u.username LIKE ? ESCAPE '\')`, like, like, like)
	}
}
