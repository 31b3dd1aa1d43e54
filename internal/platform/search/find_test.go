package search

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

const here id.Workspace = 7

func newIndex() *Index { return New(clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))) }

func number64(n int) id.ID {
	var o id.ID
	o[6], o[8] = 0x70, 0x80
	o[14], o[15] = byte(n>>8), byte(n)
	return o
}

func put(t testing.TB, x *Index, d *db.DB, w id.Workspace, docs ...Doc) {
	t.Helper()
	err := d.Write(t.Context(), w, func(ctx context.Context, tx db.Tx) error { return x.PutMany(ctx, tx, w, docs) })
	if err != nil {
		t.Fatal(err)
	}
}

func find(t testing.TB, x *Index, d *db.DB, w id.Workspace, ask Query) ([]Hit, string) {
	t.Helper()
	var hits []Hit
	var next string
	err := d.Read(t.Context(), w, func(ctx context.Context, q db.Reader) (err error) {
		hits, next, err = x.Find(ctx, q, w, ask)
		return err
	})
	if err != nil {
		t.Fatalf("find %q: %v", ask.Text, err)
	}
	return hits, next
}

func objects(hits []Hit) []int {
	out := []int{}
	for _, h := range hits {
		out = append(out, int(h.Object[14])<<8|int(h.Object[15]))
	}
	return out
}

func brand() []Doc {
	docs := []Doc{
		{Kind: Customer, Title: "Ann Lee", Exact: []string{"ann.lee@example.com", "+442079460958"}},
		{Kind: Customer, Title: "José Núñez", Body: "Äpfel GmbH", Exact: []string{"jose_nunez@example.test"}},
		{Kind: Customer, Title: "Catherine O’Brien", Exact: []string{"kate+shop@mail.example.com", "+15550123"}},
		{Kind: Customer, Title: "山田太郎", Exact: []string{"taro@example.com"}},
		{Kind: Customer, Title: "محمد علي"},
		{Kind: Order, Exact: []string{"ORD-10042"}, Title: "Ann Lee"},
		{Kind: Order, Exact: []string{"1004"}},
		{Kind: Order, Exact: []string{"10040"}},
		{Kind: Order, Exact: []string{"10041"}},
		{Kind: Product, Title: "White hanging heart T-light holder", Exact: []string{"85123A"}},
		{Kind: Ticket, Title: "Parcel damaged on arrival", Body: "the box was wet", Exact: []string{"#1207"}},
		{Kind: Message, Parent: number64(11), Body: "My parcel arrived damaged. Please refund 20 EUR to Straße 5."},
		{Kind: Message, Parent: number64(11), Body: "damaged the parcel was, REFUNDED it is 😀"},
		{Kind: Message, Parent: number64(11), Body: "hello"},
	}
	for i := range docs {
		docs[i].Object = number64(i + 1)
	}
	return docs
}

