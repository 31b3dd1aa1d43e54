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
