//go:build !race

package wall_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// as lets the trial's request be sent with a token.
func as(token string, r apptest.Request, dress func(*http.Request)) func(context.Context, *world) []answer {
	return func(ctx context.Context, w *world) []answer { return []answer{w.send(ctx, r, token, dress)} }
}

func request2(method, path, body string) apptest.Request {
	r := apptest.Request{Method: method, Path: path, ContentType: "application/json"}
	if body != "" {
		r.Body = []byte(body)
	}
	return r
}

func named(slug string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("X-Workspace", slug) }
}

// refusals are the answers of who asks for what is not there, or names it in a body or a filter.
var (
	notThere = []int{http.StatusNotFound}
	unfit    = []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusConflict}
)

// Places that answer otherwise than by 404, for an id of another workspace as for one that nobody has.
var placeAnswers = map[string][]int{
	"add-team-member path.userId":    {http.StatusUnprocessableEntity}, // like a member in the team's own list
	"remove-team-member path.userId": {http.StatusNoContent},           // who is no member is not one afterwards
	"set-ticket-field path.key":      {http.StatusUnprocessableEntity}, // the name of a field, as in the ticket's own fields
	"clear-ticket-field path.key":    {http.StatusUnprocessableEntity},
}

// Requests of the collection whose success needs something else in this world, with what they answer here.
var otherwise = map[string][]int{
	"run-setup":      {http.StatusConflict},
	"reset-password": {http.StatusNotFound},
}

// trials are all trials by an administrator of one workspace with the other as victim.
func (w *world) trials(s *spec, who, victim *party) []*trial {
	var out []*trial
	for _, o := range s.ops {
		if o.item == nil {
			continue
		}
		v := who.shared.With("run", "twin")
		r, err := o.request(v)
		w.must(err)
		header := named(who.slug)
		if !o.public() {
			header = nil
		}
		accepts := r.Accepts
		if x, ok := otherwise[o.ID]; ok {
			accepts = x
		}
		admin := "administrator of " + who.slug
		add := func(c *trial) {
			c.op, c.actor = o.ID, admin
			if c.who == nil {
				c.who = who
			}
			out = append(out, c)
		}
		// Ids that both have: the request succeeds, and touches one's own.
		add(&trial{place: "ids that both have", act: as(who.token, r, header), accepts: accepts, work: true, alone: true})
		if o.Method == http.MethodPost { // natural keys that the other has taken
			i := slices.IndexFunc(w.items, func(i apptest.Item) bool { return i.ID == o.ID })
			n := slices.Index(w.parties[:], victim) + 1
			x, err := who.shared.With("run", victim.canary).Request(vary(w.items[i:i+1], n)[0])
			w.must(err)
			x.Key, x.Path = "", r.Path
			add(&trial{place: "natural keys of the other", act: as(who.token, x, header), accepts: accepts, alone: true, echo: true})
		}
		w.swaps(o, r, who, victim, add)
		w.foreign(o, r, who, victim, add)
		w.matches(o, r, who, victim, add)
		w.pages(o, r, who, victim, add)
		w.repeats(o, r, who, victim, accepts, add)
	}
	return append(out, w.longer(who, victim)...)
}

// swaps name the other workspace beside a token that is good.
func (w *world) swaps(o *operation, r apptest.Request, who, victim *party, add func(*trial)) {
	if o.public() {
		return
	}
	refused := []int{http.StatusUnauthorized}
	add(&trial{place: "header X-Workspace of the other", act: as(who.token, r, named(victim.slug)), accepts: refused, nothing: true})
	add(&trial{place: "host of the other", act: as(who.token, r, func(q *http.Request) { q.Host = victim.slug + "." + hosts }), accepts: refused, nothing: true})
}

// theirs is an id that the victim alone has.
func (w *world) theirs(victim *party, noun string) string {
	switch noun {
	case "meId", "probeId", "goneId":
		noun = "userId"
	case "queuedJobId":
		noun = "jobId"
	}
	if strings.HasPrefix(noun, "spareRole") || noun == "probeRoleId" {
		noun = "roleId"
	}
	if strings.HasPrefix(noun, "spareTeam") {
		noun = "teamId"
	}
	return victim.only[noun]
}

