package auth

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Authenticate tells who sends a request, which must carry its Client (WithClient). A request without a
// token is from nobody, an Actor that may do nothing, and no error. What a user may do is read again at
// once after a change in this process or one that is heard of (Heard), and otherwise within standingAge.
// Errors: Unauthenticated for a token that is not good, or no longer, or of another workspace than the
// host or header names; Unavailable.
func (s *Service) Authenticate(ctx context.Context, r *http.Request) (Actor, error) {
	c := ClientFrom(ctx)
	nobody := Actor{Address: c.Address, RequestID: c.RequestID}
	token := s.cookies.accessToken(r)
	if token == "" {
		return nobody, nil
	}
	return s.actorOf(ctx, c, token, nobody)
}

// AuthenticateToken is Authenticate for a token that came by another way than a header or cookie.
func (s *Service) AuthenticateToken(ctx context.Context, token string) (Actor, error) {
	c := ClientFrom(ctx)
	return s.actorOf(ctx, c, token, Actor{Address: c.Address, RequestID: c.RequestID})
}

func (s *Service) actorOf(ctx context.Context, c Client, token string, nobody Actor) (Actor, error) {
	who, err := s.signer.read(token)
	if err != nil {
		return nobody, err
	}
	named, err := s.deps.Tenants.Named(ctx, c.Host, c.Workspace)
	unknown := errs.Has(err, errs.NotFound)
	if err != nil && !unknown {
		return nobody, err
	}
	if !probeFrom(ctx).passes(checkToken, !unknown && (named == 0 || named == who.workspace)) {
		return nobody, errToken
	}
	a, err := s.standing(ctx, who)
	if err != nil {
		return nobody, err
	}
	a.Address, a.RequestID, a.probe = c.Address, c.RequestID, probeFrom(ctx)
	return a, nil
}

// StillGood reads an actor again, for streams that outlive the request that opened them.
// Errors: Unauthenticated once the session has ended or the user may no longer enter.
func (s *Service) StillGood(ctx context.Context, a Actor) (Actor, error) {
	if err := a.signedIn(); err != nil {
		return Actor{}, err
	}
	now, err := s.standing(ctx, identity{workspace: a.Tenant, user: a.User, session: a.Session})
	if err != nil {
		return Actor{}, err
	}
	now.Address, now.RequestID = a.Address, a.RequestID
	return now, nil
}

func (s *Service) standing(ctx context.Context, who identity) (Actor, error) {
	a, mark, ok := s.seen.get(who)
	if ok {
		return a, nil
	}
	w, err := s.deps.Tenants.Read(ctx, who.workspace)
	if errs.Has(err, errs.NotFound) || err == nil && w.Status != tenant.Active {
		return Actor{}, ErrSession
	}
	if err != nil {
		return Actor{}, err
	}
	err = s.db.Read(ctx, who.workspace, func(ctx context.Context, r db.Reader) error {
		st, err := readStanding(ctx, r, who.workspace, who.session, who.user)
		if errs.Has(err, errs.NotFound) {
			return ErrSession
		}
		if err != nil {
			return err
		}
		if !st.revokedAt.IsZero() || !s.clock.Now().Before(st.expiresAt) || st.user.Status != Approved {
			return ErrSession
		}
		p, err := permissionsOf(ctx, r, who.workspace, st.user.Role)
		if err != nil {
			return err
		}
		a = NewActor(who.workspace, who.user, st.user.Role.Key, p)
		a.Name, a.Session = st.user.Name, who.session
		a.Teams, err = teamsOf(ctx, r, who.workspace, who.user)
		return err
	})
	if err != nil {
		return Actor{}, err
	}
	s.seen.keep(who, a, mark)
	return a, nil
}

// How long another process's change of a session, user or role may go unseen: when it should have been heard of,
// and when it is known that it may not.
const (
	standingAge  = 30 * time.Second
	deafAge      = time.Second
	maxStandings = 50_000
)

type standingKey struct {
	workspace tenant.ID
	session   id.ID
	user      id.ID
}

type seenStanding struct {
	actor Actor
	at    time.Time
}

// standings remembers for a moment who each session is. A change forgets its workspace's; what was being
// read meanwhile is not kept, since it may be from before the change.
type standings struct {
	clock clock.Clock
	hears func() bool

	mu      sync.Mutex
	by      map[standingKey]seenStanding
	changes map[tenant.ID]int
	all     int // changes of every workspace
}

func newStandings(c clock.Clock, hears func() bool) *standings {
	if hears == nil {
		hears = func() bool { return true }
	}
	return &standings{clock: c, hears: hears, by: map[standingKey]seenStanding{}, changes: map[tenant.ID]int{}}
}

func (s *standings) get(who identity) (a Actor, mark int, ok bool) {
	age := standingAge
	if !s.hears() {
		age = deafAge
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	mark = s.changes[who.workspace] + s.all
	found, ok := s.by[standingKey{who.workspace, who.session, who.user}]
	if ok {
		if since := s.clock.Now().Sub(found.at); since < 0 || since >= age {
			ok = false
		}
	}
	return found.actor, mark, ok
}

func (s *standings) keep(who identity, a Actor, mark int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changes[who.workspace]+s.all != mark {
		return
	}
	if len(s.by) >= maxStandings {
		clear(s.by)
	}
	s.by[standingKey{who.workspace, who.session, who.user}] = seenStanding{actor: a, at: s.clock.Now()}
}

func (s *standings) forget(t tenant.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t == 0 {
		s.all++
		clear(s.by)
		return
	}
	s.changes[t]++
	for k := range s.by {
		if k.workspace == t {
			delete(s.by, k)
		}
	}
}
