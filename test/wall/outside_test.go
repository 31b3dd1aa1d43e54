//go:build !race

package wall_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// outsiders ask for everything: nobody, somebody whose account was deactivated while they were signed in, and the
// administrator of a workspace that holds nothing, with the ids of another.
func (w *world) outsiders(s *spec) []*trial {
	var out []*trial
	alpha := w.parties[0]
	for _, o := range s.ops {
		if o.item == nil || o.public() {
			continue
		}
		r, err := o.request(alpha.shared.With("run", "twin"))
		w.must(err)
		in := []int{http.StatusUnauthorized}
		out = append(out,
			&trial{op: o.ID, place: "no credentials", actor: "nobody", act: as("", r, nil), accepts: in, nothing: true},
			&trial{op: o.ID, place: "no credentials, header X-Workspace", actor: "nobody", act: as("", r, named(alpha.slug)), accepts: in, nothing: true},
			&trial{op: o.ID, place: "a token from before", actor: "deactivated user", act: as(w.gone, r, nil), accepts: in, nothing: true},
		)
		c := &trial{op: o.ID, place: "ids of another", actor: "administrator of an empty workspace", act: as(w.empty.token, r, nil), who: &w.empty}
		if named := slices.ContainsFunc(o.places(), func(p place) bool { return p.in == "path" && p.name == "id" }); named && !strings.Contains(r.Path, alpha.shared["meId"]) {
			c.accepts, c.nothing = notThere, true
		}
		if strings.Contains(r.Path, "/sessions/") {
			c.accepts, c.nothing = notThere, true
		}
		out = append(out, c)
	}
	return out
}

// camel is a column's name as the API would call it.
func camel(column string) string {
	parts := strings.Split(column, "_")
	for i := 1; i < len(parts); i++ {
		if parts[i] != "" {
			parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
		}
	}
	return strings.Join(parts, "")
}

// columns are the names of all columns there are, as in the database and as the API would call them, and what
// programs are known to try.
func (w *world) columns() []string {
	set := map[string]bool{}
	for _, columns := range w.tables() {
		for _, c := range columns {
			set[c], set[camel(c)] = true, true
		}
	}
	for _, n := range []string{"id", "tenantId", "workspaceId", "workspace", "role", "permissions", "isAdmin", "balance", "points", "status", "createdAt", "verified", "passwordHash", "$where", "__proto__", "id.tenant_id", "1=1"} {
		set[n] = true
	}
	out := make([]string, 0, len(set))
	for n := range set {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// masses send every field there is beside those that a body has: each is refused by its name, and nothing written.
func (w *world) masses(s *spec) (out []*trial, filled int) {
	alpha := w.parties[0]
	for _, o := range s.ops {
		shape := o.body()
		if o.item == nil || shape == nil {
			continue
		}
		r, err := o.request(alpha.shared.With("run", "twin"))
		w.must(err)
		// The body itself, and each object or list of objects in it.
		levels := []struct {
			path  []string
			shape *schema
		}{{nil, shape}}
		for name, p := range shape.Properties {
			p = s.deref(p)
			switch {
			case p == nil:
			case len(p.Properties) > 0:
				levels = append(levels, struct {
					path  []string
					shape *schema
				}{[]string{name}, p})
			case p.Items != nil && len(s.deref(p.Items).Properties) > 0:
				levels = append(levels, struct {
					path  []string
					shape *schema
				}{[]string{name, "[]"}, s.deref(p.Items)})
			}
		}
		for _, level := range levels {
			var names []string
			for _, n := range w.columns() {
				if _, known := level.shape.Properties[n]; !known {
					names = append(names, n)
				}
			}
			x := r
			for _, n := range names {
				var body map[string]any
				w.must(json.Unmarshal(x.Body, &body))
				w.must(put(body, append(slices.Clone(level.path), n), missing))
				x.Body, err = json.Marshal(body)
				w.must(err)
			}
			filled += len(names)
			where := "body." + strings.Join(level.path, ".")
			out = append(out, &trial{
				op: o.ID, place: fmt.Sprintf("%s and %d fields more", where, len(names)), actor: "administrator of alpha", who: alpha,
				accepts: []int{http.StatusUnprocessableEntity}, nothing: true,
				act: func(ctx context.Context, w *world) []answer {
					a := w.send(ctx, x, alpha.token, named(alpha.slug))
					var p struct {
						Errors []struct{ Location, Message string }
					}
					_ = json.Unmarshal(a.body, &p)
					refused := map[string]bool{}
					for _, e := range p.Errors {
						refused[e.Location[strings.LastIndex(e.Location, ".")+1:]] = true
					}
					for _, n := range names {
						if !refused[n[strings.LastIndex(n, ".")+1:]] {
							w.blame("the field %s %s is not refused", where, n)
						}
					}
					return []answer{a}
				},
			})
		}
	}
	return out, filled
}

// oracles filter and order lists by every column that the list does not offer.
func (w *world) oracles(s *spec) (out []*trial, tried int) {
	alpha := w.parties[0]
	for _, o := range s.ops {
		if o.item == nil || !o.list() {
			continue
		}
		r, err := o.request(alpha.shared)
		w.must(err)
		sep := "?"
		if strings.Contains(r.Path, "?") {
			sep = "&"
		}
		// All filters at once, since each is refused by its name; orders one by one.
		var names []string
		query := url.Values{}
		for _, n := range w.columns() {
			if !o.takes("query", n) && !slices.Contains([]string{"total", "fields", "sort", "limit", "cursor"}, n) {
				names = append(names, n, n+"[gte]")
				query[n], query[n+"[gte]"] = []string{"1"}, []string{"1"}
			}
		}
		tried += len(names)
		x := r
		x.Path += sep + query.Encode()
		out = append(out, &trial{
			op: o.ID, place: fmt.Sprintf("%d filters that it does not offer", len(names)), actor: "administrator of alpha", who: alpha,
			accepts: []int{http.StatusBadRequest}, nothing: true,
			act: func(ctx context.Context, w *world) []answer {
				a := w.send(ctx, x, alpha.token, nil)
				var p struct{ Errors []struct{ Location string } }
				_ = json.Unmarshal(a.body, &p)
				refused := map[string]bool{}
				for _, e := range p.Errors {
					refused[strings.TrimPrefix(e.Location, "query.")] = true
				}
				for _, n := range names {
					if !refused[n] {
						w.blame("the filter %s is not refused", n)
					}
				}
				return []answer{a}
			},
		})
		offered := o.sorts()
		for _, n := range w.columns() {
			if slices.Contains(offered, n) || strings.Contains(n, "_") && n != "password_hash" {
				continue
			}
			tried++
			x := r
			x.Path += sep + "sort=-" + url.QueryEscape(n)
			out = append(out, &trial{
				op: o.ID, place: "query.sort " + n, actor: "administrator of alpha", who: alpha,
				act: as(alpha.token, x, nil), accepts: []int{http.StatusBadRequest}, nothing: true,
			})
		}
	}
	return out, tried
}