// foreign puts ids of the other workspace wherever an id can stand.
func (w *world) foreign(o *operation, r apptest.Request, who, victim *party, add func(*trial)) {
	for _, p := range o.places() {
		var own, other string
		gone := missing
		if p.in == "path" {
			own = o.current(r, p)
			noun := ""
			for n, v := range who.shared {
				if v == own && v != "" && (strings.HasSuffix(n, "Id") || strings.HasSuffix(n, "Key")) && (noun == "" || n < noun) {
					noun = n
				}
			}
			other = w.theirs(victim, noun)
			switch {
			case o.ID == "reset-password":
				other, gone = fmt.Sprintf("%d.%s", victim.id, strings.Repeat("x", 43)), fmt.Sprintf("%d.%s", who.id, strings.Repeat("x", 43))
			case strings.HasSuffix(noun, "Key"):
				gone = "noSuchKey"
			case p.name == "code": // a permission of the catalogue belongs to nobody
				continue
			}
			if noun == "" && o.ID != "reset-password" {
				w.t.Errorf("%s %s: nothing gives %q, so that no id of another workspace is known for it", o.ID, p, own)
				continue
			}
		} else {
			noun := w.noun(o, p)
			if noun == "" {
				w.t.Errorf("%s %s: no object of the collection is known for it; name it in noun", o.ID, p)
				continue
			}
			own, other = who.shared[noun], w.theirs(victim, noun)
		}
		if other == "" || own == other {
			w.t.Errorf("%s %s: %s has no object that %s lacks", o.ID, p, victim.slug, who.slug)
			continue
		}
		accepts := notThere
		switch p.in {
		case "body":
			accepts = unfit
			if o.ID == "update-customers" { // answers item by item: what is refused stands in its result
				accepts = []int{http.StatusOK}
			}
		case "query":
			accepts = []int{http.StatusOK, http.StatusNotFound}
		}
		if x, ok := placeAnswers[o.ID+" "+p.String()]; ok {
			accepts = x
		}
		theirs, err := o.set(r, p, other)
		w.must(err)
		nobodys, err := o.set(r, p, gone)
		w.must(err)
		secret := p
		add(&trial{
			place: p.String() + " of the other", accepts: accepts, nothing: o.writes(), alone: true,
			echo: p.name == "key", // the name of the field was asked for
			act: func(ctx context.Context, w *world) []answer {
				a, b := w.send(ctx, theirs, who.token, named(who.slug)), w.send(ctx, nobodys, who.token, named(who.slug))
				if x, y := bare(a, other), bare(b, gone); x != y {
					w.blame("%s %s: what belongs to another workspace is answered differently from what does not exist:\n  %s\n  %s", o.ID, secret, clip(x), clip(y))
				}
				return []answer{a, b}
			},
		})
		if p.list {
			mixed, err := o.set(r, p, own, other)
			w.must(err)
			add(&trial{place: p.String() + " of both", act: as(who.token, mixed, nil), accepts: accepts, nothing: true, alone: true})
		}
		if p.in == "query" { // one's own, so that the conditions behind it are used
			mine, err := o.set(r, p, own)
			w.must(err)
			if o.list() {
				mine.Path += "&total=true"
			}
			add(&trial{place: p.String() + " that both have", act: as(who.token, mine, nil), accepts: []int{http.StatusOK}, alone: true})
		}
	}
}

// bare is an answer without the id that was asked for and what differs between any two.
func bare(a answer, asked string) string {
	h := a.header.Clone()
	h.Del("X-Request-Id")
	text := fmt.Sprint(a.status, h, string(a.body))
	text = request.ReplaceAllString(text, "")
	return strings.ReplaceAll(text, asked, "ID")
}

