// Package ticketapi is tickets on the wire: the inbox, threads, assignment, tags, fields, drafts and the
// escalation contact sheet. Rules and permissions are in the room below.
package ticketapi

import (
	"github.com/throughlinehq/throughline/internal/media"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/ticket"
)

// formRoom is for the form around a file.
const formRoom = 64 << 10

type api struct {
	tickets *ticket.Service
	files   *media.Service
}

// Register adds the operations.
func Register(a *httpx.API, tickets *ticket.Service, files *media.Service) {
	h := &api{tickets: tickets, files: files}
	h.registerTickets(a)
	h.registerMessages(a)
	h.registerEvents(a)
	h.registerBeside(a)
	h.registerContacts(a)
}

const (
	tagTickets    = "Tickets"
	tagMessages   = "Ticket messages"
	tagEscalation = "Escalation"
)

func (h *api) registerTickets(a *httpx.API) {
	spec := ticket.Spec(0)
	httpx.Register(a, httpx.GET("/tickets"), httpx.Doc{
		ID: "list-tickets", Tag: tagTickets, Summary: "List tickets",
		Description: "The inbox. view picks a ready-made selection: mine, unassigned, open, mentions, following, closed or all. All but closed and all show open tickets alone, unless open or status is filtered. Custom fields filter as field.<key>; those that are indexed are also an order, in which tickets without a value come last. q finds words in titles and messages, and numbers.",
		Permission:  "tickets:read_own", Filters: append(spec.Names(), "field.<key>"), Sorts: []string{"activityAt", "createdAt", "field.<key>"},
		Errors: []errs.Kind{errs.Malformed},
	}, h.list)
	httpx.Register(a, httpx.GET("/tickets/counts"), httpx.Doc{
		ID: "count-tickets", Tag: tagTickets, Summary: "Count each view",
		Description: "How many open tickets each view of the inbox holds, counted up to 100; more says that there are more.",
		Permission:  "tickets:read_own",
	}, h.counts)
	httpx.Register(a, httpx.POST("/tickets"), httpx.Doc{
		ID: "create-ticket", Tag: tagTickets, Summary: "Open a ticket",
		Description: "Without assigneeId it goes to the approved, available agent with the fewest open tickets, in the team when teamId is given. When nobody is available it waits unassigned and notice holds what may be told to the customer.",
		Permission:  "tickets:create", Creates: true, Errors: []errs.Kind{errs.Invalid, errs.Conflict},
	}, h.create)
	httpx.Register(a, httpx.GET("/tickets/{id}"), httpx.Doc{
		ID: "read-ticket", Tag: tagTickets, Summary: "Open a ticket with its thread",
		Description: "The ticket with its newest 50 messages, oldest first. messages.page.next is the cursor for the messages before them.",
		Permission:  "tickets:read_own", Errors: []errs.Kind{errs.NotFound},
	}, h.read)
	for _, way := range []struct {
		route httpx.Route
		id    string
	}{{httpx.PATCH("/tickets/{id}"), "update-ticket"}, {httpx.PUT("/tickets/{id}"), "put-ticket"}} {
		httpx.Register(a, way.route, httpx.Doc{
			ID: way.id, Tag: tagTickets, Summary: "Change a ticket",
			Description: "Only the fields that are sent change; null clears. assigneeId and status cannot change in the same request. assigneeId needs tickets:assign, unless one takes an unassigned ticket.",
			Permission:  "tickets:update_own", Errors: []errs.Kind{errs.NotFound, errs.Invalid, errs.Precondition},
			Example: map[string]any{"title": "Where is my second parcel?", "status": "pending", "priority": 2, "category": "delivery", "tags": []string{"Waiting on order"}},
		}, h.update)
	}
	httpx.Register(a, httpx.PUT("/tickets/{id}/assignee"), httpx.Doc{
		ID: "assign-ticket", Tag: tagTickets, Summary: "Assign a ticket",
		Description: "Gives the ticket to a user, or to nobody with null. Taking an unassigned ticket for oneself needs tickets:update_own, anything else tickets:assign.",
		Permission:  "tickets:update_own", Errors: []errs.Kind{errs.NotFound, errs.Invalid, errs.Precondition},
	}, h.assign)
	httpx.Register(a, httpx.DELETE("/tickets/{id}"), httpx.Doc{
		ID: "delete-ticket", Tag: tagTickets, Summary: "Delete a ticket",
		Description: "Removes the ticket with its messages and files.",
		Permission:  "tickets:delete", Errors: []errs.Kind{errs.NotFound, errs.Precondition},
	}, h.remove)
}

