package importer

import (
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/order"
)

// onlineRetail reads the "Online Retail" data set (UCI Machine Learning Repository, doi 10.1057/dbm.2012.17):
// one line per order line; invoices that begin with C are returns, with A adjustments. It has no names:
// each customer gets a stable one made from the number, and is marked so.
type onlineRetail struct{}

func (onlineRetail) system() string { return "online-retail" }

func (onlineRetail) columns() []string {
	return []string{"InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"}
}

func (onlineRetail) number(r record) string { return r.get("InvoiceNo") }

func (onlineRetail) parse(r record) (row, error) {
	out := row{number: r.get("InvoiceNo"), kind: order.Sale, status: order.Completed, currency: "GBP"}
	switch {
	case strings.HasPrefix(out.number, "C"):
		out.kind = order.Return
	case strings.HasPrefix(out.number, "A"):
		out.kind = order.Adjustment
	}
	var err error
	if out.placedAt, err = time.Parse(time.RFC3339, r.get("InvoiceDate")); err != nil {
		return row{}, fmt.Errorf("InvoiceDate %q is no time", r.get("InvoiceDate"))
	}
	if out.line, err = readLine(r, "StockCode", "Description", "Quantity", "UnitPrice"); err != nil {
		return row{}, err
	}
	if customer := r.get("CustomerID"); customer != "" {
		if _, err := strconv.ParseUint(customer, 10, 32); err != nil {
			return row{}, fmt.Errorf("CustomerID %q is no number", customer)
		}
		out.person = person{external: customer, madeUp: true}
		if c := r.get("Country"); c != "Unspecified" {
			out.person.country = c
		}
	}
	return out, nil
}

// readLine reads what every format has. A line without a title shows its SKU.
func readLine(r record, sku, title, quantity, price string) (order.Line, error) {
	l := order.Line{SKU: r.get(sku), Title: r.get(title)}
	if l.Title == "" {
		l.Title = l.SKU
	}
	if l.Title == "" {
		return l, fmt.Errorf("%s and %s are both empty", sku, title)
	}
	n, err := strconv.ParseInt(r.get(quantity), 10, 64)
	switch {
	case err != nil:
		return l, fmt.Errorf("%s %q is no whole number", quantity, r.get(quantity))
	case n == 0:
		return l, errors.New(quantity + " is 0")
	}
	l.Quantity = n
	if l.UnitPrice, err = order.ParseUnitPrice(r.get(price)); err != nil {
		return l, fmt.Errorf("%s: %w", price, err)
	}
	return l, nil
}

// madeUpName is a believable name that is always the same for the same number.
func madeUpName(key string) (first, last string) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	n := h.Sum64()
	firsts := strings.Fields(firstNames)
	lasts := strings.Fields(lastNames)
	return firsts[n%uint64(len(firsts))], lasts[n>>32%uint64(len(lasts))]
}

const firstNames = `Ada Aisha Alan Amelia Anders Anna Ayo Beatriz Ben Bram Carla Chen Chloe Clara Daniel Daria David Dina Eilidh Elena Elif Emma
	Erik Farah Felix Fiona Freya George Grace Hana Hannah Harry Ibrahim Ines Isla Ivan Jack James Jana Jonas Julia Kai Karin Kofi Lara Leila
	Leo Liam Lina Louise Lucas Lucy Maja Marco Maria Martin Mateo Maya Mei Milan Mina Mohamed Nadia Nora Oliver Olivia Omar Oscar Paula Pedro
	Petra Priya Quentin Rahel Rosa Ruth Sam Sara Sofia Stefan Tariq Tessa Thomas Tom Una Vera Victor Viktor Wendy William Yara Yusuf Zoe`

const lastNames = `Adams Ahmed Andersson Baker Barnes Bauer Becker Bennett Berg Bianchi Brown Carter Clarke Cohen Collins Cooper Costa Davies Demir
	Dubois Evans Fischer Fontaine Foster Fraser Garcia Gray Green Hall Hansen Harris Hill Hoffman Hughes Ito Jansen Johnson Jones Kelly Khan
	Klein Kowalski Larsen Lewis Lopez Martin Mason Meyer Mills Moore Morgan Moreau Murphy Nakamura Novak Nowak Okafor Olsen Osman Parker Patel
	Perez Peters Petrov Phillips Price Reid Rossi Russo Santos Schmidt Scott Shaw Silva Singh Smith Stewart Suzuki Taylor Thompson Turner
	Virtanen Visser Walker Ward Watson Weber White Williams Wilson Wood Wright Young Zhang`
