package auth

import (
	"context"
	"net/url"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/outbox"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Match checks the version that a client read; nil accepts every version.
type Match func(version int64) error

func (m Match) check(version int64) error {
	if m == nil {
		return nil
	}
	return m(version)
}

// ErrLastAdministrator refuses a change: a workspace always has somebody who may do everything.
var ErrLastAdministrator = errs.New(errs.Conflict, "last_administrator", "This is the last administrator. Make somebody else administrator first.")

// UserSpec is what the list of users may be filtered and ordered by.
func UserSpec() *page.Spec {
	return &page.Spec{
		Default: "name", ID: "u.id",
		Fields: map[string]page.Field{
			"name":      {Column: "LOWER(u.name)", Type: page.Folded, Sort: true, Doc: "Name"},
			"email":     {Column: "u.email", Type: page.Folded, Sort: true, Doc: "E-mail address"},
			"username":  {Column: "u.username", Type: page.Folded, Doc: "User name"},
			"status":    {Column: "u.status", Type: page.Text, Enum: Statuses(), Doc: "Where the user stands"},
			"role":      {Column: "r.key", Type: page.Text, Doc: "Key of the role, such as agent"},
			"roleId":    {Column: "u.role_id", Type: page.Ref, Doc: "The role"},
			"available": {Column: "u.available", Type: page.Bool, Doc: "Takes new tickets"},
			"teamId":    {Type: page.Ref, Doc: "Member of the team", Where: whereTeam},
			"createdAt": {Column: "u.created_at", Type: page.Instant, Sort: true, Doc: "When the user was made"},
		},
	}
}

func whereTeam(w *db.Where, _ string, values []any) {
	w.And("EXISTS (SELECT 1 FROM team_member m WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id AND m.team_id IN (" + db.List(w, values) + "))")
}

// Users gives a page. Needs users:read.
func (s *Service) Users(ctx context.Context, who Actor, values url.Values) (page.Result[User], *page.Query, error) {
	if err := who.Require("users:read"); err != nil {
		return page.Result[User]{}, nil, err
	}
	q, err := UserSpec().Parse(values, nil)
	if err != nil {
		return page.Result[User]{}, nil, err
	}
	var out page.Result[User]
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) error {
		rows, err := listUsers(ctx, r, who.Tenant, q)
		if err != nil {
			return err
		}
		if out, err = page.Cut(q, rows, userKeys(q)); err != nil || !q.Total {
			return err
		}
		n, err := countUsers(ctx, r, who.Tenant, q)
		out.Total = &n
		return err
	})
	return out, q, err
}

// User gives one user: oneself, or anybody with users:read. Errors: NotFound, Forbidden.
func (s *Service) User(ctx context.Context, who Actor, user id.ID) (User, error) {
	if who.User != user || who.signedIn() != nil {
		if err := who.Require("users:read"); err != nil {
			return User{}, err
		}
	}
	var u User
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) (err error) {
		u, err = readUser(ctx, r, who.Tenant, user)
		return err
	})
	return u, err
}

// Me is the actor's own user, what they may do and where.
func (s *Service) Me(ctx context.Context, who Actor) (User, Permissions, tenant.Workspace, error) {
	if err := who.signedIn(); err != nil {
		return User{}, nil, tenant.Workspace{}, err
	}
	w, err := s.deps.Tenants.Read(ctx, who.Tenant)
	if err != nil {
		return User{}, nil, w, err
	}
	u, err := s.User(ctx, who, who.User)
	return u, who.permissions, w, err
}

// NewUser is what an administrator says about a new user.
type NewUser struct {
	Name     string
	Email    string
	Username string
	Password string
	Role     id.ID
	Teams    []id.ID
}

// CreateUser makes an approved user. Needs users:write and everything that the role allows.
// Errors: Invalid, Forbidden.
func (s *Service) CreateUser(ctx context.Context, who Actor, in NewUser) (User, error) {
	if err := who.Require("users:write"); err != nil {
		return User{}, err
	}
	w, err := s.deps.Tenants.Read(ctx, who.Tenant)
	if err != nil {
		return User{}, err
	}
	now := s.clock.Now()
	u := User{
		ID: id.New(now), Name: tidy(in.Name), Email: fold(in.Email), Username: fold(in.Username), Status: Approved, Available: true,
		PasswordChangedAt: now, CreatedAt: now, UpdatedAt: now,
	}
	if err := s.checkNew(u, "password", in.Password, w.Settings.Password); err != nil {
		return User{}, err
	}
	if u.passwordHash, err = s.hasher.hash(ctx, in.Password); err != nil {
		return User{}, err
	}
	err = s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		role, err := s.grantable(ctx, tx, who, in.Role)
		if err != nil {
			return err
		}
		u.Role = role.Ref()
		if err := insertUser(ctx, tx, who.Tenant, u); err != nil {
			return err
		}
		if u.Teams, err = joinTeams(ctx, tx, who.Tenant, u.ID, in.Teams); err != nil {
			return err
		}
		return s.record(ctx, tx, who, u, "user.created", map[string]audit.Change{"email": {New: u.Email}, "role": {New: role.Key}},
			UserCreated{User: u.ID, Name: u.Name})
	})
	return u, err
}

