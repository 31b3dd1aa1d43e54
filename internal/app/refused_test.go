package app_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// answerOf sends a request that must be answered with the status, and decodes the answer.
func answerOf[T any](t *testing.T, method, url, token string, status int, body any) (out T) {
	t.Helper()
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	res := call(t, method, url, token, sent.String())
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != status {
		t.Fatalf("%s %s answers %s, want %d", method, url, res.Status, status)
	}
	if status == http.StatusNoContent {
		return out
	}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return out
}

type rows struct{ Data []map[string]any }

// find gives the row of a list whose field has a value.
func (r rows) find(t *testing.T, field, value string) map[string]any {
	t.Helper()
	for _, row := range r.Data {
		if row[field] == value {
			return row
		}
	}
	t.Fatalf("nothing with %s %q in %v", field, value, r.Data)
	return nil
}

// colleague is somebody with a role who has signed in.
func colleague(t *testing.T, url, admin, name, role string) (token string) {
	t.Helper()
	email := name + "@example.com"
	answerOf[any](t, "POST", url+"/auth/register", "", http.StatusCreated, map[string]any{
		"name": name, "email": email, "password": password, "userType": "staff", "workspace": "acme",
	})
	user := answerOf[rows](t, "GET", url+"/users", admin, http.StatusOK, nil).find(t, "email", email)["id"].(string)
	given := answerOf[rows](t, "GET", url+"/roles", admin, http.StatusOK, nil).find(t, "key", role)["id"]
	answerOf[any](t, "PATCH", url+"/users/"+user, admin, http.StatusOK, map[string]any{"roleId": given})
	answerOf[any](t, "PUT", url+"/users/"+user+"/status", admin, http.StatusOK, map[string]any{"status": "approved"})
	return answerOf[struct{ Token string }](t, "POST", url+"/auth/login", "", http.StatusOK, map[string]any{"email": email, "password": password}).Token
}

func TestWhatIsRefusedIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			url, admin, _ := start(t, dbtest.Options(t, e))
			agent := colleague(t, url, admin, "mia", "agent")
			denied := func() []map[string]any {
				return answerOf[rows](t, "GET", url+"/audit-log?action=access.denied", admin, http.StatusOK, nil).Data
			}
			for range 5 {
				answerOf[any](t, "GET", url+"/audit-log", agent, http.StatusForbidden, nil)
			}
			got := denied()
			if len(got) != 1 {
				t.Fatalf("five refused reads left %d entries", len(got))
			}
			changes := got[0]["changes"].(map[string]any)
			if got[0]["objectName"] != "GET /audit-log" || got[0]["actor"].(map[string]any)["name"] != "mia" || got[0]["address"] != "127.0.0.1" ||
				changes["permission"].(map[string]any)["new"] != "audit:read" || got[0]["requestId"] == "" {
				t.Errorf("got %v", got[0])
			}
			answerOf[any](t, "POST", url+"/roles", agent, http.StatusForbidden, map[string]any{"name": "Kings", "permissions": []string{"roles:write"}})
			if got := denied(); len(got) != 2 || got[0]["objectName"] != "POST /roles" {
				t.Errorf("after a refused change: %v", got)
			}
			answerOf[any](t, "GET", url+"/audit-log", "", http.StatusUnauthorized, nil)
			answerOf[any](t, "GET", url+"/tickets/01890a5d-ac96-774b-bcce-b302099a8057", agent, http.StatusNotFound, nil)
			if n := len(denied()); n != 2 {
				t.Errorf("a stranger and a missing ticket made it %d entries", n)
			}
		})
	}
}
