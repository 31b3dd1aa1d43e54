package customer_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/customer/customertest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/schema"
)

func TestListFiltersByEveryField(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		for _, f := range []field.Draft{
			{Object: field.Customers, Key: "size", Label: "Size", Type: field.Number, Indexed: true},
			{Object: field.Customers, Key: "shop", Label: "Shop", Type: field.Text},
			{Object: field.Customers, Key: "news", Label: "News", Type: field.Boolean},
		} {
			if _, err := w.Fields.Create(t.Context(), w.Manager, f); err != nil {
				t.Fatal(err)
			}
		}
		w.Work(t)
		g, err := w.Customers.CreateGroup(t.Context(), w.Manager, "Wholesale", "")
		if err != nil {
			t.Fatal(err)
		}
		p := ada()
		p.Fields, p.Groups, p.BirthDate, p.Level = map[string]any{"size": 38.5, "shop": "Leeds", "news": true}, &[]id.ID{g.ID}, ptr("1985-12-10"), ptr("Gold")
		a := create(t, w, w.Manager, p)
		w.Clock.Advance(time.Hour)
		create(t, w, w.Rep, customer.Patch{FirstName: ptr("Bo"), LastName: ptr("Berg"), ReferredBy: nil, Fields: map[string]any{"size": 44, "news": false}, Address: &customer.AddressPatch{Country: ptr("SE")}})
		w.Clock.Advance(time.Hour)
		create(t, w, w.Manager, customer.Patch{Kind: ptr(customer.Company), Company: ptr("Zeta Ltd"), Email: ptr("buy@zeta.example.com"), ReferredBy: &a.ID, Owner: &w.Agent.User})
		create(t, w, w.Neighbour, ada())
		const adaN, bo, zeta = "Ada Lovelace", "Bo Berg", "Zeta Ltd"
		for q, want := range map[string][]string{
			"":                                              {zeta, bo, adaN},
			"sort=updatedAt&limit=1":                        {adaN, bo, zeta},
			"sort=createdAt&limit=1":                        {adaN, bo, zeta},
			"sort=-createdAt&limit=2":                       {zeta, bo, adaN},
			"sort=name&limit=1":                             {adaN, bo, zeta},
			"sort=-name&limit=1":                            {zeta, bo, adaN},
			"sort=field.size&limit=1":                       {adaN, bo, zeta},
			"sort=-field.size&limit=1":                      {zeta, bo, adaN},
			"sort=field.size&field.size[gt]=40":             {bo},
			"sort=-field.size&field.size[lt]=99":            {bo, adaN},
			"sort=field.size&kind=person&tag=vip":           {adaN},
			"field.size=38.5":                               {adaN},
			"field.size[gte]=38.5&sort=name&limit=1":        {adaN, bo},
			"field.size=38.5&field.size=44&sort=-createdAt": {bo, adaN},
			"field.shop=Leeds":                              {adaN},
			"field.shop[gte]=A":                             {adaN},
			"field.news=true":                               {adaN},
			"field.news=false":                              {bo},
			"kind=company":                                  {zeta},
			"status=customer&status=lead&sort=name":         {adaN, bo, zeta},
			"status=customer&kind=person":                   {adaN},
			"email=ADA@example.com":                         {adaN},
			"phone=%2B44%2020%207946%200018":                {adaN},
			"firstName=ada&lastName=LOVELACE":               {adaN},
			"company=zeta ltd":                              {zeta},
			"country=SE":                                    {bo},
			"level=Gold&country=GB&sort=createdAt":          {adaN},
			"ownerId=" + w.Rep.User.String():                {bo},
			"ownerId=none":                                  {adaN},
			"ownerId=none&ownerId=" + w.Rep.User.String():   {bo, adaN},
			"referredById=" + a.ID.String():                 {zeta},
			"birthDate[lt]=1990-01-01":                      {adaN},
			"birthDate[lt]=1990-01-01&sort=name":            {adaN},
			"tag=VIP":                                       {adaN},
			"tag=vip&tag=waiting on order&sort=createdAt":   {adaN},
			"tag=nothing":                                   {},
			"group=wholesale":                               {adaN},
			"group=" + g.ID.String():                        {adaN},
			"createdAt[gte]=2026-03-01T10:00:00Z":           {zeta, bo},
			"createdAt[lt]=2026-03-01T10:00:00Z":            {adaN},
			"createdAt[gte]=2026-03-01T10:00:00Z&sort=createdAt&limit=1": {bo, zeta},
			"updatedAt[gt]=2026-03-01T10:00:00Z&sort=name":               {zeta},
			"q=lovelaec":          {adaN},
			"q=ada@example":       {adaN},
			"q=zeta&kind=company": {zeta},
			"q=zeta&kind=person":  {},
		} {
			q = strings.ReplaceAll(q, " ", "%20")
			if diff := cmp.Diff(want, names(t, w, w.Manager, q)); diff != "" {
				t.Errorf("%s: %s", q, diff)
			}
		}
		t.Run("and counts when asked", func(t *testing.T) {
			r, _, err := w.Customers.List(t.Context(), w.Manager, url.Values{"total": {"true"}, "limit": {"1"}, "kind": {"person"}}, nil)
			if err != nil || r.Total == nil || *r.Total != 2 {
				t.Errorf("got %+v, %v", r.Total, err)
			}
		})
		t.Run("and refuses what does not exist by name", func(t *testing.T) {
			for _, q := range []string{"colour=red", "field.nope=1", "sort=level", "sort=field.shop", "kind=robot", "field.size=big"} {
				values, _ := url.ParseQuery(q)
				_, _, err := w.Customers.List(t.Context(), w.Manager, values, nil)
				if name, _, _ := strings.Cut(q, "="); !errs.Has(err, errs.Malformed) || locations(err) != "query."+name {
					t.Errorf("%s: got %v", q, err)
				}
			}
		})
		t.Run("in at most four round trips", func(t *testing.T) {
			for _, q := range []string{"", "field.size[gt]=1&tag=vip", "status=customer&country=GB&sort=name", "sort=field.size"} {
				values, _ := url.ParseQuery(q)
				ctx, n := db.WithCount(t.Context())
				if _, _, err := w.Customers.List(ctx, w.Manager, values, nil); err != nil || n.Load() > 4 {
					t.Errorf("%s took %d round trips, %v", q, n.Load(), err)
				}
			}
		})
	})
}

