package app_test

import (
	"context"

	"github.com/throughlinehq/throughline/internal/app/apptest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// lens is what of the database is compared.
var lens = apptest.Lens{Untold: untold, Leave: leave}

// readState reads all of it, exactly.
func readState(ctx context.Context, d *db.DB) (apptest.State, error) { return lens.Read(ctx, d) }

// Tables that say nothing about what a request has done.
func untold(table string, e db.Engine) bool {
	switch table {
	case "counter": // PostgreSQL takes a ticket's number beforehand (ticket.reserveNumber): a crash leaves a gap
		return e == db.Postgres
	case "search_term": // the one app that lives through all deaths on PostgreSQL remembers which words it has written
		return e == db.Postgres
	case "idempotency_key", // that a key is claimed or its answer kept is what the harness itself looks at
		"periodic", "schema_step": // of the installation, not of a request
		return true
	}
	return false
}

// leave says which columns differ between two runs of the same and mean nothing.
func leave(table, column string, e db.Engine) bool {
	switch column {
	case "seq", "request_id", "sha256", "swept_to":
		return true
	case "attempts", "last_error", "progress_done", "progress_total", "run_at": // a job that was begun twice has two attempts
		return table == "job"
	case "number":
		return e == db.Postgres && table == "ticket" // see untold: a gap
	case "words":
		return e == db.Postgres && table == "search_entity" // a ticket's number is among them
	}
	return false
}
