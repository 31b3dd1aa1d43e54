package httpx

import (
	"fmt"
	"slices"
	"strings"
)

// router finds operations by path. http.ServeMux would refuse pairs such as /customers/{id}/tags and
// /customers/fields/{id}; here a literal part wins over a placeholder, from left to right.
type router struct{ root node }

type node struct {
	literal  map[string]*node
	wild     *node
	byMethod map[string]*leaf
}

type leaf struct {
	op     *operation
	params []string
}

// add keeps an operation's route.
func (t *router) add(o *operation) error {
	n := &t.root
	var params []string
	for part := range strings.SplitSeq(strings.TrimPrefix(o.route.Path, "/"), "/") {
		if name, ok := placeholder(part); ok {
			params = append(params, name)
			if n.wild == nil {
				n.wild = &node{}
			}
			n = n.wild
			continue
		}
		if n.literal == nil {
			n.literal = map[string]*node{}
		}
		if n.literal[part] == nil {
			n.literal[part] = &node{}
		}
		n = n.literal[part]
	}
	if n.byMethod == nil {
		n.byMethod = map[string]*leaf{}
	}
	if was := n.byMethod[o.route.Method]; was != nil {
		return fmt.Errorf("%s %s is registered twice: %s and %s", o.route.Method, o.route.Path, was.op.doc.ID, o.doc.ID)
	}
	n.byMethod[o.route.Method] = &leaf{op: o, params: params}
	return nil
}

func placeholder(part string) (string, bool) {
	if len(part) > 2 && part[0] == '{' && part[len(part)-1] == '}' {
		return part[1 : len(part)-1], true
	}
	return "", false
}

// find gives the operation and the placeholders' values. Without an operation, allow lists the methods
// that the path has; it is empty when there is no such path.
func (t *router) find(method, path string) (l *leaf, values, allow []string) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	var seen []string
	l, values = t.root.walk(method, parts, nil, &seen)
	slices.Sort(seen)
	return l, values, slices.Compact(seen)
}

// walk tries the literal part first and comes back to the placeholder when that leads nowhere.
func (n *node) walk(method string, parts, values []string, seen *[]string) (*leaf, []string) {
	if len(parts) == 0 {
		for m := range n.byMethod {
			*seen = append(*seen, m)
		}
		return n.byMethod[method], values
	}
	if next := n.literal[parts[0]]; next != nil {
		if l, v := next.walk(method, parts[1:], values, seen); l != nil {
			return l, v
		}
	}
	if n.wild != nil && parts[0] != "" {
		return n.wild.walk(method, parts[1:], append(slices.Clone(values), parts[0]), seen)
	}
	return nil, nil
}
