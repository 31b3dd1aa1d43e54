package jobs

import (
	"context"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
)

// States lists all states.
func States() []string {
	return []string{string(Queued), string(Running), string(Done), string(Dead), string(Cancelled)}
}

// Spec is what the list may be filtered by. Ids grow with time, so that the newest come first by key.
func Spec() *page.Spec {
	return &page.Spec{
		Default: "-createdAt", ID: "id",
		Fields: map[string]page.Field{
			"createdAt":   {Column: "id", Type: page.Instant, Sort: true, Doc: "When it was asked for", Where: whereCreated},
			"state":       {Column: "state", Type: page.Text, Enum: States(), Doc: "Where it stands", Where: whereState},
			"kind":        {Column: "kind", Type: page.Text, Doc: "What it does, such as outbox.send"},
			"createdById": {Column: "created_by", Type: page.Ref, Doc: "Who asked for it; none for the system"},
		},
	}
}

func whereCreated(w *db.Where, op string, values []any) {
	signs := map[string]string{"eq": "=", "gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
	w.And("created_at "+signs[op]+" ?", values[0])
}

// whereState writes a lone state of a partial index out, which the planner cannot see behind a placeholder.
func whereState(w *db.Where, _ string, values []any) {
	if len(values) == 1 {
		switch values[0] {
		case string(Dead):
			w.And("state = 'dead'")
			return
		case string(Queued):
			w.And("state = 'queued'")
			return
		case string(Running):
			w.And("state = 'running'")
			return
		}
	}
	db.In(w, "state", values)
}

// listText reads a page. Plan: backward range over the primary key, or over the index of the state.
func listText(w *db.Where, p *page.Query) (string, error) {
	p.Apply(w)
	order, err := p.Page(w)
	return `SELECT ` + infoColumns + ` FROM job WHERE tenant_id = $1` + w.SQL() + order, err
}

// List gives a page of the workspace's jobs, newest first unless asked otherwise. The caller checks the
// permission.
func (q *Queue) List(ctx context.Context, t id.Workspace, p *page.Query) (page.Result[Info], error) {
	w := db.NewWhere(t)
	text, err := listText(w, p)
	if err != nil {
		return page.Result[Info]{}, err
	}
	var out page.Result[Info]
	err = q.db.Read(ctx, t, func(ctx context.Context, r db.Reader) error {
		rows, err := db.All(ctx, r, scanInfo, text, w.Args()...)
		if err != nil {
			return err
		}
		out, err = page.Cut(p, rows, func(i Info) (any, id.ID) { return i.ID, i.ID })
		if err != nil || !p.Total {
			return err
		}
		c := db.NewWhere(t)
		p.Apply(c)
		n, err := db.Scalar[int64](ctx, r, `SELECT COUNT(*) FROM job WHERE tenant_id = $1`+c.SQL(), c.Args()...)
		out.Total = &n
		return err
	})
	return out, errs.Wrapf(err, "list jobs")
}