// matches sends a version with the change: one's own passes, that of the other's twin does not.
func (w *world) matches(o *operation, _ apptest.Request, who, victim *party, add func(*trial)) {
	if !o.takes("header", "If-Match") {
		return
	}
	ctx := w.t.Context()
	v := who.shared.With("run", "twin")
	for n, u := range who.pair {
		if strings.HasSuffix(n, "Id") && n != "meId" && o.ID != "delete-role" && o.ID != "delete-team" {
			v[n] = u
		}
	}
	r, err := o.request(v)
	w.must(err)
	read := apptest.Request{Method: http.MethodGet, Path: r.Path}
	if o.ID == "assign-ticket" {
		read.Path = strings.TrimSuffix(read.Path, "/assignee")
	}
	if o.ID == "set-user-status" {
		read.Path = strings.TrimSuffix(read.Path, "/status")
	}
	tag := w.send(ctx, read, victim.token, nil).header.Get("Etag")
	mine := w.send(ctx, read, who.token, nil).header.Get("Etag")
	if o.ID == "delete-role" || o.ID == "delete-team" { // those in use are not deleted, and the others are alike
		tag = `"1"`
	}
	if tag == "" || tag == mine {
		w.t.Errorf("%s: the twins have the versions %q and %q", o.ID, tag, mine)
		return
	}
	with := func(tag string) func(*http.Request) {
		return func(q *http.Request) { q.Header.Set("If-Match", tag) }
	}
	add(&trial{place: "If-Match of one's own", act: as(who.token, r, with(mine)), accepts: r.Accepts, alone: true})
	add(&trial{place: "If-Match of the other's twin", act: as(who.token, r, with(tag)), accepts: []int{http.StatusPreconditionFailed}, nothing: true, alone: true})
}

// Values of filters that no row shows under the filter's name.
var filterValues = map[string]string{
	"view": "all", "unread": "true", "open": "true", "tag": "wholesale both", "group": "Wholesale both", "role": "administrator", "object": "tickets",
	"name": "Ada Lovelace", "list-groups name": "Wholesale both", "list-tags name": "wholesale both",
	"list-users name": "The Same", "level": "Gold", "phone": "+12025550143", "email": "ada@example.com", "createdAt": ">=2026-01-01", "updatedAt": ">=2026-01-01",
	"activityAt": ">=2026-01-01", "occurredAt": ">=2026-01-01", "placedAt": "2026-01-31T12:00:00Z", "internal": "true", "price": ">=1", "amount": "1299",
	"total": ">=1", "inventory": "38", "rating": "4.5", "builtIn": "true", "available": "true", "currency": "GBP", "username": "noorboth",
	"recipient": "ada@example.com", "purpose": "password_reset", "birthDate": "1985-12-10", "country": "GB", "company": "Analytical Engines",
	"firstName": "Ada", "lastName": "Lovelace", "number": "1", "priority": "2", "category": "delivery", "channel": "phone", "type": "question",
	"list-orders number": "WEB-1042-both", "list-customer-orders number": "WEB-1042-both", "source": "web shop", "sku": "85123A-both", "list-tickets number": "11", "title": "White heart T-light holder",
	"method": "card", "action": "role.created", "actorKind": "user", "objectKind": "role", "status": "approved", "list-orders status": "shipped", "list-customer-orders status": "shipped",
	"list-products status": "active", "list-tickets status": "pending", "list-customers status": "customer", "kind": "ticket.created", "list-customers kind": "person",
	"list-orders kind": "sale", "list-customer-orders kind": "sale", "list-transactions kind": "payment", "list-customer-transactions kind": "payment",
	"list-jobs kind": "field.build_index", "state": "done", "list-mail state": "kept", "get-customer-journey occurredAt": "<=2027-01-01", "search kind": "ticket", "get-customer-journey kind": "order", "list-ticket-events kind": "ticket.created",
}

