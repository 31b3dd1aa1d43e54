package customer

import (
	"time"

	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func about(customer id.ID) event.About {
	return event.About{Customer: customer, ObjectKind: "customer", Object: customer}
}

// Created tells that a customer came in. At is set for imported history.
type Created struct {
	Customer id.ID     `json:"customer"`
	Kind     Kind      `json:"kind"`
	Status   Status    `json:"status"`
	Source   string    `json:"source"`
	At       time.Time `json:"-"`
}

// EventKind is customer.created.
func (Created) EventKind() string { return "customer.created" }

// About is the customer.
func (e Created) About() event.About {
	a := about(e.Customer)
	a.OccurredAt = e.At
	return a
}

// Change is a field's value before and after.
type Change struct {
	Old any `json:"old"`
	New any `json:"new"`
}

// Updated tells which fields changed; values only where they say nothing private about the person.
type Updated struct {
	Customer id.ID             `json:"customer"`
	Fields   []string          `json:"fields"`
	Changes  map[string]Change `json:"changes,omitempty"`
}

// EventKind is customer.updated.
func (Updated) EventKind() string { return "customer.updated" }

// About is the customer.
func (e Updated) About() event.About { return about(e.Customer) }

// Tagged tells which tags a customer got and lost, by name.
type Tagged struct {
	Customer id.ID    `json:"customer"`
	Added    []string `json:"added,omitempty"`
	Removed  []string `json:"removed,omitempty"`
}

// EventKind is customer.tagged.
func (Tagged) EventKind() string { return "customer.tagged" }

// About is the customer.
func (e Tagged) About() event.About { return about(e.Customer) }

// Grouped tells which groups a customer joined and left, by name.
type Grouped struct {
	Customer id.ID    `json:"customer"`
	Added    []string `json:"added,omitempty"`
	Removed  []string `json:"removed,omitempty"`
}

// EventKind is customer.grouped.
func (Grouped) EventKind() string { return "customer.grouped" }

// About is the customer.
func (e Grouped) About() event.About { return about(e.Customer) }

// IdentityChanged tells that a way the customer is known was added, removed or made primary; never
// the value itself.
type IdentityChanged struct {
	Customer id.ID        `json:"customer"`
	Identity id.ID        `json:"identity"`
	Kind     IdentityKind `json:"kind"`
	System   string       `json:"system,omitempty"`
	What     string       `json:"what"` // added, removed, primary
}

// EventKind is customer.identity_changed.
func (IdentityChanged) EventKind() string { return "customer.identity_changed" }

// About is the customer.
func (e IdentityChanged) About() event.About { return about(e.Customer) }

// NoteAdded is on the customer's journey for staff, never in the portal.
type NoteAdded struct {
	Customer id.ID `json:"customer"`
	Note     id.ID `json:"note"`
}

// EventKind is customer.note_added.
func (NoteAdded) EventKind() string { return "customer.note_added" }

// About is the note.
func (e NoteAdded) About() event.About { return aboutNote(e.Customer, e.Note) }

// NoteChanged tells that a note was rewritten.
type NoteChanged struct {
	Customer id.ID `json:"customer"`
	Note     id.ID `json:"note"`
}

// EventKind is customer.note_changed.
func (NoteChanged) EventKind() string { return "customer.note_changed" }

// About is the note.
func (e NoteChanged) About() event.About { return aboutNote(e.Customer, e.Note) }

// NoteDeleted tells that a note is gone.
type NoteDeleted struct {
	Customer id.ID `json:"customer"`
	Note     id.ID `json:"note"`
}

// EventKind is customer.note_deleted.
func (NoteDeleted) EventKind() string { return "customer.note_deleted" }

// About is the note.
func (e NoteDeleted) About() event.About { return aboutNote(e.Customer, e.Note) }

func aboutNote(customer, note id.ID) event.About {
	return event.About{Customer: customer, ObjectKind: "note", Object: note}
}

// Deleted tells reactions and the audit that a customer is gone. It is on no journey: there is none.
type Deleted struct {
	Customer id.ID `json:"customer"`
}

// EventKind is customer.deleted.
func (Deleted) EventKind() string { return "customer.deleted" }

// About is what was the customer.
func (e Deleted) About() event.About {
	return event.About{ObjectKind: "customer", Object: e.Customer, Audience: event.Hidden}
}

// GroupChanged tells that the list of groups changed.
type GroupChanged struct {
	Group id.ID  `json:"group"`
	Name  string `json:"name"`
	What  string `json:"what"` // created, updated, deleted
}

// EventKind is group.changed.
func (GroupChanged) EventKind() string { return "group.changed" }

// About is the group.
func (e GroupChanged) About() event.About { return event.About{ObjectKind: "group", Object: e.Group} }
