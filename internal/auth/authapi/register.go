// Package authapi is sign-in, users, roles and teams on the wire.
package authapi

import (
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
)

type api struct {
	auth  *auth.Service
	clock clock.Clock
}

// Register adds the operations of sign-in and set-up, roles, teams and users.
func Register(a *httpx.API, s *auth.Service, c clock.Clock) {
	h := &api{auth: s, clock: c}
	h.registerSetup(a)
	h.registerSignIn(a)
	h.registerAccount(a)
	h.registerRoles(a)
	h.registerTeams(a)
	h.registerUsers(a)
}
