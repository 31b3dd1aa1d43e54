package httpx

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// item is the request of an operation, with what is given so far.
func (c *collection) item(o *operation) postItem {
	c.used = nil
	parts := c.path(o)
	req := &postRequest{
		Method: o.route.Method, Description: o.huma.Description, Header: []postVariable{},
		URL: postURL{Raw: "{{baseUrl}}/" + strings.Join(parts, "/"), Host: []string{"{{baseUrl}}"}, Path: parts},
	}
	for _, p := range o.huma.Parameters {
		if p.In == "query" && p.Required {
			value := fmt.Sprint(first(p.Schema, p.Name))
			req.URL.Query = append(req.URL.Query, postVariable{Key: p.Name, Value: value})
		}
	}
	for i, q := range req.URL.Query {
		req.URL.Raw += string("?&"[min(i, 1)]) + url.PathEscape(q.Key) + "=" + url.PathEscape(q.Value)
	}
	if o.doc.Public {
		req.Auth = &postAuth{Type: "noauth"}
	}
	if b := o.huma.RequestBody; b != nil {
		if m := b.Content["application/json"]; m != nil {
			req.Header = append(req.Header, postVariable{Key: "Content-Type", Value: "application/json"})
			req.Body = &postBody{Mode: "raw", Raw: indented(c.body(o, m))}
		} else if m := b.Content["multipart/form-data"]; m != nil {
			req.Body = &postBody{Mode: "formdata", FormData: []postFormPart{{Key: "file", Type: "file", Src: "photo.png"}}}
		}
	}
	accepted := []string{statusText(o.huma.DefaultStatus)}
	for _, k := range o.doc.Outside {
		status, _ := StatusOf(k)
		accepted = append(accepted, statusText(status))
	}
	if len(accepted) > 1 {
		req.Description += "\n\nSuccess needs something from outside of this collection; without it the answer is " +
			strings.Join(accepted[1:], " or ") + ", which is taken for a pass here."
	}
	return postItem{ID: o.doc.ID, Name: o.doc.Summary, Request: req, Event: []postEvent{c.test(o, accepted)}}
}

// first is the first example of a parameter, or something that fits its type.
func first(s *huma.Schema, name string) any {
	if s == nil {
		return name
	}
	if len(s.Examples) > 0 {
		b, err := json.Marshal(s.Examples[0])
		if err != nil {
			return name
		}
		var list []any
		if json.Unmarshal(b, &list) == nil && len(list) > 0 {
			return list[0]
		}
		return s.Examples[0]
	}
	if s.Type == huma.TypeArray {
		return first(s.Items, name)
	}
	return exampleText(s)
}

// path fills the placeholders: an id or a key with the one that was given, anything else with its example.
func (c *collection) path(o *operation) []string {
	parts := strings.Split(strings.TrimPrefix(o.route.Path, "/"), "/")
	filled := make([]string, len(parts))
	for i, p := range parts {
		filled[i] = p
		name, ok := placeholder(p)
		if !ok {
			continue
		}
		for _, param := range o.huma.Parameters {
			if param.In != "path" || param.Name != name {
				continue
			}
			owner := objectName(strings.Join(parts[:i], "/"))
			if noun := strings.TrimSuffix(name, "Id"); c.from[owner] == nil && c.from[noun] != nil {
				owner = noun
			}
			switch {
			case param.Schema.Format == "uuid" && owner == "user" && !c.have[owner]:
				filled[i] = "{{meId}}"
			case param.Schema.Format == "uuid":
				c.used = append(c.used, owner)
				filled[i] = "{{" + owner + "Id}}"
			case name == "key":
				owner = singular(parts[i-1])
				c.used = append(c.used, owner)
				filled[i] = "{{" + owner + "Key}}"
			default:
				filled[i] = url.PathEscape(fmt.Sprint(first(param.Schema, name)))
			}
		}
	}
	return filled
}

