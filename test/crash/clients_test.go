package crash

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// thing is an object that a client has made and knows the id of.
type thing struct{ id, mark string }

// client is somebody at work: one write after the other, on objects of their own.
type client struct {
	w     *world
	n     int
	space int
	token string
	rnd   *rand.Rand
	made  int

	customers, orders, tickets, notes, files, roles, fields []thing
	pending                                                 []*write // nothing was heard
}

// errDown says that the program does not answer any more.
var errDown = errors.New("the program is down")

// mark is a word that nobody else uses, and no beginning of another.
func (c *client) mark(of string) string {
	c.made++
	return fmt.Sprintf("%s%dc%dz", of, c.made, c.n)
}

func body(v map[string]any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error() // maps of plain values always can
	}
	return string(b)
}

// do sends a write and notes what becomes of it. It gives errDown when the client has to wait.
func (c *client) do(ctx context.Context, x *write, others ...*write) (answer, error) {
	x.Space = c.space
	if x.Method == http.MethodPost {
		x.Key = fmt.Sprintf("key-%d-%d", c.n, c.made)
		c.made++
	}
	all := append([]*write{x}, others...)
	for _, o := range others {
		o.Space = c.space
	}
	if err := c.w.ledger.send(all...); err != nil {
		return answer{}, err
	}
	return c.send(ctx, x, all)
}

func (c *client) send(ctx context.Context, x *write, all []*write) (answer, error) {
	a := c.w.call(ctx, c.token, x)
	switch {
	case a.err != nil || a.status >= 500:
		if len(all) == 1 {
			c.pending = append(c.pending, x)
		}
		if a.status >= 500 && c.w.pg == nil {
			c.w.fault("%s %s answers %d: %v", x.Method, x.Path, a.status, a.body)
		}
		return a, errDown
	case a.ok() && a.body["results"] != nil:
		return a, c.hearEach(a, all)
	case a.ok(), a.code() == "idempotency_answer_lost",
		x.Method == http.MethodDelete && a.status == http.StatusNotFound: // deleted by the request that nothing was heard of
		return a, c.w.ledger.hear(acknowledged, a.status, a.text("id"), all...)
	case a.code() == "idempotency_key_in_flight":
		c.pending = append(c.pending, x)
		return a, nil
	case a.status == http.StatusUnauthorized:
		c.w.fault("%s %s: an honest client is signed out: %v", x.Method, x.Path, a.body)
		return a, c.w.ledger.hear(failed, a.status, "", all...)
	}
	return a, c.w.ledger.hear(failed, a.status, "", all...)
}

// hearEach notes what a batch says of each of its items. One that the database failed for may have happened.
func (c *client) hearEach(a answer, all []*write) error {
	results, _ := a.body["results"].([]any)
	if len(results) != len(all) {
		return fmt.Errorf("%d results for %d items: %v", len(results), len(all), a.body)
	}
	for i, r := range results {
		said, _ := r.(map[string]any)
		what, status := acknowledged, float64(http.StatusOK)
		if problem, refused := said["error"].(map[string]any); refused {
			what = failed
			if status, _ = problem["status"].(float64); status >= http.StatusInternalServerError {
				if c.w.pg == nil {
					c.w.fault("an item of a batch is answered with %v", problem)
				}
				continue
			}
		}
		if err := c.w.ledger.hear(what, int(status), "", all[i]); err != nil {
			return err
		}
	}
	return nil
}

// again sends what nothing was heard of once more, in the same words; some of it never.
func (c *client) again(ctx context.Context, all bool) error {
	old := c.pending
	c.pending = nil
	for i, x := range old {
		if !all && c.rnd.IntN(2) == 0 {
			if x.Key != "" && c.rnd.IntN(2) == 0 {
				c.pending = append(c.pending, x) // later, in the end
			}
			continue // it may have happened, or not
		}
		a, err := c.send(ctx, x, []*write{x})
		if err != nil {
			c.pending = append(c.pending, old[i+1:]...)
			return err
		}
		if a.ok() {
			c.keep(x, a)
		}
	}
	return nil
}

// keep remembers what was made, for later writes.
func (c *client) keep(x *write, a answer) {
	made := thing{a.text("id"), x.Mark}
	if made.id == "" {
		return
	}
	switch x.Kind {
	case "customer":
		c.customers = append(c.customers, made)
	case "order":
		c.orders = append(c.orders, made)
	case "ticket":
		c.tickets = append(c.tickets, made)
	case "customer note":
		c.notes = append(c.notes, thing{made.id, strings.TrimPrefix(x.Path, "/customers/")})
	case "file":
		c.files = append(c.files, made)
	case "role":
		c.roles = append(c.roles, made)
	case "field":
		c.fields = append(c.fields, made)
	}
}

