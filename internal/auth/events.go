package auth

import (
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func aboutUser(user id.ID) event.About { return event.About{ObjectKind: "user", Object: user} }

// UserRegistered says that somebody signed up as staff and waits for approval.
type UserRegistered struct {
	User id.ID  `json:"user"`
	Name string `json:"name"`
}

// EventKind is the fact's name.
func (UserRegistered) EventKind() string { return "user.registered" }

// About is the user.
func (f UserRegistered) About() event.About { return aboutUser(f.User) }

// UserCreated says that an administrator made a user.
type UserCreated struct {
	User id.ID  `json:"user"`
	Name string `json:"name"`
}

// EventKind is the fact's name.
func (UserCreated) EventKind() string { return "user.created" }

// About is the user.
func (f UserCreated) About() event.About { return aboutUser(f.User) }

// UserChanged says that a user's details or teams are others now.
type UserChanged struct {
	User id.ID `json:"user"`
}

// EventKind is the fact's name.
func (UserChanged) EventKind() string { return "user.changed" }

// About is the user.
func (f UserChanged) About() event.About { return aboutUser(f.User) }

// UserApproved says that a user may sign in from now on.
type UserApproved struct {
	User id.ID `json:"user"`
}

// EventKind is the fact's name.
func (UserApproved) EventKind() string { return "user.approved" }

// About is the user.
func (f UserApproved) About() event.About { return aboutUser(f.User) }

// UserRejected says that a sign-up was refused.
type UserRejected struct {
	User id.ID `json:"user"`
}

// EventKind is the fact's name.
func (UserRejected) EventKind() string { return "user.rejected" }

// About is the user.
func (f UserRejected) About() event.About { return aboutUser(f.User) }

// UserDeactivated says that a user may no longer sign in.
type UserDeactivated struct {
	User id.ID `json:"user"`
}

// EventKind is the fact's name.
func (UserDeactivated) EventKind() string { return "user.deactivated" }

// About is the user.
func (f UserDeactivated) About() event.About { return aboutUser(f.User) }

// UserDeleted says that a user is gone; rooms give away what was assigned to them.
type UserDeleted struct {
	User id.ID `json:"user"`
}

// EventKind is the fact's name.
func (UserDeleted) EventKind() string { return "user.deleted" }

// About is the user.
func (f UserDeleted) About() event.About { return aboutUser(f.User) }

// UserAvailability says that a user takes new tickets, or no longer does.
type UserAvailability struct {
	User      id.ID `json:"user"`
	Available bool  `json:"available"`
}

// EventKind is the fact's name.
func (UserAvailability) EventKind() string { return "user.availability" }

// About is the user.
func (f UserAvailability) About() event.About { return aboutUser(f.User) }

// UserRoleChanged says that a user has another role.
type UserRoleChanged struct {
	User id.ID `json:"user"`
	Role id.ID `json:"role"`
}

// EventKind is the fact's name.
func (UserRoleChanged) EventKind() string { return "user.role_changed" }

// About is the user.
func (f UserRoleChanged) About() event.About { return aboutUser(f.User) }

// RoleChanged says that a role was made, changed or deleted: screens ask again what one may.
type RoleChanged struct {
	Role id.ID `json:"role"`
}

// EventKind is the fact's name.
func (RoleChanged) EventKind() string { return "role.changed" }

// About is the role.
func (f RoleChanged) About() event.About { return event.About{ObjectKind: "role", Object: f.Role} }

// TeamChanged says that a team was made, changed or deleted, or has other members.
type TeamChanged struct {
	Team id.ID `json:"team"`
}

// EventKind is the fact's name.
func (TeamChanged) EventKind() string { return "team.changed" }

// About is the team.
func (f TeamChanged) About() event.About { return event.About{ObjectKind: "team", Object: f.Team} }
