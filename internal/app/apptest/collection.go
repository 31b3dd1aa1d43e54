package apptest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
)

// Request is a request of the collection, filled in. Its path is below /api/v1.
type Request struct {
	ID          string // of the operation, with what the collection appends where it runs one twice
	Method      string
	Path        string
	Key         string // the Idempotency-Key of a POST; empty sends none
	Body        []byte
	ContentType string
	Anonymous   bool
	Accepts     []int // statuses of success

	keeps []string // lines that keep values for later requests
}

// Operation is the id of the request's operation.
func (r Request) Operation() string {
	id, _, _ := strings.Cut(r.ID, ".")
	return id
}

// Writes reports a request that changes something.
func (r Request) Writes() bool { return r.Method != http.MethodGet }

// Keyed reports a request whose Idempotency-Key counts.
func (r Request) Keyed() bool {
	return r.Method == http.MethodPost && !strings.HasPrefix(r.Path, "/auth/")
}

// HTTP is the request for a handler of the API.
func (r Request) HTTP(ctx context.Context, token string) *http.Request {
	out := httptest.NewRequestWithContext(ctx, r.Method, r.Path, bytes.NewReader(r.Body))
	if r.Body != nil {
		out.Header.Set("Content-Type", r.ContentType)
	}
	if !r.Anonymous && token != "" {
		out.Header.Set("Authorization", "Bearer "+token)
	}
	if r.Method == http.MethodPost && r.Key != "" {
		out.Header.Set("Idempotency-Key", r.Key)
	}
	return out
}

// Send lets a handler of the API answer a request.
func (r Request) Send(ctx context.Context, api http.Handler, token string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r.HTTP(ctx, token))
	return w
}

// Item is a request of the Postman collection as it stands there, with variables.
type Item struct {
	ID      string
	Item    []Item
	Request *struct {
		Method string
		Auth   *struct{ Type string }
		URL    struct{ Raw string }
		Header []struct{ Key, Value string }
		Body   *struct{ Mode, Raw string }
	}
	Event []struct {
		Listen string
		Script struct{ Exec []string }
	}
}

func (i Item) flat() []Item {
	if i.Request != nil {
		return []Item{i}
	}
	var out []Item
	for _, inner := range i.Item {
		out = append(out, inner.flat()...)
	}
	return out
}

// Variables are what requests have given so far.
type Variables map[string]string

// With is a copy in which some have other values: pairs of name and value.
func (v Variables) With(pairs ...string) Variables {
	out := maps.Clone(v)
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

var (
	variable = regexp.MustCompile(`\{\{(\w+)\}\}`)
	keeping  = regexp.MustCompile(`collectionVariables\.set\('(\w+)', (\w+)\.([\w.]+)\)`)
	accepted = regexp.MustCompile(`pm\.expect\(\[([\d, ]+)\]\)`)
)

// What a request uploads: a picture of one pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="

// Collection is the requests of an API's Postman collection, in order, and the variables they begin with; the
// administrator who sends them is named by login and password.
func Collection(api *httpx.API, login, password string) ([]Item, Variables, error) {
	raw, err := api.Postman()
	if err != nil {
		return nil, nil, err
	}
	var c struct {
		Item     []Item
		Variable []struct{ Key, Value string }
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, nil, errs.Wrapf(err, "read the collection")
	}
	v := Variables{}
	for _, x := range c.Variable {
		v[x.Key] = x.Value
	}
	v["email"], v["password"], v["run"] = login, password, "r1"
	return Item{Item: c.Item}.flat(), v, nil
}

// Fill puts the variables into a text.
func (v Variables) Fill(text string) string {
	return variable.ReplaceAllStringFunc(text, func(s string) string { return v[s[2:len(s)-2]] })
}

// Request fills an item in.
func (v Variables) Request(i Item) (Request, error) {
	r := i.Request
	out := Request{
		ID: i.ID, Method: r.Method, Path: strings.TrimPrefix(v.Fill(r.URL.Raw), v["baseUrl"]), ContentType: "application/json",
		Key: i.ID, Anonymous: r.Auth != nil && r.Auth.Type == "noauth",
	}
	for _, e := range i.Event {
		for _, l := range e.Script.Exec {
			if m := accepted.FindStringSubmatch(l); m != nil {
				for n := range strings.SplitSeq(m[1], ", ") {
					status, err := strconv.Atoi(n)
					if err != nil {
						return out, errs.Wrapf(err, "read the statuses of %s", i.ID)
					}
					out.Accepts = append(out.Accepts, status)
				}
			}
			out.keeps = append(out.keeps, l)
		}
	}
	switch {
	case r.Body == nil:
	case r.Body.Mode == "raw":
		out.Body = []byte(v.Fill(r.Body.Raw))
	default:
		picture, err := base64.StdEncoding.DecodeString(pixel)
		if err != nil {
			return out, errs.Wrapf(err, "decode the picture")
		}
		if out.Body, out.ContentType, err = Form("photo.png", picture); err != nil {
			return out, err
		}
	}
	return out, nil
}

// Form is an upload of one file and its media type.
func Form(name string, file []byte) (body []byte, contentType string, err error) {
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = m.Close()
	}
	return form.Bytes(), m.FormDataContentType(), errs.Wrapf(err, "write a form")
}

