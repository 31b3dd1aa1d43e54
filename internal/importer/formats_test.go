package importer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/importer"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// brought is one order as it arrived, with its buyer.
type brought struct {
	Number, Kind, Status, Currency, Buyer, Country string
	Discount, Tax, Total, Lines                    int64
}

func broughtIn(t *testing.T, d *db.DB) []brought {
	t.Helper()
	var out []brought
	err := d.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) (err error) {
		out, err = db.All(ctx, q, func(r db.Row) (b brought, err error) {
			err = r.Scan(&b.Number, &b.Kind, &b.Status, &b.Currency, &b.Buyer, &b.Country, &b.Discount, &b.Tax, &b.Total, &b.Lines)
			return b, err
		}, `SELECT o.number, o.kind, o.status, o.currency, COALESCE(c.email, c.phone, c.first_name, ''), COALESCE(c.country, ''), o.discount, o.tax, o.total, o.line_count
			FROM sales_order o LEFT JOIN customer c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
			WHERE o.tenant_id = 1 ORDER BY o.number`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return file(t, b.String())
}

const plainCSV = "\ufefforder_number,placed_at,sku,title,quantity,unit_price,line_discount,line_tax,kind,status,currency,customer_email,customer_name,customer_country\r\n" +
	"1001,2026-03-01T10:00:00Z,TEA,Tea,3,2.50,0.50,1.40,,,,ana@example.com,Ana María Silva,Portugal\r\n" +
	"1002,2026-03-02,CUP,\"Cup, large\",1,9.999,,,,paid,EUR,bo@example.com,Bo Li,CN\r\n" +
	"1001,2026-03-01 09:00,POT,Pot,1,20,,,,,,,,\r\n" +
	"1003,2026-03-04,TEA,Tea,-3,2.50,,,return,refunded,,ana@example.com,,\r\n"

func TestPlainFilesArriveWithOrdersThatAreScattered(t *testing.T) {
	t.Parallel()
	want := []brought{
		{Number: "1001", Kind: "sale", Status: "completed", Currency: "GBP", Buyer: "ana@example.com", Country: "PT", Discount: 50, Tax: 140, Total: 2840, Lines: 2},
		{Number: "1002", Kind: "sale", Status: "paid", Currency: "EUR", Buyer: "bo@example.com", Country: "CN", Total: 1000, Lines: 1},
		{Number: "1003", Kind: "return", Status: "refunded", Currency: "GBP", Buyer: "ana@example.com", Country: "PT", Total: -750, Lines: 1},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r, err := importer.Run(t.Context(), w.deps, 1, packed(t, plainCSV), importer.Options{Format: "csv", Currency: "GBP"}, filepath.Join(t.TempDir(), "bad.csv"), false, nil)
		if err != nil || r.NewOrders != 3 || r.NewCustomers != 2 || r.NewProducts != 3 || r.BadRows != 0 || r.ErrorFile != "" {
			t.Fatalf("%+v (%v)", r, err)
		}
		if diff := cmp.Diff(want, broughtIn(t, d)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAMapNamesTheColumnsOfAPlainFile(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	in := file(t, "Bon,Datum,Menge,Preis,Kunde\nA-1,2026-01-31,2,3.20,kim@example.com\n")
	o := importer.Options{Format: "csv", Currency: "EUR", Columns: map[string]string{
		"order_number": "Bon", "placed_at": "Datum", "quantity": "Menge", "unit_price": "Preis", "customer_email": "Kunde", "title": "Bon",
	}}
	if r, err := importer.Run(t.Context(), w.deps, 1, in, o, "", false, nil); err != nil || r.BadRows != 0 {
		t.Fatalf("%+v (%v)", r, err)
	}
	want := []brought{{Number: "A-1", Kind: "sale", Status: "completed", Currency: "EUR", Buyer: "kim@example.com", Total: 640, Lines: 1}}
	if diff := cmp.Diff(want, broughtIn(t, d)); diff != "" {
		t.Error(diff)
	}
}

const shopifyCSV = "Name,Email,Financial Status,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,Shipping Name,Shipping Country,Shipping Method,Cancelled at\n" +
	"#1001,joe@example.com,paid,fulfilled,GBP,25.00,4.00,0.00,29.00,5.00,2026-02-03 10:11:12 +0100,2,Mug,10.00,MUG,0,Joe Bloggs,GB,Post,\n" +
	"#1001,joe@example.com,,,,,,,,,2026-02-03 10:11:12 +0100,1,Tea,10.00,TEA,0,,,,\n" +
	"#1002,eva@example.com,refunded,,GBP,8.00,0.00,1.33,8.00,0.00,2026-02-04 08:00:00 +0000,1,Cup,8.00,CUP,0,Eva Novak,CZ,,\n" +
	"#1003,tom@example.com,paid,,GBP,9.00,0.00,0.00,10.00,0.00,2026-02-05 08:00:00 +0000,1,Bowl,9.00,BOWL,0,Tom Hill,GB,,\n"

func TestShopifyFilesArriveWithShippingAndAWrongTotalIsRefused(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	bad := filepath.Join(t.TempDir(), "bad.csv")
	r, err := importer.Run(t.Context(), w.deps, 1, file(t, shopifyCSV), importer.Options{Format: "shopify-csv", Currency: "GBP"}, bad, false, nil)
	if err != nil || r.NewOrders != 2 || r.BadRows != 1 {
		t.Fatalf("%+v (%v)", r, err)
	}
	want := []brought{
		{Number: "#1001", Kind: "sale", Status: "shipped", Currency: "GBP", Buyer: "joe@example.com", Country: "GB", Discount: 500, Total: 2900, Lines: 3},
		{Number: "#1002", Kind: "sale", Status: "refunded", Currency: "GBP", Buyer: "eva@example.com", Country: "CZ", Total: 800, Lines: 1},
	}
	if diff := cmp.Diff(want, broughtIn(t, d)); diff != "" {
		t.Error(diff)
	}
	if rows := refused(t, bad); len(rows) != 1 || rows[0][0] != "5" || !strings.Contains(rows[0][1], "add up to") {
		t.Errorf("refused %v", rows)
	}
}

func refused(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	c := csv.NewReader(f)
	c.FieldsPerRecord = -1
	rows, err := c.ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v (%v)", rows, err)
	}
	return rows[1:]
}

func TestBadLinesAreNamedAndStopNothingElse(t *testing.T) {
	t.Parallel()
	const in = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,A,Thing,2,2011-01-01T10:00:00Z,1.50,12345,France
1,B,Thing,two,2011-01-01T10:00:00Z,1.50,12345,France
2,A,Thing,1,yesterday,1.50,12345,France
,A,Thing,1,2011-01-01T10:00:00Z,1.50,12345,France
3,A,Thing,1,2011-01-01T10:00:00Z,0.0000001,12345,France
4,A,Thing
5,A,Thing,0,2011-01-01T10:00:00Z,1.50,12345,France
6,A,Thing,1,2011-01-01T10:00:00Z,1.50,one,France
C7,A,Thing,1,2011-01-01T10:00:00Z,1.50,12345,France
8,A,Thing,1,2011-01-01T10:00:00Z,1.50,,Unspecified
`
	want := map[string]string{
		"3": `Quantity "two" is no whole number`, "4": `InvoiceDate "yesterday" is no time`, "5": "has no order number",
		"6": "six decimals", "7": "has 3 columns, the header has 8", "8": "Quantity is 0", "9": `CustomerID "one" is no number`, "10": "must be negative in a return",
	}
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	bad := filepath.Join(t.TempDir(), "bad.csv")
	r, err := importer.Run(t.Context(), w.deps, 1, file(t, in), importer.Options{Format: "online-retail", Currency: "GBP"}, bad, false, nil)
	if err != nil || r.NewOrders != 2 || r.NewLines != 2 || r.BadRows != 8 || r.ErrorFile != bad {
		t.Fatalf("%+v (%v)", r, err)
	}
	rows := refused(t, bad)
	if len(rows) != len(want) {
		t.Errorf("refused %v", rows)
	}
	for _, row := range rows {
		if reason := want[row[0]]; reason == "" || !strings.Contains(row[1], reason) {
			t.Errorf("line %s: %q, want %q", row[0], row[1], reason)
		}
	}
}

func TestWrongFilesAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	for _, c := range []struct {
		name, path string
		options    importer.Options
		code, says string
	}{
		{"an unknown format", file(t, plainCSV), importer.Options{Format: "xlsx"}, "import_format", "online-retail, shopify-csv, csv"},
		{"missing columns", file(t, "a,b\n1,2\n"), importer.Options{Format: "csv"}, "import_columns", "order_number, placed_at, quantity, unit_price. Found: a, b"},
		{"an unknown name in the map", file(t, plainCSV), importer.Options{Format: "csv", Columns: map[string]string{"price": "x"}}, "import_map", "price"},
		{"a map for another format", file(t, plainCSV), importer.Options{Format: "online-retail", Columns: map[string]string{"sku": "x"}}, "import_map", "csv"},
		{"no file", filepath.Join(t.TempDir(), "none.csv"), importer.Options{Format: "csv"}, "import_file", "no such file"},
		{"an empty file", file(t, ""), importer.Options{Format: "csv"}, "import_empty", "no header"},
		{"a broken archive", file(t, "\x1f\x8bnot really"), importer.Options{Format: "csv"}, "import_gzip", "gzip"},
		{"an archive that was cut short", file(t, cut(t)), importer.Options{Format: "csv", Currency: "GBP"}, "import_read", "to its end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := importer.Run(t.Context(), w.deps, 1, c.path, c.options, filepath.Join(t.TempDir(), "bad.csv"), false, nil)
			var e *errs.Error
			if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.Message, c.says) || r.NewOrders != 0 {
				t.Errorf("%v, %+v", err, r)
			}
		})
	}
}

func cut(t *testing.T) string {
	t.Helper()
	whole, err := os.ReadFile(packed(t, plainCSV+strings.Repeat("9,2026-03-04,TEA,Tea,3,2.50,,,,,,,,\r\n", 10_000)))
	if err != nil {
		t.Fatal(err)
	}
	return string(whole[:len(whole)/2])
}

func TestADryRunWritesNothingButTheErrorFile(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	o := importer.Options{Format: "csv", Currency: "GBP"}
	bad := filepath.Join(t.TempDir(), "bad.csv")
	in := file(t, plainCSV+"1004,never,TEA,Tea,1,1,,,,,,,,\n")
	r, err := importer.Run(t.Context(), w.deps, 1, in, o, bad, true, nil)
	if err != nil || r.NewOrders != 3 || r.NewLines != 4 || !r.DryRun || len(refused(t, bad)) != 1 {
		t.Fatalf("%+v (%v)", r, err)
	}
	if n := countSales(t, d); n != (salesNumbers{}) {
		t.Errorf("there is %+v", n)
	}
	if r, err = importer.Run(t.Context(), w.deps, 1, in, o, bad, false, nil); err != nil || r.NewOrders != 3 {
		t.Fatalf("%+v (%v)", r, err)
	}
	if r, err = importer.Run(t.Context(), w.deps, 1, in, o, bad, true, nil); err != nil || r.NewOrders != 0 {
		t.Errorf("%+v (%v)", r, err)
	}
}
