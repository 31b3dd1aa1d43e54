package httpx_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/platform/httpx"
)

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	s := newShelf(t, nil, nil)
	doc := s.call(t, "GET", "/openapi.json", "", "Authorization", "").want(t, 200).json

	if doc["openapi"] != "3.1.0" {
		t.Errorf("version %v", doc["openapi"])
	}
	post := dig(t, doc, "paths", "/things", "post")
	if post["x-permission"] != "things:write" {
		t.Errorf("permission %v", post["x-permission"])
	}
	responses := post["responses"].(map[string]any)
	for _, status := range []string{"201", "400", "401", "403", "409", "413", "415", "422", "429", "500", "503"} {
		r, ok := responses[status].(map[string]any)
		if !ok {
			t.Errorf("%s is not documented", status)
			continue
		}
		if dig(t, r, "headers")["RateLimit"] == nil {
			t.Errorf("%s has no RateLimit header", status)
		}
		if status > "299" && dig(t, r, "content", "application/problem+json", "schema")["$ref"] != "#/components/schemas/Problem" {
			t.Errorf("%s is no problem", status)
		}
	}
	body := dig(t, post, "requestBody", "content", "application/json")
	if dig(t, body, "schema")["$ref"] != "#/components/schemas/CreateThingBody" {
		t.Errorf("body %v", body["schema"])
	}
	if dig(t, body, "example")["name"] != "Lamp" {
		t.Errorf("example %v", body["example"])
	}
	if required := dig(t, doc, "components", "schemas", "ChangeThingBody")["required"]; required != nil {
		t.Errorf("a patch requires %v", required)
	}
	name := dig(t, doc, "components", "schemas", "ChangeThingBody", "properties", "name")
	if kinds, _ := json.Marshal(name["type"]); string(kinds) != `["string","null"]` {
		t.Errorf("a patch's field is %s", kinds)
	}
	if dig(t, doc, "components", "schemas")["ThingList"] == nil {
		t.Error("the list has no name of its own")
	}
	var formats []any
	for _, p := range dig(t, doc, "paths", "/things/{id}", "patch")["parameters"].([]any) {
		formats = append(formats, p.(map[string]any)["name"], dig(t, p.(map[string]any), "schema")["format"])
	}
	if !slices.Contains(formats, any("uuid")) || !slices.Contains(formats, any("If-Match")) {
		t.Errorf("parameters %v", formats)
	}
	if dig(t, doc, "paths", "/things/{id}", "patch", "responses")["412"] == nil {
		t.Error("If-Match without 412")
	}
}

func TestReferencePage(t *testing.T) {
	t.Parallel()
	s := newShelf(t, nil, nil)
	for _, path := range []string{"/", "/api-docs"} {
		a := s.call(t, "GET", path, "", "Authorization", "").want(t, 200,
			"Make a thing", "things:write", "price.amount", "If-Match", "problem-invalid", "curl -X POST", "<code>name</code>")
		if strings.Contains(a.body, "<script") || strings.Contains(a.body, "src=") {
			t.Error("the page loads something")
		}
		if got := a.header.Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("content type %s", got)
		}
	}
	s.call(t, "POST", "/openapi.json", "").want(t, 405)
}

func TestPostmanCollection(t *testing.T) {
	t.Parallel()
	s := newShelf(t, nil, nil)
	c := s.call(t, "GET", "/postman.json", "").want(t, 200, "{{baseUrl}}/things/{{thingId}}", "'thingId', made.id", "2.1.0").json
	var order []string
	for _, folder := range c["item"].([]any) {
		for _, item := range folder.(map[string]any)["item"].([]any) {
			order = append(order, item.(map[string]any)["name"].(string))
		}
	}
	if order[0] != "Make a thing" || order[len(order)-1] != "Remove a thing" {
		t.Errorf("order %v", order)
	}
}

func TestCheckMatch(t *testing.T) {
	t.Parallel()
	for header, ok := range map[string]bool{"": true, "*": true, `"3"`: true, `W/"3"`: true, `"1", "3"`: true, `"4"`: false, "3": false} {
		if got := httpx.CheckMatch(header, 3) == nil; got != ok {
			t.Errorf("%q matches: %v", header, got)
		}
	}
}

func dig(t *testing.T, v map[string]any, path ...string) map[string]any {
	t.Helper()
	for _, p := range path {
		next, ok := v[p].(map[string]any)
		if !ok {
			t.Fatalf("no %s of %v", p, path)
		}
		v = next
	}
	return v
}
