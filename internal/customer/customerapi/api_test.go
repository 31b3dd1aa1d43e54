package customerapi_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer/customerapi"
	"github.com/throughlinehq/throughline/internal/customer/customertest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/field/fieldapi"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/tag/tagapi"
	"github.com/throughlinehq/throughline/internal/tenant"
)

type value struct{}

func (value) CustomerValue(context.Context, tenant.ID, id.ID) (int64, []money.Money, error) {
	return 7, []money.Money{money.Of(431000, "GBP")}, nil
}

type client struct {
	t       *testing.T
	handler http.Handler
}

// call sends a request and checks the status; the answer is decoded.
func (c client) call(method, path, body string, status int, headers ...string) (map[string]any, http.Header) {
	c.t.Helper()
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	c.handler.ServeHTTP(rec, r)
	text := rec.Body.String()
	if rec.Code != status {
		c.t.Errorf("%s %s: got %d, want %d: %s", method, path, rec.Code, status, text)
	}
	out := map[string]any{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			c.t.Errorf("%s %s: %v: %s", method, path, err, text)
		}
	}
	return out, rec.Header()
}

func TestOperationsWorkOverHTTP(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		a, err := httpx.New(httpx.Config{
			Title: "Test", Version: "1", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Clock: w.Clock, DB: d,
			Authenticate: func(r *http.Request) (context.Context, httpx.Caller, error) {
				return auth.WithActor(r.Context(), w.Manager), httpx.Caller{Workspace: 1, Actor: w.Manager.User.String()}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		fieldapi.Register(a, w.Fields)
		tagapi.Register(a, w.Tags)
		customerapi.Register(a, w.Customers, w.Journey, value{})
		c := client{t, a}
		str := func(m map[string]any, key string) string { s, _ := m[key].(string); return s }

		f, _ := c.call("POST", "/customers/fields", `{"key":"shoeSize","label":"Shoe size","type":"number","rules":{"min":10,"max":60},"indexed":true}`, 201)
		if str(f, "object") != "customers" {
			t.Errorf("field %v", f)
		}
		c.call("PUT", "/fields/"+str(f, "id"), `{"rules":null,"label":"Size"}`, 200)
		c.call("GET", "/customers/fields/"+str(f, "id"), "", 200)
		c.call("GET", "/fields?object=customers", "", 200)
		g, _ := c.call("POST", "/groups", `{"name":"Wholesale"}`, 201)
		made, h := c.call("POST", "/customers", `{"firstName":"Ada","lastName":"Lovelace","email":"Ada@example.com","address":{"city":"Leeds","country":"GB"},"fields":{"shoeSize":38},"tags":["vip"],"groupIds":["`+str(g, "id")+`"],"identities":[{"kind":"external","system":"shop","value":"17"}]}`, 201)
		path := "/customers/" + str(made, "id")
		if str(made, "name") != "Ada Lovelace" || h.Get("ETag") != `"1"` || str(made, "email") != "ada@example.com" {
			t.Errorf("made %v %v", made, h)
		}
		got, _ := c.call("GET", path, "", 200)
		if stats, _ := got["stats"].(map[string]any); stats == nil || stats["orders"] != 7.0 {
			t.Errorf("stats are %v", got["stats"])
		}
		if n, _ := got["identities"].([]any); len(n) != 2 {
			t.Errorf("identities are %v", got["identities"])
		}
		changed, h := c.call("PATCH", path, `{"status":"customer","birthDate":"1985-12-10","address":{"line1":"12 Mill Lane"},"lastName":null,"fields":{"shoeSize":null}}`, 200, "If-Match", `"1"`)
		if h.Get("ETag") != `"2"` || str(changed, "name") != "Ada" || len(changed["fields"].(map[string]any)) != 0 {
			t.Errorf("changed %v", changed)
		}
		if address, _ := changed["address"].(map[string]any); address["city"] != "Leeds" || address["line1"] != "12 Mill Lane" {
			t.Errorf("address %v", changed["address"])
		}
		c.call("PATCH", path, `{"level":"Gold"}`, 412, "If-Match", `"1"`)
		c.call("PATCH", path, `{"levle":"Gold"}`, 422)
		problem, _ := c.call("PUT", path, `{"email":"nobody"}`, 422)
		if !strings.Contains(strings.Join(locations(problem), " "), "email") {
			t.Errorf("problem %v", problem)
		}
		second, _ := c.call("POST", "/customers", `{"firstName":"Bo"}`, 201)
		problem, _ = c.call("POST", "/customers", `{"email":"ada@example.com"}`, 409)
		if str(problem, "code") != "identity_taken" {
			t.Errorf("problem %v", problem)
		}
		list, _ := c.call("GET", "/customers?status=customer&fields=id,name&sort=-createdAt&limit=1", "", 200)
		if rows, _ := list["data"].([]any); len(rows) != 1 || len(rows[0].(map[string]any)) != 2 {
			t.Errorf("list %v", list)
		}
		c.call("GET", "/customers?colour=red", "", 400)
		c.call("GET", "/customers?q=ada", "", 200)
		batch, _ := c.call("PATCH", "/customers/batch", `{"customers":[{"id":"`+str(second, "id")+`","level":"Gold"},{"id":"`+str(second, "id")+`","email":"ada@example.com"}]}`, 200)
		if batch["updated"] != 1.0 || batch["failed"] != 1.0 {
			t.Errorf("batch %v", batch)
		}

		c.call("PUT", path+"/tags", `{"tags":["vip","Wholesale"]}`, 200)
		c.call("POST", path+"/tags", `{"tags":["new"]}`, 200)
		c.call("DELETE", path+"/tags?tags=new&tags="+url.QueryEscape("wholesale"), "", 204)
		if tags, _ := c.call("GET", path+"/tags", "", 200); len(tags["data"].([]any)) != 1 {
			t.Errorf("tags %v", tags)
		}
		note, _ := c.call("POST", path+"/notes", `{"body":"Prefers the phone."}`, 201)
		c.call("PATCH", path+"/notes/"+str(note, "id"), `{"body":"Prefers mail."}`, 200)
		c.call("GET", path+"/notes?limit=1", "", 200)
		i, _ := c.call("POST", path+"/identities", `{"kind":"email","value":"ada.work@example.com"}`, 201)
		c.call("PATCH", path+"/identities/"+str(i, "id"), `{"primary":true}`, 200)
		c.call("GET", path+"/identities", "", 200)
		c.call("DELETE", path+"/identities/"+str(i, "id"), "", 204)
		c.call("POST", "/groups/"+str(g, "id")+"/customers", `{"customerIds":["`+str(second, "id")+`"]}`, 204)
		c.call("DELETE", "/groups/"+str(g, "id")+"/customers/"+str(second, "id"), "", 204)
		c.call("PUT", "/groups/"+str(g, "id"), `{"description":"Shops"}`, 200)
		c.call("GET", "/groups?q=whole", "", 200)
		journey, _ := c.call("GET", path+"/journey?kind=notes&limit=1", "", 200)
		rows, _ := journey["data"].([]any)
		if len(rows) != 1 || rows[0].(map[string]any)["note"] != "Prefers mail." || rows[0].(map[string]any)["actor"].(map[string]any)["name"] != "Mia Chen" {
			t.Errorf("journey %v", journey)
		}
		c.call("DELETE", path+"/notes/"+str(note, "id"), "", 204)
		c.call("DELETE", "/groups/"+str(g, "id"), "", 204)
		c.call("DELETE", path, "", 204)
		c.call("GET", path, "", 404)
		c.call("GET", "/customers/not-an-id", "", 404)
		c.call("DELETE", "/customers/fields/"+str(f, "id"), "", 204)
		tag, _ := c.call("POST", "/tags", `{"name":"Press","colour":"#15803d"}`, 201)
		c.call("PUT", "/tags/"+str(tag, "id"), `{"name":"Media"}`, 200)
		c.call("GET", "/tags?q=med", "", 200)
		c.call("DELETE", "/tags/"+str(tag, "id"), "", 204)
	})
}

func locations(problem map[string]any) []string {
	var out []string
	list, _ := problem["errors"].([]any)
	for _, e := range list {
		m, _ := e.(map[string]any)
		s, _ := m["location"].(string)
		out = append(out, s)
	}
	return out
}
