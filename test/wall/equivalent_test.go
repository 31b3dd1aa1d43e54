//go:build !race

package wall_test

import (
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// same is a condition on the workspace that cannot be missed: without it the statement says the same.
type same struct {
	engine db.Engine // empty: both
	n      int       // which condition of the statement; 0: any
	text   string    // part of the statement
	why    string
}

func (s same) is(e db.Engine, g gap) bool {
	return (s.engine == "" || s.engine == e) && (s.n == 0 || s.n == g.n) && strings.Contains(g.text, s.text)
}

// equivalent is read by a person: each has its reason.
var equivalent = []same{
	{text: "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM (SELECT ", why: "page.Start weighs filters to choose the one to begin with; nothing of what it counts reaches an answer"},
	{engine: db.Postgres, text: "LIMIT 1 OFFSET $", why: "search.manyBefore chooses between two ways to look; both give the same"},
	{text: " AND 1 = 0", why: "finds nothing, whoever asks"},
	{text: "SET updated_at = updated_at WHERE", why: "a lock: no row changes, and what is read behind it names the workspace"},
	{text: "SET rotated_at = rotated_at WHERE", why: "a lock, as above"},
	{n: 2, text: "DELETE FROM customer_group_member WHERE tenant_id = $ AND group_id = $ AND customer_id IN ( SELECT", why: "the inner select only cuts the work into pieces; the outer condition says whose"},
	{n: 2, text: "DELETE FROM customer_tag WHERE tenant_id = $ AND tag_id = $ AND customer_id IN ( SELECT", why: "as above"},
	{n: 2, text: "DELETE FROM product_tag WHERE tenant_id = $ AND tag_id = $ AND product_id IN ( SELECT", why: "as above"},
	{n: 2, text: "DELETE FROM ticket_tag WHERE tenant_id = $ AND tag_id = $ AND ticket_id IN ( SELECT", why: "as above"},
	{n: 2, text: "DELETE FROM field_value WHERE tenant_id = $ AND field_id = $ AND object_id IN ( SELECT", why: "as above"},
	{n: 2, text: "DELETE FROM ticket_attachment WHERE tenant_id = $ AND message_id IN (SELECT", why: "the outer condition says whose"},
	{n: 2, text: "UPDATE job SET state = 'running', attempts = attempts + 1", why: "the inner select chooses which are due; the outer condition says whose"},
	{text: "AND lease_token = $ AND state = 'running'", why: "a lease is a random number of its own"},
	{text: "UPDATE password_reset SET used_at = $ WHERE tenant_id = $ AND token_hash = $", why: "the hash of a random number of 256 bits"},
	{text: "FROM password_reset WHERE tenant_id = $ AND token_hash = $", why: "as above"},
	{text: "AND created_at = $ AND status = 0", why: "the instant of the claim fences the row"},
	{text: "UPDATE media_file SET thumbnail_key = $", why: "the file has just been made; nobody else has its id"},
	{text: "DELETE FROM field_value WHERE tenant_id = $ AND field_id = $ AND object_id IN ($)", why: "the field has just been made; nobody else has its id"},
	{engine: db.SQLite, text: "SELECT COALESCE(MAX(seq), 0) FROM search_doc WHERE tenant_id = $", why: "the next number only has to grow"},
	{engine: db.SQLite, n: 2, text: "CROSS JOIN search_doc d ON d.tenant_id = $ AND d.seq = f.rowid - $", why: "rows out of the range have no number in the first condition's workspace"},
	{engine: db.Postgres, text: "WHERE words @@ $::text::tsquery AND tenant_id + 0 = $", why: "the words that are asked for hold the workspace's own lexeme"},
	{text: "AS w CROSS JOIN search_term s WHERE s.tenant_id = $", why: "a word that only others use finds no document here"},
	{engine: db.Postgres, text: "CROSS JOIN LATERAL ( SELECT term FROM search_term WHERE tenant_id = $", why: "as above"},
	{engine: db.SQLite, text: "SELECT term FROM search_term WHERE tenant_id = $ AND kind = $ AND term >= $ AND term < $", why: "as above"},
	{text: "SELECT term, unused_since FROM search_term WHERE tenant_id = $", why: "each word is looked up and changed in the workspace alone"},
	{text: "WITH waiting AS MATERIALIZED (SELECT k.id FROM ticket k WHERE k.tenant_id = $", why: "each is read again in its workspace before it is given out"},
	{n: 1, text: "FROM (SELECT DISTINCT x.id FROM (SELECT l.ticket_id AS id FROM ticket_tag l", why: "stands twice, as what the list begins with and as a filter: each alone keeps the others out"},
	{n: 2, text: "FROM (SELECT DISTINCT x.id FROM (SELECT l.ticket_id AS id FROM ticket_tag l", why: "as above"},
	{n: 4, text: "FROM (SELECT DISTINCT x.id FROM (SELECT l.ticket_id AS id FROM ticket_tag l", why: "as above"},
	{n: 5, text: "FROM (SELECT DISTINCT x.id FROM (SELECT l.ticket_id AS id FROM ticket_tag l", why: "as above"},
	{n: 1, text: "FROM (SELECT DISTINCT x.id FROM (SELECT m.object_id AS id FROM field_value m", why: "as above"},
	{n: 3, text: "FROM (SELECT DISTINCT x.id FROM (SELECT m.object_id AS id FROM field_value m", why: "as above"},
	{n: 1, text: "(SELECT y.id FROM ticket y WHERE y.tenant_id = $ AND y.number IN ($)) n CROSS JOIN", why: "as above"},
	{n: 2, text: "(SELECT y.id FROM ticket y WHERE y.tenant_id = $ AND y.number IN ($)) n CROSS JOIN", why: "as above"},
	{n: 3, text: "AND CASE WHEN k.is_open AND NOT EXISTS (SELECT 1 FROM ticket_read y", why: "of closed tickets none is unread, so this half finds nothing, whoever asks"},
	{n: 4, text: "AND CASE WHEN k.is_open AND NOT EXISTS (SELECT 1 FROM ticket_read y", why: "of closed tickets none is unread, so this half finds nothing, whoever asks"},
	{n: 1, text: "SELECT COUNT(*) FROM customer WHERE tenant_id = $", why: "tells how far a job is, out of how many, and is overwritten at its end"},
	{n: 1, text: "SELECT COUNT(*) FROM ticket WHERE tenant_id = $", why: "as above"},
}

// checksApart are checks that no operation of the API can show: "what it asks function" → why.
var checksApart = map[string]string{
	"search report.(*Service).Search":         "there is no such permission: it is asked for its answer to nobody, whom the API refuses before",
	"orders:read app.(*Rooms).showOrders":     "second of two: report.mayFind leaves the kind out before",
	"products:read app.(*Rooms).showProducts": "second of two: report.mayFind leaves the kind out before",
	"orders:read report.mayFind":              "first of two: app.showOrders shows none",
	"products:read report.mayFind":            "first of two: app.showProducts shows none",
	"customers:read report.mayFind":           "first of two: app.showCustomers shows those that the actor may see",
	"tickets:read_own report.mayFind":         "first of two: app.showTickets shows those that the actor may see",
}