func TestListNeverReadsAWorkspace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		if _, err := w.Fields.Create(t.Context(), w.Manager, field.Draft{Object: field.Customers, Key: "size", Label: "Size", Type: field.Number, Indexed: true}); err != nil {
			t.Fatal(err)
		}
		w.Work(t)
		putAll(t, w, people(w, 6000)) // so many that a plan that reads the workspace shows itself
		if d.Engine() == db.Postgres {
			if err := d.Exec(t.Context(), "ANALYZE"); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			query  string
			sqlite []string // each must be in the plan
			sorts  bool     // a bounded number of rows may be sorted
		}{
			{"", []string{"customer_by_update"}, false},
			{"sort=createdAt", []string{"INTEGER PRIMARY KEY|sqlite_autoindex_customer_1"}, false},
			{"sort=name", []string{"customer_by_name"}, false},
			{"status=customer", []string{"customer_by_status"}, false},
			{"sort=field.size", []string{"sqlite_autoindex_field_value_1"}, false},
			{"sort=-field.size&field.size[lt]=20", []string{"sqlite_autoindex_field_value_1"}, false},
			{"field.size=7", []string{"MATERIALIZE pick", "sqlite_autoindex_field_value_1"}, true},
			{"field.size=7&sort=createdAt", []string{"MATERIALIZE pick"}, true},
			{"field.size[gt]=5&sort=createdAt", []string{"sqlite_autoindex_customer_1"}, false},
			{"field.size[gt]=5&sort=createdAt", []string{"field_value_by_object (tenant_id=? AND object_id=? AND field_id=? AND value>?"}, false},
			{"email=p7@example.com", []string{"MATERIALIZE pick", "sqlite_autoindex_customer_identity_2"}, true},
			{"lastName=number 7&country=GB&sort=name", []string{"MATERIALIZE pick", "customer_by_last_name"}, true},
			{"country=IS&status=customer&sort=createdAt", []string{"MATERIALIZE pick", "customer_by_country"}, true},
			{"status=customer&sort=name", []string{"customer_by_name"}, false},
			{"status=customer&kind=person&sort=createdAt", []string{"sqlite_autoindex_customer_1"}, false},
		} {
			values, _ := url.ParseQuery(strings.ReplaceAll(c.query, " ", "%20"))
			plan, err := w.Customers.ExplainList(t.Context(), w.Manager, values)
			if err != nil {
				t.Fatalf("%s: %v", c.query, err)
			}
			_, plan, _ = strings.Cut(plan, "\n")
			bad := []string{"SCAN c\n", "SCAN customer", "SCAN m\n", "SCAN fv\n"}
			want := c.sqlite
			if d.Engine() == db.Postgres {
				bad, want = []string{"Seq Scan on customer", "Seq Scan on field_value"}, nil
			}
			if !c.sorts {
				bad = append(bad, "USE TEMP B-TREE FOR ORDER BY", "Sort ")
			}
			for _, b := range bad {
				if strings.Contains(plan+"\n", b) {
					t.Errorf("%s: the plan has %q:\n%s", c.query, b, plan)
				}
			}
			for _, alternatives := range want {
				if !slices.ContainsFunc(strings.Split(alternatives, "|"), func(s string) bool { return strings.Contains(plan, s) }) {
					t.Errorf("%s: the plan lacks %s:\n%s", c.query, alternatives, plan)
				}
			}
		}
	})
}

