package importer_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/importer"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

func zipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestARowWithoutEndIsRefusedBeforeItFillsTheMemory(t *testing.T) { //nolint:paralleltest // counts the memory of the whole process
	const size = 64 << 20
	for name, begin := range map[string]string{
		"a header": "", "a line": "order_number,placed_at,quantity,unit_price\n1,", "a quote": "order_number,placed_at,quantity,unit_price\n1,\"",
	} {
		fill := strings.Repeat("x", 1<<16)
		if name == "a quote" {
			fill = strings.Repeat("x\n", 1<<15)
		}
		file := filepath.Join(t.TempDir(), "bomb.csv.gz")
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(w, begin)
		for i := 0; i < size && err == nil; i += len(fill) {
			_, err = io.WriteString(w, fill)
		}
		if err := errors.Join(err, w.Close(), os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err = importer.ReadAll(file, importer.Options{Format: "csv", Currency: "GBP"})
		runtime.ReadMemStats(&after)
		if !errs.Has(err, errs.Invalid) || !strings.Contains(err.Error(), "longer than 4 MiB") {
			t.Errorf("%s: %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > size/2 {
			t.Errorf("%s took %d MiB of memory", name, took>>20)
		}
	}
}

// FuzzReader: whatever a file holds, the reader ends, and a line that it takes has what a line must have.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		plainCSV, shopifyCSV, "", "\x1f\x8b", "a,b\n\"", "order_number,placed_at,quantity,unit_price\n1,2026-01-01,1,1e9\n",
		"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\nC1,A,\"x\ny\",-1,2011-01-01T10:00:00Z,1.5,1,France\n",
		"order_number,placed_at,quantity,unit_price\n1,2026-01-01,9223372036854775807,1000000000\n\xff,,,\n",
	} {
		for i := range importer.Formats() {
			f.Add([]byte(seed), uint8(i)) // three formats
			f.Add(zipped(f, seed), uint8(i))
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
			if !errs.Has(err, errs.Invalid) {
				t.Errorf("refused as %v", err)
			}
			return
		}
		for _, l := range lines {
			if l.Quantity == 0 || l.Title == "" {
				t.Errorf("took %+v", l)
			}
		}
	})
}