// pages asks a list by each filter, in each order, with its number of rows, by words, and page by page; and with a
// cursor of the other's.
func (w *world) pages(o *operation, r apptest.Request, who, victim *party, add func(*trial)) {
	if o.Method != http.MethodGet || len(o.Parameters) == 0 {
		return
	}
	sep := "?"
	if strings.Contains(r.Path, "?") {
		sep = "&"
	}
	ask := func(place, query string) {
		x := r
		x.Path += sep + query
		add(&trial{place: place, act: as(who.token, x, nil), accepts: []int{http.StatusOK}, alone: true})
	}
	rows := w.firstRow(w.send(w.t.Context(), r, who.token, nil))
	fields := []string{who.shared["customerFieldKey"], who.shared["fieldKey"], "girth"}
	total := ""
	if o.list() {
		total = "&total=true"
		ask("query.total", "total=true")
	}
	for _, p := range o.Parameters {
		if p.In != "query" || strings.HasSuffix(p.Name, "Id") || slices.Contains([]string{"limit", "cursor", "sort", "fields", "q"}, p.Name) {
			continue
		}
		if p.Name == "total" && o.spec.deref(p.Schema).Type != "array" {
			continue
		}
		names, value := []string{p.Name}, ""
		for _, v := range []string{filterValues[o.ID+" "+p.Name], filterValues[p.Name], rows[p.Name]} {
			if v != "" && (value == "" || w.finds(r, sep, p.Name, v, who)) {
				value = v
				if w.finds(r, sep, p.Name, v, who) {
					break
				}
			}
		}
		if p.Name == "field.<key>" {
			names, value = nil, "40"
			for _, f := range fields {
				names = append(names, "field."+f)
			}
		}
		if value == "" {
			if !o.list() { // its example is in the collection's request, or it is optional
				continue
			}
			w.t.Errorf("%s: no value is known for the filter %s; name one in filterValues", o.ID, p.Name)
			continue
		}
		tried := 0
		for _, n := range names {
			query := condition2(n, value)
			x := r
			x.Path += sep + query
			if a := w.send(w.t.Context(), x, who.token, nil); a.status != http.StatusOK {
				if len(names) == 1 {
					w.t.Errorf("%s: the filter %s answers %d: %s", o.ID, query, a.status, a.body)
				}
				continue
			}
			tried++
			ask("query."+p.Name, query+total)
			if len(names) > 1 {
				ask("query.sort "+p.Name, "sort="+n+total)
			}
		}
		if tried == 0 {
			w.t.Errorf("%s: no field fits the filter %s", o.ID, p.Name)
		}
	}
	if o.takes("query", "q") && o.list() {
		for _, words := range []string{"ada", "both", "wholesale", "returns", "heart", "parcel"} {
			x := r
			x.Path += sep + "q=" + words
			if w.send(w.t.Context(), x, who.token, nil).status == http.StatusOK {
				ask("query.q "+words, "q="+words)
			}
		}
	}
	for _, sort := range o.sorts() {
		if sort != "field.<key>" {
			x := r
			x.Path += sep + "sort=" + sort
			if w.send(w.t.Context(), x, who.token, nil).status == http.StatusOK {
				ask("query.sort "+sort, "sort="+sort)
			}
		}
	}
	if !o.list() {
		return
	}
	first := r
	first.Path += sep + "limit=1"
	add(&trial{place: "query.cursor of one's own", alone: true, accepts: []int{http.StatusOK}, act: func(ctx context.Context, w *world) []answer {
		a := w.send(ctx, first, who.token, nil)
		if next := cursorOf(a); next != "" {
			second := first
			second.Path += "&cursor=" + next
			return []answer{a, w.send(ctx, second, who.token, nil)}
		}
		return []answer{a}
	}})
	if next := cursorOf(w.send(w.t.Context(), first, victim.token, nil)); next != "" {
		x := r
		x.Path += sep + "cursor=" + next
		add(&trial{place: "query.cursor of the other", act: as(who.token, x, nil), accepts: []int{http.StatusOK}, alone: true})
	}
}

// condition2 is a filter as it stands in a query.
func condition2(name, value string) string {
	if bound, ok := strings.CutPrefix(value, ">="); ok {
		return url.QueryEscape(name+"[gte]") + "=" + bound
	}
	if bound, ok := strings.CutPrefix(value, "<="); ok {
		return url.QueryEscape(name+"[lte]") + "=" + bound
	}
	return name + "=" + url.QueryEscape(value)
}

