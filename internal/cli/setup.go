package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// maxPassword bounds the line that holds the password.
const maxPassword = 4096

func (c *command) setup() *cobra.Command {
	var in auth.Setup
	cmd := &cobra.Command{
		Use: "setup", Short: "Make a workspace with its first administrator; without --password, that is the first line of the input",
		Example: "  throughline setup --workspace \"Acme\" --slug acme --name \"Ada Byron\" --email ada@example.com < password-file",
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for flag, v := range map[string]string{"workspace": in.Workspace.Name, "name": in.Name, "email": in.Email} {
				if v == "" {
					return usageError{errors.New("--" + flag + " is needed")}
				}
			}
			if in.Password == "" {
				password, err := bufio.NewReader(io.LimitReader(c.In, maxPassword)).ReadString('\n')
				if err != nil && !errors.Is(err, io.EOF) {
					return errs.Wrapf(err, "read the password")
				}
				in.Password = strings.TrimRight(password, "\r\n")
			}
			if in.Password == "" {
				return usageError{errors.New("the password is missing: give it as the first line of the input, so that it is in no process list, or with --password")}
			}
			return c.withApp(cmd.Context(), func(ctx context.Context, a *app.App) error {
				w, u, err := a.Auth.CreateFirst(ctx, in)
				if err != nil {
					return err
				}
				return c.tell(map[string]any{"workspace": w.Slug, "workspaceId": int64(w.ID), "user": lineOf(u)},
					"The workspace %s is ready. Sign in as %s at %s.", w.Slug, u.Email, a.Config.BaseURL)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Workspace.Name, "workspace", "", "name of the brand")
	f.StringVar(&in.Workspace.Slug, "slug", "", "short name in addresses (default from the name)")
	f.StringVar(&in.Workspace.Currency, "currency", "", "ISO 4217 code such as GBP")
	f.StringVar(&in.Workspace.Timezone, "timezone", "", "IANA name such as Europe/London")
	f.StringVar(&in.Workspace.Locale, "locale", "", "BCP 47 tag such as en-GB")
	f.StringVar(&in.Name, "name", "", "name of the administrator")
	f.StringVar(&in.Email, "email", "", "address of the administrator")
	f.StringVar(&in.Password, "password", "", "password of the administrator; other users of the machine can see it while the command runs")
	f.BoolVar(&in.SampleData, "sample-data", false, "also make a sample brand")
	return cmd
}
