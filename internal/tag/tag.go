package tag

import (
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Tag is a word with a colour.
type Tag struct {
	ID        id.ID
	Name      string
	Colour    string // #rrggbb
	BuiltIn   bool
	CreatedAt time.Time
}

// DefaultColour is that of tags made without one.
const DefaultColour = "#64748b"

// MaxTags is how many tags one object may have.
const MaxTags = 100

var colourPattern = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// Key is what makes a name unique: one spelling, one case, single spaces.
func Key(name string) string { return strings.ToLower(clean(name)) }

func clean(name string) string { return strings.Join(strings.Fields(norm.NFC.String(name)), " ") }

func (t *Tag) validate() error {
	t.Name, t.Colour = clean(t.Name), strings.ToLower(t.Colour)
	if t.Colour == "" {
		t.Colour = DefaultColour
	}
	return errs.Check(
		checkName("name", t.Name),
		errs.That(colourPattern.MatchString(t.Colour), "colour", "must be a colour such as #2563eb"),
	)
}

func checkName(at, name string) *errs.Field {
	if p := errs.Length(at, name, 1, 60); p != nil {
		return p
	}
	return errs.That(!strings.ContainsAny(name, ",\n\r\t"), at, "must not contain commas or line breaks")
}

// builtIn is the set that every workspace begins with.
func builtIn() []Tag {
	return []Tag{
		{Name: "High Value", Colour: "#b45309"},
		{Name: "Low Value", Colour: "#64748b"},
		{Name: "Waiting on order", Colour: "#2563eb"},
		{Name: "Already shipped", Colour: "#0f766e"},
		{Name: "Sentiment/menacing", Colour: "#991b1b"},
		{Name: "Sentiment/need-human", Colour: "#7c3aed"},
		{Name: "Sentiment/negative", Colour: "#c2410c"},
		{Name: "Sentiment/offensive", Colour: "#be123c"},
		{Name: "Sentiment/positive", Colour: "#15803d"},
		{Name: "Sentiment/urgent", Colour: "#b91c1c"},
		{Name: "top seller", Colour: "#15803d"},
		{Name: "high upsell", Colour: "#7c3aed"},
		{Name: "recall", Colour: "#b91c1c"},
		{Name: "issue", Colour: "#c2410c"},
	}
}
