package search

import (
	"strings"
	"unicode/utf8"
)

const (
	// gap stands between the fields of a document, so that no phrase runs from one into the next, and for
	// what is left out. No letter or digit folds to it.
	gap = "¬"
	// wholeMark leads the word that stands for an entire identifier.
	wholeMark = "§"
	// shortMark leads a telephone number without its country code. It keeps these out of the vocabulary,
	// where they would be three words per customer that nobody else has.
	shortMark = "†"

	maxDocWords  = 8000      // PostgreSQL keeps positions up to 16,383
	maxDocBytes  = 256 << 10 // and a megabyte per document
	maxPositions = 255       // and so many positions of one word
)

// docWords is the sequence of words that stands for a document, the same for both engines.
func docWords(d *Doc) []string {
	w := docWriter{words: make([]string, 0, 16+len(d.Body)/5)}
	w.text(d.Title)
	for _, e := range d.Exact {
		w.identifier(e)
	}
	w.text(d.Body) // last, because it is what gets cut when a document is too long
	return w.words
}

type docWriter struct {
	words []string
	bytes int
	seen  map[string]int // only counted in long documents
}

func (w *docWriter) add(word string) bool {
	if len(w.words) >= maxDocWords || w.bytes >= maxDocBytes {
		return false
	}
	if len(w.words) > maxPositions {
		if w.seen == nil {
			w.seen = make(map[string]int)
			for _, s := range w.words {
				w.seen[s]++
			}
		}
		if w.seen[word]++; w.seen[word] > maxPositions {
			word = gap
		}
	}
	w.words = append(w.words, word)
	w.bytes += len(word)
	return true
}

func (w *docWriter) text(s string) {
	if s == "" {
		return
	}
	if len(w.words) > 0 {
		w.add(gap)
	}
	cut(s, w.add)
}

// identifier makes an e-mail address, number or code findable by its parts, as one word without its
// punctuation, and as a whole. A phone number is also findable without its country code.
func (w *docWriter) identifier(s string) {
	parts := Words(s)
	if len(parts) == 0 {
		return
	}
	one := compact(parts)
	w.text(s)
	w.add(gap)
	w.add(wholeMark + one)
	if len(parts) > 1 {
		w.add(gap)
		w.add(one)
	}
	if strings.HasPrefix(s, "+") && digits(one) && len(one) > 7 {
		for cc := 1; cc <= 3; cc++ { // country codes have one to three digits
			w.add(gap)
			w.add(shortMark + one[cc:])
		}
	}
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// terms are the document's different words that belong in the vocabulary.
func terms(words []string) []string {
	seen := make(map[string]struct{}, len(words))
	out := make([]string, 0, len(words))
	for _, w := range words {
		if w == gap || strings.HasPrefix(w, wholeMark) || strings.HasPrefix(w, shortMark) {
			continue
		}
		if _, ok := seen[w]; !ok {
			seen[w] = struct{}{}
			out = append(out, w)
		}
	}
	return out
}

func runes(s string) int { return utf8.RuneCountInString(s) }
