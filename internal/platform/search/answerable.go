package search

import (
	"context"
	"strconv"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// answerable asks the vocabulary once, for all kinds, which words of a question there are, and leaves out what
// can match nothing: phrases with a word that the kind has not, then questions with a part that is left empty.
// While somebody types, most kinds have nothing to offer, and looking for it would cost more than this.
func answerable(ctx context.Context, q db.Reader, t id.Workspace, kinds []Kind, questions map[Kind]question) (map[Kind]expression, error) {
	out := make(map[Kind]expression, len(kinds))
	if len(kinds) == 1 { // one look for the words and one for the documents is no gain
		out[kinds[0]] = questions[kinds[0]].expr
		return out, nil
	}
	asked := map[entry]bool{}
	for _, k := range kinds {
		for _, g := range questions[k].expr {
			for _, p := range g {
				for i, w := range p.words {
					if inVocabulary(w) {
						asked[entry{k.code(), w, p.prefix && i == len(p.words)-1}] = true
					}
				}
			}
		}
	}
	there, err := entries(ctx, q, t, asked)
	if err != nil {
		return nil, err
	}
	for _, k := range kinds {
		out[k] = questions[k].expr.among(func(w string, prefix bool) bool { return !inVocabulary(w) || there[entry{k.code(), w, prefix}] })
	}
	return out, nil
}

// inVocabulary tells whether a word is of those that the vocabulary keeps.
func inVocabulary(word string) bool {
	return !strings.HasPrefix(word, wholeMark) && !strings.HasPrefix(word, shortMark)
}

// among keeps the phrases whose words are all there; nil when a group has none left.
func (e expression) among(has func(word string, prefix bool) bool) expression {
	out := make(expression, 0, len(e))
	for _, g := range e {
		var kept group
		for _, p := range g {
			all := true
			for i, w := range p.words {
				all = all && has(w, p.prefix && i == len(p.words)-1)
			}
			if all {
				kept = append(kept, p)
			}
		}
		if len(kept) == 0 {
			return nil
		}
		out = append(out, kept)
	}
	return out
}

// entry is a word of a kind, or the beginning of one.
type entry struct {
	kind   int64
	word   string
	prefix bool
}

// entries tells which of them the vocabulary has. Plan: a probe of its key for each.
func entries(ctx context.Context, q db.Reader, t id.Workspace, asked map[entry]bool) (map[entry]bool, error) {
	out := make(map[entry]bool, len(asked))
	if len(asked) == 0 {
		return out, nil
	}
	all := make([]entry, 0, len(asked))
	parts := make([]string, 0, len(asked))
	w := db.NewWhere(t)
	for e := range asked {
		last := e.word
		if e.prefix {
			last += "\U0010ffff"
		}
		parts = append(parts, `SELECT `+strconv.Itoa(len(all))+` WHERE EXISTS (SELECT 1 FROM search_term s WHERE s.tenant_id = $1 AND s.kind = `+w.Arg(e.kind)+
			` AND s.term >= `+w.Arg(e.word)+` AND s.term <= `+w.Arg(last)+`)`)
		all = append(all, e)
	}
	found, err := db.All(ctx, q, func(r db.Row) (n int64, err error) { return n, r.Scan(&n) }, strings.Join(parts, " UNION ALL "), w.Args()...)
	for _, n := range found {
		out[all[n]] = true
	}
	return out, err
}
