package ticket_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/media/mediaapi"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/ticket"
	"github.com/throughlinehq/throughline/internal/ticket/ticketapi"
)

// wire is the API over a world; requests name their actor in a header of the test's own.
type wire struct {
	ticket.APIWorld
	server http.Handler
}

func newWire(t *testing.T, d *db.DB) *wire {
	t.Helper()
	w := &wire{APIWorld: ticket.NewAPIWorld(t, d)}
	actors := map[string]auth.Actor{"admin": w.Admin, "mia": w.Mia, "sam": w.Sam, "neighbour": w.Neighbour}
	api, err := httpx.New(httpx.Config{
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Clock: w.Clock, DB: d,
		Authenticate: func(r *http.Request) (context.Context, httpx.Caller, error) {
			a, ok := actors[r.Header.Get("X-Test-Actor")]
			if !ok {
				return r.Context(), httpx.Caller{}, nil
			}
			return auth.WithActor(r.Context(), a), httpx.Caller{Workspace: a.Tenant, Actor: a.User.String()}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ticketapi.Register(api, w.Tickets, w.Files)
	mediaapi.Register(api, w.Files)
	w.server = httpx.Identify(w.Clock, nil, http.StripPrefix(httpx.Prefix, api))
	return w
}

func (w *wire) do(t *testing.T, who, method, path string, body any, header ...string) (*httptest.ResponseRecorder, map[string]any) {
	t.Helper()
	var r io.Reader
	contentType := "application/json"
	switch b := body.(type) {
	case nil:
	case *form:
		r, contentType = &b.Buffer, b.contentType
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req := httptest.NewRequestWithContext(t.Context(), method, "/api/v1"+path, r)
	req.Header.Set("X-Test-Actor", who)
	if r != nil {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, req)
	out := map[string]any{}
	_ = json.Unmarshal(rec.Body.Bytes(), &out)
	return rec, out
}

type form struct {
	bytes.Buffer
	contentType string
}

func upload(name, contentType string, data []byte) *form {
	f := &form{}
	m := multipart.NewWriter(&f.Buffer)
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", fmt.Sprintf(`form-data; name="file"; filename=%q`, name))
	head.Set("Content-Type", contentType)
	part, _ := m.CreatePart(head)
	_, _ = part.Write(data)
	_ = m.Close()
	f.contentType = m.FormDataContentType()
	return f
}

func wantStatus(t *testing.T, rec *httptest.ResponseRecorder, status int) {
	t.Helper()
	if rec.Code != status {
		t.Fatalf("status %d, want %d: %s", rec.Code, status, rec.Body.String())
	}
}

func TestTicketOverTheWire(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWire(t, d)
		rec, made := w.do(t, "admin", "POST", "/tickets", map[string]any{
			"title": "Where is my parcel?", "description": "It should have come.", "customerId": w.Ada, "assigneeId": w.Mia.User, "tags": []string{"late"},
		})
		wantStatus(t, rec, 201)
		path := "/tickets/" + made["id"].(string)
		if made["number"] != float64(1) || made["customer"].(map[string]any)["name"] != "Ada Byron" || made["teamId"] != nil || rec.Header().Get("ETag") != `"1"` {
			t.Errorf("got %s", rec.Body)
		}
		rec, list := w.do(t, "mia", "GET", "/tickets?view=mine&fields=id,number,unread", nil)
		wantStatus(t, rec, 200)
		if rows := list["data"].([]any); len(rows) != 1 || len(rows[0].(map[string]any)) != 3 || rows[0].(map[string]any)["unread"] != true {
			t.Errorf("got %s", rec.Body)
		}
		rec, up := w.do(t, "mia", "POST", path+"/attachments", upload("note.txt", "text/plain", []byte("hello")))
		wantStatus(t, rec, 201)
		rec, message := w.do(t, "mia", "POST", path+"/messages", map[string]any{"html": "<p>Soon</p>", "attachments": []any{up["id"]}, "status": "pending"})
		wantStatus(t, rec, 201)
		if message["author"].(map[string]any)["name"] != "Mia" || len(message["attachments"].([]any)) != 1 || message["body"] != "Soon" {
			t.Errorf("got %s", rec.Body)
		}
		rec, opened := w.do(t, "mia", "GET", path, nil)
		wantStatus(t, rec, 200)
		if n := len(opened["messages"].(map[string]any)["data"].([]any)); n != 2 || opened["status"] != "pending" {
			t.Errorf("got %s", rec.Body)
		}
		rec, _ = w.do(t, "mia", "PATCH", path, map[string]any{"priority": 1}, "If-Match", `"1"`)
		wantStatus(t, rec, 412)
		rec, changed := w.do(t, "mia", "PATCH", path, map[string]any{"priority": 1, "customerId": nil}, "If-Match", `"2"`)
		wantStatus(t, rec, 200)
		if changed["priority"] != float64(1) || changed["customer"] != nil {
			t.Errorf("got %s", rec.Body)
		}
		rec, problem := w.do(t, "admin", "PATCH", path, map[string]any{"assigneeId": w.Sam.User, "status": "open"})
		wantStatus(t, rec, 422)
		if problem["code"] != "assignee_with_status" {
			t.Errorf("got %s", rec.Body)
		}
		for name, tc := range map[string]struct {
			who, method, path string
			body              any
			status            int
		}{
			"an agent who reassigns":            {"mia", "PUT", path + "/assignee", map[string]any{"assigneeId": w.Sam.User}, 403},
			"an administrator who reassigns":    {"admin", "PUT", path + "/assignee", map[string]any{"assigneeId": w.Mia.User}, 200},
			"nobody":                            {"", "GET", path, nil, 401},
			"a colleague's ticket":              {"sam", "GET", path, nil, 404},
			"a neighbour":                       {"neighbour", "GET", path, nil, 404},
			"a neighbour's change":              {"neighbour", "PATCH", path, map[string]any{"priority": 2}, 404},
			"a neighbour's message":             {"neighbour", "POST", path + "/messages", map[string]any{"body": "x"}, 404},
			"an unknown filter":                 {"mia", "GET", "/tickets?colour=red", nil, 400},
			"an unknown body field":             {"mia", "PATCH", path, map[string]any{"colour": "red"}, 422},
			"a message without text":            {"mia", "POST", path + "/messages", map[string]any{"body": " "}, 422},
			"a hold over the limit":             {"mia", "POST", path + "/messages", map[string]any{"body": "x", "holdSeconds": 31}, 422},
			"counts":                            {"mia", "GET", "/tickets/counts", nil, 200},
			"tags":                              {"mia", "PUT", path + "/tags", map[string]any{"tags": []string{"late"}}, 200},
			"a tag taken off":                   {"mia", "DELETE", path + "/tags?tags=late", nil, 204},
			"fields":                            {"mia", "GET", path + "/fields", nil, 200},
			"an unknown field":                  {"mia", "PUT", path + "/fields/nope", map[string]any{"value": 1}, 422},
			"following":                         {"mia", "PUT", path + "/followers/me", nil, 204},
			"reading":                           {"mia", "PUT", path + "/read", nil, 204},
			"a draft":                           {"mia", "PUT", path + "/draft", map[string]any{"html": "<p>a</p>"}, 200},
			"messages":                          {"mia", "GET", path + "/messages?limit=1", nil, 200},
			"deleting without permission":       {"mia", "DELETE", path, nil, 403},
			"a contact without permission":      {"mia", "POST", "/escalation-contacts", map[string]any{"name": "x", "phone": "1"}, 403},
			"a contact":                         {"admin", "POST", "/escalation-contacts", map[string]any{"name": "Grace", "phone": "+15550100"}, 201},
			"the sheet":                         {"mia", "GET", "/escalation-contacts", nil, 200},
			"an upload whose content disagrees": {"mia", "POST", path + "/attachments", upload("a.png", "image/png", []byte("hello")), 415},
			"an upload without a file":          {"mia", "POST", path + "/attachments", &form{contentType: "multipart/form-data; boundary=x"}, 422},
			"an upload that is too large":       {"mia", "POST", path + "/attachments", upload("a.txt", "text/plain", bytes.Repeat([]byte("a"), 10<<20+1)), 413},
		} {
			rec, _ := w.do(t, tc.who, tc.method, tc.path, tc.body)
			if rec.Code != tc.status && (name != "an upload without a file" || rec.Code != 400) {
				t.Errorf("%s: status %d, want %d: %s", name, rec.Code, tc.status, rec.Body)
			}
		}
		rec, _ = w.do(t, "admin", "DELETE", path, nil)
		wantStatus(t, rec, 204)
		rec, _ = w.do(t, "admin", "GET", path, nil)
		wantStatus(t, rec, 404)
	})
}

func TestFilesAreSentSafelyToWhoMaySeeTheTicket(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWire(t, d)
		_, made := w.do(t, "admin", "POST", "/tickets", map[string]any{"title": "a", "description": "b", "assigneeId": w.Mia.User})
		path := "/tickets/" + made["id"].(string)
		rec, up := w.do(t, "mia", "POST", path+"/attachments", upload("näme \"x\".txt", "text/plain", []byte("hello")))
		wantStatus(t, rec, 201)
		file := strings.TrimPrefix(up["url"].(string), "/api/v1")
		rec, _ = w.do(t, "mia", "GET", file, nil)
		wantStatus(t, rec, 200)
		rec, _ = w.do(t, "admin", "GET", file, nil)
		wantStatus(t, rec, 404) // not attached yet
		rec, _ = w.do(t, "mia", "POST", path+"/messages", map[string]any{"body": "see", "attachments": []any{up["id"]}})
		wantStatus(t, rec, 201)
		rec, _ = w.do(t, "admin", "GET", file, nil)
		wantStatus(t, rec, 200)
		h := rec.Header()
		if rec.Body.String() != "hello" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") ||
			!strings.HasPrefix(h.Get("Cache-Control"), "private") || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || !strings.HasPrefix(h.Get("Content-Type"), "text/plain") {
			t.Errorf("got %v %s", h, rec.Body)
		}
		rec, _ = w.do(t, "admin", "GET", file, nil, "Range", "bytes=1-2")
		wantStatus(t, rec, 206)
		if rec.Body.String() != "el" {
			t.Errorf("range: %q", rec.Body)
		}
		rec, _ = w.do(t, "admin", "GET", file, nil, "If-None-Match", h.Get("ETag"))
		wantStatus(t, rec, 304)
		for _, who := range []string{"sam", "neighbour"} {
			rec, _ = w.do(t, who, "GET", file, nil)
			wantStatus(t, rec, 404)
		}
		rec, _ = w.do(t, "mia", "GET", file+"/thumbnail", nil)
		wantStatus(t, rec, 404)
	})
}