// finds reports that a filter finds something.
func (w *world) finds(r apptest.Request, sep, name, value string, who *party) bool {
	r.Path += sep + condition2(name, value)
	a := w.send(w.t.Context(), r, who.token, nil)
	var page struct{ Data []any }
	_ = json.Unmarshal(a.body, &page)
	return a.status == http.StatusOK && len(page.Data) > 0
}

// firstRow is what the first row of a list shows as plain text.
func (w *world) firstRow(a answer) map[string]string {
	var page struct{ Data []map[string]any }
	_ = json.Unmarshal(a.body, &page)
	out := map[string]string{}
	if len(page.Data) > 0 {
		for n, v := range page.Data[0] {
			if text, ok := v.(string); ok {
				out[n] = text
			}
		}
	}
	return out
}

func cursorOf(a answer) string {
	var page struct {
		NextCursor string `json:"nextCursor"`
		Next       string `json:"next"`
		Meta       struct{ NextCursor string }
	}
	_ = json.Unmarshal(a.body, &page)
	return page.NextCursor + page.Next + page.Meta.NextCursor
}

const (
	keyOfBoth = "key-of-both"
	keyOf     = "key-of-"
)

// keys lets each workspace have answers kept under Idempotency-Keys: one key of its own and one that both have.
func (w *world) keys(s *spec) {
	w.t.Helper()
	alpha := w.parties[0]
	for _, o := range s.ops {
		if o.item == nil || o.Method != http.MethodPost || strings.HasPrefix(o.Path, "/auth/") || o.public() {
			continue
		}
		r, err := o.request(alpha.shared.With("run", "twin"))
		w.must(err)
		r.Key = keyOfBoth
		a := w.send(w.t.Context(), r, alpha.token, nil)
		if !slices.Contains(r.Accepts, a.status) {
			w.t.Fatalf("%s answers %d: %s %q", o.ID, a.status, a.body, w.log.take())
		}
		wrote := slices.DeleteFunc(w.wrote(), func(n string) bool { return n == "idempotency_key" })
		w.restore(wrote, nil)
	}
	const copies = `
		INSERT INTO idempotency_key (tenant_id, actor, route, key, request_hash, happened, status, header, body, created_at)
		SELECT %d, actor, route, '%s', request_hash, happened, status, header, %s, created_at FROM idempotency_key WHERE tenant_id = %d AND key = '` + keyOfBoth + `'`
	for _, p := range w.parties {
		body := `CAST('"` + p.canary + `"' AS BLOB)`
		if w.engine == db.Postgres {
			body = `CAST('"` + p.canary + `"' AS BYTEA)`
		}
		w.exec(fmt.Sprintf(copies, p.id, keyOf+p.slug, body, alpha.id))
		if p != alpha {
			w.exec(fmt.Sprintf(copies, p.id, keyOfBoth, body, alpha.id))
		} else {
			w.exec(`UPDATE idempotency_key SET body = ` + body + ` WHERE key = '` + keyOfBoth + `'`)
		}
	}
	w.keep("idempotency_key")
}

// repeats send a key under which the other has an answer kept, and one under which both have.
func (w *world) repeats(o *operation, r apptest.Request, who, victim *party, accepts []int, add func(*trial)) {
	if o.Method != http.MethodPost || strings.HasPrefix(o.Path, "/auth/") || o.public() {
		return
	}
	r.Key = keyOf + victim.slug
	add(&trial{place: "Idempotency-Key of the other", act: as(who.token, r, nil), accepts: accepts, alone: true})
	r.Key = keyOfBoth
	add(&trial{place: "Idempotency-Key that both used", act: as(who.token, r, nil), accepts: accepts, nothing: true, alone: true})
}

var link = regexp.MustCompile(`/reset-password/([\w.-]+)`)

