package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/auth/authtest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// laptop and phone are two devices of one person.
var (
	laptop = auth.Client{Address: "192.0.2.7", LimitKey: "192.0.2.7", Device: "Laptop", RequestID: "r1"}
	phone  = auth.Client{Address: "192.0.2.8", LimitKey: "192.0.2.8", Device: "Phone", RequestID: "r2"}
)

func signIn(t *testing.T, w *authtest.World, c auth.Client, login string) auth.SignedIn {
	t.Helper()
	s, err := w.Auth.SignIn(t.Context(), c, auth.Credentials{Login: login, Password: authtest.Password})
	if err != nil {
		t.Fatalf("sign in as %s: %v", login, err)
	}
	return s
}

// request authenticates as a request with the token would.
func request(t *testing.T, w *authtest.World, c auth.Client, header, value string) (auth.Actor, error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/auth/me", nil)
	if header != "" {
		r.Header.Set(header, value)
	}
	return w.Auth.Authenticate(auth.WithClient(t.Context(), c), r)
}

func enters(t *testing.T, w *authtest.World, token string) bool {
	t.Helper()
	a, err := request(t, w, laptop, "Authorization", "Bearer "+token)
	if err != nil && !errs.Has(err, errs.Unauthenticated) {
		t.Fatal(err)
	}
	return err == nil && !a.User.IsZero()
}

func wantKind(t *testing.T, err error, k errs.Kind) {
	t.Helper()
	if !errs.Has(err, k) {
		t.Fatalf("got %v, want kind %s", err, k)
	}
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	var e *errs.Error
	if !errors.As(err, &e) || e.Kind != errs.Invalid || len(e.Fields) == 0 || e.Fields[0].Location != field {
		t.Fatalf("got %v, want a problem of the field %s", err, field)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		s := signIn(t, w, laptop, " MIA@Example.com ")
		if s.User.ID != w.Admin.User || s.Workspace.Slug != "acme" || len(s.Permissions) != len(auth.Catalogue()) {
			t.Fatalf("got %+v", s.User)
		}
		t.Run("gives a token that is taken as bearer, header and cookie", func(t *testing.T) {
			for _, h := range [][2]string{
				{"Authorization", "bearer " + s.Token}, {"X-Access-Token", s.Token}, {"Cookie", "__Host-session=" + s.Token},
			} {
				a, err := request(t, w, laptop, h[0], h[1])
				if err != nil || a.User != w.Admin.User || a.Tenant != w.Workspace.ID || !a.MayEverything() || a.Address != laptop.Address {
					t.Errorf("%s: got %+v, %v", h[0], a, err)
				}
			}
		})
		t.Run("without a token is nobody and no error", func(t *testing.T) {
			a, err := request(t, w, laptop, "", "")
			if err != nil || !a.User.IsZero() {
				t.Fatalf("got %+v, %v", a, err)
			}
			wantKind(t, a.Require("users:read"), errs.Unauthenticated)
		})
		t.Run("refuses wrong password, unknown user and unknown workspace with one answer", func(t *testing.T) {
			for _, c := range []auth.Credentials{
				{Login: "mia@example.com", Password: "wrong"},
				{Login: "nobody@example.com", Password: authtest.Password},
				{Login: "mia@example.com", Password: authtest.Password, Workspace: "elsewhere"},
				{Login: "mia@example.com", Password: strings.Repeat("x", 5000)},
			} {
				if _, err := w.Auth.SignIn(t.Context(), laptop, c); err != auth.ErrCredentials { //nolint:errorlint // the very same value
					t.Errorf("%+v: got %v", c, err)
				}
			}
		})
		t.Run("keeps refusals in the audit log without the password", func(t *testing.T) {
			var refused int
			for _, e := range w.Entries(t).Data {
				if e.Action == "sign_in.refused" {
					refused++
					if e.Changes["email"].New == "mia@example.com" || e.Changes["email"].New == "nobody@example.com" {
						t.Errorf("the address is not masked: %v", e.Changes)
					}
				}
			}
			if refused != 3 {
				t.Fatalf("got %d refusals, want 3", refused)
			}
		})
		t.Run("takes a user name", func(t *testing.T) {
			name := "mia.l"
			if _, err := w.Auth.UpdateMe(t.Context(), laptop, w.Admin, auth.UserPatch{Username: &name}, authtest.Password); err != nil {
				t.Fatal(err)
			}
			signIn(t, w, laptop, "Mia.L")
		})
		t.Run("needs the workspace once there are several", func(t *testing.T) {
			w.Neighbour(t, "Other", "mia@example.com")
			_, err := w.Auth.SignIn(t.Context(), laptop, auth.Credentials{Login: "mia@example.com", Password: authtest.Password})
			if !errors.Is(err, tenant.ErrNeeded) {
				t.Fatalf("got %v", err)
			}
			byHost := laptop
			byHost.Host = "other.throughline.example"
			s, err := w.Auth.SignIn(t.Context(), byHost, auth.Credentials{Login: "mia@example.com", Password: authtest.Password})
			if err != nil || s.Workspace.Slug != "other" {
				t.Fatalf("got %s, %v", s.Workspace.Slug, err)
			}
			byHost.Host = "acme.throughline.example"
			if _, err := request(t, w, byHost, "Authorization", "Bearer "+s.Token); !errs.Has(err, errs.Unauthenticated) {
				t.Fatalf("a token of other at acme's host: got %v", err)
			}
		})
	})
}

