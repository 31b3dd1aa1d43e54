package fieldapi

import (
	"time"

	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Rules is what a value must obey.
type Rules struct {
	Min       *float64 `json:"min,omitempty" doc:"Least number" example:"0"`
	Max       *float64 `json:"max,omitempty" doc:"Greatest number" example:"60"`
	MinDate   string   `json:"minDate,omitempty" doc:"Earliest date" example:"2020-01-01"`
	MaxDate   string   `json:"maxDate,omitempty" doc:"Latest date" example:"2030-12-31"`
	Pattern   string   `json:"pattern,omitempty" doc:"Regular expression (RE2) that a text must match as a whole" example:"[A-Z]{2}[0-9]{4}"`
	MaxLength int      `json:"maxLength,omitempty" doc:"Most characters of a text" example:"40"`
}

// Field is a definition on the wire.
type Field struct {
	ID         id.ID     `json:"id" doc:"Field"`
	Object     string    `json:"object" enum:"customers,tickets,orders,products" doc:"What has the field" example:"customers"`
	Key        string    `json:"key" doc:"Name in fields and in filters as field.<key>" example:"shoeSize"`
	Label      string    `json:"label" doc:"Name that people see" example:"Shoe size"`
	Type       string    `json:"type" enum:"text,number,date,boolean,list" doc:"Kind of its values" example:"number"`
	Options    []string  `json:"options" nullable:"false" doc:"Values of a list, in order"`
	Rules      Rules     `json:"rules"`
	Default    any       `json:"default" doc:"Given to new objects; null for none"`
	Required   bool      `json:"required" doc:"New objects must have a value, and it cannot be cleared" example:"false"`
	Indexed    bool      `json:"indexed" doc:"Quick to filter by, and sortable" example:"true"`
	IndexReady bool      `json:"indexReady" doc:"False while the index is being built in the background" example:"true"`
	Position   int64     `json:"position" doc:"Place in forms" example:"10"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
}

func show(f field.Field) Field {
	options := f.Options
	if options == nil {
		options = []string{}
	}
	return Field{
		ID: f.ID, Object: string(f.Object), Key: f.Key, Label: f.Label, Type: string(f.Type), Options: options, Rules: Rules(f.Rules),
		Default: f.Default, Required: f.Required, Indexed: f.Indexed, IndexReady: f.IndexReady, Position: f.Position, CreatedAt: f.CreatedAt, UpdatedAt: f.UpdatedAt,
	}
}

type fieldOutput struct{ Body Field }

type listInput struct {
	Object string `query:"object" enum:"customers,tickets,orders,products" doc:"Only fields of these objects" example:"customers"`
}

// CreateBody is what a new field is made from.
type CreateBody struct {
	Key      string   `json:"key" doc:"Name in fields: letters, digits and _, beginning with a lower-case letter; cannot be changed" example:"shoeSize"`
	Label    string   `json:"label" doc:"Name that people see" example:"Shoe size"`
	Type     string   `json:"type" enum:"text,number,date,boolean,list" doc:"Kind of its values; cannot be changed" example:"number"`
	Options  []string `json:"options,omitempty" nullable:"false" doc:"Values of a list, in order; for the type list only" example:"[]"`
	Rules    Rules    `json:"rules,omitempty" doc:"What values must obey" example:"{\"min\": 10, \"max\": 60}"`
	Default  any      `json:"default,omitempty" doc:"Given to new objects" example:"40"`
	Required bool     `json:"required,omitempty" doc:"New objects must have a value" example:"false"`
	Indexed  bool     `json:"indexed,omitempty" doc:"Make it quick to filter by, and sortable" example:"true"`
	Position int64    `json:"position,omitempty" doc:"Place in forms" example:"10"`
}

type createInput struct {
	Body struct {
		Object string `json:"object" enum:"customers,tickets,orders,products" doc:"What gets the field" example:"tickets"`
		CreateBody
	}
}

type createOfInput struct{ Body CreateBody }

type fieldInput struct {
	ID id.ID `path:"id" doc:"Field"`
}

type updateInput struct {
	ID   id.ID `path:"id" doc:"Field"`
	Body struct {
		Key      httpx.Patch[string]   `json:"key" doc:"Cannot be changed; accepted when it is the same" example:"shoeSize"`
		Type     httpx.Patch[string]   `json:"type" doc:"Cannot be changed; accepted when it is the same" example:"number"`
		Label    httpx.Patch[string]   `json:"label" doc:"Name that people see" example:"Shoe size (EU)"`
		Options  httpx.Patch[[]string] `json:"options" doc:"All values of a list, in order"`
		Rules    httpx.Patch[Rules]    `json:"rules" doc:"All rules; null for none"`
		Default  httpx.Patch[any]      `json:"default" doc:"Given to new objects; null for none"`
		Required httpx.Patch[bool]     `json:"required" doc:"New objects must have a value" example:"false"`
		Indexed  httpx.Patch[bool]     `json:"indexed" doc:"Make it quick to filter by, and sortable" example:"true"`
		Position httpx.Patch[int64]    `json:"position" doc:"Place in forms" example:"20"`
	}
}
