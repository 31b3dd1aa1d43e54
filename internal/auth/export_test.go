package auth

import "context"

// RemoveOldSessions is the periodic task, for its test.
func (s *Service) RemoveOldSessions(ctx context.Context) error { return s.removeOldSessions(ctx) }
