package httpx

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// streamOutput answers by itself.
type streamOutput struct {
	Body func(huma.Context)
}

// RegisterStream adds an operation whose answer is written bit by bit, such as live events. open does what
// can fail and gives the function that answers; contentType is for the reference; there may be several, separated by commas.
func RegisterStream[I any](a *API, r Route, d Doc, contentType string, open func(ctx context.Context, in *I) (http.HandlerFunc, error)) {
	Register(a, r, d, func(ctx context.Context, in *I) (*streamOutput, error) {
		answer, err := open(ctx, in)
		if err != nil {
			return nil, err
		}
		if answer == nil {
			return nil, errs.Missing()
		}
		return &streamOutput{Body: func(c huma.Context) {
			req, w := humago.Unwrap(c)
			answer(w, req)
		}}, nil
	})
	a.ops[len(a.ops)-1].streams = true
	op := a.ops[len(a.ops)-1].huma
	content := map[string]*huma.MediaType{}
	for kind := range strings.SplitSeq(contentType, ",") {
		content[strings.TrimSpace(kind)] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	op.Responses[statusText(op.DefaultStatus)].Content = content
}
