package fieldapi

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
)

type api struct{ fields *field.Service }

// Register adds the operations under /fields, and for customers also under /customers/fields.
func Register(a *httpx.API, s *field.Service) {
	h := api{s}
	const tag = "Fields"
	httpx.Register(a, httpx.GET("/fields"), httpx.Doc{
		ID: "list-fields", Tag: tag, Summary: "List custom fields",
		Description: "Definitions in the order of forms. They are few and come without pages.",
	}, h.list)
	httpx.Register(a, httpx.POST("/fields"), httpx.Doc{
		ID: "create-field", Tag: tag, Summary: "Add a custom field", Permission: "fields:write", Creates: true,
		Description: "An indexed field filters at once and sorts as soon as indexReady is true.",
		Errors:      []errs.Kind{errs.Invalid, errs.Conflict},
	}, func(ctx context.Context, in *createInput) (*fieldOutput, error) {
		return h.create(ctx, field.Object(in.Body.Object), in.Body.CreateBody)
	})
	httpx.Register(a, httpx.GET("/fields/{id}"), httpx.Doc{
		ID: "get-field", Tag: tag, Summary: "Read a custom field", Errors: []errs.Kind{errs.NotFound},
	}, h.read(""))
	httpx.Register(a, httpx.PUT("/fields/{id}"), httpx.Doc{
		ID: "update-field", Tag: tag, Summary: "Change a custom field", Permission: "fields:write",
		Description: "Only the fields that are sent change. Values that exist already are not checked again.",
		Errors:      []errs.Kind{errs.NotFound, errs.Invalid},
		Example:     updateExample(),
	}, h.update(""))
	httpx.Register(a, httpx.DELETE("/fields/{id}"), httpx.Doc{
		ID: "delete-field", Tag: tag, Summary: "Delete a custom field", Permission: "fields:write",
		Description: "The values disappear at once; they are removed from storage in the background.",
		Errors:      []errs.Kind{errs.NotFound},
	}, h.remove(""))
	h.registerCustomers(a)
}

// updateExample changes what suits a number.
func updateExample() any {
	return map[string]any{"label": "Shoe size (EU)", "rules": map[string]any{"min": 16, "max": 60}, "default": 40, "position": 20}
}

func (h api) registerCustomers(a *httpx.API) {
	const tag = "Fields"
	httpx.Register(a, httpx.GET("/customers/fields"), httpx.Doc{
		ID: "list-customer-fields", Tag: tag, Summary: "List the custom fields of customers",
	}, func(ctx context.Context, _ *struct{}) (*httpx.List[Field], error) {
		return h.list(ctx, &listInput{Object: string(field.Customers)})
	})
	httpx.Register(a, httpx.POST("/customers/fields"), httpx.Doc{
		ID: "create-customer-field", Tag: tag, Summary: "Add a custom field to customers", Permission: "fields:write", Creates: true,
		Errors: []errs.Kind{errs.Invalid, errs.Conflict},
	}, func(ctx context.Context, in *createOfInput) (*fieldOutput, error) {
		return h.create(ctx, field.Customers, in.Body)
	})
	httpx.Register(a, httpx.GET("/customers/fields/{id}"), httpx.Doc{
		ID: "get-customer-field", Tag: tag, Summary: "Read a custom field of customers", Errors: []errs.Kind{errs.NotFound},
	}, h.read(field.Customers))
	httpx.Register(a, httpx.PUT("/customers/fields/{id}"), httpx.Doc{
		ID: "update-customer-field", Tag: tag, Summary: "Change a custom field of customers", Permission: "fields:write",
		Errors: []errs.Kind{errs.NotFound, errs.Invalid}, Example: updateExample(),
	}, h.update(field.Customers))
	httpx.Register(a, httpx.DELETE("/customers/fields/{id}"), httpx.Doc{
		ID: "delete-customer-field", Tag: tag, Summary: "Delete a custom field of customers", Permission: "fields:write",
		Errors: []errs.Kind{errs.NotFound},
	}, h.remove(field.Customers))
}

func (h api) list(ctx context.Context, in *listInput) (*httpx.List[Field], error) {
	fields, err := h.fields.List(ctx, auth.ActorFrom(ctx), field.Object(in.Object))
	if err != nil {
		return nil, err
	}
	rows := make([]Field, len(fields))
	for i, f := range fields {
		rows[i] = show(f)
	}
	return httpx.All(rows), nil
}

func (h api) create(ctx context.Context, o field.Object, b CreateBody) (*fieldOutput, error) {
	f, err := h.fields.Create(ctx, auth.ActorFrom(ctx), field.Draft{
		Object: o, Key: b.Key, Label: b.Label, Type: field.Type(b.Type), Options: b.Options, Rules: field.Rules(b.Rules),
		Default: b.Default, Required: b.Required, Indexed: b.Indexed, Position: b.Position,
	})
	return &fieldOutput{show(f)}, err
}

func (h api) read(o field.Object) func(context.Context, *fieldInput) (*fieldOutput, error) {
	return func(ctx context.Context, in *fieldInput) (*fieldOutput, error) {
		f, err := h.fields.Read(ctx, auth.ActorFrom(ctx), o, in.ID)
		return &fieldOutput{show(f)}, err
	}
}

func (h api) update(o field.Object) func(context.Context, *updateInput) (*fieldOutput, error) {
	return func(ctx context.Context, in *updateInput) (*fieldOutput, error) {
		b := &in.Body
		f, err := h.fields.Update(ctx, auth.ActorFrom(ctx), o, in.ID, func(d *field.Draft) {
			d.Key, d.Type = b.Key.Or(d.Key), field.Type(b.Type.Or(string(d.Type)))
			d.Label, d.Options, d.Rules = b.Label.Or(d.Label), b.Options.Or(d.Options), field.Rules(b.Rules.Or(Rules(d.Rules)))
			d.Default, d.Required = b.Default.Or(d.Default), b.Required.Or(d.Required)
			d.Indexed, d.Position = b.Indexed.Or(d.Indexed), b.Position.Or(d.Position)
		})
		return &fieldOutput{show(f)}, err
	}
}

func (h api) remove(o field.Object) func(context.Context, *fieldInput) (*struct{}, error) {
	return func(ctx context.Context, in *fieldInput) (*struct{}, error) {
		return nil, h.fields.Delete(ctx, auth.ActorFrom(ctx), o, in.ID)
	}
}