func (h *api) registerMessages(a *httpx.API) {
	httpx.Register(a, httpx.GET("/tickets/{id}/messages"), httpx.Doc{
		ID: "list-ticket-messages", Tag: tagMessages, Summary: "List a ticket's messages",
		Description: "Newest first, or oldest first with sort=createdAt.",
		Permission:  "tickets:read_own", Filters: ticket.MessageSpec().Names(), Sorts: []string{"createdAt"},
		Errors: []errs.Kind{errs.NotFound, errs.Malformed},
	}, h.messages)
	httpx.Register(a, httpx.POST("/tickets/{id}/messages"), httpx.Doc{
		ID: "add-ticket-message", Tag: tagMessages, Summary: "Reply or add a note",
		Description: "A public reply, or a note for staff with internal. holdSeconds keeps it back so that it can be taken back by deleting it; until then only its author sees it. author customer puts down what the customer said, and opens a ticket that was put away.",
		Permission:  "tickets:update_own", Creates: true, Errors: []errs.Kind{errs.NotFound, errs.Invalid, errs.Conflict},
	}, h.addMessage)
	httpx.Register(a, httpx.PATCH("/tickets/{id}/messages/{messageId}"), httpx.Doc{
		ID: "edit-ticket-message", Tag: tagMessages, Summary: "Edit a note",
		Description: "Notes can be edited by their author, and by who holds notes:update_all. What was sent to the customer cannot.",
		Permission:  "tickets:update_own", Errors: []errs.Kind{errs.NotFound, errs.Invalid, errs.Conflict},
	}, h.editMessage)
	httpx.Register(a, httpx.DELETE("/tickets/{id}/messages/{messageId}"), httpx.Doc{
		ID: "remove-ticket-message", Tag: tagMessages, Summary: "Take back a message or delete a note",
		Description: "A message that is still held is taken back and becomes the draft again. A note is deleted.",
		Permission:  "tickets:update_own", Errors: []errs.Kind{errs.NotFound, errs.Conflict},
	}, h.removeMessage)
	httpx.Register(a, httpx.POST("/tickets/{id}/attachments"), httpx.Doc{
		ID: "upload-ticket-attachment", Tag: tagMessages, Summary: "Upload a file for a message",
		Description: "Keeps a file of at most " + media.SizeText(h.files.MaxSize()) + " until a message of the ticket names it in attachments.",
		Permission:  "tickets:update_own", Creates: true, MaxBody: h.files.MaxSize() + formRoom,
		Errors: []errs.Kind{errs.NotFound, errs.Malformed, errs.TooLarge, errs.Unsupported, errs.Invalid},
	}, h.upload)
	httpx.Register(a, httpx.GET("/tickets/{id}/draft"), httpx.Doc{
		ID: "read-ticket-draft", Tag: tagMessages, Summary: "Read one's draft",
		Permission: "tickets:read_own", Errors: []errs.Kind{errs.NotFound},
	}, h.readDraft)
	httpx.Register(a, httpx.PUT("/tickets/{id}/draft"), httpx.Doc{
		ID: "keep-ticket-draft", Tag: tagMessages, Summary: "Keep one's draft",
		Permission: "tickets:update_own", Errors: []errs.Kind{errs.NotFound, errs.Invalid},
	}, h.keepDraft)
	httpx.Register(a, httpx.DELETE("/tickets/{id}/draft"), httpx.Doc{
		ID: "drop-ticket-draft", Tag: tagMessages, Summary: "Throw one's draft away",
		Permission: "tickets:read_own", Errors: []errs.Kind{errs.NotFound},
	}, h.dropDraft)
}

