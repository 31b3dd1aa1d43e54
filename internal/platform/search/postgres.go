package search

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// pgTexts are the statements of one table.
type pgTexts struct{ put, remove, walk, more, find, identified string }

func pg(k Kind, walled bool) pgTexts {
	table := "search_entity"
	if k == Message {
		table = "search_message"
	}
	from := ""
	if walled {
		from = "_here" // the view; under the table's policy the inverted index would not be used
	}
	return pgTexts{
		put: `INSERT INTO ` + table + ` (tenant_id, kind, object, parent, seq, words)
			SELECT $1, $2, d.object::uuid, NULLIF(d.parent, '')::uuid, $3 + d.place, d.words::tsvector
			FROM unnest($4::text[], $5::text[], $6::bigint[], $7::text[]) AS d (object, parent, place, words)
			ON CONFLICT (tenant_id, kind, object) DO UPDATE SET parent = excluded.parent, words = excluded.words`,
		remove: `DELETE FROM ` + table + ` WHERE tenant_id = $1 AND kind = $2 AND object = $3`,
		// Looks through the newest rows one by one, by the index on seq.
		walk: `SELECT w.seq, w.object, w.parent
			FROM (
				SELECT seq, object, parent, words FROM ` + table + `
				WHERE tenant_id = $1 AND kind = $2 AND (seq, object) < ($3, $4)
				ORDER BY seq DESC, object DESC
				LIMIT $7
			) w
			WHERE w.words @@ $5::text::tsquery
			ORDER BY w.seq DESC, w.object DESC
			LIMIT $6`,
		more: `SELECT 1 FROM ` + table + `
			WHERE tenant_id = $1 AND kind = $2 AND (seq, object) < ($3, $4)
			ORDER BY seq DESC, object DESC
			LIMIT 1 OFFSET $5`,
		// Finds all matches in the inverted index and sorts them. The zeros keep the planner from
		// walking by seq, which walk has already done for words that are common.
		find: `SELECT seq, object, parent
			FROM ` + table + from + `
			WHERE words @@ $5::text::tsquery AND tenant_id + 0 = $1 AND kind + 0 = $2 AND (seq + 0, object) < ($3, $4)
			ORDER BY seq + 0 DESC, object DESC
			LIMIT $6`,
		// The same for a word that few have, in all the table's kinds.
		identified: `SELECT kind, seq, object, parent
			FROM ` + table + from + `
			WHERE words @@ $2::text::tsquery AND tenant_id + 0 = $1
			ORDER BY seq + 0 DESC, object DESC
			LIMIT $3`,
	}
}

func (x *Index) putPostgres(ctx context.Context, tx db.Tx, t id.Workspace, rows []row) error {
	first := x.next(len(rows))
	for _, k := range Kinds() {
		var objects, parents, words []string
		var places []int64
		for i, r := range rows {
			if r.doc.Kind == k {
				objects = append(objects, r.doc.Object.String())
				parents = append(parents, r.doc.Parent.String())
				places = append(places, int64(i))
				words = append(words, vector(t, k, r.words))
			}
		}
		if len(objects) == 0 {
			continue
		}
		if err := tx.Later(ctx, pg(k, db.Walled(tx)).put, int64(t), k.code(), first, objects, parents, places, words); err != nil {
			return err
		}
	}
	return nil
}

func removePostgres(ctx context.Context, tx db.Tx, t id.Workspace, k Kind, object id.ID) error {
	err := tx.Later(ctx, pg(k, db.Walled(tx)).remove, int64(t), k.code(), object)
	return err
}

// home is the lexeme that keeps workspaces and kinds apart inside the inverted index.
func home(t id.Workspace, k Kind) string {
	return "¶" + strconv.FormatInt(k.code(), 10) + "." + strconv.FormatInt(int64(t), 36)
}

// vector writes words as a tsvector: 'word':position. Words are letters and digits, so nothing needs escaping.
func vector(t id.Workspace, k Kind, words []string) string {
	var b strings.Builder
	b.Grow(16 + 12*len(words))
	b.WriteString("'" + home(t, k) + "'")
	for i, w := range words {
		if w == gap {
			continue
		}
		b.WriteString(" '")
		b.WriteString(w)
		b.WriteString("':")
		b.WriteString(strconv.Itoa(i + 1))
	}
	return b.String()
}

