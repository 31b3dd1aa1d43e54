package seed_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/seed"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// open builds the program on a fresh database with one workspace.
func open(t *testing.T, o db.Options) *app.App {
	t.Helper()
	cfg, err := config.Load([]string{"THROUGHLINE_DATA_DIR=" + t.TempDir(), "THROUGHLINE_DATABASE_URL=" + o.URL, "THROUGHLINE_DB_MAX_CONNS=4"}, "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, _, err = a.Auth.CreateFirst(t.Context(), auth.Setup{
		Workspace: tenant.Create{Name: "Acme", Slug: "acme", Currency: "GBP", Timezone: "Europe/London", Locale: "en-GB"},
		Name:      "Ada Byron", Email: "ada@example.com", Password: "Correct-Horse-Battery-7",
	}); err != nil {
		t.Fatal(err)
	}
	return a
}

func each(t *testing.T, test func(t *testing.T, a *app.App)) {
	t.Helper()
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			test(t, open(t, dbtest.Options(t, e)))
		})
	}
}

func small() seed.Options {
	o := seed.Defaults()
	o.Customers, o.Orders, o.Tickets, o.Base = 60, 150, 40, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	return o
}

// rows is everything that a workspace holds, as text, apart from what tells when it was written down.
func rows(t *testing.T, a *app.App) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := a.DB.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) (err error) {
		for _, text := range []string{
			`SELECT email || name || status FROM staff_user WHERE tenant_id = 1 ORDER BY id`,
			`SELECT name FROM team WHERE tenant_id = 1 ORDER BY id`,
			`SELECT name FROM tag WHERE tenant_id = 1 ORDER BY name`,
			`SELECT first_name || last_name || company || status || level || COALESCE(email, '') || COALESCE(phone, '') FROM customer WHERE tenant_id = 1 ORDER BY id`,
			`SELECT value FROM customer_identity WHERE tenant_id = 1 ORDER BY value`,
			`SELECT object || key || label || type || CAST(options AS TEXT) FROM custom_field WHERE tenant_id = 1 ORDER BY object, key`,
			`SELECT 'c' || CAST(fields AS TEXT) FROM customer WHERE tenant_id = 1 UNION ALL SELECT 'o' || CAST(fields AS TEXT) FROM sales_order WHERE tenant_id = 1
				UNION ALL SELECT 't' || CAST(fields AS TEXT) FROM ticket WHERE tenant_id = 1 UNION ALL SELECT 'p' || CAST(fields AS TEXT) FROM product WHERE tenant_id = 1 ORDER BY 1`,
			`SELECT f.key FROM field_value v JOIN custom_field f ON f.tenant_id = v.tenant_id AND f.id = v.field_id WHERE v.tenant_id = 1 ORDER BY f.object, f.key, v.value`,
			`SELECT body FROM customer_note WHERE tenant_id = 1 ORDER BY id`,
			`SELECT sku || title FROM product WHERE tenant_id = 1 ORDER BY sku`,
			`SELECT number || kind || status || CAST(total AS TEXT) || CAST(placed_at AS TEXT) FROM sales_order WHERE tenant_id = 1 ORDER BY number`,
			`SELECT sku || CAST(total AS TEXT) FROM order_line WHERE tenant_id = 1 ORDER BY order_id, position`,
			`SELECT body FROM order_note WHERE tenant_id = 1 ORDER BY id`,
			`SELECT from_status || to_status FROM order_status_change WHERE tenant_id = 1 ORDER BY id`,
			`SELECT kind || method || reference || CAST(amount AS TEXT) FROM payment_transaction WHERE tenant_id = 1 ORDER BY id`,
			`SELECT CAST(number AS TEXT) || title || status || preview FROM ticket WHERE tenant_id = 1 ORDER BY id`,
			`SELECT body || CAST(created_at AS TEXT) FROM ticket_message WHERE tenant_id = 1 ORDER BY id`,
			`SELECT kind || CAST(occurred_at AS TEXT) FROM event WHERE tenant_id = 1 AND kind <> 'user.created' ORDER BY occurred_at, kind`,
			`SELECT 'link' FROM ticket_tag WHERE tenant_id = 1 UNION ALL SELECT 'link' FROM customer_tag WHERE tenant_id = 1 UNION ALL SELECT 'link' FROM product_tag WHERE tenant_id = 1`,
		} {
			if out[text], err = db.All(ctx, q, func(r db.Row) (s string, err error) { return s, r.Scan(&s) }, text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheSameSeedMakesTheSameBrandAndAnotherAnother(t *testing.T) {
	t.Parallel()
	who := auth.System(1, "test")
	a, b, c := open(t, db.Options{}), open(t, db.Options{}), open(t, db.Options{})
	other := small()
	other.Seed++
	for x, o := range map[*app.App]seed.Options{a: small(), b: small(), c: other} {
		if _, err := x.Samples.Import(t.Context(), who, o, nil); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(rows(t, a), rows(t, b)); diff != "" {
		t.Errorf("the same seed made another brand: %s", diff)
	}
	if cmp.Equal(rows(t, a), rows(t, c)) {
		t.Error("another seed made the same brand")
	}
}

func TestSamplesAreWhatTheyShouldBe(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, a *app.App) {
		o := small()
		var done, total int64
		r, err := a.Samples.Import(t.Context(), auth.System(1, "test"), o, func(d, n int64) { done, total = d, n })
		if err != nil {
			t.Fatal(err)
		}
		if r.Customers != 60 || r.Orders != 150 || r.Tickets != 40 || r.Messages < 100 || done != 250 || total != 250 {
			t.Errorf("%+v, %d of %d", r, done, total)
		}
		for what, text := range map[string]string{
			"an order whose lines do not add up": `SELECT COUNT(*) FROM sales_order o WHERE o.tenant_id = 1 AND o.total <> (SELECT SUM(l.total) FROM order_line l WHERE l.tenant_id = 1 AND l.order_id = o.id)`,
			"an order before its customer":       `SELECT COUNT(*) FROM sales_order o JOIN customer c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id WHERE o.tenant_id = 1 AND o.placed_at < c.created_at`,
			"something after the base date":      `SELECT COUNT(*) FROM event WHERE tenant_id = 1 AND kind <> 'user.created' AND occurred_at > 1772323200000000`,
			"an address that may be somebody's":  `SELECT COUNT(*) FROM customer WHERE tenant_id = 1 AND email NOT LIKE '%@example.%'`,
			"a ticket with a wrong count":        `SELECT COUNT(*) FROM ticket k WHERE k.tenant_id = 1 AND k.message_count <> (SELECT COUNT(*) FROM ticket_message m WHERE m.tenant_id = 1 AND m.ticket_id = k.id)`,
			"a word that was not filled in":      `SELECT COUNT(*) FROM ticket_message WHERE tenant_id = 1 AND (body LIKE '%{%' OR body LIKE '%|%')`,
			"somebody who takes new tickets":     `SELECT COUNT(*) FROM staff_user WHERE tenant_id = 1 AND email LIKE '%.test' AND available = TRUE`,
		} {
			var n int64
			err := a.DB.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) (err error) {
				n, err = db.Scalar[int64](ctx, q, text)
				return err
			})
			if err != nil || n != 0 {
				t.Errorf("there is %s: %d (%v)", what, n, err)
			}
		}
		if _, err := a.Samples.Import(t.Context(), auth.System(1, "test"), o, nil); !errs.Has(err, errs.Conflict) {
			t.Errorf("a second import answers %v", err)
		}
	})
}