func TestSignInIsLimited(t *testing.T) {
	t.Parallel()
	w := authtest.New(t, dbtest.SQLite(t))
	try := func(c auth.Client, login string) error {
		_, err := w.Auth.SignIn(t.Context(), c, auth.Credentials{Login: login, Password: "wrong"})
		return err
	}
	for _, login := range []string{"mia@example.com", "nobody@example.com"} {
		for i := range 10 {
			// Case and spaces make no other account.
			if err := try(laptop, strings.Repeat(" ", i)+strings.ToUpper(login)); !errors.Is(err, auth.ErrCredentials) {
				t.Fatalf("try %d: %v", i, err)
			}
		}
		err := try(laptop, login)
		wantKind(t, err, errs.TooMany)
		var e *errs.Error
		if errors.As(err, &e) && e.RetryAfter <= 0 {
			t.Error("no Retry-After")
		}
	}
	if _, err := w.Auth.SignIn(t.Context(), laptop, auth.Credentials{Login: "mia@example.com", Password: authtest.Password}); !errs.Has(err, errs.TooMany) {
		t.Fatalf("the right password must not be told apart while limited: %v", err)
	}
	signIn(t, w, phone, "mia@example.com") // another address is not locked out
	w.Clock.Advance(10 * time.Minute)
	signIn(t, w, laptop, "mia@example.com")
}

func TestRegister(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		in := auth.SignUp{Name: "Sam Okoro", Email: "sam@example.com", Password: authtest.Password, UserType: "staff"}
		if err := w.Auth.Register(t.Context(), laptop, in); err != nil {
			t.Fatal(err)
		}
		t.Run("waits for approval", func(t *testing.T) {
			_, err := w.Auth.SignIn(t.Context(), laptop, auth.Credentials{Login: in.Email, Password: in.Password})
			if !errors.Is(err, auth.ErrPending) {
				t.Fatalf("got %v", err)
			}
			_, err = w.Auth.SignIn(t.Context(), laptop, auth.Credentials{Login: in.Email, Password: "wrong"})
			if !errors.Is(err, auth.ErrCredentials) {
				t.Fatalf("a wrong password learns the status: %v", err)
			}
		})
		t.Run("again answers the same and tells the owner by mail", func(t *testing.T) {
			again := in
			again.Name, again.Email = "Somebody Else", "SAM@example.com"
			if err := w.Auth.Register(t.Context(), phone, again); err != nil {
				t.Fatal(err)
			}
			mail := w.Mail(t)
			if len(mail) != 1 || mail[0].Recipient != "sam@example.com" || mail[0].State != "kept" {
				t.Fatalf("got %+v", mail)
			}
		})
		t.Run("refuses administrators, customers and weak passwords", func(t *testing.T) {
			for kind, field := range map[string]string{"administrator": "userType", "customer": "userType", "": "userType"} {
				bad := in
				bad.UserType = kind
				wantField(t, w.Auth.Register(t.Context(), laptop, bad), field)
			}
			for _, p := range []string{"short1!", "alllower-7", "NoDigits-here", "NoSpecial77", "Sam-Okoro-7", "Password1!", "Qwerty123!", strings.Repeat("Aa1!", 51)} {
				bad := in
				bad.Email, bad.Password = "new@example.com", p
				wantField(t, w.Auth.Register(t.Context(), laptop, bad), "password")
			}
		})
		t.Run("is approved by an administrator, who may choose the role", func(t *testing.T) {
			u, err := w.Auth.FindUser(t.Context(), w.Admin, "sam@example.com")
			if err != nil {
				t.Fatal(err)
			}
			if u, err = w.Auth.SetStatus(t.Context(), w.Admin, u.ID, auth.Approved, w.Role(t, auth.Manager).ID, nil); err != nil || u.Role.Key != auth.Manager {
				t.Fatalf("got %+v, %v", u, err)
			}
			s := signIn(t, w, laptop, "sam@example.com")
			if s.Permissions.Covers(auth.PermissionSet("users:write")) || !s.Permissions.Covers(auth.PermissionSet("tickets:read_own", "orders:correct_history")) {
				t.Fatalf("a manager holds %v", s.Permissions.List())
			}
		})
		t.Run("is refused where sign-up is closed", func(t *testing.T) {
			no := false
			if _, err := w.Tenants.Update(t.Context(), w.Admin, tenant.Patch{SignUpOpen: &no}, nil); err != nil {
				t.Fatal(err)
			}
			wantKind(t, w.Auth.Register(t.Context(), laptop, in), errs.Forbidden)
		})
	})
}

