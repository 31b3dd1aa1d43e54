//go:build !race

package wall_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const (
	password = "Correct-Horse-Battery-7"
	admin    = "ada@example.com"
	probe    = "pia@example.com"  // whose role changes from case to case
	gone     = "gus@example.com"  // deactivated while signed in
	empty    = "cleo@example.com" // administrator of a workspace that holds nothing
	missing  = "01890a5d-ac96-774b-bcce-b302099a8057"
	hosts    = "brand.test"
)

// party is a workspace and what its administrator knows.
type party struct {
	id     int64
	slug   string
	canary string            // stands in every text of the workspace that is free to say anything
	token  string            // of the administrator
	shared apptest.Variables // ids that both workspaces have
	pair   apptest.Variables // ids that both have, of the like of each: the twin of one has the id of the other
	only   apptest.Variables // ids that no other workspace has
}

// world is an installation with two workspaces that mirror each other, ids and natural keys included, beside
// what each has alone, and with one that holds nothing.
type world struct {
	t       *testing.T
	engine  db.Engine
	app     *app.App
	d       *db.DB // the app's
	side    *db.DB // a second look, and the way back
	cfg     config.Config
	options db.Options
	dir     string
	handler http.Handler
	log     *lines
	items   []apptest.Item
	parties [2]*party
	empty   party
	probe   string // token of pia in the first workspace
	gone    string // token of gus

	lens   apptest.Lens
	kept   apptest.State
	known  apptest.Shaper
	files  map[string]string // blob → bytes, as kept
	layout map[string][]string

	listening bool     // keep what statements each trial sends
	blamed    []string // faults that the trial at hand saw itself

	mu      sync.Mutex
	touched map[string]bool          // tables that a statement wrote to since the last look
	rewrite func(text string) string // of the app's statements; nil while none is changed
	heard   map[string]bool          // statements of the trial at hand; nil while nobody listens
	probing auth.Probe               // of the requests; nil while no check is looked at
}

// lines keeps what the program logs as errors.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, strings.TrimSpace(string(b)))
	return len(b), nil
}

func (l *lines) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.all
	l.all = nil
	return out
}

var written = regexp.MustCompile(`(?i)\b(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+(\w+)`)

func (w *world) watch(_ context.Context, at db.Moment, next string) {
	if at != db.BeforeStatement {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range written.FindAllStringSubmatch(next, -1) {
		if w.touched != nil {
			w.touched[m[1]] = true
		}
	}
}

func (w *world) text(_ context.Context, q string) string {
	w.mu.Lock()
	rewrite := w.rewrite
	if w.heard != nil {
		w.heard[q] = true
	}
	w.mu.Unlock()
	if rewrite == nil {
		return q
	}
	return rewrite(q)
}

func (w *world) setRewrite(f func(string) string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rewrite = f
}

// newWorld builds it all.
func newWorld(t *testing.T, e db.Engine) *world {
	t.Helper()
	ctx := t.Context()
	o := dbtest.Options(t, e)
	o.RowSecurity = db.RowSecurityOff // the second net would catch what the first lets through
	w := &world{t: t, engine: e, dir: t.TempDir(), log: &lines{}}
	if e == db.SQLite {
		w.dir = filepath.Dir(o.Path)
	}
	cfg, err := config.Load([]string{
		"THROUGHLINE_DATA_DIR=" + w.dir, "THROUGHLINE_DATABASE_URL=" + o.URL, "THROUGHLINE_WORKERS=1", "THROUGHLINE_HOSTS=" + hosts,
		"THROUGHLINE_SECRET_KEY=" + strings.Repeat("5a", 32), "THROUGHLINE_ACCESS_LIFETIME=24h",
		"THROUGHLINE_ANONYMOUS_LIMIT=off", "THROUGHLINE_USER_LIMIT=off", "THROUGHLINE_SIGN_IN_LIMIT=off",
	}, "")
	w.must(err)
	w.cfg, w.options = cfg, o
	o.MaxConns = 4
	w.side, err = db.Open(ctx, o)
	w.must(err)
	t.Cleanup(func() { _ = w.side.Close() })
	w.unsynced(w.side)
	w.begin()
	t.Cleanup(func() { _ = w.app.Close() })
	w.openKept()
	w.fill()
	return w
}

// begin starts the app on the database, anew where one runs.
func (w *world) begin() {
	w.t.Helper()
	if w.app != nil {
		w.must(w.app.Close())
	}
	o := w.options
	o.MaxConns, o.Watch, o.Rewrite = 4, w.watch, w.text
	var err error
	w.d, err = db.Open(w.t.Context(), o)
	w.must(err)
	w.unsynced(w.d)
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelError}))
	w.app, err = app.Build(w.t.Context(), w.cfg, log, w.d)
	w.must(err)
	w.handler = w.app.Handler()
}

