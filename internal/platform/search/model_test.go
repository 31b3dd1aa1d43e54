package search

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// model is the search as one would write it without any index.
type model struct{ docs []Doc } // oldest first

func (m *model) put(d Doc) {
	i := slices.IndexFunc(m.docs, func(o Doc) bool { return o.Kind == d.Kind && o.Object == d.Object })
	if i >= 0 {
		m.docs[i] = d
		return
	}
	m.docs = append(m.docs, d)
}

func (m *model) remove(k Kind, o id.ID) {
	m.docs = slices.DeleteFunc(m.docs, func(d Doc) bool { return d.Kind == k && d.Object == o })
}

func (m *model) find(ask Query, vocabulary map[Kind]map[string]bool) []int {
	var whole, found []Hit
	kinds := ask.Kinds
	if len(kinds) == 0 {
		kinds = Kinds()
	}
	near := map[Kind]bool{}
	for _, k := range kinds {
		near[k] = ask.Typo && k != Message && !slices.ContainsFunc(m.docs, func(d Doc) bool {
			w, f := matches(d, parse(ask.Text, k), nil)
			return d.Kind == k && (w || f)
		})
	}
	for _, d := range slices.Backward(m.docs) {
		if !slices.Contains(kinds, d.Kind) {
			continue
		}
		var words map[string]bool
		if near[d.Kind] {
			words = vocabulary[d.Kind]
		}
		w, f := matches(d, parse(ask.Text, d.Kind), words)
		switch {
		case w:
			whole = append(whole, Hit{Object: d.Object})
		case f:
			found = append(found, Hit{Object: d.Object})
		}
	}
	return objects(append(whole, found...))
}

func matches(d Doc, q question, vocabulary map[string]bool) (whole, found bool) {
	if len(q.expr) == 0 {
		return false, false
	}
	words := docWords(&d)
	whole = q.whole != "" && slices.Contains(words, wholeMark+q.whole)
	for _, g := range q.expr {
		if !slices.ContainsFunc(g, func(p phrase) bool { return contains(words, p, vocabulary) }) {
			return whole, false
		}
	}
	return whole, true
}

// contains looks for the phrase at every position; with a vocabulary one word may be a near one.
func contains(words []string, p phrase, vocabulary map[string]bool) bool {
	known := !slices.ContainsFunc(p.words[:min(len(p.words), maxNearWords)], func(w string) bool { return !vocabulary[w] })
	for at := range words {
		if at+len(p.words) > len(words) {
			return false
		}
		wrong := []int{}
		for i, w := range p.words {
			last := i == len(p.words)-1
			if words[at+i] != w && (!last || !p.prefix || !strings.HasPrefix(words[at+i], w)) {
				wrong = append(wrong, i)
			}
		}
		if len(wrong) == 0 || vocabulary != nil && len(wrong) == 1 && wrong[0] < maxNearWords && (known || !vocabulary[p.words[wrong[0]]]) && slices.Contains(nearIn(vocabulary, p.words[wrong[0]], len(p.words)), words[at+wrong[0]]) {
			return true
		}
	}
	return false
}

func nearIn(vocabulary map[string]bool, word string, length int) []string {
	w := []rune(word)
	var one, two []string
	var d distances
	for v := range vocabulary {
		switch {
		case len(w) < 4 || v == word || strings.HasPrefix(word, shortMark):
		case d.within(w, []rune(v), 1):
			one = append(one, v)
		case len(w) >= 8 && d.within(w, []rune(v), 2) && d.headWithin(w[:len(w)/2], []rune(v), 1):
			two = append(two, v)
		}
	}
	if len(one) == 0 {
		one = two
	}
	slices.Sort(one)
	if length > 1 {
		return one[:min(len(one), maxNearPhrase)]
	}
	return one[:min(len(one), maxNear)]
}

