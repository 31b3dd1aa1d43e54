package auth

import (
	"context"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Setup is what makes a workspace with its first administrator.
type Setup struct {
	Workspace  tenant.Create
	Name       string
	Email      string
	Password   string
	SampleData bool
}

// SetUp makes the installation's first workspace, its roles, tags and first administrator in one
// transaction, and signs them in on the client's device. Of two at once one wins.
// Errors: tenant.ErrSetUp once there is a workspace, Invalid, TooMany, Unavailable.
func (s *Service) SetUp(ctx context.Context, c Client, in Setup) (SignedIn, error) {
	needed, err := s.deps.Tenants.Needed(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	if !needed {
		return SignedIn{}, tenant.ErrSetUp
	}
	if err := s.once("set-up|"+c.LimitKey, s.deps.Options.SignInLimit); err != nil {
		return SignedIn{}, err
	}
	in.Workspace.First = true
	var out SignedIn
	err = s.create(ctx, c, in, func(ctx context.Context, tx db.Tx, w tenant.Workspace, u User) error {
		out, err = s.beginTx(ctx, tx, c, w, u)
		return err
	})
	return out, err
}

// CreateFirst makes a workspace with its first administrator, for the command line: the first one, or one
// more on the same installation. Errors: Invalid, Unavailable.
func (s *Service) CreateFirst(ctx context.Context, in Setup) (tenant.Workspace, User, error) {
	var workspace tenant.Workspace
	var user User
	err := s.create(ctx, Client{}, in, func(_ context.Context, _ db.Tx, w tenant.Workspace, u User) error {
		workspace, user = w, u
		return nil
	})
	return workspace, user, err
}

func (s *Service) create(ctx context.Context, c Client, in Setup, then func(context.Context, db.Tx, tenant.Workspace, User) error) error {
	if in.SampleData && s.deps.SampleData == nil {
		return errs.OnField("sampleData", "is not available here")
	}
	u := User{Name: tidy(in.Name), Email: fold(in.Email), Status: Approved, Available: true}
	if err := s.checkNew(u, "password", in.Password, tenant.DefaultSettings().Password); err != nil {
		return withWorkspace(err, in.Workspace.Name)
	}
	hash, err := s.hasher.hash(ctx, in.Password)
	if err != nil {
		return err
	}
	u.passwordHash = hash
	for range 10 {
		err = s.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error { return s.createTx(ctx, tx, c, in, u, then) })
		if !tenant.IsTaken(err) {
			return atWorkspace(err)
		}
	}
	return err
}

func (s *Service) createTx(ctx context.Context, tx db.Tx, c Client, in Setup, u User, then func(context.Context, db.Tx, tenant.Workspace, User) error) error {
	w, err := s.deps.Tenants.CreateTx(ctx, tx, in.Workspace)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	for _, r := range builtIn() {
		r.ID, r.BuiltIn, r.CreatedAt, r.UpdatedAt = id.New(now), true, now, now
		if err := insertRole(ctx, tx, w.ID, r); err != nil {
			return err
		}
		if r.Key == Administrator {
			u.Role = r.Ref()
		}
	}
	for _, p := range s.deps.Provision {
		if err := p.Provision(ctx, tx, w.ID); err != nil {
			return errs.Wrapf(err, "provision workspace %d", w.ID)
		}
	}
	u.ID, u.PasswordChangedAt, u.CreatedAt, u.UpdatedAt = id.New(now), now, now, now
	if err := insertUser(ctx, tx, w.ID, u); err != nil {
		return err
	}
	if in.SampleData {
		if err := s.deps.SampleData.Provision(ctx, tx, w.ID); err != nil {
			return err
		}
	}
	s.changed(tx, w.ID, u.ID)
	by := NewActor(w.ID, u.ID, Administrator, allPermissions())
	if err := s.deps.Events.Record(ctx, tx, by, UserCreated{User: u.ID, Name: u.Name}); err != nil {
		return err
	}
	err = s.deps.Audit.Write(ctx, tx, c.source(w.ID, u.ID, u.Name), audit.Entry{
		Action: "workspace.created", ObjectKind: "workspace", ObjectName: w.Name,
		Changes: map[string]audit.Change{"slug": {New: w.Slug}, "email": {New: u.Email}},
	})
	if err != nil {
		return err
	}
	return then(ctx, tx, w, u)
}

// FindUser looks a user up by address or user name, for the command line. Errors: NotFound.
func (s *Service) FindUser(ctx context.Context, who Actor, login string) (User, error) {
	if err := who.Require("users:read"); err != nil {
		return User{}, err
	}
	var u User
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) (err error) {
		u, err = findUser(ctx, r, who.Tenant, fold(login))
		return err
	})
	return u, err
}

// Approve approves a user by address or user name, for the command line. Errors: NotFound.
func (s *Service) Approve(ctx context.Context, t tenant.ID, login string) (User, error) {
	who := System(t, "command line")
	u, err := s.FindUser(ctx, who, login)
	if err != nil {
		return User{}, err
	}
	return s.SetStatus(ctx, who, u.ID, Approved, id.Zero, nil)
}

// Promote makes a user an approved administrator, or gives another role by its key, for the command line.
// Errors: NotFound, Invalid for an unknown role.
func (s *Service) Promote(ctx context.Context, t tenant.ID, login, role string) (User, error) {
	who := System(t, "command line")
	u, err := s.FindUser(ctx, who, login)
	if err != nil {
		return User{}, err
	}
	var r Role
	err = s.db.Read(ctx, t, func(ctx context.Context, q db.Reader) (err error) {
		r, err = readRoleByKey(ctx, q, t, role)
		return err
	})
	if errs.Has(err, errs.NotFound) {
		return User{}, errs.OnField("role", "is no role of this workspace")
	}
	if err != nil {
		return User{}, err
	}
	return s.SetStatus(ctx, who, u.ID, Approved, r.ID, nil)
}

// SetUpNeeded reports that the installation has no workspace yet.
func (s *Service) SetUpNeeded(ctx context.Context) (bool, error) { return s.deps.Tenants.Needed(ctx) }
