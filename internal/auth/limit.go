package auth

import (
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// wider is how many times the limit per account and address holds for an account from everywhere, or for
// an address with every account: a whole office may sign in from one.
const wider = 30

func (s *Service) tooMany(wait time.Duration) error {
	return &errs.Error{Kind: errs.TooMany, Code: "too_many_attempts", Message: "Too many attempts. Wait a little, then try again.", RetryAfter: max(wait, time.Second)}
}

// attempt counts a try at somebody's credentials three ways. account is the folded address or name as it
// was sent, so that an unknown account is limited like a known one. Errors: TooMany.
func (s *Service) attempt(c Client, what string, t tenant.ID, account string) error {
	l := s.deps.Options.SignInLimit
	if l.Unlimited() {
		return nil
	}
	wide := ratelimit.Limit{N: l.N * wider, Per: l.Per}
	for _, use := range []struct {
		key   string
		limit ratelimit.Limit
	}{
		{what + "-from|" + c.LimitKey, wide},
		{what + "-for|" + tenantKey(t) + "|" + account, wide},
		{attemptKey(c, what, t, account), l},
	} {
		if r := s.deps.Limits.Allow(use.key, use.limit); !r.OK {
			return s.tooMany(r.RetryAfter)
		}
	}
	return nil
}

func attemptKey(c Client, what string, t tenant.ID, account string) string {
	return what + "|" + c.LimitKey + "|" + tenantKey(t) + "|" + account
}

// once counts a use of one key. Errors: TooMany.
func (s *Service) once(key string, l ratelimit.Limit) error {
	if s.deps.Options.SignInLimit.Unlimited() {
		return nil
	}
	if r := s.deps.Limits.Allow(key, l); !r.OK {
		return s.tooMany(r.RetryAfter)
	}
	return nil
}
