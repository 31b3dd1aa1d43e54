package httpx

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

//go:embed reference_page.html
var pageTemplate string

// shownPage is what the reference's template sees.
type shownPage struct {
	Title, Version, Description, Base string
	Groups                            []shownGroup
	Problems                          []shownProblem
}

type shownGroup struct {
	Name, Anchor string
	Operations   []shownOperation
}

type shownOperation struct {
	ID, Method, Path, Summary, Description, Permission string
	Public                                             bool
	Filters, Sorts                                     []string
	Parameters, Fields, Answers                        []shownField
	Bodies                                             []string // media types
	Status, Statuses                                   string
	Example, AnswerExample                             string
	Problems                                           []shownProblem
}

type shownField struct {
	Name, In, Type, Doc, Rules string
	Required                   bool
}

type shownProblem struct{ Kind, Status, Title, Text string }

func (a *API) renderPage() ([]byte, error) {
	t, err := template.New("reference").Parse(pageTemplate)
	if err != nil {
		return nil, errs.Wrapf(err, "read the reference's template")
	}
	base := a.cfg.BaseURL
	if base == "" {
		base = "http://localhost:8080"
	}
	page := shownPage{Title: a.cfg.Title, Version: a.cfg.Version, Description: a.cfg.Description, Base: base + Prefix}
	for _, k := range kinds() {
		status, title := StatusOf(k)
		page.Problems = append(page.Problems, shownProblem{Kind: k.String(), Status: statusText(status), Title: title, Text: explain(k)})
	}
	names, byName := a.groups()
	for _, n := range names {
		g := shownGroup{Name: n, Anchor: "group-" + strings.ToLower(strings.ReplaceAll(n, " ", "-"))}
		for _, o := range byName[n] {
			g.Operations = append(g.Operations, a.show(o, page.Base))
		}
		page.Groups = append(page.Groups, g)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, page); err != nil {
		return nil, errs.Wrapf(err, "render the reference")
	}
	return out.Bytes(), nil
}

func (a *API) show(o *operation, base string) shownOperation {
	s := shownOperation{
		ID: o.doc.ID, Method: o.route.Method, Path: o.route.Path, Summary: o.doc.Summary, Description: o.doc.Description,
		Permission: o.doc.Permission, Public: o.doc.Public, Filters: o.doc.Filters, Sorts: o.doc.Sorts,
		Status: statusText(o.huma.DefaultStatus),
	}
	for _, p := range o.huma.Parameters {
		if slices.Contains(o.doc.Filters, p.Name) && p.In == "query" {
			continue // listed on their own
		}
		s.Parameters = append(s.Parameters, shownField{Name: p.Name, In: p.In, Type: typeName(p.Schema), Doc: p.Description, Rules: rules(p.Schema), Required: p.Required})
	}
	var body any
	if b := o.huma.RequestBody; b != nil {
		s.Bodies = slices.Sorted(maps.Keys(b.Content))
		m := b.Content["application/json"]
		if m == nil {
			m = b.Content[s.Bodies[0]]
		}
		s.Fields = a.fields(m.Schema, "", 0)
		body = m.Example
	}
	s.Example = curl(o, base, s.Bodies, body)
	if r := o.huma.Responses[s.Status]; r != nil {
		for _, kind := range slices.Sorted(maps.Keys(r.Content)) {
			s.Answers = a.fields(r.Content[kind].Schema, "", 0)
			s.AnswerExample = indented(r.Content[kind].Example)
		}
	}
	for _, k := range kinds() {
		status, title := StatusOf(k)
		if o.huma.Responses[statusText(status)] != nil {
			s.Problems = append(s.Problems, shownProblem{Kind: k.String(), Status: statusText(status), Title: title})
		}
	}
	return s
}

// fields flattens an object to lines such as address.city.
func (a *API) fields(s *huma.Schema, prefix string, depth int) []shownField {
	if s == nil || depth > 4 {
		return nil
	}
	if s.Ref != "" {
		s = a.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	var out []shownField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		whole := p
		if p.Ref != "" {
			whole = a.OpenAPI().Components.Schemas.SchemaFromRef(p.Ref)
		}
		doc := p.Description
		if doc == "" {
			doc = whole.Description
		}
		out = append(out, shownField{
			Name: prefix + name, Type: typeName(p), Doc: doc, Rules: rules(whole), Required: slices.Contains(s.Required, name),
		})
		switch whole.Type {
		case huma.TypeObject:
			out = append(out, a.fields(whole, prefix+name+".", depth+1)...)
		case huma.TypeArray:
			out = append(out, a.fields(whole.Items, prefix+name+"[].", depth+1)...)
		}
	}
	return out
}

func typeName(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	name := s.Type
	switch {
	case s.Ref != "":
		name = strings.TrimPrefix(s.Ref, "#/components/schemas/")
	case s.Type == huma.TypeArray:
		name = "list of " + typeName(s.Items)
	case s.Format != "" && s.Type == huma.TypeString:
		name = s.Format
	}
	if s.Nullable {
		name += " or null"
	}
	return name
}

func rules(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	var out []string
	say := func(format string, v any) { out = append(out, fmt.Sprintf(format, v)) }
	if len(s.Enum) > 0 {
		words := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			words[i] = fmt.Sprint(e)
		}
		say("one of %s", strings.Join(words, ", "))
	}
	if s.Minimum != nil {
		say("at least %v", *s.Minimum)
	}
	if s.Maximum != nil {
		say("at most %v", *s.Maximum)
	}
	if s.MinLength != nil {
		say("at least %d characters", *s.MinLength)
	}
	if s.MaxLength != nil {
		say("at most %d characters", *s.MaxLength)
	}
	if s.MinItems != nil {
		say("at least %d entries", *s.MinItems)
	}
	if s.MaxItems != nil {
		say("at most %d entries", *s.MaxItems)
	}
	if s.Pattern != "" {
		say("matches %s", s.Pattern)
	}
	return strings.Join(out, "; ")
}

func curl(o *operation, base string, bodies []string, body any) string {
	var b strings.Builder
	b.WriteString("curl ")
	if o.route.Method != "GET" {
		b.WriteString("-X " + o.route.Method + " ")
	}
	b.WriteString("'" + base + o.route.Path + "'")
	if !o.doc.Public {
		b.WriteString(" \\\n  -H \"Authorization: Bearer $TOKEN\"")
	}
	switch {
	case len(bodies) == 0:
	case body != nil:
		b.WriteString(" \\\n  -H 'Content-Type: application/json' \\\n  -d '" + strings.ReplaceAll(indented(body), "'", `'\''`) + "'")
	case slices.Contains(bodies, "multipart/form-data"):
		b.WriteString(" \\\n  -F file=@photo.png")
	default:
		b.WriteString(" \\\n  --data-binary @body")
	}
	return b.String()
}

func indented(v any) string {
	if v == nil {
		return ""
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if e.Encode(v) != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}
