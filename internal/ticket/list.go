package ticket

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// View is a ready-made selection of the inbox. All but "all" and "closed" show open tickets alone, unless
// the request filters by open or status itself.
type View string

// The views.
const (
	ViewAll        View = "all"
	ViewOpen       View = "open"
	ViewClosed     View = "closed"
	ViewMine       View = "mine"       // assigned to the reader
	ViewUnassigned View = "unassigned" // in queues the reader may see
	ViewMentions   View = "mentions"   // where somebody named the reader
	ViewFollowing  View = "following"
)

// Views lists every view.
func Views() []View {
	return []View{ViewMine, ViewUnassigned, ViewOpen, ViewMentions, ViewFollowing, ViewClosed, ViewAll}
}

// Spec is what a list of tickets may be filtered and sorted by, besides the workspace's own fields.
// Columns stand in COALESCE so that a filter never decides where a query starts: branches does.
func Spec(t tenant.ID) *page.Spec {
	plain := func(column string) string { return "COALESCE(k." + column + ", k." + column + ")" }
	nothing := func(*db.Where, string, []any) {} // branches applies these
	return &page.Spec{
		Default: "-activityAt", ID: "k.id",
		Fields: map[string]page.Field{
			"view":       {Type: page.Text, Enum: words(Views()), Where: nothing, Doc: "A ready-made selection"},
			"open":       {Type: page.Bool, Where: nothing, Doc: "Whether the status is open, pending or blocked"},
			"number":     {Column: "k.number", Type: page.Number, Doc: "What people call the ticket"},
			"status":     {Column: plain("status"), Type: page.Text, Enum: words(Statuses())},
			"priority":   {Column: plain("priority"), Type: page.Number, Doc: "1 extreme to 4 low"},
			"type":       {Column: plain("type"), Type: page.Text},
			"category":   {Column: plain("category"), Type: page.Text},
			"channel":    {Column: plain("channel"), Type: page.Text, Enum: words(Channels())},
			"customerId": {Column: plain("customer_id"), Type: page.Ref},
			"assigneeId": {Column: plain("assignee_id"), Type: page.Ref, Doc: "A user, or none"},
			"teamId":     {Column: plain("team_id"), Type: page.Ref, Doc: "A team, or none"},
			"tag":        {Type: page.Text, Where: func(w *db.Where, _ string, values []any) { links().Where(w, t, "k.id", values) }, Doc: "Name or id of a tag"},
			"unread":     {Type: page.Bool, Where: nothing, Doc: "Whether there is something the reader has not seen"},
			"activityAt": {Column: "k.activity_at", Type: page.Instant, Sort: true, Doc: "Last message, or change of status or assignee"},
			// Numbers are given out in the order of creation and have the index that this order needs.
			"createdAt": {Column: "k.number", Type: page.Instant, Sort: true, Where: func(w *db.Where, op string, values []any) { compare(w, plain("created_at"), op, values) }},
			"updatedAt": {Column: plain("updated_at"), Type: page.Instant},
		},
	}
}

