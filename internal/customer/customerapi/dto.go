package customerapi

import (
	"encoding/json"
	"time"

	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
)

// Named is an object beside its id.
type Named struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name" doc:"Name that people see" example:"Sam Okafor"`
}

// TagRef is a tag on a customer.
type TagRef struct {
	ID     id.ID  `json:"id"`
	Name   string `json:"name" example:"High Value"`
	Colour string `json:"colour" doc:"As #rrggbb" example:"#b45309"`
}

// Address is where a customer lives.
type Address struct {
	Line1    string `json:"line1" example:"12 Mill Lane"`
	Line2    string `json:"line2" example:""`
	City     string `json:"city" example:"Leeds"`
	Region   string `json:"region" example:"West Yorkshire"`
	Postcode string `json:"postcode" example:"LS1 4AP"`
	Country  string `json:"country" doc:"ISO 3166, two letters" example:"GB"`
}

// Identity is a way a customer is known.
type Identity struct {
	ID        id.ID     `json:"id"`
	Kind      string    `json:"kind" enum:"email,phone,social,external" example:"email"`
	Value     string    `json:"value" doc:"Normalised: lower-case address, E.164 number, handle, outside id" example:"ada@example.com"`
	Display   string    `json:"display" doc:"As it was given" example:"Ada@example.com"`
	System    string    `json:"system" doc:"Network or outside system" example:""`
	Primary   bool      `json:"primary" doc:"First of its kind" example:"true"`
	CreatedAt time.Time `json:"createdAt"`
}

// Stats is what a customer bought.
type Stats struct {
	Orders int64         `json:"orders" doc:"Orders placed, returns not counted" example:"7"`
	Values []money.Money `json:"values" nullable:"false" doc:"Sum of all orders less returns, per currency"`
}

// Customer is a customer on the wire. Identities and stats come with a single read only.
type Customer struct {
	ID           id.ID          `json:"id"`
	Kind         string         `json:"kind" enum:"person,company" example:"person"`
	Status       string         `json:"status" enum:"lead,opportunity,customer,inactive" example:"customer"`
	FirstName    string         `json:"firstName" example:"Ada"`
	LastName     string         `json:"lastName" example:"Lovelace"`
	Name         string         `json:"name" doc:"Name to show" example:"Ada Lovelace"`
	NameMadeUp   bool           `json:"nameMadeUp" doc:"Nobody gave the name, it was made from an outside id" example:"false"`
	Company      string         `json:"company" example:""`
	Email        string         `json:"email" doc:"Primary e-mail address" example:"ada@example.com"`
	Phone        string         `json:"phone" doc:"Primary phone number, E.164" example:"+12025550143"`
	Address      Address        `json:"address"`
	Level        string         `json:"level" example:"Gold"`
	OwnerID      *id.ID         `json:"ownerId" doc:"User who looks after the customer"`
	Owner        *Named         `json:"owner,omitempty" doc:"Left out when there is none"`
	Groups       []Named        `json:"groups" nullable:"false"`
	Tags         []TagRef       `json:"tags" nullable:"false"`
	BirthDate    *string        `json:"birthDate" format:"date" example:"1985-12-10"`
	ReferredByID *id.ID         `json:"referredById" doc:"Customer who brought this one"`
	Fields       map[string]any `json:"fields" doc:"Custom values by key"`
	Identities   []Identity     `json:"identities,omitempty" nullable:"false" doc:"Every way the customer is known; single read only"`
	Stats        *Stats         `json:"stats,omitempty" doc:"What they bought; single read only"`
	CreatedAt    time.Time      `json:"createdAt"`
	UpdatedAt    time.Time      `json:"updatedAt"`
}

// columns are what fields= may name.
func columns() []string {
	return []string{
		"id", "kind", "status", "firstName", "lastName", "name", "nameMadeUp", "company", "email", "phone", "address", "level", "ownerId", "owner",
		"groups", "tags", "birthDate", "referredById", "fields", "createdAt", "updatedAt",
	}
}

func show(c *customer.Customer) Customer {
	out := Customer{
		ID: c.ID, Kind: string(c.Kind), Status: string(c.Status), FirstName: c.FirstName, LastName: c.LastName, Name: c.Name(), NameMadeUp: c.NameMadeUp,
		Company: c.Company, Email: c.Email, Phone: c.Phone, Address: Address(c.Address), Level: c.Level, OwnerID: optional(c.Owner),
		ReferredByID: optional(c.ReferredBy), Fields: c.Fields, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
		Groups: make([]Named, len(c.Groups)), Tags: make([]TagRef, len(c.Tags)),
	}
	if !c.Owner.IsZero() {
		out.Owner = &Named{c.Owner, c.OwnerName}
	}
	if c.BirthDate != "" {
		out.BirthDate = &c.BirthDate
	}
	if out.Fields == nil {
		out.Fields = map[string]any{}
	}
	for i, g := range c.Groups {
		out.Groups[i] = Named(g)
	}
	for i, t := range c.Tags {
		out.Tags[i] = TagRef{t.ID, t.Name, t.Colour}
	}
	for _, i := range c.Identities {
		out.Identities = append(out.Identities, showIdentity(i))
	}
	return out
}

