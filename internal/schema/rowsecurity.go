package schema

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// Protect makes sure that there is a role for statements of a workspace, with just the rights that they need, and
// that the database uses it. Where the login may not make one, nothing happens, unless row security was asked for:
// then the error says what an administrator has to run. A database that is not up to date is left alone.
func Protect(ctx context.Context, d *db.DB) error {
	mode, login := d.RowSecurityMode()
	if err := d.UseRowSecurity(ctx); err != nil || mode == db.RowSecurityOff || d.RowSecurity().On {
		return err
	}
	role := login
	if role == "" {
		role = RowSecurityRole(d.Name())
	}
	err := d.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := takeTurn(ctx, tx); err != nil {
			return err
		}
		return grant(ctx, tx, role, login != "")
	})
	if err != nil && !errs.Has(err, errs.Forbidden) {
		return errs.Wrapf(err, "set up row security")
	}
	if err := d.UseRowSecurity(ctx); err != nil {
		return err
	}
	if s := d.RowSecurity(); !s.On && (mode == db.RowSecurityOn || login != "") {
		return errs.Newf(errs.Conflict, "row_security", "Row security cannot be used: %s. %s", s.Why, RowSecurityHelp(role, login != ""))
	}
	return nil
}

// RowSecurityRole is the role that Protect makes for a database: roles belong to the whole server, so that one
// name for all would let the login of one installation into the tables of another.
func RowSecurityRole(database string) string {
	const longest = 63 // of a name in PostgreSQL, in bytes
	if len(database)+len("_app") <= longest {
		return database + "_app"
	}
	sum := sha256.Sum256([]byte(database))
	return strings.ToValidUTF8(database[:40], "") + "_" + hex.EncodeToString(sum[:6]) + "_app"
}

// RowSecurityHelp is what an administrator runs when the program's login may not.
func RowSecurityHelp(role string, login bool) string {
	if login {
		return fmt.Sprintf("The login %s must exist, own nothing, have neither SUPERUSER nor BYPASSRLS, and be no member of the owner.", role)
	}
	return fmt.Sprintf("An administrator can run: CREATE ROLE %[1]s NOLOGIN; GRANT %[1]s TO the login; and then throughline migrate.", quote(role))
}

const roleState = `
	SELECT (SELECT COUNT(*) FROM pg_catalog.pg_roles WHERE rolname = $1) > 0,
		(SELECT rolsuper OR rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = current_user),
		COALESCE((SELECT pg_has_role(oid, 'MEMBER') FROM pg_catalog.pg_roles WHERE rolname = $1), FALSE)`

// grant makes the role and gives it what statements of a workspace need, and nothing of what they do not: the
// record of steps and the periodic tasks have no workspace.
func grant(ctx context.Context, tx db.Tx, role string, login bool) error {
	var there, may, member bool
	if err := tx.QueryRow(ctx, roleState, role).Scan(&there, &may, &member); err != nil {
		return err
	}
	name := quote(role)
	var todo []string
	if !login && !there {
		todo = append(todo, `CREATE ROLE `+name+` NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS`)
	}
	if !login && !member {
		todo = append(todo, `GRANT `+name+` TO CURRENT_USER`)
	}
	if len(todo) > 0 && !may || login && !there {
		return errs.New(errs.Forbidden, "row_security", "The login may not make the role.")
	}
	relations, err := db.All(ctx, tx, func(r db.Row) (s string, err error) { return s, r.Scan(&s) }, `
		SELECT quote_ident(relname)
		FROM pg_catalog.pg_class
		WHERE relrowsecurity AND relnamespace = current_schema()::regnamespace
		ORDER BY relname`)
	if err != nil {
		return err
	}
	schema, err := db.Scalar[string](ctx, tx, `SELECT quote_ident(current_schema())`)
	if err != nil {
		return err
	}
	if len(relations) > 0 {
		todo = append(todo, `GRANT SELECT, INSERT, UPDATE, DELETE ON `+strings.Join(relations, ", ")+` TO `+name,
			`GRANT SELECT ON search_entity_here, search_message_here TO `+name)
	}
	for _, q := range append(todo, `GRANT USAGE ON SCHEMA `+schema+` TO `+name) {
		if _, err := tx.Exec(ctx, q); err != nil {
			return fmt.Errorf("%w in: %.80s", err, q)
		}
	}
	return nil
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
