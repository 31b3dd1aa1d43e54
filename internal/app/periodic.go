package app

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/platform/search"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// tidyWords is how many words of the search vocabulary one transaction looks at.
const tidyWords = 500

// periodic is the housekeeping that reaches over all workspaces; rooms keep their own in order themselves.
func (a *App) periodic() {
	a.Queue.Every("report.sales", jobs.Interval(time.Hour), func(ctx context.Context) error {
		return a.eachWorkspace(ctx, a.Report.RefreshSales)
	})
	a.Queue.Every("search.tidy", jobs.DailyAt(3, 30), func(ctx context.Context) error {
		return a.eachWorkspace(ctx, a.tidySearch)
	})
}

func (a *App) eachWorkspace(ctx context.Context, do func(ctx context.Context, t tenant.ID) error) error {
	all, err := a.Tenants.List(ctx)
	if err != nil {
		return err
	}
	for _, w := range all {
		if err := do(ctx, w.ID); err != nil {
			return err
		}
	}
	return nil
}

// tidySearch drops words that no document uses any more, such as parts of a deleted customer's address.
func (a *App) tidySearch(ctx context.Context, t tenant.ID) error {
	for _, kind := range search.Kinds() {
		after := ""
		for {
			next := ""
			err := a.DB.Write(ctx, t, func(ctx context.Context, tx db.Tx) (err error) {
				next, err = a.Search.Tidy(ctx, tx, t, kind, after, tidyWords)
				return err
			})
			if err != nil {
				return err
			}
			if next == "" {
				break
			}
			after = next
		}
	}
	return nil
}
