package catalog

import (
	"github.com/throughlinehq/throughline/internal/platform/event"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Created tells of a new product.
type Created struct {
	Product id.ID  `json:"product"`
	SKU     string `json:"sku"`
	Title   string `json:"title"`
}

// EventKind names the fact.
func (Created) EventKind() string { return "product.created" }

// About tells what it is about.
func (e Created) About() event.About { return about(e.Product) }

// Updated tells which fields of a product changed.
type Updated struct {
	Product id.ID    `json:"product"`
	Fields  []string `json:"fields"`
}

// EventKind names the fact.
func (Updated) EventKind() string { return "product.updated" }

// About tells what it is about.
func (e Updated) About() event.About { return about(e.Product) }

// Deleted tells that a product is gone.
type Deleted struct {
	Product id.ID  `json:"product"`
	SKU     string `json:"sku"`
}

// EventKind names the fact.
func (Deleted) EventKind() string { return "product.deleted" }

// About tells what it is about.
func (e Deleted) About() event.About { return about(e.Product) }

func about(product id.ID) event.About { return event.About{ObjectKind: "product", Object: product} }
