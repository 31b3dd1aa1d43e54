package authapi

import (
	"net/http"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

type roleRef struct {
	ID   id.ID  `json:"id" doc:"Role"`
	Key  string `json:"key" doc:"Stable name of the role" example:"agent"`
	Name string `json:"name" doc:"Name of the role" example:"Agent"`
}

func showRef(r auth.RoleRef) roleRef { return roleRef{ID: r.ID, Key: r.Key, Name: r.Name} }

// me is the signed-in user.
type me struct {
	ID          id.ID    `json:"id" doc:"User"`
	Name        string   `json:"name" doc:"Name" example:"Sam Okoro"`
	Email       string   `json:"email" doc:"E-mail address" example:"sam@example.com"`
	Username    string   `json:"username" doc:"User name; empty without one" example:"sam"`
	Role        roleRef  `json:"role" doc:"Role"`
	Status      string   `json:"status" enum:"pending,approved,rejected,deactivated" doc:"Where the user stands" example:"approved"`
	Available   bool     `json:"available" doc:"Takes new tickets" example:"true"`
	Permissions []string `json:"permissions" nullable:"false" doc:"What the user may do" example:"[\"tickets:read_own\"]"`
}

func showMe(u auth.User, p auth.Permissions) me {
	return me{
		ID: u.ID, Name: u.Name, Email: u.Email, Username: u.Username, Role: showRef(u.Role), Status: string(u.Status),
		Available: u.Available, Permissions: p.List(),
	}
}

// workspace is the workspace a user is in.
type workspace struct {
	ID       string `json:"id" doc:"Short name, which identifies the workspace" example:"acme"`
	Name     string `json:"name" doc:"Name of the brand" example:"Acme"`
	Slug     string `json:"slug" doc:"Short name, as in host names and X-Workspace" example:"acme"`
	Currency string `json:"currency" doc:"ISO 4217 code" example:"GBP"`
	Timezone string `json:"timezone" doc:"IANA time zone" example:"Europe/London"`
	Locale   string `json:"locale" doc:"Language tag" example:"en-GB"`
}

func showWorkspace(w tenant.Workspace) workspace {
	return workspace{ID: w.Slug, Name: w.Name, Slug: w.Slug, Currency: w.Currency, Timezone: w.Timezone, Locale: w.Locale}
}

// signedIn is the answer to a sign-in.
type signedIn struct {
	Token        string    `json:"token" doc:"Access token, for Authorization: Bearer; also set as a cookie"`
	ExpiresAt    time.Time `json:"expiresAt" doc:"When the access token runs out"`
	RefreshToken string    `json:"refreshToken" doc:"Good once, for the next pair of tokens; also set as a cookie"`
	User         me        `json:"user" doc:"Who signed in"`
	Workspace    workspace `json:"workspace" doc:"Where"`
}

type signedInOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      signedIn
}

func (h *api) showSignedIn(s auth.SignedIn) *signedInOutput {
	return &signedInOutput{
		SetCookie: h.auth.Cookies().Set(s, h.clock.Now()),
		Body: signedIn{
			Token: s.Token, ExpiresAt: s.ExpiresAt, RefreshToken: s.RefreshToken,
			User: showMe(s.User, s.Permissions), Workspace: showWorkspace(s.Workspace),
		},
	}
}

// clearedOutput signs a browser out and has it forget what it keeps of customers' files.
type clearedOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	ClearData string        `header:"Clear-Site-Data" doc:"What a browser forgets of this site: kept answers, not its settings"`
}

func (h *api) cleared() *clearedOutput {
	return &clearedOutput{SetCookie: h.auth.Cookies().Clear(), ClearData: `"cache"`}
}

type meAnswer struct {
	User      me        `json:"user" doc:"Who is signed in"`
	Workspace workspace `json:"workspace" doc:"Where"`
}

type meOutput struct{ Body meAnswer }