func TestRenew(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var deps auth.Deps
		w := authtest.New(t, d, func(x *auth.Deps) { deps = *x })
		renew := func(c auth.Client, token string) (auth.SignedIn, error) { return w.Auth.Renew(t.Context(), c, token) }

		t.Run("rotates, and many tabs at once get the same working answer", func(t *testing.T) {
			s := signIn(t, w, laptop, "mia@example.com")
			w.Clock.Advance(14 * time.Minute)
			var mu sync.Mutex
			answers := map[string]int{}
			var wait sync.WaitGroup
			for range 20 {
				wait.Go(func() {
					n, err := renew(laptop, s.RefreshToken)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					answers[n.RefreshToken]++
					mu.Unlock()
				})
			}
			wait.Wait()
			if len(answers) != 1 {
				t.Fatalf("got %d families, want 1", len(answers))
			}
			for token := range answers {
				w.Clock.Advance(time.Minute)
				n, err := renew(laptop, token)
				if err != nil || !enters(t, w, n.Token) {
					t.Fatalf("the next renewal: %v", err)
				}
			}
		})
		t.Run("a spent token ends the session", func(t *testing.T) {
			s := signIn(t, w, laptop, "mia@example.com")
			n, err := renew(laptop, s.RefreshToken)
			if err != nil || !enters(t, w, n.Token) {
				t.Fatal(err)
			}
			w.Clock.Advance(21 * time.Second)
			if _, err := renew(laptop, s.RefreshToken); !errors.Is(err, auth.ErrSession) {
				t.Fatalf("got %v", err)
			}
			if _, err := renew(laptop, n.RefreshToken); !errors.Is(err, auth.ErrSession) {
				t.Fatalf("the family lives: %v", err)
			}
			if enters(t, w, n.Token) {
				t.Fatal("the access token still works")
			}
		})
		t.Run("a device whose answer died with the process may ask again when the next one is there", func(t *testing.T) {
			for _, c := range []struct {
				away, later time.Duration
				good        bool
			}{{10 * time.Minute, 19 * time.Second, true}, {10 * time.Minute, 21 * time.Second, false}, {61 * time.Minute, time.Second, false}} {
				s := signIn(t, w, laptop, "mia@example.com")
				n, err := renew(laptop, s.RefreshToken)
				if err != nil {
					t.Fatal(err)
				}
				w.Clock.Advance(c.away)
				deps.Queue = jobs.New(d, w.Clock, deps.Log, jobs.Options{})
				next, err := auth.New(deps)
				if err != nil {
					t.Fatal(err)
				}
				w.Clock.Advance(c.later)
				again, err := next.Renew(t.Context(), laptop, s.RefreshToken)
				if c.good && (err != nil || again.RefreshToken != n.RefreshToken) || !c.good && !errors.Is(err, auth.ErrSession) {
					t.Errorf("away for %s, asked %s later: %v", c.away, c.later, err)
				}
			}
		})
		t.Run("a spent token from another device ends the session within the grace", func(t *testing.T) {
			s := signIn(t, w, laptop, "mia@example.com")
			if _, err := renew(laptop, s.RefreshToken); err != nil {
				t.Fatal(err)
			}
			if _, err := renew(phone, s.RefreshToken); !errors.Is(err, auth.ErrSession) {
				t.Fatalf("got %v", err)
			}
			if enters(t, w, s.Token) {
				t.Fatal("the session lives")
			}
		})
		t.Run("an access token, rubbish or a forged token is refused and ends nothing", func(t *testing.T) {
			s := signIn(t, w, laptop, "mia@example.com")
			forged := strings.Repeat("A", len(s.RefreshToken))
			for _, bad := range []string{"", s.Token, "x", forged, s.RefreshToken + "A"} {
				if _, err := renew(laptop, bad); !errors.Is(err, auth.ErrSession) {
					t.Errorf("%q: got %v", bad, err)
				}
			}
			if !enters(t, w, s.Token) {
				t.Fatal("the session ended")
			}
		})
		t.Run("an unused session ends after its lifetime", func(t *testing.T) {
			s := signIn(t, w, laptop, "mia@example.com")
			w.Clock.Advance(30 * 24 * time.Hour)
			if _, err := renew(laptop, s.RefreshToken); !errors.Is(err, auth.ErrSession) {
				t.Fatalf("got %v", err)
			}
		})
	})
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		agent := w.User(t, auth.Agent)
		u, err := w.Auth.User(t.Context(), w.Admin, agent.User)
		if err != nil {
			t.Fatal(err)
		}
		as := func(s auth.SignedIn) auth.Actor {
			a, err := request(t, w, laptop, "Authorization", "Bearer "+s.Token)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		dead := func(t *testing.T, s auth.SignedIn) {
			t.Helper()
			if enters(t, w, s.Token) {
				t.Error("the access token still works")
			}
			if _, err := w.Auth.Renew(t.Context(), laptop, s.RefreshToken); !errors.Is(err, auth.ErrSession) {
				t.Errorf("the refresh token still works: %v", err)
			}
		}
		here, there := signIn(t, w, laptop, u.Email), signIn(t, w, phone, u.Email)
		who := as(here)
		list, err := w.Auth.Sessions(t.Context(), who)
		if err != nil || len(list) != 2 || list[0].Device != "Phone" || list[1].ID != who.Session {
			t.Fatalf("got %+v, %v", list, err)
		}
		t.Run("one by one", func(t *testing.T) {
			as(there)
			if err := w.Auth.EndSession(t.Context(), who, list[0].ID); err != nil {
				t.Fatal(err)
			}
			dead(t, there)
			wantKind(t, w.Auth.EndSession(t.Context(), who, list[0].ID), errs.NotFound)
		})
		t.Run("never somebody else's", func(t *testing.T) {
			wantKind(t, w.Auth.EndSession(t.Context(), w.Admin, who.Session), errs.NotFound)
			if !enters(t, w, here.Token) {
				t.Error("it ended")
			}
		})
		t.Run("at sign-out, also by the refresh token alone", func(t *testing.T) {
			s := signIn(t, w, laptop, u.Email)
			if err := w.Auth.SignOut(t.Context(), laptop, as(s), ""); err != nil {
				t.Fatal(err)
			}
			dead(t, s)
			s = signIn(t, w, laptop, u.Email)
			if err := w.Auth.SignOut(t.Context(), laptop, auth.Actor{}, s.RefreshToken); err != nil {
				t.Fatal(err)
			}
			dead(t, s)
		})
		t.Run("everywhere", func(t *testing.T) {
			a, b := signIn(t, w, laptop, u.Email), signIn(t, w, phone, u.Email)
			if err := w.Auth.SignOutEverywhere(t.Context(), as(a)); err != nil {
				t.Fatal(err)
			}
			dead(t, a)
			dead(t, b)
		})
		t.Run("the others, when the password changes", func(t *testing.T) {
			a, b := signIn(t, w, laptop, u.Email), signIn(t, w, phone, u.Email)
			who := as(a)
			wantField(t, w.Auth.ChangePassword(t.Context(), laptop, who, "wrong", "Lantern-4-meadow"), "currentPassword")
			wantField(t, w.Auth.ChangePassword(t.Context(), laptop, who, authtest.Password, "weak"), "newPassword")
			if err := w.Auth.ChangePassword(t.Context(), laptop, who, authtest.Password, "Lantern-4-meadow"); err != nil {
				t.Fatal(err)
			}
			dead(t, b)
			if !enters(t, w, a.Token) {
				t.Error("this session ended too")
			}
			if err := w.Auth.ChangePassword(t.Context(), laptop, who, "Lantern-4-meadow", authtest.Password); err != nil {
				t.Fatal(err)
			}
		})
		t.Run("at deactivation, and permissions follow a role at once", func(t *testing.T) {
			s := signIn(t, w, laptop, u.Email)
			if as(s).Can("orders:delete") {
				t.Fatal("an agent deletes orders")
			}
			role := w.Role(t, auth.Agent)
			if _, err := w.Auth.UpdateRole(t.Context(), w.Admin, role.ID, auth.RolePatch{Add: []string{"orders:delete"}}, nil); err != nil {
				t.Fatal(err)
			}
			if !as(s).Can("orders:delete") {
				t.Fatal("the role's new permission is not seen")
			}
			if _, err := w.Auth.SetStatus(t.Context(), w.Admin, agent.User, auth.Deactivated, id.Zero, nil); err != nil {
				t.Fatal(err)
			}
			dead(t, s)
			_, err := w.Auth.SignIn(t.Context(), laptop, auth.Credentials{Login: u.Email, Password: authtest.Password})
			if !errors.Is(err, auth.ErrDeactivated) {
				t.Fatalf("got %v", err)
			}
		})
	})
}

