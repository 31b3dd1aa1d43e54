package event

import (
	"context"
	"encoding/json"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Past is a fact that belongs to history: who made it happen, and when.
type Past struct {
	Fact Fact
	By   Origin
	At   time.Time
}

// History writes facts that happened long ago, many at once. The journey shows them; nobody reacts to
// them and no live stream hears of them, also none that resumes, because their ids sort by when they happened.
func (l *Log) History(ctx context.Context, tx db.Tx, t id.Workspace, past ...Past) error {
	const head = `INSERT INTO event (tenant_id, id, kind, occurred_at, recorded_at, actor_kind, actor_id, customer_id, object_kind, object_id, audience, data)`
	now := l.clock.Now()
	rows := make([][]any, len(past))
	for i, p := range past {
		data, err := json.Marshal(p.Fact)
		if err != nil {
			return errs.Wrapf(err, "encode %s", p.Fact.EventKind())
		}
		a := p.Fact.About()
		if a.Audience == "" {
			a.Audience = Staff
		}
		rows[i] = []any{
			t, id.At(p.At), p.Fact.EventKind(), db.Micros(p.At), db.Micros(now), p.By.Kind, p.By.ID, a.Customer, a.ObjectKind, a.Object, string(a.Audience), string(data),
		}
	}
	return errs.Wrapf(db.InsertMany(ctx, tx, head, "", rows), "insert %d events", len(rows))
}

// Purge deletes the events of objects that were removed without a trace, such as samples.
func Purge(ctx context.Context, tx db.Tx, t id.Workspace, objects []id.ID) error {
	for _, column := range []string{"object_id", "customer_id"} {
		w := db.NewWhere(t)
		db.In(w, column, objects)
		if _, err := tx.Exec(ctx, `DELETE FROM event WHERE tenant_id = $1`+w.SQL(), w.Args()...); err != nil {
			return errs.Wrapf(err, "delete events of %d objects", len(objects))
		}
	}
	return nil
}
