package app_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// A stream must not wait for the next time that its sign-in would be looked at.
func TestAStreamEndsAtOnceWithItsSession(t *testing.T) {
	t.Parallel()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			url, token, _ := start(t, dbtest.Options(t, e))
			other := signIn(t, url)
			ends := make(chan string, 1)
			for _, who := range []string{token, other} {
				stream := call(t, http.MethodGet, url+"/events", who, "")
				t.Cleanup(func() { _ = stream.Body.Close() })
				lines := bufio.NewScanner(stream.Body)
				for lines.Scan() && !strings.Contains(lines.Text(), "connected") {
					continue
				}
				if who == other {
					continue
				}
				go func() {
					said := ""
					for lines.Scan() {
						said += lines.Text() + "\n"
					}
					ends <- said
				}()
			}
			begin := time.Now()
			res := call(t, http.MethodPost, url+"/auth/logout", token, "")
			_ = res.Body.Close()
			if res.StatusCode != http.StatusNoContent {
				t.Fatalf("logout answers %s", res.Status)
			}
			select {
			case said := <-ends:
				if !strings.Contains(said, "signed_out") {
					t.Errorf("the stream ended with %q", said)
				}
			case <-time.After(5 * time.Second):
				t.Fatal("the stream goes on")
			}
			if took := time.Since(begin); took > 3*time.Second {
				t.Errorf("the stream ended after %s", took)
			}
			res = call(t, http.MethodGet, url+"/auth/me", other, "")
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Errorf("the other device answers %s", res.Status)
			}
		})
	}
}