// unsynced: no power is lost here.
func (w *world) unsynced(d *db.DB) {
	w.t.Helper()
	if w.engine == db.SQLite {
		w.must(d.Exec(w.t.Context(), `PRAGMA synchronous = OFF`))
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) workspace(slug, email string) int64 {
	w.t.Helper()
	made, _, err := w.app.Auth.CreateFirst(w.t.Context(), auth.Setup{
		Workspace: tenant.Create{Name: "Brand", Slug: slug, Currency: "GBP", Timezone: "Europe/London", Locale: "en-GB"},
		Name:      "Ada Byron", Email: email, Password: password,
	})
	w.must(err)
	return int64(made.ID)
}

// fill makes the first workspace and all its objects, mirrors it, and gives each what the other lacks.
func (w *world) fill() {
	w.t.Helper()
	ctx := w.t.Context()
	alpha, bravo := &party{slug: "alpha", canary: "cnryalpha"}, &party{slug: "bravo", canary: "cnrybravo"}
	w.parties = [2]*party{alpha, bravo}
	alpha.id = w.workspace("alpha", admin)
	w.exec(`UPDATE periodic SET due_at = 9000000000000000`)
	items, v, err := apptest.Collection(w.app.API, admin, password)
	w.must(err)
	w.items = items
	work := func(apptest.Request) error {
		w.exec(`UPDATE job SET run_at = 1 WHERE state = 'queued'`)
		_, err := w.app.Queue.Drain(ctx)
		return err
	}
	pair := v.With("run", "pair")
	w.must(apptest.Fill(ctx, w.app.API, vary(items, 3), pair, nil, work))
	w.more(pair, alpha.slug)
	w.stage(pair)
	shared := v.With("run", "both")
	w.must(apptest.Fill(ctx, w.app.API, items, shared, nil, work))
	w.more(shared, alpha.slug)
	w.people(shared)
	w.stage(shared)
	w.call(shared["token"], http.MethodPatch, "/customers/"+shared["customerId"], `{"referredById":"`+pair["customerId"]+`"}`)
	w.exec(`UPDATE periodic SET due_at = 1 WHERE name = 'report.sales'`)
	w.must(work(apptest.Request{}))
	w.exec(`UPDATE periodic SET due_at = 9000000000000000`)
	w.jobs(shared, pair)

	bravo.id = alpha.id + 1
	w.mirror(alpha, bravo, shared, pair)
	w.empty = party{slug: "cirrus", canary: "cnrycirrus", id: w.workspace("cirrus", empty)}
	for i, p := range w.parties {
		p.shared, p.pair = maps.Clone(shared), maps.Clone(pair)
		p.only = v.With("run", p.canary)
		w.must(apptest.Fill(ctx, w.app.API, vary(items, i+1), p.only, func(r *http.Request) { r.Header.Set("X-Workspace", p.slug) }, work))
		p.token = p.only["token"]
		w.more(p.only, p.slug)
		w.stage(p.only)
		p.shared["token"], p.shared["refreshToken"] = p.token, p.only["refreshToken"]
	}
	w.differ()
	w.sing()
	// Each session of hers has its twin in the other, which is somebody else's.
	w.exec(fmt.Sprintf(`INSERT INTO session (tenant_id, id, user_id, refresh_hash, previous_hash, rotated_at, device, address, created_at, last_seen_at, expires_at, revoked_at)
		SELECT %d - tenant_id, id, %s, refresh_hash, previous_hash, rotated_at, '', '', created_at, last_seen_at, expires_at, revoked_at FROM session WHERE user_id = %s ON CONFLICT DO NOTHING`,
		alpha.id+bravo.id, w.quote(shared["probeId"]), w.quote(shared["meId"])))
	w.begin() // what it remembers of names is from before
	w.empty.token = w.signIn("cirrus", empty)
	w.probe = w.signIn("alpha", probe)
	w.gone = w.signIn("alpha", gone)
	w.call(alpha.token, http.MethodPut, "/users/"+shared["goneId"]+"/status", `{"status":"deactivated"}`)
	w.exec(`UPDATE job SET run_at = 1 WHERE state = 'queued'`)
	_, err = w.app.Queue.Drain(ctx)
	w.must(err)
	w.wait()
	if e := w.log.take(); len(e) > 0 {
		w.t.Fatalf("the world could not be filled: %q", e)
	}
	w.keep()
}

// stage uploads one more file: that of the collection hangs on a message by now.
func (w *world) stage(v apptest.Variables) {
	w.t.Helper()
	i := slices.IndexFunc(w.items, func(i apptest.Item) bool { return i.ID == "upload-ticket-attachment" })
	r, err := v.Request(w.items[i])
	w.must(err)
	r.Key = ""
	v["attachedId"] = v["ticketAttachmentId"]
	w.must(v.Keep(r, apptest.Given(r.Send(w.t.Context(), w.app.API, v["token"]))))
	if v["attachedId"] == v["ticketAttachmentId"] {
		w.t.Fatal("no file was staged")
	}
	w.exec(`UPDATE job SET run_at = 1 WHERE state = 'queued'`)
	_, err = w.app.Queue.Drain(w.t.Context())
	w.must(err)
}

// vary gives the requests other natural keys than the run does, where the collection has the same in each run.
func vary(items []apptest.Item, n int) []apptest.Item {
	out := slices.Clone(items)
	change := strings.NewReplacer("+1 202 555 0143", fmt.Sprintf("+1 202 555 01%02d", 50+n), `"10482"`, fmt.Sprintf(`"1048-%d"`, n),
		"ada.work@", fmt.Sprintf("ada.work%d@", n), "1985-12-10", fmt.Sprintf("1985-12-%02d", 10+n), "Analytical Engines", fmt.Sprintf("Analytical Engines %d", n),
		`"Ada"`, fmt.Sprintf(`"Ada%d"`, n), `"Lovelace"`, fmt.Sprintf(`"Lovelace%d"`, n), "White heart", fmt.Sprintf("White heart %d", n))
	for i := range out {
		if r := out[i].Request; r.Body != nil {
			copied, body := *r, *r.Body
			body.Raw = change.Replace(body.Raw)
			copied.Body = &body
			out[i].Request = &copied
		}
	}
	return out
}

// more adds what the collection leaves out: tickets in every state, some of them waiting, with the same words and
// links as the collection's, labels of one's own on everything, a link to a new password.
func (w *world) more(v apptest.Variables, slug string) {
	w.t.Helper()
	for _, status := range []string{"open", "blocked", "resolved", "closed"} {
		made := w.call(v["token"], http.MethodPost, "/tickets", v.Fill(`{"title":"Where is my parcel {{run}}?","description":"Parcel","author":"customer","customerId":"{{customerId}}",
			"assigneeId":"{{meId}}","teamId":"{{teamId}}","category":"delivery","channel":"phone","type":"question","priority":2,"tags":["Waiting on order"],
			"fields":{"{{fieldKey}}":40}}`))
		if status != "open" {
			w.call(v["token"], http.MethodPatch, "/tickets/"+made["id"].(string), `{"status":"`+status+`"}`)
		}
		v[status+"TicketId"] = made["id"].(string)
	}
	w.call(v["token"], http.MethodPost, "/tickets", v.Fill(`{"title":"Nobody has it {{run}}","description":"Parcel","author":"customer","customerId":"{{customerId}}","priority":1}`))
	w.must2(apptest.Request{Method: http.MethodPost, Path: "/auth/forgot-password", Body: []byte(`{"email":"` + admin + `"}`), ContentType: "application/json", Anonymous: true}, slug)
	for _, of := range []string{"customers/{{customerId}}", "products/{{productId}}", "tickets/{{ticketId}}", "tickets/{{closedTicketId}}"} {
		w.call(v["token"], http.MethodPost, "/"+v.Fill(of)+"/tags", v.Fill(`{"tags":["Wholesale {{run}}"]}`))
	}
	w.exec(`UPDATE job SET run_at = 1 WHERE state = 'queued'`)
	_, err := w.app.Queue.Drain(w.t.Context())
	w.must(err)
}

// differ lets the two hold different things under the same ids where the collection makes the same.
func (w *world) differ() {
	w.t.Helper()
	both := w.parties[0].shared
	pair, bravo, quote := w.parties[0].pair, w.parties[1], w.quote
	// Links that only the second has, between what both have.
	for table, ids := range map[string][2]string{
		"customer_tag": {"customer_id=customerId", "tag_id=tagId"}, "product_tag": {"product_id=productId", "tag_id=tagId"}, "ticket_tag": {"ticket_id=ticketId", "tag_id=tagId"},
		"customer_group_member": {"group_id=groupId", "customer_id=customerId"}, "team_member": {"team_id=teamId", "user_id=userId"},
	} {
		a, b, _ := strings.Cut(ids[0], "=")
		c, d, _ := strings.Cut(ids[1], "=")
		for _, link := range [][2]string{{pair[b], both[d]}, {both[b], pair[d]}} {
			w.exec(fmt.Sprintf(`INSERT INTO %s (tenant_id, %s, %s) VALUES (%d, %s, %s) ON CONFLICT DO NOTHING`, table, a, c, bravo.id, quote(link[0]), quote(link[1])))
		}
	}
	w.exec(fmt.Sprintf(`INSERT INTO field_value (tenant_id, field_id, value, object_id) SELECT f.tenant_id, f.field_id, f.value, o.id
		FROM field_value f JOIN (SELECT tenant_id, id, 'customers' AS object FROM customer UNION ALL SELECT tenant_id, id, 'tickets' FROM ticket UNION ALL SELECT tenant_id, id, 'orders' FROM sales_order UNION ALL SELECT tenant_id, id, 'products' FROM product) o
		ON o.tenant_id = f.tenant_id JOIN custom_field c ON c.tenant_id = f.tenant_id AND c.id = f.field_id AND c.object = o.object WHERE f.tenant_id = %d ON CONFLICT DO NOTHING`, bravo.id))
	w.exec(fmt.Sprintf(`UPDATE ticket_read SET read_at = 8000000000000000 WHERE tenant_id = %d`, bravo.id))
	w.exec(fmt.Sprintf(`INSERT INTO ticket_read (tenant_id, ticket_id, user_id, read_at) SELECT %d, id, %s, 8000000000000000 FROM ticket WHERE tenant_id = %d ON CONFLICT DO NOTHING`, bravo.id, quote(both["meId"]), bravo.id))
	// What one has just now, the other has had for long, and in the second somebody buys later.
	w.exec(fmt.Sprintf(`UPDATE customer SET created_at = 1577836800000000 WHERE tenant_id = %d AND id = %s OR tenant_id = %d AND id = %s`,
		w.parties[0].id, quote(pair["customerId"]), bravo.id, quote(both["customerId"])))
	w.exec(fmt.Sprintf(`UPDATE sales_order SET placed_at = placed_at + 157680000000000 WHERE tenant_id = %d AND id = %s`, bravo.id, quote(bravo.only["orderId"])))
	w.exec(fmt.Sprintf(`UPDATE sales_order SET customer_id = %s WHERE tenant_id = %d AND number = 'WEB-1042-both'`, quote(both["customerId"]), bravo.id))
	for _, table := range []string{"customer", "product", "sales_order", "ticket"} {
		w.exec(fmt.Sprintf(`UPDATE %s SET version = 50 WHERE id IN (%s)`, table, w.list(both)))
	}
	for i, p := range w.parties { // what is unread, and in which team
		w.exec(fmt.Sprintf(`DELETE FROM ticket_read WHERE tenant_id = %d AND ticket_id IN (%s)`, p.id, quote(p.only["openTicketId"])))
		w.exec(fmt.Sprintf(`UPDATE ticket SET team_id = %s WHERE tenant_id = %d AND id IN (%s, %s)`, quote(both["teamId"]), p.id, quote(p.only["openTicketId"]), quote(p.only["closedTicketId"])))
		if i == 0 {
			w.exec(fmt.Sprintf(`DELETE FROM ticket_read WHERE tenant_id = %d AND ticket_id IN (%s, %s)`, p.id, quote(both["openTicketId"]), quote(pair["openTicketId"])))
		}
		w.exec(fmt.Sprintf(`UPDATE staff_user SET role_id = (SELECT id FROM role WHERE tenant_id = %d AND key = 'administrator') WHERE tenant_id = %d AND id = %s`,
			w.parties[1-i].id, p.id, quote(both["goneId"])))
	}
	for _, p := range w.parties { // who may be given tickets
		for i := range 2 {
			w.exec(fmt.Sprintf(`INSERT INTO role_permission (tenant_id, role_id, permission) VALUES (%d, %s, 'tickets:update_all')`, p.id, quote(both[fmt.Sprintf("spareRole%dId", i)])))
		}
		w.exec(fmt.Sprintf(`UPDATE job SET state = 'dead', dedupe_key = 'one' WHERE tenant_id = %d AND id = %s`, p.id, quote(both["jobId"])))
	}
	w.exec(fmt.Sprintf(`INSERT INTO role_permission (tenant_id, role_id, permission) VALUES (%d, %s, 'tickets:update_all')`, bravo.id, quote(both["roleId"])))
	w.exec(fmt.Sprintf(`UPDATE job SET created_by = %s, last_error = 'broken' WHERE tenant_id = %d AND id = %s`, quote(both["probeId"]), w.parties[0].id, quote(both["jobId"])))
	for _, table := range []string{"customer_note", "order_note"} {
		w.exec(fmt.Sprintf(`UPDATE %s SET author_id = %s WHERE tenant_id = %d`, table, quote(both["userId"]), w.parties[1].id))
	}
}

// wait comes last: the same name, a job that waits in both, and another of a kind that waits in the second alone.
func (w *world) wait() {
	w.t.Helper()
	both, pair, bravo, quote := w.parties[0].shared, w.parties[0].pair, w.parties[1], w.quote
	w.exec(fmt.Sprintf(`UPDATE staff_user SET name = 'The Same' WHERE id IN (%s, %s)`, quote(w.parties[0].only["userId"]), quote(bravo.only["userId"])))
	w.exec(fmt.Sprintf(`UPDATE job SET state = 'queued', run_at = 9000000000000000, finished_at = NULL, dedupe_key = NULL WHERE id = %s`, quote(both["queuedJobId"])))
	w.exec(fmt.Sprintf(`UPDATE job SET state = 'queued', run_at = 9000000000000000, finished_at = NULL, dedupe_key = 'one', kind = (SELECT d.kind FROM job d WHERE d.tenant_id = %[1]d AND d.id = %[2]s) WHERE tenant_id = %[3]d AND id = %[4]s`,
		w.parties[0].id, quote(both["jobId"]), bravo.id, quote(pair["queuedJobId"])))
	for i, p := range w.parties {
		w.exec(fmt.Sprintf(`UPDATE staff_user SET role_id = %s WHERE tenant_id = %d AND id = %s`, quote(both[fmt.Sprintf("spareRole%dId", 1-i)]), p.id, quote(p.only["userId"])))
		w.exec(fmt.Sprintf(`UPDATE ticket SET team_id = %s WHERE tenant_id = %d AND id = %s`, quote(both[fmt.Sprintf("spareTeam%dId", 1-i)]), p.id, quote(p.only["blockedTicketId"])))
		p.shared["spareRoleId"], p.shared["spareTeamId"] = both[fmt.Sprintf("spareRole%dId", i)], both[fmt.Sprintf("spareTeam%dId", i)]
	}
}

// quote writes an id into a statement.
func (w *world) quote(u string) string {
	if w.engine == db.SQLite {
		return "x'" + strings.ReplaceAll(u, "-", "") + "'"
	}
	return "'" + u + "'"
}

// list writes all ids among the variables.
func (w *world) list(v apptest.Variables) string {
	var out []string
	for _, u := range v {
		if len(u) == 36 && anyIDs.MatchString(u) {
			out = append(out, w.quote(u))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// jobs names two jobs of the same kind, of which one is left to wait.
func (w *world) jobs(both, pair apptest.Variables) {
	w.t.Helper()
	var ids []string
	for _, row := range w.kept0("job") {
		if m := ownID.FindStringSubmatch(row); m != nil && strings.Contains(row, "give-out-after-availability") && m[1] != both["jobId"] && m[1] != pair["jobId"] {
			ids = append(ids, m[1])
		}
	}
	slices.Sort(ids)
	if len(ids) < 2 {
		w.t.Fatal("there are not two jobs after a change of availability")
	}
	both["queuedJobId"], pair["queuedJobId"] = ids[0], ids[1]
}

// people adds a colleague whose role each case chooses, and one who is deactivated while signed in.
func (w *world) people(v apptest.Variables) {
	w.t.Helper()
	for _, of := range []string{"orders", "products"} {
		v[of+"FieldId"] = w.call(v["token"], http.MethodPost, "/fields", `{"object":"`+of+`","key":"girth","label":"Girth","type":"number","indexed":true}`)["id"].(string)
	}
	w.call(v["token"], http.MethodPatch, "/orders/"+v["orderId"], `{"fields":{"girth":40}}`)
	w.call(v["token"], http.MethodPatch, "/products/"+v["productId"], `{"fields":{"girth":40}}`)
	w.exec(`UPDATE job SET run_at = 1 WHERE state = 'queued'`)
	if _, err := w.app.Queue.Drain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	for i := range 2 { // each workspace has one in use that the other may delete
		v[fmt.Sprintf("spareRole%dId", i)] = w.call(v["token"], http.MethodPost, "/roles", fmt.Sprintf(`{"name":"Spare %d","permissions":[]}`, i))["id"].(string)
		v[fmt.Sprintf("spareTeam%dId", i)] = w.call(v["token"], http.MethodPost, "/teams", fmt.Sprintf(`{"name":"Spare %d"}`, i))["id"].(string)
	}
	role := w.call(v["token"], http.MethodPost, "/roles", `{"name":"Probe","permissions":["tags:write"]}`)
	v["probeRoleId"] = role["id"].(string)
	for _, u := range [][2]string{{"probeId", probe}, {"goneId", gone}} {
		made := w.call(v["token"], http.MethodPost, "/users", fmt.Sprintf(`{"name":%q,"email":%q,"password":%q,"roleId":%q}`, u[0], u[1], password, v["probeRoleId"]))
		v[u[0]] = made["id"].(string)
	}
}

func (w *world) must2(r apptest.Request, slug string) {
	w.t.Helper()
	if a := w.send(w.t.Context(), r, "", named(slug)); a.status >= 300 {
		w.t.Fatalf("%s answers %d: %s", r.Path, a.status, a.body)
	}
}

// call sends what must succeed as the first workspace.
func (w *world) call(token, method, path, body string) map[string]any {
	w.t.Helper()
	r := apptest.Request{Method: method, Path: path, ContentType: "application/json"}
	if body != "" {
		r.Body = []byte(body)
	}
	a := r.Send(w.t.Context(), w.app.API, token)
	var out map[string]any
	if a.Code >= 300 {
		w.t.Fatalf("%s %s answers %d: %s", method, path, a.Code, a.Body)
	}
	if a.Body.Len() > 0 {
		w.must(json.Unmarshal(a.Body.Bytes(), &out))
	}
	return out
}

func (w *world) signIn(slug, email string) string {
	w.t.Helper()
	return w.call("", http.MethodPost, "/auth/login", fmt.Sprintf(`{"email":%q,"password":%q,"workspace":%q}`, email, password, slug))["token"].(string)
}

// exec runs a statement beside the app.
func (w *world) exec(q string, args ...any) {
	w.t.Helper()
	w.must(w.side.WriteAll(w.t.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, q, args...)
		return err
	}))
}

// tables reads the schema once: the tables that are looked at and their columns.
func (w *world) tables() map[string][]string {
	if w.layout == nil {
		w.must(w.side.ReadAll(w.t.Context(), func(ctx context.Context, q db.Reader) (err error) {
			w.layout, err = w.lens.Layout(ctx, q)
			return err
		}))
	}
	return w.layout
}

// owned reports a table whose rows belong to workspaces.
func (w *world) owned(table string) bool { return slices.Contains(w.tables()[table], "tenant_id") }

// pairs gives ids of a workspace that change places in the mirror, two by two within each table: the twin of a tag
// has the id, and hangs on the objects, of another tag. So a condition that compares ids alone does not pass for one
// on the workspace. The administrator keeps her id, to be the same actor in both.
func (w *world) pairs(from *party, both, pair apptest.Variables) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for n, a := range both { // what the collection has made twice changes places with its like
		if b := pair[n]; b != a && anyIDs.MatchString(a) && anyIDs.MatchString(b) && len(a) == 36 {
			out[a], out[b] = b, a
		}
	}
	fixed := []string{both["meId"], both["probeId"], both["goneId"], both["probeRoleId"], both["spareRole0Id"], both["spareRole1Id"], both["spareTeam0Id"], both["spareTeam1Id"], both["ordersFieldId"], both["productsFieldId"]}
	for table, columns := range w.tables() {
		if !w.owned(table) || !slices.Contains(columns, "id") {
			continue
		}
		var ids []string
		for _, row := range w.kept0(table) {
			if m := ownID.FindStringSubmatch(row); m != nil && out[m[1]] == "" && !slices.Contains(fixed, m[1]) && strings.Contains(row, fmt.Sprintf("tenant_id=%d ", from.id)) {
				ids = append(ids, m[1])
			}
		}
		slices.Sort(ids)
		for i := 0; i+1 < len(ids); i += 2 {
			out[ids[i]], out[ids[i+1]] = ids[i+1], ids[i]
		}
	}
	return out
}

var (
	ownID  = regexp.MustCompile(`(?:^| )id=([0-9a-f-]{36}) `)
	anyIDs = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

func (w *world) kept0(table string) []string { return w.read([]string{table})[table] }

// mirror copies every row of a workspace under another number: same ids, same natural keys.
func (w *world) mirror(from, to *party, both, pair apptest.Variables) {
	w.t.Helper()
	other := w.pairs(from, both, pair)
	swap := func(text string) string {
		return anyIDs.ReplaceAllStringFunc(text, func(u string) string {
			if o, ok := other[u]; ok {
				return o
			}
			return u
		})
	}
	value := func(v any) any {
		switch x := v.(type) {
		case string:
			return swap(x)
		case []byte:
			if len(x) == 16 {
				u, err := id.Parse(fmt.Sprintf("%x-%x-%x-%x-%x", x[:4], x[4:6], x[6:8], x[8:10], x[10:]))
				if o, ok := other[u.String()]; ok && err == nil {
					u, err = id.Parse(o)
					w.must(err)
					return u
				}
				return x
			}
			if json.Valid(x) {
				return swap(string(x))
			}
		}
		return v
	}
	w.must(w.side.WriteAll(w.t.Context(), func(ctx context.Context, tx db.Tx) error {
		if err := w.sleep(ctx, tx); err != nil {
			return err
		}
		for table, columns := range w.tables() {
			if !w.owned(table) && table != "workspace" {
				continue
			}
			key := "tenant_id"
			if table == "workspace" {
				key = "id"
			}
			rows, err := db.All(ctx, tx, func(r db.Row) ([]any, error) {
				values, into := make([]any, len(columns)), make([]any, len(columns))
				for i := range values {
					into[i] = &values[i]
				}
				return values, r.Scan(into...)
			}, `SELECT `+strings.Join(columns, ", ")+` FROM `+table+` WHERE `+key+` = $1`, from.id)
			if err != nil {
				return err
			}
			marks := make([]string, len(columns))
			for i := range marks {
				marks[i] = fmt.Sprintf("$%d", i+1)
			}
			for _, row := range rows {
				for i, c := range columns {
					switch {
					case c == key:
						row[i] = to.id
					case table == "workspace" && c == "slug":
						row[i] = to.slug
					case c == "blob_key" || c == "thumbnail_key":
						if text, ok := row[i].(string); ok {
							row[i] = fmt.Sprint(to.id) + text[len(fmt.Sprint(from.id)):]
						}
					default:
						row[i] = value(row[i])
					}
				}
				if _, err := tx.Exec(ctx, `INSERT INTO `+table+` (`+strings.Join(columns, ", ")+`) VALUES (`+strings.Join(marks, ", ")+`)`, row...); err != nil {
					return fmt.Errorf("mirror %s: %w", table, err)
				}
			}
		}
		return nil
	}))
	root := filepath.Join(w.dir, app.FilesFolder)
	w.must(os.CopyFS(filepath.Join(root, fmt.Sprint(to.id)), os.DirFS(filepath.Join(root, fmt.Sprint(from.id)))))
}

// structural are columns whose text means something to the program, or by which both workspaces have the same
// natural keys. Every other column of text sings, a new one by itself.
var structural = strings.Fields(`action actor actor_kind audience author_kind birth_date blob_key category channel colour content_type
	country currency dedupe_key email from_status key kind last_author_kind level locale method name_key number object
	object_kind owner_kind password_hash permission priority purpose reason role route slug source state status system
	term thumbnail_key timezone title_key to_status type username value words sku company first_name last_name phone recipient`)

// sing puts the canary into every text that is free to say anything, and lets versions differ.
func (w *world) sing() {
	w.t.Helper()
	for _, p := range w.parties {
		for table, columns := range w.tables() {
			where := fmt.Sprintf("tenant_id = %d", p.id)
			if table == "workspace" {
				where = fmt.Sprintf("id = %d", p.id)
			} else if !w.owned(table) {
				continue
			}
			var sets []string
			for _, c := range columns {
				switch {
				case w.free(table, c):
					sets = append(sets, c+" = "+c+" || ' "+p.canary+"'")
				case c == "updated_at" && table == "workspace" && p != w.parties[0]:
					sets = append(sets, "updated_at = updated_at + 1000000")
				case table == "workspace":
				case (c == "version" || c == "updated_at" && table != "job") && p != w.parties[0] && slices.Contains(columns, "id"):
					sets = append(sets, fmt.Sprintf("%[1]s = CASE WHEN id IN (%[2]s) THEN %[1]s + 1000000 ELSE %[1]s END", c, w.list(w.parties[0].pair)))
				}
			}
			if len(sets) > 0 {
				w.exec(`UPDATE ` + table + ` SET ` + strings.Join(sets, ", ") + ` WHERE ` + where)
			}
		}
		root := filepath.Join(w.dir, app.FilesFolder, fmt.Sprint(p.id))
		w.must(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path, append(b, p.canary...), 0o600))
		}))
	}
	w.exec(`UPDATE media_file SET size = size + 9`)
}