func TestDestroyRemovesSamplesAndNothingElse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, a *app.App) {
		who := auth.System(1, "test")
		if _, err := a.Orders.Create(t.Context(), who, order.Draft{
			Number: "REAL-1", Kind: order.Sale, Status: order.Paid, Currency: "GBP", PlacedAt: a.Clock.Now(), Lines: []order.Line{{Title: "Real thing", Quantity: 2, UnitPrice: 1_250_000}},
		}); err != nil {
			t.Fatal(err)
		}
		before := rows(t, a)
		made, err := a.Samples.Import(t.Context(), who, small(), nil)
		if err != nil {
			t.Fatal(err)
		}
		gone, err := a.Samples.Destroy(t.Context(), who, nil)
		if err != nil {
			t.Fatal(err)
		}
		made.Messages = 0
		if gone != made {
			t.Errorf("made %+v, removed %+v", made, gone)
		}
		if diff := cmp.Diff(before, rows(t, a)); diff != "" {
			t.Error(diff)
		}
		if _, err := a.Samples.Import(t.Context(), who, small(), nil); err != nil {
			t.Errorf("making samples again: %v", err)
		}
	})
}

// Every value is one that a person could have given, and every indexed field knows every object.
func TestSampleFieldsHoldWhatTheirDefinitionsAllow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, a *app.App) {
		if _, err := a.Samples.Import(t.Context(), auth.System(1, "test"), small(), nil); err != nil {
			t.Fatal(err)
		}
		for object, table := range field.Tables() {
			err := a.DB.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) error {
				check, err := a.Fields.Checker(ctx, q, 1, object)
				if err != nil {
					return err
				}
				filled := map[string]int{}
				rows, err := db.All(ctx, q, func(r db.Row) (m map[string]any, err error) { return m, r.Scan(db.FromJSON(&m)) }, `SELECT fields FROM `+table+` WHERE tenant_id = 1`)
				for _, values := range rows {
					if _, err := check(map[string]any{}, values); err != nil {
						t.Errorf("%s: %v has %v", object, values, err)
					}
					for key := range values {
						filled[key]++
					}
				}
				if err != nil {
					return err
				}
				own, err := a.Fields.Of(ctx, q, 1, object)
				for _, f := range own {
					if n := filled[f.Key]; n == 0 || n == len(rows) && object != field.Products {
						t.Errorf("%s: %d of %d have %s", object, n, len(rows), f.Key)
					}
					if f.Indexed != f.IndexReady {
						t.Errorf("%s: the index of %s is not ready", object, f.Key)
					}
					n, err := db.Scalar[int](ctx, q, `SELECT COUNT(*) FROM field_value WHERE tenant_id = 1 AND field_id = $1`, f.ID)
					if err != nil || f.Indexed && n != len(rows) {
						t.Errorf("%s: the index of %s knows %d of %d, %v", object, f.Key, n, len(rows), err)
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestDestroyKeepsAFieldThatAPersonHasUsed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, a *app.App) {
		who := auth.System(1, "test")
		// The key of one field is taken: it stays that person's, and samples leave it alone.
		if _, err := a.Fields.Create(t.Context(), who, field.Draft{Object: field.Orders, Key: "gift_wrap", Label: "Paper", Type: field.Text}); err != nil {
			t.Fatal(err)
		}
		keys := func() (out []string) {
			own, err := a.Fields.List(t.Context(), who, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range own {
				out = append(out, f.Key+" "+f.Label)
			}
			return out
		}
		made, err := a.Samples.Import(t.Context(), who, small(), nil)
		if err != nil || made.Fields != 8 || !slices.Contains(keys(), "gift_wrap Paper") {
			t.Fatalf("%+v, %v, %v", made, keys(), err)
		}
		name := "Real"
		own, err := a.Customers.Create(t.Context(), who, "test", customer.Patch{FirstName: &name, Fields: map[string]any{"preferred_store": "Leeds"}})
		if err != nil {
			t.Fatal(err)
		}
		gone, err := a.Samples.Destroy(t.Context(), who, nil)
		if diff := cmp.Diff([]string{"preferred_store Preferred store", "gift_wrap Paper"}, keys()); diff != "" || gone.Fields != 7 || err != nil {
			t.Errorf("%+v, %v, %s", gone, err, diff)
		}
		still, err := a.Customers.Read(t.Context(), who, own.ID)
		if err != nil || still.Fields["preferred_store"] != "Leeds" {
			t.Errorf("%v, %v", still.Fields, err)
		}
		// Made again, the samples use it again.
		if made, err = a.Samples.Import(t.Context(), who, small(), nil); err != nil || made.Fields != 8 {
			t.Errorf("%+v, %v", made, err)
		}
	})
}

func TestSetUpQueuesTheSamplesItWasAskedFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, a *app.App) {
		w, _, err := a.Auth.CreateFirst(t.Context(), auth.Setup{
			Workspace: tenant.Create{Name: "Second", Slug: "second", Currency: "JPY", Timezone: "Asia/Tokyo", Locale: "ja-JP"},
			Name:      "Bo Li", Email: "bo@example.com", Password: "Correct-Horse-Battery-7", SampleData: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		ended := make(chan error, 1)
		go func() { ended <- a.Work(ctx) }()
		count := func(text string) (n int64) {
			if err := a.DB.Read(t.Context(), w.ID, func(ctx context.Context, q db.Reader) (err error) {
				n, err = db.Scalar[int64](ctx, q, text, w.ID)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for count(`SELECT COUNT(*) FROM job WHERE tenant_id = $1 AND kind = 'seed.import' AND state = 'done'`) == 0 {
			select {
			case <-tick.C:
			case <-ctx.Done():
				t.Fatal("the job did not end")
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if n := count(`SELECT COUNT(*) FROM ticket WHERE tenant_id = $1`); n != 120 {
			t.Errorf("there are %d tickets", n)
		}
	})
}

func TestNoSampleSharesItsIDWithAnother(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, a *app.App) {
		if _, err := a.Samples.Import(t.Context(), auth.System(1, "test"), small(), nil); err != nil {
			t.Fatal(err)
		}
		err := a.DB.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) error {
			const all = `
				SELECT id FROM staff_user UNION ALL SELECT id FROM team UNION ALL SELECT id FROM tag UNION ALL SELECT id FROM custom_field
				UNION ALL SELECT id FROM customer UNION ALL SELECT id FROM product UNION ALL SELECT id FROM sales_order UNION ALL SELECT id FROM ticket`
			twice, err := db.Scalar[int64](ctx, q, `SELECT COUNT(*) - COUNT(DISTINCT id) FROM (`+all+`) a`)
			if twice != 0 {
				t.Errorf("%d ids stand for two things", twice)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
