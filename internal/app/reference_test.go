package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// described is what the tests read of an operation in the OpenAPI file.
type described struct {
	OperationID string   `json:"operationId"`
	Summary     string   `json:"summary"`
	Description string   `json:"description"`
	Permission  string   `json:"x-permission"`
	Tags        []string `json:"tags"`
	Security    []any    `json:"security"`
	Parameters  []struct {
		Name, In, Description string
		Required              bool
	} `json:"parameters"`
	RequestBody struct {
		Content map[string]media `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]media `json:"content"`
	} `json:"responses"`
}

type media struct {
	Example any `json:"example"`
}

// folder is an item of the Postman collection: requests, or one.
type folder struct {
	ID      string
	Item    []folder
	Request *struct{ Method string }
}

func (f folder) ids() []string {
	if f.Request != nil {
		id, _, _ := strings.Cut(f.ID, ".")
		return []string{id}
	}
	var out []string
	for _, i := range f.Item {
		out = append(out, i.ids()...)
	}
	return out
}

func read(t *testing.T, url string, into any) {
	t.Helper()
	res := call(t, http.MethodGet, url, "", "")
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s: %v", url, res.Status, err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
}

func TestEveryOperationIsDescribedWhole(t *testing.T) {
	t.Parallel()
	url, _, _ := start(t, db.Options{})
	var document struct {
		Paths map[string]map[string]described
	}
	read(t, url+"/openapi.json", &document)
	var collection folder
	read(t, url+"/postman.json", &collection)
	inCollection := collection.ids()

	if len(document.Paths) < 50 {
		t.Fatalf("only %d paths", len(document.Paths))
	}
	seen := map[string]bool{}
	for path, methods := range document.Paths {
		for method, o := range methods {
			name := strings.ToUpper(method) + " " + path
			if o.OperationID == "" || seen[o.OperationID] {
				t.Errorf("%s: operation id %q is missing or taken", name, o.OperationID)
			}
			seen[o.OperationID] = true
			for _, fault := range faults(method, path, o) {
				t.Errorf("%s: %s", name, fault)
			}
			if !streams(o) && !slices.Contains(inCollection, o.OperationID) {
				t.Errorf("%s is not in the Postman collection", name)
			}
		}
	}
	for _, id := range inCollection {
		if !seen[id] {
			t.Errorf("the Postman collection has %q, which is no operation", id)
		}
	}
}

// streams reports an answer that does not end, which a collection cannot run.
func streams(o described) bool {
	_, ok := o.Responses["200"].Content["text/event-stream"]
	return ok
}

// faults are what an operation's description lacks.
func faults(method, path string, o described) []string {
	var out []string
	fault := func(broken bool, what string) {
		if broken {
			out = append(out, what)
		}
	}
	fault(o.Summary == "" || strings.HasSuffix(o.Summary, "."), "the summary is missing, or ends with a stop")
	fault(len(o.Tags) != 1, "there is not one tag")
	fault(len(o.Security) == 0, "it does not say who may call it")
	fault(!known(o.Permission), "x-permission "+o.Permission+" is unknown")
	fault(o.Permission != "none" && o.Responses["401"].Content == nil, "401 is not documented")
	fault(strings.Contains(path, "{") && o.Responses["404"].Content == nil, "404 is not documented")
	fault(o.Responses["400"].Content == nil || o.Responses["429"].Content == nil, "400 or 429 is not documented")
	success := 0
	for status, r := range o.Responses {
		if status < "300" {
			success++
			fault(method == "delete" && status != "204", "DELETE answers "+status)
		}
		for kind, m := range r.Content {
			fault(strings.HasSuffix(kind, "json") && m.Example == nil, status+" has no example")
			fault(status >= "400" && kind != "application/problem+json", status+" is no problem")
		}
	}
	fault(success != 1, "there is not one success")
	for kind, m := range o.RequestBody.Content {
		fault(strings.HasSuffix(kind, "json") && m.Example == nil, "the body has no example")
		fault(o.Responses["422"].Content == nil || o.Responses["415"].Content == nil || o.Responses["413"].Content == nil, "a body without 413, 415 and 422")
	}
	for _, p := range o.Parameters {
		fault(p.Description == "", "the parameter "+p.Name+" has no description")
		fault(p.Name == "If-Match" && o.Responses["412"].Content == nil, "If-Match without 412")
		fault(method == "delete" && strings.HasSuffix(path, "/tags") && p.In == "query" && p.Name != "tags", "tags are taken off by "+p.Name+", elsewhere by tags")
	}
	return out
}

// known reports a permission of the catalogue, with or without its reach.
func known(name string) bool {
	return name == "none" || name == "signed-in" || slices.ContainsFunc(auth.Catalogue(), func(p auth.Permission) bool {
		return p.Name == name || p.Name == name+"_own" || p.Name == name+"_all"
	})
}
