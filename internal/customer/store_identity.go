package customer

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const identityColumns = `id, customer_id, kind, value, display, system, is_primary, created_at`

func scanIdentity(row db.Row) (Identity, error) {
	var i Identity
	var kind string
	err := row.Scan(&i.ID, &i.Customer, &kind, &i.Value, &i.Display, &i.System, &i.Primary, db.Time(&i.CreatedAt))
	i.Kind = IdentityKind(kind)
	return i, err
}

// listIdentities reads how a customer is known, by kind, primary ones first, then oldest first. They are
// sorted here: asked for an order by kind, SQLite walks the workspace along the unique key, which has it.
// Plan: customer_identity_by_customer.
func listIdentities(ctx context.Context, q db.Reader, t tenant.ID, customer id.ID) ([]Identity, error) {
	out, err := db.All(ctx, q, scanIdentity, identitiesOf, t, customer)
	sortIdentities(out)
	return out, err
}

func sortIdentities(all []Identity) {
	slices.SortFunc(all, func(a, b Identity) int {
		if a.Primary != b.Primary && a.Kind == b.Kind {
			if a.Primary {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), bytes.Compare(a.ID[:], b.ID[:]))
	})
}

const identitiesOf = `
	SELECT ` + identityColumns + `
	FROM customer_identity
	WHERE tenant_id = $1 AND customer_id = $2`

// listTaken finds identities of any customer that equal the given ones. Plan: probes of the unique key.
func listTaken(ctx context.Context, q db.Reader, t tenant.ID, want []Identity) ([]Identity, error) {
	var out []Identity
	for len(want) > 0 {
		n := 128
		if q.Engine() == db.SQLite {
			n = 32 // no round trips to save, and its driver binds many values in quadratic time
		}
		for n > len(want) {
			n /= 2
		}
		w := db.NewWhere(t)
		conds := make([]string, n)
		for i, x := range want[:n] {
			conds[i] = "(" + w.Arg(string(x.Kind)) + ", " + w.Arg(x.System) + ", " + w.Arg(x.Value) + ")"
		}
		text := `SELECT ` + identityColumns + ` FROM customer_identity WHERE tenant_id = $1 AND (kind, system, value) IN (VALUES ` + strings.Join(conds, ", ") + `)`
		found, err := db.All(ctx, q, scanIdentity, text, w.Args()...)
		if err != nil {
			return nil, errs.Wrapf(err, "look up identities")
		}
		out = append(out, found...)
		want = want[n:]
	}
	return out, nil
}

func insertIdentities(ctx context.Context, tx db.Tx, t tenant.ID, identities ...Identity) error {
	const head = `INSERT INTO customer_identity (tenant_id, id, customer_id, kind, value, display, system, is_primary, created_at) VALUES `
	return errs.Wrapf(insertMany(ctx, tx, t, head, identities, func(i Identity) []any {
		return []any{i.ID, i.Customer, string(i.Kind), i.Value, i.Display, i.System, i.Primary, db.Micros(i.CreatedAt)}
	}, ""), "insert identities")
}

func updateIdentity(ctx context.Context, tx db.Tx, t tenant.ID, i Identity) error {
	const q = `
		UPDATE customer_identity
		SET value = $3, display = $4, is_primary = $5
		WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, i.ID, i.Value, i.Display, i.Primary)
	return errs.Wrapf(err, "update identity %s", i.ID)
}

func deleteIdentity(ctx context.Context, tx db.Tx, t tenant.ID, identity id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM customer_identity WHERE tenant_id = $1 AND id = $2`, t, identity)
	return errs.Wrapf(err, "delete identity %s", identity)
}
