package page

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// kept reports text that both databases keep: UTF-8 without the zero character.
func kept(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// FuzzCursor: a foreign cursor is refused by name or gives keys that a database can be asked with, and
// what it gives comes back the same from a cursor of our own.
func FuzzCursor(f *testing.F) {
	sample, err := encodeCursor("-name", "Ada", id.ID{1, 2, 3})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sample)
	f.Fuzz(func(t *testing.T, text string) {
		var name string
		var row id.ID
		if err := decodeCursor(text, "-name", &name, &row); err != nil {
			if !errs.Has(err, errs.Malformed) {
				t.Fatalf("refused as %v", err)
			}
		} else {
			if !kept(name) {
				t.Errorf("%q gives a key that PostgreSQL refuses: %q", text, name)
			}
			var again string
			var rowAgain id.ID
			next, err := encodeCursor("-name", name, row)
			if err == nil {
				err = decodeCursor(next, "-name", &again, &rowAgain)
			}
			if len(next) <= maxCursor && (err != nil || again != name || rowAgain != row) {
				t.Errorf("%q and %s come back as %q and %s: %v", name, row, again, rowAgain, err)
			}
		}
		var n int64
		if err := decodeCursor(text, "-at", &n, &row); err != nil && !errs.Has(err, errs.Malformed) {
			t.Errorf("refused as %v", err)
		}
	})
}

// FuzzFilters: whatever a query holds, a list is read or refused with the parameters' names, and what is
// read stays within the limits and can be asked of a database.
func FuzzFilters(f *testing.F) {
	spec := &Spec{Default: "-at", ID: "x.id", Fields: map[string]Field{
		"name": {Column: "x.name", Type: Text, Sort: true}, "email": {Column: "x.email", Type: Folded}, "kind": {Column: "x.kind", Enum: []string{"a", "b"}},
		"n": {Column: "x.n", Type: Number, Sort: true}, "d": {Column: "x.d", Type: Decimal, Sort: true}, "b": {Column: "x.b", Type: Bool},
		"at": {Column: "x.at", Type: Instant, Sort: true}, "day": {Column: "x.day", Type: Date}, "owner": {Column: "x.owner", Type: Ref},
	}}
	for _, seed := range []string{
		"limit=10&sort=-name&total=true&fields=name", "name=a&name=b&email=A@EXAMPLE.COM", "at[gte]=2026-01-31&at[lt]=2026-02-01T00:00:00Z", "owner=none&b=true",
		"d[gt]=NaN&n=9223372036854775808", "day=2026-02-30", "name[gte", "name[]=1", "[gte]=1", "owner[gt]=none", "kind=c&limit=-1&limit=2", "sort=--n&q=%00&email=%00&name=%ff",
		strings.Repeat("name=a&", 60), "d=1e999&d=-Inf&d=0x1p-2&n=1_000", "cursor=e30&sort=at", "at=0000-01-01&at=9999-12-31T23:59:59.999999999-23:59",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		values, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		q, err := spec.Parse(values, []string{"name", "n"})
		if err != nil {
			if !errs.Has(err, errs.Malformed) {
				t.Fatalf("refused as %v", err)
			}
			return
		}
		if q.Limit < 1 || q.Limit > MaxLimit || len(q.Filters) > maxFilters {
			t.Errorf("%q reads %d rows through %d filters", raw, q.Limit, len(q.Filters))
		}
		for _, one := range q.Filters {
			for _, v := range one.Values {
				if text, ok := v.(string); ok && !kept(text) {
					t.Errorf("%q asks the database for %q", raw, text)
				}
			}
			if len(one.Values) == 0 || len(one.Values) > maxValues || one.Op != "eq" && len(one.Values) != 1 {
				t.Errorf("%q: %s %s has %d values", raw, one.Field, one.Op, len(one.Values))
			}
		}
		if !kept(q.Text) || len(q.Text) > 200 {
			t.Errorf("%q searches for %q", raw, q.Text)
		}
		w := db.NewWhere(1)
		q.Apply(w)
		if _, err := q.Page(w); err != nil && !errs.Has(err, errs.Malformed) {
			t.Errorf("%q: %v", raw, err)
		}
		if text := w.SQL(); strings.Count(text, "(") != strings.Count(text, ")") || strings.Contains(text, "?") {
			t.Errorf("%q becomes %q", raw, text)
		}
		if _, err := json.Marshal(q.Filters); err != nil && !strings.Contains(err.Error(), "Inf") {
			t.Error(err)
		}
	})
}
