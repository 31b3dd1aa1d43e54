package catalogapi

import (
	"time"

	"github.com/throughlinehq/throughline/internal/catalog"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
)

type productTag struct {
	ID     id.ID  `json:"id"`
	Name   string `json:"name" example:"Top seller"`
	Colour string `json:"colour" example:"green"`
}

// ProductRow is a product in a list. It is exported because only exported types may be embedded in others on the wire.
type ProductRow struct {
	ID          id.ID          `json:"id"`
	SKU         string         `json:"sku" example:"85123A"`
	Title       string         `json:"title" example:"White hanging heart T-light holder"`
	Description string         `json:"description" example:"A heart to hang on the window."`
	Status      string         `json:"status" enum:"active,archived" example:"active"`
	Price       money.Money    `json:"price"`
	Inventory   *int64         `json:"inventory" nullable:"true" doc:"Pieces left; null when they are not counted" example:"40"`
	Rating      *float64       `json:"rating" nullable:"true" doc:"0 to 5; null when nobody rated it" example:"4.5"`
	RatingCount int64          `json:"ratingCount" example:"12"`
	Tags        []productTag   `json:"tags" nullable:"false"`
	Fields      map[string]any `json:"fields" doc:"Custom values by key"`
	CreatedAt   time.Time      `json:"createdAt"`
	UpdatedAt   time.Time      `json:"updatedAt"`
}

type boughtRow struct {
	ProductRow
	Bought int64 `json:"bought" doc:"Pieces, less what came back" example:"6"`
	Orders int64 `json:"orders" doc:"In how many orders" example:"2"`
}

type createBody struct {
	SKU         string         `json:"sku" minLength:"1" maxLength:"100" doc:"Unique" example:"85123A"`
	Title       string         `json:"title" minLength:"1" maxLength:"500" example:"White hanging heart T-light holder"`
	Description string         `json:"description,omitempty" maxLength:"20000" example:"A heart to hang on the window."`
	Status      string         `json:"status,omitempty" enum:"active,archived" default:"active" example:"active"`
	Price       money.Money    `json:"price"`
	Inventory   *int64         `json:"inventory,omitempty" doc:"Pieces left; left out when they are not counted" example:"40"`
	Rating      *float64       `json:"rating,omitempty" minimum:"0" maximum:"5" example:"4.5"`
	RatingCount int64          `json:"ratingCount,omitempty" minimum:"0" example:"12"`
	Tags        []string       `json:"tags,omitempty" nullable:"false" maxItems:"50" doc:"Names of tags" example:"Top seller"`
	Fields      map[string]any `json:"fields,omitempty" doc:"Custom values by key"`
}

type patchBody struct {
	SKU         httpx.Patch[string]         `json:"sku"`
	Title       httpx.Patch[string]         `json:"title" example:"White heart T-light holder"`
	Description httpx.Patch[string]         `json:"description"`
	Status      httpx.Patch[string]         `json:"status" doc:"active or archived"`
	Price       httpx.Patch[money.Money]    `json:"price"`
	Inventory   httpx.Patch[int64]          `json:"inventory" doc:"null stops counting" example:"38"`
	Rating      httpx.Patch[float64]        `json:"rating" doc:"null takes it away"`
	RatingCount httpx.Patch[int64]          `json:"ratingCount"`
	Fields      httpx.Patch[map[string]any] `json:"fields" doc:"Custom values by key; null clears one"`
}

type tagsBody struct {
	Tags []string `json:"tags" nullable:"false" maxItems:"50" doc:"Names of tags" example:"Top seller"`
}

func show(p catalog.Product) ProductRow {
	r := ProductRow{
		ID: p.ID, SKU: p.SKU, Title: p.Title, Description: p.Description, Status: string(p.Status), Price: p.Price, Inventory: p.Inventory,
		Rating: p.Rating, RatingCount: p.RatingCount, Tags: make([]productTag, len(p.Tags)), Fields: p.Fields, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
	for i, t := range p.Tags {
		r.Tags[i] = productTag{ID: t.ID, Name: t.Name, Colour: t.Colour}
	}
	return r
}

func (b patchBody) change() catalog.Change {
	c := catalog.Change{
		SKU: b.SKU.Pointer(), Title: b.Title.Pointer(), Description: b.Description.Pointer(), Price: b.Price.Pointer(),
		RatingCount: b.RatingCount.Pointer(), ClearInventory: b.Inventory.Null, ClearRating: b.Rating.Null, Fields: b.Fields.Value,
	}
	if b.Status.Set {
		status := catalog.Status(b.Status.Value)
		c.Status = &status
	}
	if b.Inventory.Set && !b.Inventory.Null {
		c.Inventory = b.Inventory.Pointer()
	}
	if b.Rating.Set && !b.Rating.Null {
		c.Rating = b.Rating.Pointer()
	}
	return c
}