func (h *api) registerBeside(a *httpx.API) {
	httpx.Register(a, httpx.GET("/tickets/{id}/tags"), httpx.Doc{
		ID: "list-ticket-tags", Tag: tagTickets, Summary: "List a ticket's tags",
		Permission: "tickets:read_own", Errors: []errs.Kind{errs.NotFound},
	}, h.tags)
	httpx.Register(a, httpx.PUT("/tickets/{id}/tags"), httpx.Doc{
		ID: "set-ticket-tags", Tag: tagTickets, Summary: "Set a ticket's tags",
		Description: "The named tags are all that the ticket has from now on. A name that is no tag yet needs tags:write.",
		Permission:  "tickets:update_own", Errors: []errs.Kind{errs.NotFound, errs.Invalid},
	}, h.setTags)
	httpx.Register(a, httpx.POST("/tickets/{id}/tags"), httpx.Doc{
		ID: "add-ticket-tags", Tag: tagTickets, Summary: "Add tags to a ticket",
		Permission: "tickets:update_own", Status: 200, Errors: []errs.Kind{errs.NotFound, errs.Invalid, errs.Conflict},
	}, h.addTags)
	httpx.Register(a, httpx.DELETE("/tickets/{id}/tags"), httpx.Doc{
		ID: "remove-ticket-tags", Tag: tagTickets, Summary: "Take tags off a ticket",
		Description: "Takes off the tags that the parameter tag names; it may be given several times.",
		Permission:  "tickets:update_own", Errors: []errs.Kind{errs.NotFound, errs.Invalid},
	}, h.removeTags)
	httpx.Register(a, httpx.GET("/tickets/{id}/fields"), httpx.Doc{
		ID: "list-ticket-fields", Tag: tagTickets, Summary: "Read a ticket's custom values",
		Permission: "tickets:read_own", Errors: []errs.Kind{errs.NotFound},
	}, h.fields)
	httpx.Register(a, httpx.PUT("/tickets/{id}/fields/{key}"), httpx.Doc{
		ID: "set-ticket-field", Tag: tagTickets, Summary: "Set a custom value", Example: map[string]any{"value": 40},
		Permission: "tickets:update_own", Errors: []errs.Kind{errs.NotFound, errs.Invalid},
	}, h.setField)
	httpx.Register(a, httpx.DELETE("/tickets/{id}/fields/{key}"), httpx.Doc{
		ID: "clear-ticket-field", Tag: tagTickets, Summary: "Clear a custom value",
		Permission: "tickets:update_own", Errors: []errs.Kind{errs.NotFound, errs.Invalid},
	}, h.clearField)
	httpx.Register(a, httpx.PUT("/tickets/{id}/followers/me"), httpx.Doc{
		ID: "follow-ticket", Tag: tagTickets, Summary: "Follow a ticket",
		Permission: "tickets:read_own", Errors: []errs.Kind{errs.NotFound},
	}, h.follow)
	httpx.Register(a, httpx.DELETE("/tickets/{id}/followers/me"), httpx.Doc{
		ID: "unfollow-ticket", Tag: tagTickets, Summary: "Stop following a ticket",
		Permission: "tickets:read_own", Errors: []errs.Kind{errs.NotFound},
	}, h.unfollow)
	httpx.Register(a, httpx.PUT("/tickets/{id}/read"), httpx.Doc{
		ID: "mark-ticket-read", Tag: tagTickets, Summary: "Mark a ticket read",
		Permission: "tickets:read_own", Errors: []errs.Kind{errs.NotFound},
	}, h.markRead)
}

func (h *api) registerContacts(a *httpx.API) {
	httpx.Register(a, httpx.GET("/escalation-contacts"), httpx.Doc{
		ID: "list-escalation-contacts", Tag: tagEscalation, Summary: "Read the escalation contact sheet",
	}, h.contacts)
	httpx.Register(a, httpx.POST("/escalation-contacts"), httpx.Doc{
		ID: "create-escalation-contact", Tag: tagEscalation, Summary: "Add an escalation contact",
		Permission: "escalation:write", Creates: true, Errors: []errs.Kind{errs.Invalid, errs.Conflict},
	}, h.addContact)
	httpx.Register(a, httpx.GET("/escalation-contacts/{id}"), httpx.Doc{
		ID: "read-escalation-contact", Tag: tagEscalation, Summary: "Read an escalation contact",
		Errors: []errs.Kind{errs.NotFound},
	}, h.contact)
	for _, way := range []struct {
		route httpx.Route
		id    string
	}{{httpx.PATCH("/escalation-contacts/{id}"), "update-escalation-contact"}, {httpx.PUT("/escalation-contacts/{id}"), "put-escalation-contact"}} {
		httpx.Register(a, way.route, httpx.Doc{
			ID: way.id, Tag: tagEscalation, Summary: "Change an escalation contact",
			Permission: "escalation:write", Errors: []errs.Kind{errs.NotFound, errs.Invalid, errs.Precondition},
		}, h.changeContact)
	}
	httpx.Register(a, httpx.DELETE("/escalation-contacts/{id}"), httpx.Doc{
		ID: "delete-escalation-contact", Tag: tagEscalation, Summary: "Delete an escalation contact",
		Permission: "escalation:write", Errors: []errs.Kind{errs.NotFound, errs.Precondition},
	}, h.removeContact)
}
