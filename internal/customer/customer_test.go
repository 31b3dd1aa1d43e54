package customer_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/customer/customertest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func ptr[T any](v T) *T { return &v }

func ada() customer.Patch {
	return customer.Patch{
		FirstName: ptr("Ada"), LastName: ptr("Lovelace"), Email: ptr("Ada@Example.com"), Phone: ptr("020 7946 0018"), Status: ptr(customer.Active),
		Address: &customer.AddressPatch{City: ptr("Leeds"), Country: ptr("gb")}, Tags: ptr([]string{"vip", "VIP", "Waiting on order"}),
	}
}

func create(t *testing.T, w *customertest.World, who auth.Actor, p customer.Patch) *customer.Customer {
	t.Helper()
	c, err := w.Customers.Create(t.Context(), who, "test", p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func code(err error) string {
	var e *errs.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

func locations(err error) string {
	var e *errs.Error
	var out []string
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			out = append(out, f.Location)
		}
	}
	return strings.Join(out, " ")
}

func kinds(t *testing.T, w *customertest.World, who auth.Actor, c id.ID, q string) []string {
	t.Helper()
	values, err := url.ParseQuery(q)
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := w.Journey.Read(t.Context(), who, c, values)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, m := range r.Data {
		out = append(out, m.Kind)
	}
	return out
}

func names(t *testing.T, w *customertest.World, who auth.Actor, q string) []string {
	t.Helper()
	values, err := url.ParseQuery(q)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for {
		r, _, err := w.Customers.List(t.Context(), who, values, nil)
		if err != nil {
			t.Fatalf("list %s: %v", q, err)
		}
		for _, c := range r.Data {
			out = append(out, c.Name())
		}
		if r.Next == "" {
			return out
		}
		values.Set("cursor", r.Next)
	}
}

func TestCreateCustomer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		c := create(t, w, w.Manager, ada())
		t.Run("normalises e-mail, phone and country and keeps tags once", func(t *testing.T) {
			got, err := w.Customers.Read(t.Context(), w.Agent, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got.Email != "ada@example.com" || got.Phone != "+442079460018" || got.Address.Country != "GB" || got.Name() != "Ada Lovelace" || len(got.Identities) != 2 || got.Version != 1 {
				t.Errorf("got %+v", got)
			}
			if diff := cmp.Diff([]string{"vip", "Waiting on order"}, tagNames(got)); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("is on the journey once", func(t *testing.T) {
			if diff := cmp.Diff([]string{"customer.tagged", "customer.created"}, kinds(t, w, w.Agent, c.ID, "")); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("names every field that is wrong and writes nothing", func(t *testing.T) {
			_, err := w.Customers.Create(t.Context(), w.Manager, "test", customer.Patch{Kind: ptr(customer.Kind("robot")), BirthDate: ptr("2999-01-01"), Address: &customer.AddressPatch{Country: ptr("England")}})
			if got := locations(err); got != "kind address.country birthDate" {
				t.Errorf("got %s: %v", got, err)
			}
			_, err = w.Customers.Create(t.Context(), w.Manager, "test", customer.Patch{FirstName: ptr("Bo"), Email: ptr("nobody"), Phone: ptr("12")})
			if got := locations(err); got != "email phone" {
				t.Errorf("got %s: %v", got, err)
			}
			if got := names(t, w, w.Manager, ""); len(got) != 1 {
				t.Errorf("customers are %v", got)
			}
		})
		t.Run("refuses nobody's name", func(t *testing.T) {
			if _, err := w.Customers.Create(t.Context(), w.Manager, "test", customer.Patch{Level: ptr("Gold")}); locations(err) != "firstName" {
				t.Errorf("got %v", err)
			}
		})
		t.Run("refuses an owner and a referrer of another workspace", func(t *testing.T) {
			other := create(t, w, w.Neighbour, customer.Patch{FirstName: ptr("Eve")})
			for _, p := range []customer.Patch{{FirstName: ptr("Bo"), Owner: &w.Neighbour.User}, {FirstName: ptr("Bo"), ReferredBy: &other.ID}, {FirstName: ptr("Bo"), Groups: &[]id.ID{other.ID}}} {
				if _, err := w.Customers.Create(t.Context(), w.Manager, "test", p); !errs.Has(err, errs.Invalid) {
					t.Errorf("got %v", err)
				}
			}
		})
		t.Run("without permission is forbidden", func(t *testing.T) {
			_, err := w.Customers.Create(t.Context(), auth.NewActor(1, w.Agent.User, "x", nil), "test", ada())
			if !errs.Has(err, errs.Forbidden) {
				t.Errorf("got %v", err)
			}
		})
	})
}

func tagNames(c *customer.Customer) []string {
	out := []string{}
	for _, g := range c.Tags {
		out = append(out, g.Name)
	}
	return out
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		c := create(t, w, w.Manager, ada())
		t.Run("belong to one customer, and the conflict names the field and the customer", func(t *testing.T) {
			_, err := w.Customers.Create(t.Context(), w.Manager, "test", customer.Patch{Email: ptr("ADA@example.com"), Phone: ptr("+44 20 7946 0018")})
			if code(err) != "identity_taken" || !errs.Has(err, errs.Conflict) || !strings.Contains(err.Error(), c.ID.String()) || len(strings.Fields(locations(err))) != 2 {
				t.Errorf("got %v", err)
			}
		})
		t.Run("tell nothing of whose they are to who sees only own customers", func(t *testing.T) {
			_, err := w.Customers.Create(t.Context(), w.Rep, "test", customer.Patch{Email: ptr("ada@example.com")})
			if code(err) != "identity_taken" || locations(err) != "email" || strings.Contains(err.Error(), c.ID.String()) {
				t.Errorf("got %v", err)
			}
		})
		t.Run("may be the same in another workspace", func(t *testing.T) {
			create(t, w, w.Neighbour, ada())
		})
		t.Run("can be added, made primary and removed, and the customer follows", func(t *testing.T) {
			i, err := w.Customers.AddIdentity(t.Context(), w.Agent, c.ID, customer.IdentityDraft{Kind: customer.Email, Value: "ada.work@example.com"})
			if err != nil || i.Primary || i.Value != "ada.work@example.com" {
				t.Fatalf("got %+v, %v", i, err)
			}
			if i, err = w.Customers.MakePrimary(t.Context(), w.Agent, c.ID, i.ID); err != nil || !i.Primary {
				t.Fatalf("got %+v, %v", i, err)
			}
			if got, _ := w.Customers.Read(t.Context(), w.Agent, c.ID); got.Email != "ada.work@example.com" {
				t.Errorf("primary is %s", got.Email)
			}
			if err := w.Customers.RemoveIdentity(t.Context(), w.Agent, c.ID, i.ID); err != nil {
				t.Fatal(err)
			}
			if got, _ := w.Customers.Read(t.Context(), w.Agent, c.ID); got.Email != "ada@example.com" || len(got.Identities) != 2 {
				t.Errorf("got %+v", got)
			}
		})
		t.Run("of outside systems keep their case and need their system", func(t *testing.T) {
			i, err := w.Customers.AddIdentity(t.Context(), w.Agent, c.ID, customer.IdentityDraft{Kind: customer.External, System: "Shopify", Value: "A-17"})
			if err != nil || i.Value != "A-17" || i.System != "shopify" {
				t.Errorf("got %+v, %v", i, err)
			}
			if _, err := w.Customers.AddIdentity(t.Context(), w.Agent, c.ID, customer.IdentityDraft{Kind: customer.External, Value: "A-18"}); locations(err) != "value" {
				t.Errorf("got %v", err)
			}
		})
		t.Run("are replaced when the address is corrected, and can be cleared", func(t *testing.T) {
			got, err := w.Customers.Update(t.Context(), w.Agent, c.ID, nil, customer.Patch{Email: ptr("ada@example.org")})
			if err != nil || got.Email != "ada@example.org" {
				t.Fatalf("got %+v, %v", got, err)
			}
			if _, err := w.Customers.Create(t.Context(), w.Manager, "test", customer.Patch{Email: ptr("ada@example.com")}); err != nil {
				t.Errorf("the old address is still taken: %v", err)
			}
			if got, err = w.Customers.Update(t.Context(), w.Agent, c.ID, nil, customer.Patch{Email: ptr("")}); err != nil || got.Email != "" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	})
}

func TestUpdateCustomer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		c := create(t, w, w.Manager, ada())
		t.Run("changes only what is sent and tells what changed", func(t *testing.T) {
			got, err := w.Customers.Update(t.Context(), w.Agent, c.ID, nil, customer.Patch{Level: ptr("Gold"), Address: &customer.AddressPatch{Line1: ptr("12 Mill Lane")}})
			if err != nil || got.Level != "Gold" || got.Address.City != "Leeds" || got.Address.Line1 != "12 Mill Lane" || got.FirstName != "Ada" || got.Version != 2 {
				t.Fatalf("got %+v, %v", got, err)
			}
			r, _, err := w.Journey.Read(t.Context(), w.Agent, c.ID, url.Values{"kind": {"profile"}, "limit": {"1"}})
			if err != nil || len(r.Data) != 1 || r.Data[0].Kind != "customer.updated" || r.Data[0].ActorName != "Sam Okafor" {
				t.Fatalf("got %+v, %v", r, err)
			}
			data := string(r.Data[0].Data)
			if !strings.Contains(data, "address") || !strings.Contains(data, "Gold") || strings.Contains(data, "Mill Lane") {
				t.Errorf("data is %s", data)
			}
		})
		t.Run("that changes nothing writes nothing", func(t *testing.T) {
			before := kinds(t, w, w.Agent, c.ID, "")
			got, err := w.Customers.Update(t.Context(), w.Agent, c.ID, nil, customer.Patch{Level: ptr("Gold"), Email: ptr("ada@example.com")})
			if err != nil || got.Version != 2 || len(kinds(t, w, w.Agent, c.ID, "")) != len(before) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
		t.Run("of a version that is gone is refused", func(t *testing.T) {
			stale := errs.New(errs.Precondition, "stale", "")
			_, err := w.Customers.Update(t.Context(), w.Agent, c.ID, func(v int64) error {
				if v != 1 {
					return stale
				}
				return nil
			}, customer.Patch{Level: ptr("Silver")})
			if !errors.Is(err, stale) {
				t.Errorf("got %v", err)
			}
		})
		t.Run("of a neighbour's customer is not found", func(t *testing.T) {
			_, err := w.Customers.Update(t.Context(), w.Neighbour, c.ID, nil, customer.Patch{Level: ptr("Silver")})
			if !errs.Has(err, errs.NotFound) {
				t.Errorf("got %v", err)
			}
		})
		t.Run("of a customer the representative does not own is not found", func(t *testing.T) {
			if _, err := w.Customers.Update(t.Context(), w.Rep, c.ID, nil, customer.Patch{Level: ptr("Silver")}); !errs.Has(err, errs.NotFound) {
				t.Errorf("got %v", err)
			}
			if _, err := w.Customers.Read(t.Context(), w.Rep, c.ID); !errs.Has(err, errs.NotFound) {
				t.Errorf("got %v", err)
			}
		})
		t.Run("by the representative works on own customers, who cannot be given away", func(t *testing.T) {
			own := create(t, w, w.Rep, customer.Patch{FirstName: ptr("Bo"), LastName: ptr("Berg")})
			if own.Owner != w.Rep.User || own.OwnerName != "Rosa Lind" {
				t.Errorf("owner is %v %s", own.Owner, own.OwnerName)
			}
			if _, err := w.Customers.Update(t.Context(), w.Rep, own.ID, nil, customer.Patch{Level: ptr("Silver")}); err != nil {
				t.Error(err)
			}
			if _, err := w.Customers.Update(t.Context(), w.Rep, own.ID, nil, customer.Patch{Owner: &w.Agent.User}); !errs.Has(err, errs.Forbidden) {
				t.Errorf("got %v", err)
			}
			if got := names(t, w, w.Rep, ""); !cmp.Equal(got, []string{"Bo Berg"}) {
				t.Errorf("sees %v", got)
			}
			if got := names(t, w, w.Rep, "q=ada"); len(got) != 0 {
				t.Errorf("finds %v", got)
			}
		})
	})
}

func TestBatchAppliesEachItemWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		a, b := create(t, w, w.Manager, ada()), create(t, w, w.Manager, customer.Patch{FirstName: ptr("Bo"), Email: ptr("bo@example.com")})
		foreign := create(t, w, w.Neighbour, customer.Patch{FirstName: ptr("Eve")})
		got, err := w.Customers.UpdateMany(t.Context(), w.Agent, []customer.BatchItem{
			{Customer: a.ID, Patch: customer.Patch{Level: ptr("Gold")}},
			{Customer: b.ID, Patch: customer.Patch{Level: ptr("Gold"), Email: ptr("ada@example.com")}},
			{Customer: foreign.ID, Patch: customer.Patch{Level: ptr("Gold")}},
			{Customer: b.ID, Version: 9, Patch: customer.Patch{Level: ptr("Gold")}},
			{Customer: b.ID, Version: 1, Patch: customer.Patch{Level: ptr("Silver")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"<nil>", "identity_taken", "not_found", "stale", "<nil>"}
		for i, r := range got {
			if code(r.Err) != want[i] {
				t.Errorf("item %d: got %v, want %s", i, r.Err, want[i])
			}
		}
		if c, _ := w.Customers.Read(t.Context(), w.Agent, b.ID); c.Level != "Silver" || c.Version != 2 || c.Email != "bo@example.com" {
			t.Errorf("got %+v", c)
		}
		if _, err := w.Customers.UpdateMany(t.Context(), w.Agent, make([]customer.BatchItem, 1001)); locations(err) != "customers" {
			t.Errorf("got %v", err)
		}
	})
}

func TestNotes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		c := create(t, w, w.Manager, customer.Patch{FirstName: ptr("Ada")})
		first, err := w.Customers.AddNote(t.Context(), w.Agent, c.ID, "  Prefers the phone. ")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Customers.AddNote(t.Context(), w.Manager, c.ID, "Called back."); err != nil {
			t.Fatal(err)
		}
		t.Run("appear newest first with their author", func(t *testing.T) {
			r, _, err := w.Customers.Notes(t.Context(), w.Agent, c.ID, url.Values{})
			if err != nil || len(r.Data) != 2 || r.Data[0].AuthorName != "Mia Chen" || r.Data[1].Body != "Prefers the phone." {
				t.Errorf("got %+v, %v", r, err)
			}
		})
		t.Run("are on the journey with their text", func(t *testing.T) {
			r, _, err := w.Journey.Read(t.Context(), w.Agent, c.ID, url.Values{"kind": {"notes"}})
			if err != nil || len(r.Data) != 2 || r.Data[1].Note != "Prefers the phone." || r.Data[1].ActorName != "Sam Okafor" {
				t.Errorf("got %+v, %v", r, err)
			}
		})
		t.Run("of others can be changed only with the permission for it", func(t *testing.T) {
			other := auth.NewActor(1, w.Rep.User, "agent", w.Agent.Permissions())
			if _, err := w.Customers.EditNote(t.Context(), other, c.ID, first.ID, "x"); !errs.Has(err, errs.Forbidden) {
				t.Errorf("got %v", err)
			}
			if n, err := w.Customers.EditNote(t.Context(), w.Agent, c.ID, first.ID, "Prefers mail."); err != nil || n.Body != "Prefers mail." {
				t.Errorf("got %+v, %v", n, err)
			}
			if err := w.Customers.DeleteNote(t.Context(), w.Manager, c.ID, first.ID); err != nil {
				t.Error(err)
			}
		})
		t.Run("for a neighbour's customer are not found and write nothing", func(t *testing.T) {
			if _, err := w.Customers.AddNote(t.Context(), w.Neighbour, c.ID, "x"); !errs.Has(err, errs.NotFound) {
				t.Errorf("got %v", err)
			}
			if got := len(kinds(t, w, w.Agent, c.ID, "kind=customer.note_added")); got != 2 {
				t.Errorf("%d notes on the journey", got)
			}
		})
		t.Run("must not be empty", func(t *testing.T) {
			if _, err := w.Customers.AddNote(t.Context(), w.Agent, c.ID, " \n "); locations(err) != "body" {
				t.Errorf("got %v", err)
			}
		})
	})
}