func TestAnotherProcessSeesARevocationWithinHalfAMinute(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		other := authtest.Empty(t, d)
		s := signIn(t, w, laptop, "mia@example.com")
		if !enters(t, other, s.Token) {
			t.Fatal("the other process refuses")
		}
		if err := w.Auth.SignOutEverywhere(t.Context(), w.Admin); err != nil {
			t.Fatal(err)
		}
		other.Clock.Advance(30 * time.Second)
		if enters(t, other, s.Token) {
			t.Fatal("still good after 30 s")
		}
	})
}

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		ask := func(email string) string {
			if err := w.Auth.Forgot(t.Context(), laptop, email, ""); err != nil {
				t.Fatal(err)
			}
			w.Drain(t)
			return w.ResetToken(t)
		}
		t.Run("for an unknown address answers the same and sends nothing", func(t *testing.T) {
			if token := ask("nobody@example.com"); token != "" {
				t.Fatal("a link was sent")
			}
		})
		t.Run("sets a new password once and ends all sessions", func(t *testing.T) {
			s := signIn(t, w, phone, "mia@example.com")
			token := ask("Mia@example.com")
			mail := w.Mail(t)[0]
			if token == "" || !strings.Contains(mail.Text, "https://help.example.com/reset-password/") {
				t.Fatalf("got %+v", mail)
			}
			wantField(t, w.Auth.Reset(t.Context(), laptop, token, "weak"), "password")
			if err := w.Auth.Reset(t.Context(), laptop, token, "Lantern-4-meadow"); err != nil {
				t.Fatal(err)
			}
			if enters(t, w, s.Token) {
				t.Error("an old session still works")
			}
			if err := w.Auth.Reset(t.Context(), laptop, token, "Lantern-5-meadow"); !errors.Is(err, auth.ErrReset) {
				t.Errorf("the link worked twice: %v", err)
			}
			if _, err := w.Auth.SignIn(t.Context(), laptop, auth.Credentials{Login: "mia@example.com", Password: "Lantern-4-meadow"}); err != nil {
				t.Error(err)
			}
		})
		t.Run("a newer link, ten minutes and another address make a link worthless", func(t *testing.T) {
			first := ask("mia@example.com")
			second := ask("mia@example.com")
			if err := w.Auth.Reset(t.Context(), laptop, first, authtest.Password); !errors.Is(err, auth.ErrReset) {
				t.Errorf("the older link works: %v", err)
			}
			w.Clock.Advance(10 * time.Minute)
			if err := w.Auth.Reset(t.Context(), laptop, second, authtest.Password); !errors.Is(err, auth.ErrReset) {
				t.Errorf("the link works after ten minutes: %v", err)
			}
			third := ask("mia@example.com")
			other := "mia.laurent@example.com"
			if _, err := w.Auth.UpdateMe(t.Context(), laptop, w.Admin, auth.UserPatch{Email: &other}, "Lantern-4-meadow"); err != nil {
				t.Fatal(err)
			}
			if err := w.Auth.Reset(t.Context(), laptop, third, authtest.Password); !errors.Is(err, auth.ErrReset) {
				t.Errorf("the link works after the address changed: %v", err)
			}
		})
		t.Run("rubbish is refused", func(t *testing.T) {
			for _, bad := range []string{"", ".", "1.", "1.x", "zz.x", "9999999999999999999.x", strings.Repeat("1", 300) + ".x"} {
				if err := w.Auth.Reset(t.Context(), phone, bad, authtest.Password); !errors.Is(err, auth.ErrReset) {
					t.Errorf("%q: got %v", bad, err)
				}
			}
		})
	})
}

func TestConcurrentResetsUseALinkOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		if err := w.Auth.Forgot(t.Context(), laptop, "mia@example.com", ""); err != nil {
			t.Fatal(err)
		}
		w.Drain(t)
		token := w.ResetToken(t)
		var done sync.Map
		var wait sync.WaitGroup
		for i := range 5 {
			wait.Go(func() {
				if err := w.Auth.Reset(context.WithoutCancel(t.Context()), laptop, token, "Lantern-4-meadow"); err == nil {
					done.Store(i, true)
				}
			})
		}
		wait.Wait()
		n := 0
		done.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Fatalf("used %d times", n)
		}
	})
}

func TestASuspendedWorkspaceLetsNobodyIn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		s := signIn(t, w, laptop, "mia@example.com")
		if err := w.Auth.Forgot(t.Context(), laptop, "mia@example.com", ""); err != nil {
			t.Fatal(err)
		}
		w.Drain(t)
		token := w.ResetToken(t)
		err := d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE workspace SET status = 'suspended' WHERE id = $1`, w.Workspace.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(30 * time.Second) // what another process has changed
		if enters(t, w, s.Token) {
			t.Error("the access token still works")
		}
		if _, err := w.Auth.Renew(t.Context(), laptop, s.RefreshToken); !errors.Is(err, auth.ErrSession) {
			t.Errorf("renewal: %v", err)
		}
		if _, err := w.Auth.SignIn(t.Context(), laptop, auth.Credentials{Login: "mia@example.com", Password: authtest.Password, Workspace: "acme"}); !errors.Is(err, auth.ErrCredentials) {
			t.Errorf("sign-in: %v", err)
		}
		if err := w.Auth.Reset(t.Context(), laptop, token, "Lantern-4-meadow"); !errors.Is(err, auth.ErrReset) {
			t.Errorf("reset link: %v", err)
		}
	})
}

func TestRefusingTakesTheSameStatementsWhoeverIsThere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		texts := func(work func(ctx context.Context) error, want error) (out []string) {
			t.Helper()
			ctx, record := db.WithRecord(t.Context())
			if err := work(ctx); !errors.Is(err, want) {
				t.Fatalf("got %v", err)
			}
			for _, s := range record.Statements() {
				out = append(out, s.Text)
			}
			return out
		}
		in := func(login string) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				_, err := w.Auth.SignIn(ctx, laptop, auth.Credentials{Login: login, Password: "Wrong-1-password"})
				return err
			}
		}
		forgot := func(email string) func(ctx context.Context) error {
			return func(ctx context.Context) error { return w.Auth.Forgot(ctx, laptop, email, "") }
		}
		_ = in("first@example.com")(t.Context()) // which workspaces there are is remembered
		if diff := cmp.Diff(texts(in("mia@example.com"), auth.ErrCredentials), texts(in("nobody@example.com"), auth.ErrCredentials)); diff != "" {
			t.Errorf("sign-in: %s", diff)
		}
		if diff := cmp.Diff(texts(forgot("mia@example.com"), nil), texts(forgot("nobody@example.com"), nil)); diff != "" {
			t.Errorf("forgotten password: %s", diff)
		}
	})
}
