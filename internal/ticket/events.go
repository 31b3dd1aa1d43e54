package ticket

import (
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Subject is the part that every ticket event carries: enough to name the ticket, to put the event on its
// customer's journey, and to judge who may see it without asking the database again.
type Subject struct {
	Ticket    id.ID  `json:"ticketId"`
	Number    int64  `json:"number"`
	Title     string `json:"title"`
	Status    Status `json:"status"`
	Customer  id.ID  `json:"customerId,omitzero"`
	Assignee  id.ID  `json:"assigneeId,omitzero"`
	Team      id.ID  `json:"teamId,omitzero"`
	CreatedBy id.ID  `json:"createdById,omitzero"`
}

func subject(k *Ticket) Subject {
	return Subject{k.ID, k.Number, k.Title, k.Status, k.Customer, k.Assignee, k.Team, k.CreatedBy}
}

func (a Subject) event(audience event.Audience) event.About {
	return event.About{Customer: a.Customer, ObjectKind: ObjectKind, Object: a.Ticket, Audience: audience}
}

// ObjectKind is what events, files and links call a ticket.
const ObjectKind = "ticket"

// Created says that a ticket came in.
type Created struct {
	Subject
	Channel  Channel `json:"channel"`
	Priority int64   `json:"priority"`
	Preview  string  `json:"preview"`
}

// EventKind names the event.
func (Created) EventKind() string { return "ticket.created" }

// About places the event.
func (e Created) About() event.About { return e.event(event.Customer) }

// Unassigned says that nobody was available for a new ticket; it waits, and administrators are alerted.
type Unassigned struct {
	Subject
}

// EventKind names the event.
func (Unassigned) EventKind() string { return "ticket.unassigned" }

// About places the event.
func (e Unassigned) About() event.About { return e.event(event.Staff) }

// MessageAdded says that a message was sent in a ticket. Notes are for staff alone.
type MessageAdded struct {
	Subject
	Message     id.ID  `json:"messageId"`
	Internal    bool   `json:"internal"`
	AuthorKind  string `json:"authorKind"`
	Author      id.ID  `json:"authorId,omitzero"`
	Preview     string `json:"preview"`
	Attachments int    `json:"attachments"`
}

// EventKind names the event.
func (MessageAdded) EventKind() string { return "ticket.message_added" }

// About places the event.
func (e MessageAdded) About() event.About {
	if e.Internal {
		return e.event(event.Staff)
	}
	return e.event(event.Customer)
}

// MessageChanged says that a note was edited or removed by its author.
type MessageChanged struct {
	Subject
	Message id.ID `json:"messageId"`
	Removed bool  `json:"removed"`
}

// EventKind names the event.
func (MessageChanged) EventKind() string { return "ticket.message_changed" }

// About places the event.
func (e MessageChanged) About() event.About { return e.event(event.Staff) }

// StatusChanged says that a ticket moved from one status to another.
type StatusChanged struct {
	Subject
	From Status `json:"from"`
	To   Status `json:"to"`
}

// EventKind names the event.
func (StatusChanged) EventKind() string { return "ticket.status_changed" }

// About places the event.
func (e StatusChanged) About() event.About { return e.event(event.Customer) }

// Assigned says that a ticket was given to somebody, by a person or by the rule, or taken from them.
type Assigned struct {
	Subject
	From      id.ID `json:"fromId,omitzero"`
	To        id.ID `json:"toId,omitzero"`
	Automatic bool  `json:"automatic"`
}

// EventKind names the event.
func (Assigned) EventKind() string { return "ticket.assigned" }

// About places the event.
func (e Assigned) About() event.About { return e.event(event.Staff) }

// Mentioned says that users were named in a message and now follow the ticket.
type Mentioned struct {
	Subject
	Message id.ID   `json:"messageId"`
	Users   []id.ID `json:"userIds"`
	Preview string  `json:"preview"`
}

// EventKind names the event.
func (Mentioned) EventKind() string { return "ticket.mentioned" }

// About places the event.
func (e Mentioned) About() event.About { return e.event(event.Staff) }

// Updated says that fields of a ticket changed; Changed names them as the API does. Changes has the values
// of those that say nothing private about a person: words that people wrote and custom values are left out.
type Updated struct {
	Subject
	Changed []string          `json:"changed"`
	Changes map[string]FromTo `json:"changes,omitempty"`
}

// FromTo is a value before and after; an id that is none is empty text.
type FromTo struct {
	From any `json:"from"`
	To   any `json:"to"`
}

// EventKind names the event.
func (Updated) EventKind() string { return "ticket.updated" }

// About places the event.
func (e Updated) About() event.About { return e.event(event.Staff) }

// Tagged says that tags of a ticket were added or removed; the names are those after and before.
type Tagged struct {
	Subject
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
}

// EventKind names the event.
func (Tagged) EventKind() string { return "ticket.tagged" }

// About places the event.
func (e Tagged) About() event.About { return e.event(event.Staff) }

// Deleted says that a ticket is gone.
type Deleted struct {
	Subject
}

// EventKind names the event.
func (Deleted) EventKind() string { return "ticket.deleted" }

// About places the event.
func (e Deleted) About() event.About { return e.event(event.Staff) }

// SheetChanged says that the escalation contact sheet changed.
type SheetChanged struct {
	Contact id.ID  `json:"contactId"`
	Name    string `json:"name"`
	Removed bool   `json:"removed"`
}

// EventKind names the event.
func (SheetChanged) EventKind() string { return "escalation.changed" }

// About places the event.
func (e SheetChanged) About() event.About {
	return event.About{ObjectKind: "escalation_contact", Object: e.Contact, Audience: event.Staff}
}
