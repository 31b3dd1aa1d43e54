package auth

import (
	"context"
	"slices"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Actor is who acts: a signed-in user with what their role allows, or the system. It is a value that
// was checked when the request came in; services ask it and nothing else.
type Actor struct {
	Tenant    tenant.ID
	User      id.ID // zero for the system
	Name      string
	Role      string // key of the role
	Session   id.ID
	Teams     []id.ID
	Address   string
	RequestID string

	kind        string
	permissions Permissions
	probe       Probe
}

// Permissions is a set of permission names.
type Permissions map[string]struct{}

// PermissionSet makes a set.
func PermissionSet(names ...string) Permissions {
	p := make(Permissions, len(names))
	for _, n := range names {
		p[n] = struct{}{}
	}
	return p
}

// List gives the names in order.
func (p Permissions) List() []string {
	out := make([]string, 0, len(p))
	for n := range p {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// Covers reports that every permission of q is in p, or follows from one in p: x:y_all implies x:y_own.
func (p Permissions) Covers(q Permissions) bool {
	for n := range q {
		if !p.has(n) {
			return false
		}
	}
	return true
}

// NewActor makes an actor with a role's permissions. The set is shared and must not be changed.
func NewActor(t tenant.ID, user id.ID, role string, p Permissions) Actor {
	return Actor{Tenant: t, User: user, Role: role, kind: "user", permissions: p}
}

// System is the product itself at work in a workspace: jobs, imports, the command line. It may do everything.
func System(t tenant.ID, name string) Actor {
	return Actor{Tenant: t, Name: name, kind: "system"}
}

// Origin makes an actor the source of events.
func (a Actor) Origin() event.Origin {
	return event.Origin{Workspace: a.Tenant, Kind: a.kind, ID: a.User}
}

// IsSystem reports the product itself.
func (a Actor) IsSystem() bool { return a.kind == "system" }

// Permissions are what the actor may do; nil for the system.
func (a Actor) Permissions() Permissions { return a.permissions }

// Can reports a permission. "customers:read" is also held by who has customers:read_all, never by who
// has only customers:read_own: ask Reach where ownership matters.
func (a Actor) Can(permission string) bool {
	return a.probe.passes(permission, a.kind == "system" || a.permissions.has(permission))
}

// Require is Can as an error. Errors: Forbidden; Unauthenticated for nobody.
func (a Actor) Require(permission string) error {
	switch {
	case a.kind == "":
		return errs.New(errs.Unauthenticated, "unauthenticated", "Sign in first.")
	case !a.Can(permission):
		return errs.Denied(permission)
	}
	return nil
}

// Reach is how far a permission goes.
type Reach uint8

// The reaches.
const (
	None Reach = iota
	Own
	All
)

// Reach tells whether the actor holds resource:action for all objects, only for own ones, or not at all.
func (a Actor) Reach(permission string) Reach {
	switch {
	case a.Can(permission):
		return All
	case a.Can(permission + "_own"):
		return Own
	}
	return None
}

// RequireReach is Reach as an error when there is none. Errors: Forbidden, Unauthenticated.
func (a Actor) RequireReach(permission string) (Reach, error) {
	r := a.Reach(permission)
	if r == None {
		return None, a.Require(permission)
	}
	return r, nil
}

// InTeam reports membership.
func (a Actor) InTeam(team id.ID) bool { return slices.Contains(a.Teams, team) }

func (p Permissions) has(name string) bool {
	if _, ok := p[name]; ok {
		return true
	}
	if base, own := cutOwn(name); own {
		return p.has(base)
	}
	_, ok := p[name+"_all"]
	return ok
}

func cutOwn(name string) (string, bool) {
	const suffix = "_own"
	if len(name) > len(suffix) && name[len(name)-len(suffix):] == suffix {
		return name[:len(name)-len(suffix)], true
	}
	return name, false
}

type actorKey struct{}

// WithActor puts the actor of a request into its context, for the API layer to hand on as an argument.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom is the request's actor; the zero Actor is nobody and may nothing.
func ActorFrom(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}
