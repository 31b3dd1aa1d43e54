package search

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const (
	oneEditRunes  = 4 // words from here on may differ by one edit
	twoEditsRunes = 8 // and from here on by two
	maxNear       = 16
	maxNearPhrase = 6      // in a phrase, whose other words have to be read for each
	maxNearWords  = 8      // words of a phrase that are tried
	maxScan       = 20_000 // words compared for two edits
)

// nearby takes each word for itself or for the nearest words of the vocabulary; in a phrase one word may
// differ, one that nobody uses if there is any. An edit is a character left out, added, exchanged, or two neighbours
// swapped. An empty answer means that there is nothing beyond the words as they stand.
func nearby(ctx context.Context, q db.Reader, t id.Workspace, k Kind, e expression) (expression, error) {
	out := make(expression, 0, len(e))
	found := false // a word that is near
	for _, g := range e {
		strict, err := expand(ctx, q, t, k, expression{g})
		if err != nil {
			return nil, err
		}
		var wide, near group
		if len(strict) > 0 {
			wide = strict[0]
		}
		for _, p := range g {
			if !slices.ContainsFunc(p.words, correctable) {
				continue
			}
			wrong, err := suspects(ctx, q, t, k, p.words[:min(len(p.words), maxNearWords)])
			if err != nil {
				return nil, err
			}
			for _, i := range wrong {
				words, err := nearest(ctx, q, t, k, p.words[i])
				if err != nil {
					return nil, err
				}
				if len(p.words) > 1 {
					words = words[:min(len(words), maxNearPhrase)]
				}
				for _, n := range words {
					other := append([]string(nil), p.words...)
					other[i] = n
					near = append(near, phrase{words: other, prefix: p.prefix && i < len(p.words)-1})
				}
			}
		}
		finished, err := expand(ctx, q, t, k, expression{near})
		if err != nil {
			return nil, err
		}
		found = found || len(finished) > 0
		for _, g := range finished {
			wide = append(wide, g...)
		}
		if len(wide) == 0 {
			return nil, nil
		}
		out = append(out, wide)
	}
	if !found {
		return nil, nil // the words as they stand have been asked for
	}
	return out, nil
}

// suspects tells which words of a phrase may be mistaken: those that nobody uses, or all if there are none.
func suspects(ctx context.Context, q db.Reader, t id.Workspace, k Kind, words []string) ([]int, error) {
	used, err := present(ctx, q, t, k, words)
	if err != nil {
		return nil, err
	}
	var all, unused []int
	for i, w := range words {
		all = append(all, i)
		if !slices.Contains(used, w) {
			unused = append(unused, i)
		}
	}
	if len(unused) == 0 {
		return all, nil
	}
	return unused, nil
}

// correctable tells whether a word is long enough that a mistake in it can be told from another word.
func correctable(word string) bool {
	return runes(word) >= oneEditRunes && !strings.HasPrefix(word, shortMark)
}

