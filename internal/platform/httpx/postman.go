package httpx

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// The parts of a Postman collection, format 2.1.
type (
	postCollection struct {
		Info     postInfo       `json:"info"`
		Auth     *postAuth      `json:"auth,omitempty"`
		Event    []postEvent    `json:"event,omitempty"`
		Variable []postVariable `json:"variable"`
		Item     []postItem     `json:"item"`
	}
	postInfo struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Schema      string `json:"schema"`
	}
	postAuth struct {
		Type   string         `json:"type"`
		Bearer []postVariable `json:"bearer,omitempty"`
	}
	postVariable struct {
		Key   string `json:"key"`
		Value string `json:"value"`
		Type  string `json:"type,omitempty"`
	}
	postItem struct {
		Name    string       `json:"name"`
		Item    []postItem   `json:"item,omitempty"`
		Request *postRequest `json:"request,omitempty"`
		Event   []postEvent  `json:"event,omitempty"`
	}
	postRequest struct {
		Method      string         `json:"method"`
		Description string         `json:"description,omitempty"`
		Auth        *postAuth      `json:"auth,omitempty"`
		Header      []postVariable `json:"header"`
		URL         postURL        `json:"url"`
		Body        *postBody      `json:"body,omitempty"`
	}
	postURL struct {
		Raw  string   `json:"raw"`
		Host []string `json:"host"`
		Path []string `json:"path"`
	}
	postBody struct {
		Mode     string         `json:"mode"`
		Raw      string         `json:"raw,omitempty"`
		FormData []postFormPart `json:"formdata,omitempty"`
	}
	postFormPart struct {
		Key  string `json:"key"`
		Type string `json:"type"`
		Src  string `json:"src,omitempty"`
	}
	postEvent struct {
		Listen string     `json:"listen"`
		Script postScript `json:"script"`
	}
	postScript struct {
		Type string   `json:"type"`
		Exec []string `json:"exec"`
	}
)

const postSchema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

// makeCollection arranges the operations so that they can be run from top to bottom: signing in, then
// group by group what creates, reads, changes; at the end what removes, and last what signs out.
func (a *API) makeCollection() ([]byte, error) {
	c := collection{api: a, made: map[string]bool{"user": true}}
	for _, o := range a.ops {
		if o.route.Method == http.MethodPost {
			c.made[resource(o.route.Path)] = true
		}
	}
	var signIn, folders, removals []postItem
	var signOut []postItem
	names, byName := a.groups()
	for _, n := range names {
		ops := slices.Clone(byName[n])
		slices.SortStableFunc(ops, func(x, y *operation) int { return turn(x) - turn(y) })
		folder := postItem{Name: n}
		var gone []postItem
		for _, o := range ops {
			item := c.item(o)
			switch {
			case o.route.Path == "/auth/login":
				signIn = append(signIn, item)
			case strings.HasPrefix(o.route.Path, "/auth/logout"):
				signOut = append(signOut, item)
			case o.route.Method == http.MethodDelete:
				gone = append(gone, item)
			case strings.HasSuffix(o.route.Path, "/events"):
				// A stream does not end; a runner would wait for ever.
			default:
				folder.Item = append(folder.Item, item)
			}
		}
		if len(folder.Item) > 0 {
			folders = append(folders, folder)
		}
		if len(gone) > 0 {
			// What points at others goes before them.
			slices.Reverse(gone)
			removals = append([]postItem{{Name: "Remove: " + n, Item: gone}}, removals...)
		}
	}
	out := postCollection{
		Info: postInfo{
			Name:        a.cfg.Title + " API",
			Description: "Set baseUrl, email and password, then run the collection from top to bottom.",
			Schema:      postSchema,
		},
		Auth: &postAuth{Type: "bearer", Bearer: []postVariable{{Key: "token", Value: "{{token}}", Type: "string"}}},
		Event: []postEvent{script("prerequest",
			"if (!pm.collectionVariables.get('run')) { pm.collectionVariables.set('run', Date.now().toString(36)); }")},
		Variable: []postVariable{
			{Key: "baseUrl", Value: a.cfg.BaseURL + Prefix}, {Key: "token", Value: ""},
			{Key: "email", Value: "admin@example.com"}, {Key: "password", Value: ""}, {Key: "run", Value: ""},
		},
	}
	if len(signIn) > 0 {
		out.Item = append(out.Item, postItem{Name: "Sign in", Item: signIn})
	}
	out.Item = append(append(out.Item, folders...), removals...)
	if len(signOut) > 0 {
		out.Item = append(out.Item, postItem{Name: "Sign out", Item: signOut})
	}
	names = nil
	for n := range c.made {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		out.Variable = append(out.Variable, postVariable{Key: n + "Id", Value: ""})
	}
	b, err := json.MarshalIndent(out, "", "  ")
	return b, errs.Wrapf(err, "encode the Postman collection")
}

// turn is the place of an operation in its group.
func turn(o *operation) int {
	switch {
	case o.route.Method == http.MethodPost && !strings.Contains(o.route.Path, "{"):
		return 0
	case o.route.Method == http.MethodPost:
		return 1
	case o.route.Method == http.MethodGet:
		return 2
	case o.route.Method == http.MethodDelete:
		return 4
	}
	return 3
}

type collection struct {
	api  *API
	made map[string]bool // resources whose id some operation gives
}

