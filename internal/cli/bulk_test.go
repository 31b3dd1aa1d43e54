package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/cli"
)

const sales = "order_number,placed_at,title,quantity,unit_price,customer_email\n" +
	"1,2026-01-31,Tea,2,2.50,ana@example.com\n2,never,Tea,1,2.50,bo@example.com\n"

func TestImportOrdersSaysWhatItDidAndWhatItCouldNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setUp(t)
	dir := t.TempDir()
	in, bad := filepath.Join(dir, "sales.csv"), filepath.Join(dir, "bad.csv")
	if err := os.WriteFile(in, []byte(sales), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, complaint := w.run(t, "", "import", "orders", in, "--format", "csv", "--workspace", "acme", "--errors", bad, "--json")
	var r struct{ NewOrders, NewLines, NewCustomers, BadRows int }
	if err := json.Unmarshal([]byte(out), &r); err != nil || strings.Count(out, "\n") != 1 {
		t.Fatalf("exit %d, %q: %v", code, out, err)
	}
	if code != cli.ExitPartly || r.NewOrders != 1 || r.NewLines != 1 || r.NewCustomers != 1 || r.BadRows != 1 || !strings.Contains(complaint, "bad.csv") {
		t.Errorf("exit %d, %+v, %s", code, r, complaint)
	}
	if text := read(t, bad); !strings.Contains(text, `3,"placed_at: ""never"" is no time`) {
		t.Errorf("the error file holds %s", text)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"an unknown format", []string{in, "--format", "xls"}, cli.ExitUsage, "shopify-csv"},
		{"an unknown name in the map", []string{in, "--format", "csv", "--map", "prize=x"}, cli.ExitUsage, "prize"},
		{"a wrong currency", []string{in, "--format", "csv", "--currency", "pounds"}, cli.ExitUsage, "pounds"},
		{"missing columns", []string{in, "--format", "online-retail"}, cli.ExitFailed, "InvoiceNo"},
		{"no such file", []string{in + "x", "--format", "csv"}, cli.ExitMissing, "no such file"},
		{"no such workspace", []string{in, "--format", "csv", "--workspace", "zzz"}, cli.ExitMissing, "zzz"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, _, complaint := w.run(t, "", append([]string{"import", "orders"}, c.args...)...)
			if code != c.code || !strings.Contains(complaint, c.want) {
				t.Errorf("exit %d: %s", code, complaint)
			}
		})
	}
}

func TestSamplesAreMadeOnceAndRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setUp(t)
	again := []string{"seed", "import", "--customers", "20", "--orders", "30", "--tickets", "10", "--json"}
	code, out, complaint := w.run(t, "", again...)
	var r struct{ Customers, Orders, Tickets, Messages int }
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != cli.ExitOK || r.Customers != 20 || r.Orders != 30 || r.Tickets != 10 || r.Messages < 20 {
		t.Fatalf("exit %d, %q %q: %v", code, out, complaint, err)
	}
	if code, _, complaint := w.run(t, "", again...); code != cli.ExitFailed || !strings.Contains(complaint, "sample_exists") {
		t.Errorf("a second time: exit %d: %s", code, complaint)
	}
	if code, out, complaint := w.run(t, "", "seed", "destroy"); code != cli.ExitOK || !strings.Contains(out, "20 customers") {
		t.Errorf("destroy: exit %d: %s%s", code, out, complaint)
	}
	if _, out, _ := w.run(t, "", "user", "list"); strings.Count(out, "\n") != 1 {
		t.Errorf("users left: %s", out)
	}
}
