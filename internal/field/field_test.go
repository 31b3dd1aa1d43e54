package field_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"net/url"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/customer/customertest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

func ptr[T any](v T) *T { return &v }

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

func number(key string) field.Draft {
	return field.Draft{Object: field.Customers, Key: key, Label: "Size", Type: field.Number}
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		t.Run("name every mistake", func(t *testing.T) {
			for want, draft := range map[string]field.Draft{
				"object key label type options": {Object: "cars", Key: "Über", Type: "colour", Options: []string{"x"}},
				"rules.max":                     {Object: field.Customers, Key: "a", Label: "A", Type: field.Number, Rules: field.Rules{Min: ptr(2.0), Max: ptr(1.0)}},
				"rules.min rules.maxLength":     {Object: field.Customers, Key: "a", Label: "A", Type: field.Date, Rules: field.Rules{Min: ptr(2.0), MaxLength: 5}},
				"rules.pattern":                 {Object: field.Customers, Key: "a", Label: "A", Type: field.Text, Rules: field.Rules{Pattern: "("}},
				"options":                       {Object: field.Customers, Key: "a", Label: "A", Type: field.List},
				"options[1]":                    {Object: field.Customers, Key: "a", Label: "A", Type: field.List, Options: []string{"x", " x"}},
				"default":                       {Object: field.Customers, Key: "a", Label: "A", Type: field.List, Options: []string{"x"}, Default: "y"},
				"rules.minDate":                 {Object: field.Customers, Key: "a", Label: "A", Type: field.Date, Rules: field.Rules{MinDate: "yesterday"}},
			} {
				if _, err := w.Fields.Create(t.Context(), w.Manager, draft); locations(err) != want {
					t.Errorf("got %q, want %q: %v", locations(err), want, err)
				}
			}
		})
		f, err := w.Fields.Create(t.Context(), w.Manager, number("size"))
		if err != nil {
			t.Fatal(err)
		}
		t.Run("have a key once per object", func(t *testing.T) {
			if _, err := w.Fields.Create(t.Context(), w.Manager, number("size")); !errs.Has(err, errs.Conflict) {
				t.Errorf("got %v", err)
			}
			for _, who := range []field.Object{field.Tickets, field.Orders, field.Products} {
				d := number("size")
				d.Object = who
				if _, err := w.Fields.Create(t.Context(), w.Manager, d); err != nil {
					t.Error(err)
				}
			}
			if _, err := w.Fields.Create(t.Context(), w.Neighbour, number("size")); err != nil {
				t.Error(err)
			}
		})
		t.Run("keep key and type", func(t *testing.T) {
			_, err := w.Fields.Update(t.Context(), w.Manager, "", f.ID, func(d *field.Draft) { d.Key, d.Type = "width", field.Text })
			if locations(err) != "key type" {
				t.Errorf("got %v", err)
			}
		})
		t.Run("are read by anybody who is signed in and written only with the permission", func(t *testing.T) {
			got, err := w.Fields.List(t.Context(), w.Rep, field.Customers)
			if err != nil || len(got) != 1 || got[0].Key != "size" {
				t.Errorf("got %+v, %v", got, err)
			}
			if _, err := w.Fields.Create(t.Context(), w.Agent, number("b")); !errs.Has(err, errs.Forbidden) {
				t.Errorf("got %v", err)
			}
		})
		t.Run("of a neighbour are not found", func(t *testing.T) {
			if _, err := w.Fields.Read(t.Context(), w.Neighbour, "", f.ID); !errs.Has(err, errs.NotFound) {
				t.Errorf("got %v", err)
			}
			if err := w.Fields.Delete(t.Context(), w.Neighbour, "", f.ID); !errs.Has(err, errs.NotFound) {
				t.Errorf("got %v", err)
			}
		})
		t.Run("of another object are not found under customers", func(t *testing.T) {
			if _, err := w.Fields.Read(t.Context(), w.Manager, field.Tickets, f.ID); !errs.Has(err, errs.NotFound) {
				t.Errorf("got %v", err)
			}
		})
	})
}

func TestValuesObeyTheirDefinitions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		for _, draft := range []field.Draft{
			{Object: field.Customers, Key: "size", Label: "Size", Type: field.Number, Rules: field.Rules{Min: ptr(10.0), Max: ptr(60.0)}, Required: true, Default: 40},
			{Object: field.Customers, Key: "code", Label: "Code", Type: field.Text, Rules: field.Rules{Pattern: "[A-Z]{2}[0-9]+", MaxLength: 5}},
			{Object: field.Customers, Key: "day", Label: "Day", Type: field.Date, Rules: field.Rules{MinDate: "2020-01-01"}},
			{Object: field.Customers, Key: "news", Label: "News", Type: field.Boolean},
			{Object: field.Customers, Key: "plan", Label: "Plan", Type: field.List, Options: []string{"small", "large"}},
		} {
			if _, err := w.Fields.Create(t.Context(), w.Manager, draft); err != nil {
				t.Fatal(err)
			}
		}
		validate := func(old, patch map[string]any) (out map[string]any, err error) {
			rerr := d.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) error {
				out, err = w.Fields.Validate(ctx, q, 1, field.Customers, old, patch)
				return nil
			})
			return out, errors.Join(err, rerr)
		}
		t.Run("and get the defaults", func(t *testing.T) {
			got, err := validate(nil, map[string]any{"code": "AB12", "day": "2021-02-28", "news": true, "plan": "small"})
			want := map[string]any{"size": 40.0, "code": "AB12", "day": "2021-02-28", "news": true, "plan": "small"}
			if err != nil || !cmp.Equal(got, want) {
				t.Errorf("got %v, %v", got, err)
			}
		})
		t.Run("and every problem is named", func(t *testing.T) {
			_, err := validate(nil, map[string]any{"size": 9, "code": "ABCDEF", "day": "2019-12-31", "news": "yes", "plan": "medium", "nope": 1})
			if got := locations(err); got != "fields.code fields.day fields.news fields.nope fields.plan fields.size" {
				t.Errorf("got %s", got)
			}
		})
		t.Run("null clears, unless a value is required", func(t *testing.T) {
			got, err := validate(map[string]any{"size": 40.0, "code": "AB1"}, map[string]any{"code": nil})
			if err != nil || !cmp.Equal(got, map[string]any{"size": 40.0}) {
				t.Errorf("got %v, %v", got, err)
			}
			if _, err := validate(map[string]any{"size": 40.0}, map[string]any{"size": nil}); locations(err) != "fields.size" {
				t.Errorf("got %v", err)
			}
		})
		t.Run("an old value that breaks a newer rule stays while nobody touches it", func(t *testing.T) {
			got, err := validate(map[string]any{"size": 99.0}, map[string]any{"news": false})
			if err != nil || got["size"] != 99.0 {
				t.Errorf("got %v, %v", got, err)
			}
		})
	})
}

