package auth

import (
	"context"
	"fmt"
	"strings"

	"github.com/throughlinehq/throughline/internal/audit"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// ErrFixedRole refuses a change: the administrator's role always allows everything, and the customers' role nothing here.
var ErrFixedRole = errs.New(errs.Conflict, "role_fixed", "This role cannot be changed.")

const maxRoles = 100

// requireRoles lets those see roles who can read users or change roles.
func requireRoles(who Actor) error {
	if who.Can("users:read") {
		return nil
	}
	return who.Require("roles:write")
}

// Roles lists all roles with their permissions, the built-in ones first. Needs users:read or roles:write.
func (s *Service) Roles(ctx context.Context, who Actor) ([]Role, error) {
	if err := requireRoles(who); err != nil {
		return nil, err
	}
	var out []Role
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) (err error) {
		out, err = listRoles(ctx, r, who.Tenant)
		return err
	})
	return out, err
}

// Role gives one role. Needs users:read or roles:write. Errors: NotFound.
func (s *Service) Role(ctx context.Context, who Actor, role id.ID) (Role, error) {
	if err := requireRoles(who); err != nil {
		return Role{}, err
	}
	var out Role
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) (err error) {
		out, err = readRole(ctx, r, who.Tenant, role)
		return err
	})
	return out, err
}

// CreateRole makes a role that allows nothing which the actor may not do. Needs roles:write.
// Errors: Invalid, Forbidden.
func (s *Service) CreateRole(ctx context.Context, who Actor, name, description string, permissions []string) (Role, error) {
	if err := who.Require("roles:write"); err != nil {
		return Role{}, err
	}
	now := s.clock.Now()
	r := Role{ID: id.New(now), Name: tidy(name), Description: strings.TrimSpace(description), Permissions: PermissionSet(permissions...), CreatedAt: now, UpdatedAt: now}
	if err := r.validate(); err != nil {
		return Role{}, err
	}
	if !who.covers(r.Permissions) {
		return Role{}, errExceeds()
	}
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		roles, err := listRoles(ctx, tx, who.Tenant)
		if err != nil {
			return err
		}
		if len(roles) >= maxRoles {
			return errs.Newf(errs.Conflict, "too_many_roles", "A workspace has at most %d roles.", maxRoles)
		}
		keys := map[string]bool{}
		for _, other := range roles {
			keys[other.Key] = true
			if strings.EqualFold(other.Name, r.Name) {
				return errs.OnField("name", "is taken")
			}
		}
		r.Key = keyOf(r.Name)
		for n := 2; keys[r.Key]; n++ {
			r.Key = fmt.Sprintf("%s_%d", keyOf(r.Name), n)
		}
		if err := insertRole(ctx, tx, who.Tenant, r); err != nil {
			if db.IsUnique(err, "role") {
				return errs.OnField("name", "is taken")
			}
			return err
		}
		return s.recordRole(ctx, tx, who, r, "role.created", map[string]audit.Change{"permissions": {New: r.Permissions.List()}})
	})
	return r, err
}

func errExceeds() error {
	return errs.New(errs.Forbidden, "grant_exceeds_own", "These permissions are more than you hold yourself.")
}

// RolePatch names what to change of a role; nil leaves a field alone.
type RolePatch struct {
	Name        *string
	Description *string
	Permissions *[]string
	Add         []string
	Remove      []string
}

