package importer_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/importer"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// victim is how this test's program knows that it is the one to be killed: the database and the file.
const victim = "THROUGHLINE_TEST_IMPORT"

// TestMain is the import that gets killed when it was started as that, and the tests otherwise.
func TestMain(m *testing.M) {
	if args := os.Getenv(victim); args != "" {
		os.Exit(runVictim(args))
	}
	os.Exit(m.Run())
}

// runVictim imports and says after each committed chunk how far it is, so that it can be killed in between.
func runVictim(args string) int {
	part := strings.SplitN(args, "\n", 4)
	err := importInto(context.Background(), db.Options{Path: part[0], URL: part[1], MaxConns: 2}, part[2], part[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func importInto(ctx context.Context, o db.Options, file, bad string) (err error) {
	d, err := db.Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	deps, err := newDeps(d)
	if err != nil {
		return err
	}
	_, err = importer.Run(ctx, deps, 1, file, importer.Options{Format: "online-retail", Currency: "GBP"}, bad, false,
		func(done, _ int64) { fmt.Println(done) }) // the parent reads it
	return err
}

// salesNumbers are what a file of made-up sales must come to.
type salesNumbers struct{ Customers, Products, Orders, Returns, Lines, Total, Events int64 }

// writeSales makes a file in the form of Online Retail. The last line of every tenth order comes some
// hundred lines late.
func writeSales(t *testing.T, orders int) (file string, want salesNumbers) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "sales.csv")
	var b strings.Builder
	b.WriteString("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
	var late []string
	customers, products := map[int]bool{}, map[int]bool{}
	for i := range orders {
		number, sign := fmt.Sprintf("%d", 500_000+i), 1
		if i%9 == 8 {
			number, sign = "C"+number, -1
			want.Returns++
		}
		who := i * 7 % 311
		customers[who] = true
		want.Orders++
		for l := range 3 + i%5 {
			product := (i*13 + l*29) % 401
			products[product] = true
			quantity, pence := 1+(i+l)%12, 50+product
			want.Lines++
			want.Total += int64(sign * quantity * pence)
			line := fmt.Sprintf("%s,S%04d,Thing %d,%d,2011-03-%02dT10:%02d:00Z,%d.%02d,%d,France\n", number, product, product, sign*quantity, 1+i%28, i%60, pence/100, pence%100, 10_000+who)
			if i%10 == 0 && l == 2+i%5 {
				late = append(late, line)
			} else {
				b.WriteString(line)
			}
		}
		if i%100 == 99 || i == orders-1 {
			b.WriteString(strings.Join(late, ""))
			late = nil
		}
	}
	want.Customers, want.Products = int64(len(customers)), int64(len(products))
	want.Events = want.Orders + want.Customers
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, want
}

func countSales(t *testing.T, d *db.DB) (n salesNumbers) {
	t.Helper()
	err := d.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) error {
		for text, to := range map[string]*int64{
			`SELECT COUNT(*) FROM customer WHERE tenant_id = 1`:                                               &n.Customers,
			`SELECT COUNT(*) FROM product WHERE tenant_id = 1`:                                                &n.Products,
			`SELECT COUNT(*) FROM sales_order WHERE tenant_id = 1`:                                            &n.Orders,
			`SELECT COUNT(*) FROM sales_order WHERE tenant_id = 1 AND kind = 'return'`:                        &n.Returns,
			`SELECT COUNT(*) FROM order_line WHERE tenant_id = 1`:                                             &n.Lines,
			`SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM sales_order WHERE tenant_id = 1`:             &n.Total,
			`SELECT COUNT(*) FROM event WHERE tenant_id = 1 AND kind IN ('order.placed', 'customer.created')`: &n.Events,
		} {
			var err error
			if *to, err = db.Scalar[int64](ctx, q, text); err != nil {
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

func TestAnImportThatIsKilledThreeTimesEndsTheSame(t *testing.T) {
	t.Parallel()
	file, want := writeSales(t, 3000)
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			o := dbtest.Options(t, engine)
			d, err := db.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			})
			w := newWorld(t, d)
			bad := filepath.Join(t.TempDir(), "errors.csv")
			args := strings.Join([]string{o.Path, o.URL, file, bad}, "\n")
			before := int64(0)
			for _, row := range []int64{2000, 6000, 10_000} {
				killAt(t, args, row)
				n := countSales(t, d)
				if n.Orders <= before || n.Orders >= want.Orders || n.Events != n.Orders+n.Customers {
					t.Errorf("killed at row %d: %+v", row, n)
				}
				before = n.Orders
			}
			r, err := importer.Run(t.Context(), w.deps, 1, file, importer.Options{Format: "online-retail", Currency: "GBP"}, bad, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.NewOrders != want.Orders-before || r.BadRows != 0 {
				t.Errorf("the last run says %+v after %d orders", r, before)
			}
			if got := countSales(t, d); got != want {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
}

// killAt starts an import and kills it with SIGKILL once it has got to a row; it is then in the middle of
// the next chunk.
func killAt(t *testing.T, args string, row int64) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0]) // this very program
	c.Env = append(os.Environ(), victim+"="+args)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for reached := int64(0); reached < row; {
		if !lines.Scan() {
			t.Fatalf("the import ended at row %d, before it could be killed", reached)
		}
		if _, err := fmt.Sscan(lines.Text(), &reached); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the import was not killed: %v", err)
	}
}
