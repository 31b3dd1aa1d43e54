package ticket

import (
	"context"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// seenBy adds the condition that ticket k is within the actor's reach. Own tickets are those assigned to
// the actor, created by them, followed by them (a mention makes one follow), and those that wait
// unassigned in one of their teams or in no team. It stands inside CASE so that neither engine tries to
// start from it: whoever uses it starts from something narrower.
func seenBy(w *db.Where, who auth.Actor, r auth.Reach) {
	switch r {
	case auth.All:
	case auth.Own:
		w.And(ownCondition(w, who))
	case auth.None:
		w.And("1 = 0")
	}
}

func ownCondition(w *db.Where, who auth.Actor) string {
	me := w.Arg(who.User)
	return `CASE WHEN k.assignee_id = ` + me + ` OR k.created_by = ` + me + `
		OR EXISTS (SELECT 1 FROM ticket_follower f WHERE f.tenant_id = k.tenant_id AND f.ticket_id = k.id AND f.user_id = ` + me + `)
		OR (k.assignee_id IS NULL AND ` + inMyQueues(w, who) + `) THEN 1 ELSE 0 END = 1`
}

// inMyQueues is that the ticket's team is everybody's (none) or one of the actor's.
func inMyQueues(w *db.Where, who auth.Actor) string {
	if len(who.Teams) == 0 {
		return "k.team_id IS NULL"
	}
	return "(k.team_id IS NULL OR k.team_id IN (" + db.List(w, who.Teams) + "))"
}

func isOwn(ctx context.Context, q db.Reader, who auth.Actor, ticket id.ID) (bool, error) {
	w := db.NewWhere(who.Tenant, ticket)
	seenBy(w, who, auth.Own)
	own, err := db.Exists(ctx, q, `SELECT 1 FROM ticket k WHERE k.tenant_id = $1 AND k.id = $2`+w.SQL(), w.Args()...)
	return own, errs.Wrapf(err, "look ticket %s up", ticket)
}