// work does what comes to mind until the program is down.
func (c *client) work(ctx context.Context) error {
	if err := c.again(ctx, false); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if err := c.step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) one(of []thing) thing { return of[c.rnd.IntN(len(of))] }

// step is one write, by chance.
func (c *client) step(ctx context.Context) error {
	type deed struct {
		weight int
		needs  []thing
		do     func(context.Context) error
	}
	any := []thing{{}}
	deeds := []deed{
		{4, any, c.makeCustomer},
		{3, any, c.makeOrder},
		{4, any, c.makeTicket},
		{8, c.tickets, c.makeMessage},
		{2, c.customers, c.makeCustomerNote},
		{2, c.orders, c.makeOrderNote},
		{1, any, c.makeTag},
		{1, any, c.makeProduct},
		{1, any, c.makeGroup},
		{3, c.orders, c.pay},
		{2, any, c.upload},
		{2, c.customers, c.changeMany},
		{2, c.customers, c.setTags},
		{2, c.tickets, c.setStatus},
		{1, c.tickets, c.assign},
		{2, c.orders, c.setOrderStatus},
		{1, c.tickets, c.keepDraft},
		{1, c.notes, c.dropNote},
		{1, any, c.refused},
	}
	if c.n%3 == 0 { // the administrator among them
		deeds = append(deeds, deed{1, any, c.makeRole}, deed{2, c.roles, c.changeRole}, deed{1, c.fields, c.dropField})
		if len(c.fields) < 5 {
			deeds = append(deeds, deed{1, any, c.makeField})
		}
	}
	total := 0
	for _, d := range deeds {
		if len(d.needs) > 0 {
			total += d.weight
		}
	}
	n := c.rnd.IntN(total)
	for _, d := range deeds {
		if len(d.needs) == 0 {
			continue
		}
		if n -= d.weight; n < 0 {
			return d.do(ctx)
		}
	}
	return nil
}

// make sends a write that makes something and remembers it.
func (c *client) make(ctx context.Context, x *write) error {
	x.Method = http.MethodPost
	a, err := c.do(ctx, x)
	if err != nil {
		return err
	}
	if a.ok() {
		c.keep(x, a)
	} else if a.status != 0 && a.code() != "idempotency_key_in_flight" && a.code() != "idempotency_answer_lost" {
		c.w.fault("%s is refused: %d %v", x.Path, a.status, a.body)
	}
	return nil
}

func (c *client) change(ctx context.Context, x *write, others ...*write) error {
	a, err := c.do(ctx, x, others...)
	if err == nil && !a.ok() {
		c.w.fault("%s %s is refused: %d %v", x.Method, x.Path, a.status, a.body)
	}
	return err
}

func (c *client) makeCustomer(ctx context.Context) error {
	m, first := c.mark("cu"), c.mark("First")
	in := map[string]any{"firstName": first, "lastName": m, "status": "customer"}
	if c.rnd.IntN(2) == 0 {
		in["email"] = m + "@example.com"
	}
	if len(c.fields) > 0 && c.rnd.IntN(2) == 0 {
		in["fields"] = map[string]any{c.fields[0].mark: "v" + m}
	}
	return c.make(ctx, &write{Kind: "customer", Mark: m, Content: first, Path: "/customers", Body: body(in)})
}

func (c *client) makeOrder(ctx context.Context) error {
	m := c.mark("OR")
	var lines []map[string]any
	total, n := 0, 1+c.rnd.IntN(5)
	for i := range n {
		quantity, pence, discount, tax := 1+c.rnd.IntN(9), 1+c.rnd.IntN(5000), c.rnd.IntN(10), c.rnd.IntN(50)
		total += quantity*pence - discount + tax
		lines = append(lines, map[string]any{
			"title": fmt.Sprint("Thing ", i), "quantity": quantity, "unitPrice": fmt.Sprintf("%d.%02d", pence/100, pence%100), "discount": discount, "tax": tax,
		})
	}
	in := map[string]any{"number": m, "lines": lines}
	if len(c.customers) > 0 {
		in["customerId"] = c.one(c.customers).id
	}
	return c.make(ctx, &write{Kind: "order", Mark: m, Content: fmt.Sprintf("%d of %d", total, n), Path: "/orders", Body: body(in)})
}

func (c *client) makeTicket(ctx context.Context) error {
	m := c.mark("ti")
	in := map[string]any{"title": m, "description": "About " + m, "priority": 1 + c.rnd.IntN(4)}
	if len(c.customers) > 0 && c.rnd.IntN(2) == 0 {
		in["customerId"] = c.one(c.customers).id
	}
	return c.make(ctx, &write{Kind: "ticket", Mark: m, Content: "", Path: "/tickets", Body: body(in)})
}