func TestFindAnswersTheSameOnBothEngines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text  string
		kinds []Kind
		typo  bool
		want  []int
	}{
		{"ann", nil, false, []int{6, 1}},
		{"an", nil, false, []int{6, 1}},
		{"ANN LE", nil, false, []int{6, 1}},
		{"lee ann", []Kind{Customer}, false, []int{1}},
		{`"lee ann"`, []Kind{Customer}, false, []int{}},
		{`"ann lee"`, []Kind{Customer}, false, []int{1}},
		{`"ann le"`, []Kind{Customer}, false, []int{}},
		{`"ann le`, []Kind{Customer}, false, []int{1}},
		{"ann.lee@example.com", nil, false, []int{1}},
		{"ann.lee@exam", nil, false, []int{1}},
		{"annlee", nil, false, []int{1}},
		{"example.com", nil, false, []int{4, 3, 1}},
		{"020 7946 0958", nil, false, []int{1}},
		{"+44 (0)20 7946 0958", nil, false, []int{1}},
		{"+44 20-7946-09", nil, false, []int{1}},
		{"02079460958", nil, false, []int{1}},
		{"2079460", nil, false, []int{1}},
		{"jose nunez", nil, false, []int{2}},
		{"JOSÉ NÚ", nil, false, []int{2}},
		{"apfel", nil, false, []int{2}},
		{"obrien", nil, false, []int{3}},
		{"O'Brien", nil, false, []int{3}},
		{"太郎", nil, false, []int{4}},
		{"山郎", nil, false, []int{}},
		{"محم", nil, false, []int{5}},
		{"ord-10042", nil, false, []int{6}},
		{"ORD10042", nil, false, []int{6}},
		{"10042", nil, false, []int{6}},
		{"1004", []Kind{Order}, false, []int{7, 9, 8, 6}}, // the order of that number first
		{"#1207", nil, false, []int{11}},
		{"85123a", nil, false, []int{10}},
		{"t-light", nil, false, []int{10}},
		{"parcel damaged", []Kind{Message}, false, []int{13, 12}},
		{`"parcel arrived"`, []Kind{Message}, false, []int{12}},
		{"refu", []Kind{Message}, false, []int{13, 12}},
		{"refund", []Kind{Message}, false, []int{13, 12}},
		{"refund 20", []Kind{Message}, false, []int{12}},
		{"re", []Kind{Message}, false, []int{}},
		{"strasse", nil, false, []int{12}},
		{"parcel", nil, false, []int{13, 12, 11}},
		{"cathrine", nil, false, []int{}},
		{"cathrine", nil, true, []int{3}},
		{"katherine", nil, true, []int{3}}, // one edit
		{"catehrnie", nil, true, []int{3}}, // two edits
		{"ann lee@exmaple.com", []Kind{Customer}, true, []int{1}},
		{"ann.lee@exmaple.com", []Kind{Customer}, true, []int{1}},
		{"ord-10024", []Kind{Order}, true, []int{6}},
		{"10043", []Kind{Order}, true, []int{9, 8, 7, 6}},
		{"helo", []Kind{Message}, true, []int{}},
		{"lea", nil, true, []int{}}, // too short for a mistake
		{"", nil, true, []int{}},
		{"  \t ", nil, true, []int{}},
		{"😀", nil, true, []int{}},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newIndex()
		put(t, x, d, here, brand()...)
		put(t, x, d, here+1, brand()[0])
		for _, tt := range tests {
			hits, _ := find(t, x, d, here, Query{Text: tt.text, Kinds: tt.kinds, Typo: tt.typo})
			if diff := cmp.Diff(tt.want, objects(hits)); diff != "" {
				t.Errorf("%q %v: %s", tt.text, tt.kinds, diff)
			}
		}
	})
}

func TestAHitCarriesItsParentAndHowItWasFound(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newIndex()
		put(t, x, d, here, brand()...)
		message, _ := find(t, x, d, here, Query{Text: "hello"})
		whole, _ := find(t, x, d, here, Query{Text: "1004", Kinds: []Kind{Order}})
		near, _ := find(t, x, d, here, Query{Text: "cathrine", Typo: true})
		if len(message) != 1 || message[0].Kind != Message || message[0].Parent != number64(11) {
			t.Errorf("message: %+v", message)
		}
		if !whole[0].Whole || whole[1].Whole || !near[0].Near || whole[0].Near {
			t.Errorf("whole %+v, near %+v", whole, near)
		}
	})
}

