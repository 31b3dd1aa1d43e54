package auth_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/auth/authtest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		_, foreign := w.Neighbour(t, "Other", "mia@example.com")
		agent := w.User(t, auth.Agent)
		manager := w.User(t, auth.Manager)

		t.Run("are listed with filters, search and pages", func(t *testing.T) {
			names := func(q url.Values) []string {
				var out []string
				for {
					page, _, err := w.Auth.Users(t.Context(), w.Admin, q)
					if err != nil {
						t.Fatal(err)
					}
					for _, u := range page.Data {
						out = append(out, u.Name)
					}
					if page.Next == "" {
						return out
					}
					q.Set("cursor", page.Next)
				}
			}
			for q, want := range map[string][]string{
				"":                          {"Mia Laurent", "Person 1", "Person 2"},
				"limit=1":                   {"Mia Laurent", "Person 1", "Person 2"},
				"limit=1&sort=-name":        {"Person 2", "Person 1", "Mia Laurent"},
				"limit=2&sort=email":        {"Mia Laurent", "Person 1", "Person 2"},
				"limit=1&sort=-createdAt":   {"Person 2", "Person 1", "Mia Laurent"},
				"role=agent":                {"Person 1"},
				"role=agent&role=manager":   {"Person 1", "Person 2"},
				"status=pending":            nil,
				"q=LAURENT":                 {"Mia Laurent"},
				"q=p1@ex":                   {"Person 1"},
				"q=100%25":                  nil,
				"available=true&role=agent": {"Person 1"},
			} {
				values, err := url.ParseQuery(q)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, names(values)); diff != "" {
					t.Errorf("%s: %s", q, diff)
				}
			}
			_, _, err := w.Auth.Users(t.Context(), w.Admin, url.Values{"password_hash": {"x"}})
			wantKind(t, err, errs.Malformed)
		})
		t.Run("read themselves, and others only with users:read", func(t *testing.T) {
			if _, err := w.Auth.User(t.Context(), agent, agent.User); err != nil {
				t.Fatal(err)
			}
			_, err := w.Auth.User(t.Context(), agent, manager.User)
			wantKind(t, err, errs.Forbidden)
			_, _, err = w.Auth.Users(t.Context(), agent, nil)
			wantKind(t, err, errs.Forbidden)
		})
		t.Run("of another workspace are missing and stay as they are", func(t *testing.T) {
			name := "Changed"
			_, err := w.Auth.User(t.Context(), w.Admin, foreign.User)
			wantKind(t, err, errs.NotFound)
			_, err = w.Auth.UpdateUser(t.Context(), w.Admin, foreign.User, auth.UserPatch{Name: &name}, nil)
			wantKind(t, err, errs.NotFound)
			_, err = w.Auth.SetStatus(t.Context(), w.Admin, foreign.User, auth.Deactivated, id.Zero, nil)
			wantKind(t, err, errs.NotFound)
			wantKind(t, w.Auth.DeleteUser(t.Context(), w.Admin, foreign.User, nil), errs.NotFound)
			_, err = w.Auth.CreateTeam(t.Context(), w.Admin, "Mixed", []id.ID{agent.User, foreign.User})
			wantField(t, err, "memberIds")
			u, err := w.Auth.User(t.Context(), foreign, foreign.User)
			if err != nil || u.Name != "Mia Laurent" || u.Status != auth.Approved {
				t.Fatalf("got %+v, %v", u, err)
			}
		})
		t.Run("have addresses of their own", func(t *testing.T) {
			taken := " MIA@example.com"
			_, err := w.Auth.UpdateUser(t.Context(), w.Admin, agent.User, auth.UserPatch{Email: &taken}, nil)
			wantField(t, err, "email")
			bad := "Mia <mia@example.com>"
			_, err = w.Auth.UpdateUser(t.Context(), w.Admin, agent.User, auth.UserPatch{Email: &bad}, nil)
			wantField(t, err, "email")
		})
		t.Run("changing one's own address needs the password", func(t *testing.T) {
			mine := "new@example.com"
			_, err := w.Auth.UpdateMe(t.Context(), laptop, agent, auth.UserPatch{Email: &mine}, "")
			wantField(t, err, "currentPassword")
			role := w.Role(t, auth.Administrator).ID
			u, err := w.Auth.UpdateMe(t.Context(), laptop, agent, auth.UserPatch{Email: &mine, Role: &role}, authtest.Password)
			if err != nil || u.Email != mine || u.Role.Key != auth.Agent {
				t.Fatalf("got %+v, %v", u, err)
			}
		})
		t.Run("a stale version is refused", func(t *testing.T) {
			stale := func(int64) error { return errs.New(errs.Precondition, "stale", "") }
			name := "X"
			_, err := w.Auth.UpdateUser(t.Context(), w.Admin, agent.User, auth.UserPatch{Name: &name}, stale)
			wantKind(t, err, errs.Precondition)
		})
		t.Run("that are deleted keep their name and free their address", func(t *testing.T) {
			gone := w.User(t, auth.Agent)
			u, err := w.Auth.User(t.Context(), w.Admin, gone.User)
			if err != nil {
				t.Fatal(err)
			}
			atAcme := laptop
			atAcme.Workspace = "acme"
			s := signIn(t, w, atAcme, u.Email)
			if err := w.Auth.DeleteUser(t.Context(), w.Admin, gone.User, nil); err != nil {
				t.Fatal(err)
			}
			if enters(t, w, s.Token) {
				t.Error("still signed in")
			}
			_, err = w.Auth.User(t.Context(), w.Admin, gone.User)
			wantKind(t, err, errs.NotFound)
			names, err := w.Auth.Directory().Names(t.Context(), w.Workspace.ID, gone.User)
			if err != nil || names[gone.User] != u.Name {
				t.Errorf("got %v, %v", names, err)
			}
			if _, err := w.Auth.CreateUser(t.Context(), w.Admin, auth.NewUser{Name: "Next", Email: u.Email, Password: authtest.Password, Role: w.Role(t, auth.Agent).ID}); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestNobodyGrantsMoreThanTheyHold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		role, err := w.Auth.CreateRole(t.Context(), w.Admin, "Staff office", "", []string{"users:read", "users:write", "roles:write", "customers:read_all"})
		if err != nil || role.Key != "staff_office" {
			t.Fatalf("got %+v, %v", role, err)
		}
		clerk := w.User(t, role.Key)
		agent := w.User(t, auth.Agent)
		admin := w.Role(t, auth.Administrator).ID
		email, roleID := "x@example.com", role.ID
		exceeds := func(t *testing.T, err error) {
			t.Helper()
			wantKind(t, err, errs.Forbidden)
		}
		t.Run("by creating a user", func(t *testing.T) {
			_, err := w.Auth.CreateUser(t.Context(), clerk, auth.NewUser{Name: "N", Email: "n@example.com", Password: authtest.Password, Role: admin})
			exceeds(t, err)
		})
		t.Run("by raising oneself", func(t *testing.T) {
			_, err := w.Auth.UpdateUser(t.Context(), clerk, clerk.User, auth.UserPatch{Role: &admin}, nil)
			exceeds(t, err)
		})
		t.Run("by taking over or removing somebody who may do more", func(t *testing.T) {
			_, err := w.Auth.UpdateUser(t.Context(), clerk, w.Admin.User, auth.UserPatch{Email: &email}, nil)
			exceeds(t, err)
			_, err = w.Auth.UpdateUser(t.Context(), clerk, agent.User, auth.UserPatch{Role: &roleID}, nil)
			exceeds(t, err)
			_, err = w.Auth.SetStatus(t.Context(), clerk, w.Admin.User, auth.Deactivated, id.Zero, nil)
			exceeds(t, err)
			exceeds(t, w.Auth.DeleteUser(t.Context(), clerk, agent.User, nil))
		})
		t.Run("by approving with a role", func(t *testing.T) {
			if err := w.Auth.Register(t.Context(), laptop, auth.SignUp{Name: "Sam", Email: "sam@example.com", Password: authtest.Password, UserType: "staff"}); err != nil {
				t.Fatal(err)
			}
			u, err := w.Auth.FindUser(t.Context(), w.Admin, "sam@example.com")
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.Auth.SetStatus(t.Context(), clerk, u.ID, auth.Approved, admin, nil)
			exceeds(t, err)
			_, err = w.Auth.SetStatus(t.Context(), clerk, u.ID, auth.Approved, id.Zero, nil)
			exceeds(t, err) // an agent may do more than the clerk
		})
		t.Run("by making or changing a role", func(t *testing.T) {
			_, err := w.Auth.CreateRole(t.Context(), clerk, "Up", "", []string{"orders:delete"})
			exceeds(t, err)
			_, err = w.Auth.UpdateRole(t.Context(), clerk, role.ID, auth.RolePatch{Add: []string{"settings:write"}}, nil)
			exceeds(t, err)
			_, err = w.Auth.UpdateRole(t.Context(), clerk, w.Role(t, auth.Agent).ID, auth.RolePatch{Permissions: &[]string{"users:read"}}, nil)
			exceeds(t, err)
			if _, err := w.Auth.CreateRole(t.Context(), clerk, "Down", "", []string{"customers:read_own"}); err != nil {
				t.Errorf("read_all covers read_own: %v", err)
			}
		})
		t.Run("what was refused changed nothing", func(t *testing.T) {
			u, err := w.Auth.User(t.Context(), w.Admin, clerk.User)
			if err != nil || u.Role.ID != role.ID {
				t.Fatalf("got %+v, %v", u, err)
			}
			if len(w.Role(t, role.Key).Permissions) != 4 {
				t.Fatal("the role changed")
			}
		})
	})
}

