package tag_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/customer/customertest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tag"
)

func code(err error) string {
	var e *errs.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func names(tags []tag.Tag) []string {
	out := []string{}
	for _, g := range tags {
		out = append(out, g.Name)
	}
	return out
}

func TestBuiltInTagsComeOnceAndStay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		for range 2 {
			if err := d.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error { return w.Tags.Provision(ctx, tx, 1) }); err != nil {
				t.Fatal(err)
			}
		}
		r, _, err := w.Tags.List(t.Context(), w.Rep, url.Values{"builtIn": {"true"}, "q": {"sentiment/"}}, nil)
		if err != nil || len(r.Data) != 6 {
			t.Fatalf("got %v, %v", names(r.Data), err)
		}
		all, _, err := w.Tags.List(t.Context(), w.Rep, url.Values{"total": {"true"}}, nil)
		if err != nil || *all.Total != 14 || !slices.Contains(names(all.Data), "recall") {
			t.Errorf("got %v, %v", names(all.Data), err)
		}
		urgent := r.Data[5]
		if _, err := w.Tags.Update(t.Context(), w.Manager, urgent.ID, &all.Data[0].Name, nil); code(err) != "tag_built_in" {
			t.Errorf("renamed: %v", err)
		}
		red := "#FF0000"
		if g, err := w.Tags.Update(t.Context(), w.Manager, urgent.ID, nil, &red); err != nil || g.Colour != "#ff0000" {
			t.Errorf("got %+v, %v", g, err)
		}
		if err := w.Tags.Delete(t.Context(), w.Manager, urgent.ID); code(err) != "tag_built_in" {
			t.Errorf("deleted: %v", err)
		}
	})
}

func TestTags(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		g, err := w.Tags.Create(t.Context(), w.Manager, "  High   Street ", "")
		if err != nil || g.Name != "High Street" || g.Colour != tag.DefaultColour {
			t.Fatalf("got %+v, %v", g, err)
		}
		t.Run("have a name once whatever its case, per workspace", func(t *testing.T) {
			if _, err := w.Tags.Create(t.Context(), w.Manager, "HIGH street", ""); code(err) != "tag_exists" {
				t.Errorf("got %v", err)
			}
			other, err := w.Tags.Create(t.Context(), w.Manager, "Low Street", "#123456")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Tags.Update(t.Context(), w.Manager, other.ID, &g.Name, nil); code(err) != "tag_exists" {
				t.Errorf("got %v", err)
			}
			if _, err := w.Tags.Create(t.Context(), w.Neighbour, "High Street", ""); err != nil {
				t.Error(err)
			}
		})
		t.Run("need a good name and colour, and the permission", func(t *testing.T) {
			for _, c := range [][2]string{{"", ""}, {"a,b", ""}, {"x", "red"}} {
				if _, err := w.Tags.Create(t.Context(), w.Manager, c[0], c[1]); !errs.Has(err, errs.Invalid) {
					t.Errorf("%v: got %v", c, err)
				}
			}
			if _, err := w.Tags.Create(t.Context(), w.Agent, "mine", ""); !errs.Has(err, errs.Forbidden) {
				t.Errorf("got %v", err)
			}
		})
		first := "Ada"
		c, err := w.Customers.Create(t.Context(), w.Manager, "test", customer.Patch{FirstName: &first})
		if err != nil {
			t.Fatal(err)
		}
		t.Run("hang on a customer by name and come off again", func(t *testing.T) {
			got, err := w.Customers.AddTags(t.Context(), w.Agent, c.ID, []string{"high street", "LOW STREET"})
			if err != nil || !cmp.Equal(names(got), []string{"High Street", "Low Street"}) {
				t.Errorf("got %v, %v", names(got), err)
			}
			if got, err = w.Customers.RemoveTags(t.Context(), w.Agent, c.ID, []string{"low street", "unknown"}); err != nil || !cmp.Equal(names(got), []string{"High Street"}) {
				t.Errorf("got %v, %v", names(got), err)
			}
			if got, err = w.Customers.SetTags(t.Context(), w.Manager, c.ID, []string{"new one"}); err != nil || !cmp.Equal(names(got), []string{"new one"}) {
				t.Errorf("got %v, %v", names(got), err)
			}
		})
		t.Run("that do not exist are made only by who may", func(t *testing.T) {
			if _, err := w.Customers.AddTags(t.Context(), w.Agent, c.ID, []string{"invented"}); !errs.Has(err, errs.Forbidden) {
				t.Errorf("got %v", err)
			}
			if got, _ := w.Customers.Tags(t.Context(), w.Agent, c.ID); len(got) != 1 {
				t.Errorf("got %v", names(got))
			}
		})
		t.Run("are taken off everything when deleted", func(t *testing.T) {
			if _, err := w.Customers.SetTags(t.Context(), w.Manager, c.ID, []string{"high street"}); err != nil {
				t.Fatal(err)
			}
			if err := w.Tags.Delete(t.Context(), w.Neighbour, g.ID); !errs.Has(err, errs.NotFound) {
				t.Errorf("a neighbour may delete: %v", err)
			}
			if err := w.Tags.Delete(t.Context(), w.Manager, g.ID); err != nil {
				t.Fatal(err)
			}
			if got, err := w.Customers.Tags(t.Context(), w.Agent, c.ID); err != nil || len(got) != 0 {
				t.Errorf("got %v, %v", names(got), err)
			}
		})
		t.Run("by an id that is no tag are refused by name", func(t *testing.T) {
			err := d.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) error {
				_, err := w.Tags.ByIDs(ctx, q, 1, []id.ID{c.ID})
				return err
			})
			if !errs.Has(err, errs.Invalid) {
				t.Errorf("got %v", err)
			}
		})
	})
}
