package cli

import (
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/throughlinehq/throughline/internal/app"
)

func (c *command) backup() *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Copy the database, files and key into one .tar.gz, also while serving", Args: exactly(1, "one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			d, err := app.OpenDatabase(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			m, err := app.Backup(cmd.Context(), cfg, d, args[0])
			if err = errors.Join(err, d.Close()); err != nil {
				return err
			}
			return c.tell(m, "%s holds %d files, %d bytes before compression. It contains the secret key: keep it safe.", args[0], len(m.Files), m.Bytes())
		},
	}
}

func (c *command) restore() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Put a backup into the data folder, which must be empty", Args: exactly(1, "one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			m, err := app.Restore(cmd.Context(), cfg, args[0], force, slog.New(slog.DiscardHandler))
			if err != nil {
				return err
			}
			return c.tell(m, "%d files of %s are in %s again.", len(m.Files), m.MadeAt, cfg.DataDir)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace what is in the data folder")
	return cmd
}
