package httpx_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

type (
	shop struct {
		ID      id.ID   `json:"id"`
		Name    string  `json:"name" example:"Corner"`
		OwnerID *id.ID  `json:"ownerId"`
		Owner   *person `json:"owner,omitempty"`
	}
	person    struct{ Name string }
	shopInput struct {
		Body struct {
			Name     string  `json:"name" example:"Corner"`
			Email    string  `json:"email,omitempty" example:"shop@example.com"`
			OwnerID  id.ID   `json:"ownerId,omitempty"`
			PhotoIDs []id.ID `json:"photoIds,omitempty"`
			RegionID id.ID   `json:"regionId,omitempty"`
		}
	}
	shopOutput struct{ Body shop }
	shopPath   struct {
		ID id.ID `path:"id"`
	}
	mottoInput struct {
		ID   id.ID `path:"id"`
		Body struct {
			Motto string `json:"motto" example:"words"`
			Until string `json:"until" example:"a time that does not fit"`
		}
	}
	labelInput struct {
		ID     id.ID    `path:"id"`
		Labels []string `query:"label,explode" required:"true" example:"High Value"`
	}
)

func emptyAPI(t *testing.T) *httpx.API {
	t.Helper()
	a, err := httpx.New(httpx.Config{Log: slog.New(slog.DiscardHandler), Clock: clock.NewFake(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func answers[I any](_ context.Context, _ *I) (*shopOutput, error) { return &shopOutput{}, nil }

func nothing[I any](_ context.Context, _ *I) (*struct{}, error) { return nil, nil }

// request is an item of the collection.
type request struct {
	Name, ID string
	Item     []request
	Request  struct {
		Description string
		URL         struct {
			Raw   string
			Query []struct{ Key, Value string }
		}
		Body struct{ Raw string }
	}
	Event []struct{ Script struct{ Exec []string } }
}

func collectionOf(t *testing.T, a *httpx.API) (order []string, byID map[string]request) {
	t.Helper()
	raw, err := a.Postman()
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ Item []request }
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	byID = map[string]request{}
	for _, folder := range c.Item {
		for _, r := range folder.Item {
			order = append(order, r.ID)
			byID[r.ID] = r
		}
	}
	return order, byID
}

func TestTheCollectionRunsFromTopToBottom(t *testing.T) {
	t.Parallel()
	a := emptyAPI(t)
	doc := func(name string) httpx.Doc { return httpx.Doc{ID: name, Tag: "Shops", Summary: name} }
	with := func(d httpx.Doc, change func(*httpx.Doc)) httpx.Doc { change(&d); return d }
	httpx.Register(a, httpx.DELETE("/shops/{id}"), doc("delete-shop"), nothing[shopPath])
	httpx.Register(a, httpx.GET("/shops/{id}/motto"), doc("get-motto"), answers[shopPath])
	httpx.Register(a, httpx.PUT("/shops/{id}/motto"), with(doc("put-motto"), func(d *httpx.Doc) {
		d.Example = map[string]any{"motto": "Open"}
	}), answers[mottoInput])
	httpx.Register(a, httpx.DELETE("/shops/{id}/labels"), doc("delete-labels"), nothing[labelInput])
	httpx.Register(a, httpx.POST("/shops"), with(doc("create-shop"), func(d *httpx.Doc) { d.Creates = true }), answers[shopInput])
	httpx.Register(a, httpx.POST("/photos"), with(doc("create-photo"), func(d *httpx.Doc) { d.Creates = true }), answers[struct{}])
	httpx.Register(a, httpx.GET("/letters/{id}"), with(doc("get-letter"), func(d *httpx.Doc) {
		d.Outside = []errs.Kind{errs.NotFound}
	}), answers[shopPath])

	order, byID := collectionOf(t, a)
	want := []string{"create-photo", "create-shop", "put-motto", "get-motto", "get-letter", "delete-labels", "delete-shop"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(byID["create-shop"].Request.Body.Raw), &body); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{
		"name": "Corner {{run}}", "email": "shop-{{run}}@example.com", "ownerId": "{{meId}}", "photoIds": []any{"{{photoId}}"},
	}, body); diff != "" {
		t.Error(diff)
	}
	if got := byID["put-motto"].Request.Body.Raw; strings.Contains(got, "until") || !strings.Contains(got, "Open") {
		t.Errorf("the example of the operation is not taken: %s", got)
	}
	labels := byID["delete-labels"].Request.URL
	if labels.Raw != "{{baseUrl}}/shops/{{shopId}}/labels?label=High%20Value" || len(labels.Query) != 1 || labels.Query[0].Value != "High Value" {
		t.Errorf("url %+v", labels)
	}
	letter := byID["get-letter"]
	if !strings.Contains(letter.Request.Description, "404") || !strings.Contains(letter.Event[0].Script.Exec[0], "[200, 404]") {
		t.Errorf("an expected refusal is not told: %+v", letter)
	}
	if !slices.Contains(byID["create-shop"].Event[0].Script.Exec, "pm.collectionVariables.set('shopId', made.id);") {
		t.Errorf("the id is not kept: %+v", byID["create-shop"].Event)
	}
}

func TestAnswersSayWhatMayBeNull(t *testing.T) {
	t.Parallel()
	a := emptyAPI(t)
	httpx.Register(a, httpx.GET("/shops/{id}"), httpx.Doc{ID: "get-shop", Tag: "Shops", Summary: "Read"}, answers[shopPath])
	raw, err := a.Document()
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	owner := dig(t, doc, "components", "schemas", "Shop", "properties", "ownerId")
	if diff := cmp.Diff([]any{"string", "null"}, owner["type"]); diff != "" {
		t.Error(diff)
	}
	if required := dig(t, doc, "components", "schemas", "Shop")["required"]; slices.Contains(required.([]any), any("owner")) {
		t.Errorf("required %v", required)
	}
}

type (
	hidden      struct{ Motto string }
	withHidden  struct{ Body struct{ hidden } }
	hiddenInput struct{ shopPath }
	nullObject  struct {
		Body struct {
			Owner *person `json:"owner"`
		}
	}
)

func TestTypesThatCannotBeDescribedAreRefused(t *testing.T) {
	t.Parallel()
	for name, register := range map[string]func(*httpx.API){
		"an embedded type that is not exported, in an answer": func(a *httpx.API) {
			httpx.Register(a, httpx.GET("/a"), httpx.Doc{ID: "a"}, func(context.Context, *struct{}) (*withHidden, error) { return nil, nil })
		},
		"an embedded type that is not exported, in an input": func(a *httpx.API) {
			httpx.Register(a, httpx.GET("/shops/{id}"), httpx.Doc{ID: "b"}, answers[hiddenInput])
		},
		"an object that may be null": func(a *httpx.API) {
			httpx.Register(a, httpx.GET("/c"), httpx.Doc{ID: "c"}, func(context.Context, *struct{}) (*nullObject, error) { return nil, nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := emptyAPI(t)
			defer func() {
				if recover() == nil {
					t.Error("it was registered")
				}
			}()
			register(a)
		})
	}
}
