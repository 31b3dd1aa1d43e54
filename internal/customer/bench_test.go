package customer_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/customer"
	"github.com/throughlinehq/throughline/internal/customer/customertest"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// BenchmarkList reads pages of one workspace with 20,000 customers; the filters are those that could
// tempt a planner to read it all. BenchmarkPutMany is what an import costs per customer.
func BenchmarkList(b *testing.B) {
	w := customertest.New(b, dbtest.SQLite(b))
	if _, err := w.Fields.Create(b.Context(), w.Manager, field.Draft{Object: field.Customers, Key: "size", Label: "Size", Type: field.Number, Indexed: true}); err != nil {
		b.Fatal(err)
	}
	w.Work(b)
	putAll(b, w, people(w, 20_000))
	for _, q := range []string{"", "status=customer&country=GB", "field.size=7&country=GB", "field.size[gt]=5&sort=createdAt", "sort=-field.size", "lastName=number 7&country=SE&sort=name", "q=number 7"} {
		values, err := url.ParseQuery(strings.ReplaceAll(q, " ", "%20"))
		if err != nil {
			b.Fatal(err)
		}
		b.Run("q="+q, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := w.Customers.List(b.Context(), w.Manager, values, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPutMany(b *testing.B) {
	w := customertest.New(b, dbtest.SQLite(b))
	n := 0
	for b.Loop() {
		puts := people(w, 2000)
		for i := range puts {
			puts[i].Key, puts[i].Email = fmt.Sprint(n), fmt.Sprintf("n%d@example.com", n)
			puts[i].Fields = nil
			n++
		}
		putAll(b, w, puts)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/customer")
}

func people(w *customertest.World, n int) []customer.Put {
	puts := make([]customer.Put, n)
	for i := range puts {
		country := []string{"GB", "SE"}[i%2]
		if i%1000 == 7 {
			country = "IS"
		}
		puts[i] = customer.Put{
			System: "shop", Key: fmt.Sprint(i), FirstName: "Person", LastName: fmt.Sprintf("Number %d", i%500), Email: fmt.Sprintf("p%d@example.com", i),
			Fields: map[string]any{"size": float64(i % 1000)}, Address: customer.Address{Country: country}, CreatedAt: w.Clock.Now().Add(time.Duration(i-n) * time.Minute),
		}
	}
	return puts
}

func putAll(t testing.TB, w *customertest.World, puts []customer.Put) {
	t.Helper()
	for chunk := range slices.Chunk(puts, 1000) {
		err := w.DB.Write(t.Context(), 1, func(ctx context.Context, tx db.Tx) error {
			_, err := w.Customers.PutMany(ctx, tx, w.Manager, "import", chunk)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
