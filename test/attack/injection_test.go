package attack

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// Whatever stands in a filter, an order, a cursor or a search: the answer is 200 or a refusal that names it, the
// database never complains, and no statement holds a letter of what was sent.
func TestNoQueryReachesTheTextOfAStatement(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e db.Engine) {
		f := newFuzzer(t, e, 7)
		var lists []string
		for _, id := range f.operations {
			o := f.contract.by[id]
			if o.method == "get" && len(o.queries()) > 0 && id != "stream-events" {
				lists = append(lists, id)
			}
		}
		if len(lists) < 15 {
			t.Fatalf("only %d lists", len(lists))
		}
		const mark = "zq7x"
		taken, statements := 0, 0
		check := func(t *rapid.T) {
			id := rapid.SampledFrom(lists).Draw(t, "list")
			o := f.contract.by[id]
			s, _ := f.baseline(id)
			q := url.Values{}
			marked := false
			for range rapid.IntRange(1, 3).Draw(t, "conditions") {
				name := strings.ReplaceAll(rapid.SampledFrom(append(o.queries(), "x"+mark)).Draw(t, "name"), "<key>", "shoeSize")
				name += rapid.SampledFrom([]string{"", "", "", "[gte]", "[gt]", "[lte]", "[lt]", "[" + mark + "]"}).Draw(t, "operator")
				value := mark + rapid.SampledFrom(hostileTexts).Draw(t, "value")
				switch rapid.IntRange(0, 3).Draw(t, "kind") {
				case 0:
					value = rapid.SampledFrom([]string{"1", "-9223372036854775808", "true", "none", anyID, "2026-01-31", "2026-01-31T12:00:00Z", "person", "open", "GBP", "1.5", "Inf"}).Draw(t, "plain")
				case 1:
					value = rapid.StringN(0, 40, 120).Draw(t, "free") + mark
				}
				if len(value) > 900 {
					value = value[:900]
				}
				marked = marked || strings.Contains(value, mark)
				q.Add(name, strings.ToValidUTF8(value, ""))
			}
			for _, had := range s.query {
				if !q.Has(had[0]) {
					q.Set(had[0], had[1])
				}
			}
			ctx, record := db.WithRecord(context.Background())
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, api+s.path+"?"+q.Encode(), http.NoBody)
			r.Header.Set("Authorization", "Bearer "+f.vars["token"])
			w := httptest.NewRecorder()
			f.handler.ServeHTTP(w, r)
			switch w.Code {
			case http.StatusOK:
				taken++
			case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusNotFound:
			default:
				t.Fatalf("%s?%s: %d %s", s.path, q.Encode(), w.Code, w.Body)
			}
			for _, st := range record.Statements() {
				statements++
				if strings.Contains(strings.ToLower(st.Text), mark) {
					t.Fatalf("%s?%s reaches the statement %s", s.path, q.Encode(), st.Text)
				}
			}
		}
		for range 10 { // a hundred each
			rapid.Check(t, check)
		}
		if taken == 0 || statements == 0 {
			t.Errorf("%d requests were taken, %d statements seen", taken, statements)
		}
		for _, text := range slices.Concat(hostileTexts, []string{"a\" OR \"b", "NEAR/3", "{a b}: c", "a:b:c", "'a' <1> 'b'", ":*", "&&", "\\:*", "''''", "a\\"}) {
			if len(text) > 190 || strings.ContainsRune(text, 0) {
				continue
			}
			for _, list := range []string{"/search?q=", "/tickets?q=", "/customers?q=", "/orders?q=", "/products?q=", "/users?q="} {
				if w := f.do(call{path: api + list + url.QueryEscape(text), token: f.vars["token"]}); w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
					t.Errorf("%s%q: %d %s", list, text, w.Code, w.Body)
				}
			}
		}
	})
}
