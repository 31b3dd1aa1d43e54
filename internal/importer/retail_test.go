//go:build !race

// With the race detector the whole file would take many minutes; the step "import" of the checks brings it
// in with the shipped binary, kills included.

package importer_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/importer"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// retailFile is the whole Online Retail data set: UCI Machine Learning Repository, doi
// 10.1057/dbm.2012.17, as one CSV line per order line. It is not part of the project.
func retailFile(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("not run: the whole file takes a while")
	}
	dir := os.Getenv("THROUGHLINE_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	file := filepath.Join(dir, "online-retail", "online_retail.csv.gz")
	if _, err := os.Stat(file); err != nil {
		text := "not run: there is no " + file + "; get the data set from the UCI Machine Learning Repository (doi 10.1057/dbm.2012.17) or set THROUGHLINE_TEST_DATA"
		if os.Getenv("THROUGHLINE_TEST_ALL") == "1" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	return file
}

type retailNumbers struct {
	Customers, Orders, Returns, Adjustments, Lines, Total, CustomerOrders, CustomerTotal, CustomerEvents int64
}

func count(t *testing.T, d *db.DB) (n retailNumbers) {
	t.Helper()
	err := d.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) error {
		who, err := db.Scalar[id.ID](ctx, q, `SELECT customer_id FROM customer_identity WHERE tenant_id = 1 AND kind = 'external' AND system = 'online-retail' AND value = '12347'`)
		if err != nil {
			return err
		}
		for q2, to := range map[string]*int64{
			`SELECT COUNT(*) FROM customer WHERE tenant_id = 1`:                            &n.Customers,
			`SELECT COUNT(*) FROM sales_order WHERE tenant_id = 1`:                         &n.Orders,
			`SELECT COUNT(*) FROM sales_order WHERE tenant_id = 1 AND kind = 'return'`:     &n.Returns,
			`SELECT COUNT(*) FROM sales_order WHERE tenant_id = 1 AND kind = 'adjustment'`: &n.Adjustments,
			`SELECT COUNT(*) FROM order_line WHERE tenant_id = 1`:                          &n.Lines,
			`SELECT CAST(SUM(total) AS BIGINT) FROM sales_order WHERE tenant_id = 1`:       &n.Total,
		} {
			if *to, err = db.Scalar[int64](ctx, q, q2); err != nil {
				return err
			}
		}
		for q2, to := range map[string]*int64{
			`SELECT COUNT(*) FROM sales_order WHERE tenant_id = 1 AND customer_id = $1`:                     &n.CustomerOrders,
			`SELECT CAST(SUM(total) AS BIGINT) FROM sales_order WHERE tenant_id = 1 AND customer_id = $1`:   &n.CustomerTotal,
			`SELECT COUNT(*) FROM event WHERE tenant_id = 1 AND customer_id = $1 AND kind = 'order.placed'`: &n.CustomerEvents,
		} {
			if *to, err = db.Scalar[int64](ctx, q, q2, who); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var wantRetail = retailNumbers{
	Customers: 4372, Orders: 25_900, Returns: 3836, Adjustments: 3, Lines: 541_909, Total: 974_774_793,
	CustomerOrders: 7, CustomerTotal: 431_000, CustomerEvents: 7,
}

func TestTheWholeOnlineRetailFileArrivesOnce(t *testing.T) {
	t.Parallel()
	file := retailFile(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		start := time.Now()
		r, err := importer.Run(t.Context(), w.deps, auth.System(1, "import").Tenant, file, importer.Options{Format: "online-retail", Currency: "GBP"}, filepath.Join(t.TempDir(), "errors.csv"), false, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %+v in %s", d.Engine(), r, time.Since(start))
		if got := count(t, d); got != wantRetail {
			t.Errorf("got %+v\nwant %+v", got, wantRetail)
		}
		if r.NewOrders != 25_900 || r.NewLines != 541_909 || r.NewCustomers != 4372 || r.BadRows != 0 {
			t.Errorf("the report says %+v", r)
		}
		again, err := importer.Run(t.Context(), w.deps, 1, file, importer.Options{Format: "online-retail", Currency: "GBP"}, filepath.Join(t.TempDir(), "errors.csv"), false, nil)
		if err != nil || again.NewOrders != 0 || again.NewLines != 0 || again.NewCustomers != 0 || again.NewProducts != 0 {
			t.Errorf("again: %+v (%v)", again, err)
		}
	})
}
