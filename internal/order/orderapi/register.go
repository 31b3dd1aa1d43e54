// Package orderapi is the wire of orders and transactions.
package orderapi

import (
	"context"
	"fmt"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

type api struct {
	orders    *order.Service
	customers *customer.Service
	people    *auth.Directory
}

// Register adds the operations.
func Register(mux *httpx.API, orders *order.Service, customers *customer.Service, people *auth.Directory) {
	a := &api{orders, customers, people}
	spec := order.ListSpec()
	httpx.Register(mux, httpx.GET("/orders"), httpx.Doc{
		ID: "list-orders", Tag: "Orders", Summary: "List orders, newest first", Permission: "orders:read",
		Description: "Without lines; read one order for them. Custom fields filter as field.<key>.",
		Errors:      []errs.Kind{errs.Malformed}, Filters: append(spec.Names(), "field.<key>"), Sorts: []string{"placedAt", "field.<key>"},
	}, a.list)
	httpx.Register(mux, httpx.POST("/orders"), httpx.Doc{
		ID: "create-order", Tag: "Orders", Summary: "Create an order", Permission: "orders:create", Creates: true,
		Errors: []errs.Kind{errs.Invalid, errs.Conflict},
	}, a.create)
	httpx.Register(mux, httpx.GET("/orders/{id}"), httpx.Doc{
		ID: "read-order", Tag: "Orders", Summary: "Read an order with its lines and history", Permission: "orders:read",
		Errors: []errs.Kind{errs.NotFound},
	}, a.read)
	for _, r := range []httpx.Route{httpx.PUT("/orders/{id}"), httpx.PATCH("/orders/{id}")} {
		httpx.Register(mux, r, httpx.Doc{
			ID: map[string]string{"PUT": "put-order", "PATCH": "update-order"}[r.Method], Tag: "Orders", Summary: "Change an order", Permission: "orders:update",
			Description: "Only the fields that are sent change; the totals are computed again. With orders:correct_history alone, the status, the customer and the date may be changed.",
			Errors:      []errs.Kind{errs.NotFound, errs.Invalid, errs.Conflict, errs.Precondition},
			Example:     map[string]any{"status": "shipped", "discount": 100, "source": "web shop"},
		}, a.update)
	}
	httpx.Register(mux, httpx.DELETE("/orders/{id}"), httpx.Doc{
		ID: "delete-order", Tag: "Orders", Summary: "Delete an order", Permission: "orders:delete",
		Description: "Its transactions stay with the customer.", Errors: []errs.Kind{errs.NotFound, errs.Precondition},
	}, a.delete)
	a.registerNotes(mux)
	a.registerTransactions(mux)
	httpx.Register(mux, httpx.GET("/customers/{id}/orders"), httpx.Doc{
		ID: "list-customer-orders", Tag: "Customers", Summary: "List a customer's orders, newest first", Permission: "orders:read",
		Errors: []errs.Kind{errs.NotFound, errs.Malformed}, Filters: append(spec.Names(), "field.<key>"), Sorts: []string{"placedAt", "field.<key>"},
	}, a.listOfCustomer)
}

type pathInput struct {
	ID id.ID `path:"id" doc:"Order"`
}

type orderOutput struct {
	httpx.Tagged
	Body orderDetail
}

// selectable are the names that fields= may choose.
var selectable = []string{ //nolint:gochecknoglobals // a constant list
	"id", "number", "kind", "status", "customerId", "customer", "currency", "lineCount", "subtotal", "discount", "tax", "total", "placedAt",
	"source", "fields", "createdAt", "updatedAt",
}

func (a *api) list(ctx context.Context, in *httpx.ListInput) (*httpx.List[OrderRow], error) {
	who := auth.ActorFrom(ctx)
	rows, q, err := a.orders.List(ctx, who, in.Values(), selectable)
	if err != nil {
		return nil, err
	}
	return a.rows(ctx, who, rows, q)
}

func (a *api) rows(ctx context.Context, who auth.Actor, rows page.Result[order.Order], q *page.Query) (*httpx.List[OrderRow], error) {
	ids := make([]id.ID, 0, len(rows.Data))
	for _, o := range rows.Data {
		if !o.Customer.IsZero() {
			ids = append(ids, o.Customer)
		}
	}
	customers, err := a.customers.BriefsFor(ctx, who.Tenant, ids)
	if err != nil {
		return nil, err
	}
	return httpx.MapList(rows, q, func(o order.Order) OrderRow { return showRow(o, customers) }), nil
}

type customerOrdersInput struct {
	httpx.ListInput
	ID id.ID `path:"id" doc:"Customer"`
}

func (a *api) listOfCustomer(ctx context.Context, in *customerOrdersInput) (*httpx.List[OrderRow], error) {
	who := auth.ActorFrom(ctx)
	rows, q, err := a.orders.ListOfCustomer(ctx, who, in.ID, in.Values(), selectable)
	if err != nil {
		return nil, err
	}
	return a.rows(ctx, who, rows, q)
}

type createInput struct{ Body createBody }

func (a *api) create(ctx context.Context, in *createInput) (*orderOutput, error) {
	who := auth.ActorFrom(ctx)
	b := in.Body
	lines, err := readLines(b.Lines)
	if err != nil {
		return nil, err
	}
	d, err := a.orders.Create(ctx, who, order.Draft{
		Number: b.Number, Kind: order.Kind(b.Kind), Status: order.Status(b.Status), Customer: b.CustomerID, Currency: money.Currency(b.Currency),
		Lines: lines, Discount: b.Discount, Tax: b.Tax, PlacedAt: b.PlacedAt, Source: b.Source, Fields: b.Fields,
	})
	if err != nil {
		return nil, err
	}
	return a.detail(ctx, who, d)
}

func (a *api) detail(ctx context.Context, who auth.Actor, d order.Detail) (*orderOutput, error) {
	var ids []id.ID
	if !d.Customer.IsZero() {
		ids = append(ids, d.Customer)
	}
	customers, err := a.customers.BriefsFor(ctx, who.Tenant, ids)
	if err != nil {
		return nil, err
	}
	return &orderOutput{Tagged: httpx.Tag(d.Version), Body: showDetail(d, customers)}, nil
}

func (a *api) read(ctx context.Context, in *pathInput) (*orderOutput, error) {
	who := auth.ActorFrom(ctx)
	d, err := a.orders.Read(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return a.detail(ctx, who, d)
}

type updateInput struct {
	httpx.IfMatch
	ID   id.ID `path:"id" doc:"Order"`
	Body patchBody
}

func (a *api) update(ctx context.Context, in *updateInput) (*orderOutput, error) {
	who := auth.ActorFrom(ctx)
	b := in.Body
	c := order.Change{
		Number: b.Number.Pointer(), Customer: b.CustomerID.Pointer(), Discount: b.Discount.Pointer(), Tax: b.Tax.Pointer(),
		PlacedAt: b.PlacedAt.Pointer(), Source: b.Source.Pointer(), Fields: b.Fields.Value,
	}
	if b.Status.Set {
		status := order.Status(b.Status.Value)
		c.Status = &status
	}
	if b.Lines.Set {
		lines, err := readLines(b.Lines.Value)
		if err != nil {
			return nil, err
		}
		c.Lines = lines
	}
	d, err := a.orders.Update(ctx, who, in.ID, func(v int64) error { return httpx.CheckMatch(in.IfMatch.IfMatch, v) }, c)
	if err != nil {
		return nil, err
	}
	return a.detail(ctx, who, d)
}

type deleteInput struct {
	httpx.IfMatch
	ID id.ID `path:"id" doc:"Order"`
}

func (a *api) delete(ctx context.Context, in *deleteInput) (*struct{}, error) {
	return nil, a.orders.Delete(ctx, auth.ActorFrom(ctx), in.ID, func(v int64) error { return httpx.CheckMatch(in.IfMatch.IfMatch, v) })
}

func readLines(in []lineInput) ([]order.Line, error) {
	out := make([]order.Line, len(in))
	for i, l := range in {
		price, err := order.ParseUnitPrice(l.UnitPrice)
		if err != nil {
			return nil, errs.OnField(fmt.Sprintf("lines[%d].unitPrice", i), err.Error())
		}
		out[i] = order.Line{Product: l.ProductID, SKU: l.SKU, Title: l.Title, Quantity: l.Quantity, UnitPrice: price, Discount: l.Discount, Tax: l.Tax}
	}
	return out, nil
}

type noteOutput struct{ Body orderNote }

type noteInput struct {
	ID   id.ID `path:"id" doc:"Order"`
	Body noteBody
}

// NotePathInput names a note of an order. Exported because only exported types may be embedded in inputs.
type NotePathInput struct {
	ID     id.ID `path:"id" doc:"Order"`
	NoteID id.ID `path:"noteId" doc:"Note"`
}

type changeNoteInput struct {
	NotePathInput
	Body noteBody
}

func (a *api) registerNotes(mux *httpx.API) {
	httpx.Register(mux, httpx.GET("/orders/{id}/notes"), httpx.Doc{
		ID: "list-order-notes", Tag: "Orders", Summary: "List an order's notes, newest first", Permission: "orders:read", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *pathInput) (*httpx.List[orderNote], error) {
		who := auth.ActorFrom(ctx)
		notes, err := a.orders.Notes(ctx, who, in.ID)
		if err != nil {
			return nil, err
		}
		shown, err := a.showNotes(ctx, who, notes...)
		if err != nil {
			return nil, err
		}
		return httpx.All(shown), nil
	})
	httpx.Register(mux, httpx.POST("/orders/{id}/notes"), httpx.Doc{
		ID: "add-order-note", Tag: "Orders", Summary: "Add a note to an order", Permission: "notes:create", Creates: true,
		Errors: []errs.Kind{errs.NotFound, errs.Invalid},
	}, func(ctx context.Context, in *noteInput) (*noteOutput, error) {
		who := auth.ActorFrom(ctx)
		n, err := a.orders.AddNote(ctx, who, in.ID, in.Body.Body)
		return a.note(ctx, who, n, err)
	})
	for _, r := range []httpx.Route{httpx.PUT("/orders/{id}/notes/{noteId}"), httpx.PATCH("/orders/{id}/notes/{noteId}")} {
		httpx.Register(mux, r, httpx.Doc{
			ID: map[string]string{"PUT": "put-order-note", "PATCH": "update-order-note"}[r.Method], Tag: "Orders", Summary: "Change a note of an order",
			Description: "One's own; anybody's with notes:update_all.", Permission: "notes:create", Errors: []errs.Kind{errs.NotFound, errs.Invalid},
		}, func(ctx context.Context, in *changeNoteInput) (*noteOutput, error) {
			who := auth.ActorFrom(ctx)
			n, err := a.orders.ChangeNote(ctx, who, in.ID, in.NoteID, in.Body.Body)
			return a.note(ctx, who, n, err)
		})
	}
	httpx.Register(mux, httpx.DELETE("/orders/{id}/notes/{noteId}"), httpx.Doc{
		ID: "delete-order-note", Tag: "Orders", Summary: "Delete a note of an order", Permission: "notes:create", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *NotePathInput) (*struct{}, error) {
		return nil, a.orders.DeleteNote(ctx, auth.ActorFrom(ctx), in.ID, in.NoteID)
	})
}

func (a *api) note(ctx context.Context, who auth.Actor, n order.Note, err error) (*noteOutput, error) {
	if err != nil {
		return nil, err
	}
	shown, err := a.showNotes(ctx, who, n)
	if err != nil {
		return nil, err
	}
	return &noteOutput{Body: shown[0]}, nil
}

func (a *api) showNotes(ctx context.Context, who auth.Actor, notes ...order.Note) ([]orderNote, error) {
	ids := make([]id.ID, len(notes))
	for i, n := range notes {
		ids[i] = n.Author
	}
	names, err := a.people.Names(ctx, who.Tenant, ids...)
	if err != nil {
		return nil, err
	}
	out := make([]orderNote, len(notes))
	for i, n := range notes {
		out[i] = orderNote{ID: n.ID, OrderID: n.Order, AuthorID: n.Author, Author: names[n.Author], Body: n.Body, CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt}
	}
	return out, nil
}

type transactionIDInput struct {
	ID id.ID `path:"id" doc:"Transaction"`
}

type transactionOutput struct{ Body transactionRow }

func (a *api) registerTransactions(mux *httpx.API) {
	spec := order.TransactionSpec()
	show := func(rows page.Result[order.Transaction], q *page.Query, err error) (*httpx.List[transactionRow], error) {
		if err != nil {
			return nil, err
		}
		return httpx.MapList(rows, q, showTransaction), nil
	}
	httpx.Register(mux, httpx.GET("/transactions"), httpx.Doc{
		ID: "list-transactions", Tag: "Transactions", Summary: "List payments and refunds, newest first", Permission: "orders:read",
		Errors: []errs.Kind{errs.Malformed}, Filters: spec.Names(), Sorts: []string{"occurredAt"},
	}, func(ctx context.Context, in *httpx.ListInput) (*httpx.List[transactionRow], error) {
		return show(a.orders.ListTransactions(ctx, auth.ActorFrom(ctx), in.Values()))
	})
	httpx.Register(mux, httpx.GET("/customers/{id}/transactions"), httpx.Doc{
		ID: "list-customer-transactions", Tag: "Customers", Summary: "List a customer's payments and refunds", Permission: "orders:read",
		Errors: []errs.Kind{errs.NotFound, errs.Malformed}, Filters: spec.Names(), Sorts: []string{"occurredAt"},
	}, func(ctx context.Context, in *customerOrdersInput) (*httpx.List[transactionRow], error) {
		return show(a.orders.ListTransactionsOfCustomer(ctx, auth.ActorFrom(ctx), in.ID, in.Values()))
	})
	httpx.Register(mux, httpx.POST("/transactions"), httpx.Doc{
		ID: "record-transaction", Tag: "Transactions", Summary: "Record a payment or a refund", Permission: "transactions:create", Creates: true,
		Description: "For an order or for a customer. Refunds of an order never exceed what was paid.", Errors: []errs.Kind{errs.Invalid, errs.Conflict},
	}, func(ctx context.Context, in *struct{ Body transactionBody }) (*transactionOutput, error) {
		b := in.Body
		x, err := a.orders.RecordTransaction(ctx, auth.ActorFrom(ctx), order.Transaction{
			Order: b.OrderID, Customer: b.CustomerID, Kind: order.TransactionKind(b.Kind), Amount: b.Amount, Method: b.Method, Reference: b.Reference,
			OccurredAt: b.OccurredAt,
		})
		if err != nil {
			return nil, err
		}
		return &transactionOutput{Body: showTransaction(x)}, nil
	})
	httpx.Register(mux, httpx.GET("/transactions/{id}"), httpx.Doc{
		ID: "read-transaction", Tag: "Transactions", Summary: "Read a payment or refund", Permission: "orders:read", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *transactionIDInput) (*transactionOutput, error) {
		x, err := a.orders.ReadTransaction(ctx, auth.ActorFrom(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		return &transactionOutput{Body: showTransaction(x)}, nil
	})
}
