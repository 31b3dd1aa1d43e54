package tenant

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// Status is whether a workspace may be used.
type Status string

// The states of a workspace.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
)

// Workspace is one brand.
type Workspace struct {
	ID        ID
	Slug      string // names it in host names and headers; unique in the installation
	Name      string
	Currency  string // ISO 4217, for what is not yet an order's
	Timezone  string // IANA name; days begin here
	Locale    string // BCP 47
	Status    Status
	Settings  Settings
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Settings are what an administrator decides about a workspace besides its name and place.
type Settings struct {
	SignUpOpen bool           `json:"signUpOpen"` // staff may ask for an account; an administrator approves
	Password   PasswordPolicy `json:"password"`
}

// PasswordPolicy is what a new password of staff must have.
type PasswordPolicy struct {
	MinLength int  `json:"minLength"` // 8 to 64 characters
	Upper     bool `json:"upper"`
	Digit     bool `json:"digit"`
	Special   bool `json:"special"`
}

// DefaultSettings are those of a new workspace.
func DefaultSettings() Settings {
	return Settings{SignUpOpen: true, Password: PasswordPolicy{MinLength: 8, Upper: true, Digit: true, Special: true}}
}

// read takes a JSONB column; what a stored text does not mention has its default.
func (s *Settings) read(text string) error {
	*s = DefaultSettings()
	return errs.Wrapf(json.Unmarshal([]byte(text), s), "read workspace settings")
}

func (w Workspace) validate() error {
	_, zoneErr := time.LoadLocation(w.Timezone)
	_, currencyErr := currency.ParseISO(w.Currency)
	_, localeErr := language.Parse(w.Locale)
	return errs.Check(
		errs.Length("name", w.Name, 1, 100),
		errs.That(isSlug(w.Slug), "slug", "must be 2 to 40 letters a-z, digits and hyphens, and neither begin nor end with a hyphen"),
		errs.That(!slices.Contains(reservedSlugs(), w.Slug), "slug", "is reserved"),
		errs.That(zoneErr == nil && w.Timezone != "" && w.Timezone != "Local", "timezone", "must be an IANA time zone such as Europe/London"),
		errs.That(currencyErr == nil && w.Currency == strings.ToUpper(w.Currency), "currency", "must be an ISO 4217 code such as GBP"),
		errs.That(localeErr == nil, "locale", "must be a language tag such as en-GB"),
		errs.Between("passwordPolicy.minLength", int64(w.Settings.Password.MinLength), 8, 64),
	)
}

// reservedSlugs would be mistaken for something else in a host name.
func reservedSlugs() []string {
	return []string{"www", "api", "app", "admin", "mail", "static", "assets", "cdn", "status", "help", "support", "localhost"}
}

func isSlug(s string) bool {
	if len(s) < 2 || len(s) > 40 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return true
}

// slugOf makes a short name from a brand's: "Crème & Co." becomes "creme-co". A name without any Latin
// letter or digit becomes "workspace".
func slugOf(name string) string {
	var b strings.Builder
	hyphen := false
	for _, r := range strings.ToLower(norm.NFKD.String(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if hyphen && b.Len() > 0 {
				b.WriteByte('-')
			}
			hyphen = false
			b.WriteRune(r)
		case r >= 0x300 && r <= 0x36f: // the accent of the letter before
		default:
			hyphen = true
		}
		if b.Len() >= 32 {
			break
		}
	}
	s := strings.Trim(b.String(), "-")
	if len(s) < 2 || slices.Contains(reservedSlugs(), s) {
		s = strings.Trim("workspace-"+s, "-")
	}
	return s
}
