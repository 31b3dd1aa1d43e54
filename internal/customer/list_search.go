package customer

import (
	"context"
	"slices"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// find reads one page of what search finds and the filters keep. Filters may leave little of a page of
// hits, so a few pages of hits are read at most.
func (s *Service) find(ctx context.Context, q db.Reader, l *lister, query *page.Query) (page.Result[*Customer], error) {
	var out page.Result[*Customer]
	ask := search.Query{Text: query.Text, Kinds: []search.Kind{search.Customer}, Limit: min(query.Limit, 100), Typo: true}
	if query.HasCursor() {
		if err := query.After(&ask.Cursor); err != nil {
			return out, err
		}
	}
	const rounds = 3
	for range rounds {
		hits, next, err := s.search.Find(ctx, q, l.t, ask)
		if err != nil {
			return out, errs.Wrapf(err, "search customers")
		}
		ids := make([]id.ID, 0, len(hits))
		for _, h := range hits {
			ids = append(ids, h.Object)
		}
		if !query.HasCursor() && ask.Cursor == "" {
			more, err := s.byOrder(ctx, q, l.t, query.Text)
			if err != nil {
				return out, err
			}
			ids = append(more, ids...)
		}
		found, err := l.byIDs(ctx, q, query, ids)
		if err != nil {
			return out, err
		}
		out.Data = append(out.Data, found...)
		ask.Cursor = next
		if next == "" || len(out.Data) > 0 && len(query.Filters) == 0 || len(out.Data) >= query.Limit {
			break
		}
		ask.Limit = min(max(query.Limit-len(out.Data), 1), 100)
	}
	if ask.Cursor == "" {
		return out, nil
	}
	next, err := query.NextCursor(ask.Cursor)
	out.Next = next
	return out, err
}

// byOrder finds the customers whose order has exactly this number.
func (s *Service) byOrder(ctx context.Context, q db.Reader, t tenant.ID, text string) ([]id.ID, error) {
	if !slices.ContainsFunc([]rune(text), func(r rune) bool { return r >= '0' && r <= '9' }) {
		return nil, nil
	}
	hits, _, err := s.search.Find(ctx, q, t, search.Query{Text: text, Kinds: []search.Kind{search.Order}, Limit: 5})
	var out []id.ID
	for _, h := range hits {
		if h.Whole && !h.Parent.IsZero() {
			out = append(out, h.Parent)
		}
	}
	return out, errs.Wrapf(err, "search orders")
}

// byIDs reads customers that pass the filters, in the order of the ids and each once.
func (l *lister) byIDs(ctx context.Context, q db.Reader, query *page.Query, ids []id.ID) ([]*Customer, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	w := db.NewWhere(l.t)
	db.In(w, "c.id", ids)
	l.off = l.lite
	query.Apply(w)
	rows, err := db.All(ctx, q, scanCustomer, `SELECT `+columns+` FROM customer c WHERE c.tenant_id = $1`+w.SQL(), w.Args()...)
	byID := make(map[id.ID]*Customer, len(rows))
	for _, c := range rows {
		byID[c.ID] = c
	}
	var out []*Customer
	for _, i := range ids {
		if c := byID[i]; c != nil {
			out = append(out, c)
			delete(byID, i)
		}
	}
	return out, errs.Wrapf(err, "read customers")
}
