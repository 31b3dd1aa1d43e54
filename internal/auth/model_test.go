package auth_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/auth/authtest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

// modelSet is permissions as a plain list.
type modelSet []string

// allows says it from the words of the catalogue: _all includes _own.
func (m modelSet) allows(name string) bool {
	all, own := strings.CutSuffix(name, "_own")
	return slices.Contains(m, name) || own && slices.Contains(m, all+"_all")
}

func (m modelSet) covers(o modelSet) bool {
	return !slices.ContainsFunc(o, func(n string) bool { return !m.allows(n) })
}

// TestPermissionSetsMatchAModel changes roles and who has them, by an administrator and by somebody who may
// do less, and compares what everybody may do with plain lists.
func TestPermissionSetsMatchAModel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		var names []string
		for _, p := range auth.Catalogue() {
			names = append(names, p.Name)
		}
		roles := map[id.ID]modelSet{}
		var ids []id.ID
		for i := range 3 {
			r, err := w.Auth.CreateRole(t.Context(), w.Admin, fmt.Sprint("Role ", i), "", []string{"orders:read"})
			if err != nil {
				t.Fatal(err)
			}
			roles[r.ID], ids = modelSet{"orders:read"}, append(ids, r.ID)
		}
		var users []id.ID
		has := map[id.ID]id.ID{}
		for i := range 3 {
			u, err := w.Auth.CreateUser(t.Context(), w.Admin, auth.NewUser{Name: "Sam", Email: fmt.Sprintf("sam%d@example.com", i), Password: authtest.Password, Role: ids[i]})
			if err != nil {
				t.Fatal(err)
			}
			users, has[u.ID] = append(users, u.ID), ids[i]
		}
		// Few enough to meet, with those that let somebody give and change.
		few := []string{"customers:read_own", "customers:read_all", "tickets:update_own", "tickets:update_all", "orders:read"}
		some := rapid.Custom(func(rt *rapid.T) []string {
			out := rapid.SliceOfNDistinct(rapid.SampledFrom(few), 0, len(few), rapid.ID).Draw(rt, "few")
			if rapid.Bool().Draw(rt, "leads") {
				out = append(out, "roles:write", "users:write")
			}
			return out
		})
		rapid.Check(t, func(rt *rapid.T) {
			for range rapid.IntRange(1, 4).Draw(rt, "steps") {
				who, may := w.Admin, modelSet(names)
				if rapid.Bool().Draw(rt, "somebody else") {
					u := rapid.SampledFrom(users).Draw(rt, "who")
					who, may = w.Actor(t, w.Workspace.ID, u), roles[has[u]]
				}
				role := rapid.SampledFrom(ids).Draw(rt, "role")
				switch step := rapid.SampledFrom([]string{"set", "add", "remove", "give"}).Draw(rt, "step"); step {
				case "give":
					u := rapid.SampledFrom(users).Draw(rt, "user")
					_, err := w.Auth.UpdateUser(t.Context(), who, u, auth.UserPatch{Role: &role}, nil)
					allowed := may.allows("users:write") && may.covers(roles[has[u]]) && (may.covers(roles[role]) || has[u] == role)
					if allowed != (err == nil) || err != nil && !errs.Has(err, errs.Forbidden) {
						rt.Fatalf("%v gives %v to who has %v: %v", may, roles[role], roles[has[u]], err)
					}
					if err == nil {
						has[u] = role
					}
				default:
					list, before := some.Draw(rt, "permissions"), roles[role]
					after, p := modelSet(list), auth.RolePatch{Permissions: &list}
					switch step {
					case "add":
						after, p = append(slices.Clone(before), list...), auth.RolePatch{Add: list}
					case "remove":
						after, p = slices.DeleteFunc(slices.Clone(before), func(n string) bool { return slices.Contains(list, n) }), auth.RolePatch{Remove: list}
					}
					_, err := w.Auth.UpdateRole(t.Context(), who, role, p, nil)
					allowed := may.allows("roles:write") && may.covers(before) && may.covers(after)
					if allowed != (err == nil) || err != nil && !errs.Has(err, errs.Forbidden) {
						rt.Fatalf("%v makes %v of %v: %v", may, after, before, err)
					}
					if err == nil {
						roles[role] = after
					}
				}
				for _, u := range users {
					a, want := w.Actor(t, w.Workspace.ID, u), roles[has[u]]
					for _, n := range names {
						if a.Can(n) != want.allows(n) {
							rt.Fatalf("who has %v: %s is %t", want, n, a.Can(n))
						}
					}
				}
			}
		})
	})
}

