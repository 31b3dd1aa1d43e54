package auth

import (
	"context"
	"strconv"
	"time"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/outbox"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
	"github.com/throughlinehq/throughline/internal/platform/secret"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// SignedIn is the answer to a sign-in or a renewal.
type SignedIn struct {
	Token          string
	ExpiresAt      time.Time // of Token
	RefreshToken   string
	SessionExpires time.Time // of RefreshToken, when it is not used
	User           User
	Permissions    Permissions
	Workspace      tenant.Workspace
}

// Errors of signing in. The first is the same for an unknown workspace, an unknown user and a wrong password.
var (
	ErrCredentials = errs.New(errs.Unauthenticated, "wrong_credentials", "The address or the password is wrong.")
	ErrPending     = errs.New(errs.Forbidden, "account_pending", "An administrator has to approve your account first.")
	ErrRejected    = errs.New(errs.Forbidden, "account_rejected", "Your request for an account was refused. Ask an administrator.")
	ErrDeactivated = errs.New(errs.Forbidden, "account_deactivated", "Your account was deactivated. Ask an administrator.")
)

func (s Status) mayEnter() error {
	switch s {
	case Approved:
		return nil
	case Pending:
		return ErrPending
	case Rejected:
		return ErrRejected
	case Deactivated:
	}
	return ErrDeactivated
}

// Credentials are what somebody signs in with: an e-mail address or a user name.
type Credentials struct {
	Login     string
	Password  string
	Workspace string // slug; empty when the host names it or there is only one
}

// SignIn checks credentials and begins a session on a device.
// Errors: ErrCredentials, ErrPending, ErrRejected, ErrDeactivated, tenant.ErrNeeded, TooMany, Unavailable.
func (s *Service) SignIn(ctx context.Context, c Client, in Credentials) (SignedIn, error) {
	w, err := s.deps.Tenants.Resolve(ctx, c.Host, c.Workspace, in.Workspace)
	unknown := errs.Has(err, errs.NotFound)
	if err != nil && !unknown {
		return SignedIn{}, err
	}
	login := fold(in.Login)
	if err := s.attempt(c, "sign-in", w.ID, login); err != nil {
		return SignedIn{}, err
	}
	if len(in.Password) > maxPassword {
		in.Password = "" // nobody's; it still takes as long
	}
	var u User
	if !unknown {
		err = s.db.Read(ctx, w.ID, func(ctx context.Context, r db.Reader) (err error) {
			u, err = findUser(ctx, r, w.ID, login)
			return err
		})
		if err != nil && !errs.Has(err, errs.NotFound) {
			return SignedIn{}, err
		}
	}
	ok, stale, err := s.hasher.verify(ctx, in.Password, u.passwordHash)
	if err != nil {
		return SignedIn{}, err
	}
	refused := u.Status.mayEnter()
	if !ok {
		refused = ErrCredentials
	}
	if refused != nil {
		return SignedIn{}, s.refuse(ctx, c, w.ID, u, login, refused)
	}
	out, err := s.begin(ctx, c, w, u.ID, u.passwordHash)
	if err != nil {
		return SignedIn{}, err
	}
	s.deps.Limits.Forget(attemptKey(c, "sign-in", w.ID, login))
	if stale {
		s.improveHash(ctx, w.ID, u, in.Password)
	}
	return out, nil
}

// refuse keeps a refused sign-in in the audit log, known user or not, and gives the reason back.
func (s *Service) refuse(ctx context.Context, c Client, t tenant.ID, u User, login string, reason error) error {
	if t == 0 {
		return reason
	}
	err := s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		return s.deps.Audit.Write(ctx, tx, c.source(t, id.Zero, ""), audit.Entry{
			Action: "sign_in.refused", ObjectKind: "user", Object: u.ID, ObjectName: u.Name,
			Changes: map[string]audit.Change{"email": {New: login}, "reason": {New: codeOf(reason)}},
		})
	})
	if err != nil {
		return err
	}
	return reason
}

