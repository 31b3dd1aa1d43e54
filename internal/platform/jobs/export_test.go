package jobs

import (
	"context"
	"net/url"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// Beat is one heartbeat, without waiting for its time.
func (q *Queue) Beat(ctx context.Context) { q.beat(ctx) }

// Backoff is the wait after the n-th failure.
func (q *Queue) Backoff(failures int) time.Duration { return q.backoff(failures) }

// Statements are the texts that must go along an index, with arguments to plan them.
func Statements(e db.Engine) map[string][]any {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixMicro()
	w := db.NewWhere(3, now, now, make([]byte, 16), 8)
	db.In(w, "kind", []string{"a", "b", "c"})
	failed := db.NewWhere(3)
	p, err := Spec().Parse(url.Values{"state": {"dead"}}, nil)
	if err != nil {
		panic(err)
	}
	failedText, err := listText(failed, p)
	if err != nil {
		panic(err)
	}
	return map[string][]any{
		claimText(e, w): w.Args(),
		failedText:      failed.Args(),
		queueHeads:      {0},
		expiredJobs:     {now, now + 1_000_000},
		oldJobs:         {now, now},
		liveJob:         {3, "a", "key"},
		countQueued:     nil,
		countRunning:    nil,
		countDead:       nil,
	}
}
