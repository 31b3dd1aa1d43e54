package auth

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// ImportTx adds teams and users who cannot sign in, because they have no password, in the caller's
// transaction. Ids and times are the caller's; roles are named by their key, teams by their id.
// Errors: NotFound for a role, Invalid for a name or address that is taken.
func (s *Service) ImportTx(ctx context.Context, tx db.Tx, t tenant.ID, teams []Team, users []User) error {
	for _, team := range teams {
		if err := insertTeam(ctx, tx, t, team); err != nil {
			return err
		}
	}
	roles := map[string]Role{}
	for _, u := range users {
		r, ok := roles[u.Role.Key]
		if !ok {
			var err error
			if r, err = readRoleByKey(ctx, tx, t, u.Role.Key); err != nil {
				return errs.Wrapf(err, "read role %s", u.Role.Key)
			}
			roles[u.Role.Key] = r
		}
		u.Role, u.passwordHash = r.Ref(), ""
		if err := u.validate(); err != nil {
			return err
		}
		if err := insertUser(ctx, tx, t, u); err != nil {
			return err
		}
		for _, team := range u.Teams {
			if err := insertMember(ctx, tx, t, team, u.ID); err != nil {
				return err
			}
		}
	}
	s.changed(tx, t, id.Zero)
	return nil
}

// PurgeTx removes users and teams without a trace. What other rooms keep of them is gone by then.
func (s *Service) PurgeTx(ctx context.Context, tx db.Tx, t tenant.ID, teams, users []id.ID) error {
	for _, x := range []struct {
		table, column string
		ids           []id.ID
	}{
		{"team_member", "user_id", users},
		{"team_member", "team_id", teams},
		{"session", "user_id", users},
		{"password_reset", "user_id", users},
		{"staff_user", "id", users},
		{"team", "id", teams},
	} {
		w := db.NewWhere(t)
		db.In(w, x.column, x.ids)
		if _, err := tx.Exec(ctx, `DELETE FROM `+x.table+` WHERE tenant_id = $1`+w.SQL(), w.Args()...); err != nil {
			return errs.Wrapf(err, "delete from %s", x.table)
		}
	}
	s.changed(tx, t, id.Zero)
	return nil
}
