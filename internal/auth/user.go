package auth

import (
	"net/mail"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Status is where a user stands. Only approved users can sign in.
type Status string

// The states of a user.
const (
	Pending     Status = "pending"     // signed up, waits for an administrator
	Approved    Status = "approved"    // may sign in
	Rejected    Status = "rejected"    // was refused; can be approved later
	Deactivated Status = "deactivated" // may no longer sign in; everything they did stays
)

// Statuses lists the states.
func Statuses() []string {
	return []string{string(Pending), string(Approved), string(Rejected), string(Deactivated)}
}

// User is a member of staff. Email and Username are lower-cased and unique among users who are not deleted.
type User struct {
	ID                id.ID
	Email             string
	Username          string // empty when they have none
	Name              string
	Role              RoleRef
	Status            Status
	Available         bool // takes new tickets
	Teams             []id.ID
	PasswordChangedAt time.Time
	LastSeenAt        time.Time // of the last sign-in or token renewal; zero when never
	CreatedAt         time.Time
	UpdatedAt         time.Time

	passwordHash string
	lowerName    string // as the database orders it
}

// Version is what an ETag of the user is made from.
func (u User) Version() int64 { return u.UpdatedAt.UnixMicro() }

// RoleRef names a role beside a user.
type RoleRef struct {
	ID   id.ID
	Key  string
	Name string
}

var usernamePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,38}[a-z0-9]$`)

func (u User) validate() error {
	return errs.Check(
		errs.Length("name", u.Name, 1, 100),
		checkEmail("email", u.Email),
		errs.That(u.Username == "" || usernamePattern.MatchString(u.Username), "username", "must be 3 to 40 letters a-z, digits, dots, hyphens and underscores"),
	)
}

func checkEmail(location, email string) *errs.Field {
	a, err := mail.ParseAddress(email)
	_, domain, _ := strings.Cut(email, "@")
	ok := err == nil && a.Address == email && a.Name == "" && len(email) <= 254 && strings.Contains(domain, ".") && !strings.ContainsAny(email, " \t\r\n\"<>(),;:\\")
	return errs.That(ok, location, "must be an e-mail address")
}

// fold is how e-mail addresses and user names are kept and compared.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(strings.TrimSpace(s))) }

// tidy is how people's names are kept.
func tidy(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, norm.NFC.String(s))), " ")
}
