package customer

import (
	"context"
	"slices"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// Owner is a room that keeps rows about customers. ForgetCustomer runs in the transaction that deletes
// one: rows that must stay lose the customer, others go. CustomerTables names the tables it covers.
type Owner interface {
	ForgetCustomer(ctx context.Context, tx db.Tx, t tenant.ID, customer id.ID) error
	CustomerTables() []string
}

// Forget is the function that an owner does it with.
type Forget func(ctx context.Context, tx db.Tx, t tenant.ID, customer id.ID) error

// Owns makes an Owner from a function and the tables it covers.
func Owns(forget Forget, tables ...string) Owner { return owns{forget, tables} }

type owns struct {
	forget Forget
	tables []string
}

func (o owns) ForgetCustomer(ctx context.Context, tx db.Tx, t tenant.ID, customer id.ID) error {
	return o.forget(ctx, tx, t, customer)
}

func (o owns) CustomerTables() []string { return o.tables }

// ownTables are those that Delete empties itself.
func ownTables() []string {
	return []string{"customer_identity", "customer_tag", "customer_group_member", "customer_note"}
}

// Uncovered finds tables in the text of a schema that have a customer_id which neither this room nor an
// owner takes care of when a customer is deleted.
func Uncovered(schema string, owners []Owner) []string {
	covered := ownTables()
	for _, o := range owners {
		covered = append(covered, o.CustomerTables()...)
	}
	var out []string
	for _, part := range strings.Split(schema, "CREATE TABLE ")[1:] {
		body, _, _ := strings.Cut(part, "\n);")
		name, columns, _ := strings.Cut(body, "(")
		name = strings.TrimSpace(strings.TrimPrefix(name, "IF NOT EXISTS "))
		for line := range strings.Lines(columns) {
			if strings.HasPrefix(strings.TrimSpace(line), "customer_id ") && !slices.Contains(covered, name) {
				out = append(out, name)
			}
		}
	}
	return out
}
