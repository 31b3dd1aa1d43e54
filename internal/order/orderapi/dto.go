package orderapi

import (
	"time"

	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
)

type orderLine struct {
	ProductID      *id.ID      `json:"productId" nullable:"true" doc:"Product; null when it is not in the catalogue"`
	SKU            string      `json:"sku" example:"85123A"`
	Title          string      `json:"title" example:"White hanging heart T-light holder"`
	Quantity       int64       `json:"quantity" doc:"Pieces; negative in a return" example:"6"`
	UnitPrice      money.Money `json:"unitPrice" doc:"Price of one piece, rounded to minor units"`
	UnitPriceExact string      `json:"unitPriceExact" doc:"Price of one piece as an exact decimal" example:"2.55"`
	Discount       money.Money `json:"discount"`
	Tax            money.Money `json:"tax"`
	Total          money.Money `json:"total" doc:"Quantity × unit price, less discount, plus tax"`
}

type customerBrief struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name" example:"Ada Byron"`
}

// OrderRow is an order in a list. It is exported because only exported types may be embedded in others on the wire.
type OrderRow struct {
	ID         id.ID          `json:"id"`
	Number     string         `json:"number" example:"536365"`
	Kind       string         `json:"kind" enum:"sale,return,adjustment" example:"sale"`
	Status     string         `json:"status" enum:"pending,paid,shipped,completed,cancelled,refunded" example:"completed"`
	CustomerID *id.ID         `json:"customerId" nullable:"true" doc:"null when nobody is known"`
	Customer   *customerBrief `json:"customer,omitempty" doc:"Left out when nobody is known"`
	Currency   money.Currency `json:"currency" example:"GBP"`
	LineCount  int64          `json:"lineCount" example:"1"`
	Subtotal   money.Money    `json:"subtotal"`
	Discount   money.Money    `json:"discount"`
	Tax        money.Money    `json:"tax"`
	Total      money.Money    `json:"total" doc:"Subtotal less discount plus tax"`
	PlacedAt   time.Time      `json:"placedAt"`
	Source     string         `json:"source" example:"web shop"`
	Fields     map[string]any `json:"fields" doc:"Custom values by key"`
	CreatedAt  time.Time      `json:"createdAt"`
	UpdatedAt  time.Time      `json:"updatedAt"`
}

type statusStep struct {
	From    string    `json:"from" doc:"Empty for the first"`
	To      string    `json:"to" example:"completed"`
	ActorID *id.ID    `json:"actorId" nullable:"true" doc:"User; null when it was no user"`
	At      time.Time `json:"at"`
}

type orderDetail struct {
	OrderRow
	Lines   []orderLine  `json:"lines" nullable:"false"`
	History []statusStep `json:"history" nullable:"false" doc:"Steps of the status, oldest first"`
	Paid    money.Money  `json:"paid" doc:"Payments less refunds"`
}

type lineInput struct {
	ProductID id.ID  `json:"productId,omitempty" doc:"Product; its title and SKU are taken when they are left out"`
	SKU       string `json:"sku,omitempty" maxLength:"100" example:"85123A"`
	Title     string `json:"title,omitempty" maxLength:"500" example:"White hanging heart T-light holder"`
	Quantity  int64  `json:"quantity" doc:"Pieces; negative in a return" example:"6"`
	UnitPrice string `json:"unitPrice" maxLength:"32" doc:"Price of one piece in major units, an exact decimal with at most six decimals" example:"2.55"`
	Discount  int64  `json:"discount,omitempty" doc:"Minor units" example:"0"`
	Tax       int64  `json:"tax,omitempty" doc:"Minor units" example:"0"`
}

type createBody struct {
	Number     string         `json:"number,omitempty" maxLength:"64" doc:"Unique; made when left out" example:"WEB-1042"`
	Kind       string         `json:"kind,omitempty" enum:"sale,return,adjustment" default:"sale" example:"sale"`
	Status     string         `json:"status,omitempty" enum:"pending,paid,shipped,completed,cancelled,refunded" default:"pending" example:"paid"`
	CustomerID id.ID          `json:"customerId,omitempty" doc:"Whose it is; leave out for an order without a customer"`
	Currency   string         `json:"currency,omitempty" pattern:"^[A-Z]{3}$" doc:"The workspace's when left out" example:"GBP"`
	Lines      []lineInput    `json:"lines" nullable:"false" minItems:"1" maxItems:"1000"`
	Discount   int64          `json:"discount,omitempty" doc:"On the whole order, besides the lines'; minor units" example:"0"`
	Tax        int64          `json:"tax,omitempty" doc:"On the whole order, besides the lines'; minor units" example:"0"`
	PlacedAt   time.Time      `json:"placedAt,omitempty" doc:"Now when left out" example:"2026-01-31T12:00:00Z"`
	Source     string         `json:"source,omitempty" maxLength:"64" example:"web shop"`
	Fields     map[string]any `json:"fields,omitempty" doc:"Custom values by key"`
}

