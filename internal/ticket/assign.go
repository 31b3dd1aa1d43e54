package ticket

import (
	"context"
	"slices"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// load is how busy an agent is.
type load struct {
	user id.ID
	open int64 // open tickets, counted up to the cap that was asked
	last int64 // newest activity among all their tickets, microseconds; 0 without any
}

// Agents are the users whom tickets are given to without asking: approved, available, and with a role
// that works its own tickets but does not oversee all of them.
const agents = `
	FROM staff_user u
	WHERE u.tenant_id = $1 AND u.status = 'approved' AND u.available = TRUE AND u.deleted_at IS NULL
		AND EXISTS (SELECT 1 FROM role_permission p WHERE p.tenant_id = $1 AND p.role_id = u.role_id AND p.permission = 'tickets:update_own')
		AND NOT EXISTS (SELECT 1 FROM role_permission p WHERE p.tenant_id = $1 AND p.role_id = u.role_id AND p.permission = 'tickets:update_all')`

const inTeam = ` AND EXISTS (SELECT 1 FROM team_member e WHERE e.tenant_id = $1 AND e.team_id = $3 AND e.user_id = u.id)`

// loads reads every available agent's load. Plan: per agent, a range of at most capped rows over
// ticket_by_assignee and the newest entry of each half.
func loads(ctx context.Context, q db.Reader, t tenant.ID, team id.ID, capped int64) ([]load, error) {
	const columns = `
		SELECT u.id,
			(SELECT COUNT(*) FROM (SELECT 1 FROM ticket k WHERE k.tenant_id = $1 AND k.assignee_id = u.id AND k.is_open = TRUE LIMIT $2) n),
			COALESCE((SELECT k.activity_at FROM ticket k WHERE k.tenant_id = $1 AND k.assignee_id = u.id AND k.is_open = TRUE ORDER BY k.activity_at DESC LIMIT 1), 0),
			COALESCE((SELECT k.activity_at FROM ticket k WHERE k.tenant_id = $1 AND k.assignee_id = u.id AND k.is_open = FALSE ORDER BY k.activity_at DESC LIMIT 1), 0)`
	text, args := columns+agents, []any{t, capped}
	if !team.IsZero() {
		text, args = text+inTeam, append(args, team)
	}
	out, err := db.All(ctx, q, func(row db.Row) (l load, err error) {
		var put int64
		err = row.Scan(&l.user, &l.open, &l.last, &put)
		l.last = max(l.last, put)
		return l, err
	}, text, args...)
	return out, errs.Wrapf(err, "read loads")
}

// firstCap is how far loads are counted at first; it grows while every agent reaches it.
const firstCap = 64

// leastLoaded picks the available agent with the fewest open tickets, in the team when there is one; zero
// when nobody is available. Between equals it is whoever has been left alone the longest, then the oldest
// account. The counts are read from the tickets, so they cannot drift; they are cut at a cap that at
// least one agent is below, which keeps a desk with a huge backlog fast. Two tickets that come in at the
// same instant may go to the same agent; the next one evens it out.
func leastLoaded(ctx context.Context, q db.Reader, t tenant.ID, team id.ID) (id.ID, error) {
	for capped := int64(firstCap); ; capped *= 8 {
		all, err := loads(ctx, q, t, team, capped)
		if err != nil || len(all) == 0 {
			return id.Zero, err
		}
		best := slices.MinFunc(all, busier)
		if best.open < capped || capped > 1<<30 {
			return best.user, nil
		}
	}
}

func busier(a, b load) int {
	switch {
	case a.open != b.open:
		return int(a.open - b.open)
	case a.last != b.last:
		if a.last < b.last {
			return -1
		}
		return 1
	}
	return slices.Compare(a.user[:], b.user[:])
}

// checkAssignee refuses users who cannot work tickets. Whether they are available does not matter when a
// person decides.
func checkAssignee(ctx context.Context, q db.Reader, t tenant.ID, user id.ID) error {
	const text = `
		SELECT 1
		FROM staff_user u
		JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id
		WHERE u.tenant_id = $1 AND u.id = $2 AND u.status = 'approved' AND u.deleted_at IS NULL AND (r.key = 'administrator' OR EXISTS (
			SELECT 1 FROM role_permission p WHERE p.tenant_id = $1 AND p.role_id = r.id AND p.permission IN ('tickets:update_own', 'tickets:update_all')))`
	ok, err := db.Exists(ctx, q, text, t, user)
	if err != nil {
		return errs.Wrapf(err, "look user %s up", user)
	}
	if !ok {
		return errs.OnField("assigneeId", "is no approved user who works on tickets")
	}
	return nil
}

// Assign gives a ticket to a user, or to nobody with a zero id. Whoever sees an unassigned ticket and works
// tickets may take it; giving it to somebody else, or away from somebody, needs tickets:assign.
// check compares the version the client has seen and may be nil.
// Errors: NotFound, Forbidden, Invalid naming assigneeId, what check answers.
func (s *Service) Assign(ctx context.Context, who auth.Actor, ticket, to id.ID, check func(version int64) error) (Detail, error) {
	return s.change(ctx, who, ticket, Change{Assignee: &to, Check: check})
}

// assign moves a locked ticket to another assignee.
func (s *Service) assign(ctx context.Context, tx db.Tx, who auth.Actor, k *Ticket, to id.ID) ([]fact, error) {
	from := k.Assignee
	taking := from.IsZero() && to == who.User && !to.IsZero()
	if !taking && !who.Can("tickets:assign") {
		return nil, errs.Denied("tickets:assign")
	}
	if from == to {
		return nil, nil
	}
	if !to.IsZero() {
		if err := checkAssignee(ctx, tx, who.Tenant, to); err != nil {
			return nil, err
		}
	}
	k.Assignee, k.ActivityAt = to, s.clock.Now()
	return []fact{func(a Subject) eventFact { return Assigned{Subject: a, From: from, To: to} }}, nil
}

// giveOut hands waiting tickets to who is available, oldest first.
type giveOut struct{}

// JobKind names the job.
func (giveOut) JobKind() string { return "ticket.give_out" }

// GiveOutTx has the tickets that wait unassigned given out soon, because somebody became available or a
// team changed. Many requests at once are one job.
func (s *Service) GiveOutTx(ctx context.Context, tx db.Tx, t tenant.ID) error {
	_, err := s.queue.Enqueue(ctx, tx, t, giveOut{}, jobs.Coalesce("all"))
	return errs.Wrapf(err, "have waiting tickets given out")
}

// SomebodyAvailable is GiveOutTx for reactions to users who were approved or became available.
func (s *Service) SomebodyAvailable(ctx context.Context, t tenant.ID) error {
	return s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error { return s.GiveOutTx(ctx, tx, t) })
}

