package search

import (
	"context"
	"encoding/json"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// learn adds the words that are new to the vocabulary. Known ones cost nothing, which makes a message cheap:
// nearly all of its words were used before.
func (x *Index) learn(ctx context.Context, tx db.Tx, t id.Workspace, rows []row) error {
	now := x.clock.Now()
	for _, k := range Kinds() {
		var fresh []string
		for _, r := range rows {
			if r.doc.Kind != k {
				continue
			}
			for _, w := range terms(r.words) {
				if !x.known.has(t, k, w, now) {
					fresh = append(fresh, w)
				}
			}
		}
		if len(fresh) == 0 {
			continue
		}
		slices.Sort(fresh) // writers that meet wait for each other in the same order
		fresh = slices.Compact(fresh)
		if err := addTerms(ctx, tx, t, k, fresh); err != nil {
			return err
		}
		tx.AfterCommit(func() { x.known.add(t, k, fresh, now) })
	}
	return nil
}

// addTerms leaves words alone that are there, so that writers do not queue up for them, and takes the mark
// of Tidy from those that carry it.
func addTerms(ctx context.Context, tx db.Tx, t id.Workspace, k Kind, fresh []string) error {
	const (
		lite = `
			INSERT INTO search_term (tenant_id, kind, term) VALUES ($1, $2, $3)
			ON CONFLICT (tenant_id, kind, term) DO UPDATE SET unused_since = NULL WHERE unused_since IS NOT NULL`
		// The OFFSET keeps the planner from joining: it would read the whole vocabulary to add one word.
		full = `
			INSERT INTO search_term (tenant_id, kind, term)
			SELECT $1, $2, w.value FROM (SELECT v COLLATE "C" AS value FROM unnest($3::text[]) AS u (v)) AS w
			WHERE NOT EXISTS (SELECT 1 FROM search_term s WHERE s.tenant_id = $1 AND s.kind = $2 AND s.term = w.value AND s.unused_since IS NULL OFFSET 0)
			ON CONFLICT (tenant_id, kind, term) DO UPDATE SET unused_since = NULL`
	)
	if tx.Engine() == db.Postgres {
		return tx.Later(ctx, full, int64(t), k.code(), fresh)
	}
	for _, w := range fresh {
		if _, err := tx.Exec(ctx, lite, int64(t), k.code(), w); err != nil {
			return err
		}
	}
	return nil
}

// list makes texts a table with the column value, as argument $3: an array or a JSON list.
func list(q db.Reader, texts []string) (string, any, error) {
	if q.Engine() == db.Postgres {
		return `(SELECT v COLLATE "C" AS value FROM unnest($3::text[]) AS u (v))`, texts, nil
	}
	b, err := json.Marshal(texts)
	return `json_each($3)`, string(b), err
}

const (
	knownSize = 200_000          // words per generation; about 8 MB
	knownAge  = 10 * time.Minute // of a generation; a word is believed known for at most two
)

// known remembers words that are surely in the vocabulary, in two generations so that forgetting is cheap.
type known struct {
	mu       sync.Mutex
	seed     maphash.Seed
	now, old map[uint64]struct{}
	started  time.Time
}

// key never repeats for different words but once in about 10^9 fills of the cache; then a word would be
// missing from prefixes until its next use.
func (n *known) key(t id.Workspace, k Kind, word string) uint64 {
	return maphash.Comparable(n.seed, struct {
		t    id.Workspace
		k    Kind
		word string
	}{t, k, word})
}

// turn starts a new generation when it is time; the caller holds the lock.
func (n *known) turn(now time.Time) {
	if n.now != nil && len(n.now) < knownSize && now.Sub(n.started) < knownAge {
		return
	}
	if n.now == nil {
		n.seed = maphash.MakeSeed()
	}
	n.old = n.now
	if now.Sub(n.started) >= 2*knownAge {
		n.old = nil
	}
	n.now = make(map[uint64]struct{}, len(n.old))
	n.started = now
}

func (n *known) has(t id.Workspace, k Kind, word string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.turn(now)
	key := n.key(t, k, word)
	if _, ok := n.now[key]; ok {
		return true
	}
	_, ok := n.old[key]
	return ok
}

// add remembers words as of the moment when the database was asked.
func (n *known) add(t id.Workspace, k Kind, words []string, asked time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.turn(asked)
	for _, w := range words {
		n.now[n.key(t, k, w)] = struct{}{}
	}
}

const (
	maxExpansion = 64 // words that stand in for a prefix
	litePrefix   = 3  // prefixes up to here have an index of their own on SQLite
)

// expand replaces unfinished words by the words that begin so, when there are few: SQLite reads a handful of
// exact words newest first, but for a prefix gathers all matches before the first is known. PostgreSQL gathers
// in any case, and does so faster for one prefix than for many words. An empty answer means that nothing
// can match.
func expand(ctx context.Context, q db.Reader, t id.Workspace, k Kind, e expression) (expression, error) {
	if q.Engine() == db.Postgres {
		if slices.ContainsFunc(e, func(g group) bool { return len(g) == 0 }) {
			return nil, nil
		}
		return e, nil
	}
	out := make(expression, 0, len(e))
	for _, g := range e {
		var wide group
		for _, p := range g {
			if !p.prefix || strings.HasPrefix(p.last(), shortMark) || runes(p.last()) <= litePrefix {
				wide = append(wide, p)
				continue
			}
			words, err := beginning(ctx, q, t, k, p.last(), maxExpansion+1)
			if err != nil {
				return nil, err
			}
			if len(words) > maxExpansion {
				wide = append(wide, p)
				continue
			}
			for _, w := range words {
				wide = append(wide, p.with(w))
			}
		}
		if len(wide) == 0 {
			return nil, nil
		}
		out = append(out, wide)
	}
	return out, nil
}

// beginning lists words with a prefix, in order.
func beginning(ctx context.Context, r db.Reader, t id.Workspace, k Kind, prefix string, limit int) ([]string, error) {
	const q = `
		SELECT term FROM search_term
		WHERE tenant_id = $1 AND kind = $2 AND term >= $3 AND term < $4
		ORDER BY term
		LIMIT $5`
	return db.All(ctx, r, scanTerm, q, int64(t), k.code(), prefix, prefix+"\U0010ffff", limit)
}

func scanTerm(r db.Row) (string, error) {
	var s string
	err := r.Scan(&s)
	return s, err
}
