package ticket

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/field"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// forgottenTitle stands where the title of a deleted customer's ticket was.
const forgottenTitle = "Ticket of a deleted customer"

// ForgetCustomer takes everything that tells of a person out of their tickets when the customer is
// deleted: the link, titles, texts, files, custom values, and their words in the search index. The
// tickets stay with their numbers, times and states, so that statistics remain true.
func (s *Service) ForgetCustomer(ctx context.Context, tx db.Tx, t tenant.ID, customer id.ID) error {
	tickets, err := db.All(ctx, tx, scanID, `SELECT id FROM ticket WHERE tenant_id = $1 AND customer_id = $2`, t, customer)
	if err != nil {
		return errs.Wrapf(err, "list tickets of customer %s", customer)
	}
	who := auth.System(t, "forget customer")
	for _, ticket := range tickets {
		if err := s.removeContents(ctx, tx, who, ticket); err != nil {
			return err
		}
		k, err := lockAny(ctx, tx, t, ticket)
		if err != nil {
			return err
		}
		if err := s.fields.IndexTx(ctx, tx, t, field.Tickets, ticket, notNil(k.Fields), map[string]any{}); err != nil {
			return err
		}
		k.Title, k.Preview, k.Customer, k.Fields = forgottenTitle, "", id.Zero, map[string]any{}
		if err := s.save(ctx, tx, who, k); err != nil {
			return err
		}
		for _, q := range []string{
			`UPDATE ticket_message SET body = '', html = '', file_count = 0, author_id = CASE WHEN author_kind = 'customer' THEN NULL ELSE author_id END WHERE tenant_id = $1 AND ticket_id = $2`,
			`DELETE FROM ticket_draft WHERE tenant_id = $1 AND ticket_id = $2`,
		} {
			if _, err := tx.Exec(ctx, q, t, ticket); err != nil {
				return errs.Wrapf(err, "blank ticket %s", ticket)
			}
		}
	}
	return nil
}

// CustomerTables are the tables of this room that point at customers.
func (*Service) CustomerTables() []string { return []string{"ticket"} }

// OpenCounts is what waits, for the dashboard; each number is counted up to 1,000 and the cap is told.
type OpenCounts struct {
	ByStatus   map[Status]Count
	Unassigned Count
	Loads      []Load
}

// Load is how many open tickets a user has.
type Load struct {
	User id.ID
	Name string
	Open Count
}

// dashboardCap is how far the dashboard counts.
const dashboardCap = 1000

// OpenCounts counts the workspace's open tickets by status, those that nobody has, and the load of each user
// who works on tickets. It asks for no permission: the dashboard does.
// Plan: capped ranges over ticket_by_status, ticket_unassigned and ticket_by_assignee.
func (*Service) OpenCounts(ctx context.Context, q db.Reader, t tenant.ID) (OpenCounts, error) {
	const text = `
		SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM ticket k WHERE k.tenant_id = $1 AND k.status = 'open' LIMIT $2) n),
			(SELECT COUNT(*) FROM (SELECT 1 FROM ticket k WHERE k.tenant_id = $1 AND k.status = 'pending' LIMIT $2) n),
			(SELECT COUNT(*) FROM (SELECT 1 FROM ticket k WHERE k.tenant_id = $1 AND k.status = 'blocked' LIMIT $2) n),
			(SELECT COUNT(*) FROM (SELECT 1 FROM ticket k WHERE k.tenant_id = $1 AND k.assignee_id IS NULL AND k.is_open = TRUE LIMIT $2) n)`
	var n [4]int64
	if err := q.QueryRow(ctx, text, t, dashboardCap+1).Scan(&n[0], &n[1], &n[2], &n[3]); err != nil {
		return OpenCounts{}, errs.Wrapf(err, "count open tickets")
	}
	out := OpenCounts{
		ByStatus:   map[Status]Count{Open: upTo(n[0]), Pending: upTo(n[1]), Blocked: upTo(n[2])},
		Unassigned: upTo(n[3]),
	}
	const perUser = `
		SELECT u.id, u.name, (SELECT COUNT(*) FROM (SELECT 1 FROM ticket k WHERE k.tenant_id = $1 AND k.assignee_id = u.id AND k.is_open = TRUE LIMIT $2) n)
		FROM staff_user u
		WHERE u.tenant_id = $1 AND u.status = 'approved' AND u.deleted_at IS NULL
			AND EXISTS (SELECT 1 FROM role_permission p WHERE p.tenant_id = $1 AND p.role_id = u.role_id AND p.permission IN ('tickets:update_own', 'tickets:update_all'))
		ORDER BY u.name, u.id
		LIMIT 200`
	var err error
	out.Loads, err = db.All(ctx, q, func(row db.Row) (l Load, err error) {
		var open int64
		err = row.Scan(&l.User, &l.Name, &open)
		l.Open = upTo(open)
		return l, err
	}, perUser, t, dashboardCap+1)
	return out, errs.Wrapf(err, "read loads")
}

func upTo(n int64) Count { return Count{N: min(n, dashboardCap), More: n > dashboardCap} }
