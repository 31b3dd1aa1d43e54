package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// fuzzed is an app that is asked whatever comes, and its administrator's token.
type fuzzed struct {
	*program
	token string
}

// fuzzedApps are one on each database that is there, with something in every list.
func fuzzedApps(f *testing.F) []fuzzed {
	f.Helper()
	engines := []db.Engine{db.SQLite}
	if dbtest.PostgresURL() != "" {
		engines = append(engines, db.Postgres)
	}
	var out []fuzzed
	for _, e := range engines {
		p, err := begin(f.Context(), newPlace(f, e), nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(p.end)
		if err := p.found(f.Context()); err != nil {
			f.Fatal(err)
		}
		w := fuzzed{program: p}
		w.token, _ = w.must(f, "/auth/login", `{"email":"`+admin+`","password":"`+password+`"}`)["token"].(string)
		for range 3 {
			w.must(f, "/customers", `{"firstName":"Ada","lastName":"Byron","company":"Engines"}`)
			w.must(f, "/tickets", `{"title":"Torn","description":"It is torn."}`)
		}
		w.must(f, "/orders", `{"number":"A-1","lines":[{"title":"Lamp","quantity":1,"unitPrice":"12.99"}]}`)
		w.must(f, "/products", `{"sku":"L-1","title":"Lamp","price":{"amount":1299,"currency":"GBP"}}`)
		out = append(out, w)
	}
	return out
}

func (w fuzzed) must(f *testing.F, path, body string) map[string]any {
	f.Helper()
	a := w.send(f.Context(), apptest.Request{Method: http.MethodPost, Path: path, Body: []byte(body), ContentType: "application/json"}, w.token)
	var out map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &out); err != nil || a.Code >= http.StatusMultipleChoices {
		f.Fatalf("%s answers %d: %s", path, a.Code, a.Body)
	}
	return out
}

// ask sends a request as it is and looks at the form of the answer: never a failure of ours.
func (w fuzzed) ask(t *testing.T, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	r.Header.Set("Authorization", "Bearer "+w.token)
	a := httptest.NewRecorder()
	w.API.ServeHTTP(a, r)
	if a.Code >= http.StatusInternalServerError {
		t.Errorf("%s: %s %s answers %d: %s", w.db.Engine(), r.Method, r.URL, a.Code, a.Body)
	}
	if a.Code >= http.StatusBadRequest {
		var problem struct{ Status int }
		if err := json.Unmarshal(a.Body.Bytes(), &problem); err != nil || problem.Status != a.Code {
			t.Errorf("%s %s answers %d with %q", r.Method, r.URL, a.Code, a.Body)
		}
	}
	return a
}