const (
	firstWalk = 300    // newest rows that every question looks at
	fewRows   = 3000   // a workspace with no more of a kind is always walked to its end
	maxWalk   = 10_000 // rows that a common word may take
)

// findPostgres answers the newest matches of one kind before a place in the order. A common word is found by
// walking the newest rows; a rare one has few matches for the inverted index to find and sort; neither plan is
// good at both. A short walk tells which it is.
func (x *Index) findPostgres(ctx context.Context, q db.Reader, t id.Workspace, k Kind, e expression, before place, limit int) ([]Hit, error) {
	texts, query := pg(k, db.Walled(q)), e.tsquery()
	for rows := firstWalk; ; {
		hits, err := db.All(ctx, q, scanHit(k), texts.walk, int64(t), k.code(), before.seq, before.object, query, limit, rows)
		if err != nil || len(hits) >= limit || rows == fewRows+1 {
			return hits, errs.Wrapf(err, "walk the newest")
		}
		if rows == firstWalk {
			more, err := x.manyBefore(ctx, q, t, k, before)
			if err != nil {
				return nil, err
			}
			if !more {
				rows = fewRows + 1
				continue
			}
		}
		if rows = 2 * rows * limit / max(len(hits), 1); len(hits) == 0 || rows > maxWalk {
			return lookUpPostgres(ctx, q, t, k, e, before, limit)
		}
	}
}

// manyFor is how long a kind with many rows is believed to have them. It could only become wrong by deleting
// nearly all of them, and then costs a look into the inverted index.
const manyFor = 10 * time.Minute

type shelf struct {
	t id.Workspace
	k Kind
}

// manyBefore tells whether there are more than fewRows before a place, from memory when it is the newest.
func (x *Index) manyBefore(ctx context.Context, q db.Reader, t id.Workspace, k Kind, before place) (bool, error) {
	now := x.clock.Now()
	if before == newest() {
		if seen, ok := x.many.Load(shelf{t, k}); ok && now.Sub(seen.(time.Time)) < manyFor { // only times are stored
			return true, nil
		}
	}
	more, err := db.Exists(ctx, q, pg(k, db.Walled(q)).more, int64(t), k.code(), before.seq, before.object, fewRows+1)
	if err == nil && more && before == newest() {
		x.many.Store(shelf{t, k}, now)
	}
	return more, errs.Wrapf(err, "see how many there are")
}

// identifiedPostgres asks the inverted index for one word in all the kinds at once.
func identifiedPostgres(ctx context.Context, q db.Reader, t id.Workspace, kinds []Kind, word string) (map[Kind][]Hit, error) {
	homes := make([]string, len(kinds))
	byCode := make(map[int64]Kind, len(kinds))
	for i, k := range kinds {
		homes[i], byCode[k.code()] = "'"+home(t, k)+"'", k
	}
	out := map[Kind][]Hit{}
	_, err := db.All(ctx, q, func(r db.Row) (struct{}, error) {
		var h Hit
		var code int64
		err := r.Scan(&code, &h.at.seq, &h.Object, &h.Parent)
		h.Kind, h.at.object = byCode[code], h.Object
		if len(out[h.Kind]) < maxWhole {
			out[h.Kind] = append(out[h.Kind], h)
		}
		return struct{}{}, err
	}, pg(kinds[0], db.Walled(q)).identified, int64(t), "'"+word+"' & ("+strings.Join(homes, " | ")+")", maxWhole*len(kinds))
	return out, err
}

// lookUpPostgres asks the inverted index at once, for what is known to be rare.
func lookUpPostgres(ctx context.Context, q db.Reader, t id.Workspace, k Kind, e expression, before place, limit int) ([]Hit, error) {
	hits, err := db.All(ctx, q, scanHit(k), pg(k, db.Walled(q)).find, int64(t), k.code(), before.seq, before.object, "'"+home(t, k)+"' & ("+e.tsquery()+")", limit)
	return hits, errs.Wrapf(err, "search the inverted index")
}