func (c *collection) body(o *operation, m *huma.MediaType) any {
	body := c.fill(o, c.api.deref(m.Schema), m.Example, "", "")
	fields, ok := body.(map[string]any)
	if !ok {
		return body
	}
	switch o.route.Path {
	case pathSignIn:
		return map[string]any{"email": "{{email}}", "password": "{{password}}"}
	case pathRenew:
		fields["refreshToken"] = "{{refreshToken}}"
	case pathPassword:
		fields["currentPassword"], fields["newPassword"] = "{{password}}", "{{newPassword}}"
	}
	return fields
}

func (a *API) deref(s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = a.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// fill replaces ids by given ones and makes what must be unique differ from run to run. An id that nothing
// has given is left out. name is the field's, within the field called around.
func (c *collection) fill(o *operation, s *huma.Schema, v any, name, around string) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, inner := range x {
			var ps *huma.Schema
			if s != nil {
				ps = c.api.deref(s.Properties[k])
			}
			if filled := c.fill(o, ps, inner, k, name); filled != nil {
				out[k] = filled
			}
		}
		return out
	case []any:
		var items *huma.Schema
		if s != nil {
			items = c.api.deref(s.Items)
		}
		out := make([]any, 0, len(x))
		for _, inner := range x {
			if filled := c.fill(o, items, inner, name, around); filled != nil {
				out = append(out, filled)
			}
		}
		return out
	case string:
		if s != nil && s.Format == "uuid" {
			if name == "id" {
				name = around
			}
			return c.given(o, name)
		}
		return distinct(s, name, x)
	}
	return v
}

// given is the variable with the id that a field asks for; nil when there is none yet.
func (c *collection) given(o *operation, field string) any {
	noun := singular(strings.TrimSuffix(strings.TrimSuffix(field, "Ids"), "Id"))
	switch noun {
	case "assignee", "owner", "author", "member", "mention":
		return "{{meId}}"
	}
	head, _, _ := strings.Cut(strings.TrimPrefix(o.route.Path, "/"), "/")
	for _, name := range []string{noun, singular(head) + upperFirst(noun)} {
		if c.from[name] == nil {
			continue
		}
		c.used = append(c.used, name)
		if c.have[name] {
			return "{{" + name + "Id}}"
		}
	}
	return nil
}

func distinct(s *huma.Schema, name, value string) string {
	if s == nil || len(s.Enum) > 0 || value == "" {
		return value
	}
	switch name {
	case "email":
		local, host, _ := strings.Cut(value, "@")
		return local + "-{{run}}@" + host
	case "name":
		return value + " {{run}}"
	case "sku", "number":
		return value + "-{{run}}"
	case "username", "slug", "key", "code":
		return value + "{{run}}"
	}
	return value
}

// test checks the status, and keeps what later requests need.
func (c *collection) test(o *operation, accepted []string) postEvent {
	lines := []string{fmt.Sprintf("pm.test('answers %s', () => pm.expect([%s]).to.include(pm.response.code));",
		strings.Join(accepted, " or "), strings.Join(accepted, ", "))}
	name := objectName(o.route.Path)
	switch {
	case o.route.Path == pathSignIn, o.route.Path == pathRenew:
		lines = append(lines,
			"const answer = pm.response.json();",
			"pm.collectionVariables.set('token', answer.token);",
			"pm.collectionVariables.set('refreshToken', answer.refreshToken);",
			"pm.collectionVariables.set('meId', answer.user.id);")
	case c.from[name] != o:
	case o.route.Method == http.MethodGet:
		lines = append(lines,
			"const row = pm.response.json().data.find((r) => !r.current);",
			"if (row) { pm.collectionVariables.set('"+name+"Id', row.id); }")
	default:
		lines = append(lines,
			"const made = pm.response.json();",
			"pm.collectionVariables.set('"+name+"Id', made.id);")
		if c.gives(o, "key") {
			lines = append(lines, "pm.collectionVariables.set('"+name+"Key', made.key);")
		}
	}
	return script("test", lines...)
}