// UpdateRole changes a role that allows no more, before and after, than the actor may do. It holds for
// everybody who has it from their next request on. Needs roles:write.
// Errors: NotFound, Invalid, Forbidden, ErrFixedRole, Precondition.
func (s *Service) UpdateRole(ctx context.Context, who Actor, role id.ID, p RolePatch, m Match) (Role, error) {
	if err := who.Require("roles:write"); err != nil {
		return Role{}, err
	}
	var r Role
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		before, err := lockRole(ctx, tx, who.Tenant, role)
		if err != nil {
			return err
		}
		if err := m.check(before.Version()); err != nil {
			return err
		}
		if before.Key == Administrator || before.Key == Customer {
			return ErrFixedRole
		}
		r = before
		p.apply(&r)
		if err := r.validate(); err != nil {
			return err
		}
		if !who.covers(before.Permissions) || !who.covers(r.Permissions) {
			return errExceeds()
		}
		if !strings.EqualFold(before.Name, r.Name) {
			if err := nameFree(ctx, tx, who, r.Name); err != nil {
				return err
			}
		}
		changes := roleChanges(before, r)
		if len(changes) == 0 {
			return nil
		}
		r.UpdatedAt = s.clock.Now()
		if err := updateRole(ctx, tx, who.Tenant, r); err != nil {
			return err
		}
		return s.recordRole(ctx, tx, who, r, "role.changed", changes)
	})
	return r, err
}

func nameFree(ctx context.Context, tx db.Tx, who Actor, name string) error {
	roles, err := listRoles(ctx, tx, who.Tenant)
	for _, other := range roles {
		if strings.EqualFold(other.Name, name) {
			return errs.OnField("name", "is taken")
		}
	}
	return err
}

func (p RolePatch) apply(r *Role) {
	if p.Name != nil {
		r.Name = tidy(*p.Name)
	}
	if p.Description != nil {
		r.Description = strings.TrimSpace(*p.Description)
	}
	names := r.Permissions.List()
	if p.Permissions != nil {
		names = *p.Permissions
	}
	r.Permissions = PermissionSet(append(names[:len(names):len(names)], p.Add...)...)
	for _, n := range p.Remove {
		delete(r.Permissions, n)
	}
}

func roleChanges(before, after Role) map[string]audit.Change {
	changes := audit.Diff(map[string]any{"name": before.Name, "description": before.Description}, map[string]any{"name": after.Name, "description": after.Description})
	var added, removed []string
	for _, n := range after.Permissions.List() {
		if _, had := before.Permissions[n]; !had {
			added = append(added, n)
		}
	}
	for _, n := range before.Permissions.List() {
		if _, has := after.Permissions[n]; !has {
			removed = append(removed, n)
		}
	}
	if added != nil || removed != nil {
		changes["permissions"] = audit.Change{Old: removed, New: added}
	}
	return changes
}

// DeleteRole removes a role that nobody has. Needs roles:write.
// Errors: NotFound, Forbidden, Conflict for a built-in role or one in use, Precondition.
func (s *Service) DeleteRole(ctx context.Context, who Actor, role id.ID, m Match) error {
	if err := who.Require("roles:write"); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		r, err := lockRole(ctx, tx, who.Tenant, role)
		if err != nil {
			return err
		}
		if err := m.check(r.Version()); err != nil {
			return err
		}
		if r.BuiltIn {
			return errs.New(errs.Conflict, "role_built_in", "A built-in role cannot be deleted.")
		}
		if !who.covers(r.Permissions) {
			return errExceeds()
		}
		used, err := roleInUse(ctx, tx, who.Tenant, role)
		if err != nil {
			return err
		}
		if used {
			return errs.New(errs.Conflict, "role_in_use", "Users have this role. Give them another first.")
		}
		if err := deleteRole(ctx, tx, who.Tenant, role); err != nil {
			return err
		}
		return s.recordRole(ctx, tx, who, r, "role.deleted", map[string]audit.Change{"permissions": {Old: r.Permissions.List()}})
	})
}

func (s *Service) recordRole(ctx context.Context, tx db.Tx, who Actor, r Role, action string, changes map[string]audit.Change) error {
	s.changed(tx, who.Tenant, id.Zero)
	if err := s.deps.Events.Record(ctx, tx, who, RoleChanged{Role: r.ID}); err != nil {
		return err
	}
	return s.deps.Audit.Write(ctx, tx, who, audit.Entry{Action: action, ObjectKind: "role", Object: r.ID, ObjectName: r.Name, Changes: changes})
}

// Permissions lists the catalogue; anybody signed in may know it.
func (s *Service) Permissions(who Actor) ([]Permission, error) {
	return Catalogue(), who.known()
}
