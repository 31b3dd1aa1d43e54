package httpx

import (
	"encoding/json"
	"slices"
	"strings"

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
		ID      string       `json:"id,omitempty"` // of the operation
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
		Raw   string         `json:"raw"`
		Host  []string       `json:"host"`
		Path  []string       `json:"path"`
		Query []postVariable `json:"query,omitempty"`
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
// group by group what creates, reads, changes; then what removes, from the last group to the first; and at
// the end the password and what signs out. Streams are left out: they do not end.
func (a *API) makeCollection() ([]byte, error) {
	c := newCollection(a)
	names, byName := a.groups()
	var account []*operation
	var groups [][]*operation
	for _, n := range names {
		var group []*operation
		for _, o := range byName[n] {
			switch {
			case o.stream():
			case o.doc.Public && o.route.Path == pathSignIn:
				c.signIn = o
			case slices.Contains(endings(), o.route.Path):
				account = append(account, o)
			default:
				group = append(group, o)
			}
		}
		groups = append(groups, group)
	}
	var items []postItem
	if c.signIn != nil {
		another := c.item(c.signIn)
		another.Name += " on another device"
		another.ID += ".other-device"
		items = append(items, postItem{Name: "Sign in", Item: []postItem{another, c.item(c.signIn)}})
	}
	removals := make([]postItem, len(groups))
	for i, group := range groups {
		if folder := c.inOrder(group); len(folder) > 0 {
			items = append(items, postItem{Name: names[i], Item: folder})
		}
	}
	for i, group := range groups {
		removals[len(groups)-1-i] = postItem{Name: "Remove: " + names[i], Item: c.removals(group)}
	}
	for _, r := range removals {
		if len(r.Item) > 0 {
			items = append(items, r)
		}
	}
	if last := c.endings(account); len(last) > 0 {
		items = append(items, postItem{Name: "Password and signing out", Item: last})
	}
	b, err := json.MarshalIndent(postCollection{
		Info: postInfo{
			Name: a.cfg.Title + " API",
			Description: "Set baseUrl, email and password of an administrator, choose photo.png of your own for the uploads, " +
				"then run the collection from top to bottom. It makes its own objects and removes them again.",
			Schema: postSchema,
		},
		Auth: &postAuth{Type: "bearer", Bearer: []postVariable{{Key: "token", Value: "{{token}}", Type: "string"}}},
		Event: []postEvent{script("prerequest",
			"if (!pm.collectionVariables.get('run')) { pm.collectionVariables.set('run', Date.now().toString(36)); }")},
		Variable: append([]postVariable{
			{Key: "baseUrl", Value: a.cfg.BaseURL + Prefix},
			{Key: "email", Value: "admin@example.com"},
			{Key: "password", Value: ""},
			{Key: "newPassword", Value: "Lantern-9-meadow"},
			{Key: "run", Value: ""},
			{Key: "token", Value: ""},
			{Key: "refreshToken", Value: ""},
		}, c.variables()...),
		Item: items,
	}, "", "  ")
	return b, errs.Wrapf(err, "encode the Postman collection")
}

// Paths that the collection treats in their own way.
const (
	pathSignIn   = "/auth/login"
	pathRenew    = "/auth/refresh-token"
	pathPassword = "/auth/password"
	pathSignOut  = "/auth/logout"
	pathEndAll   = "/auth/logout-all"
)

// endings are the operations that come last, in this order.
func endings() []string { return []string{pathPassword, pathEndAll, pathSignOut} }

// endings changes the password and changes it back, ends every session, signs in again and signs out.
func (c *collection) endings(ops []*operation) []postItem {
	var out []postItem
	for _, path := range endings() {
		i := slices.IndexFunc(ops, func(o *operation) bool { return o.route.Path == path })
		if i < 0 {
			continue
		}
		item := c.item(ops[i])
		switch path {
		case pathPassword:
			back := c.item(ops[i])
			back.Name += " back"
			back.ID += ".back"
			back.Request.Body = &postBody{Mode: "raw", Raw: indented(map[string]string{
				"currentPassword": "{{newPassword}}", "newPassword": "{{password}}",
			})}
			out = append(out, item, back)
			continue
		case pathSignOut:
			if c.signIn != nil {
				again := c.item(c.signIn)
				again.Name += " again"
				again.ID += ".again"
				out = append(out, again)
			}
			item.Request.Auth = nil // it is open to everybody, and ends the session of the token
		}
		out = append(out, item)
	}
	return out
}

func script(when string, lines ...string) postEvent {
	return postEvent{Listen: when, Script: postScript{Type: "text/javascript", Exec: lines}}
}

// stream reports an answer that does not end.
func (o *operation) stream() bool {
	r := o.huma.Responses[statusText(o.huma.DefaultStatus)]
	return r != nil && r.Content["text/event-stream"] != nil
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
