package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

func TestASearchAsksOnceForAllThatItShowsOfAKind(t *testing.T) {
	t.Parallel()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			p, err := begin(t.Context(), newPlace(t, e), nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.Close() })
			if err := p.found(t.Context()); err != nil {
				t.Fatal(err)
			}
			token, _ := ask(t, p, "", http.MethodPost, "/auth/login", `{"email":"`+admin+`","password":"`+password+`"}`)["token"].(string)
			for n := range 12 {
				ask(t, p, token, http.MethodPost, "/tickets", fmt.Sprintf(`{"title":"Beacon %d","description":"It blinks."}`, n))
				ask(t, p, token, http.MethodPost, "/customers", fmt.Sprintf(`{"firstName":"Beatrix","lastName":"Number %d"}`, n))
			}
			const path = "/search?kind=customer&kind=order&kind=product&kind=ticket&limit=24&q=bea"
			ask(t, p, token, http.MethodGet, path, "") // what is remembered between requests is there
			ctx, trips := db.WithCount(t.Context())
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			p.API.ServeHTTP(w, r)
			if got := strings.Count(w.Body.String(), `"Beacon `) + strings.Count(w.Body.String(), `"Beatrix `); got != 24 {
				t.Errorf("%d of 24 are shown: %s", got, w.Body)
			}
			if n := trips.Load(); n > 10 {
				t.Errorf("%d round trips", n)
			}
		})
	}
}
