package auth

import (
	"context"
	"sync"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Person is what colleagues may know of a user. Deleted users are among them, for the names in history.
type Person struct {
	ID        id.ID
	Name      string
	Role      string // key
	Status    Status
	Available bool
	Deleted   bool
	Teams     []id.ID
}

// Directory answers other rooms who people are. Names come from memory, seconds old at most; what decides
// who gets work is read from the database.
type Directory struct{ people *people }

// Names gives the names of users; unknown ids are left out.
func (d *Directory) Names(ctx context.Context, t tenant.ID, users ...id.ID) (map[id.ID]string, error) {
	l, err := d.people.of(ctx, t)
	if err != nil {
		return nil, err
	}
	out := make(map[id.ID]string, len(users))
	for _, u := range users {
		if p, ok := l.byID[u]; ok {
			out[u] = p.Name
		}
	}
	return out, nil
}

// TeamNames gives the names of teams; unknown ids are left out.
func (d *Directory) TeamNames(ctx context.Context, t tenant.ID, teams ...id.ID) (map[id.ID]string, error) {
	l, err := d.people.of(ctx, t)
	if err != nil {
		return nil, err
	}
	out := make(map[id.ID]string, len(teams))
	for _, k := range teams {
		if name, ok := l.teams[k]; ok {
			out[k] = name
		}
	}
	return out, nil
}

// Person gives one user. Errors: NotFound.
func (d *Directory) Person(ctx context.Context, t tenant.ID, user id.ID) (Person, error) {
	l, err := d.people.of(ctx, t)
	if err != nil {
		return Person{}, err
	}
	p, ok := l.byID[user]
	if !ok {
		return Person{}, errs.Missing()
	}
	return p, nil
}

// Colleagues lists the approved users by name, for pickers and mentions.
func (d *Directory) Colleagues(ctx context.Context, t tenant.ID) ([]Person, error) {
	l, err := d.people.of(ctx, t)
	if err != nil {
		return nil, err
	}
	return l.colleagues, nil
}

// Assignable lists who may be given a new ticket by itself, in order of id: approved, available users whose
// role works its own tickets (tickets:update_own, which administrators and managers, who hold it for all
// tickets, do not have as such), in the team when one is given.
func (d *Directory) Assignable(ctx context.Context, r db.Reader, t tenant.ID, team id.ID) ([]id.ID, error) {
	w := db.NewWhere(t, Administrator, "tickets:update_own")
	if !team.IsZero() {
		w.And("EXISTS (SELECT 1 FROM team_member m WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id AND m.team_id = ?)", team)
	}
	text := `
		SELECT u.id
		FROM staff_user u
		JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id
		JOIN role_permission p ON p.tenant_id = u.tenant_id AND p.role_id = u.role_id AND p.permission = $3
		WHERE u.tenant_id = $1 AND r.key <> $2 AND u.status = 'approved' AND u.available AND u.deleted_at IS NULL` + w.SQL() + `
		ORDER BY u.id`
	return db.All(ctx, r, scanID, text, w.Args()...)
}

// CanHandle reports whether a user may be given a ticket by hand: approved, with a role that answers
// tickets, available or not.
func (d *Directory) CanHandle(ctx context.Context, r db.Reader, t tenant.ID, user id.ID) (bool, error) {
	u, err := readUser(ctx, r, t, user)
	if errs.Has(err, errs.NotFound) {
		return false, nil
	}
	if err != nil || u.Status != Approved {
		return false, err
	}
	p, err := permissionsOf(ctx, r, t, u.Role)
	return p.has("tickets:update_own"), err
}

// UserExists reports a user of the workspace who is not deleted, for fields such as ownerId.
func (d *Directory) UserExists(ctx context.Context, r db.Reader, t tenant.ID, user id.ID) (bool, error) {
	return db.Exists(ctx, r, `SELECT 1 FROM staff_user WHERE tenant_id = $1 AND id = $2 AND status = 'approved' AND deleted_at IS NULL`, t, user)
}

// TeamExists reports a team of the workspace.
func (d *Directory) TeamExists(ctx context.Context, r db.Reader, t tenant.ID, team id.ID) (bool, error) {
	return db.Exists(ctx, r, `SELECT 1 FROM team WHERE tenant_id = $1 AND id = $2`, t, team)
}

// Administrators lists who to alert: approved administrators.
func (d *Directory) Administrators(ctx context.Context, r db.Reader, t tenant.ID) ([]id.ID, error) {
	const q = `
		SELECT u.id
		FROM staff_user u
		JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id
		WHERE u.tenant_id = $1 AND r.key = $2 AND u.status = 'approved' AND u.deleted_at IS NULL
		ORDER BY u.id`
	return db.All(ctx, r, scanID, q, t, Administrator)
}

// ActorOf gives a user as an actor, for work that is done on their behalf outside a request.
// Errors: NotFound; Forbidden when they may no longer enter.
func (d *Directory) ActorOf(ctx context.Context, r db.Reader, t tenant.ID, user id.ID) (Actor, error) {
	u, err := readUser(ctx, r, t, user)
	if err != nil {
		return Actor{}, err
	}
	if err := u.Status.mayEnter(); err != nil {
		return Actor{}, err
	}
	p, err := permissionsOf(ctx, r, t, u.Role)
	if err != nil {
		return Actor{}, err
	}
	a := NewActor(t, u.ID, u.Role.Key, p)
	a.Name, a.Teams = u.Name, u.Teams
	return a, nil
}

const peopleAge = 10 * time.Second

// listing is everybody in a workspace at one moment; it is never changed once made.
type listing struct {
	byID       map[id.ID]Person
	teams      map[id.ID]string
	colleagues []Person
	at         time.Time
}

// people remembers each workspace's listing for a moment.
type people struct {
	db    *db.DB
	clock clock.Clock

	mu      sync.Mutex
	by      map[tenant.ID]*listing
	changes map[tenant.ID]int
	all     int // changes of every workspace
}

func newPeople(d *db.DB, c clock.Clock) *people {
	return &people{db: d, clock: c, by: map[tenant.ID]*listing{}, changes: map[tenant.ID]int{}}
}

func (p *people) forget(t tenant.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t == 0 {
		p.all++
		clear(p.by)
		return
	}
	p.changes[t]++
	delete(p.by, t)
}

func (p *people) of(ctx context.Context, t tenant.ID) (*listing, error) {
	p.mu.Lock()
	l, mark := p.by[t], p.changes[t]+p.all
	p.mu.Unlock()
	if l != nil {
		if age := p.clock.Now().Sub(l.at); age >= 0 && age < peopleAge {
			return l, nil
		}
	}
	l = &listing{byID: map[id.ID]Person{}, teams: map[id.ID]string{}, at: p.clock.Now()}
	if err := p.db.Read(ctx, t, func(ctx context.Context, r db.Reader) error { return readPeople(ctx, r, t, l) }); err != nil {
		return nil, errs.Wrapf(err, "read people of workspace %d", t)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changes[t]+p.all == mark {
		p.by[t] = l
	}
	return l, nil
}

func readPeople(ctx context.Context, r db.Reader, t tenant.ID, l *listing) error {
	members, err := db.All(ctx, r, scanMembership, `SELECT team_id, user_id FROM team_member WHERE tenant_id = $1 ORDER BY team_id`, t)
	if err != nil {
		return err
	}
	in := map[id.ID][]id.ID{}
	for _, m := range members {
		in[m.user] = append(in[m.user], m.team)
	}
	const q = `
		SELECT u.id, u.name, r.key, u.status, u.available, u.deleted_at
		FROM staff_user u
		JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id
		WHERE u.tenant_id = $1
		ORDER BY LOWER(u.name), u.id`
	all, err := db.All(ctx, r, func(row db.Row) (Person, error) {
		var p Person
		var status string
		var deleted time.Time
		err := row.Scan(&p.ID, &p.Name, &p.Role, &status, &p.Available, db.Time(&deleted))
		p.Status, p.Deleted, p.Teams = Status(status), !deleted.IsZero(), in[p.ID]
		return p, err
	}, q, t)
	for _, p := range all {
		l.byID[p.ID] = p
		if p.Status == Approved && !p.Deleted {
			l.colleagues = append(l.colleagues, p)
		}
	}
	if err != nil {
		return err
	}
	teams, err := db.All(ctx, r, scanTeam, `SELECT `+teamColumns+` FROM team WHERE tenant_id = $1`, t)
	for _, k := range teams {
		l.teams[k.ID] = k.Name
	}
	return err
}

// Colleagues lists the approved users by name; anybody signed in may know them.
func (s *Service) Colleagues(ctx context.Context, who Actor) ([]Person, error) {
	if err := who.known(); err != nil {
		return nil, err
	}
	return s.Directory().Colleagues(ctx, who.Tenant)
}