// user is a user as administrators see them.
type user struct {
	ID         id.ID      `json:"id" doc:"User"`
	Name       string     `json:"name" doc:"Name" example:"Sam Okoro"`
	Email      string     `json:"email" doc:"E-mail address" example:"sam@example.com"`
	Username   string     `json:"username" doc:"User name; empty without one" example:"sam"`
	RoleID     id.ID      `json:"roleId" doc:"Role"`
	Role       roleRef    `json:"role" doc:"Role"`
	Status     string     `json:"status" enum:"pending,approved,rejected,deactivated" doc:"Where the user stands" example:"approved"`
	Available  bool       `json:"available" doc:"Takes new tickets" example:"true"`
	TeamIDs    []id.ID    `json:"teamIds" nullable:"false" doc:"Teams the user is in"`
	LastSeenAt *time.Time `json:"lastSeenAt" doc:"Last sign-in or token renewal; null when never"`
	CreatedAt  time.Time  `json:"createdAt" doc:"When the user was made or signed up"`
	UpdatedAt  time.Time  `json:"updatedAt" doc:"Last change"`
}

func showUser(u auth.User) user {
	out := user{
		ID: u.ID, Name: u.Name, Email: u.Email, Username: u.Username, RoleID: u.Role.ID, Role: showRef(u.Role), Status: string(u.Status),
		Available: u.Available, TeamIDs: list(u.Teams), CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
	}
	if !u.LastSeenAt.IsZero() {
		out.LastSeenAt = &u.LastSeenAt
	}
	return out
}

// colleague is what anybody signed in may know of a user.
type colleague struct {
	ID        id.ID   `json:"id" doc:"User"`
	Name      string  `json:"name" doc:"Name" example:"Sam Okoro"`
	Role      string  `json:"role" doc:"Key of the role" example:"agent"`
	Available bool    `json:"available" doc:"Takes new tickets" example:"true"`
	TeamIDs   []id.ID `json:"teamIds" nullable:"false" doc:"Teams the user is in"`
}

func showColleague(p auth.Person) colleague {
	return colleague{ID: p.ID, Name: p.Name, Role: p.Role, Available: p.Available, TeamIDs: list(p.Teams)}
}

type session struct {
	ID         id.ID     `json:"id" doc:"Session"`
	Device     string    `json:"device" doc:"What the browser or program calls itself" example:"Mozilla/5.0 (X11; Linux x86_64)"`
	Address    string    `json:"address" doc:"Network address it was last used from" example:"192.0.2.7"`
	CreatedAt  time.Time `json:"createdAt" doc:"When it began"`
	LastSeenAt time.Time `json:"lastSeenAt" doc:"When its tokens were last renewed"`
	ExpiresAt  time.Time `json:"expiresAt" doc:"When it ends if it is not used"`
	Current    bool      `json:"current" doc:"This is the session of the request" example:"true"`
}

type role struct {
	ID          id.ID     `json:"id" doc:"Role"`
	Key         string    `json:"key" doc:"Stable name" example:"agent"`
	Name        string    `json:"name" doc:"Name" example:"Agent"`
	Description string    `json:"description" doc:"What it is for" example:"Serves customers."`
	BuiltIn     bool      `json:"builtIn" doc:"Comes with the workspace and cannot be deleted" example:"true"`
	Fixed       bool      `json:"fixed" doc:"Cannot be changed either" example:"false"`
	Permissions []string  `json:"permissions" nullable:"false" doc:"What it allows" example:"[\"customers:create\"]"`
	CreatedAt   time.Time `json:"createdAt" doc:"When it was made"`
	UpdatedAt   time.Time `json:"updatedAt" doc:"Last change"`
}

func showRole(r auth.Role) role {
	return role{
		ID: r.ID, Key: r.Key, Name: r.Name, Description: r.Description, BuiltIn: r.BuiltIn,
		Fixed:       r.Key == auth.Administrator || r.Key == auth.Customer,
		Permissions: r.Permissions.List(), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

type permission struct {
	Name string `json:"name" doc:"resource:action, with _own or _all where ownership matters" example:"customers:read_all"`
	Doc  string `json:"doc" doc:"What it allows" example:"See all customers"`
}

type team struct {
	ID        id.ID     `json:"id" doc:"Team"`
	Name      string    `json:"name" doc:"Name" example:"Returns"`
	MemberIDs []id.ID   `json:"memberIds" nullable:"false" doc:"Users in the team"`
	CreatedAt time.Time `json:"createdAt" doc:"When it was made"`
	UpdatedAt time.Time `json:"updatedAt" doc:"Last change"`
}

func showTeam(t auth.Team) team {
	return team{ID: t.ID, Name: t.Name, MemberIDs: list(t.Members), CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt}
}

// list is never null on the wire.
func list(ids []id.ID) []id.ID {
	if ids == nil {
		return []id.ID{}
	}
	return ids
}