func TestReplacedAndRemovedDocumentsAreNoLongerFound(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newIndex()
		put(t, x, d, here, brand()...)
		renamed := Doc{Kind: Customer, Object: number64(1), Title: "Bea Lee"}
		put(t, x, d, here, renamed, renamed)
		err := d.Write(t.Context(), here, func(ctx context.Context, tx db.Tx) error {
			if err := x.Remove(ctx, tx, here, Order, number64(6)); err != nil {
				return err
			}
			if err := x.Remove(ctx, tx, here, Order, number64(6)); err != nil {
				return err
			}
			return x.Remove(ctx, tx, here+1, Order, number64(7))
		})
		if err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string][]int{"ann": {}, "lee": {1}, "bea": {1}, "10042": {}, "1004": {7, 9, 8}} {
			hits, _ := find(t, x, d, here, Query{Text: text})
			if diff := cmp.Diff(want, objects(hits)); diff != "" {
				t.Errorf("%q: %s", text, diff)
			}
		}
		put(t, x, d, here, brand()[5])
		if hits, _ := find(t, x, d, here, Query{Text: "ann"}); len(hits) != 1 {
			t.Errorf("put again: %v", objects(hits))
		}
	})
}

func TestAFailedWriteLeavesNoTraceAndLosesNoWordLater(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newIndex()
		_ = d.Write(t.Context(), here, func(ctx context.Context, tx db.Tx) error {
			if err := x.Put(ctx, tx, here, brand()...); err != nil {
				t.Error(err)
			}
			return context.Canceled
		})
		if hits, _ := find(t, x, d, here, Query{Text: "cather"}); len(hits) != 0 {
			t.Errorf("found %v", objects(hits))
		}
		put(t, x, d, here, brand()...)
		if hits, _ := find(t, x, d, here, Query{Text: "cather"}); len(hits) != 1 {
			t.Errorf("found %v", objects(hits))
		}
	})
}

func TestPagesFollowEachOtherWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newIndex()
		var docs []Doc
		for i := range 130 {
			k := []Kind{Customer, Ticket, Message}[i%3]
			docs = append(docs, Doc{Kind: k, Object: number64(i + 1), Title: "common catherine", Exact: []string{fmt.Sprint("N", 100+i/40)}})
		}
		put(t, x, d, here, docs...)
		for _, ask := range []Query{{Text: "comm", Limit: 7}, {Text: "n102", Limit: 7}, {Text: "cathrine", Typo: true, Limit: 9, Kinds: []Kind{Customer, Ticket}}} {
			seen := map[id.ID]bool{}
			want := map[string]int{"comm": 130, "n102": 40, "cathrine": 87}[ask.Text]
			for range 40 {
				hits, next := find(t, x, d, here, ask)
				for _, h := range hits {
					if seen[h.Object] {
						t.Errorf("%q: %v twice", ask.Text, objects([]Hit{h}))
					}
					seen[h.Object] = true
				}
				if ask.Cursor = next; next == "" {
					break
				}
			}
			if len(seen) != want || ask.Cursor != "" {
				t.Errorf("%q: %d found, want %d, cursor %q", ask.Text, len(seen), want, ask.Cursor)
			}
		}
	})
}

func TestWorkspacesAreKeptApart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newIndex()
		for w := range id.Workspace(4) {
			put(t, x, d, 1<<22+w, Doc{Kind: Customer, Object: number64(int(w)), Title: fmt.Sprint("Catherine secret", w)}, Doc{Kind: Message, Object: number64(int(w)), Body: "shared words"})
		}
		for _, text := range []string{"catherine", "cathrine", "shared", "secret0"} {
			hits, _ := find(t, x, d, 1<<22+2, Query{Text: text, Typo: true})
			if diff := cmp.Diff([]int{2}, objects(hits)); diff != "" {
				t.Errorf("%q: %s", text, diff)
			}
		}
		if hits, _ := find(t, x, d, 99, Query{Text: "catherine", Typo: true}); len(hits) != 0 {
			t.Errorf("an empty workspace sees %v", objects(hits))
		}
	})
}