type patchBody struct {
	Number     httpx.Patch[string]         `json:"number" maxLength:"64" doc:"Unique"`
	Status     httpx.Patch[string]         `json:"status" doc:"pending, paid, shipped, completed, cancelled or refunded" example:"shipped"`
	CustomerID httpx.Patch[id.ID]          `json:"customerId" doc:"null makes the order anonymous"`
	Lines      httpx.Patch[[]lineInput]    `json:"lines" doc:"Replaces all lines"`
	Discount   httpx.Patch[int64]          `json:"discount" doc:"On the whole order; minor units"`
	Tax        httpx.Patch[int64]          `json:"tax" doc:"On the whole order; minor units"`
	PlacedAt   httpx.Patch[time.Time]      `json:"placedAt"`
	Source     httpx.Patch[string]         `json:"source"`
	Fields     httpx.Patch[map[string]any] `json:"fields" doc:"Custom values by key; null clears one"`
}

type orderNote struct {
	ID        id.ID     `json:"id"`
	OrderID   id.ID     `json:"orderId"`
	AuthorID  id.ID     `json:"authorId"`
	Author    string    `json:"author" example:"Sam Okafor"`
	Body      string    `json:"body" example:"Customer asked for gift wrapping."`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

type noteBody struct {
	Body string `json:"body" minLength:"1" maxLength:"10000" doc:"Plain text" example:"Customer asked for gift wrapping."`
}

type transactionRow struct {
	ID         id.ID       `json:"id"`
	Kind       string      `json:"kind" enum:"payment,refund" example:"payment"`
	Amount     money.Money `json:"amount"`
	Method     string      `json:"method" example:"card"`
	Reference  string      `json:"reference" example:"ch_1042"`
	OrderID    *id.ID      `json:"orderId" nullable:"true"`
	CustomerID *id.ID      `json:"customerId" nullable:"true"`
	OccurredAt time.Time   `json:"occurredAt"`
	CreatedAt  time.Time   `json:"createdAt"`
}

type transactionBody struct {
	Kind       string      `json:"kind" enum:"payment,refund" example:"payment"`
	Amount     money.Money `json:"amount"`
	Method     string      `json:"method" minLength:"1" maxLength:"64" example:"card"`
	Reference  string      `json:"reference,omitempty" maxLength:"200" example:"ch_1042"`
	OrderID    id.ID       `json:"orderId,omitempty" doc:"The order it belongs to"`
	CustomerID id.ID       `json:"customerId,omitempty" doc:"Whose it is, where there is no order"`
	OccurredAt time.Time   `json:"occurredAt,omitempty" doc:"Now when left out" example:"2026-01-31T12:00:00Z"`
}

func showRow(o order.Order, customers map[id.ID]customer.Brief) OrderRow {
	m := func(amount int64) money.Money { return money.Of(amount, o.Currency) }
	r := OrderRow{
		ID: o.ID, Number: o.Number, Kind: string(o.Kind), Status: string(o.Status), CustomerID: o.Customer.Pointer(), Currency: o.Currency,
		LineCount: o.LineCount, Subtotal: m(o.Subtotal), Discount: m(o.Discount), Tax: m(o.Tax), Total: m(o.Total), PlacedAt: o.PlacedAt,
		Source: o.Source, Fields: o.Fields, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt,
	}
	if c, ok := customers[o.Customer]; ok {
		r.Customer = &customerBrief{ID: o.Customer, Name: c.Name}
	}
	return r
}

func showDetail(d order.Detail, customers map[id.ID]customer.Brief) orderDetail {
	out := orderDetail{OrderRow: showRow(d.Order, customers), Lines: make([]orderLine, len(d.Lines)), History: make([]statusStep, len(d.History)), Paid: money.Of(d.Paid, d.Currency)}
	for i, l := range d.Lines {
		out.Lines[i] = orderLine{
			ProductID: l.Product.Pointer(), SKU: l.SKU, Title: l.Title, Quantity: l.Quantity, UnitPrice: order.RoundPrice(l.UnitPrice, d.Currency),
			UnitPriceExact: order.UnitPriceText(l.UnitPrice, d.Currency), Discount: money.Of(l.Discount, d.Currency),
			Tax: money.Of(l.Tax, d.Currency), Total: money.Of(l.Total, d.Currency),
		}
	}
	for i, h := range d.History {
		out.History[i] = statusStep{From: string(h.From), To: string(h.To), ActorID: h.Actor.Pointer(), At: h.At}
	}
	return out
}

func showTransaction(x order.Transaction) transactionRow {
	return transactionRow{
		ID: x.ID, Kind: string(x.Kind), Amount: x.Amount, Method: x.Method, Reference: x.Reference, OrderID: x.Order.Pointer(), CustomerID: x.Customer.Pointer(),
		OccurredAt: x.OccurredAt, CreatedAt: x.CreatedAt,
	}
}
