package cli

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

func (c *command) backup() *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Copy the database, files and key into one .tar.gz, also while serving", Args: exactly(1, "one file"),
		Long: "Copies one moment of the database, SQLite or PostgreSQL, with the uploaded files and the key into one archive,\n" +
			"while others go on working. Where files that the database names are not in the data folder, the archive is\n" +
			"made without them and the command ends with exit code 5.",
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			if !cfg.DatabaseURL.IsSet() && !exists(filepath.Join(cfg.DataDir, app.DatabaseFile)) {
				return errs.Newf(errs.NotFound, "no_database", "There is no database in the data folder %s.", cfg.DataDir)
			}
			d, err := app.OpenDatabase(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			bar := c.bytes("Backing up")
			m, err := app.Backup(cmd.Context(), cfg, d, args[0], bar.at)
			bar.end()
			if err = errors.Join(err, d.Close()); err != nil {
				return err
			}
			key := "It contains the secret key: keep it safe."
			if !m.HasKey() {
				key = "It does not contain the secret key, which the settings hold: keep that too."
			}
			if err := c.tell(m, "%s holds %d files, %d bytes before compression. %s", args[0], len(m.Files), m.Bytes(), key); err != nil {
				return err
			}
			if m.Missing > 0 {
				return partlyError{fmt.Sprintf("%d uploaded files are not in %s, so the backup lacks them. Is it the folder that the servers use?", m.Missing, cfg.DataDir)}
			}
			return nil
		},
	}
}

func (c *command) restore() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Put a backup into the database and the data folder, which must be empty", Args: exactly(1, "one file"),
		Long: "Puts a backup into the data folder and, where THROUGHLINE_DATABASE_URL is set, into that PostgreSQL database,\n" +
			"whichever of the two databases it was made on. Everything is checked first; what is damaged changes nothing.",
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			bar := c.bytes("Restoring")
			m, err := app.Restore(cmd.Context(), cfg, args[0], force, bar.at)
			bar.end()
			if err != nil {
				return err
			}
			where := cfg.DataDir
			if cfg.DatabaseURL.IsSet() {
				where += " and the PostgreSQL database"
			}
			return c.tell(m, "%d files of %s are in %s again.", len(m.Files), m.MadeAt, where)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "set aside what is in the data folder and the database")
	return cmd
}
