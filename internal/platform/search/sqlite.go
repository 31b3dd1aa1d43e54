package search

import (
	"context"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// perWorkspace is how many rows of a full-text table belong to one workspace: 2^40 documents each for
// eight million workspaces.
const perWorkspace = 1 << 40

// liteTexts are the statements of one kind; a table's name cannot be an argument.
type liteTexts struct{ insert, remove, find string }

func lite(k Kind) liteTexts {
	table := ""
	switch k {
	case Customer:
		table = "search_customer"
	case Order:
		table = "search_order"
	case Product:
		table = "search_product"
	case Ticket:
		table = "search_ticket"
	case Message:
		table = "search_message"
	}
	return liteTexts{
		insert: "INSERT OR REPLACE INTO " + table + " (rowid, words) VALUES ($1, $2)",
		remove: "DELETE FROM " + table + " WHERE rowid = $1",
		// Walks the matches backwards from the newest row of the workspace and stops at the limit.
		find: `SELECT d.seq, d.object, d.parent
			FROM ` + table + ` f
			CROSS JOIN search_doc d ON d.tenant_id = $1 AND d.seq = f.rowid - $2
			WHERE ` + table + ` MATCH $3 AND f.rowid BETWEEN $2 AND $4
			ORDER BY f.rowid DESC
			LIMIT $5`,
	}
}

// putSQLite keeps to plain statements. RETURNING and INSERT … SELECT would open a statement journal each,
// and letting go of one costs more the more a transaction has already written.
func putSQLite(ctx context.Context, tx db.Tx, t id.Workspace, rows []row, fresh bool) error {
	const (
		newestSeq = `SELECT COALESCE(MAX(seq), 0) FROM search_doc WHERE tenant_id = $1`
		lookUp    = `SELECT seq FROM search_doc WHERE tenant_id = $1 AND object = $2 AND kind = $3`
		insert    = `INSERT INTO search_doc (tenant_id, seq, kind, object, parent) VALUES ($1, $2, $3, $4, $5)`
		move      = `UPDATE search_doc SET parent = $3 WHERE tenant_id = $1 AND seq = $2`
	)
	last, err := db.Scalar[int64](ctx, tx, newestSeq, int64(t))
	if err != nil {
		return err
	}
	seqs := make([]int64, len(rows))
	for i, r := range rows {
		there := false
		if !fresh {
			seqs[i], err = db.Scalar[int64](ctx, tx, lookUp, int64(t), r.doc.Object, r.doc.Kind.code())
			if there = err == nil; !there && !errs.Has(err, errs.NotFound) {
				return err
			}
		}
		if there {
			_, err = tx.Exec(ctx, move, int64(t), seqs[i], r.doc.Parent)
		} else {
			last++
			seqs[i] = last
			_, err = tx.Exec(ctx, insert, int64(t), last, r.doc.Kind.code(), r.doc.Object, r.doc.Parent)
		}
		if err != nil {
			return err
		}
	}
	for i, r := range rows {
		tx.AtCommit(lite(r.doc.Kind).insert, int64(t)*perWorkspace+seqs[i], strings.Join(r.words, " "))
	}
	return nil
}

func removeSQLite(ctx context.Context, tx db.Tx, t id.Workspace, k Kind, object id.ID) error {
	const q = `DELETE FROM search_doc WHERE tenant_id = $1 AND object = $2 AND kind = $3 RETURNING seq`
	seq, err := db.Scalar[int64](ctx, tx, q, int64(t), object, k.code())
	if err != nil {
		if errs.Has(err, errs.NotFound) {
			return nil
		}
		return err
	}
	tx.AtCommit(lite(k).remove, int64(t)*perWorkspace+seq)
	return nil
}

// findSQLite answers the newest matches of one kind before a place in the order.
func findSQLite(ctx context.Context, q db.Reader, t id.Workspace, k Kind, e expression, before place, limit int) ([]Hit, error) {
	base := int64(t) * perWorkspace
	last := base + perWorkspace - 1
	if before.seq < perWorkspace {
		last = base + before.seq - 1
	}
	return db.All(ctx, q, scanHit(k), lite(k).find, int64(t), base, e.fts5(), last, limit)
}