func showIdentity(i customer.Identity) Identity {
	return Identity{ID: i.ID, Kind: string(i.Kind), Value: i.Value, Display: i.Display, System: i.System, Primary: i.Primary, CreatedAt: i.CreatedAt}
}

func optional(i id.ID) *id.ID {
	if i.IsZero() {
		return nil
	}
	return &i
}

type customerOutput struct {
	httpx.Tagged
	Body Customer
}

type customerInput struct {
	ID id.ID `path:"id" doc:"Customer"`
}

// identityBody is an identity that a request adds.
type identityBody struct {
	Kind    string `json:"kind" enum:"email,phone,social,external" example:"email"`
	Value   string `json:"value" doc:"Address, number, handle or outside id" minLength:"1" maxLength:"254" example:"ada.work@example.com"`
	System  string `json:"system,omitempty" doc:"Network or outside system, for social and external" example:""`
	Primary bool   `json:"primary,omitempty" doc:"Make it the first of its kind" example:"false"`
}

func (b identityBody) draft() customer.IdentityDraft {
	return customer.IdentityDraft{Kind: customer.IdentityKind(b.Kind), Value: b.Value, System: b.System, Primary: b.Primary}
}

// addressBody changes parts of an address.
type addressBody struct {
	Line1    httpx.Patch[string] `json:"line1" doc:"Street and number" example:"12 Mill Lane"`
	Line2    httpx.Patch[string] `json:"line2" doc:"Building, flat" example:"Flat 3"`
	City     httpx.Patch[string] `json:"city" doc:"Town or city" example:"Leeds"`
	Region   httpx.Patch[string] `json:"region" doc:"County, state" example:"West Yorkshire"`
	Postcode httpx.Patch[string] `json:"postcode" doc:"Postal code" example:"LS1 4AP"`
	Country  httpx.Patch[string] `json:"country" doc:"ISO 3166, two letters" example:"GB"`
}

// CustomerBody is what a write may say about a customer.
type CustomerBody struct {
	Kind         httpx.Patch[string]         `json:"kind" enum:"person,company" doc:"person or company" example:"person"`
	Status       httpx.Patch[string]         `json:"status" enum:"lead,opportunity,customer,inactive" doc:"lead, opportunity, customer or inactive" example:"customer"`
	FirstName    httpx.Patch[string]         `json:"firstName" doc:"Given name" example:"Ada"`
	LastName     httpx.Patch[string]         `json:"lastName" doc:"Family name" example:"Lovelace"`
	Company      httpx.Patch[string]         `json:"company" doc:"Company; needed when kind is company" example:"Analytical Engines"`
	Email        httpx.Patch[string]         `json:"email" doc:"Primary e-mail address; replaces the present one" example:"ada@example.com"`
	Phone        httpx.Patch[string]         `json:"phone" doc:"Primary phone number; with its country, or one of the customer's country" example:"+1 202 555 0143"`
	Address      httpx.Patch[addressBody]    `json:"address" doc:"Only the parts that are sent change; null empties it"`
	Level        httpx.Patch[string]         `json:"level" doc:"Level" example:"Gold"`
	OwnerID      httpx.Patch[id.ID]          `json:"ownerId" doc:"User who looks after the customer"`
	BirthDate    httpx.Patch[string]         `json:"birthDate" doc:"YYYY-MM-DD" example:"1985-12-10"`
	ReferredByID httpx.Patch[id.ID]          `json:"referredById" doc:"Customer who brought this one"`
	GroupIDs     httpx.Patch[[]id.ID]        `json:"groupIds" doc:"All groups of the customer"`
	Tags         httpx.Patch[[]string]       `json:"tags" doc:"All tags of the customer, by name; new names need tags:write" example:"[\"High Value\"]"`
	Fields       httpx.Patch[map[string]any] `json:"fields" doc:"Custom values by key; only the keys that are sent change, null clears one"`
}

func (b *CustomerBody) patch() customer.Patch {
	p := customer.Patch{
		FirstName: b.FirstName.Pointer(), LastName: b.LastName.Pointer(), Company: b.Company.Pointer(), Email: b.Email.Pointer(), Phone: b.Phone.Pointer(),
		Level: b.Level.Pointer(), Owner: b.OwnerID.Pointer(), BirthDate: b.BirthDate.Pointer(), ReferredBy: b.ReferredByID.Pointer(),
		Groups: b.GroupIDs.Pointer(), Tags: b.Tags.Pointer(),
	}
	if b.Kind.Set {
		k := customer.Kind(b.Kind.Value)
		p.Kind = &k
	}
	if b.Status.Set {
		s := customer.Status(b.Status.Value)
		p.Status = &s
	}
	if b.Fields.Set {
		p.Fields = b.Fields.Value
	}
	if b.Address.Set {
		a := b.Address.Value
		p.Address = &customer.AddressPatch{
			Clear: b.Address.Null, Line1: a.Line1.Pointer(), Line2: a.Line2.Pointer(), City: a.City.Pointer(), Region: a.Region.Pointer(),
			Postcode: a.Postcode.Pointer(), Country: a.Country.Pointer(),
		}
	}
	return p
}

