package page

import (
	"context"
	"strconv"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Rare is the number of matches up to which a filter is cheaper to start from than to test on the way:
// reading so many and sorting them costs about as much as walking half a million rows in order until
// fifty of five thousand are found.
const Rare = 5000

// Step is a filter that could be the one that a list starts from.
type Step struct {
	Field, Op string
	IDs       func(w *db.Where) string // a query for the ids of the rows that match, with the workspace as $1
	Sure      bool                     // matches a handful at most
}

// Start finds the step to begin with: one that matches a handful by its nature, else the one with the
// fewest matches when they are rare, the first between equals; nil when the list had better walk in its
// order. All counts are bounded and made in one round trip.
func Start(ctx context.Context, q db.Reader, t id.Workspace, steps []Step) (*Step, error) {
	if len(steps) == 0 {
		return nil, nil // nil means: walk in order
	}
	w := db.NewWhere(t)
	text := "SELECT "
	counts := make([]int64, len(steps))
	dest := make([]any, len(steps))
	for i, st := range steps {
		if st.Sure {
			return &steps[i], nil
		}
		if i > 0 {
			text += ", "
		}
		text += "(SELECT COUNT(*) FROM (SELECT 1 FROM (" + st.IDs(w) + ") a LIMIT " + strconv.Itoa(Rare+1) + ") b)"
		dest[i] = &counts[i]
	}
	text += " WHERE CAST($1 AS BIGINT) IS NOT NULL" // PostgreSQL refuses an argument that no step names
	if err := q.QueryRow(ctx, text, w.Args()...).Scan(dest...); err != nil {
		return nil, errs.Wrapf(err, "weigh filters")
	}
	least := 0
	for i, n := range counts {
		if n < counts[least] {
			least = i
		}
	}
	if counts[least] > Rare {
		return nil, nil // nil means: walk in order
	}
	return &steps[least], nil
}
