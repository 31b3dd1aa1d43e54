package authapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/audit/auditapi"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/auth/authapi"
	"github.com/throughlinehq/throughline/internal/auth/authtest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/outbox/outboxapi"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/tenant/tenantapi"
)

// browser keeps cookies as one would, and remembers what a header names.
type browser struct {
	t       *testing.T
	api     http.Handler
	cookies map[string]*http.Cookie
	header  http.Header
}

func newBrowser(t *testing.T, w *authtest.World) *browser {
	t.Helper()
	api, err := httpx.New(httpx.Config{
		Log: slog.New(slog.DiscardHandler), Clock: w.Clock, DB: w.DB, BaseURL: "https://help.example.com",
		Authenticate: func(r *http.Request) (context.Context, httpx.Caller, error) {
			ctx := auth.WithClient(r.Context(), auth.ClientOf(r, nil, httpx.RequestID(r.Context())))
			who, err := w.Auth.Authenticate(ctx, r)
			return auth.WithActor(ctx, who), httpx.Caller{Workspace: who.Tenant, Actor: who.User.String()}, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	authapi.Register(api, w.Auth, w.Clock)
	tenantapi.Register(api, w.Tenants)
	auditapi.Register(api, w.Audit)
	outboxapi.Register(api, w.Outbox)
	if _, err := api.Document(); err != nil {
		t.Fatal(err)
	}
	handler := httpx.Identify(w.Clock, nil, http.StripPrefix(httpx.Prefix, api))
	return &browser{t: t, api: handler, cookies: map[string]*http.Cookie{}, header: http.Header{}}
}

// send answers the status and the body.
func (b *browser) send(method, path string, body any) (int, map[string]any) {
	b.t.Helper()
	var reader bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&reader).Encode(body); err != nil {
			b.t.Fatal(err)
		}
	}
	r := httptest.NewRequestWithContext(b.t.Context(), method, "https://help.example.com/api/v1"+path, &reader)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, v := range b.header {
		r.Header[name] = v
	}
	for _, c := range b.cookies {
		if strings.HasPrefix(r.URL.Path, c.Path) {
			r.AddCookie(c)
		}
	}
	w := httptest.NewRecorder()
	b.api.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
			b.t.Errorf("cookie %s: %+v", c.Name, c)
		}
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c
	}
	out := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			b.t.Fatalf("%s %s: %v: %s", method, path, err, w.Body)
		}
	}
	return w.Code, out
}

func (b *browser) want(status int, method, path string, body any) map[string]any {
	b.t.Helper()
	got, out := b.send(method, path, body)
	if got != status {
		b.t.Fatalf("%s %s: got %d, want %d: %v", method, path, got, status, out)
	}
	return out
}

type object = map[string]any

func TestFromSetUpToSignOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.Empty(t, d)
		b := newBrowser(t, w)
		if got := b.want(200, "GET", "/setup", nil); got["needed"] != true {
			t.Fatalf("got %v", got)
		}
		in := b.want(201, "POST", "/setup", object{
			"workspace": object{"name": "Acme"}, "name": "Mia Laurent", "email": "mia@example.com", "password": authtest.Password,
		})
		if diff := cmp.Diff(object{"id": "acme", "name": "Acme", "slug": "acme", "currency": "GBP", "timezone": "UTC", "locale": "en-GB"}, in["workspace"]); diff != "" {
			t.Error(diff)
		}
		var keys []string
		for k := range in["user"].(object) {
			keys = append(keys, k)
		}
		if len(keys) != 8 || in["token"] == "" || in["refreshToken"] == "" || in["expiresAt"] != "2026-03-02T09:15:00Z" {
			t.Errorf("got %v", in)
		}
		if len(b.cookies) != 2 || b.cookies["__Host-session"] == nil || b.cookies["__Secure-refresh"] == nil {
			t.Fatalf("got %v", b.cookies)
		}
		b.want(409, "POST", "/setup", object{"workspace": object{"name": "Again"}, "name": "X", "email": "x@example.com", "password": authtest.Password})

		me := b.want(200, "GET", "/auth/me", nil)
		if me["user"].(object)["role"].(object)["key"] != "administrator" {
			t.Errorf("got %v", me)
		}
		before := b.cookies["__Secure-refresh"].Value
		b.want(200, "POST", "/auth/refresh-token", object{})
		if b.cookies["__Secure-refresh"].Value == before {
			t.Error("the refresh token did not rotate")
		}
		if got := b.want(200, "GET", "/auth/sessions", nil)["data"].([]any); len(got) != 1 || got[0].(object)["current"] != true {
			t.Errorf("got %v", got)
		}
		b.want(204, "POST", "/auth/logout", nil)
		if len(b.cookies) != 0 {
			t.Errorf("cookies stay: %v", b.cookies)
		}
		b.want(401, "GET", "/auth/me", nil)
		b.want(204, "POST", "/auth/logout", nil)

		t.Run("a refused sign-in tells nothing", func(t *testing.T) {
			wrong := newBrowser(t, w).want(401, "POST", "/auth/login", object{"email": "mia@example.com", "password": "x"})
			unknown := newBrowser(t, w).want(401, "POST", "/auth/login", object{"email": "nobody@example.com", "password": "x"})
			delete(wrong, "requestId")
			delete(unknown, "requestId")
			if diff := cmp.Diff(wrong, unknown); diff != "" || wrong["code"] != "wrong_credentials" {
				t.Error(diff, wrong)
			}
		})
		t.Run("a signed-in browser with a stale cookie can sign in again", func(t *testing.T) {
			b := newBrowser(t, w)
			b.cookies["__Host-session"] = &http.Cookie{Name: "__Host-session", Path: "/", Value: "stale"}
			b.want(200, "POST", "/auth/login", object{"username": "mia@example.com", "password": authtest.Password})
			if b.cookies["__Host-session"].Value == "stale" {
				t.Error("the cookie from before sign-in survives")
			}
		})
	})
}

func TestUsersOverTheAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		b := newBrowser(t, w)
		b.want(200, "POST", "/auth/login", object{"email": "mia@example.com", "password": authtest.Password})
		w.Clock.Advance(1)

		t.Run("sign up, approve, sign in", func(t *testing.T) {
			sam := newBrowser(t, w)
			sam.want(201, "POST", "/auth/register", object{"name": "Sam", "email": "sam@example.com", "password": authtest.Password, "userType": "staff"})
			sam.want(422, "POST", "/auth/register", object{"name": "Sam", "email": "s@example.com", "password": authtest.Password, "userType": "administrator"})
			if got := sam.want(403, "POST", "/auth/login", object{"email": "sam@example.com", "password": authtest.Password}); got["code"] != "account_pending" {
				t.Errorf("got %v", got)
			}
			list := b.want(200, "GET", "/users?status=pending", nil)["data"].([]any)
			if len(list) != 1 {
				t.Fatalf("got %v", list)
			}
			u := list[0].(object)
			if u["status"] != "pending" || u["password_hash"] != nil || u["lastSeenAt"] != nil {
				t.Errorf("got %v", u)
			}
			b.want(200, "PUT", "/users/"+u["id"].(string)+"/status", object{"status": "approved"})
			sam.want(200, "POST", "/auth/login", object{"email": "sam@example.com", "password": authtest.Password})
			sam.want(403, "GET", "/users", nil)
			sam.want(200, "GET", "/users/"+u["id"].(string), nil)
			sam.want(200, "GET", "/users/directory", nil)
			sam.want(403, "PUT", "/settings", object{"name": "Mine"})
			sam.want(403, "GET", "/audit-log", nil)
			sam.want(403, "GET", "/mail-outbox", nil)
			got := sam.want(200, "PATCH", "/auth/me", object{"name": "Sam Okoro", "username": "sam", "currentPassword": authtest.Password})
			if got["user"].(object)["username"] != "sam" {
				t.Errorf("got %v", got)
			}
			got = sam.want(200, "PATCH", "/auth/me", object{"username": nil, "currentPassword": authtest.Password})
			if got["user"].(object)["username"] != "" || got["user"].(object)["name"] != "Sam Okoro" {
				t.Errorf("got %v", got)
			}
			sam.want(204, "PUT", "/auth/password", object{"currentPassword": authtest.Password, "newPassword": "Lantern-4-meadow"})
			sam.want(200, "GET", "/auth/me", nil)
		})
		t.Run("take no field that is not theirs", func(t *testing.T) {
			id := w.User(t, auth.Agent).User.String()
			for _, field := range []string{"id", "tenantId", "tenant_id", "status", "permissions", "passwordHash", "password_hash", "createdAt", "role", "verified"} {
				got := b.want(422, "PATCH", "/users/"+id, object{"name": "New", field: "x"})
				if !strings.Contains(got["errors"].([]any)[0].(object)["location"].(string), field) {
					t.Errorf("%s: got %v", field, got)
				}
				b.want(422, "PATCH", "/auth/me", object{field: "x"})
			}
			if got := b.want(200, "GET", "/users/"+id, nil); got["name"] == "New" {
				t.Error("a refused change was made")
			}
		})
		t.Run("foreign and missing are the same", func(t *testing.T) {
			_, other := w.Neighbour(t, "Other", "o@example.com")
			foreign := b.want(404, "GET", "/users/"+other.User.String(), nil)
			missing := b.want(404, "GET", "/users/01890a5d-ac96-774b-bcce-b302099a8057", nil)
			delete(foreign, "requestId")
			delete(missing, "requestId")
			if diff := cmp.Diff(foreign, missing); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("the last administrator stays", func(t *testing.T) {
			got := b.want(409, "PUT", "/users/"+w.Admin.User.String()+"/status", object{"status": "deactivated"})
			if got["code"] != "last_administrator" {
				t.Errorf("got %v", got)
			}
		})
		t.Run("settings, log, outbox, roles and teams", func(t *testing.T) {
			set := b.want(200, "PUT", "/settings", object{"timezone": "Europe/London", "passwordPolicy": object{"minLength": 10}})
			if set["timezone"] != "Europe/London" || set["passwordPolicy"].(object)["minLength"] != float64(10) || set["passwordPolicy"].(object)["upper"] != true {
				t.Errorf("got %v", set)
			}
			b.header.Set("If-Match", `"1"`)
			b.want(412, "PUT", "/settings", object{"name": "Stale"})
			b.header.Del("If-Match")
			if got := b.want(200, "GET", "/audit-log?action=settings.changed", nil)["data"].([]any); len(got) != 1 || got[0].(object)["actor"].(object)["name"] != "Mia Laurent" {
				t.Errorf("got %v", got)
			}
			outgoing := b.want(200, "GET", "/mail-outbox?state=kept", nil)
			mail := outgoing["data"].([]any)
			if len(mail) == 0 || outgoing["configured"] != false {
				t.Fatalf("got %v", outgoing)
			}
			if got := b.want(200, "GET", "/mail-outbox/"+mail[0].(object)["id"].(string), nil); got["text"] == "" || got["recipient"] == nil {
				t.Errorf("got %v", got)
			}
			r := b.want(201, "POST", "/roles", object{"name": "Returns desk", "permissions": []string{"orders:read"}})
			path := "/roles/" + r["id"].(string)
			r = b.want(200, "POST", path+"/permissions", object{"permissions": []string{"products:read"}})
			if len(r["permissions"].([]any)) != 2 {
				t.Errorf("got %v", r)
			}
			b.want(204, "DELETE", path+"/permissions/products:read", nil)
			b.want(204, "DELETE", path, nil)
			team := b.want(201, "POST", "/teams", object{"name": "Returns"})
			b.want(200, "PUT", "/teams/"+team["id"].(string)+"/members/"+w.Admin.User.String(), nil)
			b.want(204, "DELETE", "/teams/"+team["id"].(string), nil)
			if got := b.want(200, "GET", "/permissions", nil)["data"].([]any); len(got) != len(auth.Catalogue()) {
				t.Errorf("got %d", len(got))
			}
			b.want(400, "GET", "/users?nonsense=1", nil)
		})
	})
}