// family is one session as the rule has it: the token in use, the one before, and when they changed.
type family struct {
	device            auth.Client
	current, previous string
	old               []string
	rotated           time.Time
	access            string
	over              bool
}

// TestSessionFamiliesMatchAModel signs in, renews with every kind of token from every device, signs out and
// restarts the program at random, and compares with the rule in words.
func TestSessionFamiliesMatchAModel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var deps auth.Deps
		w := authtest.New(t, d, func(x *auth.Deps) {
			x.Options.SignInLimit = ratelimit.Limit{}
			deps = *x
		})
		started := w.Clock.Now()
		rapid.Check(t, func(rt *rapid.T) {
			var all []*family
			for range rapid.IntRange(2, 12).Draw(rt, "steps") {
				step := rapid.SampledFrom([]string{"sign in", "renew", "renew", "again", "again", "wait", "restart", "sign out"}).Draw(rt, "step")
				if len(all) == 0 {
					step = "sign in"
				}
				var f *family
				if step == "renew" || step == "again" || step == "sign out" {
					f = rapid.SampledFrom(all).Draw(rt, "session")
				}
				switch step {
				case "sign in":
					c := rapid.SampledFrom([]auth.Client{laptop, phone}).Draw(rt, "device")
					s := signIn(t, w, c, "mia@example.com")
					all = append(all, &family{device: c, current: s.RefreshToken, access: s.Token, rotated: w.Clock.Now()})
				case "wait":
					w.Clock.Advance(time.Duration(rapid.SampledFrom([]int{1, 9, 20, 21, 600, 4000}).Draw(rt, "seconds")) * time.Second)
				case "restart":
					deps.Queue = jobs.New(d, w.Clock, deps.Log, jobs.Options{})
					next, err := auth.New(deps)
					if err != nil {
						rt.Fatal(err)
					}
					w.Auth, started = next, w.Clock.Now()
				case "sign out":
					if err := w.Auth.SignOut(t.Context(), f.device, auth.Actor{}, f.current); err != nil {
						rt.Fatal(err)
					}
					f.over = true
				case "renew", "again":
					tokens := append([]string{f.current, f.current}, f.old...)
					if f.previous != "" {
						tokens = append(tokens, f.previous, f.previous)
					}
					if step == "again" { // the one before, about the end of its grace
						w.Clock.Advance(time.Duration(rapid.IntRange(19, 21).Draw(rt, "after")) * time.Second)
						tokens = tokens[len(tokens)-1:]
					}
					token := rapid.SampledFrom(tokens).Draw(rt, "token")
					from := rapid.SampledFrom([]auth.Client{f.device, f.device, laptop, phone}).Draw(rt, "from")
					now, since := w.Clock.Now(), f.rotated
					if started.After(since) && started.Sub(since) <= time.Hour {
						since = started
					}
					got, err := w.Auth.Renew(t.Context(), from, token)
					switch {
					case f.over:
						if !errors.Is(err, auth.ErrSession) {
							rt.Fatalf("a session that is over: %v", err)
						}
					case token == f.current:
						if err != nil || got.RefreshToken == token {
							rt.Fatalf("the token in use: %v", err)
						}
						if f.previous != "" {
							f.old = append(f.old, f.previous)
						}
						f.previous, f.current, f.rotated, f.access = token, got.RefreshToken, now, got.Token
					case token == f.previous && from.Device == f.device.Device && now.Sub(since) <= 20*time.Second:
						if err != nil || got.RefreshToken != f.current {
							rt.Fatalf("the token before, in its grace: %v", err)
						}
						f.access = got.Token
					default:
						if !errors.Is(err, auth.ErrSession) {
							rt.Fatalf("a spent token: %v", err)
						}
						f.over = true
					}
				}
			}
			for i, f := range all {
				// A fresh access token tells whether the session lives.
				if !f.over {
					got, err := w.Auth.Renew(t.Context(), f.device, f.current)
					if err != nil || !enters(t, w, got.Token) {
						rt.Fatalf("session %d is over, the model says it lives: %v", i, err)
					}
				} else if enters(t, w, f.access) {
					rt.Fatalf("session %d lives, the model says it is over", i)
				}
			}
			w.Clock.Advance(11 * time.Minute) // limits begin anew
		})
	})
}
