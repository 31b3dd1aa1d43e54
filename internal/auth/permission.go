package auth

// Permission is one thing that a role may allow.
type Permission struct {
	Name string // resource:action, with _own or _all where ownership matters
	Doc  string
}

// Catalogue lists every permission there is, in the order of the roles matrix. Where both forms exist,
// x:y_all includes x:y_own.
func Catalogue() []Permission {
	return []Permission{
		{"customers:create", "Create customers"},
		{"customers:read_own", "See customers one owns"},
		{"customers:read_all", "See all customers"},
		{"customers:update_own", "Change customers one owns"},
		{"customers:update_all", "Change all customers"},
		{"customers:delete", "Delete customers; their orders stay as anonymous"},
		{"customers:import", "Import customers, products and orders from files"},
		{"notes:create", "Write notes on customers and orders one may see, and change or delete one's own"},
		{"notes:update_all", "Change and delete other people's notes"},
		{"groups:write", "Create, change and delete customer groups"},
		{"products:read", "See products"},
		{"products:write", "Create, change, tag and delete products"},
		{"orders:create", "Create orders"},
		{"orders:read", "See orders and transactions"},
		{"orders:update", "Change orders"},
		{"orders:correct_history", "Correct an order's history: its status, notes and when it was placed"},
		{"orders:delete", "Delete orders"},
		{"transactions:create", "Record payments and refunds"},
		{"tickets:create", "Create tickets"},
		{"tickets:read_own", "See tickets that are assigned to one, created by one, followed by one, or wait in one's teams"},
		{"tickets:read_all", "See all tickets"},
		{"tickets:update_own", "Answer and change tickets one may see as own"},
		{"tickets:update_all", "Answer and change all tickets"},
		{"tickets:assign", "Give tickets to somebody else"},
		{"tickets:delete", "Delete tickets"},
		{"tags:write", "Create, change and delete tags"},
		{"fields:write", "Create, change and delete custom fields"},
		{"escalation:write", "Change the escalation contact sheet"},
		{"dashboard:read", "See the dashboard of the whole workspace"},
		{"users:read", "See users and their details"},
		{"users:write", "Create, approve, change, deactivate and delete users"},
		{"roles:write", "Create, change and delete roles"},
		{"teams:write", "Create, change and delete teams"},
		{"settings:write", "Change the workspace's settings"},
		{"outbox:read", "See outgoing mail and its state"},
		{"jobs:read", "See background work"},
		{"jobs:update", "Retry background work that failed, and cancel what waits or runs"},
		{"audit:read", "See the audit log"},
	}
}