// longer are trials of more than one request.
func (w *world) longer(who, victim *party) []*trial {
	get := func(path string) apptest.Request { return apptest.Request{Method: http.MethodGet, Path: path} }
	post := func(path, body string) apptest.Request {
		return apptest.Request{Method: http.MethodPost, Path: path, Body: []byte(body), ContentType: "application/json"}
	}
	tokens := func(a answer) (access, refresh string) {
		var in struct{ Token, RefreshToken string }
		_ = json.Unmarshal(a.body, &in)
		return in.Token, in.RefreshToken
	}
	actor := "administrator of " + who.slug
	login := post("/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, admin, password))
	renew := post("/auth/refresh-token", fmt.Sprintf(`{"refreshToken":%q}`, who.shared["refreshToken"]))
	after := func(ctx context.Context, w *world, a answer) []answer {
		token, refresh := tokens(a)
		again := post("/auth/refresh-token", fmt.Sprintf(`{"refreshToken":%q}`, refresh))
		out := []answer{a, w.send(ctx, get("/auth/me"), token, nil), w.send(ctx, get("/auth/sessions"), token, nil)}
		out = append(out, w.send(ctx, again, "", nil), w.send(ctx, get("/auth/me"), token, nil))
		return append(out, w.send(ctx, post("/auth/logout", "{}"), token, nil), w.send(ctx, get("/auth/me"), token, nil))
	}
	out := []*trial{
		{op: "sign-in", place: "and what follows", alone: true, act: func(ctx context.Context, w *world) []answer {
			return after(ctx, w, w.send(ctx, login, "", named(who.slug)))
		}},
		{op: "refresh-token", place: "and what follows", alone: true, act: func(ctx context.Context, w *world) []answer {
			return after(ctx, w, w.send(ctx, renew, "", nil))
		}},
		{op: "refresh-token", place: "header X-Workspace of the other", nothing: true, accepts: []int{http.StatusUnauthorized}, act: as("", renew, named(victim.slug))},
		{op: "refresh-token", place: "host of the other", nothing: true, accepts: []int{http.StatusUnauthorized}, act: as("", renew, func(q *http.Request) { q.Host = victim.slug + "." + hosts })},
		{
			op: "sign-in", place: "body against header", nothing: true, accepts: []int{http.StatusUnauthorized},
			act: as("", post("/auth/login", fmt.Sprintf(`{"email":%q,"password":%q,"workspace":%q}`, admin, password, who.slug)), named(victim.slug)),
		},
		{
			op: "sign-in", place: "a user that the other alone has", accepts: []int{http.StatusUnauthorized}, alone: true,
			act: as("", post("/auth/login", fmt.Sprintf(`{"email":"noor-%s@example.com","password":"Lantern-4-meadow"}`, victim.canary)), named(who.slug)),
		},
		{
			op: "sign-in", place: "by a user name that both have", alone: true, accepts: []int{http.StatusOK},
			act: as("", post("/auth/login", `{"username":"noorboth","password":"Lantern-4-meadow"}`), named(who.slug)),
		},
		{op: "reset-password", place: "and what comes before", work: true, alone: true, act: func(ctx context.Context, w *world) []answer {
			out := []answer{w.send(ctx, post("/auth/forgot-password", fmt.Sprintf(`{"email":%q}`, admin)), "", named(who.slug))}
			w.work(who)
			return append(out, w.reset(ctx, who, "")...)
		}},
		{op: "reset-password", place: "path.token with the other's number", work: true, alone: true, accepts: []int{http.StatusNotFound}, act: func(ctx context.Context, w *world) []answer {
			out := []answer{w.send(ctx, post("/auth/forgot-password", fmt.Sprintf(`{"email":%q}`, admin)), "", named(who.slug))}
			w.work(who)
			return append(out, w.reset(ctx, who, fmt.Sprint(victim.id))...)
		}},
		{op: "stream-events", place: "header.Last-Event-ID that both have", alone: true, act: func(ctx context.Context, w *world) []answer {
			return []answer{w.stream(ctx, who.token, who.shared["roleId"])}
		}},
		{op: "read-file", place: "a file of a message that both have", alone: true, accepts: []int{http.StatusOK}, act: as(who.token, get("/files/"+who.shared["attachedId"]), nil)},
		{op: "read-thumbnail", place: "a file of a message that both have", alone: true, accepts: []int{http.StatusOK}, act: as(who.token, get("/files/"+who.shared["attachedId"]+"/thumbnail"), nil)},
		{op: "read-file", place: "a file of a message of the other", alone: true, accepts: notThere, act: as(who.token, get("/files/"+victim.only["attachedId"]), nil)},
		{op: "read-thumbnail", place: "a file of a message of the other", alone: true, accepts: notThere, act: as(who.token, get("/files/"+victim.only["attachedId"]+"/thumbnail"), nil)},
		{
			op: "assign-ticket", place: "body.assigneeId whose role differs", alone: true,
			act: as(who.token, request2(http.MethodPut, "/tickets/"+who.shared["ticketId"]+"/assignee", `{"assigneeId":"`+who.shared["userId"]+`"}`), nil),
		},
		{op: "search", place: "query.q by the other's words", echo: true, alone: true, accepts: []int{http.StatusOK}, act: as(who.token, get("/search?q="+victim.canary), nil)},
		{op: "periodic work", place: "over all workspaces", alone: true, every: true, act: func(ctx context.Context, w *world) []answer {
			w.exec(`UPDATE periodic SET due_at = 1`)
			w.exec(`UPDATE media_file SET created_at = 1 WHERE owner_kind = 'staged'`)
			_, err := w.app.Queue.Drain(ctx)
			w.must(err)
			w.exec(`UPDATE periodic SET due_at = 9000000000000000`)
			return nil
		}},
	}
	for _, kind := range []string{"customer", "order", "product", "ticket", "message"} {
		for _, q := range []string{"ada", "both", "parcel", "whte", "heart", "nobody"} {
			out = append(out, &trial{op: "search", place: "query.kind " + kind + " " + q, alone: true, accepts: []int{http.StatusOK}, act: as(who.token, get("/search?kind="+kind+"&q="+q), nil)})
		}
	}
	for _, c := range out {
		c.who, c.actor = who, actor
	}
	return out
}

// reset uses the link of the last letter, with another workspace's number in front where one is given.
func (w *world) reset(ctx context.Context, who *party, number string) []answer {
	var token string
	w.must(w.side.ReadAll(ctx, func(ctx context.Context, q db.Reader) error {
		text, err := db.All(ctx, q, func(r db.Row) (s string, err error) { return s, r.Scan(&s) },
			`SELECT body_text FROM mail_outbox WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1`, who.id)
		if m := link.FindStringSubmatch(strings.Join(text, "")); m != nil {
			token = m[1]
		}
		return err
	}))
	if token == "" {
		w.blame("no letter with a link was written")
		return nil
	}
	if _, secret, ok := strings.Cut(token, "."); ok && number != "" {
		token = number + "." + secret
	}
	return []answer{w.send(ctx, apptest.Request{Method: http.MethodPut, Path: "/auth/reset-password/" + token, Body: []byte(`{"password":"Kettle-8-harbour"}`), ContentType: "application/json"}, "", nil)}
}

// flushed ends a request as soon as its first words are out.
type flushed struct {
	*httptest.ResponseRecorder
	end context.CancelFunc
}

func (f flushed) Flush() { f.end() }

// stream reads what a live stream replays.
func (w *world) stream(ctx context.Context, token, last string) answer {
	ctx, end := context.WithCancel(ctx)
	defer end()
	r := apptest.Request{Method: http.MethodGet, Path: "/api/v1/events"}.HTTP(ctx, token)
	r.Header.Set("Last-Event-ID", last)
	out := flushed{httptest.NewRecorder(), end}
	w.handler.ServeHTTP(out, r)
	return answer{out.Code, out.Header(), out.Body.Bytes()}
}

// blame notes a fault of the trial at hand.
func (w *world) blame(format string, args ...any) {
	w.blamed = append(w.blamed, fmt.Sprintf(format, args...))
}
