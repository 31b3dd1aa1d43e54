package auth

import (
	"context"
	"net/url"
	"time"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/outbox"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
	"github.com/throughlinehq/throughline/internal/platform/secret"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// resetLife is how long a reset link works.
const resetLife = 10 * time.Minute

// ErrReset is the answer to a link that was used, has run out, or was never ours.
var ErrReset = errs.New(errs.NotFound, "reset_link_invalid", "This link does not work any more. Ask for a new one.")

// ChangePassword replaces the actor's own password and ends their other sessions.
// Errors: Invalid for a wrong current password or a weak new one, TooMany, Unavailable.
func (s *Service) ChangePassword(ctx context.Context, c Client, who Actor, current, password string) error {
	if err := who.signedIn(); err != nil {
		return err
	}
	u, w, err := s.prove(ctx, c, who, current)
	if err != nil {
		return err
	}
	if current == password {
		return errs.OnField("newPassword", "must differ from the current one")
	}
	if err := s.checkNew(u, "newPassword", password, w.Settings.Password); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		return s.replacePassword(ctx, tx, who, w, u, hash, who.Session, "password.changed")
	})
}

// prove checks the actor's own password before something that only the person may do.
func (s *Service) prove(ctx context.Context, c Client, who Actor, password string) (User, tenant.Workspace, error) {
	key := who.User.String()
	if err := s.attempt(c, "prove", who.Tenant, key); err != nil {
		return User{}, tenant.Workspace{}, err
	}
	w, err := s.deps.Tenants.Read(ctx, who.Tenant)
	if err != nil {
		return User{}, w, err
	}
	var u User
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) (err error) {
		u, err = readUser(ctx, r, who.Tenant, who.User)
		return err
	})
	if err != nil {
		return u, w, err
	}
	if len(password) > maxPassword {
		password = ""
	}
	ok, _, err := s.hasher.verify(ctx, password, u.passwordHash)
	if err != nil {
		return u, w, err
	}
	if !ok {
		return u, w, errs.OnField("currentPassword", "is wrong")
	}
	s.deps.Limits.Forget(attemptKey(c, "prove", who.Tenant, key))
	return u, w, nil
}

// replacePassword sets the hash, ends every session but one, makes open links worthless and tells the owner.
func (s *Service) replacePassword(ctx context.Context, tx db.Tx, who audit.Who, w tenant.Workspace, u User, hash string, keep id.ID, action string) error {
	now := s.clock.Now()
	done, err := setPassword(ctx, tx, w.ID, u.ID, u.passwordHash, hash, now)
	if err != nil {
		return err
	}
	if !done {
		return errs.New(errs.Conflict, "changed_meanwhile", "The password was changed at the same moment. Try again.")
	}
	if _, err := revokeSessions(ctx, tx, w.ID, u.ID, keep, now); err != nil {
		return err
	}
	if err := deleteResets(ctx, tx, w.ID, u.ID); err != nil {
		return err
	}
	err = s.deps.Outbox.Put(ctx, tx, w.ID, outbox.Mail{
		To: u.Email, Purpose: outbox.PasswordChanged, Subject: "Your password was changed",
		Text: "Hello " + oneLine(u.Name) + ",\n\nyour password at " + oneLine(w.Name) + " was changed and your other devices were signed out.\n\n" +
			"If this was not you, set a new one at once: " + s.deps.Options.BaseURL + "/forgot-password\n",
	})
	if err != nil {
		return err
	}
	s.changed(tx, w.ID, u.ID)
	return s.deps.Audit.Write(ctx, tx, who, audit.Entry{Action: action, ObjectKind: "user", Object: u.ID, ObjectName: u.Name})
}

// forgotPassword is a request for a reset link. The request itself only queues this, so that it takes the
// same time whether or not the address is known.
type forgotPassword struct {
	Email     string `json:"email"`
	Address   string `json:"address"`
	RequestID string `json:"requestId"`
}

// JobKind is the job's stable name.
func (forgotPassword) JobKind() string { return "auth.forgot_password" }

