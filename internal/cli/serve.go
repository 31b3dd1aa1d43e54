package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/throughlinehq/throughline/internal/app"
)

func (c *command) serve() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve the web app and the API, and work the queue", Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			ctx, log := cmd.Context(), c.logger(cfg)
			a, err := app.New(ctx, cfg, log)
			if err != nil {
				return err
			}
			err = a.Serve(ctx, func(address string) {
				log.InfoContext(ctx, "ready", "listen", address, "url", cfg.BaseURL, "database", string(a.DB.Engine()), "workers", cfg.Workers)
				if needed, err := a.Auth.SetUpNeeded(ctx); err == nil && needed {
					log.InfoContext(ctx, "no workspace yet: open "+strings.TrimRight(cfg.BaseURL, "/")+"/setup, or run throughline setup")
				}
			})
			return errors.Join(err, a.Close())
		},
	}
}

func (c *command) worker() *cobra.Command {
	return &cobra.Command{
		Use: "worker", Short: "Work the queue alone, beside other processes that serve", Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			log := c.logger(cfg)
			a, err := app.New(cmd.Context(), cfg, log)
			if err != nil {
				return err
			}
			log.InfoContext(cmd.Context(), "working", "database", string(a.DB.Engine()), "workers", cfg.Workers)
			return errors.Join(a.Work(cmd.Context()), a.Close())
		},
	}
}
