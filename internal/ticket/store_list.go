package ticket

import (
	"context"
	"strconv"
	"strings"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// branch is one range: conditions behind "k.tenant_id = $1". A branch over few tickets is reached ticket by
// ticket and sorted; its order must not lead an engine to walk the inbox and look each ticket up in the few.
type branch struct {
	cond string
	few  string // joined in front of ticket k, such as a list of ids; empty for a range in order
	wide bool   // holds most of the workspace: by age it is walked by number, where narrower ranges are sorted
}

// query is the branch's part of a page: filters and order are the same for all branches.
func (b branch) query(columns, filters, order string) string {
	from := "ticket k"
	if !b.wide {
		filters, order = hide("k.number", filters), hide("k.number", order)
	}
	if b.few != "" {
		from = b.few + " CROSS JOIN ticket k"
		filters, order = hide("k.activity_at", filters), hide("k.activity_at", order)
	}
	return "SELECT " + columns + " FROM " + from + " WHERE k.tenant_id = $1 AND " + b.cond + filters + order
}

// hide keeps engines from using an index on the column.
func hide(column, text string) string {
	return strings.ReplaceAll(text, column, "COALESCE("+column+", "+column+")")
}

// branches are the index ranges that hold what a selection may show, as conditions on ticket k behind the
// workspace. Each range is already in the order of activity, so that a page reads its few first rows from
// each and never more, however large the workspace is. Conditions that must not be started from stand in
// CASE or COALESCE.
func branches(w *db.Where, who auth.Actor, reach auth.Reach, s selection) []branch {
	// Arguments are only added where they are used: PostgreSQL refuses one that no condition names.
	me := func() string { return w.Arg(who.User) }
	within := func() string {
		if reach == auth.All {
			return ""
		}
		return " AND " + ownCondition(w, who)
	}
	unassigned := func() string {
		if reach == auth.All {
			return "k.assignee_id IS NULL"
		}
		return "k.assignee_id IS NULL AND " + inMyQueues(w, who)
	}
	switch {
	case len(s.open) == 0:
		return nil
	case s.hasFound && len(s.found) == 0:
		return nil
	case s.start != nil:
		return few("SELECT DISTINCT x.id FROM ("+s.start.IDs(w)+") x", within()+s.personal(me), s)
	case s.hasFound, len(s.numbers) > 0:
		return few(s.named(w), within()+s.personal(me), s)
	case s.view == ViewFollowing, s.view == ViewMentions:
		return few(followed(me(), s.view == ViewMentions), "", s)
	case s.view == ViewMine:
		return byHalf("k.assignee_id = "+me(), s)
	case s.view == ViewUnassigned:
		return byHalf(unassigned(), s)
	case len(s.customers) == 1 && s.customers[0] != any(id.Zero):
		return oneBranch("k.customer_id = "+w.Arg(s.customers[0])+within(), s)
	case len(s.assignees) == 1 && s.assignees[0] == any(id.Zero):
		return byHalf(unassigned(), s)
	case len(s.assignees) == 1:
		return byHalf("k.assignee_id = "+w.Arg(s.assignees[0])+within(), s)
	case reach != auth.All:
		out := byHalf("k.assignee_id = "+me(), s)
		out = append(out, byHalf("k.created_by = "+me(), s)...)
		out = append(out, byHalf(unassigned(), s)...)
		return append(out, few(followed(me(), false), "", s)...)
	case len(s.teams) == 1 && s.teams[0] != any(id.Zero):
		return byHalf("k.team_id = "+w.Arg(s.teams[0]), s)
	case len(s.statuses) > 0:
		out := make([]branch, 0, len(s.statuses))
		for _, status := range s.statuses {
			out = append(out, branch{cond: "k.status = " + w.Arg(status) + s.half(), wide: !Status(status.(string)).IsOpen()}) // parsed as text
		}
		return out
	}
	return byHalf("", s)
}

// byHalf makes a branch for each of the wanted halves; is_open stands behind the columns before it in the index.
func byHalf(cond string, s selection) []branch {
	all := cond == ""
	if !all {
		cond += " AND "
	}
	out := make([]branch, 0, len(s.open))
	for _, open := range s.open {
		out = append(out, branch{cond: cond + "k.is_open = " + strings.ToUpper(strconv.FormatBool(open)), wide: all && !open})
	}
	return out
}

// oneBranch is a range whose index does not hold is_open.
func oneBranch(cond string, s selection) []branch {
	return []branch{{cond: cond + s.half()}}
}

// few is a branch over a query for ids, "n".
func few(ids, cond string, s selection) []branch {
	return []branch{{cond: "k.id = n.id" + cond + s.half(), few: "(" + ids + ") n"}}
}

// named is a query for the tickets that were looked up before or that the request names by number.
func (s selection) named(w *db.Where) string {
	if s.hasFound {
		return "SELECT y.id FROM ticket y WHERE y.tenant_id = $1 AND y.id IN (" + db.List(w, s.found) + ")"
	}
	return "SELECT y.id FROM ticket y WHERE y.tenant_id = $1 AND y.number IN (" + db.List(w, s.numbers) + ")"
}

func (s selection) half() string {
	if len(s.open) != 1 {
		return ""
	}
	if s.open[0] {
		return " AND CASE WHEN k.is_open THEN 1 ELSE 0 END = 1"
	}
	return " AND CASE WHEN k.is_open THEN 1 ELSE 0 END = 0"
}

// personal is a view's own condition where the view is not what the query starts from.
func (s selection) personal(me func() string) string {
	switch s.view {
	case ViewMine:
		return " AND COALESCE(k.assignee_id, k.assignee_id) = " + me()
	case ViewUnassigned:
		return " AND COALESCE(k.assignee_id, k.assignee_id) IS NULL"
	case ViewFollowing:
		return " AND EXISTS (SELECT 1 FROM ticket_follower f WHERE f.tenant_id = $1 AND f.ticket_id = k.id AND f.user_id = " + me() + ")"
	case ViewMentions:
		return " AND EXISTS (SELECT 1 FROM ticket_follower f WHERE f.tenant_id = $1 AND f.ticket_id = k.id AND f.user_id = " + me() + " AND f.reason = 'mention')"
	case ViewAll, ViewOpen, ViewClosed:
	}
	return ""
}

// followed are the newest tickets that the reader follows; nobody follows more at a time.
func followed(me string, mentions bool) string {
	reason := ""
	if mentions {
		reason = " AND f.reason = 'mention'"
	}
	return "SELECT f.ticket_id AS id FROM ticket_follower f WHERE f.tenant_id = $1 AND f.user_id = " + me + reason + " ORDER BY f.ticket_id DESC LIMIT 2000"
}

// unreadBy is that an open ticket has something newer than the reader's mark.
func unreadBy(me string) string {
	return `k.is_open AND NOT EXISTS (SELECT 1 FROM ticket_read y WHERE y.tenant_id = k.tenant_id AND y.ticket_id = k.id AND y.user_id = ` + me + ` AND y.read_at >= k.last_message_at)`
}

// applyUnread adds the filter by the reader's marks, which needs to know the reader.
func applyUnread(w *db.Where, who auth.Actor, query *page.Query) {
	for _, f := range query.Filters {
		if f.Field != "unread" || len(f.Values) != 1 {
			continue
		}
		want := "0"
		if f.Values[0] == true {
			want = "1"
		}
		w.And("CASE WHEN " + unreadBy(w.Arg(who.User)) + " THEN 1 ELSE 0 END = " + want)
	}
}

const rowColumns = ticketColumns + `, c.first_name, c.last_name, c.company, c.email, u.name, g.name,
	CASE WHEN k.is_open AND (r.read_at IS NULL OR r.read_at < k.last_message_at) THEN 1 ELSE 0 END`

// rowJoins adds the names beside a ticket and the reader's mark, each by primary key.
func rowJoins(me string) string {
	return `
		LEFT JOIN customer c ON c.tenant_id = k.tenant_id AND c.id = k.customer_id
		LEFT JOIN staff_user u ON u.tenant_id = k.tenant_id AND u.id = k.assignee_id
		LEFT JOIN team g ON g.tenant_id = k.tenant_id AND g.id = k.team_id
		LEFT JOIN ticket_read r ON r.tenant_id = k.tenant_id AND r.ticket_id = k.id AND r.user_id = ` + me
}

// customerName is what a customer is called beside a ticket.
type customerName struct{ first, last, company, email string }

// String is the person's name, else the company's, else the address.
func (c customerName) String() string {
	if name := strings.TrimSpace(c.first + " " + c.last); name != "" {
		return name
	}
	if c.company != "" {
		return c.company
	}
	return c.email
}

func (r *Row) into(c *customerName) []any {
	return append(r.Ticket.into(), db.Text(&c.first), db.Text(&c.last), db.Text(&c.company), db.Text(&c.email),
		db.Text(&r.AssigneeName), db.Text(&r.TeamName), &r.Unread)
}

func scanRow(row db.Row) (r Row, err error) {
	var c customerName
	err = row.Scan(r.into(&c)...)
	r.CustomerName = c.String()
	return r, err
}

// pageText is the statement of a page, with its arguments; empty when nothing can be on it.
func pageText(who auth.Actor, reach auth.Reach, query *page.Query, s selection) (string, []any, error) {
	if s.sorted != nil {
		return sortedText(who, reach, query, s)
	}
	w := db.NewWhere(who.Tenant)
	query.Apply(w)
	applyUnread(w, who, query)
	order, err := query.Page(w)
	if err != nil {
		return "", nil, err
	}
	filters := w.SQL()
	column := "k.activity_at"
	if query.SortField() == "createdAt" {
		column = "k.number"
	}
	var parts []string
	for i, part := range branches(w, who, reach, s) {
		b := "b" + strconv.Itoa(i)
		parts = append(parts, "SELECT "+b+".id, "+b+".at FROM ("+part.query("k.id, "+column+" AS at", filters, order)+") "+b)
	}
	if len(parts) == 0 {
		return "", nil, nil
	}
	dir := direction(query)
	text := rowsOf(w, who, query, "SELECT v.id, v.at FROM ("+strings.Join(parts, " UNION ")+") v ORDER BY v.at "+dir+", v.id "+dir+" LIMIT "+w.Arg(query.Limit+1))
	return text, w.Args(), nil
}

func direction(query *page.Query) string {
	if query.Descending() {
		return "DESC"
	}
	return "ASC"
}

// rowsOf reads the rows of a page whose ids and keys ("at") are found, in order.
func rowsOf(w *db.Where, who auth.Actor, query *page.Query, found string) string {
	dir := direction(query)
	return `
		SELECT ` + rowColumns + `, p.at
		FROM (` + found + `) p
		JOIN ticket k ON k.tenant_id = $1 AND k.id = p.id` + rowJoins(w.Arg(who.User)) + `
		ORDER BY p.at ` + dir + `, p.id ` + dir
}

// readPage reads a page. Plan: one index range per branch, each cut at the page's length, or what sortedText
// says; the ids are merged, and only the page's own rows are read whole.
func readPage(ctx context.Context, q db.Reader, who auth.Actor, reach auth.Reach, query *page.Query, s selection) (page.Result[Row], error) {
	text, args, err := pageText(who, reach, query, s)
	if err != nil || text == "" {
		return page.Result[Row]{}, err
	}
	type keyed struct {
		Row
		key any
	}
	rows, err := db.All(ctx, q, func(row db.Row) (k keyed, err error) {
		k.Row, err = scanRow(db.More(row, &k.key))
		return k, err
	}, text, args...)
	if err != nil {
		return page.Result[Row]{}, errs.Wrapf(err, "list tickets")
	}
	cut, err := page.Cut(query, rows, func(k keyed) (any, id.ID) { return k.key, k.ID })
	out := page.Result[Row]{Next: cut.Next, Data: make([]Row, len(cut.Data))}
	for i, k := range cut.Data {
		out.Data[i] = k.Row
	}
	return out, err
}

// countAll counts every row of a list, for those who ask for the total.
func countAll(ctx context.Context, q db.Reader, who auth.Actor, reach auth.Reach, query *page.Query, s selection) (int64, error) {
	w := db.NewWhere(who.Tenant)
	query.Apply(w)
	applyUnread(w, who, query)
	filters := w.SQL()
	var parts []string
	for _, part := range branches(w, who, reach, s) {
		parts = append(parts, part.query("k.id", filters, ""))
	}
	if len(parts) == 0 {
		return 0, nil
	}
	n, err := db.Scalar[int64](ctx, q, "SELECT COUNT(*) FROM ("+strings.Join(parts, " UNION ")+") v", w.Args()...)
	return n, errs.Wrapf(err, "count tickets")
}

// CountCap is how far views are counted: a larger number helps nobody and costs time.
const CountCap = 100

// Count is how many tickets a view holds, up to CountCap; More says that there are more.
type Count struct {
	N    int64
	More bool
}

// Counts tells how many tickets each view of the inbox holds for the actor, each counted up to CountCap.
// Errors: Forbidden.
func (s *Service) Counts(ctx context.Context, who auth.Actor) (map[View]Count, error) {
	reach, err := who.RequireReach("tickets:read")
	if err != nil {
		return nil, err
	}
	views := []View{ViewMine, ViewUnassigned, ViewOpen, ViewMentions, ViewFollowing}
	text, args := countsText(who, reach, views)
	n := make([]int64, len(views))
	into := make([]any, len(views))
	for i := range n {
		into[i] = &n[i]
	}
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		return q.QueryRow(ctx, text, args...).Scan(into...)
	})
	if err != nil {
		return nil, errs.Wrapf(err, "count tickets")
	}
	out := make(map[View]Count, len(views))
	for i, v := range views {
		out[v] = Count{N: min(n[i], CountCap), More: n[i] > CountCap}
	}
	return out, nil
}

