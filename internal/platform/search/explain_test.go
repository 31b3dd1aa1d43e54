package search

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// plan reads what EXPLAIN says, one line per step.
func plan(t *testing.T, d *db.DB, q string, args ...any) string {
	t.Helper()
	explain := "EXPLAIN QUERY PLAN "
	if d.Engine() == db.Postgres {
		explain = "EXPLAIN "
	}
	var out strings.Builder
	err := d.Read(t.Context(), here, func(ctx context.Context, r db.Reader) error {
		rows, err := r.Query(ctx, explain+q, args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var line string
			var skip int
			dest := []any{&line}
			if d.Engine() == db.SQLite {
				dest = []any{&skip, &skip, &skip, &line}
			}
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			fmt.Fprintln(&out, line)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestSQLiteWalksMatchesBackwardsWithoutSorting(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	got := plan(t, d, lite(Message).find, int64(here), int64(here)*perWorkspace, `"a"`, int64(here+1)*perWorkspace-1, 20)
	if !strings.Contains(got, "VIRTUAL TABLE INDEX") || !strings.Contains(got, "PRIMARY KEY (tenant_id=? AND seq=?)") || strings.Contains(got, "TEMP B-TREE") {
		t.Error(got)
	}
}

func TestPostgresWalksBySequenceAndLooksRareWordsUpInTheInvertedIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	s := newSample()
	x := newIndex()
	put(t, x, d, here, s.many(20_000, s.message)...)
	if err := d.Exec(t.Context(), "VACUUM ANALYZE search_message"); err != nil {
		t.Fatal(err)
	}
	last := newest()
	walk := plan(t, d, pg(Message, true).walk, int64(here), Message.code(), last.seq, last.object, "'a'", 20, firstWalk)
	if !strings.Contains(walk, "search_message_by_seq") || strings.Contains(walk, "Sort") {
		t.Error(walk)
	}
	identified := plan(t, d, pg(Message, true).identified, int64(here), "'"+s.words[9000]+"' & ('"+home(here, Message)+"' | '"+home(here, Ticket)+"')", 20)
	if !strings.Contains(identified, "Bitmap Index Scan on search_message_words") {
		t.Error(identified)
	}
	for _, w := range []string{s.words[0], s.words[9000]} {
		find := plan(t, d, pg(Message, true).find, int64(here), Message.code(), last.seq, last.object, "'"+home(here, Message)+"' & '"+w+"'", 20)
		if w != s.words[0] && !strings.Contains(find, "Bitmap Index Scan on search_message_words") {
			t.Error(find)
		}
		if strings.Contains(find, "by_seq") {
			t.Error(find)
		}
	}
}