func words[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

func compare(w *db.Where, column, op string, values []any) {
	sign, ok := map[string]string{"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}[op]
	if !ok {
		db.In(w, column, values)
		return
	}
	w.And(column+" "+sign+" ?", values[0])
}

// Row is a ticket as a list shows it.
type Row struct {
	Ticket
	CustomerName string
	AssigneeName string
	TeamName     string
	Unread       bool // open, with something newer than the reader's mark
	Tags         []tag.Tag
}

// selection is what a list asks for, as far as it decides where the query starts.
type selection struct {
	view      View
	open      []bool // which halves: open tickets, put away ones, both
	statuses  []any
	customers []any
	assignees []any // a zero id is "none"
	teams     []any
	numbers   []any
	found     []id.ID // by words; nil when none were asked for
	hasFound  bool
	start     *page.Step   // a filter that few tickets match, to begin with
	isFew     bool         // its own ranges hold few tickets
	sorted    *field.Field // the custom field that the list is in the order of
}

func selectionOf(q *page.Query) selection {
	s := selection{view: ViewAll}
	var open []any
	for _, f := range q.Filters {
		switch f.Field {
		case "view":
			v, _ := f.Values[0].(string)
			s.view = View(v)
		case "open":
			open = append(open, f.Values...)
		case "status":
			s.statuses = append(s.statuses, f.Values...)
		case "customerId":
			s.customers = f.Values
		case "assigneeId":
			s.assignees = f.Values
		case "teamId":
			s.teams = f.Values
		case "number":
			if f.Op == "eq" {
				s.numbers = f.Values
			}
		}
	}
	for _, half := range []bool{true, false} {
		switch {
		case len(open) > 0 && !slices.Contains(open, any(half)):
		case len(s.statuses) > 0 && !slices.ContainsFunc(s.statuses, func(v any) bool { return Status(v.(string)).IsOpen() == half }): // parsed as text
		case len(open) == 0 && len(s.statuses) == 0 && s.view != ViewAll && half != (s.view != ViewClosed):
		default:
			s.open = append(s.open, half)
		}
	}
	return s
}

// List reads a page of the tickets that the actor may see.
// Errors: Forbidden without tickets:read_own, Malformed for filters that there are not.
func (s *Service) List(ctx context.Context, who auth.Actor, values url.Values) (page.Result[Row], *page.Query, error) {
	var out page.Result[Row]
	reach, err := who.RequireReach("tickets:read")
	if err != nil {
		return out, nil, err
	}
	var query *page.Query
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		own, err := s.fields.Spec(ctx, q, who.Tenant, field.Tickets, "k")
		if err != nil {
			return err
		}
		if query, err = Spec(who.Tenant).With(own).Parse(values, selectable()); err != nil {
			return err
		}
		sel := selectionOf(query)
		if sel.sorted, err = s.fields.Sorted(ctx, q, who.Tenant, field.Tickets, query.SortField()); err != nil {
			return err
		}
		if err := s.look(ctx, q, who, reach, query, &sel); err != nil {
			return err
		}
		if out, err = readPage(ctx, q, who, reach, query, sel); err != nil {
			return err
		}
		for _, r := range out.Data {
			if len(r.Fields) == 0 {
				continue
			}
			if err := s.fields.Show(ctx, q, who.Tenant, field.Tickets, r.Fields); err != nil {
				return err
			}
		}
		if query.Total {
			n, err := countAll(ctx, q, who, reach, query, sel)
			if err != nil {
				return err
			}
			out.Total = &n
		}
		return loadTags(ctx, q, who.Tenant, out.Data)
	})
	return out, query, err
}

// selectable is what fields= may name in a list.
func selectable() []string {
	return []string{
		"id", "number", "title", "preview", "status", "priority", "type", "category", "channel", "customerId", "customer", "assigneeId", "assignee",
		"teamId", "team", "createdById", "unread", "messageCount", "lastMessageAt", "lastAuthorKind", "waitingSince", "tags", "fields", "activityAt", "createdAt", "updatedAt",
	}
}

// look resolves what needs a question of its own before the page can be read: words, and where to begin.
func (s *Service) look(ctx context.Context, q db.Reader, who auth.Actor, reach auth.Reach, query *page.Query, sel *selection) error {
	if query.Text != "" {
		sel.hasFound = true
		return s.find(ctx, q, who, query.Text, sel)
	}
	var steps []page.Step
	for _, f := range query.Filters {
		st := page.Step{Field: f.Field, Op: f.Op}
		switch {
		case f.Field == query.SortField(): // the walk begins in its range
		case f.Field == "tag":
			st.IDs = func(w *db.Where) string { return links().Matches(w, who.Tenant, f.Values) }
		case strings.HasPrefix(f.Field, field.Prefix):
			var err error
			if st.IDs, err = s.fields.Matches(ctx, q, who.Tenant, field.Tickets, f); err != nil {
				return err
			}
		}
		if st.IDs != nil {
			steps = append(steps, st)
		}
	}
	own := sel.own(who, reach)
	if len(steps) == 0 && (sel.sorted == nil || own.Sure || reach == auth.All && len(query.Filters) == 0) {
		return nil
	}
	// The selection's own ranges may be the fewest: without a custom order they are read in order anyhow.
	start, err := page.Start(ctx, q, who.Tenant, append([]page.Step{own}, steps...))
	if start != nil && start.Field != "" {
		sel.start = start
	} else if start != nil {
		sel.isFew = true
	}
	return err
}

// find turns words into the tickets that they were found in, the newest hundred by title and by message.
func (s *Service) find(ctx context.Context, q db.Reader, who auth.Actor, text string, sel *selection) error {
	text = strings.TrimPrefix(text, "#")
	for _, kind := range []search.Kind{search.Ticket, search.Message} {
		hits, _, err := s.search.Find(ctx, q, who.Tenant, search.Query{Text: text, Kinds: []search.Kind{kind}, Limit: 100})
		if err != nil {
			return errs.Wrapf(err, "find tickets")
		}
		for _, h := range hits {
			ticket := h.Object
			if kind == search.Message {
				ticket = h.Parent
			}
			if !slices.Contains(sel.found, ticket) {
				sel.found = append(sel.found, ticket)
			}
		}
	}
	return nil
}
