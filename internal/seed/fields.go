package seed

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/field"
)

// Keys of the brand's own fields.
const (
	clothingSize    = "clothing_size"
	preferredStore  = "preferred_store"
	newsletterSince = "newsletter_since"
	giftWrap        = "gift_wrap"
	giftMessage     = "gift_message"
	refundReason    = "refund_reason"
	compensation    = "compensation"
	madeIn          = "made_in"
	careText        = "care"
)

func stores() []string { return []string{"London", "Leeds", "Bristol", "Edinburgh", "Online"} }

func refundReasons() []string {
	return []string{"Damaged", "Wrong size", "Wrong item", "Lost in the post", "Changed mind"}
}

// ownFields are the definitions of a shop like this one. Those that lists are filtered and sorted by most
// are indexed; each index is a row more per object.
func ownFields() []field.Field {
	all := []field.Field{
		{Object: field.Customers, Key: clothingSize, Label: "Clothing size", Type: field.List, Options: []string{"XS", "S", "M", "L", "XL", "XXL"}},
		{Object: field.Customers, Key: preferredStore, Label: "Preferred store", Type: field.List, Options: stores(), Indexed: true},
		{Object: field.Customers, Key: newsletterSince, Label: "Newsletter since", Type: field.Date, Indexed: true},
		{Object: field.Orders, Key: giftWrap, Label: "Gift wrap", Type: field.Boolean, Indexed: true},
		{Object: field.Orders, Key: giftMessage, Label: "Gift message", Type: field.Text},
		{Object: field.Tickets, Key: refundReason, Label: "Refund reason", Type: field.List, Options: refundReasons(), Indexed: true},
		{Object: field.Tickets, Key: compensation, Label: "Voucher given", Type: field.Number, Indexed: true},
		{Object: field.Products, Key: madeIn, Label: "Made in", Type: field.List, Options: []string{"United Kingdom", "Portugal", "Sweden", "Germany", "India"}, Indexed: true},
		{Object: field.Products, Key: careText, Label: "Care instructions", Type: field.Text},
	}
	for i := range all {
		all[i].Position = int64(i + 1)
	}
	return all
}

// values keeps of an object's values those whose field this brand could make.
func (b *brand) values(o field.Object, all map[string]any) map[string]any {
	for key := range all {
		if !b.fields[string(o)+"."+key] {
			delete(all, key)
		}
	}
	return all
}

func (b *brand) customerValues(n int, joined time.Time, country string, hasNewsletter bool) map[string]any {
	r, out := b.dice(ofCustomerValues, n), map[string]any{}
	if often(r, 55) {
		out[clothingSize] = pick(r, []string{"XS", "S", "S", "M", "M", "M", "L", "L", "XL", "XXL"})
	}
	switch {
	case country == "GB" && often(r, 70):
		out[preferredStore] = pick(r, stores()[:4])
	case often(r, 30):
		out[preferredStore] = stores()[4]
	}
	if hasNewsletter {
		out[newsletterSince] = b.until(joined.Add(time.Duration(r.IntN(200*24)) * time.Hour)).Format(time.DateOnly)
	}
	return b.values(field.Customers, out)
}

func (b *brand) orderValues(n, buyer int) map[string]any {
	r, out := b.dice(ofOrderValues, n), map[string]any{}
	switch at := r.IntN(100); {
	case at < 12:
		out[giftWrap] = true
		if often(r, 70) {
			_, first, _ := b.named(buyer)
			out[giftMessage] = pick(r, []string{"Happy birthday!", "With love from " + first, "For your new home", "Thank you for everything", "Merry Christmas"})
		}
	case at < 40:
		out[giftWrap] = false
	}
	return b.values(field.Orders, out)
}

// ticketValues follow from what the ticket is about and how far it got.
func (b *brand) ticketValues(n int, category string, isDone bool) map[string]any {
	r, out := b.dice(ofTicketValues, n), map[string]any{}
	reasons := map[string][]string{
		"damaged": {"Damaged"}, "exchange": {"Wrong size", "Wrong size", "Wrong item"}, "refund": {"Changed mind", "Wrong size", "Wrong item", "Damaged"},
		"cancellation": {"Changed mind"}, "delivery": {"Lost in the post"},
	}[category]
	if len(reasons) > 0 && often(r, map[bool]int{true: 12, false: 85}[category == "delivery"]) {
		out[refundReason] = pick(r, reasons)
	}
	if isDone && (category == "damaged" || category == "delivery") && often(r, 35) {
		out[compensation] = float64(pick(r, []int{5, 5, 10, 10, 15, 20}))
	}
	return b.values(field.Tickets, out)
}

func (b *brand) productValues(r *rand.Rand, g good) map[string]any {
	out := map[string]any{madeIn: pick(r, []string{"United Kingdom", "United Kingdom", "Portugal", "Sweden", "Germany", "India"})}
	for _, c := range []struct{ words, care string }{
		{"Merino,Wool,Beanie,Gloves", "Wash by hand, cold, with wool soap. Dry flat, away from the sun."},
		{"Linen,towel,apron", "Wash at 40 °C. Iron while damp."},
		{"Waxed canvas", "Do not wash. Brush off dirt and wax once a year."},
		{"Enamel,flask,Lunch tin", "Rinse with warm water. Safe in the dishwasher; no metal sponge."},
		{"iron", "Wipe out, do not use soap. Oil a little before it is put away."},
		{"Rain jacket,Rolltop", "Wash at 30 °C without softener. Proof again after ten washes."},
		{"Oak", "Wipe with a damp cloth. Oil twice a year."},
		{"trowel,Secateurs,knife", "Keep dry and oil the blade after use."},
	} {
		for _, word := range split(c.words) {
			if strings.Contains(g.title, word) {
				out[careText] = c.care
			}
		}
	}
	return b.values(field.Products, out)
}
