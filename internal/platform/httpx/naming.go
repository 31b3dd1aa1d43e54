package httpx

import (
	"path"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/throughlinehq/throughline/internal/platform/id"
)

// namer gives every schema a name of its own: the Go type's, and where two packages use one name, with
// the noun of the package in front. Bodies without a type name are called after their operation.
type namer struct {
	operation string // being registered
	byType    map[reflect.Type]string
	taken     map[string]bool
}

func newNamer() *namer {
	return &namer{byType: map[reflect.Type]string{}, taken: map[string]bool{"Problem": true}}
}

func (n *namer) name(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return huma.DefaultSchemaNamer(t, hint)
	}
	if name, ok := n.byType[t]; ok {
		return name
	}
	if t == reflect.TypeFor[ProblemError]() {
		return "Problem"
	}
	name := n.wish(t, hint)
	if n.taken[name] {
		name = n.second(t, name)
	}
	n.byType[t], n.taken[name] = name, true
	return name
}

// wish is the name a type would like to have.
func (n *namer) wish(t reflect.Type, hint string) string {
	if t.Name() == "" {
		if strings.HasSuffix(hint, "Body") {
			return pascal(n.operation) + "Body"
		}
		return pascal(n.operation) + upperFirst(strings.TrimSuffix(hint, "Struct"))
	}
	if inner, ok := strings.CutPrefix(t.Name(), "ListBody["); ok {
		row := strings.TrimSuffix(inner, "]")
		if f, found := t.FieldByName("Data"); found {
			elem := f.Type.Elem()
			for elem.Kind() == reflect.Pointer {
				elem = elem.Elem()
			}
			if elem.Kind() == reflect.Struct {
				return n.name(elem, row) + "List"
			}
		}
		return upperFirst(row) + "List"
	}
	return upperFirst(huma.DefaultSchemaNamer(t, hint))
}

// second is the name when the first one is another type's.
func (n *namer) second(t reflect.Type, name string) string {
	noun := upperFirst(strings.TrimSuffix(path.Base(t.PkgPath()), "api"))
	if t.Name() == "" || noun == "." {
		noun = ""
		if strings.HasSuffix(name, "Body") {
			name = strings.TrimSuffix(name, "Body") + "Answer"
		}
	}
	if !n.taken[noun+name] {
		return noun + name
	}
	for i := 2; ; i++ {
		if next := noun + name + strconv.Itoa(i); !n.taken[next] {
			return next
		}
	}
}

// pascal turns "create-ticket" into "CreateTicket".
func pascal(s string) string {
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '-' || r == '_' || r == ' ' }) {
		b.WriteString(upperFirst(part))
	}
	return b.String()
}

func upperFirst(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// idSchema stands for id.ID, which knows nothing of schemas.
type idSchema struct{}

// Schema is a UUID in text.
func (idSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "uuid", Examples: []any{exampleID}}
}

// exampleID stands in examples where a real id belongs.
const exampleID = "01890a5d-ac96-774b-bcce-b302099a8057"

func aliasSchemas(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[id.ID](), reflect.TypeFor[idSchema]())
}