func hostile() []string {
	return []string{
		"\x00", "a\x00b", "'", `"`, `""`, `"""`, `" OR 1=1 --`, "NEAR(a b)", "a AND", "NOT", "-a", "a*", "*", "^a", "a:b", "{words}: a",
		"a & b | !c", "a <-> b", "':*", `\`, `\'`, "(((", ")))", "%", "_", "\xff\xfe", "a\xffb", "§", "¬", "¶5.7", "§ann", "\u202eabc", "שלום", "👩‍👩‍👧 family",
		strings.Repeat("a", 10_000), strings.Repeat("a ", 5000), strings.Repeat(`"a" `, 2000), strings.Repeat("é", 3000), strings.Repeat("0 ", 200), strings.Repeat("a-", 200),
		strings.Repeat("(", 3000), "a\u0301\u0301\u0301", strings.Repeat("\u0301", 500), "\u2028", "ﷺ", "İı", "½", "１２３４５６", "+" + strings.Repeat("9", 90), "00000000", "$1", "$$", "?1",
	}
}

func TestHostileTextIsIndexedAndAskedWithoutError(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newIndex()
		for i, s := range hostile() {
			put(t, x, d, here, Doc{Kind: Customer, Object: number64(2*i + 1), Title: s, Body: s, Exact: []string{s}}, Doc{Kind: Message, Object: number64(2*i + 2), Body: s})
		}
		for _, s := range hostile() {
			find(t, x, d, here, Query{Text: s, Typo: true})
			find(t, x, d, here, Query{Text: s + " catherine", Typo: true})
			find(t, x, d, here, Query{Text: `"` + s + `"`, Typo: true})
		}
	})
}

func TestAVeryLongDocumentIsCutTheSameOnBothEngines(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&b, "the w%d ", i)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newIndex()
		put(t, x, d, here, Doc{Kind: Message, Object: number64(1), Body: b.String()})
		put(t, x, d, here, Doc{Kind: Message, Object: number64(2), Body: strings.Repeat("𝔘nicode"+strings.Repeat("я", 60)+" ", 40_000)})
		for text, want := range map[string]int{`"the w200"`: 1, `"the w260"`: 0, "w260": 1, "w3990": 1, `"w4100"`: 0} {
			if hits, _ := find(t, x, d, here, Query{Text: text}); len(hits) != want {
				t.Errorf("%s: %v", text, objects(hits))
			}
		}
	})
}

func TestWrongQuestionsAndDocumentsAreInvalid(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newIndex()
		_ = d.Read(t.Context(), here, func(ctx context.Context, q db.Reader) error {
			for _, ask := range []Query{
				{Text: "a", Limit: -1},
				{Text: "a", Limit: 101},
				{Text: "a", Kinds: []Kind{"tag"}},
				{Text: "a", Kinds: []Kind{Order, Order}},
				{Text: "a", Cursor: "?"},
				{Text: "a", Cursor: "AAAA"},
				{Text: "a", Cursor: strings.Repeat("_", 34)},
			} {
				if _, _, err := x.Find(ctx, q, here, ask); !errs.Has(err, errs.Invalid) {
					t.Errorf("%+v: %v", ask, err)
				}
			}
			return nil
		})
		_ = d.Write(t.Context(), here, func(ctx context.Context, tx db.Tx) error {
			for _, doc := range []Doc{{Kind: "tag", Object: number64(1)}, {Kind: Order}} {
				if err := x.Put(ctx, tx, here, doc); !errs.Has(err, errs.Invalid) {
					t.Errorf("%+v: %v", doc, err)
				}
			}
			if err := x.Remove(ctx, tx, here, "tag", number64(1)); !errs.Has(err, errs.Invalid) {
				t.Error(err)
			}
			return x.Put(ctx, tx, here)
		})
	})
}

func TestWordsAreFolded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Ärger Straße Łódź Øre": "arger strasse lodz ore", "don't DON’T": "dont dont", "a.b@c-d_e": "a b c d e",
		"İstanbul ISTANBUL": "istanbul istanbul", "ΣΊΣΥΦΟΣ": "σισυφοσ", "東京tower": "東 京 tower", "ﬁne １２": "fine 12", "a\u00adb": "ab",
	} {
		if got := strings.Join(Words(text), " "); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
