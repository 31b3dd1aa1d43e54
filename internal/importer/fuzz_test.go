package importer_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/throughlinehq/throughline/internal/importer"
)

// FuzzReader: whatever a file holds, the reader ends, and a line that it takes has what a line must have.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		plainCSV, shopifyCSV, "", "\x1f\x8b", "a,b\n\"", "order_number,placed_at,quantity,unit_price\n1,2026-01-01,1,1e9\n",
		"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\nC1,A,\"x\ny\",-1,2011-01-01T10:00:00Z,1.5,1,France\n",
		"order_number,placed_at,quantity,unit_price\n1,2026-01-01,9223372036854775807,1000000000\n\xff,,,\n",
	} {
		for i := range importer.Formats() {
			f.Add([]byte(seed), uint8(i)) // three formats
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, format uint8) {
		name := filepath.Join(t.TempDir(), "in")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		formats := importer.Formats()
		lines, _, err := importer.ReadAll(name, importer.Options{Format: formats[int(format)%len(formats)], Currency: "GBP"})
		if err != nil {
			return
		}
		for _, l := range lines {
			if l.Quantity == 0 || l.Title == "" {
				t.Errorf("took %+v", l)
			}
		}
	})
}
