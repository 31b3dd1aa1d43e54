package customer

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const groupColumns = `id, name, description, created_at, updated_at`

func scanGroup(row db.Row) (Group, error) {
	var g Group
	err := row.Scan(&g.ID, &g.Name, &g.Description, db.Time(&g.CreatedAt), db.Time(&g.UpdatedAt))
	return g, err
}

func readGroup(ctx context.Context, q db.Reader, t tenant.ID, group id.ID) (Group, error) {
	return db.One(ctx, q, scanGroup, `SELECT `+groupColumns+` FROM customer_group WHERE tenant_id = $1 AND id = $2`, t, group)
}

func readGroups(ctx context.Context, q db.Reader, t tenant.ID, groups []id.ID) ([]Group, error) {
	w := db.NewWhere(t)
	db.In(w, "id", groups)
	return db.All(ctx, q, scanGroup, `SELECT `+groupColumns+` FROM customer_group WHERE tenant_id = $1`+w.SQL(), w.Args()...)
}

func insertGroup(ctx context.Context, tx db.Tx, t tenant.ID, g Group) (bool, error) {
	const q = `
		INSERT INTO customer_group (tenant_id, id, name, name_key, description, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant_id, name_key) DO NOTHING`
	n, err := tx.Exec(ctx, q, t, g.ID, g.Name, groupKey(g.Name), g.Description, db.Micros(g.CreatedAt), db.Micros(g.UpdatedAt))
	return n == 1, errs.Wrapf(err, "insert group %s", g.Name)
}

func updateGroup(ctx context.Context, tx db.Tx, t tenant.ID, g Group) error {
	const q = `
		UPDATE customer_group
		SET name = $3, name_key = $4, description = $5, updated_at = $6
		WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, q, t, g.ID, g.Name, groupKey(g.Name), g.Description, db.Micros(g.UpdatedAt))
	return errs.Wrapf(err, "update group %s", g.ID)
}

func deleteGroup(ctx context.Context, tx db.Tx, t tenant.ID, group id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM customer_group WHERE tenant_id = $1 AND id = $2`, t, group)
	return errs.Wrapf(err, "delete group %s", group)
}

// dropMembers removes at most limit members of a group.
func dropMembers(ctx context.Context, tx db.Tx, t tenant.ID, group id.ID, limit int) (int64, error) {
	const q = `
		DELETE FROM customer_group_member
		WHERE tenant_id = $1 AND group_id = $2 AND customer_id IN (
			SELECT customer_id FROM customer_group_member WHERE tenant_id = $1 AND group_id = $2 LIMIT $3)`
	n, err := tx.Exec(ctx, q, t, group, limit)
	return n, errs.Wrapf(err, "remove members of group %s", group)
}

// join adds a customer to a group and reports whether they were not in it.
func join(ctx context.Context, tx db.Tx, t tenant.ID, group, customer id.ID) (bool, error) {
	const q = `
		INSERT INTO customer_group_member (tenant_id, group_id, customer_id)
		VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`
	n, err := tx.Exec(ctx, q, t, group, customer)
	return n == 1, errs.Wrapf(err, "add to group %s", group)
}

// leave is the opposite of join.
func leave(ctx context.Context, tx db.Tx, t tenant.ID, group, customer id.ID) (bool, error) {
	const q = `DELETE FROM customer_group_member WHERE tenant_id = $1 AND group_id = $2 AND customer_id = $3`
	n, err := tx.Exec(ctx, q, t, group, customer)
	return n == 1, errs.Wrapf(err, "remove from group %s", group)
}

// attach fills tags and groups of customers in one round trip.
func attach(ctx context.Context, q db.Reader, t tenant.ID, customers []*Customer) error {
	if len(customers) == 0 {
		return nil
	}
	byID := make(map[id.ID]*Customer, len(customers))
	ids := make([]id.ID, len(customers))
	for i, c := range customers {
		byID[c.ID], ids[i] = c, c.ID
	}
	w := db.NewWhere(t)
	in := db.List(w, ids)
	text := `
		SELECT 0 AS what, l.customer_id, g.id, g.name, g.name_key AS place, g.colour, g.built_in
		FROM customer_tag l
		JOIN tag g ON g.tenant_id = l.tenant_id AND g.id = l.tag_id
		WHERE l.tenant_id = $1 AND l.customer_id IN (` + in + `)
		UNION ALL
		SELECT 1, l.customer_id, g.id, g.name, g.name_key, '', g.description = ''
		FROM customer_group_member l
		JOIN customer_group g ON g.tenant_id = l.tenant_id AND g.id = l.group_id
		WHERE l.tenant_id = $1 AND l.customer_id IN (` + in + `)
		ORDER BY place`
	_, err := db.All(ctx, q, func(row db.Row) (struct{}, error) {
		var what int
		var customer id.ID
		var place string
		var g tag.Tag
		if err := row.Scan(&what, &customer, &g.ID, &g.Name, &place, &g.Colour, &g.BuiltIn); err != nil {
			return struct{}{}, err
		}
		if c := byID[customer]; what == 0 {
			c.Tags = append(c.Tags, g)
		} else {
			c.Groups = append(c.Groups, GroupRef{g.ID, g.Name})
		}
		return struct{}{}, nil
	}, text, w.Args()...)
	return errs.Wrapf(err, "read tags and groups")
}
