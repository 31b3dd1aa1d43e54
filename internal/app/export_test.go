package app

import (
	"context"
	"log/slog"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/config"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// Build makes the program on a database that a test has opened.
func Build(ctx context.Context, cfg config.Config, log *slog.Logger, d *db.DB) (*App, error) {
	return buildAt(ctx, cfg, log, d, clock.System{})
}
