// Package archtest holds the floors: which room stands on which, and why. Its test reads the imports of
// the whole module and fails on one that the table does not allow, on a package that the table does not
// know, and on a line of the table that nothing needs any more. It also draws the map in
// docs/architecture.md (go test ./internal/archtest -update).
package archtest

// Floors of rooms. Imports point down or stay on a floor, never up.
const (
	Ground   = 1 // platform: knows nothing of customers
	People   = 2 // people, workspaces, and what all records share
	Records  = 3 // records that others point at
	Money    = 4 // money and promises
	Talk     = 5 // conversations and work
	Outreach = 6 // reaching out, reading across
)

// Room is one line of the table. Path is below internal/.
type Room struct {
	Path  string
	Floor int
	Holds string
	Uses  []Use // rooms it may import besides platform
}

// Use is an import that is allowed, and why it is needed.
type Use struct{ Room, Why string }

// Floors is the table of rooms. Rules that hold without a line: every room may import platform; a
// <noun>api package may import any room and no other api; see joints for the packages that put it together.
func Floors() []Room {
	return []Room{
		{"tenant", People, "workspaces and their settings", []Use{
			{"audit", "changes of a workspace are audited"},
		}},
		{"audit", People, "who did what, for administrators", nil},
		{"outbox", People, "outgoing mail and its state", []Use{
			{"audit", "sending again is audited"},
		}},
		{"auth", People, "users, roles, teams, sessions, and the Actor that every service asks", []Use{
			{"audit", "sign-ins and changes of people are audited"},
			{"outbox", "reset links go out by mail"},
			{"tenant", "a session belongs to a workspace"},
		}},
		{"job", People, "background work as people see and mend it", []Use{
			{"audit", "retrying and cancelling is audited"}, {"auth", "permissions"},
		}},
		{"field", People, "a workspace's own fields", []Use{
			{"auth", "permissions"}, {"tenant", "workspace ids"},
		}},
		{"tag", People, "a workspace's own labels", []Use{
			{"auth", "permissions"}, {"tenant", "workspace ids"},
		}},
		{"customer", Records, "people and companies who buy", []Use{
			{"auth", "permissions and ownership"}, {"field", "custom fields"}, {"tag", "labels"}, {"tenant", "workspace ids"},
		}},
		{"catalog", Records, "products", []Use{
			{"auth", "permissions"}, {"field", "custom fields"}, {"tag", "labels"}, {"tenant", "workspace ids"},
		}},
		{"media", Records, "files and pictures", []Use{
			{"auth", "permissions"}, {"tenant", "workspace ids"},
		}},
		{"order", Money, "orders and transactions", []Use{
			{"auth", "permissions"},
			{"catalog", "lines name products"},
			{"customer", "an order has a buyer"},
			{"field", "custom fields"},
			{"tenant", "workspace ids"},
		}},
		{"ticket", Talk, "conversations with customers", []Use{
			{"auth", "permissions, assignees and teams"},
			{"field", "custom fields"},
			{"media", "attachments"},
			{"tag", "labels"},
			{"tenant", "workspace ids"},
		}},
		{"report", Outreach, "numbers across rooms", []Use{
			{"auth", "permissions"}, {"tenant", "time zone and currency of a workspace"},
		}},
		{"seed", Outreach, "a sample brand", []Use{
			{"auth", "makes staff and teams"},
			{"catalog", "makes products"},
			{"customer", "makes customers"},
			{"field", "makes custom fields"},
			{"order", "makes orders"},
			{"tag", "hangs tags on them"},
			{"tenant", "currency of a workspace"},
			{"ticket", "makes conversations"},
		}},
		{"importer", Outreach, "order histories from files", []Use{
			{"auth", "who imports"},
			{"catalog", "finds and makes products"},
			{"customer", "finds and makes buyers"},
			{"order", "writes orders"},
			{"tenant", "workspace ids"},
		}},
	}
}

// Joint is a package that is no room: it joins rooms, or serves tests.
type Joint struct {
	Path, Holds string
	// Any lets it import every room and api; Uses lists joints and, without Any, all it may import
	// besides platform.
	Any  bool
	Uses []Use
}

// Joints is the table of packages that put the rooms together.
func Joints() []Joint {
	return []Joint{
		{"internal/schema", "the tables of all rooms", false, nil},
		{"internal/dbtest", "databases for tests", false, []Use{{"internal/schema", "every test has all tables"}}},
		{"internal/redistest", "Redis servers for tests", false, nil},
		{"internal/server", "listening, middleware, mounts", false, []Use{{"internal/schema", "readiness asks for the right schema"}}},
		{"internal/archtest", "the floors", false, nil},
		{"internal/app", "builds every room; what follows from what", true, []Use{
			{"internal/schema", "migrates at the start"}, {"internal/server", "serves"}, {"web", "the built web app"},
		}},
		{"internal/cli", "the command line", true, []Use{
			{"internal/app", "runs the program"}, {"internal/schema", "migrate, doctor and restore look at the tables"},
		}},
		{"cmd/throughline", "main", false, []Use{{"internal/cli", "all commands"}}},
		{"web", "the built web app", false, nil},
	}
}