func (c *client) makeMessage(ctx context.Context) error {
	m := c.mark("ms")
	internal := c.rnd.IntN(3) == 0
	in := map[string]any{"body": "Regarding " + m, "internal": internal}
	files := 0
	if len(c.files) > 0 && c.rnd.IntN(2) == 0 {
		last := len(c.files) - 1
		in["attachments"] = []string{c.files[last].id}
		c.files, files = c.files[:last], 1
	}
	if c.w.long && !internal && c.rnd.IntN(10) == 0 {
		in["holdSeconds"] = 10
	}
	ticket := c.one(c.tickets).id
	return c.make(ctx, &write{
		Kind: "message", Mark: m, Content: fmt.Sprintf("%t %d", internal, files), Path: "/tickets/" + ticket + "/messages", Body: body(in),
		Target: "draft " + ticket, // it takes the place of the draft
	})
}

func (c *client) makeCustomerNote(ctx context.Context) error {
	m := c.mark("cn")
	return c.make(ctx, &write{Kind: "customer note", Mark: m, Path: "/customers/" + c.one(c.customers).id + "/notes", Body: body(map[string]any{"body": m})})
}

func (c *client) dropNote(ctx context.Context) error {
	last := len(c.notes) - 1
	n := c.notes[last]
	c.notes = c.notes[:last]
	return c.change(ctx, &write{Target: "customer note " + n.id, Value: "gone", Method: http.MethodDelete, Path: "/customers/" + n.mark + "/" + n.id})
}

func (c *client) makeOrderNote(ctx context.Context) error {
	m := c.mark("on")
	return c.make(ctx, &write{Kind: "order note", Mark: m, Path: "/orders/" + c.one(c.orders).id + "/notes", Body: body(map[string]any{"body": m})})
}

func (c *client) makeTag(ctx context.Context) error {
	m := c.mark("tg")
	return c.make(ctx, &write{Kind: "tag", Mark: m, Content: "#336699", Path: "/tags", Body: body(map[string]any{"name": m, "colour": "#336699"})})
}

func (c *client) makeProduct(ctx context.Context) error {
	m := c.mark("PR")
	price := c.rnd.IntN(100_000)
	return c.make(ctx, &write{
		Kind: "product", Mark: m, Content: fmt.Sprint(price), Path: "/products",
		Body: body(map[string]any{"sku": m, "title": "Thing " + m, "price": map[string]any{"amount": price, "currency": "GBP"}}),
	})
}

func (c *client) makeGroup(ctx context.Context) error {
	m := c.mark("gr")
	return c.make(ctx, &write{Kind: "group", Mark: m, Path: "/groups", Body: body(map[string]any{"name": m})})
}

func (c *client) makeRole(ctx context.Context) error {
	m := c.mark("ro")
	return c.make(ctx, &write{Kind: "role", Mark: m, Path: "/roles", Body: body(map[string]any{"name": m, "permissions": []string{"orders:read"}})})
}

func (c *client) makeField(ctx context.Context) error {
	m := strings.ToLower(c.mark("fi"))
	return c.make(ctx, &write{
		Kind: "field", Mark: m, Content: "Label of " + m, Path: "/customers/fields",
		Body: body(map[string]any{"key": m, "label": "Label of " + m, "type": "text", "indexed": true}),
	})
}

func (c *client) dropField(ctx context.Context) error {
	last := len(c.fields) - 1
	f := c.fields[last]
	c.fields = c.fields[:last]
	return c.change(ctx, &write{Target: "field " + f.id, Value: "gone", Method: http.MethodDelete, Path: "/customers/fields/" + f.id})
}

func (c *client) changeRole(ctx context.Context) error {
	some := []string{"customers:read_all", "notes:create", "orders:read", "products:read", "tickets:read_all", "audit:read"}
	c.rnd.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	some = some[:1+c.rnd.IntN(len(some))]
	slices.Sort(some)
	r := c.one(c.roles)
	return c.change(ctx, &write{
		Target: "role " + r.id, Value: strings.Join(some, ","), Method: http.MethodPut, Path: "/roles/" + r.id, Body: body(map[string]any{"permissions": some}),
	})
}

func (c *client) pay(ctx context.Context) error {
	m := c.mark("pa")
	amount := 1 + c.rnd.IntN(3000)
	return c.make(ctx, &write{
		Kind: "payment", Mark: m, Content: fmt.Sprint("payment ", amount), Path: "/transactions",
		Body: body(map[string]any{"kind": "payment", "method": "card", "reference": m, "orderId": c.one(c.orders).id, "amount": map[string]any{"amount": amount, "currency": "GBP"}}),
	})
}

