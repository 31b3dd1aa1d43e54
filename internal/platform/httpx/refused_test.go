package httpx_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
)

func TestRefusalsOfKnownCallersAreTold(t *testing.T) {
	t.Parallel()
	var told []string
	s := newShelf(t, nil, func(c *httpx.Config) {
		c.Refused = func(_ context.Context, route string, why *errs.Error) {
			told = append(told, route+" "+why.Permission+" "+why.Code)
		}
	})
	answers := map[string]error{
		"denied":  fmt.Errorf("read: %w", errs.Denied("things:read")),
		"rank":    errs.New(errs.Forbidden, "outranked", "No."),
		"missing": errs.Missing(),
		"broken":  errors.New("broken"),
	}
	for name, err := range answers {
		httpx.Register(s.api, httpx.GET("/"+name+"/{id}"), httpx.Doc{ID: name, Tag: "Things", Summary: "Refuse", Public: true},
			func(context.Context, *oneInput) (*thingOutput, error) { return nil, err })
	}
	const key = "/01890a5d-ac96-774b-bcce-b302099a8057"
	s.call(t, "GET", "/denied"+key, "").want(t, 403)
	s.call(t, "GET", "/rank"+key, "").want(t, 403)
	s.call(t, "GET", "/missing"+key, "").want(t, 404)
	s.call(t, "GET", "/broken"+key, "").want(t, 500)
	s.call(t, "GET", "/denied"+key, "", "Authorization", "").want(t, 403)
	want := []string{"GET /denied/{id} things:read forbidden", "GET /rank/{id}  outranked"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}
