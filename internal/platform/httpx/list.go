package httpx

import (
	"encoding/json"
	"io"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// ListInput is embedded in the input of a list. Values go to page.Spec.Parse, which knows the filters.
// The input must have no other embedded type with a Resolve method.
type ListInput struct {
	Limit  string `query:"limit" doc:"Rows on a page, 1 to 200; 50 when not given" example:"50"`
	Cursor string `query:"cursor" doc:"page.next of the page before"`
	Sort   string `query:"sort" doc:"Field to order by, with - in front for descending"`
	Total  string `query:"total" doc:"true also counts all rows that match"`
	Fields string `query:"fields" doc:"Names of the fields to answer, separated by commas; all when not given"`
	Q      string `query:"q" doc:"Words to search for"`

	values url.Values
}

// Values are all query parameters of the request, filters included.
func (l *ListInput) Values() url.Values { return l.values }

// Resolve takes the parameters from the request.
func (l *ListInput) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	l.values = u.Query()
	return nil
}

// PageInfo tells where the next page begins.
type PageInfo struct {
	Next  string `json:"next" doc:"Cursor of the next page; empty on the last one" example:""`
	Limit int    `json:"limit" doc:"Most rows on a page" example:"50"`
	Total *int64 `json:"total,omitempty" doc:"How many rows match, when total=true was asked" example:"1"`
}

// List is the answer of a list.
type List[T any] struct {
	Body ListBody[T]
}

// ListBody is one page of rows. Rows show only the fields that were asked for, when some were.
type ListBody[T any] struct {
	Data []T      `json:"data" nullable:"false" doc:"Rows in the order that was asked for"`
	Page PageInfo `json:"page"`

	fields []string
}

// NewList makes the answer to a checked query.
func NewList[T any](r page.Result[T], q *page.Query) *List[T] {
	if r.Data == nil {
		r.Data = []T{}
	}
	b := ListBody[T]{Data: r.Data, Page: PageInfo{Next: r.Next, Limit: page.DefaultLimit, Total: r.Total}}
	if q != nil {
		b.Page.Limit, b.fields = q.Limit, q.Select
	}
	return &List[T]{Body: b}
}

// MapList is NewList with each row turned into its form on the wire.
func MapList[A, B any](r page.Result[A], q *page.Query, show func(A) B) *List[B] {
	out := page.Result[B]{Data: make([]B, len(r.Data)), Next: r.Next, Total: r.Total}
	for i, row := range r.Data {
		out.Data[i] = show(row)
	}
	return NewList(out, q)
}

// All is a whole list that has no pages because it is short by nature.
func All[T any](rows []T) *List[T] {
	l := NewList(page.Result[T]{Data: rows}, nil)
	l.Body.Page.Limit = max(len(rows), page.DefaultLimit)
	return l
}

// onWire is what is encoded: the page as it stands, or its rows with the fields that were asked for. It is no
// MarshalJSON, because what that gives would be read through once more by the encoder.
func (b ListBody[T]) onWire() (any, error) {
	if b.fields == nil {
		return struct {
			Data []T      `json:"data"`
			Page PageInfo `json:"page"`
		}{b.Data, b.Page}, nil
	}
	rows := make([]map[string]json.RawMessage, len(b.Data))
	for i := range b.Data {
		whole, err := json.Marshal(b.Data[i])
		if err != nil {
			return nil, errs.Wrapf(err, "encode row")
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal(whole, &all); err != nil {
			return nil, errs.Wrapf(err, "choose fields")
		}
		rows[i] = make(map[string]json.RawMessage, len(b.fields))
		for _, f := range b.fields {
			if v, ok := all[f]; ok {
				rows[i][f] = v
			}
		}
	}
	return struct {
		Data []map[string]json.RawMessage `json:"data"`
		Page PageInfo                     `json:"page"`
	}{rows, b.Page}, nil
}

// jsonFormat is huma's, which also knows lists.
func jsonFormat() huma.Format {
	f := huma.DefaultJSONFormat
	plain := f.Marshal
	f.Marshal = func(w io.Writer, v any) error {
		if l, ok := v.(interface{ onWire() (any, error) }); ok {
			var err error
			if v, err = l.onWire(); err != nil {
				return err
			}
		}
		return plain(w, v)
	}
	return f
}