func TestPutMany(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		put := func(puts ...customer.Put) (out []customer.PutResult) {
			t.Helper()
			err := d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) (err error) {
				out, err = w.Customers.PutMany(ctx, tx, w.Manager, "import", puts)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		long := time.Date(2010, 12, 7, 14, 57, 0, 0, time.UTC)
		batch := []customer.Put{
			{System: "retail", Key: "12347", FirstName: "Customer", LastName: "12347", NameMadeUp: true, Address: customer.Address{Country: "IS"}, CreatedAt: long},
			{System: "retail", Key: "12348", FirstName: "Bo", Email: "bo@example.com"},
			{System: "retail", Key: "12347", FirstName: "Again"},
			{System: "retail", Key: "12349", FirstName: "Cy", Email: "BO@example.com"},
			{System: "retail", Key: "12350", Kind: "robot"},
			{System: "", Key: "12351"},
		}
		first := put(batch...)
		t.Run("creates each once, leaves out what belongs to another and refuses what is wrong", func(t *testing.T) {
			got := ""
			for _, r := range first {
				got += fmt.Sprintf("%v %v %s|", !r.ID.IsZero(), r.Created, r.Problem)
			}
			want := "true true |true true |true false |true true email belongs to another customer|false false kind must be one of person, company|false false key needs its system, such as shopify or instagram|"
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
		t.Run("again changes nothing", func(t *testing.T) {
			again := put(batch[:4]...)
			for i, r := range again {
				if r.Created || r.ID != first[i].ID {
					t.Errorf("row %d: %+v", i, r)
				}
			}
		})
		t.Run("keeps when they came in, and tells it on the journey", func(t *testing.T) {
			c, err := w.Customers.Read(t.Context(), w.Manager, first[0].ID)
			if err != nil || !c.CreatedAt.Equal(long) || !c.ID.Time().Equal(long) || !c.NameMadeUp || c.Source != "import" {
				t.Errorf("got %+v, %v", c, err)
			}
			r, _, err := w.Journey.Read(t.Context(), w.Manager, first[0].ID, url.Values{})
			if err != nil || len(r.Data) != 1 || !r.Data[0].OccurredAt.Equal(long) || r.Data[0].RecordedAt.Equal(long) {
				t.Errorf("got %+v, %v", r, err)
			}
		})
		t.Run("needs the permission", func(t *testing.T) {
			err := d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
				_, err := w.Customers.PutMany(ctx, tx, w.Agent, "import", batch)
				return err
			})
			if !errs.Has(err, errs.Forbidden) {
				t.Errorf("got %v", err)
			}
		})
	})
}