// Forgot sends a link to set a new password, when the address belongs to a user who may sign in.
// Errors: Invalid for something that is no address, tenant.ErrNeeded, TooMany; never whether it is known.
func (s *Service) Forgot(ctx context.Context, c Client, email, workspace string) error {
	email = fold(email)
	if err := errs.Check(checkEmail("email", email)); err != nil {
		return err
	}
	w, err := s.deps.Tenants.Resolve(ctx, c.Host, c.Workspace, workspace)
	if errs.Has(err, errs.NotFound) {
		return s.attempt(c, "forgot", 0, email)
	}
	if err != nil {
		return err
	}
	if err := s.attempt(c, "forgot", w.ID, email); err != nil {
		return err
	}
	// A mailbox is spared more than a few, wherever they are asked for; silently, since the answer is
	// the same for every address.
	if !s.deps.Limits.Allow("forgot-mail|"+tenantKey(w.ID)+"|"+email, ratelimit.Limit{N: 5, Per: time.Hour}).OK {
		return nil
	}
	return s.db.Write(ctx, w.ID, func(ctx context.Context, tx db.Tx) error {
		_, err := s.deps.Queue.Enqueue(ctx, tx, w.ID, forgotPassword{Email: email, Address: c.Address, RequestID: c.RequestID})
		return err
	})
}

// forgot makes the link and the mail in one transaction with the end of the job.
func (s *Service) forgot(ctx context.Context, j *jobs.Job, args forgotPassword) error {
	w, err := s.deps.Tenants.Read(ctx, j.Workspace)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, w.ID, func(ctx context.Context, tx db.Tx) error {
		u, err := findUser(ctx, tx, w.ID, args.Email)
		known := err == nil && u.Email == args.Email && (u.Status == Approved || u.Status == Pending)
		if err != nil && !errs.Has(err, errs.NotFound) {
			return err
		}
		from := Client{Address: args.Address, RequestID: args.RequestID}
		if !known {
			err := s.deps.Audit.Write(ctx, tx, from.source(w.ID, id.Zero, ""), audit.Entry{
				Action: "password.reset_unknown", ObjectKind: "user", Changes: map[string]audit.Change{"email": {New: args.Email}},
			})
			if err != nil {
				return err
			}
			return j.Finish(ctx, tx)
		}
		token := newResetToken(w.ID)
		now := s.clock.Now()
		if err := deleteResets(ctx, tx, w.ID, u.ID); err != nil {
			return err
		}
		if err := insertReset(ctx, tx, w.ID, u.ID, secret.Hash(token), now, now.Add(resetLife)); err != nil {
			return err
		}
		err = s.deps.Outbox.Put(ctx, tx, w.ID, outbox.Mail{
			To: u.Email, Purpose: outbox.PasswordReset, Subject: "Set a new password",
			Text: "Hello " + oneLine(u.Name) + ",\n\nset a new password for " + oneLine(w.Name) + " within 10 minutes:\n\n" +
				s.deps.Options.BaseURL + "/reset-password/" + url.PathEscape(token) + "\n\n" +
				"If you did not ask for this, ignore it: nothing has changed.\n",
		})
		if err != nil {
			return err
		}
		err = s.deps.Audit.Write(ctx, tx, from.source(w.ID, id.Zero, ""), audit.Entry{Action: "password.reset_asked", ObjectKind: "user", Object: u.ID, ObjectName: u.Name})
		if err != nil {
			return err
		}
		return j.Finish(ctx, tx)
	})
}

// Reset sets a new password by a link and ends all sessions. A password that is too weak does not spend the link.
// Errors: ErrReset, Invalid, TooMany, Unavailable.
func (s *Service) Reset(ctx context.Context, c Client, token, password string) error {
	if err := s.once("reset|"+c.LimitKey, ratelimit.Limit{N: 30, Per: 10 * time.Minute}); err != nil {
		return err
	}
	t, ok := workspaceOfReset(token)
	if !ok {
		return ErrReset
	}
	w, err := s.deps.Tenants.Read(ctx, t)
	if errs.Has(err, errs.NotFound) || err == nil && w.Status != tenant.Active {
		return ErrReset
	}
	if err != nil {
		return err
	}
	hashed := secret.Hash(token)
	var u User
	find := func(ctx context.Context, r db.Reader) error {
		user, err := resetUser(ctx, r, t, hashed, s.clock.Now())
		if err == nil {
			u, err = readUser(ctx, r, t, user)
		}
		if errs.Has(err, errs.NotFound) {
			return ErrReset
		}
		return err
	}
	if err := s.db.Read(ctx, t, find); err != nil {
		return err
	}
	if err := s.checkNew(u, "password", password, w.Settings.Password); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		used, err := useReset(ctx, tx, t, hashed, s.clock.Now())
		if err != nil {
			return err
		}
		if !used {
			return ErrReset
		}
		if u, err = readUser(ctx, tx, t, u.ID); err != nil {
			return err
		}
		return s.replacePassword(ctx, tx, c.source(t, u.ID, u.Name), w, u, hash, id.Zero, "password.reset")
	})
}