// grantable reads a role that the actor may give: it exists, is for staff, and allows nothing that the
// actor may not do.
func (s *Service) grantable(ctx context.Context, tx db.Tx, who Actor, role id.ID) (Role, error) {
	r, err := lockRole(ctx, tx, who.Tenant, role)
	if errs.Has(err, errs.NotFound) {
		return r, errs.OnField("roleId", "is no role of this workspace")
	}
	if err != nil {
		return r, err
	}
	if r.Key == Customer {
		return r, errs.OnField("roleId", "is the customers' role, which staff cannot have")
	}
	if !who.covers(r.Permissions) {
		return r, errs.New(errs.Forbidden, "grant_exceeds_own", "This role allows more than you may do yourself.")
	}
	return r, nil
}

// outranked refuses to touch a user who may do more than the actor, oneself excepted.
func (s *Service) outranked(ctx context.Context, r db.Reader, who Actor, u User) error {
	if u.ID == who.User {
		return nil
	}
	p, err := permissionsOf(ctx, r, who.Tenant, u.Role)
	if err != nil {
		return err
	}
	if !who.covers(p) {
		return errs.New(errs.Forbidden, "user_outranks_you", "This user may do more than you may.")
	}
	return nil
}

// keepAdministrator refuses to take away the last administrator who can sign in. It must run in the
// transaction of the change, and makes others of its kind wait.
func keepAdministrator(ctx context.Context, tx db.Tx, t tenant.ID, u User) error {
	if u.Role.Key != Administrator || u.Status != Approved {
		return nil
	}
	others, err := hasAdministrator(ctx, tx, t, u.ID)
	if err == nil && !others {
		return ErrLastAdministrator
	}
	return err
}

// UserPatch names what to change of a user; nil leaves a field alone.
type UserPatch struct {
	Name      *string
	Email     *string
	Username  *string
	Role      *id.ID
	Available *bool
	Teams     *[]id.ID
}

// UpdateUser changes a user. Needs users:write, and everything that the user may do before and after.
// Errors: NotFound, Invalid, Forbidden, Conflict for the last administrator, Precondition.
func (s *Service) UpdateUser(ctx context.Context, who Actor, user id.ID, p UserPatch, m Match) (User, error) {
	if err := who.Require("users:write"); err != nil {
		return User{}, err
	}
	return s.changeUser(ctx, who, user, p, m)
}

// UpdateMe changes the actor's own details; never the role. Another address or user name needs the current
// password, since whoever has the address can have the account. Errors: Invalid, TooMany.
func (s *Service) UpdateMe(ctx context.Context, c Client, who Actor, p UserPatch, currentPassword string) (User, error) {
	if err := who.signedIn(); err != nil {
		return User{}, err
	}
	p.Role, p.Teams = nil, nil
	u, err := s.User(ctx, who, who.User)
	if err != nil {
		return User{}, err
	}
	other := p.Email != nil && fold(*p.Email) != u.Email || p.Username != nil && fold(*p.Username) != u.Username
	if other {
		if currentPassword == "" {
			return User{}, errs.OnField("currentPassword", "is needed to change the address or user name")
		}
		if _, _, err := s.prove(ctx, c, who, currentPassword); err != nil {
			return User{}, err
		}
	}
	return s.changeUser(ctx, who, who.User, p, nil)
}