func (c *collection) item(o *operation) postItem {
	parts, raw := c.path(o)
	req := &postRequest{
		Method: o.route.Method, Description: o.huma.Description,
		URL: postURL{Raw: "{{baseUrl}}/" + raw, Host: []string{"{{baseUrl}}"}, Path: parts},
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
	if req.Header == nil {
		req.Header = []postVariable{}
	}
	return postItem{Name: o.doc.Summary, Request: req, Event: []postEvent{c.test(o)}}
}

// path fills the placeholders: an id with the one that was captured, anything else with its example.
func (c *collection) path(o *operation) ([]string, string) {
	parts := strings.Split(strings.TrimPrefix(o.route.Path, "/"), "/")
	for i, p := range parts {
		name, ok := placeholder(p)
		if !ok {
			continue
		}
		parts[i] = "example"
		for _, param := range o.huma.Parameters {
			if param.In != "path" || param.Name != name {
				continue
			}
			switch {
			case param.Schema.Format == "uuid" && i > 0:
				parts[i] = "{{" + singular(parts[i-1]) + "Id}}"
			case len(param.Schema.Examples) > 0:
				parts[i] = fmt.Sprint(param.Schema.Examples[0])
			}
		}
	}
	return parts, strings.Join(parts, "/")
}

func (c *collection) body(o *operation, m *huma.MediaType) any {
	body := c.fill(c.api.deref(m.Schema), m.Example, "")
	if o.route.Path == "/auth/login" {
		if fields, ok := body.(map[string]any); ok {
			fields["email"], fields["password"] = "{{email}}", "{{password}}"
		}
	}
	return body
}

func (a *API) deref(s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = a.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// fill replaces ids by captured ones and makes names that must be unique differ from run to run. An id
// that nothing gives is left out.
func (c *collection) fill(s *huma.Schema, v any, name string) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, inner := range x {
			var ps *huma.Schema
			if s != nil {
				ps = c.api.deref(s.Properties[k])
			}
			if filled := c.fill(ps, inner, k); filled != nil {
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
			if filled := c.fill(items, inner, name); filled != nil {
				out = append(out, filled)
			}
		}
		return out
	case string:
		if s != nil && s.Format == "uuid" {
			return c.captured(name)
		}
		return distinct(s, name, x)
	}
	return v
}

func (c *collection) captured(name string) any {
	noun := singular(strings.TrimSuffix(strings.TrimSuffix(name, "Ids"), "Id"))
	switch noun {
	case "assignee", "owner", "author", "manager", "member", "agent", "follower":
		noun = "user"
	}
	if !c.made[noun] {
		return nil
	}
	return "{{" + noun + "Id}}"
}

func distinct(s *huma.Schema, name, value string) string {
	if s == nil || len(s.Enum) > 0 {
		return value
	}
	switch name {
	case "email":
		return "someone-{{run}}@example.com"
	case "sku", "username", "name", "slug", "key", "code":
		if s.Pattern == "" || name == "key" {
			return value + "{{run}}"
		}
	}
	return value
}

// test checks the status, and keeps what the next requests need. What depends on a letter that was
// mailed, or on a state that is over, may also answer one of its documented refusals.
func (c *collection) test(o *operation) postEvent {
	accepted := []string{statusText(o.huma.DefaultStatus)}
	login := o.route.Path == "/auth/login"
	if !login && (o.doc.Public || strings.Contains(o.route.Path, "{token}") || strings.HasPrefix(o.route.Path, "/auth/")) {
		for _, k := range []errs.Kind{errs.Malformed, errs.Unauthenticated, errs.Forbidden, errs.NotFound, errs.Conflict, errs.Invalid} {
			if s, _ := StatusOf(k); o.huma.Responses[statusText(s)] != nil {
				accepted = append(accepted, statusText(s))
			}
		}
	}
	lines := []string{
		"pm.test('answers " + strings.Join(accepted, " or ") + "', () => pm.expect([" + strings.Join(accepted, ", ") + "]).to.include(pm.response.code));",
	}
	switch {
	case login:
		lines = append(lines,
			"const answer = pm.response.json();",
			"pm.collectionVariables.set('token', answer.token);",
			"if (answer.user) { pm.collectionVariables.set('userId', answer.user.id); }")
	case o.route.Method == http.MethodPost && !o.doc.Public:
		lines = append(lines,
			"if (pm.response.code < 300 && (pm.response.headers.get('Content-Type') || '').includes('json')) {",
			"  const made = pm.response.json();",
			"  if (made && typeof made.id === 'string') { pm.collectionVariables.set('"+resource(o.route.Path)+"Id', made.id); }",
			"}")
	}
	return script("test", lines...)
}

func script(when string, lines ...string) postEvent {
	return postEvent{Listen: when, Script: postScript{Type: "text/javascript", Exec: lines}}
}

// resource is what a path ends in: /customers/{id}/notes makes a note.
func resource(p string) string {
	parts := strings.Split(strings.Trim(p, "/"), "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if _, ok := placeholder(parts[i]); !ok {
			return singular(parts[i])
		}
	}
	return "object"
}

// singular turns gift-cards into giftCard.
func singular(s string) string {
	switch {
	case strings.HasSuffix(s, "ies"):
		s = strings.TrimSuffix(s, "ies") + "y"
	case strings.HasSuffix(s, "sses"), strings.HasSuffix(s, "xes"), strings.HasSuffix(s, "ches"):
		s = strings.TrimSuffix(s, "es")
	case strings.HasSuffix(s, "s") && !strings.HasSuffix(s, "ss") && !strings.HasSuffix(s, "us"):
		s = strings.TrimSuffix(s, "s")
	}
	name := pascal(s)
	if name == "" {
		return ""
	}
	return strings.ToLower(name[:1]) + name[1:]
}
