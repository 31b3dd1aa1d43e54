//go:build !race

package wall_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/app/apptest"
)

// schema is what is read of one in the OpenAPI file.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Format     string             `json:"format"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	AnyOf      []*schema          `json:"anyOf"`
	OneOf      []*schema          `json:"oneOf"`
	AllOf      []*schema          `json:"allOf"`
	Enum       []any              `json:"enum"`
}

// operation is one of the API.
type operation struct {
	ID, Method, Path string
	Permission       string `json:"x-permission"`
	Description      string
	Parameters       []struct {
		Name, In string
		Schema   *schema
	}
	RequestBody *struct {
		Content map[string]struct{ Schema *schema }
	}

	item *apptest.Item // the request of the collection; nil for a stream
	spec *spec
}

// spec is the OpenAPI file.
type spec struct {
	ops     []*operation
	schemas map[string]*schema
}

// readSpec reads the file, and the collection's request for each operation. A new operation without one fails here.
func (w *world) readSpec() *spec {
	w.t.Helper()
	raw, err := json.Marshal(w.app.API.OpenAPI())
	w.must(err)
	var doc struct {
		Paths map[string]map[string]struct {
			operation
			OperationID string `json:"operationId"`
		}
		Components struct{ Schemas map[string]*schema }
	}
	w.must(json.Unmarshal(raw, &doc))
	s := &spec{schemas: doc.Components.Schemas}
	varied := vary(w.items, 7)
	for path, methods := range doc.Paths {
		for method, o := range methods {
			op := o.operation
			op.ID, op.Method, op.Path, op.spec = o.OperationID, strings.ToUpper(method), path, s
			if i := slices.IndexFunc(varied, func(i apptest.Item) bool { return i.ID == op.ID }); i >= 0 {
				op.item = &varied[i]
			} else if op.ID != "stream-events" {
				w.t.Errorf("%s is not in the Postman collection, so that nothing is known of how to ask it", op.ID)
				continue
			}
			s.ops = append(s.ops, &op)
		}
	}
	slices.SortFunc(s.ops, func(a, b *operation) int { return cmp.Compare(a.ID, b.ID) })
	return s
}

func (s *spec) deref(x *schema) *schema {
	for x != nil && x.Ref != "" {
		x = s.schemas[x.Ref[strings.LastIndex(x.Ref, "/")+1:]]
	}
	return x
}

// body is the schema of a body in JSON; nil without one.
func (o *operation) body() *schema {
	if o.RequestBody == nil {
		return nil
	}
	c, ok := o.RequestBody.Content["application/json"]
	if !ok {
		return nil
	}
	return o.spec.deref(c.Schema)
}

func (o *operation) public() bool { return o.Permission == "none" }

// takes reports a parameter.
func (o *operation) takes(in, name string) bool {
	for _, p := range o.Parameters {
		if p.In == in && p.Name == name {
			return true
		}
	}
	return false
}

// list reports a list in pages.
func (o *operation) list() bool { return o.takes("query", "cursor") }

// sorts are the orders of a list, from its description.
func (o *operation) sorts() []string {
	_, after, ok := strings.Cut(o.Description, "Orders: ")
	if !ok {
		return nil
	}
	after, _, _ = strings.Cut(after, ";")
	var out []string
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(after, -1) {
		out = append(out, strings.TrimPrefix(m[1], "-"))
	}
	return out
}

// place is where an id can stand in a request.
type place struct {
	in   string   // path, query, body
	name string   // as in the file: id, customerId, customers[].ownerId
	path []string // of a body: field, or [] for each entry of a list
	list bool     // the last step of a body is a list of ids
}

func (p place) String() string { return p.in + "." + p.name }

// places are all of an operation, from its parameters and the schema of its body.
func (o *operation) places() []place {
	var out []place
	for _, p := range o.Parameters {
		switch {
		case p.In == "path":
			out = append(out, place{in: "path", name: p.Name})
		case p.In == "query" && (strings.HasSuffix(p.Name, "Id") || o.spec.deref(p.Schema).Format == "uuid"):
			out = append(out, place{in: "query", name: p.Name})
		}
	}
	var walk func(x *schema, path []string, deep int)
	walk = func(x *schema, path []string, deep int) {
		x = o.spec.deref(x)
		if x == nil || deep > 6 {
			return
		}
		if x.Format == "uuid" {
			list := path[len(path)-1] == "[]"
			if list {
				path = path[:len(path)-1]
			}
			out = append(out, place{in: "body", name: strings.ReplaceAll(strings.Join(path, "."), ".[]", "[]"), path: slices.Clone(path), list: list})
			return
		}
		for name, p := range x.Properties {
			walk(p, append(slices.Clone(path), name), deep+1)
		}
		if x.Items != nil {
			walk(x.Items, append(slices.Clone(path), "[]"), deep+1)
		}
		for _, some := range [][]*schema{x.AnyOf, x.OneOf, x.AllOf} {
			for _, y := range some {
				walk(y, path, deep+1)
			}
		}
	}
	walk(o.body(), nil, 0)
	slices.SortFunc(out, func(a, b place) int { return cmp.Compare(a.String(), b.String()) })
	return out
}