func TestRoles(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		t.Run("are six at first", func(t *testing.T) {
			roles, err := w.Auth.Roles(t.Context(), w.Admin)
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, r := range roles {
				keys = append(keys, r.Key)
			}
			if diff := cmp.Diff([]string{"administrator", "manager", "agent", "sales_manager", "sales_representative", "customer"}, keys); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("of administrators and customers are fixed", func(t *testing.T) {
			for _, key := range []string{auth.Administrator, auth.Customer} {
				_, err := w.Auth.UpdateRole(t.Context(), w.Admin, w.Role(t, key).ID, auth.RolePatch{Remove: []string{"orders:read"}}, nil)
				if !errors.Is(err, auth.ErrFixedRole) {
					t.Errorf("%s: got %v", key, err)
				}
				wantKind(t, w.Auth.DeleteRole(t.Context(), w.Admin, w.Role(t, key).ID, nil), errs.Conflict)
			}
			_, err := w.Auth.CreateUser(t.Context(), w.Admin, auth.NewUser{Name: "N", Email: "n@example.com", Password: authtest.Password, Role: w.Role(t, auth.Customer).ID})
			wantField(t, err, "roleId")
		})
		t.Run("know no unknown permission and no name twice", func(t *testing.T) {
			_, err := w.Auth.CreateRole(t.Context(), w.Admin, "X", "", []string{"everything:now"})
			wantField(t, err, "permissions")
			_, err = w.Auth.CreateRole(t.Context(), w.Admin, "agent", "", nil)
			wantField(t, err, "name")
		})
		t.Run("are deleted once nobody has them", func(t *testing.T) {
			r, err := w.Auth.CreateRole(t.Context(), w.Admin, "Brief", "", []string{"orders:read"})
			if err != nil {
				t.Fatal(err)
			}
			u := w.User(t, r.Key)
			wantKind(t, w.Auth.DeleteRole(t.Context(), w.Admin, r.ID, nil), errs.Conflict)
			if err := w.Auth.DeleteUser(t.Context(), w.Admin, u.User, nil); err != nil {
				t.Fatal(err)
			}
			if err := w.Auth.DeleteRole(t.Context(), w.Admin, r.ID, nil); err != nil {
				t.Fatal(err)
			}
		})
		t.Run("need roles:write", func(t *testing.T) {
			_, err := w.Auth.CreateRole(t.Context(), w.User(t, auth.Manager), "X", "", nil)
			wantKind(t, err, errs.Forbidden)
		})
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		agent := w.Role(t, auth.Agent).ID
		for name, try := range map[string]func(auth.Actor, id.ID) error{
			"demoted": func(who auth.Actor, u id.ID) error {
				_, err := w.Auth.UpdateUser(t.Context(), who, u, auth.UserPatch{Role: &agent}, nil)
				return err
			},
			"deactivated": func(who auth.Actor, u id.ID) error {
				_, err := w.Auth.SetStatus(t.Context(), who, u, auth.Deactivated, id.Zero, nil)
				return err
			},
			"demoted with an approval": func(who auth.Actor, u id.ID) error {
				_, err := w.Auth.SetStatus(t.Context(), who, u, auth.Approved, agent, nil)
				return err
			},
			"deleted": func(who auth.Actor, u id.ID) error { return w.Auth.DeleteUser(t.Context(), who, u, nil) },
		} {
			for _, who := range []auth.Actor{w.Admin, auth.System(w.Workspace.ID, "command line")} {
				if err := try(who, w.Admin.User); !errors.Is(err, auth.ErrLastAdministrator) {
					t.Errorf("%s: got %v", name, err)
				}
			}
		}
		t.Run("also when all remove each other at once", func(t *testing.T) {
			admins := []auth.Actor{w.Admin}
			for range 4 {
				admins = append(admins, w.User(t, auth.Administrator))
			}
			system := auth.System(w.Workspace.ID, "test")
			var wait sync.WaitGroup
			for i, a := range admins {
				wait.Go(func() {
					var err error
					ctx := context.WithoutCancel(t.Context())
					switch i % 3 {
					case 0:
						_, err = w.Auth.UpdateUser(ctx, system, a.User, auth.UserPatch{Role: &agent}, nil)
					case 1:
						_, err = w.Auth.SetStatus(ctx, system, a.User, auth.Deactivated, id.Zero, nil)
					default:
						err = w.Auth.DeleteUser(ctx, system, a.User, nil)
					}
					if err != nil && !errors.Is(err, auth.ErrLastAdministrator) {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			var left []id.ID
			err := d.Read(t.Context(), w.Workspace.ID, func(ctx context.Context, r db.Reader) (err error) {
				left, err = w.Auth.Directory().Administrators(ctx, r, w.Workspace.ID)
				return err
			})
			if err != nil || len(left) != 1 {
				t.Fatalf("%d administrators are left, %v", len(left), err)
			}
		})
	})
}

func TestTeamsAndWhoGetsWork(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		a, b, manager := w.User(t, auth.Agent), w.User(t, auth.Agent), w.User(t, auth.Manager)
		team := w.Team(t, "Returns", a.User, manager.User)
		dir := w.Auth.Directory()
		assignable := func(team id.ID) (out []id.ID) {
			err := d.Read(t.Context(), w.Workspace.ID, func(ctx context.Context, r db.Reader) (err error) {
				out, err = dir.Assignable(ctx, r, w.Workspace.ID, team)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		if diff := cmp.Diff([]id.ID{a.User, b.User}, assignable(id.Zero)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]id.ID{a.User}, assignable(team.ID)); diff != "" {
			t.Error(diff)
		}
		if _, err := w.Auth.SetAvailable(t.Context(), a, a.User, false); err != nil {
			t.Fatal(err)
		}
		_, err := w.Auth.SetAvailable(t.Context(), a, b.User, false)
		wantKind(t, err, errs.Forbidden)
		if got := assignable(team.ID); len(got) != 0 {
			t.Errorf("an absent agent gets work: %v", got)
		}
		for user, want := range map[id.ID]bool{a.User: true, manager.User: true, w.User(t, auth.SalesRepresentative).User: false, id.New(w.Clock.Now()): false} {
			err := d.Read(t.Context(), w.Workspace.ID, func(ctx context.Context, r db.Reader) error {
				got, err := dir.CanHandle(ctx, r, w.Workspace.ID, user)
				if got != want {
					t.Errorf("%s: got %v", user, got)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if again := w.Actor(t, w.Workspace.ID, a.User); !again.InTeam(team.ID) {
			t.Error("the actor is not in the team")
		}
		if _, err := w.Auth.AddMember(t.Context(), w.Admin, team.ID, b.User); err != nil {
			t.Fatal(err)
		}
		got, err := w.Auth.RemoveMember(t.Context(), w.Admin, team.ID, manager.User)
		if err != nil || len(got.Members) != 2 || !slices.Contains(got.Members, b.User) {
			t.Fatalf("got %+v, %v", got, err)
		}
		_, err = w.Auth.CreateTeam(t.Context(), w.Admin, "Returns", nil)
		wantField(t, err, "name")
		_, err = w.Auth.CreateTeam(t.Context(), a, "Mine", nil)
		wantKind(t, err, errs.Forbidden)
		if err := w.Auth.DeleteTeam(t.Context(), w.Admin, team.ID, nil); err != nil {
			t.Fatal(err)
		}
		people, err := w.Auth.Colleagues(t.Context(), a)
		if err != nil || len(people) != 5 || people[0].Name != "Mia Laurent" || len(people[1].Teams) != 0 {
			t.Fatalf("got %+v, %v", people, err)
		}
	})
}

type provisioned struct{ fail bool }

func (p provisioned) Provision(ctx context.Context, tx db.Tx, t tenant.ID) error {
	if p.fail {
		return errors.New("no")
	}
	_, err := tx.Exec(ctx, `INSERT INTO counter (tenant_id, name, value) VALUES ($1, 'test', 1)`, t)
	return err
}

func TestSetUp(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		in := auth.Setup{Workspace: tenant.Create{Name: "Crème & Co."}, Name: "Mia", Email: "mia@example.com", Password: authtest.Password}
		broken := authtest.Empty(t, d, func(x *auth.Deps) { x.Provision = []auth.Provisioner{provisioned{}, provisioned{fail: true}} })
		w := authtest.Empty(t, d, func(x *auth.Deps) { x.Provision = []auth.Provisioner{provisioned{}} })
		needed := func() bool {
			n, err := w.Auth.SetUpNeeded(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if _, err := broken.Auth.SetUp(t.Context(), phone, in); err == nil {
			t.Fatal("a room failed and nobody noticed")
		}
		if !needed() {
			t.Fatal("half a workspace was left")
		}
		bad := in
		bad.Workspace.Currency, bad.Workspace.Timezone = "XXXX", "Mars/Olympus"
		_, err := w.Auth.SetUp(t.Context(), phone, bad)
		wantField(t, err, "workspace.timezone")
		bad = in
		bad.SampleData = true
		_, err = w.Auth.SetUp(t.Context(), phone, bad)
		wantField(t, err, "sampleData")

		var wait sync.WaitGroup
		var mu sync.Mutex
		var won []auth.SignedIn
		for range 4 {
			wait.Go(func() {
				s, err := w.Auth.SetUp(context.WithoutCancel(t.Context()), laptop, in)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won = append(won, s)
				case !errors.Is(err, tenant.ErrSetUp):
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if len(won) != 1 || needed() {
			t.Fatalf("%d set-ups won", len(won))
		}
		if won[0].Workspace.Slug != "creme-co" || won[0].User.Role.Key != auth.Administrator || !enters(t, w, won[0].Token) {
			t.Fatalf("got %+v", won[0])
		}
		if _, err := w.Auth.SetUp(t.Context(), phone, in); !errors.Is(err, tenant.ErrSetUp) {
			t.Fatalf("got %v", err)
		}
		t.Run("from the command line makes more, each with a number and name of its own", func(t *testing.T) {
			more, u, err := w.Auth.CreateFirst(t.Context(), in)
			if err != nil || more.Slug != "creme-co-2" || more.ID == won[0].Workspace.ID || u.Role.Key != auth.Administrator {
				t.Fatalf("got %+v, %v", more, err)
			}
			if err := w.Auth.Register(t.Context(), auth.Client{Workspace: "creme-co-2"}, auth.SignUp{Name: "Sam", Email: "sam@example.com", Password: authtest.Password, UserType: "staff"}); err != nil {
				t.Fatal(err)
			}
			if u, err = w.Auth.Approve(t.Context(), more.ID, "sam@example.com"); err != nil || u.Status != auth.Approved {
				t.Fatalf("got %+v, %v", u, err)
			}
			if u, err = w.Auth.Promote(t.Context(), more.ID, "sam@example.com", auth.Administrator); err != nil || u.Role.Key != auth.Administrator {
				t.Fatalf("got %+v, %v", u, err)
			}
			_, err = w.Auth.Approve(t.Context(), won[0].Workspace.ID, "sam@example.com")
			wantKind(t, err, errs.NotFound)
		})
	})
}

func TestAuditTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		agent := w.User(t, auth.Agent)
		w.Clock.Advance(time.Second)
		email := "sam.new@example.com"
		if _, err := w.Auth.UpdateUser(t.Context(), w.Admin, agent.User, auth.UserPatch{Email: &email}, nil); err != nil {
			t.Fatal(err)
		}
		e := w.Entries(t).Data[0]
		if e.Action != "user.changed" || e.ActorID != w.Admin.User || e.ActorName != "Mia Laurent" || e.Object != agent.User || e.Changes["email"].New != "s***@example.com" || len(e.Changes) != 1 {
			t.Fatalf("got %+v", e)
		}
		_, _, err := w.Audit.List(t.Context(), agent, nil)
		wantKind(t, err, errs.Forbidden)
	})
}

func TestRefusalsAreKeptOnceAMinute(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		agent, colleague := w.User(t, auth.Agent), w.User(t, auth.Agent)
		agent.Address = "192.0.2.7"
		refuse := func(who auth.Actor, r audit.Refusal) {
			t.Helper()
			if err := w.Audit.Denied(t.Context(), who, r); err != nil {
				t.Fatal(err)
			}
		}
		for range 10 {
			refuse(agent, audit.Refusal{Operation: "GET /audit-log", Permission: "audit:read", Code: "forbidden"})
			refuse(agent, audit.Refusal{Operation: "HEAD /audit-log", Permission: "audit:read", Code: "forbidden"})
		}
		kept := func(who auth.Actor) []audit.Stored {
			t.Helper()
			list, _, err := w.Audit.List(t.Context(), w.Admin, url.Values{"action": {"access.denied"}, "actorId": {who.User.String()}})
			if err != nil {
				t.Fatal(err)
			}
			return list.Data
		}
		got := kept(agent)
		if len(got) != 1 || got[0].ObjectName != "GET /audit-log" || got[0].Changes["permission"].New != "audit:read" || got[0].Address != "192.0.2.7" {
			t.Fatalf("got %+v", got)
		}
		refuse(colleague, audit.Refusal{Operation: "GET /audit-log", Permission: "audit:read", Code: "forbidden"})
		if n := len(kept(colleague)); n != 1 {
			t.Errorf("a colleague has %d entries", n)
		}
		refuse(agent, audit.Refusal{Operation: "POST /roles", Code: "grant_exceeds_own"})
		if got := kept(agent); len(got) != 2 || got[0].Changes["reason"].New != "grant_exceeds_own" {
			t.Errorf("got %+v", got)
		}
		w.Clock.Advance(time.Minute)
		refuse(agent, audit.Refusal{Operation: "GET /audit-log", Permission: "audit:read", Code: "forbidden"})
		if n := len(kept(agent)); n != 3 {
			t.Errorf("after a minute there are %d entries", n)
		}
		refuse(auth.Actor{}, audit.Refusal{Operation: "GET /audit-log", Permission: "audit:read"})
	})
}