func (s *Service) changeUser(ctx context.Context, who Actor, user id.ID, p UserPatch, m Match) (User, error) {
	var u User
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		if p.Role != nil {
			if err := lockAdministrators(ctx, tx, who.Tenant); err != nil {
				return err
			}
		}
		before, err := lockUser(ctx, tx, who.Tenant, user)
		if err != nil {
			return err
		}
		if err := m.check(before.Version()); err != nil {
			return err
		}
		if err := s.outranked(ctx, tx, who, before); err != nil {
			return err
		}
		u = before
		p.apply(&u)
		if p.Role != nil && *p.Role != before.Role.ID {
			role, err := s.grantable(ctx, tx, who, *p.Role)
			if err != nil {
				return err
			}
			if err := keepAdministrator(ctx, tx, who.Tenant, before); err != nil {
				return err
			}
			u.Role = role.Ref()
		}
		if err := u.validate(); err != nil {
			return err
		}
		if p.Teams != nil {
			if err := leaveTeams(ctx, tx, who.Tenant, u.ID); err != nil {
				return err
			}
			if u.Teams, err = joinTeams(ctx, tx, who.Tenant, u.ID, *p.Teams); err != nil {
				return err
			}
		}
		changes := audit.Diff(before.values(), u.values())
		if len(changes) == 0 && sameTeams(before.Teams, u.Teams) {
			return nil
		}
		u.UpdatedAt = s.clock.Now()
		if err := updateUser(ctx, tx, who.Tenant, u); err != nil {
			return err
		}
		if before.Email != u.Email {
			if err := s.emailChanged(ctx, tx, who, before, u); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, who, u, "user.changed", changes, factsOf(before, u)...)
	})
	return u, err
}

// sameTeams compares teams in whatever order, each named once.
func sameTeams(a, b []id.ID) bool {
	had := make(map[id.ID]bool, len(a))
	for _, t := range a {
		had[t] = true
	}
	for _, t := range b {
		if !had[t] {
			return false
		}
	}
	return len(a) == len(b)
}

func (p UserPatch) apply(u *User) {
	if p.Name != nil {
		u.Name = tidy(*p.Name)
	}
	if p.Email != nil {
		u.Email = fold(*p.Email)
	}
	if p.Username != nil {
		u.Username = fold(*p.Username)
	}
	if p.Available != nil {
		u.Available = *p.Available
	}
}

// emailChanged makes links that were sent to the old address worthless, and tells that address.
func (s *Service) emailChanged(ctx context.Context, tx db.Tx, who Actor, before, after User) error {
	if err := deleteResets(ctx, tx, who.Tenant, after.ID); err != nil {
		return err
	}
	w, err := s.deps.Tenants.Read(ctx, who.Tenant)
	if err != nil {
		return err
	}
	return s.deps.Outbox.Put(ctx, tx, who.Tenant, outbox.Mail{
		To: before.Email, Purpose: outbox.EmailChanged, Subject: "Your e-mail address was changed",
		Text: "Hello " + oneLine(after.Name) + ",\n\nyour account at " + oneLine(w.Name) + " now belongs to another e-mail address: " + audit.MaskEmail(after.Email) + ".\n\n" +
			"If this was not you, tell an administrator at once.\n",
	})
}

func (u User) values() map[string]any {
	return map[string]any{
		"name": u.Name, "email": u.Email, "username": u.Username, "role": u.Role.Key, "status": string(u.Status), "available": u.Available,
	}
}

func factsOf(before, after User) []event.Fact {
	var facts []event.Fact
	if before.Role.ID != after.Role.ID {
		facts = append(facts, UserRoleChanged{User: after.ID, Role: after.Role.ID})
	}
	if before.Available != after.Available {
		facts = append(facts, UserAvailability{User: after.ID, Available: after.Available})
	}
	return append(facts, UserChanged{User: after.ID})
}

// record keeps what became of a user and makes it seen at once.
func (s *Service) record(ctx context.Context, tx db.Tx, who Actor, u User, action string, changes map[string]audit.Change, facts ...event.Fact) error {
	s.changed(tx, who.Tenant, u.ID)
	if err := s.deps.Events.Record(ctx, tx, who, facts...); err != nil {
		return err
	}
	return s.deps.Audit.Write(ctx, tx, who, audit.Entry{Action: action, ObjectKind: "user", Object: u.ID, ObjectName: u.Name, Changes: changes})
}

// joinTeams puts a user into teams, each once. Errors: Invalid.
func joinTeams(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID, teams []id.ID) ([]id.ID, error) {
	for _, team := range teams {
		if _, err := lockTeam(ctx, tx, t, team); err != nil {
			if errs.Has(err, errs.NotFound) {
				return nil, errs.OnField("teamIds", "names a team that is not there")
			}
			return nil, err
		}
		if err := insertMember(ctx, tx, t, team, user); err != nil {
			return nil, err
		}
	}
	return teamsOf(ctx, tx, t, user)
}

func userKeys(q *page.Query) func(User) (any, id.ID) {
	return func(u User) (any, id.ID) {
		switch q.SortField() {
		case "email":
			return u.Email, u.ID
		case "createdAt":
			return db.Micros(u.CreatedAt), u.ID
		}
		return u.lowerName, u.ID
	}
}