func TestIndexIsBuiltForValuesThatWereThereBefore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		f, err := w.Fields.Create(t.Context(), w.Manager, number("size"))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []any{44.0, 38.0, nil, -7.5} {
			if _, err := w.Customers.Create(t.Context(), w.Manager, "test", customer.Patch{FirstName: ptr("A"), Fields: map[string]any{"size": n}}); err != nil {
				t.Fatal(err)
			}
		}
		sizes := func(q string) []any {
			t.Helper()
			values, _ := url.ParseQuery(q)
			r, _, err := w.Customers.List(t.Context(), w.Manager, values, nil)
			if err != nil {
				t.Fatal(err)
			}
			out := []any{}
			for _, c := range r.Data {
				out = append(out, c.Fields["size"])
			}
			return out
		}
		index := func(on bool) {
			t.Helper()
			got, err := w.Fields.Update(t.Context(), w.Manager, "", f.ID, func(d *field.Draft) { d.Indexed = on })
			if err != nil || got.IndexReady {
				t.Fatalf("got %+v, %v", got, err)
			}
		}
		index(true)
		if got := sizes("field.size[gt]=40"); !cmp.Equal(got, []any{44.0}) {
			t.Errorf("before the index is ready the filter finds %v", got)
		}
		w.Work(t)
		if got := sizes("sort=field.size"); !cmp.Equal(got, []any{-7.5, 38.0, 44.0, nil}) {
			t.Errorf("sorted %v", got)
		}
		index(false)
		w.Work(t)
		if _, err := w.Customers.Create(t.Context(), w.Manager, "test", customer.Patch{FirstName: ptr("A"), Fields: map[string]any{"size": 50}}); err != nil {
			t.Fatal(err)
		}
		index(true)
		w.Work(t)
		if got := sizes("sort=-field.size&field.size[gte]=0"); !cmp.Equal(got, []any{50.0, 44.0, 38.0}) {
			t.Errorf("indexed again: %v", got)
		}
		w.Clock.Advance(2 * 60e9)
		w.Work(t) // the second pass finds nothing to mend
		if got := sizes("sort=field.size"); len(got) != 5 {
			t.Errorf("after the second pass: %v", got)
		}
	})
}

func TestDeletedFieldTakesItsValuesAlong(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		draft := number("size")
		draft.Indexed = true
		f, err := w.Fields.Create(t.Context(), w.Manager, draft)
		if err != nil {
			t.Fatal(err)
		}
		w.Work(t)
		c, err := w.Customers.Create(t.Context(), w.Manager, "test", customer.Patch{FirstName: ptr("A"), Fields: map[string]any{"size": 1}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Fields.Delete(t.Context(), w.Manager, "", f.ID); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Customers.Read(t.Context(), w.Manager, c.ID); err != nil || len(got.Fields) > 0 {
			t.Errorf("the value is still shown: %v, %v", got.Fields, err)
		}
		if _, err := w.Fields.Create(t.Context(), w.Manager, draft); !errs.Has(err, errs.Conflict) {
			t.Errorf("the key is free before its values are gone: %v", err)
		}
		w.Work(t)
		if _, err := w.Fields.Create(t.Context(), w.Manager, draft); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Customers.Read(t.Context(), w.Manager, c.ID); err != nil || len(got.Fields) > 0 {
			t.Errorf("an old value came back: %v, %v", got.Fields, err)
		}
	})
}

func TestEncodedValuesCompareAsTheValuesDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOf(rapid.Float64()).Draw(t, "numbers")
		sort.Float64s(numbers)
		for i := 1; i < len(numbers); i++ {
			if math.IsInf(numbers[i], 0) || math.IsInf(numbers[i-1], 0) {
				continue
			}
			a, b := field.Encode(numbers[i-1]), field.Encode(numbers[i])
			if want := numbers[i-1] < numbers[i]; bytes.Compare(a, b) < 0 != want {
				t.Fatalf("%v and %v", numbers[i-1], numbers[i])
			}
			if bytes.Compare(b, field.Encode(nil)) >= 0 {
				t.Fatalf("%v stands behind no value", numbers[i])
			}
		}
		a, b := rapid.StringN(0, 100, -1).Draw(t, "a"), rapid.StringN(0, 100, -1).Draw(t, "b")
		if got := bytes.Compare(field.Encode(a), field.Encode(b)); got != strings.Compare(a, b) {
			t.Fatalf("%q and %q: %d", a, b, got)
		}
	})
}
