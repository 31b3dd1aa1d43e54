package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// Exit codes.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitMissing     = 3 // what was named is not there, or no such workspace
	ExitUnavailable = 4 // the database is newer, locked or does not answer; a port or folder is in use
	ExitPartly      = 5 // done, but for some of the input, which is named
)

// Process is what a command has of the outside.
type Process struct {
	Args    []string
	Environ []string
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
}

// usageError is a wrong command line.
type usageError struct{ err error }

// Error is the mistake.
func (e usageError) Error() string { return e.err.Error() }

// command is what every command shares.
type command struct {
	Process
	file      string // configuration
	workspace string
	asJSON    bool
}

// Run runs a command line and gives the exit code.
func Run(ctx context.Context, p Process) int {
	c := &command{Process: p}
	root := c.root() //nolint:contextcheck // commands get it from ExecuteContext
	root.SetArgs(p.Args)
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	code := exitCode(err)
	c.complain(err, code)
	return code
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use: "throughline", Short: "Customers, orders and conversations of a brand in one place",
		SilenceUsage: true, SilenceErrors: true, Args: cobra.ArbitraryArgs, // what is no command comes to RunE
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command %q; see throughline help", args[0])}
			}
			return cmd.Help()
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&c.file, "config", "", "configuration file (default throughline.conf in the data folder)")
	flags.StringVar(&c.workspace, "workspace", "", "short name of the workspace, when there are several")
	flags.BoolVar(&c.asJSON, "json", false, "print one line of JSON")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		c.serve(), c.worker(), c.setup(), c.migrate(), c.openapi(), c.config(), c.doctor(), c.version(),
		c.backup(), c.restore(), c.user(), c.imports(), c.seed(),
	)
	return root
}

// exactly is the check for a number of arguments.
func exactly(n int, names string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("want %s, got %d arguments", names, len(args))}
		}
		return nil
	}
}

func exitCode(err error) int {
	var usage usageError
	var partly partlyError
	var e *errs.Error
	switch {
	case errors.As(err, &usage):
		return ExitUsage
	case errors.As(err, &partly):
		return ExitPartly
	case !errors.As(err, &e):
		return ExitFailed
	case e.Kind == errs.NotFound:
		return ExitMissing
	case e.Kind == errs.Unavailable, strings.HasPrefix(e.Code, "schema_"):
		return ExitUnavailable
	}
	return ExitFailed
}

// complain prints one line, or a list where several things are wrong.
func (c *command) complain(err error, code int) {
	text, word := err.Error(), "failed"
	var e *errs.Error
	if errors.As(err, &e) {
		word, text = e.Code, e.Message
		for _, f := range e.Fields {
			text += " " + f.Location + " " + f.Message + "."
		}
		if e.Kind == errs.Internal || text == "" {
			text = err.Error()
		}
	}
	if c.asJSON {
		_ = json.NewEncoder(c.Err).Encode(map[string]any{"error": word, "message": text, "exit": code})
		return
	}
	_, _ = fmt.Fprintln(c.Err, "throughline: "+text)
}

// tell prints a result: a sentence, or a line of JSON.
func (c *command) tell(value any, format string, args ...any) error {
	var err error
	if c.asJSON {
		err = json.NewEncoder(c.Out).Encode(value)
	} else {
		_, err = fmt.Fprintf(c.Out, format+"\n", args...)
	}
	return err
}

func (c *command) load() (config.Config, error) {
	cfg, err := config.Load(c.Environ, c.file)
	if err != nil {
		return cfg, usageError{err}
	}
	return cfg, nil
}

func (c *command) logger(cfg config.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.LogLevel)) // checked by config
	o := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(c.Err, o))
	}
	return slog.New(slog.NewTextHandler(c.Err, o))
}

// withApp builds the program for one command. Its log is quiet: what matters comes back as an error.
func (c *command) withApp(ctx context.Context, do func(ctx context.Context, a *app.App) error) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	cfg.Workers = 0
	a, err := app.New(ctx, cfg, slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	return errors.Join(do(db.Patient(ctx), a), a.Close()) // a command may take its time
}
