package crash

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/test/binary"
)

func TestABackupUnderLoadIsOneMomentAndRestoresOnEitherDatabase(t *testing.T) {
	t.Parallel()
	kills, seed := wanted(t)
	for _, from := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run("from "+string(from), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, from, seed, false)
			w.setUp(t.Context())
			times := 1
			if kills > shortKills {
				times = 5
			}
			var files []string
			var cuts []int
			w.underLoad(t.Context(), func() {
				for i := range times {
					w.awaitOr(w.process.Ended(), 300*time.Millisecond)
					cut, err := w.ledger.length()
					w.must(err)
					file := filepath.Join(t.TempDir(), fmt.Sprintf("backup%d.tar.gz", i))
					w.must(w.at.Run("", "backup", file))
					files, cuts = append(files, file), append(cuts, cut)
				}
			})
			r, err := w.ledger.read()
			w.must(err)
			for i, file := range files {
				for _, to := range []db.Engine{db.SQLite, db.Postgres} {
					w.restored(t.Context(), r, cuts[i], file, to)
				}
			}
			for _, text := range w.faults {
				t.Error(text)
			}
		})
	}
}

// underLoad lets everybody work while something is done.
func (w *world) underLoad(ctx context.Context, do func()) {
	w.t.Helper()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	for _, c := range w.clients {
		all.Go(func() {
			for ctx.Err() == nil {
				if err := c.work(ctx); err != nil && !errors.Is(err, errDown) {
					w.fault("%v", err)
				}
			}
		})
	}
	do()
	stop()
	all.Wait()
}

// restored puts a backup somewhere else and judges it: what was acknowledged before the backup began is
// there, nothing is half, and people sign in.
func (w *world) restored(ctx context.Context, r record, cut int, file string, to db.Engine) {
	w.t.Helper()
	other := binary.New(w.t, to)
	w.must(other.Run("", "restore", file))
	d := w.open(ctx, other)
	f, err := look(ctx, d, other.Settings["DATA_DIR"], false)
	w.must(errors.Join(err, d.Close()))
	for _, text := range judge(r, cut, f).all() {
		w.fault("restored on %s: %s", to, text)
	}
	must, may := 0, 0
	for _, a := range r.accounts(cut) {
		switch a.what {
		case acknowledged:
			must++
		case sent:
			may++
		case failed:
		}
	}
	w.t.Logf("%s to %s: %d writes acknowledged before the backup began are there; %d later ones may be", w.engine, to, must, may)
	p, err := other.StartAt(w.address2(), nil)
	w.must(err)
	defer p.Kill()
	old := w.address
	w.address = p.Address
	defer func() { w.address = old }()
	for _, name := range w.spaces {
		w.signIn(ctx, name)
	}
}

// address2 is a second free address.
func (w *world) address2() string {
	w.t.Helper()
	a, err := binary.FreeAddress()
	w.must(err)
	return a
}

func TestTheJudgeSeesWhatItIsMadeFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, db.SQLite, 7, false)
	w.setUp(t.Context())
	w.underLoad(t.Context(), func() {
		w.until("some hundred writes", time.Minute, func() bool {
			n, err := w.ledger.length()
			w.must(err)
			return n > 1000
		})
	})
	w.process.Kill()
	w.check(t.Context())
	if len(w.faults) > 0 {
		t.Fatal(w.faults)
	}
	r, err := w.ledger.read()
	w.must(err)
	for _, c := range []struct{ name, damage string }{
		{"a lost note", `DELETE FROM order_note WHERE id = (SELECT MIN(id) FROM order_note)`},
		{"a doubled message", `
			INSERT INTO ticket_message (tenant_id, id, ticket_id, internal, author_kind, author_id, body, html, state, held_until, file_count, created_at, updated_at)
			SELECT tenant_id, randomblob(16), ticket_id, internal, author_kind, author_id, body, html, state, held_until, file_count, created_at, updated_at
			FROM ticket_message WHERE body LIKE 'Regarding %' LIMIT 1`},
		{"another content", `UPDATE customer SET first_name = 'Somebody' WHERE id = (SELECT MIN(id) FROM customer)`},
		{"half an order", `DELETE FROM order_line WHERE position = (SELECT MAX(position) FROM order_line)`},
		{"an event that is missing", `DELETE FROM event WHERE id = (SELECT MIN(id) FROM event WHERE kind = 'ticket.created')`},
		{"an event that happened twice", `
			INSERT INTO event (tenant_id, id, kind, occurred_at, recorded_at, actor_kind, actor_id, customer_id, object_kind, object_id, audience, data)
			SELECT tenant_id, randomblob(16), kind, occurred_at, recorded_at, actor_kind, actor_id, customer_id, object_kind, object_id, audience, data
			FROM event WHERE kind = 'order.placed' LIMIT 1`},
		{"a message that no search finds", `DELETE FROM search_doc WHERE object = (SELECT MIN(id) FROM ticket_message WHERE state = 'sent')`},
		{"a ticket that counts wrongly", `UPDATE ticket SET message_count = message_count + 1 WHERE number = 1`},
		{"a status of before", `UPDATE ticket SET status = 'never'`},
		{"a session that ended", `UPDATE session SET revoked_at = 1 WHERE id = (SELECT MIN(id) FROM session)`},
		{"other bytes", `UPDATE media_file SET size = size + 1`},
		{"a sale that nobody made", `
			INSERT INTO product (tenant_id, id, sku, title, title_key, description, status, price, currency, rating_count, fields, version, created_at, updated_at)
			VALUES (1, randomblob(16), 'X', 'X', 'x', '', 'active', 1, 'GBP', 0, '{}', 1, 1, 1)`},
	} {
		d := w.open(t.Context(), w.at)
		undo := errors.New("taken back")
		err := d.WriteAll(t.Context(), func(ctx context.Context, tx db.Tx) error {
			if _, err := tx.Exec(ctx, `PRAGMA defer_foreign_keys = ON`); err != nil {
				return err
			}
			n, err := tx.Exec(ctx, c.damage)
			if err != nil || n == 0 {
				t.Errorf("%s: nothing to damage (%v)", c.name, err)
				return undo
			}
			f, err := lookIn(ctx, tx, w.at.Settings["DATA_DIR"], false)
			if err != nil {
				return err
			}
			if len(judge(r, r.whole(), f).all()) == 0 {
				t.Errorf("%s is not seen", c.name)
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Errorf("%s: %v", c.name, err)
		}
		w.must(d.Close())
	}
}
