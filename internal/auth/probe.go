package auth

import "context"

// Probe is asked at every check of a permission, and of the workspace that a token is good for, with what is
// checked and how it came out; what it answers counts. It is for tests that take a check away, to see that
// somebody notices; no setting reaches it.
type Probe func(check string, ok bool) bool

type probeKey struct{}

// WithProbe puts a probe into the context of a request, before Authenticate.
func WithProbe(ctx context.Context, p Probe) context.Context {
	return context.WithValue(ctx, probeKey{}, p)
}

func probeFrom(ctx context.Context) Probe {
	p, _ := ctx.Value(probeKey{}).(Probe)
	return p
}

func (p Probe) passes(check string, ok bool) bool {
	if p == nil {
		return ok
	}
	return p(check, ok)
}

// Checks that are no permissions.
const (
	checkEverything = "everything"        // all of the catalogue
	checkGrant      = "what is handed on" // a role within one's own permissions
	checkToken      = "the token's workspace"
	checkRenewal    = "the refresh token's workspace"
)
