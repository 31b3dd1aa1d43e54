package cli

import (
	"context"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// chosen is the workspace that --workspace names, or the only one.
func (c *command) chosen(ctx context.Context, a *app.App) (tenant.Workspace, error) {
	if c.workspace != "" {
		w, err := a.Tenants.BySlug(ctx, c.workspace)
		if errs.Has(err, errs.NotFound) {
			return w, errs.Newf(errs.NotFound, "no_workspace", "There is no workspace %s.", c.workspace)
		}
		return w, err
	}
	all, err := a.Tenants.List(ctx)
	switch {
	case err != nil:
		return tenant.Workspace{}, err
	case len(all) == 0:
		return tenant.Workspace{}, errs.New(errs.NotFound, "no_workspace", "There is no workspace yet. Run 'throughline setup' first.")
	case len(all) > 1:
		return tenant.Workspace{}, errs.New(errs.NotFound, "no_workspace", "There are several workspaces. Name one with --workspace.")
	}
	return all[0], nil
}

// line is a user as the command line shows one.
type line struct {
	ID     string `json:"id"`
	Email  string `json:"email"`
	Name   string `json:"name"`
	Role   string `json:"role"`
	Status string `json:"status"`
}

func lineOf(u auth.User) line {
	return line{ID: u.ID.String(), Email: u.Email, Name: u.Name, Role: u.Role.Key, Status: string(u.Status)}
}

func (c *command) user() *cobra.Command {
	cmd := &cobra.Command{
		Use: "user", Short: "List, approve and promote users",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command user %s", args[0])}
			}
			return cmd.Help()
		},
	}
	role := "administrator"
	promote := c.userChange("promote EMAIL", "Make a user an approved administrator, or give another role",
		func(ctx context.Context, a *app.App, t tenant.ID, login string) (auth.User, error) {
			return a.Auth.Promote(ctx, t, login, role)
		})
	promote.Flags().StringVar(&role, "role", role, "key of the role")
	cmd.AddCommand(c.userList(), promote, c.userChange("approve EMAIL", "Approve a user who has signed up",
		func(ctx context.Context, a *app.App, t tenant.ID, login string) (auth.User, error) {
			return a.Auth.Approve(ctx, t, login)
		}))
	return cmd
}

func (c *command) userChange(use, short string, change func(context.Context, *app.App, tenant.ID, string) (auth.User, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: exactly(1, "one address or user name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withApp(cmd.Context(), func(ctx context.Context, a *app.App) error {
				w, err := c.chosen(ctx, a)
				if err != nil {
					return err
				}
				u, err := change(ctx, a, w.ID, args[0])
				if errs.Has(err, errs.NotFound) {
					return errs.Newf(errs.NotFound, "no_user", "Nobody in %s is called %s.", w.Slug, args[0])
				}
				if err != nil {
					return err
				}
				return c.tell(lineOf(u), "%s is %s with the role %s.", u.Email, u.Status, u.Role.Key)
			})
		},
	}
}

func (c *command) userList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List users", Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), func(ctx context.Context, a *app.App) error {
				w, err := c.chosen(ctx, a)
				if err != nil {
					return err
				}
				all := []line{}
				for cursor := ""; ; {
					values := url.Values{"limit": {"200"}}
					if cursor != "" {
						values.Set("cursor", cursor)
					}
					page, _, err := a.Auth.Users(ctx, auth.System(w.ID, "command line"), values)
					if err != nil {
						return err
					}
					for _, u := range page.Data {
						all = append(all, lineOf(u))
					}
					if cursor = page.Next; cursor == "" {
						break
					}
				}
				if c.asJSON {
					return c.tell(map[string]any{"users": all}, "")
				}
				for _, u := range all {
					if err := c.tell(nil, "%-40s %-14s %-14s %s", u.Email, u.Role, u.Status, u.Name); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}
