// Package catalogapi is the wire of products.
package catalogapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/catalog"
	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

type api struct {
	products  *catalog.Service
	customers *customer.Service
}

// Register adds the operations.
func Register(mux *httpx.API, products *catalog.Service, customers *customer.Service) {
	a := &api{products, customers}
	httpx.Register(mux, httpx.GET("/products"), httpx.Doc{
		ID: "list-products", Tag: "Products", Summary: "List products", Permission: "products:read",
		Description: "Custom fields filter as field.<key>.",
		Errors:      []errs.Kind{errs.Malformed}, Filters: append(catalog.ListSpec(0).Names(), "field.<key>"), Sorts: []string{"updatedAt", "title", "createdAt", "field.<key>"},
	}, a.list)
	httpx.Register(mux, httpx.POST("/products"), httpx.Doc{
		ID: "create-product", Tag: "Products", Summary: "Create a product", Permission: "products:write", Creates: true,
		Errors: []errs.Kind{errs.Invalid, errs.Conflict},
	}, a.create)
	httpx.Register(mux, httpx.GET("/products/{id}"), httpx.Doc{
		ID: "read-product", Tag: "Products", Summary: "Read a product", Permission: "products:read", Errors: []errs.Kind{errs.NotFound},
	}, a.read)
	for _, r := range []httpx.Route{httpx.PUT("/products/{id}"), httpx.PATCH("/products/{id}")} {
		httpx.Register(mux, r, httpx.Doc{
			ID: map[string]string{"PUT": "put-product", "PATCH": "update-product"}[r.Method], Tag: "Products", Summary: "Change a product",
			Description: "Only the fields that are sent change.", Permission: "products:write",
			Errors:  []errs.Kind{errs.NotFound, errs.Invalid, errs.Conflict, errs.Precondition},
			Example: map[string]any{"title": "White heart T-light holder", "status": "active", "price": map[string]any{"amount": 275, "currency": "GBP"}, "inventory": 38},
		}, a.update)
	}
	httpx.Register(mux, httpx.DELETE("/products/{id}"), httpx.Doc{
		ID: "delete-product", Tag: "Products", Summary: "Delete a product", Description: "Orders keep its title and price.", Permission: "products:write",
		Errors: []errs.Kind{errs.NotFound, errs.Precondition},
	}, a.delete)
	a.registerTags(mux)
	httpx.Register(mux, httpx.GET("/customers/{id}/products"), httpx.Doc{
		ID: "list-customer-products", Tag: "Customers", Summary: "List what a customer bought, most pieces first", Permission: "orders:read",
		Description: "At most 200 products.", Errors: []errs.Kind{errs.NotFound},
	}, a.bought)
}

type pathInput struct {
	ID id.ID `path:"id" doc:"Product"`
}

type productOutput struct {
	httpx.Tagged
	Body ProductRow
}

// selectable are the names that fields= may choose.
var selectable = []string{ //nolint:gochecknoglobals // a constant list
	"id", "sku", "title", "description", "status", "price", "inventory", "rating", "ratingCount", "tags", "fields", "createdAt", "updatedAt",
}

func output(p catalog.Product, err error) (*productOutput, error) {
	if err != nil {
		return nil, err
	}
	return &productOutput{Tagged: httpx.Tag(p.Version), Body: show(p)}, nil
}

func (a *api) list(ctx context.Context, in *httpx.ListInput) (*httpx.List[ProductRow], error) {
	rows, q, err := a.products.List(ctx, auth.ActorFrom(ctx), in.Values(), selectable)
	if err != nil {
		return nil, err
	}
	return httpx.MapList(rows, q, show), nil
}

func (a *api) create(ctx context.Context, in *struct{ Body createBody }) (*productOutput, error) {
	b := in.Body
	return output(a.products.Create(ctx, auth.ActorFrom(ctx), catalog.Product{
		SKU: b.SKU, Title: b.Title, Description: b.Description, Status: catalog.Status(b.Status), Price: b.Price, Inventory: b.Inventory,
		Rating: b.Rating, RatingCount: b.RatingCount, Fields: b.Fields,
	}, b.Tags))
}