func (s *Service) giveOut(ctx context.Context, j *jobs.Job, _ giveOut) error {
	_, err := s.GiveOut(ctx, j.Workspace)
	return err
}

// GiveOut gives the tickets that wait unassigned to available agents, oldest first, each to the one with
// the fewest open tickets at that moment. It returns how many found somebody. Repeating it does no harm.
func (s *Service) GiveOut(ctx context.Context, t tenant.ID) (int, error) {
	given := 0
	after := id.Zero
	for {
		var waiting []id.ID
		err := s.db.Read(ctx, t, func(ctx context.Context, q db.Reader) (err error) {
			waiting, err = listWaiting(ctx, q, t, after, 100)
			return err
		})
		if err != nil || len(waiting) == 0 {
			return given, err
		}
		for _, ticket := range waiting {
			ok, err := s.giveOne(ctx, t, ticket)
			if err != nil {
				return given, errs.Wrapf(err, "give out ticket %s", ticket)
			}
			if ok {
				given++
			}
		}
		after = waiting[len(waiting)-1]
	}
}

// listWaiting lists open tickets without an assignee, oldest first. MATERIALIZED keeps the engines from
// walking the workspace by id in the hope of meeting some: the waiting ones are an index range of their own.
func listWaiting(ctx context.Context, q db.Reader, t tenant.ID, after id.ID, limit int) ([]id.ID, error) {
	const text = `
		WITH waiting AS MATERIALIZED (SELECT k.id FROM ticket k WHERE k.tenant_id = $1 AND k.assignee_id IS NULL AND k.is_open = TRUE)
		SELECT w.id
		FROM waiting w
		WHERE w.id > $2
		ORDER BY w.id
		LIMIT $3`
	out, err := db.All(ctx, q, scanID, text, t, after[:], limit)
	return out, errs.Wrapf(err, "list waiting tickets")
}

func (s *Service) giveOne(ctx context.Context, t tenant.ID, ticket id.ID) (bool, error) {
	given := false
	who := auth.System(t, "assignment")
	err := s.db.Write(ctx, t, func(ctx context.Context, tx db.Tx) error {
		given = false
		k, err := lockAny(ctx, tx, t, ticket)
		if errs.Has(err, errs.NotFound) {
			return nil
		}
		if err != nil || !k.Assignee.IsZero() || !k.Status.IsOpen() {
			return err
		}
		to, err := leastLoaded(ctx, tx, t, k.Team)
		if err != nil || to.IsZero() {
			return err
		}
		given = true
		k.Assignee, k.ActivityAt = to, s.clock.Now()
		if err := s.save(ctx, tx, who, k); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, Assigned{Subject: subject(k), To: to, Automatic: true})
	})
	return given, err
}
