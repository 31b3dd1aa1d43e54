package importer

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/order"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/money"
)

// row is one line of a file, understood. Order-level values may stand on any row of an order; the
// first that is not empty counts, the earliest time wins.
type row struct {
	number   string
	kind     order.Kind
	status   order.Status
	currency money.Currency
	placedAt time.Time
	person   person
	line     order.Line
	more     []order.Line // such as shipping
	header   *header
}

// header is what a format knows of a whole order, from the row that says so.
type header struct {
	discount, tax, total int64 // minor units; discount and tax besides the lines'
	hasTotal             bool
}

// person is who bought, as far as the file knows. A zero person is nobody.
type person struct {
	external  string
	email     string
	phone     string
	firstName string
	lastName  string
	company   string
	country   string
	madeUp    bool
}

func (p person) known() bool { return p.external != "" || p.email != "" || p.phone != "" }

// put is the person as the customer room takes them. Who has no number of their own is known by e-mail or phone.
func (p person) put(system string) customer.Put {
	if p.madeUp {
		p.firstName, p.lastName = madeUpName(p.external)
	}
	return customer.Put{
		System: system, Key: first(p.external, p.email, p.phone), Status: customer.Active, FirstName: p.firstName, LastName: p.lastName, Company: p.company,
		NameMadeUp: p.madeUp, Email: p.email, Phone: p.phone, Address: customer.Address{Country: countryCode(p.country)},
	}
}

func (p person) key() string { return p.external + "\x00" + p.email + "\x00" + p.phone }

// format reads the rows of one kind of file. The slice is only valid during the call.
type format interface {
	system() string         // name of the outside system, for identities and the orders' source
	columns() []string      // that must be there
	number(r record) string // of the order, empty when the row has none
	parse(r record) (row, error)
}

// record is one line by column name.
type record struct {
	at     map[string]int
	fields []string
}

// get gives a field without the spaces around it; empty when the column is missing.
func (r record) get(column string) string {
	i, ok := r.at[column]
	if !ok || i >= len(r.fields) {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

// Options choose a format.
type Options struct {
	Format   string            // online-retail, shopify-csv or csv
	Columns  map[string]string // csv only: our name → the file's
	Currency money.Currency    // where the file does not say
}

// Formats lists the formats there are.
func Formats() []string { return []string{"online-retail", "shopify-csv", "csv"} }

func newFormat(o Options) (format, error) {
	if len(o.Columns) > 0 && o.Format != "csv" {
		return nil, errs.Newf(errs.Invalid, "import_map", "Only the format csv takes a column map; %s has columns of its own.", o.Format)
	}
	switch o.Format {
	case "online-retail":
		return onlineRetail{}, nil
	case "shopify-csv":
		return shopify{currency: o.Currency}, nil
	case "csv":
		return newPlain(o)
	}
	return nil, errs.Newf(errs.Invalid, "import_format", "Unknown format %q. Expected one of %s.", o.Format, strings.Join(Formats(), ", "))
}

// header checks the first line against what the format needs.
func readHeader(f format, fields []string) (map[string]int, error) {
	at := make(map[string]int, len(fields))
	for i, name := range fields {
		name = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		if _, twice := at[name]; !twice {
			at[name] = i
		}
	}
	var missing []string
	for _, c := range f.columns() {
		if _, ok := at[c]; !ok {
			missing = append(missing, c)
		}
	}
	if len(missing) == 0 {
		return at, nil
	}
	found := make([]string, 0, len(at))
	for name := range at {
		found = append(found, fmt.Sprintf("%.40s", name))
	}
	sort.Strings(found)
	return nil, errs.Newf(errs.Invalid, "import_columns", "The file lacks the columns %s. Found: %s.", strings.Join(missing, ", "), strings.Join(found, ", "))
}
