package seed

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/ticket"
)

// Where tickets stand, in thousandths; what is not done is from the last days, the rest is closed.
const (
	notDone  = 40 // of a thousand tickets
	resolved = 160
)

// ticket makes the n-th ticket with its thread; later numbers are later.
func (b *brand) ticket(n int) *ticket.History {
	r := b.dice(ofTicket, n)
	at := b.written(n, r.Float64())
	f := float64(at.Sub(b.start)) / float64(span)
	sc := b.scenario(r)
	s := b.about(f, r)
	agent := pick(r, b.teams[sc.team].members)
	_, first, last := b.named(s.customer)
	// What is filled in is words of ours, so nothing needs escaping.
	fill := strings.NewReplacer("{first}", first, "{last}", last, "{agent}", firstName(agent.Name), "{order}", s.number, "{product}", strings.ToLower(b.goods[s.good].title[:1])+b.goods[s.good].title[1:],
		"{date}", s.at.Format("2 January"), "{city}", b.city(s.customer))
	k := &ticket.Ticket{
		ID: marked(at, n), Title: capital(fill.Replace(variant(r, sc.title))), Priority: sc.priority, Type: sc.kind, Category: sc.category, Customer: b.customerID(s.customer),
		Channel:  pick(r, []ticket.Channel{ticket.Email, ticket.Email, ticket.Email, ticket.Portal, ticket.Portal, ticket.Chat, ticket.Phone, ticket.Social, ticket.WhatsApp}),
		Assignee: agent.ID, Team: b.teams[sc.team].id, CreatedAt: at,
	}
	if often(r, 2) {
		k.Priority = ticket.HighestPriority
	}
	h := &ticket.History{Ticket: k, End: ticket.Closed, EndedBy: agent.ID}
	steps := b.fateOf(h, sc, n, r)
	b.thread(h, steps, agent, fill, n, r)
	k.Fields = b.ticketValues(n, sc.category, n < b.finished())
	for _, name := range sc.tags {
		if often(r, 60) {
			h.Tags = append(h.Tags, b.tags[name])
		}
	}
	return h
}

// finished is how many of the tickets are done: all but the last ones.
func (b *brand) finished() int { return b.o.Tickets - (b.o.Tickets*notDone+999)/1000 }

// lately is the time from which nothing is done yet.
const lately = 9 * 24 * time.Hour

// written is when the n-th ticket came in, with some chance within its place; later numbers are later.
func (b *brand) written(n int, chance float64) time.Time {
	from, room, place, of := b.start, span-lately, float64(n), float64(b.finished())
	if n >= b.finished() {
		from, room, place, of = b.base.Add(-lately), lately, float64(n-b.finished()), float64(b.o.Tickets-b.finished())
	}
	return from.Add(time.Duration((place + chance) / of * float64(room))).Truncate(time.Second)
}

func (b *brand) scenario(r *rand.Rand) scenario {
	at := r.IntN(100)
	for _, s := range b.scenarios {
		if at -= s.share; at < 0 {
			return s
		}
	}
	return b.scenarios[0]
}

// about is the order that a ticket is about, placed some days before; without orders, somebody and something.
func (b *brand) about(f float64, r *rand.Rand) sale {
	if b.o.Orders == 0 {
		return sale{customer: b.buyer(f, r.Float64()), good: b.popular(r), number: "SO-100001", at: b.start.Add(time.Duration(f*float64(span)) - 4*24*time.Hour)}
	}
	days := time.Duration(3+r.IntN(9)) * 24 * time.Hour
	n := int((f - float64(days)/float64(span)) * float64(b.o.Orders))
	n = min(max(n, 0), b.o.Orders-1)
	s, _ := b.sale(n)
	for ; s.kind != order.Sale && n > 0; n-- {
		s, _ = b.sale(n - 1)
	}
	return s
}

// fateOf decides how a ticket ends and how much of its thread has been written.
func (b *brand) fateOf(h *ticket.History, sc scenario, n int, r *rand.Rand) []string {
	steps := sc.steps
	if n < b.finished() {
		if r.IntN(1000) < resolved {
			h.End = ticket.Resolved
		}
		return steps
	}
	upTo := func(who byte, last bool) []string {
		cut := 1
		for i, s := range steps {
			if s[0] == who {
				cut = i + 1
				if !last {
					break
				}
			}
		}
		return steps[:cut]
	}
	switch chance := r.IntN(100); {
	case chance < 55:
		h.End = ticket.Open
		if often(r, 25) {
			h.Ticket.Assignee = id.Zero
			return steps[:1]
		}
		return upTo('c', often(r, 40))
	case chance < 85:
		h.End = ticket.Pending
		return upTo('a', false)
	}
	h.End = ticket.Blocked
	return upTo('n', false)
}

// thread writes the messages. Agents answer within a working day, customers take longer.
func (b *brand) thread(h *ticket.History, steps []string, agent auth.User, fill *strings.Replacer, n int, r *rand.Rand) {
	at := h.Ticket.CreatedAt
	// What is not done ends before the base date: steps are squeezed into what time there is.
	room := b.base.Sub(at) / time.Duration(len(steps)+2)
	for i, step := range steps {
		m := &ticket.Message{Body: fill.Replace(variant(r, step)[1:]), AuthorKind: ticket.ByUser, Author: agent.ID}
		wait := time.Duration(20+r.IntN(400)) * time.Minute
		switch step[0] {
		case 'c':
			m.AuthorKind, m.Author = ticket.ByCustomer, h.Ticket.Customer
			wait = time.Duration(1+r.IntN(30)) * time.Hour
		case 'n':
			m.Internal = true
			wait /= 4
		}
		if i > 0 {
			at = at.Add(min(wait, room).Truncate(time.Second))
		}
		m.ID, m.CreatedAt = marked(at.Add(time.Duration(i)*time.Microsecond), n*16+i), at
		h.Messages = append(h.Messages, m)
	}
	h.EndedAt = at.Add(min(time.Duration(5+r.IntN(50))*time.Minute, room))
	if h.End == ticket.Closed {
		h.EndedAt = at.Add(min(72*time.Hour, room))
	}
}

func variant(r *rand.Rand, s string) string { return pick(r, strings.Split(s, "|")) }

func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}

func (b *brand) city(n int) string {
	c, _ := b.customer(n)
	return c.Address.City
}

// capital begins a title with a capital letter where it begins with a product. Titles begin in ASCII.
func capital(title string) string { return strings.ToUpper(title[:1]) + title[1:] }
