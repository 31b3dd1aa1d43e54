package search

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

func TestTidyForgetsTheWordsOfRemovedDocumentsAfterAnHour(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
		x := New(c)
		put(t, x, d, here, Doc{Kind: Customer, Object: number64(1), Title: "Ann Lee"}, Doc{Kind: Customer, Object: number64(2), Title: "Ann Other"})
		put(t, x, d, here+1, Doc{Kind: Customer, Object: number64(1), Title: "Zoe Lee"})
		tidyAll := func() {
			t.Helper()
			err := d.Write(t.Context(), here, func(ctx context.Context, tx db.Tx) error {
				for after := ""; ; {
					next, err := x.Tidy(ctx, tx, here, Customer, after, 2)
					if after = next; err != nil || next == "" {
						return err
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		words := func(want ...string) {
			t.Helper()
			var got []string
			err := d.Read(t.Context(), here, func(ctx context.Context, q db.Reader) (err error) {
				got, err = beginning(ctx, q, here, Customer, "", 10)
				return err
			})
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		}
		err := d.Write(t.Context(), here, func(ctx context.Context, tx db.Tx) error { return x.Remove(ctx, tx, here, Customer, number64(1)) })
		if err != nil {
			t.Fatal(err)
		}
		tidyAll()
		tidyAll()
		words("ann", "lee", "other")
		c.Advance(unusedFor)
		// A word that is used again in time stays.
		put(t, x, d, here, Doc{Kind: Customer, Object: number64(3), Title: "Lee"})
		tidyAll()
		words("ann", "lee", "other")
		put(t, x, d, here, Doc{Kind: Customer, Object: number64(3), Title: "Ann"})
		tidyAll()
		c.Advance(unusedFor)
		tidyAll()
		words("ann", "other")
		// The removed word is not believed to be known.
		put(t, x, d, here, Doc{Kind: Customer, Object: number64(4), Title: "Leander Lee"})
		words("ann", "leander", "lee", "other")
	})
}