// noun is the variable of the collection that holds what a place asks for.
func (w *world) noun(o *operation, p place) string {
	last := p.name[strings.LastIndex(p.name, ".")+1:]
	last = strings.TrimSuffix(last, "[]")
	switch last {
	case "ownerId", "assigneeId", "authorId", "actorId", "createdById", "mentions", "memberIds", "userId":
		if p.in == "query" {
			return "meId"
		}
		return "userId"
	case "objectId":
		return "roleId"
	case "referredById":
		return "customerId"
	case "attachments":
		return "ticketAttachmentId"
	}
	if last == "id" && p.in == "body" {
		before, _, _ := strings.Cut(p.name, "[]")
		last = before
	}
	noun := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(last, "Ids"), "Id"), "s") + "Id"
	if _, ok := w.parties[0].shared[noun]; ok {
		return noun
	}
	return ""
}

// request is the operation's request as an administrator of a workspace sends it, with ids of theirs.
func (o *operation) request(v apptest.Variables) (apptest.Request, error) {
	switch o.ID { // those of the collection are in use
	case "delete-role":
		v = v.With("roleId", v["spareRoleId"])
	case "delete-team":
		v = v.With("teamId", v["spareTeamId"])
	case "cancel-job": // the one that the collection has seen is dead
		v = v.With("jobId", v["queuedJobId"])
	}
	r, err := v.Request(*o.item)
	r.Key = ""
	return r, err
}

// set puts an id, or several, into a place of a request. In a path it replaces the part that the template names.
func (o *operation) set(r apptest.Request, p place, ids ...string) (apptest.Request, error) {
	switch p.in {
	case "path":
		path, query, _ := strings.Cut(r.Path, "?")
		parts, names := strings.Split(path, "/"), strings.Split(o.Path, "/")
		for i, n := range names {
			if n == "{"+p.name+"}" {
				parts[i] = ids[0]
			}
		}
		r.Path = strings.Join(parts, "/")
		if query != "" {
			r.Path += "?" + query
		}
	case "query":
		mark := "?"
		if strings.Contains(r.Path, "?") {
			mark = "&"
		}
		r.Path = regexp.MustCompile(`([?&])`+regexp.QuoteMeta(p.name)+`=[^&]*`).ReplaceAllString(r.Path, "$1") + mark + p.name + "=" + ids[0]
		r.Path = strings.NewReplacer("?&", "?", "&&", "&").Replace(r.Path)
	case "body":
		var body map[string]any
		if err := json.Unmarshal(r.Body, &body); err != nil {
			return r, err
		}
		var value any = ids[0]
		if p.list {
			value = ids
		}
		if err := put(body, p.path, value); err != nil {
			return r, fmt.Errorf("%s %s: %w", o.ID, p, err)
		}
		var err error
		r.Body, err = json.Marshal(body)
		return r, err
	}
	return r, nil
}

// put sets a value in a body, and makes what is missing on the way. Of a list it changes the first entry.
func put(at map[string]any, path []string, value any) error {
	if len(path) == 1 {
		at[path[0]] = value
		return nil
	}
	if path[1] == "[]" {
		list, _ := at[path[0]].([]any)
		if len(list) == 0 {
			list = []any{map[string]any{}}
		}
		first, ok := list[0].(map[string]any)
		if !ok {
			return fmt.Errorf("%s holds no objects", path[0])
		}
		at[path[0]] = list
		return put(first, path[2:], value)
	}
	next, ok := at[path[0]].(map[string]any)
	if !ok {
		next = map[string]any{}
		at[path[0]] = next
	}
	return put(next, path[1:], value)
}

// current is what stands in a place of a path.
func (o *operation) current(r apptest.Request, p place) string {
	path, _, _ := strings.Cut(r.Path, "?")
	parts, names := strings.Split(path, "/"), strings.Split(o.Path, "/")
	for i, n := range names {
		if n == "{"+p.name+"}" && i < len(parts) {
			return parts[i]
		}
	}
	return ""
}

// writes reports a method that changes something.
func (o *operation) writes() bool { return o.Method != http.MethodGet }