// begin makes a session and its tokens. The user is read again inside: what was checked before may have
// changed since, such as the password, the status or the role.
func (s *Service) begin(ctx context.Context, c Client, w tenant.Workspace, user id.ID, hash string) (SignedIn, error) {
	var out SignedIn
	err := s.db.Write(ctx, w.ID, func(ctx context.Context, tx db.Tx) error {
		u, err := readUser(ctx, tx, w.ID, user)
		if errs.Has(err, errs.NotFound) || err == nil && u.passwordHash != hash {
			return ErrCredentials
		}
		if err != nil {
			return err
		}
		out, err = s.beginTx(ctx, tx, c, w, u)
		return err
	})
	return out, err
}

func (s *Service) beginTx(ctx context.Context, tx db.Tx, c Client, w tenant.Workspace, u User) (SignedIn, error) {
	if err := u.Status.mayEnter(); err != nil {
		return SignedIn{}, err
	}
	now := s.clock.Now()
	session := id.New(now)
	refresh := s.signer.newRefresh(w.ID, session)
	text := s.signer.write(refresh)
	row := Session{
		ID: session, User: u.ID, Device: c.Device, Address: c.Address, CreatedAt: now, LastSeenAt: now, rotatedAt: now,
		ExpiresAt: now.Add(s.deps.Options.SessionLifetime), refreshHash: secret.Hash(text),
	}
	if err := insertSession(ctx, tx, w.ID, row); err != nil {
		return SignedIn{}, err
	}
	if err := markSeen(ctx, tx, w.ID, u.ID, now); err != nil {
		return SignedIn{}, err
	}
	u.LastSeenAt = now
	err := s.deps.Audit.Write(ctx, tx, c.source(w.ID, u.ID, u.Name), audit.Entry{Action: "sign_in", ObjectKind: "session", Object: session, ObjectName: c.Device})
	if err != nil {
		return SignedIn{}, err
	}
	return s.answer(ctx, tx, w, u, row, text)
}

func (s *Service) answer(ctx context.Context, r db.Reader, w tenant.Workspace, u User, row Session, refresh string) (SignedIn, error) {
	p, err := permissionsOf(ctx, r, w.ID, u.Role)
	if err != nil {
		return SignedIn{}, err
	}
	token, expires, err := s.signer.access(w.ID, u.ID, row.ID)
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Token: token, ExpiresAt: expires, RefreshToken: refresh, SessionExpires: row.ExpiresAt, User: u, Permissions: p, Workspace: w}, nil
}

// improveHash keeps the password under today's cost. It is a courtesy: when it fails, the next sign-in tries again.
func (s *Service) improveHash(ctx context.Context, t tenant.ID, u User, password string) {
	hash, err := s.hasher.hash(ctx, password)
	if err == nil {
		err = s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
			return rehash(ctx, tx, t, u.ID, u.passwordHash, hash)
		})
	}
	if err != nil {
		s.deps.Log.WarnContext(ctx, "password hash not renewed", "user", u.ID.String(), "error", err)
	}
}

// SignUp is a request for an account.
type SignUp struct {
	Name      string
	Email     string
	Username  string
	Password  string
	UserType  string // staff
	Workspace string
}

