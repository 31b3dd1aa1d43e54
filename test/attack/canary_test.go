package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/test/binary"
)

// canaries are texts that must never be seen where operators look.
type canaries struct {
	mu   sync.Mutex
	text map[string]string // what → where it came from
}

func (c *canaries) add(from, text string) {
	if len(text) < 8 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text[text] = from
}

// leaves adds every text in a JSON value that could be somebody's: longer ones with a space, an address or digits.
func (c *canaries) leaves(from string, body []byte) {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return
	}
	var walk func(name string, at any)
	walk = func(name string, at any) {
		switch x := at.(type) {
		case map[string]any:
			for k, v := range x {
				walk(k, v)
			}
		case []any:
			for _, v := range x {
				walk(name, v)
			}
		case string:
			secret := slices.Contains([]string{"token", "refreshToken", "password", "currentPassword", "newPassword"}, name)
			personal := slices.Contains([]string{"email", "phone", "firstName", "lastName", "line1", "postcode", "birthDate", "body", "description", "title", "note", "reference", "html"}, name)
			if secret || personal {
				c.add(from+" "+name, x)
			}
		}
	}
	walk("", v)
}

// The whole collection, and requests that fail in every way, against the real program at its most talkative:
// neither its log nor its metrics hold a password, a token or what belongs to a person, and no refusal repeats a
// secret.
func TestLogsAndMetricsHoldNoSecretAndNobody(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e db.Engine) {
		const canaryPassword = "Canary-Pw-7f3a91-Kestrel"
		in := binary.New(t, e)
		in.Settings["LOG_LEVEL"], in.Settings["LOG_FORMAT"] = "debug", "json"
		metrics, err := binary.FreeAddress()
		if err != nil {
			t.Fatal(err)
		}
		in.Settings["METRICS_LISTEN"] = metrics
		if err := in.Run(canaryPassword, "setup", "--workspace", "Acme", "--name", "Ada Byron", "--email", admin); err != nil {
			t.Fatal(err)
		}
		server, err := in.Start(nil)
		if err != nil {
			t.Fatal(err)
		}
		stop := sync.OnceFunc(func() {
			if err := server.Stop(); err != nil {
				t.Error(err)
			}
		})
		t.Cleanup(stop)
		watch := &canaries{text: map[string]string{}}
		watch.add("the administrator's password", canaryPassword)
		watch.add("the administrator's address", admin)

		refusals := 0
		send := func(method, target string, header http.Header, body []byte) *httptest.ResponseRecorder {
			r, err := http.NewRequestWithContext(t.Context(), method, "http://"+server.Address+target, bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = header
			res, err := (&http.Client{}).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			w.Code = res.StatusCode
			for k, v := range res.Header {
				w.Header()[k] = v
			}
			_, err = io.Copy(w.Body, res.Body)
			if err != nil || res.Body.Close() != nil {
				t.Fatal(err)
			}
			if res.StatusCode >= 400 {
				refusals++
				for text, from := range watch.text {
					if (strings.Contains(from, "oken") || strings.Contains(from, "assword")) && strings.Contains(w.Body.String(), text) {
						t.Errorf("the refusal of %s %s repeats %s: %s", method, target, from, w.Body)
					}
				}
			}
			return w
		}
		items, vars, err := apptest.Collection(begin(t, db.SQLite).API, admin, canaryPassword)
		if err != nil {
			t.Fatal(err)
		}
		sent := 0
		for _, i := range items {
			r, err := vars.Request(i)
			if err != nil {
				t.Fatal(err)
			}
			header := http.Header{"User-Agent": {"Canary-Agent-55d1"}}
			if r.Body != nil {
				header.Set("Content-Type", r.ContentType)
				watch.leaves(r.ID, r.Body)
			}
			if !r.Anonymous {
				header.Set("Authorization", "Bearer "+vars["token"])
			}
			w := send(r.Method, api+r.Path, header, r.Body)
			sent++
			if w.Code >= 500 {
				t.Errorf("%s: %d %s", r.ID, w.Code, w.Body)
			}
			watch.leaves(r.ID, apptest.Given(w))
			for _, c := range w.Result().Cookies() {
				watch.add("token in the cookie "+c.Name, c.Value)
			}
			if slices.Contains(r.Accepts, w.Code) {
				if err := vars.Keep(r, apptest.Given(w)); err != nil {
					t.Error(err)
				}
			}
		}
		if sent < 100 {
			t.Fatalf("only %d requests", sent)
		}
		// What fails tells most.
		const canary = "CanaryToken9c41e2f7aa"
		watch.add("a token in odd places", canary)
		watch.add("the agent", "Canary-Agent-55d1")
		for _, target := range []string{
			"/" + canary, "/reset-password/" + canary, api + "/" + canary, api + "/customers/" + canary, api + "/customers?q=" + canary, api + "/customers?email=" + canary + "@example.com", api + "/customers?" + canary + "=1", api + "/customers?cursor=" + canary,
			api + "/customers?sort=" + canary, api + "/search?q=" + canary, api + "/files/" + canary, api + "/events?token=" + canary, api + "/auth/me?access_token=" + canary, "/assets/" + canary, api + "/tickets?field." + canary + "=1", api + "/%ff" + canary, "/healthz?" + canary,
		} {
			for _, method := range []string{"GET", "POST", "PUT", "DELETE", "TRACE"} {
				send(method, target, http.Header{
					"Authorization": {"Bearer " + canary}, "Cookie": {"session=" + canary + "; refresh=" + canary}, "X-Access-Token": {canary}, "X-Request-Id": {"<" + canary + ">"}, "Idempotency-Key": {canary},
					"Referer": {"http://x/" + canary}, "X-Forwarded-For": {canary}, "Origin": {"http://" + canary}, "X-Workspace": {canary}, "User-Agent": {canary}, "Content-Type": {"application/json"},
				}, []byte(`{"`+canary+`":"`+canary+`","password":"`+canaryPassword+`"`))
			}
		}
		for _, body := range []string{`{"email":"` + admin + `","password":"` + canary + `"}`, `{"email":"` + canary + `@example.com","password":"` + canary + `"}`, `{"email":1,"password":"` + canary + `"}`, `{"email":"` + canary} {
			for _, path := range []string{"/auth/login", "/auth/register", "/auth/forgot-password", "/auth/refresh-token", "/setup"} {
				send("POST", api+path, http.Header{"Content-Type": {"application/json"}}, []byte(body))
			}
		}
		send("PUT", api+"/auth/reset-password/1."+canary, http.Header{"Content-Type": {"application/json"}}, []byte(`{"password":"`+canary+`"}`))
		if refusals < 80 {
			t.Errorf("only %d refusals", refusals)
		}

		seenMetrics := get(t, "http://"+metrics+"/metrics", http.StatusOK)
		if !strings.Contains(seenMetrics, "# HELP") {
			t.Errorf("no metrics on their own listener: %.200s", seenMetrics)
		}
		get(t, "http://"+metrics+api+"/setup", http.StatusNotFound)
		stop()
		log := server.Log.String()
		if n := strings.Count(log, `"msg":"request"`); n < sent {
			t.Errorf("the log has %d requests, %d were sent", n, sent)
		}
		for name, text := range map[string]string{"log": log, "metrics": seenMetrics} {
			low := strings.ToLower(text)
			for canary, from := range watch.text {
				for _, form := range []string{canary, url.QueryEscape(canary), url.PathEscape(canary), strings.Trim(fmt.Sprintf("%q", canary), `"`)} {
					if at := strings.Index(low, strings.ToLower(form)); at >= 0 {
						t.Errorf("the %s holds %q (%s): …%s…", name, canary, from, text[max(0, at-150):min(len(text), at+80)])
						break
					}
				}
			}
		}
		t.Logf("note: %s: %d requests of the collection, %d refusals, %d canaries, %d lines of log", e, sent, refusals, len(watch.text), strings.Count(log, "\n"))
	})
}