func TestDeleteCustomerLeavesNothingOfThePerson(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		if _, err := w.Fields.Create(t.Context(), w.Manager, field.Draft{Object: field.Customers, Key: "size", Label: "Size", Type: field.Number, Indexed: true}); err != nil {
			t.Fatal(err)
		}
		g, err := w.Customers.CreateGroup(t.Context(), w.Manager, "Wholesale", "")
		if err != nil {
			t.Fatal(err)
		}
		p := ada()
		p.Fields, p.Groups = map[string]any{"size": 40.0}, &[]id.ID{g.ID}
		c := create(t, w, w.Manager, p)
		friend := create(t, w, w.Manager, customer.Patch{FirstName: ptr("Bo"), ReferredBy: &c.ID})
		if _, err := w.Customers.AddNote(t.Context(), w.Agent, c.ID, "Prefers the phone."); err != nil {
			t.Fatal(err)
		}
		if err := w.Customers.Delete(t.Context(), w.Agent, c.ID, nil); !errs.Has(err, errs.Forbidden) {
			t.Errorf("an agent may delete: %v", err)
		}
		if err := w.Customers.Delete(t.Context(), w.Neighbour, c.ID, nil); !errs.Has(err, errs.NotFound) {
			t.Errorf("a neighbour may delete: %v", err)
		}
		if err := w.Customers.Delete(t.Context(), w.Manager, c.ID, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Customers.Read(t.Context(), w.Manager, c.ID); !errs.Has(err, errs.NotFound) {
			t.Errorf("got %v", err)
		}
		if got := names(t, w, w.Manager, "q=lovelace"); len(got) != 0 {
			t.Errorf("search finds %v", got)
		}
		if got, _ := w.Customers.Read(t.Context(), w.Manager, friend.ID); !got.ReferredBy.IsZero() {
			t.Errorf("the friend is still referred by %s", got.ReferredBy)
		}
		err = d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) error {
			for _, table := range []string{"customer_identity", "customer_tag", "customer_group_member", "customer_note", "event"} {
				if found, err := db.Exists(ctx, q, `SELECT 1 FROM `+table+` WHERE tenant_id = 1 AND customer_id = $1 LIMIT 1`, c.ID); err != nil || found {
					t.Errorf("%s still has rows: %v", table, err)
				}
			}
			if found, err := db.Exists(ctx, q, `SELECT 1 FROM field_value WHERE tenant_id = 1 AND object_id = $1 LIMIT 1`, c.ID); err != nil || found {
				t.Errorf("field_value still has rows: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
