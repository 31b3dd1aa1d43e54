package field

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Object is what a field belongs to.
type Object string

// The objects that have fields.
const (
	Customers Object = "customers"
	Tickets   Object = "tickets"
	Orders    Object = "orders"
	Products  Object = "products"
)

// Objects lists what may have fields.
func Objects() []Object { return []Object{Customers, Tickets, Orders, Products} }

// Type is the kind of a field's values.
type Type string

// The types.
const (
	Text    Type = "text"    // JSON string
	Number  Type = "number"  // JSON number, double precision
	Date    Type = "date"    // JSON string, YYYY-MM-DD
	Boolean Type = "boolean" // JSON boolean
	List    Type = "list"    // JSON string, one of the options
)

// Limits of definitions.
const (
	MaxFields      = 200    // per object, as more makes every form unusable
	MaxIndexed     = 20     // per object, because each adds a row per object
	MaxOptions     = 200    // of a list
	MaxText        = 10_000 // characters of a text value
	maxIndexedText = 250    // characters of a text value that is indexed
)

// Rules narrow the values. Zero fields do not.
type Rules struct {
	Min       *float64 `json:"min,omitempty"`       // number
	Max       *float64 `json:"max,omitempty"`       // number
	MinDate   string   `json:"minDate,omitempty"`   // date
	MaxDate   string   `json:"maxDate,omitempty"`   // date
	Pattern   string   `json:"pattern,omitempty"`   // text; RE2, must match the whole value
	MaxLength int      `json:"maxLength,omitempty"` // text; characters
}

// Field is one definition.
type Field struct {
	ID         id.ID
	Object     Object
	Key        string // name in "fields", fixed at creation
	Label      string
	Type       Type // fixed at creation
	Options    []string
	Rules      Rules
	Default    any // given to new objects; nil for none
	Required   bool
	Indexed    bool
	IndexReady bool // false while the index is being built
	Position   int64
	CreatedAt  time.Time
	UpdatedAt  time.Time

	deleted bool
	pattern *regexp.Regexp
}

// Draft is what a person says about a field. Object, Key and Type count at creation only.
type Draft struct {
	Object   Object
	Key      string
	Label    string
	Type     Type
	Options  []string
	Rules    Rules
	Default  any
	Required bool
	Indexed  bool
	Position int64
}

// same reports that two forms of a field say the same.
func (f *Field) same(o *Field) bool {
	return f.Label == o.Label && slices.Equal(f.Options, o.Options) && reflect.DeepEqual(f.Rules, o.Rules) && reflect.DeepEqual(f.Default, o.Default) &&
		f.Required == o.Required && f.Indexed == o.Indexed && f.Position == o.Position
}

func isKey(s string) bool {
	if s == "" || len(s) > 40 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// validate checks the definition and compiles its pattern.
func (f *Field) validate() error {
	f.Label = strings.TrimSpace(f.Label)
	problems := []*errs.Field{
		errs.OneOf("object", f.Object, Objects()...),
		errs.That(isKey(f.Key), "key", "must begin with a lower-case letter and hold at most 40 letters, digits and _"),
		errs.Length("label", f.Label, 1, 80),
		errs.OneOf("type", f.Type, Text, Number, Date, Boolean, List),
		errs.Between("position", f.Position, 0, 1_000_000),
	}
	problems = append(problems, f.checkOptions()...)
	problems = append(problems, f.checkRules()...)
	if err := errs.Check(problems...); err != nil {
		return err
	}
	if f.Default != nil {
		v, problem := f.value("default", f.Default)
		if problem != nil {
			return errs.Check(problem)
		}
		f.Default = v
	}
	return nil
}

func (f *Field) checkOptions() []*errs.Field {
	if f.Type != List {
		return []*errs.Field{errs.That(len(f.Options) == 0, "options", "belong to a list only")}
	}
	if len(f.Options) == 0 || len(f.Options) > MaxOptions {
		return []*errs.Field{{Location: "options", Message: fmt.Sprintf("must have 1 to %d entries, has %d", MaxOptions, len(f.Options))}}
	}
	var problems []*errs.Field
	for i, o := range f.Options {
		o = strings.TrimSpace(o)
		f.Options[i] = o
		at := fmt.Sprintf("options[%d]", i)
		problems = append(problems, errs.Length(at, o, 1, 100),
			errs.That(!slices.Contains(f.Options[:i], o), at, "is there twice"))
	}
	return problems
}

func (f *Field) checkRules() []*errs.Field {
	r := f.Rules
	problems := []*errs.Field{
		errs.That(f.Type == Number || r.Min == nil, "rules.min", "belongs to a number only"),
		errs.That(f.Type == Number || r.Max == nil, "rules.max", "belongs to a number only"),
		errs.That(r.Min == nil || r.Max == nil || *r.Min <= *r.Max, "rules.max", "must not be less than min"),
		errs.That(f.Type == Date || r.MinDate == "", "rules.minDate", "belongs to a date only"),
		errs.That(f.Type == Date || r.MaxDate == "", "rules.maxDate", "belongs to a date only"),
		errs.That(r.MinDate == "" || isDate(r.MinDate), "rules.minDate", "must be a date such as 2026-01-31"),
		errs.That(r.MaxDate == "" || isDate(r.MaxDate), "rules.maxDate", "must be a date such as 2026-01-31"),
		errs.That(r.MinDate == "" || r.MaxDate == "" || r.MinDate <= r.MaxDate, "rules.maxDate", "must not be before minDate"),
		errs.That(f.Type == Text || r.Pattern == "", "rules.pattern", "belongs to a text only"),
		errs.That(f.Type == Text || r.MaxLength == 0, "rules.maxLength", "belongs to a text only"),
		errs.Between("rules.maxLength", int64(r.MaxLength), 0, MaxText),
		errs.Length("rules.pattern", r.Pattern, 0, 200),
	}
	if f.Type == Text && f.Indexed && r.MaxLength > maxIndexedText {
		problems = append(problems, &errs.Field{Location: "rules.maxLength", Message: fmt.Sprintf("must be at most %d when the field is indexed", maxIndexedText)})
	}
	if r.Pattern != "" {
		re, err := compile(r.Pattern)
		if err != nil {
			problems = append(problems, &errs.Field{Location: "rules.pattern", Message: "is no regular expression (RE2): " + err.Error()})
		}
		f.pattern = re
	}
	return problems
}

func compile(pattern string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile(`^(?:` + pattern + `)$`)
}

// limit is how many characters a text value may have.
func (f *Field) limit() int {
	switch {
	case f.Rules.MaxLength > 0:
		return f.Rules.MaxLength
	case f.Indexed:
		return maxIndexedText
	}
	return MaxText
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// blank reports a value that counts as none for a required field.
func blank(v any) bool {
	s, ok := v.(string)
	return v == nil || ok && utf8.RuneCountInString(strings.TrimSpace(s)) == 0
}
