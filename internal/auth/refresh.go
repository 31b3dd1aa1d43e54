package auth

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
	"github.com/throughlinehq/throughline/internal/platform/secret"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const (
	// renewGrace is how long the token before is still answered: two tabs that wake together both send it.
	renewGrace = 20 * time.Second
	// longestOutage is how long the program may have been away for a device to ask again after its return.
	longestOutage = time.Hour
)

// inGrace tells whether the token before may be answered again. The time in which nobody was there to ask does
// not count: a renewal may have been committed and its answer have died with the process.
func (s *Service) inGrace(rotated, now time.Time) bool {
	since := rotated
	if s.started.After(rotated) && s.started.Sub(rotated) <= longestOutage {
		since = s.started
	}
	return now.Sub(since).Abs() <= renewGrace // clocks are set back, too
}

// ErrSession is the answer to a refresh token that is not good, or no longer.
var ErrSession = errs.New(errs.Unauthenticated, "session_ended", "Your session has ended. Sign in again.")

// Renew spends a refresh token for the next one and a new access token. A token that was spent before, later
// than a moment ago or by another device, means that somebody else has it: the session ends.
// Errors: ErrSession, TooMany.
func (s *Service) Renew(ctx context.Context, c Client, token string) (SignedIn, error) {
	presented, ok := s.signer.parseRefresh(token)
	if !ok {
		if err := s.once("renew-bad|"+c.LimitKey, ratelimit.Limit{N: 60, Per: 10 * time.Minute}); err != nil {
			return SignedIn{}, err
		}
		return SignedIn{}, ErrSession
	}
	t := presented.workspace
	if err := s.once("renew|"+presented.session.String()+"|"+c.LimitKey, ratelimit.Limit{N: 60, Per: 10 * time.Minute}); err != nil {
		return SignedIn{}, err
	}
	w, err := s.deps.Tenants.Read(ctx, t)
	if errs.Has(err, errs.NotFound) || err == nil && w.Status != tenant.Active {
		return SignedIn{}, ErrSession
	}
	if err != nil {
		return SignedIn{}, err
	}
	named, err := s.deps.Tenants.Named(ctx, c.Host, c.Workspace)
	unknown := errs.Has(err, errs.NotFound)
	if err != nil && !unknown {
		return SignedIn{}, err
	}
	if !probeFrom(ctx).passes(checkRenewal, !unknown && (named == 0 || named == t)) {
		return SignedIn{}, ErrSession
	}
	var out SignedIn
	var ended error
	err = s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		ended = nil
		row, err := lockSession(ctx, tx, t, presented.session)
		if errs.Has(err, errs.NotFound) {
			ended = ErrSession
			return nil
		}
		if err != nil {
			return err
		}
		now := s.clock.Now()
		if !row.revokedAt.IsZero() || !now.Before(row.ExpiresAt) {
			ended = ErrSession
			return nil
		}
		u, err := readUser(ctx, tx, t, row.User)
		if errs.Has(err, errs.NotFound) || err == nil && u.Status != Approved {
			ended = ErrSession
			return nil
		}
		if err != nil {
			return err
		}
		next := s.signer.write(s.signer.next(presented))
		hash := secret.Hash(token)
		switch {
		case secret.Same(hash, row.refreshHash):
			row.previousHash, row.refreshHash = hash, secret.Hash(next)
			row.rotatedAt, row.LastSeenAt, row.Address = now, now, c.Address
			row.ExpiresAt = now.Add(s.deps.Options.SessionLifetime)
			if end := row.CreatedAt.Add(maxSessionAge); row.ExpiresAt.After(end) {
				row.ExpiresAt = end
			}
			if err := rotateSession(ctx, tx, t, row); err != nil {
				return err
			}
			if err := markSeen(ctx, tx, t, u.ID, now); err != nil {
				return err
			}
		case secret.Same(hash, row.previousHash) && s.inGrace(row.rotatedAt, now) && row.Device == c.Device:
			// The answer of the renewal that came first, again.
		default:
			ended = ErrSession
			return s.reused(ctx, tx, c, row, u, now, t)
		}
		out, err = s.answer(ctx, tx, w, u, row, next)
		return err
	})
	if err == nil {
		err = ended
	}
	return out, err
}

