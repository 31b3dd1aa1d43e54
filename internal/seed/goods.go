package seed

import (
	"fmt"
	"math"
	"time"

	"github.com/throughlinehq/throughline/internal/catalog"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/money"
	"github.com/throughlinehq/throughline/internal/tag"
)

// good is a thing that the sample brand sells. Hundredths is its price in a currency like the pound.
type good struct {
	title, about string
	hundredths   int64
}

func goods() []good {
	return []good{
		{"Enamel mug, forest green", "Holds 350 ml, for stove and campfire.", 1250},
		{"Enamel mug, cream", "Holds 350 ml, for stove and campfire.", 1250},
		{"Enamel plate, set of two", "24 cm, with a blue rim.", 2400},
		{"Steel flask, half a litre", "Keeps tea hot for twelve hours.", 2995},
		{"Steel flask, one litre", "Keeps tea hot for a day.", 3795},
		{"Lunch tin with divider", "Stainless steel, closes tight.", 1890},
		{"Folding camp stove", "For wood and twigs, weighs 780 g.", 4950},
		{"Cast iron skillet, 24 cm", "Seasoned, with two spouts.", 3900},
		{"Waxed canvas rucksack, 22 l", "Leather straps, made to be repaired.", 12900},
		{"Waxed canvas tote", "With an inner pocket and a key loop.", 5900},
		{"Rolltop day pack", "Recycled sailcloth, 18 l.", 8450},
		{"Belt bag", "For keys, cards and a snack.", 3450},
		{"Merino jumper, navy", "Knitted in one piece. XS to XXL.", 9800},
		{"Merino jumper, oatmeal", "Knitted in one piece. XS to XXL.", 9800},
		{"Merino socks, three pairs", "Mended for free for five years.", 3600},
		{"Wool blanket, herringbone", "140 by 200 cm.", 11500},
		{"Wool blanket, plain", "140 by 200 cm.", 9900},
		{"Linen shirt, white", "Washed, with corozo buttons.", 7500},
		{"Linen shirt, indigo", "Washed, with corozo buttons.", 7900},
		{"Rain jacket, moss", "Three layers, taped seams.", 18900},
		{"Rain jacket, slate", "Three layers, taped seams.", 18900},
		{"Work apron", "Heavy cotton with cross straps.", 4200},
		{"Beanie, ribbed", "Lambswool, one size.", 2450},
		{"Gloves with leather palm", "Sizes S to XL.", 3950},
		{"Beeswax candle, tall", "Burns for forty hours.", 1800},
		{"Beeswax candle, box of six", "Burns for eight hours each.", 2200},
		{"Storm lantern", "For paraffin or an LED candle.", 3250},
		{"Head torch, rechargeable", "300 lumens, red light.", 4600},
		{"Pocket knife, olive wood", "Blade of 8 cm, locks.", 5400},
		{"Whittling kit", "Knife, two blanks of lime wood and a booklet.", 3900},
		{"Garden trowel", "Ash handle, forged blade.", 2750},
		{"Secateurs", "Every part can be replaced.", 4850},
		{"Seed box, wildflowers", "Twelve native kinds.", 1650},
		{"Bird feeder, slate roof", "Easy to clean.", 3300},
		{"Watering can, five litres", "Galvanised, with a brass rose.", 4450},
		{"Notebook, dotted", "160 pages, opens flat.", 1400},
		{"Notebook, lined", "160 pages, opens flat.", 1400},
		{"Pencil set in a tin", "Six grades.", 1150},
		{"Oak phone stand", "Cut from offcuts.", 1950},
		{"Soap bar, pine", "Cold pressed, 100 g.", 650},
		{"Soap bar, lavender", "Cold pressed, 100 g.", 650},
		{"Hand balm, 60 ml", "Without perfume.", 1190},
		{"Oak chopping board", "With a groove, 40 by 25 cm.", 4400},
		{"Tea towel, set of three", "Half linen.", 2100},
		{"Breakfast tea, loose, 250 g", "Strong, from small gardens.", 950},
		{"Coffee beans, 500 g", "Roasted every Tuesday.", 1350},
		{"Gift card in a box", "Valid for two years.", 5000},
		{"Repair kit for waxed canvas", "Wax, thread, needle and patches.", 2300},
	}
}

// price turns hundredths into the workspace's currency: minor units, and millionths for order lines.
// Where there are no hundredths, a price is a hundred times the number.
func price(hundredths int64, c money.Currency) (minor, millionths int64) {
	switch d := c.Digits(); d {
	case 0:
		return hundredths, hundredths * 1_000_000
	default:
		return hundredths * int64(math.Pow10(d-2)), hundredths * 10_000
	}
}

// products makes the catalogue.
func (b *brand) products() []*catalog.Product {
	out := make([]*catalog.Product, len(b.goods))
	made := b.start.Add(-400 * 24 * time.Hour)
	for i, g := range b.goods {
		r := b.dice(ofProduct, i)
		minor, _ := price(g.hundredths, b.currency)
		stock, rating := int64(r.IntN(240)), math.Round(38+r.Float64()*12)/10
		if often(r, 8) {
			stock = 0
		}
		p := &catalog.Product{
			ID: b.productID(i), SKU: sku(i), Title: g.title, Description: g.about, Status: catalog.Active, Price: money.Of(minor, b.currency), Inventory: &stock,
			Rating: &rating, RatingCount: int64(5 + r.IntN(400)), Fields: b.productValues(b.dice(ofProduct, i|1<<40), g), Version: 1, CreatedAt: made, UpdatedAt: b.base.Add(-time.Duration(r.IntN(60*24)) * time.Hour),
		}
		for name, percent := range map[string]int{"top seller": 14, "high upsell": 12} {
			if often(b.dice(ofProduct, i<<8|percent), percent) {
				p.Tags = append(p.Tags, tag.Tag{ID: b.tags[name]})
			}
		}
		out[i] = p
	}
	return out
}

func sku(i int) string { return fmt.Sprintf("SAMPLE-%03d", i+1) }

func (b *brand) productID(i int) id.ID { return marked(b.start.Add(-400*24*time.Hour), i) }