// Requests is the item filled in, and what is added to the collection so that more kinds of jobs have
// something to do.
func (v Variables) Requests(i Item) ([]Request, error) {
	r, err := v.Request(i)
	if err != nil {
		return nil, err
	}
	out := []Request{r}
	more := func(name, method, path, body string, status int) {
		out = append(out, Request{ID: name, Key: name, Method: method, Path: path, Body: []byte(body), ContentType: "application/json", Accepts: []int{status}})
	}
	switch i.ID {
	case "add-ticket-message":
		more("add-ticket-message.held", http.MethodPost, r.Path, `{"body":"We send another.","holdSeconds":10}`, http.StatusCreated)
	case "create-ticket":
		mine := "/users/" + v["meId"] + "/availability"
		more("set-user-availability.away", http.MethodPut, mine, `{"available":false}`, http.StatusOK)
		more("create-ticket.waiting", http.MethodPost, "/tickets", `{"title":"Nobody is here","description":"Is anybody there?"}`, http.StatusCreated)
		more("set-user-availability.back", http.MethodPut, mine, `{"available":true}`, http.StatusOK)
	}
	return out, nil
}

// Keep reads what an answer gives to later requests, as the collection's scripts do. Without a body, of a
// refusal, there is nothing to keep.
func (v Variables) Keep(r Request, body []byte) error {
	if body == nil {
		return nil
	}
	for _, l := range r.keeps {
		m := keeping.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		var at any
		if err := json.Unmarshal(body, &at); err != nil {
			return fmt.Errorf("%s: %w in %s", r.ID, err, body)
		}
		if m[2] == "row" {
			rows, _ := at.(map[string]any)["data"].([]any)
			i := slices.IndexFunc(rows, func(row any) bool { return row.(map[string]any)["current"] != true })
			if i < 0 {
				continue
			}
			at = rows[i]
		}
		for name := range strings.SplitSeq(m[3], ".") {
			at = at.(map[string]any)[name]
		}
		text, ok := at.(string)
		if !ok {
			return fmt.Errorf("%s gives no %s: %s", r.ID, m[3], body)
		}
		v[m[1]] = text
	}
	return nil
}

// Given is the body of an answer of success, nil of a refusal.
func Given(w *httptest.ResponseRecorder) []byte {
	if w.Code >= http.StatusMultipleChoices {
		return nil
	}
	return w.Body.Bytes()
}

// Fill sends the collection up to its first request that removes something, so that every object exists, and
// fills in the variables. It gives all items, so that any request can be made for that world: With another
// "run" it makes objects of its own. after is called behind each answer, for work that is to be done meanwhile;
// it may be nil. dress may change each request before it is sent; nil leaves them alone.
func Fill(ctx context.Context, api http.Handler, items []Item, v Variables, dress func(*http.Request), after func(Request) error) error {
	for _, i := range items {
		if i.Request.Method == http.MethodDelete {
			return nil
		}
		all, err := v.Requests(i)
		if err != nil {
			return err
		}
		for _, r := range all {
			r.Key = ""
			sent, w := r.HTTP(ctx, v["token"]), httptest.NewRecorder()
			if dress != nil {
				dress(sent)
			}
			api.ServeHTTP(w, sent)
			if !slices.Contains(r.Accepts, w.Code) {
				return fmt.Errorf("%s answers %d: %s", r.ID, w.Code, w.Body)
			}
			if err := v.Keep(r, Given(w)); err != nil {
				return err
			}
			if after == nil {
				continue
			}
			if err := after(r); err != nil {
				return err
			}
		}
	}
	return nil
}