func (w fuzzed) count(t *testing.T, table string) (n int64) {
	t.Helper()
	err := w.db.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) (err error) {
		n, err = db.Scalar[int64](ctx, q, `SELECT COUNT(*) FROM `+table)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// FuzzLists: whatever a list is asked with, on both databases it answers or says what is wrong with the question.
func FuzzLists(f *testing.F) {
	lists := []string{"/customers", "/tickets", "/orders", "/products", "/transactions", "/users", "/audit-log", "/jobs", "/mail-outbox", "/search", "/tags", "/groups", "/users/directory"}
	apps := fuzzedApps(f)
	for i, q := range []string{
		"limit=1&sort=-updatedAt&total=true", "q=ada&limit=2", "status=paid&placedAt[gte]=2026-01-01", "sku=L-1&q=%22lamp", "kind=payment", "q=%F0%9F%98%80",
		"action=sign_in", "state=queued", "purpose=x", "q=torn&kind=message", "cursor=e30", "limit=0", "cursor=eyJzIjoiIn0",
	} {
		f.Add(uint8(i), q)
	}
	// A cursor of our own with a key that no database keeps.
	f.Add(uint8(0), "sort=name&cursor=eyJzIjoibmFtZSIsImsiOlsiYVx1MDAwMGIiLCIwMTAyMDMwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDAiXX0")
	f.Add(uint8(3), "sort=title&cursor=eyJzIjoidGl0bGUiLCJrIjpbImFcdTAwMDBiIiwiMDEwMjAzMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwIl19")
	f.Fuzz(func(t *testing.T, which uint8, raw string) {
		for _, w := range apps {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", http.NoBody)
			r.URL = &url.URL{Path: lists[int(which)%len(lists)], RawQuery: raw}
			w.ask(t, r)
		}
	})
}

// FuzzUpload: whatever a form holds, it is kept whole or nothing of it is.
func FuzzUpload(f *testing.F) {
	w := fuzzedApps(f)[0]
	part := func(header, body string) string { return "--b\r\n" + header + "\r\n\r\n" + body + "\r\n" }
	file := `Content-Disposition: form-data; name="file"; filename="a.txt"`
	for _, body := range []string{
		part(file, "text") + "--b--\r\n", part(file, "text"), part(file, "a") + part(file, "b") + "--b--", "--b--\r\n", "", "--b\r\n\r\n",
		part(`Content-Disposition: form-data; name="file"; filename="../../etc/passwd.txt"`, "x") + "--b--",
		part(`Content-Disposition: form-data; name="file"; filename*=UTF-8''%00.txt`, "x") + "--b--",
		part(file+"\r\nContent-Type: image/png", "<html>") + "--b--", part(file+"\r\nContent-Transfer-Encoding: base64", "eA==") + "--b--",
		part(`Content-Disposition: form-data; name="file"`, "x") + "--b--", part(`Content-Disposition: attachment`, "x") + "--b--",
		strings.Repeat(part(`Content-Disposition: form-data; name="x"`, "y"), 50) + "--b--", part(strings.Repeat("X-A: b\r\n", 2000)+file, "x") + "--b--",
	} {
		f.Add("b", []byte(body))
	}
	f.Add(`"b b"`, []byte("--b b--"))
	f.Add("", []byte("----"))
	f.Fuzz(func(t *testing.T, boundary string, body []byte) {
		rows, files := w.count(t, "media_file"), w.stored(t)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/media/upload", bytes.NewReader(body))
		r.Header["Content-Type"] = []string{"multipart/form-data; boundary=" + boundary}
		a := w.ask(t, r)
		made := int64(0)
		if a.Code == http.StatusCreated {
			made = 1
		}
		if now := w.count(t, "media_file"); now-rows != made {
			t.Errorf("answers %d and makes %d rows", a.Code, now-rows)
		}
		if now := w.stored(t); now-files != made {
			t.Errorf("answers %d and leaves %d files", a.Code, now-files)
		}
	})
}

func (p *program) stored(t *testing.T) (n int64) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(p.dir, app.FilesFolder), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// FuzzIdempotencyKey: whatever the key, a request sent twice is carried out once and answered the same.
func FuzzIdempotencyKey(f *testing.F) {
	apps := fuzzedApps(f)
	for _, key := range []string{"k", "", " k", "k ", "\x00", "\xff", "ключ", strings.Repeat("k", 255), strings.Repeat("k", 256), "a,b", `"quoted"`, "a\r\nX: b", "\u200b", "'; DROP TABLE tag; --"} {
		f.Add(key, `{"body":"A remark"}`)
	}
	f.Add("k1", `{"body":""}`)
	f.Add("k2", `{`)
	f.Add("k3", "{\"body\":\"\\u0000\"}")
	ids := make([]string, len(apps))
	for i, w := range apps {
		ids[i], _ = w.must(f, "/customers", `{"firstName":"Mia"}`)["id"].(string)
	}
	f.Fuzz(func(t *testing.T, key, body string) {
		for i, w := range apps {
			send := func() *httptest.ResponseRecorder {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/customers/"+ids[i]+"/notes", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				r.Header["Idempotency-Key"] = []string{key}
				return w.ask(t, r)
			}
			before := w.count(t, "customer_note")
			first, again := send(), send()
			made := w.count(t, "customer_note") - before
			switch {
			case key == "": // none was given
			case first.Code != again.Code && first.Header().Get("Idempotent-Replayed") == "":
				t.Errorf("%q: answers %d, then %d", key, first.Code, again.Code)
			case first.Code == http.StatusCreated && first.Body.String() != again.Body.String():
				t.Errorf("%q: answers %s, then %s", key, first.Body, again.Body)
			case made > 1, made == 1 && first.Code != http.StatusCreated:
				t.Errorf("%q: answers %d and makes %d", key, first.Code, made)
			}
		}
	})
}
