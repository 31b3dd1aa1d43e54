package cli

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/seed"
)

func (c *command) seed() *cobra.Command {
	cmd := &cobra.Command{
		Use: "seed", Short: "Make a sample brand to look around in, or remove it",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command seed %s; there are import and destroy", args[0])}
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(c.seedImport(), c.seedDestroy())
	return cmd
}

func (c *command) seedImport() *cobra.Command {
	o := seed.Defaults()
	var base string
	cmd := &cobra.Command{
		Use: "import", Short: "Make sample staff, products, customers, orders and conversations", Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if base != "" {
				var err error
				if o.Base, err = time.Parse(time.DateOnly, base); err != nil {
					return usageError{fmt.Errorf("--base %q is no date such as 2026-01-31", base)}
				}
			}
			return c.withApp(cmd.Context(), func(ctx context.Context, a *app.App) error {
				w, err := c.chosen(ctx, a)
				if err != nil {
					return err
				}
				debug.FreeOSMemory() // building the program took more for a moment than this needs
				bar := c.progress("Making samples")
				started := a.Clock.Now()
				r, err := a.Samples.Import(ctx, auth.System(w.ID, "command line"), o, bar.at)
				bar.end()
				if err != nil {
					return err
				}
				return c.tell(r, "Made %d customers, %d products, %d orders, %d tickets with %d messages, %d users and %d custom fields in %s. Remove them with: throughline seed destroy",
					r.Customers, r.Products, r.Orders, r.Tickets, r.Messages, r.Users, r.Fields, a.Clock.Now().Sub(started).Round(time.Millisecond))
			})
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Customers, "customers", o.Customers, "how many customers")
	f.IntVar(&o.Tickets, "tickets", o.Tickets, "how many tickets, with four messages each on average")
	f.IntVar(&o.Orders, "orders", o.Orders, "how many orders")
	f.Uint64Var(&o.Seed, "seed", o.Seed, "number that everything follows from: the same makes the same")
	f.StringVar(&base, "base", "", "date when the two years of history end (default now)")
	return cmd
}

func (c *command) seedDestroy() *cobra.Command {
	return &cobra.Command{
		Use: "destroy", Short: "Remove all samples and nothing else", Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), func(ctx context.Context, a *app.App) error {
				w, err := c.chosen(ctx, a)
				if err != nil {
					return err
				}
				bar := c.progress("Removing samples")
				r, err := a.Samples.Destroy(ctx, auth.System(w.ID, "command line"), bar.at)
				bar.end()
				if err != nil {
					return err
				}
				return c.tell(r, "Removed %d customers, %d products, %d orders, %d tickets, %d users and %d custom fields.", r.Customers, r.Products, r.Orders, r.Tickets, r.Users, r.Fields)
			})
		},
	}
}