// countsText reads each view's branches up to one row past the cap, all in one statement. The order is
// there for the planner: it leads to the index that a page of the view would read.
func countsText(who auth.Actor, reach auth.Reach, views []View) (string, []any) {
	w := db.NewWhere(who.Tenant)
	limit := strconv.Itoa(CountCap + 1)
	columns := make([]string, len(views))
	for i, v := range views {
		var parts []string
		for n, part := range branches(w, who, reach, selection{view: v, open: []bool{true}}) {
			b := "b" + strconv.Itoa(n)
			parts = append(parts, "SELECT "+b+".id FROM ("+part.query("k.id", "", " ORDER BY k.activity_at DESC LIMIT "+limit)+") "+b)
		}
		columns[i] = "(SELECT COUNT(*) FROM (SELECT v.id FROM (" + strings.Join(parts, " UNION ") + ") v LIMIT " + limit + ") n)"
	}
	return "SELECT " + strings.Join(columns, ", "), w.Args()
}

// loadTags puts their tags beside the rows of a page.
func loadTags(ctx context.Context, q db.Reader, t tenant.ID, rows []Row) error {
	ids := make([]id.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	tags, err := links().Of(ctx, q, t, ids...)
	for i := range rows {
		rows[i].Tags = tags[rows[i].ID]
	}
	return err
}
