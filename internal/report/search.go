package report

import (
	"context"
	"slices"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/search"
)

// Shown is an object as a search result shows it. ID is where a click leads: the ticket of a message.
type Shown struct {
	ID       id.ID
	Title    string
	Subtitle string
}

// Show tells how the objects of one kind look, leaving out those that the actor may not see.
type Show func(ctx context.Context, who auth.Actor, ids []id.ID) (map[id.ID]Shown, error)

// Found is one search result.
type Found struct {
	Kind search.Kind
	Shown
}

// searchPages bounds how many pages of hits are read to fill one page for somebody who may see few.
const searchPages = 5

// Search finds customers, orders, products, tickets and messages that the actor may see, newest first
// within a kind, with one typing mistake forgiven. kinds nil means all.
// Errors: Malformed for an unknown kind, Unauthenticated.
func (s *Service) Search(ctx context.Context, who auth.Actor, text string, kinds []search.Kind, limit int) ([]Found, error) {
	if err := who.Require("search"); errs.Has(err, errs.Unauthenticated) {
		return nil, err
	}
	allowed := slices.DeleteFunc(search.Kinds(), func(k search.Kind) bool {
		return !mayFind(who, k) || kinds != nil && !slices.Contains(kinds, k)
	})
	if len(allowed) == 0 || text == "" {
		return nil, nil
	}
	var out []Found
	cursor := ""
	for range searchPages {
		hits, next, err := s.find(ctx, who, search.Query{Text: text, Kinds: allowed, Limit: limit, Cursor: cursor, Typo: true})
		if err != nil {
			return nil, err
		}
		shown, err := s.show(ctx, who, hits)
		if err != nil {
			return nil, err
		}
		out = append(out, shown...)
		if cursor = next; cursor == "" || len(out) >= limit {
			break
		}
	}
	return out[:min(limit, len(out))], nil
}

func (s *Service) find(ctx context.Context, who auth.Actor, q search.Query) (hits []search.Hit, next string, err error) {
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) error {
		hits, next, err = s.index.Find(ctx, r, who.Tenant, q)
		return err
	})
	return hits, next, err
}

func mayFind(who auth.Actor, k search.Kind) bool {
	switch k {
	case search.Customer:
		return who.Reach("customers:read") != auth.None
	case search.Order:
		return who.Can("orders:read")
	case search.Product:
		return who.Can("products:read")
	case search.Ticket, search.Message:
		return who.Reach("tickets:read") != auth.None
	}
	return false
}

// show looks the hits up, one question per kind, and keeps their order.
func (s *Service) show(ctx context.Context, who auth.Actor, hits []search.Hit) ([]Found, error) {
	ids := map[search.Kind][]id.ID{}
	for _, h := range hits {
		ids[h.Kind] = append(ids[h.Kind], h.Object)
	}
	shown := map[search.Kind]map[id.ID]Shown{}
	for kind, of := range ids {
		show := s.shows[kind]
		if show == nil {
			continue
		}
		var err error
		if shown[kind], err = show(ctx, who, of); err != nil {
			return nil, errs.Wrapf(err, "show %s", kind)
		}
	}
	var out []Found
	for _, h := range hits {
		if v, ok := shown[h.Kind][h.Object]; ok {
			out = append(out, Found{h.Kind, v})
		}
	}
	return out, nil
}
