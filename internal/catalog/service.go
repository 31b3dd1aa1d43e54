package catalog

import (
	"context"
	"errors"
	"net/url"
	"reflect"
	"slices"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Deps is what the room needs; all are required.
type Deps struct {
	DB     *db.DB
	Clock  clock.Clock
	Events *event.Log
	Search *search.Index
	Fields *field.Service
	Tags   *tag.Service
}

// Service is the use cases of products.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	events *event.Log
	search *search.Index
	fields *field.Service
	tags   *tag.Service
}

// New checks that nothing is missing.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Clock == nil || d.Events == nil || d.Search == nil || d.Fields == nil || d.Tags == nil {
		return nil, errors.New("catalog: a dependency is missing")
	}
	return &Service{d.DB, d.Clock, d.Events, d.Search, d.Fields, d.Tags}, nil
}

// Create adds a product. Errors: Forbidden without products:write, Invalid, Conflict sku_taken.
func (s *Service) Create(ctx context.Context, who auth.Actor, p Product, tags []string) (Product, error) {
	if err := who.Require("products:write"); err != nil {
		return Product{}, err
	}
	now := s.clock.Now()
	given := p.Fields
	p.ID, p.Version, p.CreatedAt, p.UpdatedAt = id.New(now), 1, now, now
	if p.Status == "" {
		p.Status = Active
	}
	p.apply(Change{})
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		var err error
		if p.Fields, err = s.fields.Validate(ctx, tx, who.Tenant, field.Products, nil, given); err != nil {
			return err
		}
		if err := p.validate(); err != nil {
			return err
		}
		if err := insertProducts(ctx, tx, who.Tenant, &p); err != nil {
			return err
		}
		if len(tags) > 0 {
			if _, err := s.editTags(ctx, tx, who, &p, tags, links().Add); err != nil {
				return err
			}
		}
		if err := s.fields.IndexTx(ctx, tx, who.Tenant, field.Products, p.ID, nil, p.Fields); err != nil {
			return err
		}
		if err := s.search.Add(ctx, tx, who.Tenant, searchDoc(&p)); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, Created{p.ID, p.SKU, p.Title})
	})
	return p, err
}

// Read gives one product with its tags. Errors: Forbidden without products:read, NotFound.
func (s *Service) Read(ctx context.Context, who auth.Actor, product id.ID) (Product, error) {
	if err := who.Require("products:read"); err != nil {
		return Product{}, err
	}
	var p Product
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		p, err = withTags(ctx, q, who.Tenant, product)
		return err
	})
	return p, err
}

func withTags(ctx context.Context, q db.Reader, t tenant.ID, product id.ID) (Product, error) {
	p, err := readProduct(ctx, q, t, product)
	if err != nil {
		return p, err
	}
	tags, err := links().Of(ctx, q, t, product)
	p.Tags = tags[product]
	return p, err
}

// List reads a page of products with their tags. Errors: Forbidden without products:read, Malformed.
func (s *Service) List(ctx context.Context, who auth.Actor, values url.Values, selectable []string) (page.Result[Product], *page.Query, error) {
	if err := who.Require("products:read"); err != nil {
		return page.Result[Product]{}, nil, err
	}
	var out page.Result[Product]
	var query *page.Query
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		own, err := s.fields.Spec(ctx, q, who.Tenant, field.Products, "p")
		if err != nil {
			return err
		}
		if query, err = ListSpec(who.Tenant).With(own).Parse(values, selectable); err != nil {
			return err
		}
		var only []id.ID
		if query.Text != "" {
			hits, _, err := s.search.Find(ctx, q, who.Tenant, search.Query{Text: query.Text, Kinds: []search.Kind{search.Product}, Limit: 100, Typo: true})
			if err != nil {
				return err
			}
			only = make([]id.ID, 0, len(hits))
			for _, h := range hits {
				only = append(only, h.Object)
			}
		}
		sorted, err := s.fields.Sorted(ctx, q, who.Tenant, field.Products, query.SortField())
		if err != nil {
			return err
		}
		if out, err = listProducts(ctx, q, who.Tenant, query, sorted, only); err != nil {
			return err
		}
		ids := make([]id.ID, len(out.Data))
		for i, p := range out.Data {
			ids[i] = p.ID
		}
		tags, err := links().Of(ctx, q, who.Tenant, ids...)
		for i := range out.Data {
			out.Data[i].Tags = tags[out.Data[i].ID]
		}
		return err
	})
	return out, query, err
}

