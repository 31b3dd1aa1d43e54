package crash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
)

// shortKills is how often the program is killed on each database where nobody asks for more.
const shortKills = 12

// wanted is the number of kills and the seed: THROUGHLINE_TEST_KILLS and THROUGHLINE_TEST_SEED.
func wanted(t *testing.T) (kills int, seed uint64) {
	t.Helper()
	kills, seed = shortKills, 1
	if text := os.Getenv("THROUGHLINE_TEST_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("THROUGHLINE_TEST_KILLS is %q, no number of kills", text)
		}
		kills = n
	}
	if text := os.Getenv("THROUGHLINE_TEST_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	return kills, seed
}

func TestWhatWasAcknowledgedOutlivesEveryKill(t *testing.T) {
	t.Parallel()
	kills, seed := wanted(t)
	for _, e := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, e, seed, kills > shortKills)
			w.firstStarts(max(2, kills/10))
			w.setUp(t.Context())
			every := max(6, kills/8)
			for next := every; w.kills() < kills; {
				w.round(t.Context())
				if w.kills() >= next {
					w.check(t.Context())
					next += every
				}
			}
			w.finish(t.Context())
		})
	}
}

// check judges the data as the last kill left them.
func (w *world) check(ctx context.Context) {
	w.t.Helper()
	w.checks++
	r, err := w.ledger.read()
	w.must(err)
	d := w.open(ctx, w.at)
	f, err := look(ctx, d, w.at.Settings["DATA_DIR"], false)
	w.must(errors.Join(err, d.Close()))
	for _, text := range judge(r, r.whole(), f).all() {
		w.fault("after %d kills: %s", w.kills(), text)
	}
}

// finish brings everything to its end, judges that, and prints the numbers.
func (w *world) finish(ctx context.Context) {
	w.t.Helper()
	w.older(ctx)
	w.start()
	for _, c := range w.clients {
		for range 20 {
			if err := c.again(ctx, true); err != nil {
				w.fault("without a kill: %v\n%s", err, w.process.Log)
			}
			if len(c.pending) == 0 {
				break
			}
		}
		if len(c.pending) > 0 {
			w.fault("%s %s never gets an answer", c.pending[0].Method, c.pending[0].Path)
		}
	}
	for w.imports.file != "" {
		w.must(w.imports.run(nil, false))
	}
	w.rest(ctx)
	w.sweep(ctx)
	w.compare(ctx)
	if err := w.process.Stop(); err != nil {
		w.fault("%v", err)
	}
	w.process = nil
	if err := w.at.Run("", "doctor"); err != nil {
		w.fault("%v", err)
	}
	r, err := w.ledger.read()
	w.must(err)
	d := w.open(ctx, w.at)
	f, err := look(ctx, d, w.at.Settings["DATA_DIR"], true)
	w.must(errors.Join(err, d.Close()))
	v := judge(r, r.whole(), f)
	orphaned := 0
	for _, text := range v.all() {
		w.fault("in the end: %s", text)
		if strings.HasPrefix(text, "orphan") {
			orphaned++
		}
	}
	for _, text := range slices.Compact(w.faults) {
		w.t.Error(text)
	}
	n := r.numbers()
	renewed := 0
	for _, d := range w.devices {
		renewed += d.renewed
	}
	var how []string
	for _, kind := range slices.Sorted(maps.Keys(w.deaths)) {
		how = append(how, fmt.Sprintf("%d %s", w.deaths[kind], kind))
	}
	w.t.Logf("%s: %d kills of the program; all deaths: %s", w.engine, w.kills(), strings.Join(how, ", "))
	w.t.Logf("%s: writes acknowledged %d, unknown %d, failed %d; renewals %d; lost %d, doubled %d, invented %d, otherwise wrong %d, orphans %d; judged %d times",
		w.engine, n.acknowledged, n.unknown, n.failed, renewed, len(v.lost), len(v.doubled), len(v.invented), len(v.other), orphaned, w.checks+1)
}

