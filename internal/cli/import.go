package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/importer"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/money"
)

// partlyError says that the work was done but for some of the input.
type partlyError struct{ text string }

// Error says what was left out.
func (e partlyError) Error() string { return e.text }

func (c *command) imports() *cobra.Command {
	cmd := &cobra.Command{
		Use: "import", Short: "Bring in what another system has kept",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command import %s; see throughline import --help", args[0])}
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(c.importOrders())
	return cmd
}

// orderImport is the flags of import orders.
type orderImport struct {
	format   string
	columns  map[string]string
	currency string
	errors   string
	dryRun   bool
}

func (c *command) importOrders() *cobra.Command {
	var in orderImport
	cmd := &cobra.Command{
		Use: "orders FILE", Args: exactly(1, "one file"),
		Short: "Import orders with their customers and products from a CSV file, gzip or not",
		Long: "Imports orders with their customers and products. Importing a file again adds only what is missing, so an import\n" +
			"that was interrupted is finished by running it again. A line that cannot be taken is written to the error file\n" +
			"with its number and the reason; the command then ends with exit code 5.",
		Example: "  throughline import orders orders_export.csv --format shopify-csv --workspace acme\n" +
			"  throughline import orders till.csv.gz --format csv --map order_number=Receipt,placed_at=Date,quantity=Qty,unit_price=Price",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withApp(cmd.Context(), func(ctx context.Context, a *app.App) error { return c.runImport(ctx, a, args[0], in) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.format, "format", "", "one of "+strings.Join(importer.Formats(), ", "))
	f.StringToStringVar(&in.columns, "map", nil, "for csv: our name of a column=the file's name, separated by commas")
	f.StringVar(&in.currency, "currency", "", "currency of rows that name none (default the workspace's)")
	f.StringVar(&in.errors, "errors", "", "file for lines that cannot be taken (default FILE.errors.csv in the current folder)")
	f.BoolVar(&in.dryRun, "dry-run", false, "say what would be imported and write nothing but the error file")
	return cmd
}

func (c *command) runImport(ctx context.Context, a *app.App, file string, in orderImport) error {
	w, err := c.chosen(ctx, a)
	if err != nil {
		return err
	}
	if in.currency == "" {
		in.currency = w.Currency
	}
	if !money.Currency(in.currency).Valid() {
		return usageError{fmt.Errorf("--currency %q is no currency code such as GBP", in.currency)}
	}
	if in.errors == "" {
		in.errors = filepath.Base(file) + ".errors.csv"
	}
	debug.FreeOSMemory() // building the program took more for a moment than an import needs
	bar := c.progress("Importing")
	r, err := importer.Run(ctx, importer.Deps{DB: a.DB, Customers: a.Customers, Products: a.Catalog, Orders: a.Orders}, w.ID, file,
		importer.Options{Format: in.format, Columns: in.columns, Currency: money.Currency(in.currency)}, in.errors, in.dryRun, bar.at)
	bar.end()
	if err != nil {
		return importFailed(err, r)
	}
	did := "Imported"
	if in.dryRun {
		did = "Would import"
	}
	if err := c.tell(r, "%s %d new of %d orders with %d lines, %d new customers and %d new products, from %d rows.",
		did, r.NewOrders, r.Orders, r.NewLines, r.NewCustomers, r.NewProducts, r.Rows); err != nil {
		return err
	}
	if r.BadRows > 0 {
		return partlyError{fmt.Sprintf("%d lines could not be taken; %s has their numbers and reasons.", r.BadRows, r.ErrorFile)}
	}
	return nil
}

// importFailed tells wrong flags from failures, and that an interrupted import can be gone on with.
func importFailed(err error, r importer.Report) error {
	var e *errs.Error
	switch {
	case errors.As(err, &e) && (e.Code == "import_format" || e.Code == "import_map"):
		return usageError{errors.New(e.Message)}
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("stopped after %d new orders; run the same command again to go on", r.NewOrders)
	}
	return err
}
