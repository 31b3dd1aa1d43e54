package httpx

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

const maxExampleDepth = 16

// exampleOf makes a value that fits a schema from the examples in it. Fields that only answers have are
// left out when it is for a request.
func (a *API) exampleOf(s *huma.Schema, request bool, depth int) any {
	if s == nil || depth > maxExampleDepth {
		return nil
	}
	if s.Ref != "" {
		if len(s.Examples) > 0 {
			return s.Examples[0]
		}
		return a.exampleOf(a.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref), request, depth+1)
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.OneOf) > 0:
		return a.exampleOf(s.OneOf[0], request, depth+1)
	case len(s.AnyOf) > 0:
		return a.exampleOf(s.AnyOf[0], request, depth+1)
	}
	switch s.Type {
	case huma.TypeObject:
		out := map[string]any{}
		for name, p := range s.Properties {
			if request && p.ReadOnly || !request && p.WriteOnly {
				continue
			}
			out[name] = a.exampleOf(p, request, depth+1)
		}
		return out
	case huma.TypeArray:
		if item := a.exampleOf(s.Items, request, depth+1); item != nil {
			return []any{item}
		}
		return []any{}
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil && *s.Minimum > 1 {
			return *s.Minimum
		}
		return 1
	case huma.TypeBoolean:
		return true
	case huma.TypeString:
		return exampleText(s)
	}
	return nil
}

func exampleText(s *huma.Schema) string {
	switch s.Format {
	case "date-time":
		return "2026-01-31T12:00:00Z"
	case "date":
		return "2026-01-31"
	case "time":
		return "12:00:00"
	case "uuid":
		return exampleID
	case "email":
		return "ada@example.com"
	case "uri", "url":
		return "https://example.com"
	case "binary":
		return ""
	}
	text := "text"
	if s.MinLength != nil && *s.MinLength > len(text) {
		text = strings.Repeat("text ", *s.MinLength/5+1)[:*s.MinLength]
	}
	if s.MaxLength != nil && *s.MaxLength < len(text) {
		text = text[:*s.MaxLength]
	}
	return text
}

// exampleProblem is what a status looks like.
func exampleProblem(status string) any {
	for _, k := range kinds() {
		code, title := StatusOf(k)
		if statusText(code) != status {
			continue
		}
		p := &ProblemError{
			Type: "/api-docs#problem-" + k.String(), Title: title, Status: code, Code: k.String(),
			Detail: explain(k), RequestID: exampleID,
		}
		if k == errs.Invalid {
			p.Detail = "Some fields need attention."
			p.Errors = []ProblemField{{Location: "body.name", Message: "must not be empty"}}
		}
		return p
	}
	return nil
}

// explain says in the reference what a kind of problem means and what to do.
func explain(k errs.Kind) string {
	switch k {
	case errs.Malformed:
		return "The request cannot be understood: broken JSON, an unknown or repeated parameter, a cursor of another list."
	case errs.Unauthenticated:
		return "There is no sign-in, or it has ended. Sign in or renew the token."
	case errs.Forbidden:
		return "You may see this, but the permission for what you want is missing."
	case errs.NotFound:
		return "There is nothing here. What is missing, what belongs to somebody else and what is hidden answer alike."
	case errs.Conflict:
		return "The state does not allow it, a value is taken, or an Idempotency-Key is in use."
	case errs.Precondition:
		return "Somebody has changed the object since you read it. Read it again, then repeat the change."
	case errs.TooLarge:
		return "The body is over its limit."
	case errs.Unsupported:
		return "The media type of the body is not taken here."
	case errs.Invalid:
		return "Fields break a rule; errors lists each with its location."
	case errs.TooMany:
		return "The rate limit is reached. Wait as long as Retry-After says."
	case errs.Unavailable:
		return "Something that is needed does not answer. Nothing was changed; try again after Retry-After."
	case errs.Internal:
	}
	return "A defect on our side. Quote the requestId."
}