var texts sync.Map // engine → table.column of text

// free reports a column of text that sings.
func (w *world) free(table, column string) bool {
	known, ok := texts.Load(w.engine)
	if !ok {
		q := `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'TEXT'`
		if w.engine == db.Postgres {
			q = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text'`
		}
		set := map[string]bool{}
		w.must(w.side.ReadAll(w.t.Context(), func(ctx context.Context, r db.Reader) error {
			all, err := db.All(ctx, r, func(row db.Row) (s string, err error) { return s, row.Scan(&s) }, q)
			for _, s := range all {
				set[s] = true
			}
			return err
		}))
		texts.Store(w.engine, set)
		known = set
	}
	if column == "title" && table == "product" {
		return false
	}
	if column == "name" && slices.Contains([]string{"team", "tag", "counter"}, table) { // natural keys
		return false
	}
	return known.(map[string]bool)[table+"."+column] && !slices.Contains(structural, column)
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send lets the whole program answer a request below /api/v1.
func (w *world) send(ctx context.Context, r apptest.Request, token string, dress func(*http.Request)) answer {
	if w.probing != nil {
		ctx = auth.WithProbe(ctx, w.probing)
	}
	out := apptest.Request{
		Method: r.Method, Path: "/api/v1" + r.Path, Body: r.Body, ContentType: r.ContentType, Anonymous: r.Anonymous, Key: r.Key,
	}.HTTP(ctx, token)
	if dress != nil {
		dress(out)
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, out)
	return answer{rec.Code, rec.Header(), bytes.Clone(rec.Body.Bytes())}
}
