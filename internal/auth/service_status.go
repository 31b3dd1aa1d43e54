package auth

import (
	"context"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/outbox"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// SetStatus approves, rejects or deactivates a user; with a role given, an approval also sets that. Whoever
// is not approved is signed out everywhere at once. Needs users:write, and everything that the user may do.
// Errors: NotFound, Invalid, Forbidden, Conflict for the last administrator, Precondition.
func (s *Service) SetStatus(ctx context.Context, who Actor, user id.ID, status Status, role id.ID, m Match) (User, error) {
	if err := who.Require("users:write"); err != nil {
		return User{}, err
	}
	if err := errs.Check(
		errs.OneOf("status", status, Approved, Rejected, Deactivated),
		errs.That(role.IsZero() || status == Approved, "roleId", "can only be given with an approval"),
	); err != nil {
		return User{}, err
	}
	var u User
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		if err := lockAdministrators(ctx, tx, who.Tenant); err != nil {
			return err
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
		if status == Rejected && before.Status != Pending && before.Status != Rejected {
			return errs.New(errs.Conflict, "user_not_pending", "Only a user who waits for approval can be rejected. Deactivate this one instead.")
		}
		if status != Approved {
			if err := keepAdministrator(ctx, tx, who.Tenant, before); err != nil {
				return err
			}
		}
		u = before
		u.Status = status
		if !role.IsZero() && role != before.Role.ID {
			if err := s.giveRole(ctx, tx, who, &u, role); err != nil {
				return err
			}
		}
		if u.Status == before.Status && u.Role == before.Role {
			return nil
		}
		u.UpdatedAt = s.clock.Now()
		if err := updateUser(ctx, tx, who.Tenant, u); err != nil {
			return err
		}
		if err := s.follow(ctx, tx, who, before, u); err != nil {
			return err
		}
		return s.record(ctx, tx, who, u, "user."+string(status), audit.Diff(before.values(), u.values()), statusFacts(before, u)...)
	})
	return u, err
}

func (s *Service) giveRole(ctx context.Context, tx db.Tx, who Actor, u *User, role id.ID) error {
	r, err := s.grantable(ctx, tx, who, role)
	if err != nil {
		return err
	}
	if err := keepAdministrator(ctx, tx, who.Tenant, *u); err != nil {
		return err
	}
	u.Role = r.Ref()
	return nil
}

// follow does what a new status brings: the end of every session, or a mail that welcomes.
func (s *Service) follow(ctx context.Context, tx db.Tx, who Actor, before, u User) error {
	if u.Status != Approved {
		if err := deleteResets(ctx, tx, who.Tenant, u.ID); err != nil {
			return err
		}
		_, err := revokeSessions(ctx, tx, who.Tenant, u.ID, id.Zero, s.clock.Now())
		return err
	}
	if before.Status == Approved {
		return nil
	}
	w, err := s.deps.Tenants.Read(ctx, who.Tenant)
	if err != nil {
		return err
	}
	return s.deps.Outbox.Put(ctx, tx, who.Tenant, outbox.Mail{
		To: u.Email, Purpose: outbox.AccountApproved, Subject: "You can sign in at " + oneLine(w.Name),
		Text: "Hello " + oneLine(u.Name) + ",\n\nyour account at " + oneLine(w.Name) + " was approved.\n\nSign in: " + s.deps.Options.BaseURL + "/sign-in\n",
	})
}

func statusFacts(before, after User) []event.Fact {
	var facts []event.Fact
	if before.Status != after.Status {
		switch after.Status {
		case Approved:
			facts = append(facts, UserApproved{User: after.ID})
		case Rejected:
			facts = append(facts, UserRejected{User: after.ID})
		case Deactivated:
			facts = append(facts, UserDeactivated{User: after.ID})
		case Pending:
		}
	}
	if before.Role.ID != after.Role.ID {
		facts = append(facts, UserRoleChanged{User: after.ID, Role: after.Role.ID})
	}
	return facts
}

// SetAvailable says whether a user takes new tickets: oneself, or anybody with users:write.
// Errors: NotFound, Forbidden.
func (s *Service) SetAvailable(ctx context.Context, who Actor, user id.ID, available bool) (User, error) {
	if who.User != user || who.signedIn() != nil {
		if err := who.Require("users:write"); err != nil {
			return User{}, err
		}
	}
	return s.changeUser(ctx, who, user, UserPatch{Available: &available}, nil)
}

// DeleteUser removes a user. Their name stays in history; their address, password, sessions and teams go.
// Needs users:write, and everything that the user may do.
// Errors: NotFound, Forbidden, Conflict for the last administrator or oneself, Precondition.
func (s *Service) DeleteUser(ctx context.Context, who Actor, user id.ID, m Match) error {
	if err := who.Require("users:write"); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		if err := lockAdministrators(ctx, tx, who.Tenant); err != nil {
			return err
		}
		u, err := lockUser(ctx, tx, who.Tenant, user)
		if err != nil {
			return err
		}
		if err := m.check(u.Version()); err != nil {
			return err
		}
		if err := keepAdministrator(ctx, tx, who.Tenant, u); err != nil {
			return err
		}
		if user == who.User {
			return errs.New(errs.Conflict, "own_account", "Somebody else has to delete your account.")
		}
		if err := s.outranked(ctx, tx, who, u); err != nil {
			return err
		}
		none, err := readRoleByKey(ctx, tx, who.Tenant, Customer)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		if err := leaveTeams(ctx, tx, who.Tenant, user); err != nil {
			return err
		}
		if err := deleteResets(ctx, tx, who.Tenant, user); err != nil {
			return err
		}
		if _, err := revokeSessions(ctx, tx, who.Tenant, user, id.Zero, now); err != nil {
			return err
		}
		if err := eraseUser(ctx, tx, who.Tenant, user, none.ID, now); err != nil {
			return err
		}
		return s.record(ctx, tx, who, u, "user.deleted", map[string]audit.Change{"email": {Old: u.Email}, "role": {Old: u.Role.Key}}, UserDeleted{User: user})
	})
}
