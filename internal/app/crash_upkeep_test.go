package app_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/seed"
)

// neglect leaves something to do for every periodic task: an upload that nobody used, a session that ran out,
// jobs that are long done, a word that nothing uses, and sales that were not counted.
func neglect(t *testing.T, p *program) {
	t.Helper()
	in := ask(t, p, "", http.MethodPost, "/auth/login", `{"email":"`+admin+`","password":"`+password+`"}`)
	token := in["token"].(string)
	ask(t, p, "", http.MethodPost, "/auth/login", `{"password":"`+password+`","email":"`+admin+`"}`)
	product := ask(t, p, token, http.MethodPost, "/products", `{"sku":"L-1","title":"Lamp","price":{"amount":1299,"currency":"GBP"}}`)["id"].(string)
	ask(t, p, token, http.MethodPost, "/orders", `{"number":"A-1","status":"paid","lines":[{"productId":"`+product+`","quantity":3,"unitPrice":"12.99"}]}`)
	items, vars, err := p.script()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range items {
		if c.ID != "upload-file" {
			continue
		}
		s, err := vars.Request(c)
		if err != nil {
			t.Fatal(err)
		}
		if w := s.Send(t.Context(), p.API, token); w.Code != http.StatusCreated {
			t.Fatalf("the upload answers %d: %s", w.Code, w.Body)
		}
	}
	if _, err := due(t.Context(), p.db); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Queue.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = p.db.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
		for _, q := range []string{
			`UPDATE media_file SET created_at = 1`,
			`UPDATE session SET expires_at = 1 WHERE id = (SELECT id FROM session ORDER BY id DESC LIMIT 1)`,
			`UPDATE job SET finished_at = 1 WHERE state = 'done'`,
			`UPDATE idempotency_key SET created_at = 1`,
		} {
			if n, err := tx.Exec(ctx, q); err != nil || n == 0 {
				t.Errorf("%s: %d rows, %v", q, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// turn is a periodic task whose turn has come. Killed, it has lost that turn and does all of it in the next.
func turn(name string) doing {
	return doing{
		name: "the task " + name, good: []int{0}, jobs: true, stages: true,
		run: func(ctx context.Context, p *program) (int, error) {
			err := p.db.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE periodic SET due_at = 1 WHERE name = $1`, name)
				return err
			})
			if err == nil {
				_, err = p.Queue.Drain(ctx)
			}
			return 0, err
		},
	}
}

func TestPeriodicTasksKilledBetweenAnyTwoStatements(t *testing.T) {
	t.Parallel()
	tasks := []string{"auth.old-sessions", "http.forget-keys", "jobs.purge", "media.sweep", "report.sales", "search.tidy"}
	check := func(t *testing.T, p *program, stop func(ctx context.Context, do doing) ([]string, error)) {
		t.Helper()
		if err := p.found(t.Context()); err != nil {
			t.Fatal(err)
		}
		neglect(t, p)
		var names []string
		err := p.db.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) (err error) {
			names, err = db.All(ctx, q, func(r db.Row) (name string, err error) { return name, r.Scan(&name) }, `SELECT name FROM periodic ORDER BY name`)
			return err
		})
		if err != nil || !slices.Equal(names, tasks) {
			t.Fatalf("the periodic tasks are %q (%v)", names, err)
		}
		for i, name := range tasks {
			if i%min(everyNth, 3) != 0 { // with the race detector every third
				if _, err := turn(name).run(t.Context(), p); err != nil {
					t.Fatal(err)
				}
				continue
			}
			faults, err := stop(t.Context(), turn(name))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range faults {
				t.Error(f)
			}
		}
		for _, q := range []string{
			`SELECT 1 FROM media_file`, `SELECT 1 FROM session WHERE expires_at = 1`, `SELECT 1 FROM job WHERE finished_at = 1`,
			`SELECT 1 FROM idempotency_key WHERE created_at = 1`, `SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM product_sales WHERE sold = 3)`,
		} {
			if left, err := exists(t.Context(), p.db, q); err != nil || left {
				t.Errorf("left to do: %s (%v)", q, err)
			}
		}
	}
	onBoth(t, check)
}

func exists(ctx context.Context, d *db.DB, q string) (out bool, err error) {
	err = d.ReadAll(ctx, func(ctx context.Context, r db.Reader) (err error) {
		out, err = db.Exists(ctx, r, q)
		return err
	})
	return out, err
}

// rowsOf counts what a sample brand is made of.
func rowsOf(ctx context.Context, t *testing.T, d *db.DB) map[string]int {
	t.Helper()
	s, err := readState(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, table := range []string{
		"customer", "customer_identity", "customer_tag", "product", "sales_order", "order_line", "payment_transaction", "ticket", "ticket_message", "ticket_tag",
		"staff_user", "team", "team_member", "custom_field", "search_doc", "tag",
	} {
		out[table] = len(s[table])
	}
	return out
}

// TestTheSampleBrandIsWholeWhereverItsJobDies: the job works in many transactions, and takes away what an attempt
// that was killed has left.
func TestTheSampleBrandIsWholeWhereverItsJobDies(t *testing.T) {
	t.Parallel()
	p, c := watched(t)
	if err := p.found(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := p.db.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
		o := seed.Options{Customers: 12, Tickets: 8, Orders: 16, Seed: 3, Base: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
		_, err := p.Queue.Enqueue(ctx, tx, 1, seed.Make{Options: o}, jobs.Dedupe("sample"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	c.begin()
	if _, err := p.Queue.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	points, err := c.end()
	if err != nil {
		t.Fatal(err)
	}
	want := rowsOf(t.Context(), t, p.db)
	if want["customer"] != 12 || want["ticket"] != 8 || len(points) < 8 {
		t.Fatalf("the brand has %v after %d places", want, len(points))
	}
	for i, pt := range points {
		if i%min(everyNth, 3) != 0 {
			continue
		}
		next, err := begin(t.Context(), place{dir: pt.dir}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := older(t.Context(), next.db, true); err != nil {
			t.Fatal(err)
		}
		if _, err := due(t.Context(), next.db); err != nil {
			t.Fatal(err)
		}
		if _, err := next.Queue.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for table, n := range rowsOf(t.Context(), t, next.db) {
			if n != want[table] {
				t.Errorf("killed at place %d of %d, %s: %d rows of %s, not %d", i+1, len(points), pt, n, table, want[table])
			}
		}
		next.end()
	}
}