// Register keeps a request for an account, which an administrator approves or refuses. Whether the address
// is known already is told by mail to its owner, never to the caller; a user name that is taken is left out.
// Errors: Invalid, Forbidden when sign-up is closed, tenant.ErrNeeded, TooMany, Unavailable.
func (s *Service) Register(ctx context.Context, c Client, in SignUp) error {
	switch in.UserType {
	case "staff":
	case "customer":
		return errs.OnField("userType", "customers cannot sign themselves up here; staff can")
	case Administrator:
		return errs.OnField("userType", "nobody can sign up as administrator; an administrator makes others")
	default:
		return errs.OnField("userType", "must be staff")
	}
	w, err := s.deps.Tenants.Resolve(ctx, c.Host, c.Workspace, in.Workspace)
	if err != nil {
		if errs.Has(err, errs.NotFound) {
			return errs.OnField("workspace", "is not known")
		}
		return err
	}
	if err := s.once("sign-up|"+c.LimitKey, ratelimit.Limit{N: 30, Per: time.Hour}); err != nil {
		return err
	}
	if !w.Settings.SignUpOpen {
		return errs.New(errs.Forbidden, "sign_up_closed", "This workspace takes no sign-ups. Ask an administrator for an account.")
	}
	now := s.clock.Now()
	u := User{
		ID: id.New(now), Name: tidy(in.Name), Email: fold(in.Email), Username: fold(in.Username), Status: Pending, Available: true,
		PasswordChangedAt: now, CreatedAt: now, UpdatedAt: now,
	}
	if err := s.checkNew(u, "password", in.Password, w.Settings.Password); err != nil {
		return err
	}
	if u.passwordHash, err = s.hasher.hash(ctx, in.Password); err != nil {
		return err
	}
	err = s.register(ctx, c, w, u)
	if db.IsUnique(err, "username") { // the same name at the same moment; now it is known to be taken
		err = s.register(ctx, c, w, u)
	}
	if db.IsUnique(err, "email") { // the same address at the same moment
		return nil
	}
	return err
}

func (s *Service) register(ctx context.Context, c Client, w tenant.Workspace, u User) error {
	return s.db.Write(ctx, w.ID, func(ctx context.Context, tx db.Tx) error {
		_, err := findUser(ctx, tx, w.ID, u.Email)
		if err == nil {
			return s.repeated(ctx, tx, c, w, u)
		}
		if !errs.Has(err, errs.NotFound) {
			return err
		}
		u := u
		if _, err := findUser(ctx, tx, w.ID, u.Username); err == nil {
			u.Username = "" // to refuse it would tell strangers who has an account
		} else if !errs.Has(err, errs.NotFound) {
			return err
		}
		role, err := readRoleByKey(ctx, tx, w.ID, Agent)
		if err != nil {
			return err
		}
		u.Role = role.Ref()
		if err := insertUser(ctx, tx, w.ID, u); err != nil {
			return err
		}
		by := NewActor(w.ID, u.ID, role.Key, nil)
		if err := s.deps.Events.Record(ctx, tx, by, UserRegistered{User: u.ID, Name: u.Name}); err != nil {
			return err
		}
		s.changed(tx, w.ID, u.ID)
		return s.deps.Audit.Write(ctx, tx, c.source(w.ID, u.ID, u.Name), audit.Entry{
			Action: "user.registered", ObjectKind: "user", Object: u.ID, ObjectName: u.Name,
			Changes: map[string]audit.Change{"email": {New: u.Email}},
		})
	})
}

// repeated tells the owner of an address that somebody signed up with it again.
func (s *Service) repeated(ctx context.Context, tx db.Tx, c Client, w tenant.Workspace, u User) error {
	err := s.deps.Outbox.Put(ctx, tx, w.ID, outbox.Mail{
		To: u.Email, Purpose: outbox.SignUpRepeated, Subject: "You already have an account at " + oneLine(w.Name),
		Text: "Somebody, perhaps you, asked for an account at " + oneLine(w.Name) + " with this address. There is one already.\n\n" +
			"Sign in: " + s.deps.Options.BaseURL + "/sign-in\nForgotten the password: " + s.deps.Options.BaseURL + "/forgot-password\n\n" +
			"If this was not you, nothing has changed and there is nothing to do.\n",
	})
	if err != nil {
		return err
	}
	return s.deps.Audit.Write(ctx, tx, c.source(w.ID, id.Zero, ""), audit.Entry{
		Action: "user.sign_up_repeated", ObjectKind: "user", Changes: map[string]audit.Change{"email": {New: u.Email}},
	})
}

func (s *Service) checkNew(u User, location, password string, policy tenant.PasswordPolicy) error {
	if err := u.validate(); err != nil {
		return withField(err, checkPassword(location, password, policy, u.Name, u.Email, u.Username))
	}
	return errs.Check(checkPassword(location, password, policy, u.Name, u.Email, u.Username))
}

func tenantKey(t tenant.ID) string { return strconv.FormatInt(int64(t), 10) }
