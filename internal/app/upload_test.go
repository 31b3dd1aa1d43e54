package app_test

import (
	"bytes"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/tenant"
)

func TestTheLimitOfUploadsIsTheConfiguredOne(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load([]string{"THROUGHLINE_DATA_DIR=" + t.TempDir(), "THROUGHLINE_MAX_UPLOAD=4KiB"}, "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	_, _, err = a.Auth.CreateFirst(t.Context(), auth.Setup{
		Workspace: tenant.Create{Name: "Acme", Slug: "acme", Currency: "GBP", Timezone: "UTC", Locale: "en-GB"},
		Name:      "Ada Byron", Email: "ada@example.com", Password: password,
	})
	if err != nil {
		t.Fatal(err)
	}
	in, err := a.Auth.SignIn(t.Context(), auth.Client{}, auth.Credentials{Login: "ada@example.com", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]int{4 << 10: http.StatusCreated, 4<<10 + 1: http.StatusRequestEntityTooLarge, 1 << 20: http.StatusRequestEntityTooLarge} {
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		part, err := m.CreateFormFile("file", "notes.txt")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(part, strings.NewReader(strings.Repeat("a", size))); err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/media/upload", &form)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Authorization", "Bearer "+in.Token)
		w := httptest.NewRecorder()
		a.API.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("a file of %d bytes: got %d, want %d: %s", size, w.Code, want, w.Body)
		}
		if want >= 400 && size < 1<<20 && !strings.Contains(w.Body.String(), "at most 4 KiB") {
			t.Errorf("the answer does not tell the limit: %s", w.Body)
		}
	}
}
