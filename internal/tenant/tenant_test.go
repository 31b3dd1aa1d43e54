package tenant_test

import (
	"errors"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/auth/authtest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.Empty(t, d)
		if _, err := w.Tenants.Resolve(t.Context(), "", "", ""); !errs.Has(err, errs.NotFound) {
			t.Fatalf("without any workspace: got %v", err)
		}
		w.Neighbour(t, "Acme", "a@example.com")
		one, err := w.Tenants.Resolve(t.Context(), "127.0.0.1:8080", "", "")
		if err != nil || one.Slug != "acme" {
			t.Fatalf("the only one: got %v, %v", one.Slug, err)
		}
		w.Neighbour(t, "Brand Two", "b@example.com")
		for _, c := range []struct{ name, host, header, body, want string }{
			{"by host", "brand-two.throughline.example", "", "", "brand-two"},
			{"by header", "127.0.0.1", "ACME ", "", "acme"},
			{"by body", "127.0.0.1", "", "acme", "acme"},
			{"all agree", "acme.throughline.example", "acme", "acme", "acme"},
			{"host and header disagree", "acme.throughline.example", "brand-two", "", ""},
			{"header and body disagree", "", "acme", "brand-two", ""},
			{"unknown host", "else.throughline.example", "", "", ""},
			{"unknown body", "", "", "else", ""},
		} {
			got, err := w.Tenants.Resolve(t.Context(), c.host, c.header, c.body)
			if c.want == "" {
				if !errs.Has(err, errs.NotFound) {
					t.Errorf("%s: got %v, %v", c.name, got.Slug, err)
				}
				continue
			}
			if err != nil || got.Slug != c.want {
				t.Errorf("%s: got %v, %v", c.name, got.Slug, err)
			}
		}
		if _, err := w.Tenants.Resolve(t.Context(), "127.0.0.1", "", ""); !errors.Is(err, tenant.ErrNeeded) {
			t.Errorf("unnamed: got %v", err)
		}
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := authtest.New(t, d)
		_, neighbour := w.Neighbour(t, "Other", "o@example.com")
		w.Clock.Advance(time.Second)
		zone, length, special := "Europe/London", 12, false
		got, err := w.Tenants.Update(t.Context(), w.Admin, tenant.Patch{Timezone: &zone, MinLength: &length, Special: &special}, nil)
		if err != nil || got.Timezone != zone || got.Settings.Password.MinLength != 12 || got.Settings.Password.Special || !got.Settings.Password.Upper || got.Currency != "GBP" {
			t.Fatalf("got %+v, %v", got, err)
		}
		t.Run("hold at once", func(t *testing.T) {
			again, err := w.Tenants.Read(t.Context(), w.Workspace.ID)
			if err != nil || again.Timezone != zone {
				t.Fatalf("got %+v, %v", again, err)
			}
			_, err = w.Auth.CreateUser(t.Context(), w.Admin, auth.NewUser{Name: "N", Email: "n@example.com", Password: "Shorter-1", Role: w.Role(t, auth.Agent).ID})
			if !errs.Has(err, errs.Invalid) {
				t.Fatalf("got %v", err)
			}
		})
		t.Run("of the neighbour stay", func(t *testing.T) {
			other, err := w.Tenants.Own(t.Context(), neighbour)
			if err != nil || other.Timezone != "UTC" {
				t.Fatalf("got %+v, %v", other, err)
			}
		})
		t.Run("are checked", func(t *testing.T) {
			for field, p := range map[string]tenant.Patch{
				"timezone": {Timezone: ptr("Mars/Olympus")}, "currency": {Currency: ptr("ZZZZ")}, "locale": {Locale: ptr("not a locale")},
				"name": {Name: ptr("  ")}, "passwordPolicy.minLength": {MinLength: ptr(4)},
			} {
				_, err := w.Tenants.Update(t.Context(), w.Admin, p, nil)
				var e *errs.Error
				if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Location != field {
					t.Errorf("%s: got %v", field, err)
				}
			}
		})
		t.Run("need settings:write", func(t *testing.T) {
			_, err := w.Tenants.Update(t.Context(), w.User(t, auth.Manager), tenant.Patch{Name: ptr("X")}, nil)
			if !errs.Has(err, errs.Forbidden) {
				t.Fatalf("got %v", err)
			}
		})
		t.Run("are audited", func(t *testing.T) {
			for _, e := range w.Entries(t).Data {
				if e.Action == "settings.changed" {
					if e.Changes["timezone"].New != zone || e.Changes["policy.minLength"].Old != float64(8) {
						t.Errorf("got %+v", e.Changes)
					}
					return
				}
			}
			t.Error("no entry")
		})
	})
}

func ptr[T any](v T) *T { return &v }