// BoughtBy lists what a customer bought, most pieces first. The caller has checked that the customer is visible.
func (s *Service) BoughtBy(ctx context.Context, who auth.Actor, customer id.ID, limit int) ([]Bought, error) {
	if err := who.Require("orders:read"); err != nil {
		return nil, err
	}
	var out []Bought
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) (err error) {
		out, err = boughtBy(ctx, q, who.Tenant, customer, limit)
		return err
	})
	return out, err
}

// Update changes a product. match compares the version that the caller saw; nil takes any.
// Errors: Forbidden without products:write, NotFound, Invalid, Precondition, Conflict sku_taken.
func (s *Service) Update(ctx context.Context, who auth.Actor, product id.ID, match Match, c Change) (Product, error) {
	if err := who.Require("products:write"); err != nil {
		return Product{}, err
	}
	var p Product
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		var err error
		if p, err = withTags(ctx, tx, who.Tenant, product); err != nil {
			return err
		}
		if err := match.check(p.Version); err != nil {
			return err
		}
		before := p
		p.apply(c)
		if p.Fields, err = s.fields.Validate(ctx, tx, who.Tenant, field.Products, before.Fields, c.Fields); err != nil {
			return err
		}
		if err := p.validate(); err != nil || reflect.DeepEqual(p, before) {
			return err
		}
		p.UpdatedAt = s.clock.Now()
		if err := updateProduct(ctx, tx, who.Tenant, &p); err != nil {
			return err
		}
		if err := s.fields.IndexTx(ctx, tx, who.Tenant, field.Products, p.ID, before.Fields, p.Fields); err != nil {
			return err
		}
		if err := s.search.Put(ctx, tx, who.Tenant, searchDoc(&p)); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, Updated{p.ID, c.names()})
	})
	return p, err
}

// Delete takes a product out of the catalogue; orders keep its title and price.
// Errors: Forbidden without products:write, NotFound, Precondition.
func (s *Service) Delete(ctx context.Context, who auth.Actor, product id.ID, match Match) error {
	if err := who.Require("products:write"); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		p, err := readProduct(ctx, tx, who.Tenant, product)
		if err != nil {
			return err
		}
		if err := match.check(p.Version); err != nil {
			return err
		}
		if err := s.fields.ForgetTx(ctx, tx, who.Tenant, p.ID); err != nil {
			return err
		}
		if err := s.search.Remove(ctx, tx, who.Tenant, search.Product, p.ID); err != nil {
			return err
		}
		if err := deleteProduct(ctx, tx, who.Tenant, product); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, Deleted{p.ID, p.SKU})
	})
}

// SetTags makes the named tags all that a product has. Errors: Forbidden without products:write, NotFound, Invalid.
func (s *Service) SetTags(ctx context.Context, who auth.Actor, product id.ID, names []string) (Product, error) {
	return s.changeTags(ctx, who, product, names, links().Set)
}

// AddTags hangs the named tags on a product. Errors: as SetTags.
func (s *Service) AddTags(ctx context.Context, who auth.Actor, product id.ID, names []string) (Product, error) {
	return s.changeTags(ctx, who, product, names, links().Add)
}

// RemoveTags takes the named tags off a product. Errors: as SetTags.
func (s *Service) RemoveTags(ctx context.Context, who auth.Actor, product id.ID, names []string) (Product, error) {
	return s.changeTags(ctx, who, product, names, links().Remove)
}

