package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract judges answers by the OpenAPI file: the status is documented for the operation, the media type is
// the documented one, and the body fits its schema. The schemas of OpenAPI 3.1 are JSON Schema, so that a
// validator of that is all it takes; the larger ones for OpenAPI stand on the same library and look a request's
// path up anew each time.
type contract struct {
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
	by       map[string]documented
}

// documented is an operation as the OpenAPI file has it.
type documented struct {
	method, path string // the method in lower case
	Parameters   []struct{ Name, In string }
	RequestBody  *struct{ Content map[string]any } `json:"requestBody"`
	Responses    map[string]struct{ Content map[string]any }
}

func contractOf(t testing.TB, file []byte) *contract {
	t.Helper()
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			documented
		}
	}
	if err := json.Unmarshal(file, &d); err != nil {
		t.Fatal(err)
	}
	c := &contract{compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}, by: map[string]documented{}}
	c.compiler.AssertFormat()
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	if err := c.compiler.AddResource("file:///api.json", whole); err != nil {
		t.Fatal(err)
	}
	for path, methods := range d.Paths {
		for method, o := range methods {
			o.method, o.path = method, path
			c.by[o.OperationID] = o.documented
		}
	}
	return c
}

func (c *contract) schema(parts ...string) (*jsonschema.Schema, error) {
	at := "file:///api.json#"
	for _, s := range parts {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(s)
	}
	if s := c.compiled[at]; s != nil {
		return s, nil
	}
	s, err := c.compiler.Compile(at)
	c.compiled[at] = s
	return s, err
}

// judge tells what is wrong with an answer. A request for some fields alone gets rows that lack the others, which
// is what it asked for.
func (c *contract) judge(id string, w *httptest.ResponseRecorder, some bool) []string {
	o, ok := c.by[id]
	if !ok {
		return []string{"there is no operation " + id}
	}
	var out []string
	if w.Code >= 500 {
		out = append(out, fmt.Sprintf("answers %d: %.300s", w.Code, w.Body))
	}
	answer, ok := o.Responses[strconv.Itoa(w.Code)]
	if !ok {
		return append(out, fmt.Sprintf("%d is not documented: %.300s", w.Code, w.Body))
	}
	if len(answer.Content) == 0 {
		if w.Body.Len() > 0 {
			out = append(out, fmt.Sprintf("%d is documented without a body and has one: %.100s", w.Code, w.Body))
		}
		return out
	}
	kind, _, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
	if err != nil {
		return append(out, fmt.Sprintf("Content-Type %q", w.Header().Get("Content-Type")))
	}
	if _, ok := answer.Content[kind]; !ok {
		if _, bytes := answer.Content["application/octet-stream"]; !bytes {
			out = append(out, fmt.Sprintf("%s is not among the documented types of %d", kind, w.Code))
		}
		return out
	}
	if !strings.HasSuffix(kind, "json") || some && w.Code == http.StatusOK {
		return out
	}
	s, err := c.schema("paths", o.path, o.method, "responses", strconv.Itoa(w.Code), "content", kind, "schema")
	if err != nil {
		return append(out, err.Error())
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err == nil {
		err = s.Validate(v)
	}
	if err != nil {
		out = append(out, fmt.Sprintf("%d breaks its schema: %v", w.Code, err))
	}
	if p, ok := v.(map[string]any); ok && w.Code >= 400 && p["requestId"] != w.Header().Get("X-Request-Id") {
		out = append(out, "the request's id differs between header and body")
	}
	return out
}

func TestTheContractFindsWhatBreaksIt(t *testing.T) {
	t.Parallel()
	c := contractOf(t, []byte(`{"openapi":"3.1.0","paths":{"/a/{id}":{"get":{"operationId":"get-a","responses":{
		"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"}}}},"204":{}}}}},
		"components":{"schemas":{"A":{"type":"object","required":["at"],"additionalProperties":false,"properties":{"at":{"type":["string","null"],"format":"date-time"}}}}}}`))
	for name, want := range map[string]struct {
		status     int
		kind, body string
		ok         bool
	}{
		"fits":               {200, "application/json", `{"at":"2026-01-31T12:00:00Z"}`, true},
		"null":               {200, "application/json; charset=utf-8", `{"at":null}`, true},
		"a missing field":    {200, "application/json", `{}`, false},
		"a field too many":   {200, "application/json", `{"at":null,"x":1}`, false},
		"a wrong form":       {200, "application/json", `{"at":"yesterday"}`, false},
		"a wrong media type": {200, "text/html", `{"at":null}`, false},
		"no JSON":            {200, "application/json", `{`, false},
		"an unknown status":  {201, "application/json", `{"at":null}`, false},
		"a failure":          {500, "application/json", `{"at":null}`, false},
		"nothing":            {204, "", "", true},
		"too much":           {204, "", "x", false},
	} {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", want.kind)
		w.WriteHeader(want.status)
		_, _ = w.WriteString(want.body)
		if got := c.judge("get-a", w, false); (len(got) == 0) != want.ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// queries are the names of an operation's query parameters.
func (d documented) queries() []string {
	var out []string
	for _, p := range d.Parameters {
		if p.In == "query" {
			out = append(out, p.Name)
		}
	}
	slices.Sort(out)
	return out
}
