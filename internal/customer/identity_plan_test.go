package customer

import (
	"context"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// SQLite once walked all identities of the workspace here to have them in order.
func TestACustomersIdentitiesAreReadByTheirOwnIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	err := d.Read(t.Context(), 1, func(ctx context.Context, q db.Reader) error {
		lines, err := db.All(ctx, q, func(row db.Row) (string, error) {
			var a, b, c int
			var line string
			err := row.Scan(&a, &b, &c, &line)
			return line, err
		}, "EXPLAIN QUERY PLAN "+identitiesOf, 1, id.Zero)
		if plan := strings.Join(lines, "\n"); err == nil && (!strings.Contains(plan, "customer_identity_by_customer") || strings.Contains(plan, "TEMP B-TREE")) {
			t.Errorf("the plan is\n%s", plan)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
