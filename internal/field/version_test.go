package field_test

import (
	"context"
	"errors"
	"testing"

	"github.com/throughlinehq/throughline/internal/customer/customertest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

var errUndone = errors.New("undone")

func TestTransactionsKnowTheNewestDefinitions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := customertest.New(t, d)
		other, err := field.New(field.Deps{DB: d, Clock: w.Clock, Events: w.Events, Queue: w.Queue, Tables: field.Tables()}) // of another process
		if err != nil {
			t.Fatal(err)
		}
		validate := func(key string) error {
			return d.Write(t.Context(), w.Manager.Tenant, func(ctx context.Context, tx db.Tx) error {
				_, err := w.Fields.Validate(ctx, tx, w.Manager.Tenant, field.Customers, nil, map[string]any{key: 1})
				return err
			})
		}
		if err := validate("size"); !errs.Has(err, errs.Invalid) {
			t.Fatalf("before there is a field: %v", err)
		}
		f, err := other.Create(t.Context(), w.Manager, number("size"))
		if err != nil {
			t.Fatal(err)
		}
		if err := validate("size"); err != nil {
			t.Errorf("after another process has made the field: %v", err)
		}

		// Definitions of a transaction that is undone are forgotten with it, also those that it has read itself.
		err = d.Write(t.Context(), w.Manager.Tenant, func(ctx context.Context, tx db.Tx) error {
			if _, err := w.Fields.Validate(ctx, tx, w.Manager.Tenant, field.Customers, nil, nil); err != nil {
				return err
			}
			made, err := w.Fields.ImportTx(ctx, tx, w.Manager.Tenant, []field.Field{{ID: f.ID}, {ID: w.Manager.User, Object: field.Customers, Key: "weight", Label: "Weight", Type: field.Number}})
			if err != nil || len(made) != 2 {
				t.Errorf("imported %d fields: %v", len(made), err)
			}
			if _, err := w.Fields.Validate(ctx, tx, w.Manager.Tenant, field.Customers, nil, map[string]any{"weight": 1}); err != nil {
				t.Errorf("a field of the same transaction: %v", err)
			}
			return errUndone
		})
		if !errors.Is(err, errUndone) {
			t.Fatal(err)
		}
		if err := validate("weight"); !errs.Has(err, errs.Invalid) {
			t.Errorf("after the transaction was undone: %v", err)
		}

		if err := other.Delete(t.Context(), w.Manager, field.Customers, f.ID); err != nil {
			t.Fatal(err)
		}
		if err := validate("size"); !errs.Has(err, errs.Invalid) {
			t.Errorf("after another process has deleted the field: %v", err)
		}
	})
}
