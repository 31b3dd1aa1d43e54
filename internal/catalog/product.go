package catalog

import (
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Status is whether a product is on sale.
type Status string

// The statuses.
const (
	Active   Status = "active"
	Archived Status = "archived"
)

// Product is one thing that is sold. SKU is unique in a workspace.
type Product struct {
	ID          id.ID
	SKU         string
	Title       string
	Description string
	Status      Status
	Price       money.Money
	Inventory   *int64   // nil: not counted
	Rating      *float64 // 0 to 5; nil: nobody rated it
	RatingCount int64
	Fields      map[string]any
	Tags        []tag.Tag
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Change is a partial update; nil leaves a field alone.
type Change struct {
	SKU            *string
	Title          *string
	Description    *string
	Status         *Status
	Price          *money.Money
	Inventory      *int64
	ClearInventory bool
	Rating         *float64
	ClearRating    bool
	RatingCount    *int64
	Fields         map[string]any // nil values clear
}

func (p Product) validate() error {
	problems := []*errs.Field{
		errs.Length("sku", p.SKU, 1, 100),
		errs.Length("title", p.Title, 1, 500),
		errs.Length("description", p.Description, 0, 20_000),
		errs.OneOf("status", p.Status, Active, Archived),
		errs.That(p.Price.Currency.Valid(), "price.currency", "must be a code such as GBP"),
		errs.That(p.Price.Amount >= 0, "price.amount", "must not be negative"),
		errs.That(p.RatingCount >= 0, "ratingCount", "must not be negative"),
	}
	if p.Rating != nil {
		problems = append(problems, errs.That(*p.Rating >= 0 && *p.Rating <= 5, "rating", "must be between 0 and 5"))
	}
	return errs.Check(problems...)
}

func (p *Product) apply(c Change) {
	set(&p.SKU, c.SKU)
	set(&p.Title, c.Title)
	set(&p.Description, c.Description)
	set(&p.Status, c.Status)
	set(&p.Price, c.Price)
	set(&p.RatingCount, c.RatingCount)
	if c.Inventory != nil || c.ClearInventory {
		p.Inventory = c.Inventory
	}
	if c.Rating != nil || c.ClearRating {
		p.Rating = c.Rating
	}
	p.SKU, p.Title = strings.TrimSpace(p.SKU), strings.TrimSpace(p.Title)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// titleKey is what titles are sorted by.
func titleKey(title string) string { return strings.ToLower(title) }

// Match tells whether the version that is there is the one a caller saw. Errors: Precondition.
type Match func(version int64) error

func (m Match) check(version int64) error {
	if m == nil {
		return nil
	}
	return m(version)
}

// links is where products' tags are.
func links() tag.Links { return tag.Links{Table: "product_tag", Object: "product_id"} }

// ListSpec is what the product list may filter and sort by, without the workspace's own fields.
func ListSpec(t tenant.ID) *page.Spec {
	byTag := func(w *db.Where, _ string, values []any) { links().Where(w, t, "p.id", values) }
	return &page.Spec{Default: "-updatedAt", ID: "p.id", Fields: map[string]page.Field{
		"sku":       {Column: "p.sku", Type: page.Text, Doc: "Exact SKU"},
		"title":     {Column: "p.title_key", Type: page.Folded, Sort: true, Doc: "Exact title, in any case"},
		"status":    {Column: "p.status", Type: page.Text, Enum: []string{string(Active), string(Archived)}, Doc: "On sale or not"},
		"price":     {Column: "p.price", Type: page.Number, Doc: "Price in minor units"},
		"inventory": {Column: "p.inventory", Type: page.Number, Doc: "Pieces left"},
		"rating":    {Column: "p.rating", Type: page.Decimal, Doc: "Average rating"},
		"createdAt": {Column: "p.id", Type: page.Instant, Sort: true, Where: createdWhere, Doc: "When it was added"},
		"updatedAt": {Column: "p.updated_at", Type: page.Instant, Sort: true, Doc: "When it last changed"},
		"tag":       {Type: page.Text, Where: byTag, Doc: "Name or id of a tag"},
	}}
}
