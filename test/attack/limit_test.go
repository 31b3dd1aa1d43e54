package attack

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// Over each limit there is a refusal that names it, and nothing is written.
func TestEveryLimitRefusesAndWritesNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e db.Engine) {
		p := begin(t, e)
		var ticket, group made
		p.must(call{method: http.MethodPost, path: api + "/tickets", token: p.token, body: `{"title":"Where is it","description":"It should be here."}`}, &ticket)
		p.must(call{method: http.MethodPost, path: api + "/groups", token: p.token, body: `{"name":"Shops"}`}, &group)
		p.drain()
		ids := func(n int) []string {
			out := make([]string, n)
			for i := range out {
				out[i] = anyID
			}
			return out
		}
		many := func(n int, v any) []any {
			out := make([]any, n)
			for i := range out {
				out[i] = v
			}
			return out
		}
		words := func(n int) []string {
			out := make([]string, n)
			for i := range out {
				out[i] = "tag " + strings.Repeat("x", i%30) + string(rune('a'+i%26))
			}
			return out
		}
		parts := func(n int) (string, string) {
			var b bytes.Buffer
			m := multipart.NewWriter(&b)
			for range n {
				if err := m.WriteField("x", "y"); err != nil {
					t.Fatal(err)
				}
			}
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
			return b.String(), m.FormDataContentType()
		}
		fields, fieldsKind := parts(2000)
		large, largeKind := form("a.txt", "text/plain", bytes.Repeat([]byte("a"), 10<<20+1))
		thread := "/tickets/" + ticket.ID + "/messages"
		before := p.rows()
		for name, c := range map[string]struct {
			call
			status int
			says   string
		}{
			"body":           {call{method: "POST", path: "/customers", body: `{"firstName":"` + strings.Repeat("a", 1<<20) + `"}`}, 413, "1048576 bytes"},
			"JSON depth":     {call{method: "POST", path: "/customers", body: `{"fields":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`}, 400, "64 levels"},
			"query":          {call{path: "/customers?q=" + strings.Repeat("a", 17<<10)}, 400, "16 KiB"},
			"search words":   {call{path: "/customers?q=" + strings.Repeat("a", 201)}, 400, "200 bytes"},
			"filters":        {call{path: "/customers?" + strings.Repeat("createdAt[gte]=2026-01-31&", 1) + manyFilters()}, 400, "at most 20"},
			"filter values":  {call{path: "/customers?" + strings.Repeat("country=GB&", 51)}, 400, "at most 50"},
			"page size":      {call{path: "/customers?limit=201"}, 400, "1 to 200"},
			"page size zero": {call{path: "/customers?limit=0"}, 400, "1 to 200"},
			"cursor":         {call{path: "/customers?cursor=" + strings.Repeat("a", 2000)}, 400, "cursor"},
			"batch":          {call{method: "PATCH", path: "/customers/batch", body: asJSON(map[string]any{"customers": many(1001, map[string]any{"id": anyID, "level": "x"})})}, 422, "1000"},
			"group members":  {call{method: "POST", path: "/groups/" + group.ID + "/customers", body: asJSON(map[string]any{"customerIds": ids(1001)})}, 422, "1000"},
			"team members":   {call{method: "POST", path: "/teams", body: asJSON(map[string]any{"name": "Big", "memberIds": ids(1001)})}, 422, "1000"},
			"tags":           {call{method: "POST", path: "/tickets", body: asJSON(map[string]any{"title": "x", "description": "x", "tags": words(51)})}, 422, "50"},
			"title":          {call{method: "POST", path: "/tickets", body: asJSON(map[string]any{"title": strings.Repeat("x", 301), "description": "x"})}, 422, "300"},
			"message":        {call{method: "POST", path: thread, body: asJSON(map[string]any{"body": strings.Repeat("x", 100_001)})}, 422, "100000"},
			"attachments":    {call{method: "POST", path: thread, body: asJSON(map[string]any{"body": "x", "attachments": ids(11)})}, 422, "10"},
			"mentions":       {call{method: "POST", path: thread, body: asJSON(map[string]any{"body": "x", "internal": true, "mentions": ids(21)})}, 422, "20"},
			"password":       {call{method: "POST", path: "/users", body: asJSON(map[string]any{"name": "x", "email": "x@example.com", "roleId": p.role("agent"), "password": strings.Repeat("Aa1-", 51)})}, 422, "200"},
			"upload":         {call{method: "POST", path: "/media/upload", body: large, kind: largeKind}, 413, "10 MiB"},
			"form parts":     {call{method: "POST", path: "/media/upload", body: fields, kind: fieldsKind}, 422, "form"},
			"key":            {call{method: "POST", path: "/tags", body: `{"name":"x"}`, header: []string{"Idempotency-Key", strings.Repeat("k", 256)}}, 400, "255"},
		} {
			c.token, c.path = p.token, api+c.path
			w := p.do(c.call)
			if w.Code != c.status {
				t.Errorf("%s: %d, want %d: %.300s", name, w.Code, c.status, w.Body)
				continue
			}
			problemOf(t, w)
			if !strings.Contains(strings.ReplaceAll(w.Body.String(), ",", ""), c.says) {
				t.Errorf("%s: the answer does not tell the limit %q: %.300s", name, c.says, w.Body)
			}
		}
		if diff := cmp.Diff(before, p.rows()); diff != "" {
			t.Errorf("something was written: %s", diff)
		}
	})
}

func manyFilters() string {
	var b strings.Builder
	for _, name := range []string{"birthDate", "company", "country", "createdAt", "email", "firstName", "lastName", "level", "name", "phone", "updatedAt"} {
		for _, op := range []string{"gte", "lte"} {
			value := "2026-01-31"
			b.WriteString(name + "[" + op + "]=" + value + "&")
		}
	}
	return strings.TrimSuffix(b.String(), "&")
}
