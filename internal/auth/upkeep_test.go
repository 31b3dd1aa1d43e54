package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/auth/authtest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

func scalar[T any](t *testing.T, w *authtest.World, q string, args ...any) (out T) {
	t.Helper()
	err := w.DB.Read(t.Context(), w.Workspace.ID, func(ctx context.Context, r db.Reader) (err error) {
		out, err = db.Scalar[T](ctx, r, q, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSessionsLongOverAreRemoved(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		signIn(t, w, laptop, "mia@example.com")
		w.Clock.Advance(59 * 24 * time.Hour)
		signIn(t, w, laptop, "mia@example.com")
		const q = `SELECT COUNT(*) FROM session WHERE tenant_id = $1`
		for _, step := range []struct {
			wait time.Duration
			want int64
		}{{0, 2}, {2 * 24 * time.Hour, 1}, {60 * 24 * time.Hour, 0}} {
			w.Clock.Advance(step.wait)
			if err := w.Auth.RemoveOldSessions(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := scalar[int64](t, w, q, w.Workspace.ID); got != step.want {
				t.Fatalf("%d are left, want %d", got, step.want)
			}
		}
	})
}

func TestSignInRenewsAHashOfAnotherCost(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		dearer := authtest.Empty(t, d, func(x *auth.Deps) { x.Options.Hashing = auth.Hashing{Memory: 128, Time: 2, Threads: 1} })
		const q = `SELECT password_hash FROM staff_user WHERE tenant_id = $1 AND id = $2`
		for range 2 {
			signIn(t, dearer, laptop, "mia@example.com")
			if got := scalar[string](t, w, q, w.Workspace.ID, w.Admin.User); !strings.HasPrefix(got, "$argon2id$v=19$m=128,t=2,p=1$") {
				t.Fatalf("got %s", got)
			}
		}
	})
}

// BenchmarkSignIn compares a known user with an unknown one at the real cost: the two must not be told apart.
func BenchmarkSignIn(b *testing.B) {
	d := dbtest.SQLite(b)
	w := authtest.New(b, d, func(x *auth.Deps) {
		x.Options.Hashing = auth.DefaultHashing()
		x.Options.SignInLimit.N = 0
	})
	for _, login := range []string{"mia@example.com", "nobody@example.com"} {
		b.Run(login, func(b *testing.B) {
			for b.Loop() {
				if _, err := w.Auth.SignIn(b.Context(), laptop, auth.Credentials{Login: login, Password: "wrong"}); err == nil {
					b.Fatal("signed in")
				}
			}
		})
	}
}
