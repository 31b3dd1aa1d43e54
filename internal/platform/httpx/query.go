package httpx

import (
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

const maxQuery = 16 << 10

// printable reports text that can be kept: UTF-8 without the zero character.
func printable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// checkQuery refuses parameters that the operation does not have, and single values that are given more
// than once, since proxies and programs disagree about which one counts. The filters of a list are
// checked against its page.Spec by the operation.
func checkQuery(r *http.Request, o *operation) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	refuse := func(fields ...errs.Field) error {
		return &errs.Error{Kind: errs.Malformed, Code: "bad_query", Message: "The query cannot be read.", Fields: fields}
	}
	if len(r.URL.RawQuery) > maxQuery {
		return refuse(errs.Field{Location: "query", Message: "is longer than 16 KiB"})
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refuse(errs.Field{Location: "query", Message: "is not encoded as it should be"})
	}
	known := map[string]*huma.Param{}
	for _, p := range o.huma.Parameters {
		if p.In == "query" {
			known[p.Name] = p
		}
	}
	var problems []errs.Field
	for name, vs := range values {
		p := known[name]
		location := "query." + name
		switch {
		case !printable(name):
			location = "query"
			problems = append(problems, errs.Field{Location: location, Message: "has a name that is no text"})
		case slices.ContainsFunc(vs, func(v string) bool { return !printable(v) }):
			problems = append(problems, errs.Field{Location: location, Message: "must be valid text"})
		case p == nil && !o.list:
			problems = append(problems, errs.Field{Location: location, Message: "is no parameter of this operation" + offer(known)})
		case p != nil && len(vs) > 1 && (p.Schema == nil || p.Schema.Type != huma.TypeArray):
			problems = append(problems, errs.Field{Location: location, Message: "is given more than once"})
		}
	}
	if len(problems) == 0 {
		return nil
	}
	sort.Slice(problems, func(i, j int) bool { return problems[i].Location < problems[j].Location })
	return refuse(problems...)
}

func offer(known map[string]*huma.Param) string {
	if len(known) == 0 {
		return "; it has none"
	}
	names := make([]string, 0, len(known))
	for n := range known {
		names = append(names, n)
	}
	slices.Sort(names)
	return "; there are: " + strings.Join(names, ", ")
}