// nearest lists the words one edit away or, if there are none and the word is long, two edits away, not both
// of them in the first half. The bound keeps those that come first by their letters.
func nearest(ctx context.Context, q db.Reader, t id.Workspace, k Kind, word string) ([]string, error) {
	if !correctable(word) {
		return nil, nil
	}
	w := []rune(word)
	found, err := present(ctx, q, t, k, variants(w))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 && len(w) >= twoEditsRunes {
		half := w[:len(w)/2]
		// Whatever is two edits away begins with something at most one edit away from the first half.
		candidates, err := starting(ctx, q, t, k, shortest(append(variants(half), string(half))), len(w)-2, len(w)+2)
		if err != nil {
			return nil, err
		}
		var d distances
		for _, c := range candidates {
			if d.within(w, []rune(c), 2) && d.headWithin(half, []rune(c), 1) {
				found = append(found, c)
			}
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return found[:min(len(found), maxNear)], nil
}

// present asks which of the words are in the vocabulary.
func present(ctx context.Context, q db.Reader, t id.Workspace, k Kind, words []string) ([]string, error) {
	from, arg, err := list(q, words)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, q, scanTerm, `
		SELECT s.term FROM `+from+` AS w
		CROSS JOIN search_term s
		WHERE s.tenant_id = $1 AND s.kind = $2 AND s.term = w.value`, int64(t), k.code(), arg)
}

// starting lists words with one of the beginnings and a number of characters between.
func starting(ctx context.Context, q db.Reader, t id.Workspace, k Kind, prefixes []string, shortestLen, longestLen int) ([]string, error) {
	from, arg, err := list(q, prefixes)
	if err != nil {
		return nil, err
	}
	text := `
		SELECT s.term FROM ` + from + ` AS w
		CROSS JOIN search_term s
		WHERE s.tenant_id = $1 AND s.kind = $2 AND s.term >= w.value AND s.term < w.value || char(1114111)
			AND length(s.term) BETWEEN $4 AND $5
		LIMIT $6`
	args := []any{int64(t), k.code(), arg, shortestLen, longestLen, maxScan}
	if q.Engine() == db.Postgres {
		text = `
		SELECT s.term FROM ` + from + ` AS w
		CROSS JOIN LATERAL (
			SELECT term FROM search_term
			WHERE tenant_id = $1 AND kind = $2 AND term >= w.value AND term < w.value || chr(1114111) COLLATE "C"
				AND length(term) BETWEEN $4 AND $5
			ORDER BY term
			LIMIT $6
		) s
		LIMIT $6`
	}
	return db.All(ctx, q, scanTerm, text, args...)
}

// variants are all words one edit away, with the letters that people may have meant.
func variants(w []rune) []string {
	letters := alphabet(w)
	out := make([]string, 0, (2*len(w)+1)*len(letters)+2*len(w))
	buf := make([]rune, 0, len(w)+1)
	for i := range len(w) + 1 {
		if i < len(w) {
			out = append(out, string(append(append(buf[:0], w[:i]...), w[i+1:]...)))
		}
		if i+1 < len(w) && w[i] != w[i+1] {
			swapped := append(buf[:0], w...)
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
			out = append(out, string(swapped))
		}
		for _, r := range letters {
			if i < len(w) && w[i] != r {
				other := append(buf[:0], w...)
				other[i] = r
				out = append(out, string(other))
			}
			if i == 0 || w[i-1] != r { // behind the same letter it would be the same word again
				out = append(out, string(append(append(append(buf[:0], w[:i]...), r), w[i:]...)))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// alphabet is Latin letters and digits, and the letters of the word's own script.
func alphabet(w []rune) []rune {
	letters := []rune("abcdefghijklmnopqrstuvwxyz0123456789")
	for _, s := range []struct {
		table *unicode.RangeTable
		set   string
	}{
		{unicode.Cyrillic, "абвгдежзийклмнопрстуфхцчшщъыьэюяєіґ"},
		{unicode.Greek, "αβγδεζηθικλμνξοπρστυφχψω"},
		{unicode.Hebrew, "אבגדהוזחטיךכלםמןנסעףפץצקרשת"},
		{unicode.Arabic, "ءابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"},
	} {
		if slices.ContainsFunc(w, func(r rune) bool { return unicode.Is(s.table, r) }) {
			letters = append(letters, []rune(s.set)...)
		}
	}
	return letters
}

// shortest drops the beginnings that another beginning already covers.
func shortest(prefixes []string) []string {
	slices.Sort(prefixes)
	out := prefixes[:0]
	for _, p := range prefixes {
		if len(out) == 0 || !strings.HasPrefix(p, out[len(out)-1]) {
			out = append(out, p)
		}
	}
	return out
}

// distances compares words by edits; it keeps its rows between calls.
type distances struct{ rows [3][]int }

// within reports that b is at most n edits away from a.
func (d *distances) within(a, b []rune, n int) bool {
	if len(a)-len(b) > n || len(b)-len(a) > n {
		return false
	}
	last := d.last(a, b)
	return last[len(b)] <= n
}

// headWithin reports that some beginning of b is at most n edits away from a.
func (d *distances) headWithin(a, b []rune, n int) bool {
	return slices.Min(d.last(a, b)) <= n
}

// last is the bottom row of the table of edits: the distance of a from each beginning of b.
func (d *distances) last(a, b []rune) []int {
	for i := range d.rows {
		if cap(d.rows[i]) < len(b)+1 {
			d.rows[i] = make([]int, len(b)+1, 2*len(b)+2)
		}
		d.rows[i] = d.rows[i][:len(b)+1]
	}
	before, above, row := d.rows[0], d.rows[1], d.rows[2]
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above
}
