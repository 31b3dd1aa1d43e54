package ticket

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tag"
)

// ThreadPage is how many messages come with a ticket.
const ThreadPage = 50

// Detail is a ticket as it is opened: what a list shows, its tags and followers, and the newest messages.
type Detail struct {
	Row
	CreatorName string
	Description string // text of the first message
	Followers   []Follower
	Following   bool   // whether the reader follows
	Draft       *Draft // the reader's own
	Messages    []Message
	Earlier     string // cursor of the messages before, for Messages; empty when these are all
}

// Follower is a user who hears of what happens in a ticket.
type Follower struct {
	User    id.ID
	Name    string
	Mention bool // follows because somebody named them
}

// Open reads a ticket with the newest ThreadPage messages, oldest first. Errors: Forbidden, NotFound.
func (s *Service) Open(ctx context.Context, who auth.Actor, ticket id.ID) (Detail, error) {
	reach, err := who.RequireReach("tickets:read")
	if err != nil {
		return Detail{}, err
	}
	var out Detail
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		if out, err = readDetail(ctx, q, who, reach, ticket); err != nil {
			return err
		}
		if len(out.Fields) > 0 {
			if err := s.fields.Show(ctx, q, who.Tenant, field.Tickets, out.Fields); err != nil {
				return err
			}
		}
		messages, err := newestMessages(ctx, q, who.Tenant, ticket, who.User, ThreadPage+1)
		if err != nil {
			return err
		}
		if len(messages) > ThreadPage {
			messages = messages[:ThreadPage]
			query, err := MessageSpec().Parse(url.Values{}, nil)
			if err != nil {
				return err
			}
			if out.Earlier, err = query.NextCursor(messages[ThreadPage-1].ID); err != nil {
				return err
			}
		}
		slices.Reverse(messages)
		out.Messages = messages
		return nil
	})
	return out, errs.Wrapf(err, "open ticket %s", ticket)
}

// readDetail reads a ticket without its messages, in two statements: the row with what belongs to it one
// to one, and its tags and followers.
func readDetail(ctx context.Context, q db.Reader, who auth.Actor, reach auth.Reach, ticket id.ID) (Detail, error) {
	d, err := readAlone(ctx, q, who, reach, ticket)
	if err != nil {
		return Detail{}, err
	}
	return d, loadAround(ctx, q, who, &d)
}

// readAlone is readDetail without tags and followers.
func readAlone(ctx context.Context, q db.Reader, who auth.Actor, reach auth.Reach, ticket id.ID) (Detail, error) {
	w := db.NewWhere(who.Tenant, ticket, who.User)
	seenBy(w, who, reach)
	d, err := db.One(ctx, q, scanDetail, `
		SELECT `+rowColumns+`, o.name, CASE WHEN f.user_id IS NULL THEN 0 ELSE 1 END, d.internal, d.html, d.updated_at,
			(SELECT m.body FROM ticket_message m WHERE m.tenant_id = $1 AND m.ticket_id = $2 ORDER BY m.id LIMIT 1)
		FROM ticket k`+rowJoins("$3")+`
		LEFT JOIN staff_user o ON o.tenant_id = k.tenant_id AND o.id = k.created_by
		LEFT JOIN ticket_follower f ON f.tenant_id = k.tenant_id AND f.ticket_id = k.id AND f.user_id = $3
		LEFT JOIN ticket_draft d ON d.tenant_id = k.tenant_id AND d.ticket_id = k.id AND d.user_id = $3
		WHERE k.tenant_id = $1 AND k.id = $2`+w.SQL(), w.Args()...)
	return d, errs.Wrapf(err, "read ticket %s", ticket)
}

func scanDetail(row db.Row) (d Detail, err error) {
	var c customerName
	var internal *bool
	var html string
	var drafted time.Time
	err = row.Scan(append(d.Row.into(&c), db.Text(&d.CreatorName), &d.Following, &internal, db.Text(&html), db.Time(&drafted), db.Text(&d.Description))...)
	d.CustomerName = c.String()
	if internal != nil {
		d.Draft = &Draft{Internal: *internal, HTML: html, UpdatedAt: drafted}
	}
	return d, err
}

func loadAround(ctx context.Context, q db.Reader, who auth.Actor, d *Detail) error {
	const text = `
		SELECT 'tag' AS kind, g.id, g.name, g.colour AS more
		FROM ticket_tag x
		JOIN tag g ON g.tenant_id = x.tenant_id AND g.id = x.tag_id
		WHERE x.tenant_id = $1 AND x.ticket_id = $2
		UNION ALL
		SELECT 'follower', u.id, u.name, f.reason
		FROM ticket_follower f
		JOIN staff_user u ON u.tenant_id = f.tenant_id AND u.id = f.user_id
		WHERE f.tenant_id = $1 AND f.ticket_id = $2
		ORDER BY 1, 3`
	type around struct {
		kind, name, more string
		id               id.ID
	}
	rows, err := db.All(ctx, q, func(row db.Row) (a around, err error) {
		err = row.Scan(&a.kind, &a.id, &a.name, &a.more)
		return a, err
	}, text, who.Tenant, d.ID)
	for _, r := range rows {
		if r.kind == "tag" {
			d.Tags = append(d.Tags, tag.Tag{ID: r.id, Name: r.name, Colour: r.more})
		} else {
			d.Followers = append(d.Followers, Follower{r.id, r.name, r.more == byMention})
		}
	}
	return errs.Wrapf(err, "read tags and followers of ticket %s", d.ID)
}

// MessageSpec is how a thread may be paged: newest first, or oldest first with sort=createdAt.
func MessageSpec() *page.Spec {
	return &page.Spec{Default: "-createdAt", ID: "m.id", Fields: map[string]page.Field{
		"createdAt": {Column: "m.id", Type: page.Instant, Sort: true, Where: func(w *db.Where, op string, values []any) { compare(w, "m.created_at", op, values) }},
		"internal":  {Column: "m.internal", Type: page.Bool, Doc: "Notes or public messages"},
	}}
}

// Messages reads a page of a ticket's thread. Errors: Forbidden, NotFound, Malformed.
func (s *Service) Messages(ctx context.Context, who auth.Actor, ticket id.ID, values url.Values) (page.Result[Message], *page.Query, error) {
	var out page.Result[Message]
	if _, err := who.RequireReach("tickets:read"); err != nil {
		return out, nil, err
	}
	query, err := MessageSpec().Parse(values, nil)
	if err != nil {
		return out, nil, err
	}
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		if err := Require(ctx, q, who, ticket); err != nil {
			return err
		}
		out, err = pageMessages(ctx, q, who, ticket, query)
		return err
	})
	return out, query, errs.Wrapf(err, "list messages of ticket %s", ticket)
}
