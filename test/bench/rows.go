package main

import (
	"fmt"
	"math/rand/v2"
)

// row is one line of the table.
type row struct {
	name  string
	bound string // as in the aims
	do    action
	bare  bool     // whether it has a bare counterpart: the same statements without the product
	three []string // for what writes: the tables of the three rows that the bare counterpart inserts instead
	peer  peer
}

// peer is the best of what a brand would use instead, measured before the first line of this was written
// on another machine (docs/performance.md, "What a brand would use instead").
type peer struct {
	name      string
	perSecond float64
}

// ground is what the rows choose from: things that are there.
type ground struct {
	tickets   []string // ids
	customers []string // ids of those tickets' customers
	words     []string // beginnings of names
	phrases   []string // two words that stand beside each other in a message
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func get(path string) []request { return []request{{Method: "GET", Path: path}} }

// rows are the lines of the table, in its order.
func rows(g *ground) []row {
	const page = "p99 ≤ 50 ms, ≥ 60 % of bare, ≤ 4 trips"
	return []row{
		{name: "inbox page of 50", bound: page, bare: true, peer: peer{"PocketBase", 492}, do: func(*rand.Rand) []request {
			return get("/tickets?view=open&limit=50")
		}},
		{name: "open a ticket with its thread", bound: page, bare: true, peer: peer{"Libredesk", 1260}, do: func(r *rand.Rand) []request {
			return get("/tickets/" + pick(r, g.tickets))
		}},
		{name: "customer panel", bound: page, bare: true, do: func(r *rand.Rand) []request {
			return get("/customers/" + pick(r, g.customers))
		}},
		{name: "journey page of 50", bound: page, bare: true, do: func(r *rand.Rand) []request {
			return get("/customers/" + pick(r, g.customers) + "/journey?limit=50")
		}},
		{name: "customer list with two filters", bound: page, bare: true, do: func(r *rand.Rand) []request {
			return get(fmt.Sprintf("/customers?status=customer&country=%s&limit=50", pick(r, []string{"GB", "DE", "FR"})))
		}},
		{name: "customer list with a custom field", bound: page, bare: true, do: func(r *rand.Rand) []request {
			return get(fmt.Sprintf("/customers?field.preferred_store=%s&status=customer&limit=50", pick(r, []string{"London", "Leeds", "Bristol"})))
		}},
		{name: "search as you type", bound: "p99 ≤ 100 ms", bare: true, do: func(r *rand.Rand) []request {
			return get("/search?kind=customer&kind=order&kind=product&kind=ticket&limit=12&q=" + pick(r, g.words))
		}},
		{name: "a common word in messages", bound: "p99 ≤ 100 ms", bare: true, peer: peer{"PocketBase", 1455}, do: func(r *rand.Rand) []request {
			return get("/tickets?view=all&limit=20&q=" + pick(r, []string{"parcel", "refund", "order"}))
		}},
		{name: "two-word phrase in messages", bound: "p99 ≤ 100 ms", bare: true, peer: peer{"Libredesk", 31}, do: func(r *rand.Rand) []request {
			return get("/tickets?view=all&limit=20&q=%22" + pick(r, g.phrases) + "%22")
		}},
		{name: "create a ticket", bound: "≥ 50 % of bare", bare: true, three: []string{"ticket", "ticket_message", "event"}, peer: peer{"Express", 698}, do: func(r *rand.Rand) []request {
			body := fmt.Sprintf(`{"title":"Where is my parcel?","description":"It should have come on Monday.","channel":"phone","customerId":%q}`, pick(r, g.customers))
			return []request{{"POST", "/tickets", body}}
		}},
		{name: "write a message", bound: "≥ 50 % of bare", bare: true, three: []string{"ticket_message", "ticket_read", "event"}, peer: peer{"PocketBase", 1696}, do: func(r *rand.Rand) []request {
			return []request{{"POST", "/tickets/" + pick(r, g.tickets) + "/messages", `{"body":"Your parcel arrives tomorrow.","internal":false}`}}
		}},
		{name: "sign in", bound: "other pages unharmed", do: func(*rand.Rand) []request {
			return []request{{"POST", "/auth/login", fmt.Sprintf(`{"workspace":%q,"email":%q,"password":%q}`, workspace, email, password)}}
		}},
	}
}
