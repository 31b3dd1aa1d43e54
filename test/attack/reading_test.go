package attack

import (
	"net/http"
	"testing"

	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// A link or a picture on another site makes a browser send a GET with cookies: it must change nothing.
func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e db.Engine) {
		f := newFuzzer(t, e, 1)
		lens := &apptest.Lens{}
		before, err := lens.Read(t.Context(), f.DB)
		if err != nil {
			t.Fatal(err)
		}
		n, fine := 0, 0
		for _, id := range f.operations {
			if f.contract.by[id].method != "get" || id == "stream-events" {
				continue
			}
			s, _ := f.baseline(id)
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
				s.method = method
				n++
				had := f.statuses[2]
				if method == http.MethodGet {
					f.send(id, s)
				} else {
					f.do(call{method: method, path: api + s.path, token: f.vars["token"], header: []string{"X-HTTP-Method-Override", "DELETE", "Origin", "https://evil.example"}})
				}
				fine += f.statuses[2] - had
			}
		}
		if n < 120 || fine < 40 {
			t.Fatalf("%d requests, %d of them answered", n, fine)
		}
		after, err := lens.Read(t.Context(), f.DB)
		if err != nil {
			t.Fatal(err)
		}
		// That somebody read a letter with a secret in it is itself on record.
		for _, d := range apptest.Differences(after.Without("audit_entry"), before.Without("audit_entry"), nil) {
			t.Error(d)
		}
	})
}