func (c *client) upload(ctx context.Context) error {
	m := c.mark("up")
	name, text := m+".txt", strings.Repeat("A line of "+m+".\n", 1+c.rnd.IntN(8000))
	if c.rnd.IntN(3) == 0 {
		name, text = m+".png", picture(c.rnd)
	}
	sum := sha256.Sum256([]byte(text))
	return c.make(ctx, &write{Kind: "file", Mark: name, Content: hex.EncodeToString(sum[:]), Path: "/media/upload", File: name, upload: text})
}

// picture is the bytes of a PNG that gets a thumbnail.
func picture(rnd *rand.Rand) string {
	p := image.NewGray(image.Rect(0, 0, 40+rnd.IntN(40), 40))
	for i := range 40 {
		p.SetGray(i, i, color.Gray{uint8(rnd.IntN(256))})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, p) // into memory
	return b.String()
}

// changeMany gives several customers one value in one request.
func (c *client) changeMany(ctx context.Context) error {
	value := c.mark("Company ")
	items := []map[string]any{}
	var all []*write
	for _, i := range c.rnd.Perm(len(c.customers))[:min(len(c.customers), 8)] {
		id := c.customers[i].id
		items = append(items, map[string]any{"id": id, "company": value})
		all = append(all, &write{Target: "company " + id, Value: value})
	}
	all[0].Method, all[0].Path, all[0].Body = http.MethodPatch, "/customers/batch", body(map[string]any{"customers": items})
	return c.change(ctx, all[0], all[1:]...)
}

func (c *client) setTags(ctx context.Context) error {
	a, b := fmt.Sprintf("common%da", c.rnd.IntN(6)), fmt.Sprintf("common%db", c.rnd.IntN(6))
	id := c.one(c.customers).id
	return c.change(ctx, &write{
		Target: "tags " + id, Value: min(a, b) + "," + max(a, b), Method: http.MethodPut, Path: "/customers/" + id + "/tags", Body: body(map[string]any{"tags": []string{a, b}}),
	})
}

func (c *client) setStatus(ctx context.Context) error {
	id := c.one(c.tickets).id
	status := []string{"open", "pending", "blocked", "resolved", "closed"}[c.rnd.IntN(5)]
	return c.change(ctx, &write{Target: "status " + id, Value: status, Method: http.MethodPatch, Path: "/tickets/" + id, Body: body(map[string]any{"status": status})})
}

func (c *client) assign(ctx context.Context) error {
	id := c.one(c.tickets).id
	return c.change(ctx, &write{Target: "assignee " + id, Value: "nobody", Method: http.MethodPut, Path: "/tickets/" + id + "/assignee", Body: `{"assigneeId":null}`})
}

func (c *client) setOrderStatus(ctx context.Context) error {
	id := c.one(c.orders).id
	status := []string{"pending", "paid", "shipped", "completed"}[c.rnd.IntN(4)]
	return c.change(ctx, &write{Target: "order status " + id, Value: status, Method: http.MethodPatch, Path: "/orders/" + id, Body: body(map[string]any{"status": status})})
}

func (c *client) keepDraft(ctx context.Context) error {
	id, text := c.one(c.tickets).id, "<p>"+c.mark("draft")+"</p>"
	return c.change(ctx, &write{Target: fmt.Sprintf("draft %s", id), Value: text, Method: http.MethodPut, Path: "/tickets/" + id + "/draft", Body: body(map[string]any{"html": text})})
}

// refused asks for what must not be: an order whose second line is wrong.
func (c *client) refused(ctx context.Context) error {
	m := c.mark("NO")
	_, err := c.do(ctx, &write{Kind: "order", Mark: m, Method: http.MethodPost, Path: "/orders", Body: body(map[string]any{
		"number": m, "lines": []map[string]any{{"title": "Good", "quantity": 1, "unitPrice": "1.00"}, {"title": "Bad", "quantity": 0, "unitPrice": "1.00"}},
	})})
	return err
}

// device renews its session again and again. It must never be signed out.
type device struct {
	w       *world
	n       int
	refresh string
	renewed int
}

func (d *device) work(ctx context.Context) error {
	for ctx.Err() == nil {
		a := d.w.call(ctx, "", &write{Method: http.MethodPost, Path: "/auth/refresh-token", Body: body(map[string]any{"refreshToken": d.refresh})})
		switch {
		case a.err != nil || a.status >= 500:
			return errDown // the token is sent again
		case a.status == http.StatusTooManyRequests:
			return nil
		case !a.ok():
			d.w.fault("device %d is signed out after %d renewals: %d %v", d.n, d.renewed, a.status, a.body)
			return nil
		}
		d.refresh, d.renewed = a.text("refreshToken"), d.renewed+1
		me := d.w.call(ctx, a.text("token"), &write{Method: http.MethodGet, Path: "/auth/me"})
		if me.err == nil && me.status < 500 && !me.ok() {
			d.w.fault("device %d: its new token is not taken: %d %v", d.n, me.status, me.body)
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}
