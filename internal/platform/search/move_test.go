package search

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// moveTo carries the index of one database to an empty one of the other engine.
func moveTo(t *testing.T, from, to *db.DB) {
	t.Helper()
	err := to.Load(t.Context(), func(ctx context.Context, tx db.Loader) error {
		if to.Engine() == db.Postgres {
			return ToPostgres(ctx, from, tx)
		}
		return ToSQLite(ctx, tx, func(table, into string) error {
			columns, err := db.Columns(ctx, tx, into)
			if err != nil {
				return err
			}
			r, w := io.Pipe()
			defer func() { _ = r.Close() }()
			go func() {
				_ = w.CloseWithError(from.Snapshot(t.Context(), func(ctx context.Context, s db.Snapshot) error {
					_, err := s.CopyOut(ctx, w, table, columns)
					return err
				}))
			}()
			_, err = tx.CopyIn(ctx, r, into, columns)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// index is what a PostgreSQL index holds, its sequence numbers left out.
func index(t *testing.T, d *db.DB) []string {
	t.Helper()
	var out []string
	err := d.ReadAll(t.Context(), func(ctx context.Context, q db.Reader) (err error) {
		out, err = db.All(ctx, q, func(r db.Row) (s string, err error) { return s, r.Scan(&s) }, `
			SELECT concat_ws(' ', tenant_id, kind, object, parent, words) FROM (
				SELECT tenant_id, kind, object, parent, seq, words FROM search_entity
				UNION ALL SELECT tenant_id, kind, object, parent, seq, words FROM search_message) i
			UNION ALL SELECT concat_ws(' ', tenant_id, kind, term, unused_since) FROM search_term
			ORDER BY 1`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func library() []Doc {
	docs := brand()
	for i, text := range append(hostile(), "", "...", strings.Repeat("same ", 400)+"end", strings.Repeat("a b c ", 3000)) {
		docs = append(docs, Doc{Kind: Message, Object: number64(100 + i), Parent: number64(11), Title: text, Body: text})
	}
	return docs
}

func TestAMovedIndexHoldsTheSameWordsInTheSamePlaces(t *testing.T) {
	t.Parallel()
	start := dbtest.Postgres(t)
	for _, w := range []id.Workspace{here, here + 1} {
		put(t, newIndex(), start, w, library()...)
	}
	want := index(t, start)
	if len(want) < 80 {
		t.Fatalf("only %d lines", len(want))
	}
	onLite, back := dbtest.SQLite(t), dbtest.Postgres(t)
	moveTo(t, start, onLite)
	moveTo(t, onLite, back)
	if diff := cmp.Diff(want, index(t, back)); diff != "" {
		t.Errorf("there and back again:\n%s", diff)
	}
	made, moved := dbtest.SQLite(t), dbtest.Postgres(t)
	for _, w := range []id.Workspace{here, here + 1} {
		put(t, newIndex(), made, w, library()...)
	}
	moveTo(t, made, moved)
	if diff := cmp.Diff(want, index(t, moved)); diff != "" {
		t.Errorf("an index made on SQLite:\n%s", diff)
	}
}

func TestAMovedIndexAnswersTheSameAndGoesOn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, from *db.DB) {
		put(t, newIndex(), from, here, library()...)
		to := dbtest.SQLite(t)
		if from.Engine() == db.SQLite {
			to = dbtest.Postgres(t)
		}
		asked := []Query{{Text: "parcel"}, {Text: "damaged parcel", Typo: true}, {Text: "parcle", Typo: true}, {Text: "1004"}, {Text: "442079"}, {Text: "same same same"}, {Text: "strasse"}}
		answers := func(d *db.DB) (out []string) {
			for _, q := range asked {
				q.Limit = 10
				hits, _ := find(t, newIndex(), d, here, q)
				out = append(out, fmt.Sprint(q.Text, objects(hits)))
			}
			return out
		}
		want := answers(from)
		moveTo(t, from, to)
		if diff := cmp.Diff(want, answers(to)); diff != "" {
			t.Error(diff)
		}
		put(t, newIndex(), to, here, Doc{Kind: Message, Object: number64(900), Body: "another parcel"}, Doc{Kind: Message, Object: number64(13), Body: "nothing left"})
		hits, _ := find(t, newIndex(), to, here, Query{Text: "parcel", Kinds: []Kind{Message}, Limit: 10})
		if diff := cmp.Diff([]int{900, 12}, objects(hits)); diff != "" {
			t.Errorf("after going on:\n%s", diff)
		}
	})
}

func TestWhatIsNoVectorIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"word", "'word", "'a':x", "'a':0", "'a'3", "'a':1 b", "'a':99999999", "'a':1,"} {
		if words, err := parseVector(text); err == nil {
			t.Errorf("%q gives %q", text, words)
		}
	}
}