// older makes what the dead process held look a while old, instead of waiting.
func (w *world) older(ctx context.Context) {
	w.t.Helper()
	d := w.open(ctx, w.at)
	err := d.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE idempotency_key SET created_at = created_at - 120000000 WHERE status = 0`)
		if err == nil && !w.long { // else the leases run out by themselves
			_, err = tx.Exec(ctx, `UPDATE job SET lease_until = 1 WHERE state = 'running'`)
		}
		return err
	})
	w.must(errors.Join(err, d.Close()))
}

// until polls for something that comes about by itself.
func (w *world) until(what string, limit time.Duration, ok func() bool) {
	w.t.Helper()
	end := time.Now().Add(limit)
	for !ok() {
		if time.Now().After(end) {
			w.fault("%s does not come about within %s", what, limit)
			return
		}
		w.awaitOr(w.process.Ended(), 50*time.Millisecond)
	}
}

// rest waits for the queue: a lease that a kill left runs out within half a minute, and every job is done.
func (w *world) rest(ctx context.Context) {
	w.t.Helper()
	d := w.open(ctx, w.at)
	if w.long {
		w.until("the end of stale leases", 45*time.Second, func() bool { return w.count(ctx, d, `SELECT COUNT(*) FROM job WHERE state = 'running'`) == 0 })
	}
	w.until("the end of the queue", time.Minute, func() bool {
		w.must(d.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE job SET run_at = 1 WHERE state = 'queued' AND kind NOT LIKE 'ticket.%'`)
			return err
		}))
		return w.count(ctx, d, `SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')`) == 0
	})
	w.must(d.Close())
}

func (w *world) count(ctx context.Context, d *db.DB, text string) (n int64) {
	w.t.Helper()
	w.must(d.ReadAll(ctx, func(ctx context.Context, q db.Reader) (err error) {
		n, err = db.Scalar[int64](ctx, q, text)
		return err
	}))
	return n
}

// sweep makes what lies about a day old, and the sweeper's turn due.
func (w *world) sweep(ctx context.Context) {
	w.t.Helper()
	dir := filepath.Join(w.at.Settings["DATA_DIR"], "files")
	then := time.Now().Add(-25 * time.Hour)
	w.must(filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		return os.Chtimes(p, then, then)
	}))
	d := w.open(ctx, w.at)
	w.must(d.WriteAll(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE periodic SET due_at = 1 WHERE name = 'media.sweep'`)
		return err
	}))
	known := map[string]bool{}
	w.must(d.ReadAll(ctx, func(ctx context.Context, q db.Reader) error {
		return each(ctx, q, `SELECT blob_key, thumbnail_key FROM media_file`, func(r db.Row) error {
			var a, b string
			err := r.Scan(&a, db.Text(&b))
			known[a], known[b] = true, true
			return err
		})
	}))
	found, err := orphans(dir, known)
	w.must(err)
	w.t.Logf("%s: %d files without a row or half before the sweeper", w.engine, len(found))
	w.until("a clean folder", 20*time.Second, func() bool {
		left, err := orphans(dir, known)
		return err == nil && len(left) == 0
	})
	w.must(d.Close())
}

// compare compares what the API says with what is there: counts of tickets, what was paid, and that each
// acknowledged message is found by its word.
func (w *world) compare(ctx context.Context) {
	w.t.Helper()
	d := w.open(ctx, w.at)
	defer func() { _ = d.Close() }()
	r, err := w.ledger.read()
	w.must(err)
	for s, name := range w.spaces {
		token := w.signIn(ctx, name).text("token")
		counts := w.ask(ctx, token, http.MethodGet, "/tickets/counts", "")
		for kind, where := range map[string]string{"open": `is_open`, "unassigned": `is_open AND assignee_id IS NULL`} {
			said, _ := counts.body[kind].(map[string]any)
			want := w.count(ctx, d, fmt.Sprintf(`SELECT COUNT(*) FROM ticket WHERE tenant_id = %d AND %s`, s+1, where))
			if more, _ := said["more"].(bool); !more && said["count"] != float64(want) {
				w.fault("%s says %v tickets are %s, there are %d", name, said["count"], kind, want)
			}
		}
		missing := 0
		for _, a := range r.accounts(r.whole()) {
			if a.Space != s || a.what != acknowledged || a.id == "" {
				continue
			}
			switch a.Kind {
			case "message":
				hits := w.ask(ctx, token, http.MethodGet, "/search?kind=message&q="+url.QueryEscape(a.Mark), "")
				rows, _ := hits.body["data"].([]any)
				ticket, _, _ := strings.Cut(strings.TrimPrefix(a.Path, "/tickets/"), "/")
				if len(rows) != 1 || rows[0].(map[string]any)["id"] != ticket {
					if missing++; missing < 4 {
						w.fault("the search for message %s gives %v", a.Mark, rows)
					}
				}
			case "order":
				o := w.ask(ctx, token, http.MethodGet, "/orders/"+a.id, "")
				said, _ := o.body["paid"].(map[string]any)
				sum := w.count(ctx, d, fmt.Sprintf(`SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payment_transaction WHERE tenant_id = %d AND order_id = (SELECT id FROM sales_order WHERE tenant_id = %d AND number = '%s')`, s+1, s+1, a.Mark))
				if said["amount"] != float64(sum) {
					w.fault("order %s says %v was paid, the payments sum to %d", a.Mark, said["amount"], sum)
				}
			}
		}
	}
}
