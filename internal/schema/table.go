package schema

import (
	"context"
	"regexp"
	"slices"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// StepTable is where the database keeps which steps it has run.
const StepTable = "schema_step"

// Table is a table of the product.
type Table struct {
	Name    string
	Special bool // this engine's alone: the search index
}

// Tables lists the tables that the first n steps make on an engine, each after those it points at. A table
// that steps make can only point at one that is there, so the order of making is that order. The record of
// steps is not among them.
func Tables(e db.Engine, n int) ([]Table, error) {
	steps, err := Steps(e)
	if err != nil {
		return nil, err
	}
	change := regexp.MustCompile(`^(?:CREATE(?: VIRTUAL)? TABLE (\w+)|DROP TABLE (\w+)|ALTER TABLE (\w+) RENAME TO (\w+))`)
	var out []Table
	at := func(name string) int { return slices.IndexFunc(out, func(t Table) bool { return t.Name == name }) }
	for _, s := range steps[:min(n, len(steps))] {
		for _, q := range split(s.SQL) {
			m := change.FindStringSubmatch(q)
			switch {
			case m == nil:
			case m[1] != "":
				out = append(out, Table{Name: m[1], Special: s.Special})
			case m[2] != "":
				out = slices.Delete(out, at(m[2]), at(m[2])+1)
			default:
				out[at(m[3])].Name = m[4]
			}
		}
	}
	return out, nil
}

// Ran is a step that a database has run.
type Ran struct {
	Number   int    `json:"number"`
	Name     string `json:"name"`
	Checksum string `json:"checksum"`
}

// History lists the steps that a database has run; none when it has no tables of ours.
func History(ctx context.Context, q db.Reader) ([]Ran, error) {
	exists, err := tableExists(ctx, q)
	if err != nil || !exists {
		return nil, err
	}
	return db.All(ctx, q, func(r db.Row) (s Ran, err error) { return s, r.Scan(&s.Number, &s.Name, &s.Checksum) },
		`SELECT number, name, checksum FROM schema_step WHERE number > 0 ORDER BY number`)
}

// CheckHistory reports whether this program knows every step that something, such as "The backup", has run.
// Errors: Conflict with code schema_newer, schema_changed or schema_missing.
func CheckHistory(what string, e db.Engine, ran []Ran) error {
	steps, err := Steps(e)
	if err != nil {
		return err
	}
	if len(ran) == 0 {
		return errs.New(errs.Conflict, "schema_missing", what+" has no tables of ours.")
	}
	for i, s := range ran {
		switch {
		case i >= len(steps):
			return errs.Newf(errs.Conflict, "schema_newer", "%s has schema %d, this program knows %d. Use the newer program.", what, len(ran), len(steps))
		case s.Number != steps[i].Number || s.Checksum != steps[i].Checksum:
			return errs.Newf(errs.Conflict, "schema_changed", "%s ran another text of migration %04d_%s. It was made by a different build of the program.", what, s.Number, s.Name)
		}
	}
	return nil
}

// Build makes the tables of the first n steps in an empty database, within the caller's transaction.
func Build(ctx context.Context, tx db.Tx, c clock.Clock, n int) error {
	steps, err := Steps(tx.Engine())
	if err != nil {
		return err
	}
	if err := createTx(ctx, tx); err != nil {
		return err
	}
	for _, s := range steps[:n] {
		if err := s.run(ctx, tx, c); err != nil {
			return errs.Wrapf(err, "migration %04d_%s", s.Number, s.Name)
		}
	}
	return nil
}
