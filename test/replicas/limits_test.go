package replicas

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/test/binary"
)

func TestLimitsAreShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"WORKERS": "0", "USER_LIMIT": "60/1h", "SIGN_IN_LIMIT": "6/1h", "ANONYMOUS_LIMIT": "off"})
	for _, r := range w.replicas {
		eventually(t, "it hears the others", func() bool { return strings.Contains(r.Log.String(), "hearing other processes") })
	}
	ada := signIn(t, w.replicas[0].Address, admin)
	// inTurn asks each replica in turn and counts what was let through; what came back last is given too.
	inTurn := func(n int, ask func(r *binary.Process) (answer, error)) (passed int, last answer) {
		t.Helper()
		for i := range n {
			a, err := ask(w.replicas[i%3])
			if err != nil {
				t.Fatal(err)
			}
			if a.status != http.StatusTooManyRequests {
				passed++
			}
			last = a
		}
		return passed, last
	}
	me := func(r *binary.Process) (answer, error) { return ada.ask(r.Address, "GET", "/auth/me", nil) }
	// A few more may pass where the machine is too busy for Redis to answer in time.
	passed, last := inTurn(90, me)
	if passed < 60 || passed > 66 {
		t.Errorf("of 90 requests to three replicas %d passed, want the limit of 60", passed)
	}
	if wait, err := strconv.Atoi(last.header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 {
		t.Errorf("Retry-After is %q, want the time until one is free, a minute", last.header.Get("Retry-After"))
	}
	wrong := func(email string) func(r *binary.Process) (answer, error) {
		return func(r *binary.Process) (answer, error) {
			return nobody().ask(r.Address, "POST", "/auth/login", object{"email": email, "password": "Wrong-pass-1"})
		}
	}
	if passed, _ := inTurn(12, wrong("mia@example.com")); passed < 6 || passed > 8 {
		t.Errorf("of 12 attempts to sign in %d passed, want the limit of 6", passed)
	}
	// A new replica knows what was counted.
	late := w.begin(t, nil)
	if a, err := wrong("mia@example.com")(late); err != nil || a.status != http.StatusTooManyRequests {
		t.Errorf("a replica that was started now answers %d %v", a.status, err)
	}
	if err := late.Stop(); err != nil {
		t.Error(err)
	}

	// Without Redis nothing opens: each has a third, and nobody is locked out.
	w.redis.Kill()
	for _, r := range w.replicas {
		eventually(t, "it notices", func() bool { return strings.Contains(r.Log.String(), "cut off from redis") })
	}
	if passed, _ := inTurn(12, wrong("noor@example.com")); passed < 3 || passed > 6 {
		t.Errorf("without Redis %d of 12 attempts to sign in passed, want at most the limit of 6 and not none", passed)
	}
	if passed, _ := inTurn(30, me); passed > 15 {
		t.Errorf("without Redis %d of 30 requests passed for who has used up the limit", passed)
	}
	bea := signIn(t, w.replicas[2].Address, admin) // no more than the rest of the world is locked out
	if bea.token == "" {
		t.Error("nobody can sign in")
	}
}
