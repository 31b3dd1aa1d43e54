package order

import (
	"context"
	"net/url"
	"strings"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// RecordTransaction keeps a payment or a refund. One for an order takes the order's customer and must be in
// its currency; refunds never exceed what was paid.
// Errors: Forbidden without transactions:create, Invalid, Conflict refund_too_large.
func (s *Service) RecordTransaction(ctx context.Context, who auth.Actor, x Transaction) (Transaction, error) {
	if err := who.Require("transactions:create"); err != nil {
		return Transaction{}, err
	}
	now := s.clock.Now()
	x.ID, x.CreatedAt, x.CreatedBy = id.New(now), now, who.User
	x.Method, x.Reference = strings.TrimSpace(x.Method), strings.TrimSpace(x.Reference)
	if x.OccurredAt.IsZero() {
		x.OccurredAt = now
	}
	if err := x.validate(now); err != nil {
		return Transaction{}, err
	}
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		number := ""
		if !x.Order.IsZero() {
			o, err := s.orderForTransaction(ctx, tx, who, &x)
			if err != nil {
				return err
			}
			number = o.Number
		} else if err := s.customers.Require(ctx, tx, who, x.Customer); errs.Has(err, errs.NotFound) {
			return errs.OnField("customerId", "there is no such customer")
		} else if err != nil {
			return err
		}
		if err := insertTransaction(ctx, tx, who.Tenant, x); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, TransactionRecorded{
			Transaction: x.ID, Order: x.Order, Customer: x.Customer, Number: number, Kind: x.Kind, Amount: x.Amount, At: x.OccurredAt,
		})
	})
	if err != nil {
		return Transaction{}, err
	}
	return x, nil
}

func (*Service) orderForTransaction(ctx context.Context, tx db.Tx, who auth.Actor, x *Transaction) (Order, error) {
	if err := lockOrder(ctx, tx, who.Tenant, x.Order); err != nil {
		return Order{}, err
	}
	o, err := readOrder(ctx, tx, who.Tenant, x.Order)
	switch {
	case errs.Has(err, errs.NotFound):
		return o, errs.OnField("orderId", "there is no such order")
	case err != nil:
		return o, err
	case !x.Customer.IsZero() && x.Customer != o.Customer:
		return o, errs.OnField("customerId", "is not the order's customer")
	case x.Amount.Currency != o.Currency:
		return o, errs.OnField("amount.currency", "must be "+string(o.Currency)+" as the order is")
	}
	x.Customer = o.Customer
	if x.Kind == Refund {
		sum, err := paid(ctx, tx, who.Tenant, x.Order)
		if err != nil {
			return o, err
		}
		if x.Amount.Amount > sum {
			return o, errs.Newf(errs.Conflict, "refund_too_large", "Only %s was paid and not yet refunded.", money.Of(sum, o.Currency))
		}
	}
	return o, nil
}

// ReadTransaction gives one. Errors: Forbidden without orders:read, NotFound.
func (s *Service) ReadTransaction(ctx context.Context, who auth.Actor, transaction id.ID) (Transaction, error) {
	if err := who.Require("orders:read"); err != nil {
		return Transaction{}, err
	}
	var x Transaction
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		x, err = readTransaction(ctx, q, who.Tenant, transaction)
		return err
	})
	return x, err
}

// ListTransactions reads a page. Errors: Forbidden without orders:read, Malformed.
func (s *Service) ListTransactions(ctx context.Context, who auth.Actor, values url.Values) (page.Result[Transaction], *page.Query, error) {
	return s.listTransactions(ctx, who, id.Zero, values)
}

// ListTransactionsOfCustomer is ListTransactions for one customer. Errors: also NotFound.
func (s *Service) ListTransactionsOfCustomer(ctx context.Context, who auth.Actor, customer id.ID, values url.Values) (page.Result[Transaction], *page.Query, error) {
	if customer.IsZero() {
		return page.Result[Transaction]{}, nil, errs.Missing()
	}
	return s.listTransactions(ctx, who, customer, values)
}

func (s *Service) listTransactions(ctx context.Context, who auth.Actor, customer id.ID, values url.Values) (page.Result[Transaction], *page.Query, error) {
	if err := who.Require("orders:read"); err != nil {
		return page.Result[Transaction]{}, nil, err
	}
	query, err := TransactionSpec().Parse(values, nil)
	if err != nil {
		return page.Result[Transaction]{}, nil, err
	}
	var out page.Result[Transaction]
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		if !customer.IsZero() {
			if err := s.customers.Require(ctx, q, who, customer); err != nil {
				return err
			}
		}
		out, err = listTransactions(ctx, q, who.Tenant, query, customer)
		return err
	})
	return out, query, err
}