type edit func(ctx context.Context, tx db.Tx, t tenant.ID, product id.ID, tags []tag.Tag) (tag.Change, error)

func (s *Service) changeTags(ctx context.Context, who auth.Actor, product id.ID, names []string, do edit) (Product, error) {
	if err := who.Require("products:write"); err != nil {
		return Product{}, err
	}
	var p Product
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		var err error
		if p, err = readProduct(ctx, tx, who.Tenant, product); err != nil {
			return err
		}
		changed, err := s.editTags(ctx, tx, who, &p, names, do)
		if err != nil || !changed {
			return err
		}
		p.UpdatedAt = s.clock.Now()
		if err := updateProduct(ctx, tx, who.Tenant, &p); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, Updated{p.ID, []string{"tags"}})
	})
	return p, err
}

func (s *Service) editTags(ctx context.Context, tx db.Tx, who auth.Actor, p *Product, names []string, do edit) (changed bool, err error) {
	tags, err := s.tags.Ensure(ctx, tx, who, names)
	if err != nil {
		return false, err
	}
	change, err := do(ctx, tx, who.Tenant, p.ID, tags)
	if err != nil {
		return false, err
	}
	all, err := links().Of(ctx, tx, who.Tenant, p.ID)
	p.Tags = all[p.ID]
	return !change.IsZero(), err
}

// Briefs reads what others show of products; foreign and missing ids are left out.
func (s *Service) Briefs(ctx context.Context, q db.Reader, t tenant.ID, ids []id.ID) (map[id.ID]Brief, error) {
	return briefs(ctx, q, t, ids)
}

// BriefsFor is Briefs in a read of its own.
func (s *Service) BriefsFor(ctx context.Context, t tenant.ID, ids []id.ID) (out map[id.ID]Brief, err error) {
	err = s.db.Read(ctx, t, func(ctx context.Context, q db.Reader) error {
		out, err = briefs(ctx, q, t, ids)
		return err
	})
	return out, err
}

// EnsureTx finds the products of an import by SKU and adds those that are not there, in the caller's
// transaction. Existing products stay as they are. It returns all ids by SKU and how many are new.
func (s *Service) EnsureTx(ctx context.Context, tx db.Tx, t tenant.ID, products []Product) (map[string]id.ID, int, error) {
	skus := make([]string, len(products))
	for i, p := range products {
		skus[i] = p.SKU
	}
	known, err := idsBySKU(ctx, tx, t, skus)
	if err != nil {
		return nil, 0, err
	}
	now := s.clock.Now()
	var fresh []*Product
	var docs []search.Doc
	for _, p := range products {
		if _, ok := known[p.SKU]; ok {
			continue
		}
		p.ID, p.Version, p.CreatedAt, p.UpdatedAt = id.New(now), 1, now, now
		if p.Fields == nil {
			p.Fields = map[string]any{}
		}
		known[p.SKU] = p.ID
		fresh = append(fresh, &p)
		docs = append(docs, searchDoc(&p))
	}
	if len(fresh) == 0 {
		return known, 0, nil
	}
	if err := insertProducts(ctx, tx, t, fresh...); err != nil {
		return nil, 0, err
	}
	return known, len(fresh), s.search.Put(ctx, tx, t, docs...)
}

func searchDoc(p *Product) search.Doc {
	return search.Doc{Kind: search.Product, Object: p.ID, Title: p.Title, Exact: []string{p.SKU}}
}

// names lists what a change touches.
func (c Change) names() []string {
	out := []string{}
	for name, touched := range map[string]bool{
		"sku": c.SKU != nil, "title": c.Title != nil, "description": c.Description != nil, "status": c.Status != nil, "price": c.Price != nil,
		"inventory": c.Inventory != nil || c.ClearInventory, "rating": c.Rating != nil || c.ClearRating, "fields": len(c.Fields) > 0,
	} {
		if touched {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
