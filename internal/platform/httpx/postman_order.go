package httpx

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// collection fills requests with what earlier ones have given. Variables are named after the path that
// makes an object: POST /customers/{id}/notes gives {{customerNoteId}}.
type collection struct {
	api    *API
	signIn *operation
	from   map[string]*operation // which operation gives an object, by its name
	have   map[string]bool       // names that are given so far
	used   []string              // names that the request at hand asks for
}

func newCollection(a *API) *collection {
	c := &collection{api: a, from: map[string]*operation{}, have: map[string]bool{"me": true}}
	for _, o := range a.ops {
		if o.route.Method == http.MethodPost && c.gives(o, "id") && !o.doc.Public {
			c.from[objectName(o.route.Path)] = o
		}
	}
	// What nothing makes is looked up in its list.
	for _, o := range a.ops {
		name := objectName(o.route.Path)
		if o.route.Method != http.MethodGet || c.from[name] != nil || !c.listed(o) {
			continue
		}
		if slices.ContainsFunc(a.ops, func(x *operation) bool { return strings.HasPrefix(x.route.Path, o.route.Path+"/{") }) {
			c.from[name] = o
		}
	}
	return c
}

// variables are the ids that requests give, empty at first.
func (c *collection) variables() []postVariable {
	names := []string{"meId"}
	for n, o := range c.from {
		names = append(names, n+"Id")
		if c.gives(o, "key") {
			names = append(names, n+"Key")
		}
	}
	slices.Sort(names)
	out := make([]postVariable, len(names))
	for i, n := range names {
		out[i] = postVariable{Key: n, Value: ""}
	}
	return out
}

// answer is the schema of the body of success; nil when it is no JSON.
func (c *collection) answer(o *operation) *huma.Schema {
	r := o.huma.Responses[statusText(o.huma.DefaultStatus)]
	if r == nil || r.Content["application/json"] == nil {
		return nil
	}
	return c.api.deref(r.Content["application/json"].Schema)
}

// gives reports that an answer has a field at its top.
func (c *collection) gives(o *operation, field string) bool {
	s := c.answer(o)
	return s != nil && s.Properties[field] != nil
}

// listed reports a list of objects with ids.
func (c *collection) listed(o *operation) bool {
	s := c.answer(o)
	if s == nil || s.Properties["data"] == nil || s.Properties["data"].Items == nil {
		return false
	}
	row := c.api.deref(s.Properties["data"].Items)
	return row.Properties["id"] != nil
}

// inOrder are the requests of a group without those that remove: each after the ones whose objects it
// names, else making before reading and reading before changing.
func (c *collection) inOrder(ops []*operation) []postItem {
	left := slices.DeleteFunc(slices.Clone(ops), func(o *operation) bool { return o.route.Method == http.MethodDelete })
	slices.SortStableFunc(left, func(x, y *operation) int { return turn(x) - turn(y) })
	var out []postItem
	for len(left) > 0 {
		next := max(0, slices.IndexFunc(left, func(o *operation) bool { return c.ready(o, left) }))
		o := left[next]
		left = slices.Delete(left, next, next+1)
		out = append(out, c.item(o))
		if name := objectName(o.route.Path); c.from[name] == o {
			c.have[name] = true
		}
	}
	return out
}

// ready reports that nothing which the request names is still to come among these operations.
func (c *collection) ready(o *operation, ops []*operation) bool {
	have := c.have
	c.have = map[string]bool{"me": true}
	for name := range c.from {
		c.have[name] = true
	}
	c.item(o)
	wanted := c.used
	c.have = have
	return !slices.ContainsFunc(wanted, func(name string) bool {
		return !have[name] && c.from[name] != o && slices.Contains(ops, c.from[name])
	})
}

// removals are the requests that remove, parts before the wholes.
func (c *collection) removals(ops []*operation) []postItem {
	var out []postItem
	for _, o := range ops {
		if o.route.Method == http.MethodDelete {
			out = append(out, c.item(o))
		}
	}
	slices.Reverse(out)
	return out
}

// turn is the place of an operation in its group.
func turn(o *operation) int {
	_, ends := placeholder(o.route.Path[strings.LastIndex(o.route.Path, "/")+1:])
	switch o.route.Method {
	case http.MethodPost:
		if !strings.Contains(o.route.Path, "{") {
			return 0
		}
		return 1
	case http.MethodPut:
		if !ends {
			return 2 // what there is one of: it is made by being set
		}
	case http.MethodGet:
		return 3
	}
	return 4
}

// objectName is what a path makes or names: customerNote for /customers/{id}/notes.
func objectName(path string) string {
	name := ""
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if _, ok := placeholder(part); ok {
			continue
		}
		if name == "" {
			name = singular(part)
		} else {
			name += upperFirst(singular(part))
		}
	}
	switch name {
	case "media", "mediaUpload": // uploads are files, whatever the path is called
		return "file"
	}
	return name
}
