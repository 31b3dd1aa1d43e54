package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// put writes a tag in a transaction of its own, once or each time.
func put(ctx context.Context, d *db.DB, name string) error {
	return d.Write(ctx, 1, func(ctx context.Context, tx db.Tx) error {
		const q = `
			INSERT INTO tag (tenant_id, id, name, name_key, colour, built_in, created_at)
			VALUES (1, $1, $2, $2, '#000000', FALSE, 1)
			ON CONFLICT (tenant_id, name_key) DO NOTHING`
		_, err := tx.Exec(ctx, q, id.New(time.Now()), name)
		return err
	})
}

func TestTheCheckerFindsWhatItIsMadeFor(t *testing.T) {
	t.Parallel()
	defects := []struct {
		name, fault string
		run         func(ctx context.Context, d *db.DB) error
	}{
		{"a change in two transactions", "neither before nor after", func(ctx context.Context, d *db.DB) error {
			if err := put(ctx, d, "one half"); err != nil {
				return err
			}
			return put(ctx, d, "the other half")
		}},
		{"a change that happens each time", "comes to something else than once", func(ctx context.Context, d *db.DB) error {
			return put(ctx, d, id.New(time.Now()).String())
		}},
	}
	check := func(t *testing.T, p *program, stop func(ctx context.Context, do doing) ([]string, error)) {
		t.Helper()
		if err := p.found(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, c := range defects {
			faults, err := stop(t.Context(), doing{
				name: c.name, good: []int{0}, safe: true,
				run: func(ctx context.Context, p *program) (int, error) { return 0, c.run(ctx, p.db) },
			})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(faults, "\n"), c.fault) {
				t.Errorf("%s passes: %q", c.name, faults)
			}
		}
	}
	onBoth(t, check)
}
