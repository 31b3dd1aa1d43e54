package customer

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tag"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// readBeside fills the identities, tags and groups of one customer in one round trip. They are sorted here, for
// the reason that listIdentities gives. Plan: customer_identity_by_customer and the keys of the two links.
func readBeside(ctx context.Context, q db.Reader, t tenant.ID, c *Customer) error {
	const text = `
		SELECT 'identity' AS what, i.id, i.kind, i.value, i.display, i.system, i.is_primary, i.created_at
		FROM customer_identity i
		WHERE i.tenant_id = $1 AND i.customer_id = $2
		UNION ALL
		SELECT 'tag', g.id, g.name_key, g.name, g.colour, '', g.built_in, 0
		FROM customer_tag l
		JOIN tag g ON g.tenant_id = l.tenant_id AND g.id = l.tag_id
		WHERE l.tenant_id = $1 AND l.customer_id = $2
		UNION ALL
		SELECT 'group', g.id, g.name_key, g.name, '', '', FALSE, 0
		FROM customer_group_member l
		JOIN customer_group g ON g.tenant_id = l.tenant_id AND g.id = l.group_id
		WHERE l.tenant_id = $1 AND l.customer_id = $2`
	type row struct {
		what, kind, value, display, system string
		id                                 id.ID
		flag                               bool
		at                                 time.Time
	}
	rows, err := db.All(ctx, q, func(r db.Row) (b row, err error) {
		err = r.Scan(&b.what, &b.id, &b.kind, &b.value, &b.display, &b.system, &b.flag, db.Time(&b.at))
		return b, err
	}, text, t, c.ID)
	if err != nil {
		return errs.Wrapf(err, "read what stands beside customer %s", c.ID)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.kind, b.kind) })
	c.Identities, c.Tags, c.Groups = nil, nil, nil
	for _, b := range rows {
		switch b.what {
		case "identity":
			c.Identities = append(c.Identities, Identity{
				ID: b.id, Customer: c.ID, Kind: IdentityKind(b.kind), Value: b.value, Display: b.display, System: b.system, Primary: b.flag, CreatedAt: b.at,
			})
		case "tag":
			c.Tags = append(c.Tags, tag.Tag{ID: b.id, Name: b.value, Colour: b.display, BuiltIn: b.flag})
		case "group":
			c.Groups = append(c.Groups, GroupRef{b.id, b.value})
		}
	}
	sortIdentities(c.Identities)
	return nil
}
