package customer

import (
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// IdentityKind is how a customer is known.
type IdentityKind string

// The kinds of identities.
const (
	Email    IdentityKind = "email"
	Phone    IdentityKind = "phone"
	Social   IdentityKind = "social"   // a handle; System is the network
	External IdentityKind = "external" // an id in an outside system; System is its name
)

// Identity is one way a customer is known. Value is normalised, Display is as it was given.
type Identity struct {
	ID        id.ID
	Customer  id.ID
	Kind      IdentityKind
	Value     string
	Display   string
	System    string // network or outside system; empty for e-mail and phone
	Primary   bool   // of its kind; e-mail and phone only
	CreatedAt time.Time
}

// IdentityDraft is an identity as a person or a file gives it.
type IdentityDraft struct {
	Kind    IdentityKind
	Value   string
	System  string
	Primary bool
}

// maxIdentities is how many ways one customer may be known.
const maxIdentities = 100

// normalise brings a draft into the form that is unique. at names the value in errors; region is the
// country (ISO 3166) of phone numbers that are written without one.
func (d IdentityDraft) normalise(at, region string) (Identity, *errs.Field) {
	i := Identity{Kind: d.Kind, Display: strings.TrimSpace(d.Value), System: strings.ToLower(strings.TrimSpace(d.System)), Primary: d.Primary}
	wrong := func(message string) (Identity, *errs.Field) {
		return Identity{}, &errs.Field{Location: at, Message: message}
	}
	if p := errs.Length(at, i.Display, 1, 254); p != nil {
		return Identity{}, p
	}
	switch d.Kind {
	case Email:
		value, ok := normalEmail(i.Display)
		if !ok {
			return wrong("must be an e-mail address such as ada@example.com")
		}
		i.Value, i.System = value, ""
	case Phone:
		value, ok := normalPhone(i.Display, region)
		if !ok && region == "" {
			return wrong("must be a phone number with its country, such as +44 20 7946 0018")
		}
		if !ok {
			return wrong("must be a phone number; with its country, such as +44 20 7946 0018, when it is not one of " + region)
		}
		i.Value, i.System = value, ""
	case Social:
		i.Value = strings.ToLower(strings.TrimPrefix(i.Display, "@"))
	case External:
		i.Value = i.Display
	default:
		return wrong("is of an unknown kind; there are email, phone, social, external")
	}
	if d.Kind == Social || d.Kind == External {
		i.Primary = false
		if p := errs.Length(at, i.System, 1, 60); p != nil {
			return wrong("needs its system, such as shopify or instagram")
		}
	}
	return i, nil
}

func normalEmail(s string) (string, bool) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" || strings.ContainsAny(s, " \t\r\n\"<>(),;:\\") {
		return "", false
	}
	_, domain, _ := strings.Cut(s, "@")
	if !strings.Contains(strings.Trim(domain, "."), ".") || strings.HasSuffix(domain, ".") {
		return "", false
	}
	return strings.ToLower(s), true
}

// normalPhone gives E.164. Numbers need only be possible, not assigned: numbering plans change faster
// than programs are updated.
func normalPhone(s, region string) (string, bool) {
	if strings.ContainsAny(s, "\x00\r\n") {
		return "", false
	}
	n, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

// taken says that somebody else has an identity; owner is zero when the actor may not know who.
func taken(at string, owner id.ID) *errs.Error {
	message := "belongs to another customer"
	if !owner.IsZero() {
		message = fmt.Sprintf("belongs to customer %s", owner)
	}
	return &errs.Error{
		Kind: errs.Conflict, Code: "identity_taken", Message: "Another customer is already known by this.",
		Fields: []errs.Field{{Location: at, Message: message}},
	}
}