func TestFindAgreesWithASearchThatReadsEveryDocument(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newIndex()
		w := id.Workspace(100)
		word := rapid.OneOf(
			rapid.SampledFrom([]string{"ann", "anna", "Änne", "lee", "leeds", "catherine", "cathrine", "katherina", "refund", "refunds", "wet", "box", "O'Brien", "東京", "+442079460958", "44", "0"}),
			rapid.StringMatching(`[ab]{1,4}`), rapid.StringMatching(`[abc]{7,10}`), rapid.StringMatching(`[A-B]-?[0-2]{1,5}`), rapid.StringMatching(`[ab]{1,2}\.[ab]{1,3}@ex\.test`))
		text := rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(word, 0, 6).Draw(t, "words"), rapid.SampledFrom([]string{" ", " ", ", ", "-", "\x00", "  "}).Draw(t, "between"))
		})
		question := rapid.Custom(func(t *rapid.T) string {
			s := strings.Join(rapid.SliceOfN(word, 1, 3).Draw(t, "words"), rapid.SampledFrom([]string{" ", " ", "-", " \"", "\" "}).Draw(t, "between"))
			if rapid.Bool().Draw(t, "quoted") {
				s = `"` + s + `"`
			}
			if n := len([]rune(s)); rapid.Bool().Draw(t, "unfinished") {
				s = string([]rune(s)[:rapid.IntRange(1, n).Draw(t, "runes")])
			}
			return s
		})
		kind := rapid.SampledFrom([]Kind{Customer, Order, Message})
		rapid.Check(t, func(rt *rapid.T) {
			w++
			m := &model{}
			vocabulary := map[Kind]map[string]bool{Customer: {}, Order: {}, Message: {}}
			for range rapid.IntRange(1, 4).Draw(rt, "writes") {
				var docs []Doc
				for range rapid.IntRange(1, 8).Draw(rt, "docs") {
					doc := Doc{Kind: kind.Draw(rt, "kind"), Object: number64(rapid.IntRange(1, 30).Draw(rt, "object")), Title: text.Draw(rt, "title"), Body: text.Draw(rt, "body"), Exact: rapid.SliceOfN(word, 0, 2).Draw(rt, "exact")}
					docs = append(docs, doc)
				}
				put(t, x, d, w, docs...)
				// Of two with the same object in one call the later counts and the earlier is never indexed.
				for i, doc := range docs {
					m.put(doc)
					if !slices.ContainsFunc(docs[i+1:], func(o Doc) bool { return o.Kind == doc.Kind && o.Object == doc.Object }) {
						for _, v := range terms(docWords(&doc)) {
							vocabulary[doc.Kind][v] = true
						}
					}
				}
				if rapid.Bool().Draw(rt, "remove") {
					gone := docs[0]
					m.remove(gone.Kind, gone.Object)
					err := d.Write(t.Context(), w, func(ctx context.Context, tx db.Tx) error { return x.Remove(ctx, tx, w, gone.Kind, gone.Object) })
					if err != nil {
						rt.Fatal(err)
					}
				}
			}
			for range 5 {
				ask := Query{Text: question.Draw(rt, "text"), Typo: rapid.Bool().Draw(rt, "typo"), Limit: rapid.IntRange(1, 10).Draw(rt, "limit")}
				if rapid.Bool().Draw(rt, "one kind") {
					ask.Kinds = []Kind{kind.Draw(rt, "kind")}
				}
				want := m.find(ask, vocabulary)
				got := []int{}
				for {
					hits, next := find(t, x, d, w, ask)
					got = append(got, objects(hits)...)
					if ask.Cursor = next; next == "" {
						break
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					rt.Fatalf("%+v: %s", ask, diff)
				}
			}
		})
	})
}

func TestDistanceCountsEditsAndSwaps(t *testing.T) {
	t.Parallel()
	var d distances
	rapid.Check(t, func(rt *rapid.T) {
		word := []rune(rapid.StringMatching(`[abc]{1,9}`).Draw(rt, "word"))
		for _, v := range variants(word) {
			if !d.within(word, []rune(v), 1) || v != string(word) && d.within(word, []rune(v), 0) {
				rt.Fatalf("%s and %s", string(word), v)
			}
		}
		other := []rune(rapid.StringMatching(`[abc]{1,9}`).Draw(rt, "other"))
		if d.within(word, other, 1) != (string(word) == string(other) || slices.Contains(variants(word), string(other))) {
			rt.Fatalf("%s and %s", string(word), string(other))
		}
	})
}
