package features

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// world is what the steps of one scenario share: an installation, people, the ids of things by the
// names that the scenario gives them, and the answers so far.
type world struct {
	t      *testing.T
	engine db.Engine
	inst   *installation
	client *http.Client

	people    map[string]*person
	customers map[string]string
	orders    map[string]string
	tickets   map[string]string
	roles     map[string]string
	opened    map[string]*answer // what a person looked at last
	assignees map[string]string  // tickets' agents as they were
	answers   []*answer

	note, link, message, job string
	seen                     []string
}

// person is somebody who signs in.
type person struct {
	name, email, password string
	workspace             string
	id                    string
	signedIn
	others map[string]*signedIn // other devices
}

type signedIn struct{ token, refresh, session string }

// answer is what the server said.
type answer struct {
	status int
	header http.Header
	raw    []byte
	body   any
}

func newWorld(t *testing.T, engine db.Engine) *world {
	w := &world{
		t: t, engine: engine, client: &http.Client{Timeout: 30 * time.Second},
		people: map[string]*person{}, customers: map[string]string{}, orders: map[string]string{},
		tickets: map[string]string{}, roles: map[string]string{}, opened: map[string]*answer{}, assignees: map[string]string{},
	}
	w.install()
	return w
}

func (w *world) stop() string {
	w.inst.stop()
	w.client.CloseIdleConnections()
	return w.inst.said()
}

// newPerson makes somebody known to the scenario, not to the product.
func (w *world) newPerson(name, workspace string) *person {
	p := &person{
		name: name, email: strings.ToLower(name) + "@" + workspace + ".example", password: "First-pass-1",
		workspace: workspace, others: map[string]*signedIn{},
	}
	w.people[name] = p
	return p
}

// who finds a person; steps about strangers pass "".
func (w *world) who(name string) *person {
	if p := w.people[name]; p != nil {
		return p
	}
	return w.newPerson(name, w.people["Ada"].workspace)
}

// as sends a request of a person who is signed in, signing in first when needed.
func (w *world) as(name, method, path string, body any, headers ...string) (*answer, error) {
	p := w.who(name)
	if p.token == "" {
		if err := w.signIn(name); err != nil {
			return nil, err
		}
	}
	return w.send(method, path, body, append([]string{"Authorization", "Bearer " + p.token, "X-Workspace", p.workspace}, headers...)...)
}

// must is as for what the scenario takes for granted.
func (w *world) must(name, method, path string, body any, headers ...string) (*answer, error) {
	a, err := w.as(name, method, path, body, headers...)
	if err != nil {
		return nil, err
	}
	return a, a.ok()
}

// send sends a request and keeps the answer. A body that is a reader goes out as it is.
func (w *world) send(method, path string, body any, headers ...string) (*answer, error) {
	a, err := w.exchange(method, path, body, headers...)
	if err == nil {
		w.answers = append(w.answers, a)
	}
	return a, err
}

// exchange is send without keeping; it may run beside others.
func (w *world) exchange(method, path string, body any, headers ...string) (*answer, error) {
	if err := w.inst.start(); err != nil {
		return nil, err
	}
	content := ""
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case io.Reader:
		reader = b
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		reader, content = bytes.NewReader(encoded), "application/json"
	}
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "/api") {
		path = "/api/v1" + path
	}
	request, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+w.inst.server.Address+path, reader)
	if err != nil {
		return nil, err
	}
	if content != "" {
		request.Header.Set("Content-Type", content)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := w.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{status: response.StatusCode, header: response.Header, raw: raw}
	if len(raw) > 0 && strings.Contains(response.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			return nil, fmt.Errorf("%s %s: %w: %s", method, path, err, raw)
		}
	}
	return a, nil
}

func (w *world) last() *answer {
	if len(w.answers) == 0 {
		return &answer{}
	}
	return w.answers[len(w.answers)-1]
}

// at reads a place such as "lines.0.title"; nil when there is none.
func (a *answer) at(place string) any {
	v := a.body
	for part := range strings.SplitSeq(place, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			n, err := strconv.Atoi(part)
			if err != nil || n >= len(x) {
				return nil
			}
			v = x[n]
		default:
			return nil
		}
	}
	return v
}

func (a *answer) text(place string) string { return plain(a.at(place)) }

// rows are the entries of a list.
func (a *answer) rows() []*answer {
	list, _ := a.at("data").([]any)
	out := make([]*answer, len(list))
	for i, row := range list {
		out[i] = &answer{body: row}
	}
	return out
}

func (a *answer) ok() error {
	if a.status < 200 || a.status > 299 {
		return fmt.Errorf("answer %d: %s", a.status, a.raw)
	}
	return nil
}

func plain(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	default:
		b, _ := json.Marshal(x)
		return string(b)
	}
}

// list reads "a, b and more" as the steps write it.
func list(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
