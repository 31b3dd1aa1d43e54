package customer

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tag"
)

// Kind is what a customer is.
type Kind string

// The kinds.
const (
	Person  Kind = "person"
	Company Kind = "company"
)

// Status is where a customer stands with the brand.
type Status string

// The states.
const (
	Lead        Status = "lead"
	Opportunity Status = "opportunity"
	Active      Status = "customer"
	Inactive    Status = "inactive"
)

// Address is where a customer lives. Country is an ISO 3166 code of two capital letters.
type Address struct {
	Line1    string `json:"line1,omitempty"`
	Line2    string `json:"line2,omitempty"`
	City     string `json:"city,omitempty"`
	Region   string `json:"region,omitempty"`
	Postcode string `json:"postcode,omitempty"`
	Country  string `json:"country,omitempty"`
}

// Customer is one person or company. Tags and Groups are filled by lists and single reads, Identities
// and OwnerName by what their readers need.
type Customer struct {
	ID         id.ID
	Kind       Kind
	Status     Status
	FirstName  string
	LastName   string
	Company    string
	NameMadeUp bool // the name was made from an outside id, nobody gave it
	Email      string
	Phone      string // E.164
	Address    Address
	Level      string
	Owner      id.ID
	BirthDate  string // YYYY-MM-DD or empty
	ReferredBy id.ID
	Fields     map[string]any
	Source     string // how the customer came in: app, api, import, …
	Version    int64
	CreatedAt  time.Time
	UpdatedAt  time.Time

	OwnerName  string
	Tags       []tag.Tag
	Groups     []GroupRef
	Identities []Identity
}

// GroupRef is a group beside a customer.
type GroupRef struct {
	ID   id.ID
	Name string
}

// Name is what people see: the person's name, the company's, or what else is known.
func (c *Customer) Name() string {
	return displayName(c.Kind, c.FirstName, c.LastName, c.Company, c.Email, c.Phone)
}

func displayName(k Kind, first, last, company, email, phone string) string {
	person := strings.TrimSpace(first + " " + last)
	names := []string{person, company, email, phone}
	if k == Company {
		names[0], names[1] = company, person
	}
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return "Unknown customer"
}

// key is the sort key of the name: lower case, without diacritics.
func (c *Customer) key() string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(c.Name())) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (c *Customer) tidy() {
	for _, s := range []*string{
		&c.FirstName, &c.LastName, &c.Company, &c.Level,
		&c.Address.Line1, &c.Address.Line2, &c.Address.City, &c.Address.Region, &c.Address.Postcode,
	} {
		*s = strings.Join(strings.Fields(norm.NFC.String(*s)), " ")
	}
	c.Address.Country = strings.ToUpper(strings.TrimSpace(c.Address.Country))
}

// validate checks what can be checked without the database.
func (c *Customer) validate(now time.Time) error {
	return errs.Check(
		errs.OneOf("kind", c.Kind, Person, Company),
		errs.OneOf("status", c.Status, Lead, Opportunity, Active, Inactive),
		errs.Length("firstName", c.FirstName, 0, 100),
		errs.Length("lastName", c.LastName, 0, 100),
		errs.Length("company", c.Company, 0, 200),
		errs.That(c.Kind != Company || c.Company != "", "company", "is needed for a company"),
		errs.Length("level", c.Level, 0, 40),
		errs.Length("address.line1", c.Address.Line1, 0, 200),
		errs.Length("address.line2", c.Address.Line2, 0, 200),
		errs.Length("address.city", c.Address.City, 0, 100),
		errs.Length("address.region", c.Address.Region, 0, 100),
		errs.Length("address.postcode", c.Address.Postcode, 0, 20),
		errs.That(c.Address.Country == "" || isCountry(c.Address.Country), "address.country", "must be two letters such as GB (ISO 3166)"),
		errs.That(c.BirthDate == "" || isBirthDate(c.BirthDate, now), "birthDate", "must be a date such as 1985-12-31, not in the future"),
	)
}

// named reports that there is something to call the customer by.
func (c *Customer) named() error {
	return errs.Check(errs.That(c.FirstName != "" || c.LastName != "" || c.Company != "" || c.Email != "" || c.Phone != "" || len(c.Identities) > 0,
		"firstName", "or another name, an e-mail address or a phone number is needed"))
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

func isBirthDate(s string, now time.Time) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Year() >= 1880 && !t.After(now)
}
