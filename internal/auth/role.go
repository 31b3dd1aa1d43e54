package auth

import (
	"slices"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// The built-in roles. Their keys are fixed and they cannot be deleted; the administrator's permissions
// are always the whole catalogue, and the customer role cannot be given to staff.
const (
	Administrator       = "administrator"
	Manager             = "manager"
	Agent               = "agent"
	SalesManager        = "sales_manager"
	SalesRepresentative = "sales_representative"
	Customer            = "customer"
)

// Role is a named set of permissions.
type Role struct {
	ID          id.ID
	Key         string // stable name in the workspace
	Name        string
	Description string
	BuiltIn     bool
	Permissions Permissions
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Version is what an ETag of the role is made from.
func (r Role) Version() int64 { return r.UpdatedAt.UnixMicro() }

// Ref names the role beside a user.
func (r Role) Ref() RoleRef { return RoleRef{ID: r.ID, Key: r.Key, Name: r.Name} }

func (r Role) validate() error {
	problems := []*errs.Field{
		errs.Length("name", r.Name, 1, 60),
		errs.Length("description", r.Description, 0, 300),
	}
	known := allPermissions()
	for _, p := range r.Permissions.List() {
		if _, ok := known[p]; !ok {
			problems = append(problems, &errs.Field{Location: "permissions", Message: p + " is no permission"})
		}
	}
	return errs.Check(problems...)
}

// keyOf makes a role's key from its name: "Returns desk" becomes "returns_desk".
func keyOf(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if s := b.String(); s != "" && !strings.HasSuffix(s, "_") {
			b.WriteByte('_')
		}
	}
	s := strings.Trim(b.String(), "_")
	if len(s) > 40 {
		s = strings.Trim(s[:40], "_")
	}
	if s == "" {
		return "role"
	}
	return s
}

// builtIn are the roles of a new workspace. Rooms that come later add their permissions to them.
func builtIn() []Role {
	return []Role{
		{Key: Administrator, Name: "Administrator", Description: "May do everything.", Permissions: allPermissions()},
		{Key: Manager, Name: "Manager", Description: "Leads the work: everything except users, roles, settings, and changing or deleting orders.", Permissions: without(
			"users:", "roles:", "settings:", "orders:update", "orders:delete")},
		{Key: Agent, Name: "Agent", Description: "Serves customers and works the tickets that are theirs or wait in their teams.", Permissions: PermissionSet(
			"customers:create", "customers:read_all", "customers:update_all", "notes:create", "orders:read", "products:read",
			"tickets:create", "tickets:read_own", "tickets:update_own")},
		{Key: SalesManager, Name: "Sales manager", Description: "Leads sales: all customers and their orders.", Permissions: PermissionSet(
			"customers:create", "customers:read_all", "customers:update_all", "customers:delete", "orders:create", "orders:read", "dashboard:read")},
		{Key: SalesRepresentative, Name: "Sales representative", Description: "Looks after customers of their own.", Permissions: PermissionSet(
			"customers:create", "customers:read_own", "customers:update_own", "orders:create", "orders:read")},
		{Key: Customer, Name: "Customer", Description: "Uses the portal only.", Permissions: Permissions{}},
	}
}

// without is the catalogue except names that begin so; where a permission has both forms, only _all.
func without(prefixes ...string) Permissions {
	p := allPermissions()
	for name := range p {
		base, own := cutOwn(name)
		_, both := p[base+"_all"]
		if own && both || slices.ContainsFunc(prefixes, func(x string) bool { return strings.HasPrefix(name, x) }) {
			delete(p, name)
		}
	}
	return p
}
