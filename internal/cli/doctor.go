package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/mailer"
	"github.com/throughlinehq/throughline/internal/platform/redis"
	"github.com/throughlinehq/throughline/internal/schema"
)

// examine looks at everything and changes nothing but a file that it writes and removes. The error is the
// first thing that is wrong.
func (c *command) examine(cmd *cobra.Command) (found []finding, worst error) {
	note := func(check string, err error, text string) {
		if err != nil {
			text = strings.ReplaceAll(err.Error(), "\n", " ")
			if worst == nil {
				worst = fmt.Errorf("doctor: %s: %w", check, err)
			}
		}
		found = append(found, finding{Check: check, OK: err == nil, Text: text})
	}
	cfg, err := c.load()
	from := cfg.File()
	if from == "" {
		from = "defaults and environment"
	}
	note("configuration", err, from)
	if err != nil {
		return found, worst
	}
	note("data folder", writable(cfg.DataDir), cfg.DataDir)
	if cfg.DatabaseURL.IsSet() || exists(filepath.Join(cfg.DataDir, app.DatabaseFile)) {
		wall, err := checkDatabase(cmd, cfg)
		note("database", err, "answers, with this program's schema")
		if err == nil && cfg.DatabaseURL.IsSet() {
			note("row security", nil, wall)
		}
	} else {
		note("database", nil, "not made yet; serve makes it")
	}
	if key := filepath.Join(cfg.DataDir, "secret.key"); !cfg.SecretKey.IsSet() && exists(key) {
		note("secret key", onlyOwner(key), key)
	}
	if cfg.RedisURL.IsSet() {
		note("redis", checkRedis(cmd.Context(), cfg), "answers")
	}
	m, err := mailer.New(mailer.Options{URL: cfg.SMTPURL, From: cfg.MailFrom, Clock: clock.System{}, Timeout: 10 * time.Second})
	switch {
	case err != nil:
		note("mail", err, "")
	case !m.Configured():
		note("mail", nil, "not set up: mail waits in the outbox")
	default:
		note("mail", m.Check(cmd.Context()), "the server answers")
	}
	return found, worst
}

func checkRedis(ctx context.Context, cfg config.Config) error {
	// What is asked here is not kept, so any secret will do.
	c, err := redis.Open(redis.Options{URL: cfg.RedisURL.Reveal(), Installation: make([]byte, 32), Clock: clock.System{}})
	if err != nil {
		return err
	}
	return errors.Join(c.Ping(ctx), c.Close())
}

// checkDatabase also tells what keeps workspaces apart.
func checkDatabase(cmd *cobra.Command, cfg config.Config) (wall string, err error) {
	d, err := app.OpenDatabase(cmd.Context(), cfg)
	if err != nil {
		return "", err
	}
	err = schema.Check(cmd.Context(), d)
	if err == nil {
		err = takesWrites(cmd.Context(), d)
	}
	return rowSecurity(d), errors.Join(err, d.Close())
}

func rowSecurity(d *db.DB) string {
	s := d.RowSecurity()
	mode, login := d.RowSecurityMode()
	switch {
	case s.On && login != "":
		return "on: statements of a workspace connect as " + s.Role + ", which owns nothing"
	case s.On:
		return "on: statements of a workspace run as " + s.Role + ", which owns nothing; the login itself may do everything"
	case mode == db.RowSecurityOff:
		return "off, as set: the program alone keeps workspaces apart"
	}
	return "not in use, the program alone keeps workspaces apart: " + s.Why + ". " + schema.RowSecurityHelp(schema.RowSecurityRole(d.Name()), false)
}

// takesWrites tries a change that it takes back: a database that is read-only or locked can still be read.
func takesWrites(ctx context.Context, d *db.DB) error {
	undo := errors.New("taken back")
	err := d.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE schema_step SET applied_at = applied_at WHERE number = 0`); err != nil {
			return err
		}
		return undo
	})
	if errors.Is(err, undo) {
		return nil
	}
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return errs.Wrapf(err, "make the folder")
	}
	f, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		return errs.Wrapf(err, "write to the folder")
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func onlyOwner(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others can read %s; run: chmod 600 %s", path, path)
	}
	return nil
}
