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
			log := c.logger(cfg)
			a, err := app.New(cmd.Context(), cfg, log)
			if err != nil {
				return err
			}
			err = a.Serve(cmd.Context(), func(address string) {
				log.InfoContext(cmd.Context(), "ready", "listen", address, "url", cfg.BaseURL, "database", string(a.DB.Engine()), "workers", cfg.Workers)
				if needed, err := a.Auth.SetUpNeeded(cmd.Context()); err == nil && needed {
					log.InfoContext(cmd.Context(), "no workspace yet: open "+strings.TrimRight(cfg.BaseURL, "/")+"/setup, or run throughline setup")
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
