package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/schema"
)

func (c *command) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			return c.tell(map[string]any{"version": app.Version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH},
				"throughline %s (%s, %s/%s)", app.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		},
	}
}

func (c *command) config() *cobra.Command {
	return &cobra.Command{
		Use: "config", Short: "Print every setting, its value and where it comes from; secrets stay hidden", Args: exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			return cfg.Print(c.Out)
		},
	}
}

func (c *command) migrate() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring the database's schema up to date", Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			d, err := app.OpenDatabase(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			ran, err := schema.Migrate(db.Patient(cmd.Context()), d, clock.System{})
			if err = errors.Join(err, d.Close()); err != nil {
				return err
			}
			return c.tell(map[string]any{"steps": ran}, "The schema is up to date; %d steps ran.", ran)
		},
	}
}

func atMostOne(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageError{errors.New("want at most one file")}
	}
	return nil
}

func (c *command) openapi() *cobra.Command {
	var postman bool
	cmd := &cobra.Command{
		Use: "openapi [FILE]", Short: "Print the API's OpenAPI file, or its Postman collection", Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := c.document(cmd, postman)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return os.WriteFile(args[0], text, 0o644) //nolint:gosec // a document for everybody
			}
			_, err = c.Out.Write(text)
			return err
		},
	}
	cmd.Flags().BoolVar(&postman, "postman", false, "print the Postman collection instead")
	return cmd
}

// document builds the program on an empty database of its own, so that it needs no installation.
func (c *command) document(cmd *cobra.Command, postman bool) (text []byte, err error) {
	dir, err := os.MkdirTemp("", "throughline-openapi-")
	if err != nil {
		return nil, errs.Wrapf(err, "make a folder")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	alone := *c
	alone.Environ, alone.file = []string{"THROUGHLINE_DATA_DIR=" + dir}, ""
	err = alone.withApp(cmd.Context(), func(_ context.Context, a *app.App) error {
		if postman {
			text, err = a.API.Postman()
		} else {
			text, err = a.API.Document()
		}
		return err
	})
	return text, err
}

// finding is one line of doctor.
type finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Text  string `json:"text"`
}

func (c *command) doctor() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Check configuration, database, files, Redis and mail", Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := c.examine(cmd)
			if c.asJSON {
				return errors.Join(c.tell(map[string]any{"checks": found, "ok": err == nil}, ""), err)
			}
			for _, f := range found {
				mark := "ok  "
				if !f.OK {
					mark = "FAIL"
				}
				if _, werr := fmt.Fprintf(c.Out, "%s  %-14s %s\n", mark, f.Check, f.Text); werr != nil {
					return werr
				}
			}
			return err
		},
	}
}
