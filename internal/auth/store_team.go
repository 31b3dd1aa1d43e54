package auth

import (
	"context"
	"slices"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Team is users who share a queue.
type Team struct {
	ID        id.ID
	Name      string
	Members   []id.ID
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Version is what an ETag of the team is made from.
func (t Team) Version() int64 { return t.UpdatedAt.UnixMicro() }

func (t Team) validate() error { return errs.Check(errs.Length("name", t.Name, 1, 60)) }

const teamColumns = `id, name, created_at, updated_at`

func scanTeam(row db.Row) (Team, error) {
	t := Team{Members: []id.ID{}}
	err := row.Scan(&t.ID, &t.Name, db.Time(&t.CreatedAt), db.Time(&t.UpdatedAt))
	return t, err
}

func teamsOf(ctx context.Context, r db.Reader, t tenant.ID, user id.ID) ([]id.ID, error) {
	return db.All(ctx, r, scanID, `SELECT team_id FROM team_member WHERE tenant_id = $1 AND user_id = $2 ORDER BY team_id`, t, user)
}

type membership struct{ team, user id.ID }

func scanMembership(row db.Row) (m membership, err error) { return m, row.Scan(&m.team, &m.user) }

func fillTeams(ctx context.Context, r db.Reader, t tenant.ID, users []User) error {
	w := db.NewWhere(t)
	ids := make([]id.ID, len(users))
	for i := range users {
		ids[i] = users[i].ID
	}
	db.In(w, "user_id", ids)
	rows, err := db.All(ctx, r, scanMembership, `SELECT team_id, user_id FROM team_member WHERE tenant_id = $1`+w.SQL()+` ORDER BY team_id`, w.Args()...)
	for _, m := range rows {
		i := slices.Index(ids, m.user)
		users[i].Teams = append(users[i].Teams, m.team)
	}
	return err
}

func listTeams(ctx context.Context, r db.Reader, t tenant.ID) ([]Team, error) {
	teams, err := db.All(ctx, r, scanTeam, `SELECT `+teamColumns+` FROM team WHERE tenant_id = $1 ORDER BY name, id`, t)
	if err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, r, scanMembership, `SELECT team_id, user_id FROM team_member WHERE tenant_id = $1 ORDER BY user_id`, t)
	for _, m := range rows {
		if i := slices.IndexFunc(teams, func(t Team) bool { return t.ID == m.team }); i >= 0 {
			teams[i].Members = append(teams[i].Members, m.user)
		}
	}
	return teams, err
}

func readTeam(ctx context.Context, r db.Reader, t tenant.ID, team id.ID) (Team, error) {
	out, err := db.One(ctx, r, scanTeam, `SELECT `+teamColumns+` FROM team WHERE tenant_id = $1 AND id = $2`, t, team)
	if err != nil {
		return out, err
	}
	members, err := db.All(ctx, r, scanID, `SELECT user_id FROM team_member WHERE tenant_id = $1 AND team_id = $2 ORDER BY user_id`, t, team)
	out.Members = append(out.Members, members...)
	return out, err
}

func lockTeam(ctx context.Context, tx db.Tx, t tenant.ID, team id.ID) (Team, error) {
	if _, err := tx.Exec(ctx, `UPDATE team SET updated_at = updated_at WHERE tenant_id = $1 AND id = $2`, t, team); err != nil {
		return Team{}, errs.Wrapf(err, "lock team %s", team)
	}
	return readTeam(ctx, tx, t, team)
}

func insertTeam(ctx context.Context, tx db.Tx, t tenant.ID, team Team) error {
	const q = `INSERT INTO team (tenant_id, id, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $5)`
	_, err := tx.Exec(ctx, q, t, team.ID, team.Name, db.Micros(team.CreatedAt), db.Micros(team.UpdatedAt))
	return teamTaken(errs.Wrapf(err, "insert team %s", team.ID))
}

func updateTeam(ctx context.Context, tx db.Tx, t tenant.ID, team Team) error {
	const q = `UPDATE team SET name = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, team.ID, team.Name, db.Micros(team.UpdatedAt))
	return teamTaken(errs.Wrapf(err, "update team %s", team.ID))
}

func teamTaken(err error) error {
	if db.IsUnique(err, "team") {
		return errs.OnField("name", "is taken")
	}
	return err
}

func insertMember(ctx context.Context, tx db.Tx, t tenant.ID, team, user id.ID) error {
	const q = `INSERT INTO team_member (tenant_id, team_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	_, err := tx.Exec(ctx, q, t, team, user)
	return errs.Wrapf(err, "add member to team %s", team)
}

func deleteMembers(ctx context.Context, tx db.Tx, t tenant.ID, team id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM team_member WHERE tenant_id = $1 AND team_id = $2`, t, team)
	return errs.Wrapf(err, "delete members of team %s", team)
}

func leaveTeams(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM team_member WHERE tenant_id = $1 AND user_id = $2`, t, user)
	return errs.Wrapf(err, "take user %s out of teams", user)
}

func deleteTeam(ctx context.Context, tx db.Tx, t tenant.ID, team id.ID) error {
	if err := deleteMembers(ctx, tx, t, team); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM team WHERE tenant_id = $1 AND id = $2`, t, team)
	if db.IsForeignKey(err) {
		return errs.New(errs.Conflict, "team_in_use", "Tickets wait in this team. Move them first.")
	}
	return errs.Wrapf(err, "delete team %s", team)
}

// missingUsers lists those of the users that are not there.
func missingUsers(ctx context.Context, r db.Reader, t tenant.ID, users []id.ID) ([]id.ID, error) {
	w := db.NewWhere(t)
	db.In(w, "id", users)
	there, err := db.All(ctx, r, scanID, `SELECT id FROM staff_user WHERE tenant_id = $1 AND deleted_at IS NULL`+w.SQL(), w.Args()...)
	var out []id.ID
	for _, u := range users {
		if !slices.Contains(there, u) {
			out = append(out, u)
		}
	}
	return out, err
}