type listInput struct{ httpx.ListInput }

type createInput struct {
	Body struct {
		CustomerBody
		Identities []identityBody `json:"identities,omitempty" nullable:"false" maxItems:"100" doc:"More ways the customer is known" example:"[{\"kind\":\"external\",\"system\":\"shop\",\"value\":\"10482\"}]"`
	}
}

type updateInput struct {
	httpx.IfMatch
	ID   id.ID `path:"id" doc:"Customer"`
	Body CustomerBody
}

type deleteInput struct {
	httpx.IfMatch
	ID id.ID `path:"id" doc:"Customer"`
}

type batchItem struct {
	ID      id.ID `json:"id" doc:"Customer"`
	Version int64 `json:"version,omitempty" doc:"Version that was read (number in the ETag); a newer one refuses the item" example:"0"`
	CustomerBody
}

type batchInput struct {
	Body struct {
		Customers []batchItem `json:"customers" nullable:"false" minItems:"1" maxItems:"1000" doc:"Changes, at most 1000"`
	}
}

// BatchProblem says why an item was refused.
type BatchProblem struct {
	Status int               `json:"status" doc:"Status that the change alone would have got" example:"422"`
	Code   string            `json:"code" example:"invalid"`
	Detail string            `json:"detail" example:"Some fields need attention."`
	Errors []BatchFieldError `json:"errors" nullable:"false"`
}

// BatchFieldError is one field of an item that is wrong.
type BatchFieldError struct {
	Location string `json:"location" example:"email"`
	Message  string `json:"message" example:"must be an e-mail address such as ada@example.com"`
}

// BatchResult is what became of one item, in the same place.
type BatchResult struct {
	ID      id.ID         `json:"id"`
	Updated bool          `json:"updated" example:"true"`
	Version int64         `json:"version,omitempty" doc:"Version after the change" example:"2"`
	Error   *BatchProblem `json:"error,omitempty"`
}

type batchOutput struct {
	Body struct {
		Updated int           `json:"updated" doc:"Items that were applied" example:"1"`
		Failed  int           `json:"failed" doc:"Items that were refused" example:"0"`
		Results []BatchResult `json:"results" nullable:"false"`
	}
}

// Note is a note on the wire.
type Note struct {
	ID        id.ID     `json:"id"`
	Body      string    `json:"body" doc:"Plain text" example:"Prefers the phone."`
	AuthorID  id.ID     `json:"authorId"`
	Author    Named     `json:"author"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

func showNote(n customer.Note) Note {
	return Note{ID: n.ID, Body: n.Body, AuthorID: n.Author, Author: Named{n.Author, n.AuthorName}, CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt}
}

// Group is a group on the wire.
type Group struct {
	ID          id.ID     `json:"id"`
	Name        string    `json:"name" example:"Wholesale"`
	Description string    `json:"description" example:"Shops that buy to sell"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

func showGroup(g customer.Group) Group { return Group(g) }

// Actor is who made something happen.
type Actor struct {
	Kind string `json:"kind" enum:"user,customer,system,import" example:"user"`
	ID   *id.ID `json:"id"`
	Name string `json:"name" doc:"Of a user" example:"Sam Okafor"`
}

// ObjectRef is what something happened to.
type ObjectRef struct {
	Kind string `json:"kind" example:"ticket"`
	ID   *id.ID `json:"id"`
}

// Moment is one thing on the journey.
type Moment struct {
	ID         id.ID           `json:"id"`
	Kind       string          `json:"kind" doc:"What happened" example:"customer.note_added"`
	OccurredAt time.Time       `json:"occurredAt" doc:"When it happened"`
	RecordedAt time.Time       `json:"recordedAt" doc:"When it was written down; later for imported history"`
	Actor      Actor           `json:"actor"`
	Object     ObjectRef       `json:"object"`
	Data       json.RawMessage `json:"data" doc:"Details by kind"`
	Note       string          `json:"note,omitempty" doc:"Text of a note that is still there" example:"Prefers the phone."`
}

func showMoment(m customer.Moment) Moment {
	return Moment{
		ID: m.ID, Kind: m.Kind, OccurredAt: m.OccurredAt, RecordedAt: m.RecordedAt, Actor: Actor{m.ActorKind, optional(m.ActorID), m.ActorName},
		Object: ObjectRef{m.ObjectKind, optional(m.Object)}, Data: m.Data, Note: m.Note,
	}
}