func (a *api) read(ctx context.Context, in *pathInput) (*productOutput, error) {
	return output(a.products.Read(ctx, auth.ActorFrom(ctx), in.ID))
}

type updateInput struct {
	httpx.IfMatch
	ID   id.ID `path:"id" doc:"Product"`
	Body patchBody
}

func (a *api) update(ctx context.Context, in *updateInput) (*productOutput, error) {
	return output(a.products.Update(ctx, auth.ActorFrom(ctx), in.ID, in.match(), in.Body.change()))
}

func (in *updateInput) match() catalog.Match { return match(in.IfMatch) }

func match(in httpx.IfMatch) catalog.Match {
	return func(version int64) error { return httpx.CheckMatch(in.IfMatch, version) }
}

type deleteInput struct {
	httpx.IfMatch
	ID id.ID `path:"id" doc:"Product"`
}

func (a *api) delete(ctx context.Context, in *deleteInput) (*struct{}, error) {
	return nil, a.products.Delete(ctx, auth.ActorFrom(ctx), in.ID, match(in.IfMatch))
}

type tagsInput struct {
	ID   id.ID `path:"id" doc:"Product"`
	Body tagsBody
}

type untagInput struct {
	ID   id.ID    `path:"id" doc:"Product"`
	Tags []string `query:"tags,explode" required:"true" maxItems:"50" doc:"Tags by name; repeat the parameter for several" example:"Top seller"`
}

func (a *api) registerTags(mux *httpx.API) {
	httpx.Register(mux, httpx.GET("/products/{id}/tags"), httpx.Doc{
		ID: "list-product-tags", Tag: "Products", Summary: "List a product's tags", Permission: "products:read", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *pathInput) (*httpx.List[productTag], error) {
		p, err := a.products.Read(ctx, auth.ActorFrom(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		return httpx.All(show(p).Tags), nil
	})
	for _, o := range []struct {
		route   httpx.Route
		id, sum string
		change  func(ctx context.Context, in *tagsInput) (catalog.Product, error)
	}{
		{httpx.PUT("/products/{id}/tags"), "set-product-tags", "Set a product's tags", func(ctx context.Context, in *tagsInput) (catalog.Product, error) {
			return a.products.SetTags(ctx, auth.ActorFrom(ctx), in.ID, in.Body.Tags)
		}},
		{httpx.POST("/products/{id}/tags"), "add-product-tags", "Add tags to a product", func(ctx context.Context, in *tagsInput) (catalog.Product, error) {
			return a.products.AddTags(ctx, auth.ActorFrom(ctx), in.ID, in.Body.Tags)
		}},
	} {
		httpx.Register(mux, o.route, httpx.Doc{
			ID: o.id, Tag: "Products", Summary: o.sum, Permission: "products:write", Status: 200, Errors: []errs.Kind{errs.NotFound, errs.Invalid},
		}, func(ctx context.Context, in *tagsInput) (*productOutput, error) { return output(o.change(ctx, in)) })
	}
	httpx.Register(mux, httpx.DELETE("/products/{id}/tags"), httpx.Doc{
		ID: "remove-product-tags", Tag: "Products", Summary: "Take tags off a product", Permission: "products:write", Errors: []errs.Kind{errs.NotFound},
	}, func(ctx context.Context, in *untagInput) (*struct{}, error) {
		_, err := a.products.RemoveTags(ctx, auth.ActorFrom(ctx), in.ID, in.Tags)
		return nil, err
	})
}

type boughtInput struct {
	ID id.ID `path:"id" doc:"Customer"`
}

func (a *api) bought(ctx context.Context, in *boughtInput) (*httpx.List[boughtRow], error) {
	who := auth.ActorFrom(ctx)
	if err := a.customers.Visible(ctx, who, in.ID); err != nil {
		return nil, err
	}
	rows, err := a.products.BoughtBy(ctx, who, in.ID, 200)
	if err != nil {
		return nil, err
	}
	out := make([]boughtRow, len(rows))
	for i, b := range rows {
		out[i] = boughtRow{ProductRow: show(b.Product), Bought: b.Quantity, Orders: b.Orders}
	}
	return httpx.All(out), nil
}
