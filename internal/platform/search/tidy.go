package search

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// unusedFor is how long a word must have been without documents before it goes: far longer than any
// process believes a word to be known, so that no document can arrive that relies on it.
const unusedFor = time.Hour

// Tidy forgets words that no document has any more, such as the parts of a deleted customer's e-mail address.
// It looks at up to n words of one kind after the given one and returns the last, or "" at the end. A word is
// marked by one call and removed by another that comes at least an hour later.
func (x *Index) Tidy(ctx context.Context, tx db.Tx, t id.Workspace, k Kind, after string, n int) (string, error) {
	const q = `
		SELECT term, unused_since FROM search_term
		WHERE tenant_id = $1 AND kind = $2 AND term > $3
		ORDER BY term
		LIMIT $4`
	type entry struct {
		term  string
		since time.Time
	}
	entries, err := db.All(ctx, tx, func(r db.Row) (e entry, err error) { return e, r.Scan(&e.term, db.Time(&e.since)) },
		q, int64(t), k.code(), after, n)
	if err != nil {
		return "", errs.Wrapf(err, "list words")
	}
	now := x.clock.Now()
	f := finder{x: x, q: tx, t: t}
	for _, e := range entries {
		hits, err := f.ask(ctx, k, expression{{{words: []string{e.term}}}}, newest(), 1)
		if err != nil {
			return "", errs.Wrapf(err, "look for a word")
		}
		if err := tidy(ctx, tx, t, k, e.term, len(hits) > 0, e.since, now); err != nil {
			return "", errs.Wrapf(err, "tidy a word")
		}
	}
	if len(entries) < n || n <= 0 {
		return "", nil
	}
	return entries[n-1].term, nil
}

func tidy(ctx context.Context, tx db.Tx, t id.Workspace, k Kind, term string, used bool, since, now time.Time) error {
	const (
		mark   = `UPDATE search_term SET unused_since = $4 WHERE tenant_id = $1 AND kind = $2 AND term = $3`
		forget = `DELETE FROM search_term WHERE tenant_id = $1 AND kind = $2 AND term = $3 AND unused_since = $4`
	)
	var err error
	switch {
	case used && !since.IsZero():
		_, err = tx.Exec(ctx, mark, int64(t), k.code(), term, nil)
	case !used && since.IsZero():
		_, err = tx.Exec(ctx, mark, int64(t), k.code(), term, db.Micros(now))
	case !used && now.Sub(since) >= unusedFor:
		_, err = tx.Exec(ctx, forget, int64(t), k.code(), term, db.Micros(since))
	}
	return err
}