// sold is a fact of a younger room.
type sold struct{ Customer, Order id.ID }

func (sold) EventKind() string { return "order.placed" }

func (s sold) About() event.About {
	return event.About{Customer: s.Customer, ObjectKind: "order", Object: s.Order, OccurredAt: time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func TestJourney(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		c := create(t, w, w.Rep, customer.Patch{FirstName: ptr("Ada")})
		err := d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
			return w.Events.Record(ctx, tx, w.Manager, sold{c.ID, id.New(w.Clock.Now())})
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			w.Clock.Advance(time.Minute)
			if _, err := w.Customers.AddNote(t.Context(), w.Agent, c.ID, "Called."); err != nil {
				t.Fatal(err)
			}
		}
		t.Run("is in the order of when things happened, whatever the page size", func(t *testing.T) {
			want := []string{"customer.note_added", "customer.note_added", "customer.note_added", "customer.created", "order.placed"}
			if diff := cmp.Diff(want, kinds(t, w, w.Manager, c.ID, "")); diff != "" {
				t.Error(diff)
			}
			var got []string
			values := url.Values{"limit": {"2"}}
			for {
				r, _, err := w.Journey.Read(t.Context(), w.Manager, c.ID, values)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range r.Data {
					got = append(got, m.Kind)
				}
				if r.Next == "" {
					break
				}
				values.Set("cursor", r.Next)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("is filtered by kind, family and group", func(t *testing.T) {
			for q, want := range map[string]int{"kind=orders": 1, "kind=order.*": 1, "kind=notes&kind=profile": 4, "kind=order.placed": 1, "kind=tickets": 0, "kind=notes": 3, "occurredAt[lt]=2026-03-01": 1} {
				if got := kinds(t, w, w.Manager, c.ID, q); len(got) != want {
					t.Errorf("%s: got %v", q, got)
				}
			}
		})
		t.Run("hides what the reader may not see", func(t *testing.T) {
			reader := auth.NewActor(1, w.Agent.User, "reader", auth.PermissionSet("customers:read_all"))
			if got := kinds(t, w, reader, c.ID, ""); len(got) != 4 || slices.Contains(got, "order.placed") {
				t.Errorf("got %v", got)
			}
		})
		t.Run("of a neighbour's or hidden customer is not found", func(t *testing.T) {
			other := create(t, w, w.Manager, customer.Patch{FirstName: ptr("Bo")})
			if _, _, err := w.Journey.Read(t.Context(), w.Neighbour, c.ID, nil); !errs.Has(err, errs.NotFound) {
				t.Errorf("got %v", err)
			}
			if _, _, err := w.Journey.Read(t.Context(), w.Rep, other.ID, nil); !errs.Has(err, errs.NotFound) {
				t.Errorf("got %v", err)
			}
		})
		t.Run("takes at most four round trips", func(t *testing.T) {
			ctx, n := db.WithCount(t.Context())
			if _, _, err := w.Journey.Read(ctx, w.Manager, c.ID, nil); err != nil || n.Load() > 4 {
				t.Errorf("%d round trips, %v", n.Load(), err)
			}
		})
	})
}

func TestUncoveredFindsTablesThatWouldKeepADeletedCustomer(t *testing.T) {
	t.Parallel()
	steps, err := schema.Steps(db.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, s := range steps {
		text += s.SQL
	}
	want := []string{"event", "sales_order", "payment_transaction", "ticket"}
	if diff := cmp.Diff(want, customer.Uncovered(text, nil)); diff != "" {
		t.Error(diff)
	}
	if got := customer.Uncovered(text, []customer.Owner{customer.Owns(event.ForgetCustomer, want...)}); len(got) > 0 {
		t.Errorf("uncovered: %v", got)
	}
}
