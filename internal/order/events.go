package order

import (
	"time"

	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
)

// Placed tells of a sale, a return or an adjustment at the moment it was placed.
type Placed struct {
	Order    id.ID       `json:"order"`
	Customer id.ID       `json:"customer"`
	Number   string      `json:"number"`
	Kind     Kind        `json:"kind"`
	Status   Status      `json:"status"`
	Total    money.Money `json:"total"`
	Lines    int64       `json:"lines"`
	At       time.Time   `json:"at"`
}

// EventKind names the fact.
func (Placed) EventKind() string { return "order.placed" }

// About tells what it is about; the journey shows it at the date of the order.
func (e Placed) About() event.About {
	return event.About{Customer: e.Customer, ObjectKind: "order", Object: e.Order, OccurredAt: e.At, Audience: event.Customer}
}

// Updated tells which parts of an order changed.
type Updated struct {
	Order    id.ID       `json:"order"`
	Customer id.ID       `json:"customer"`
	Number   string      `json:"number"`
	Fields   []string    `json:"fields"`
	Total    money.Money `json:"total"`
}

// EventKind names the fact.
func (Updated) EventKind() string { return "order.updated" }

// About tells what it is about.
func (e Updated) About() event.About { return about(e.Customer, e.Order, event.Staff) }

// StatusChanged tells of a step in an order's life.
type StatusChanged struct {
	Order    id.ID  `json:"order"`
	Customer id.ID  `json:"customer"`
	Number   string `json:"number"`
	From     Status `json:"from"`
	To       Status `json:"to"`
}

// EventKind names the fact.
func (StatusChanged) EventKind() string { return "order.status_changed" }

// About tells what it is about.
func (e StatusChanged) About() event.About { return about(e.Customer, e.Order, event.Customer) }

// Deleted tells that an order was removed.
type Deleted struct {
	Order    id.ID  `json:"order"`
	Customer id.ID  `json:"customer"`
	Number   string `json:"number"`
}

// EventKind names the fact.
func (Deleted) EventKind() string { return "order.deleted" }

// About tells what it is about.
func (e Deleted) About() event.About { return about(e.Customer, e.Order, event.Staff) }

// NoteAdded is on the customer's journey for staff, never in the portal.
type NoteAdded struct {
	Order    id.ID  `json:"order"`
	Customer id.ID  `json:"customer"`
	Number   string `json:"number"`
	Note     id.ID  `json:"note"`
}

// EventKind names the fact.
func (NoteAdded) EventKind() string { return "order.note_added" }

// About tells what it is about.
func (e NoteAdded) About() event.About { return about(e.Customer, e.Order, event.Staff) }

// TransactionRecorded tells of a payment or a refund when it happened.
type TransactionRecorded struct {
	Transaction id.ID           `json:"transaction"`
	Order       id.ID           `json:"order"`
	Customer    id.ID           `json:"customer"`
	Number      string          `json:"number,omitempty"`
	Kind        TransactionKind `json:"kind"`
	Amount      money.Money     `json:"amount"`
	At          time.Time       `json:"at"`
}

// EventKind names the fact.
func (TransactionRecorded) EventKind() string { return "transaction.recorded" }

// About tells what it is about.
func (e TransactionRecorded) About() event.About {
	return event.About{Customer: e.Customer, ObjectKind: "transaction", Object: e.Transaction, OccurredAt: e.At, Audience: event.Customer}
}

func about(customer, order id.ID, a event.Audience) event.About {
	return event.About{Customer: customer, ObjectKind: "order", Object: order, Audience: a}
}