// reused ends a session whose spent token came back.
func (s *Service) reused(ctx context.Context, tx db.Tx, c Client, row Session, u User, now time.Time, t id.Workspace) error {
	if _, err := revokeSession(ctx, tx, t, u.ID, row.ID, now); err != nil {
		return err
	}
	s.changed(tx, t, u.ID)
	return s.deps.Audit.Write(ctx, tx, c.source(t, id.Zero, ""), audit.Entry{
		Action: "session.reuse_detected", ObjectKind: "session", Object: row.ID, ObjectName: u.Name,
		Changes: map[string]audit.Change{"device": {Old: row.Device, New: c.Device}},
	})
}

// Sessions lists the actor's own devices, the newest first.
func (s *Service) Sessions(ctx context.Context, who Actor) ([]Session, error) {
	if err := who.signedIn(); err != nil {
		return nil, err
	}
	var out []Session
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) (err error) {
		out, err = liveSessions(ctx, r, who.Tenant, who.User, s.clock.Now())
		return err
	})
	return out, err
}

// EndSession signs one of the actor's own devices out. Errors: NotFound.
func (s *Service) EndSession(ctx context.Context, who Actor, session id.ID) error {
	if err := who.signedIn(); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		ended, err := revokeSession(ctx, tx, who.Tenant, who.User, session, s.clock.Now())
		if err != nil {
			return err
		}
		if !ended {
			return errs.Missing()
		}
		s.changed(tx, who.Tenant, who.User)
		return s.deps.Audit.Write(ctx, tx, who, audit.Entry{Action: "session.ended", ObjectKind: "session", Object: session})
	})
}

// SignOut ends the session of an access token or, when that has run out, of a refresh token. Signing out
// twice is no error.
func (s *Service) SignOut(ctx context.Context, c Client, who Actor, refresh string) error {
	t, user, session := who.Tenant, who.User, who.Session
	if presented, ok := s.signer.parseRefresh(refresh); session.IsZero() && ok {
		t, session = presented.workspace, presented.session
	}
	if session.IsZero() {
		return nil
	}
	return s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		row, err := lockSession(ctx, tx, t, session)
		if errs.Has(err, errs.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if user.IsZero() {
			// Only the token in use, or the one before, proves whose session it is.
			hash := secret.Hash(refresh)
			if !secret.Same(hash, row.refreshHash) && !secret.Same(hash, row.previousHash) {
				return nil
			}
			user = row.User
		}
		ended, err := revokeSession(ctx, tx, t, user, session, s.clock.Now())
		if err != nil || !ended {
			return err
		}
		s.changed(tx, t, user)
		return s.deps.Audit.Write(ctx, tx, c.source(t, user, who.Name), audit.Entry{Action: "sign_out", ObjectKind: "session", Object: session, ObjectName: row.Device})
	})
}

// SignOutEverywhere ends all sessions of the actor, this one included.
func (s *Service) SignOutEverywhere(ctx context.Context, who Actor) error {
	if err := who.signedIn(); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		n, err := revokeSessions(ctx, tx, who.Tenant, who.User, id.Zero, s.clock.Now())
		if err != nil {
			return err
		}
		s.changed(tx, who.Tenant, who.User)
		return s.deps.Audit.Write(ctx, tx, who, audit.Entry{
			Action: "sign_out.everywhere", ObjectKind: "user", Object: who.User, ObjectName: who.Name,
			Changes: map[string]audit.Change{"sessions": {New: n}},
		})
	})
}

// signedIn refuses nobody and the system, which have no account of their own.
func (a Actor) signedIn() error {
	if a.kind != "user" || a.User.IsZero() {
		return errToken
	}
	return nil
}
