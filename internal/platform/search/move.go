package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Moving an index to the other engine carries each document's words with their places over, so that what was
// found is found again, in the same order, without asking the rooms for their texts.

// moveBatch is how many documents are written at once.
const moveBatch = 500

// ToPostgres fills the empty index of a PostgreSQL database from that of a SQLite database, in which it makes
// tables of its own: hand in a copy that is thrown away.
func ToPostgres(ctx context.Context, from *db.DB, tx db.Tx) error {
	// The words of all documents are sorted by document, which memory may not hold.
	if err := from.Exec(ctx, `PRAGMA temp_store = file`); err != nil {
		return errs.Wrapf(err, "sort on disk")
	}
	return from.WriteAll(ctx, func(_ context.Context, lite db.Tx) error {
		for _, k := range Kinds() {
			if err := moveKind(ctx, lite, tx, k); err != nil {
				return errs.Wrapf(err, "move the index of %s", k)
			}
		}
		return errs.Wrapf(moveTerms(ctx, lite, tx), "move the vocabulary")
	})
}

// moved is a document on its way.
type moved struct {
	tenant         id.Workspace
	seq            int64
	object, parent id.ID
	words          []string
}

func moveKind(ctx context.Context, lite, tx db.Tx, k Kind) error {
	table := "search_" + string(k)
	if _, err := lite.Exec(ctx, `CREATE VIRTUAL TABLE moving_`+string(k)+` USING fts5vocab(`+table+`, 'instance')`); err != nil {
		return err
	}
	words, err := openWords(ctx, lite, k)
	if err != nil {
		return err
	}
	defer func() { _ = words.rows.Close() }()
	docs, err := lite.Query(ctx, `SELECT tenant_id, seq, object, parent FROM search_doc WHERE kind = $1 ORDER BY tenant_id, seq`, k.code())
	if err != nil {
		return err
	}
	defer func() { _ = docs.Close() }()
	var batch []moved
	flush := func() error {
		defer func() { batch = batch[:0] }()
		return putMoved(ctx, tx, k, batch)
	}
	for docs.Next() {
		var m moved
		if err := docs.Scan(&m.tenant, &m.seq, &m.object, &m.parent); err != nil {
			return err
		}
		if len(batch) == moveBatch || len(batch) > 0 && batch[0].tenant != m.tenant {
			if err := flush(); err != nil {
				return err
			}
		}
		if m.words, err = words.of(int64(m.tenant)*perWorkspace + m.seq); err != nil {
			return err
		}
		batch = append(batch, m)
	}
	return errors.Join(docs.Err(), flush())
}

// wordCursor walks the words of all documents in the order of the documents.
type wordCursor struct {
	rows *sql.Rows
	doc  int64 // of the word at hand; 0 before the first
	word string
	at   int
	done bool
}

func openWords(ctx context.Context, lite db.Tx, k Kind) (*wordCursor, error) {
	rows, err := lite.Query(ctx, `SELECT doc, term, "offset" FROM moving_`+string(k)+` ORDER BY doc`) //nolint:rowserrcheck // next checks it
	if err != nil {
		return nil, err
	}
	c := &wordCursor{rows: rows}
	return c, c.next()
}

func (c *wordCursor) next() error {
	if !c.rows.Next() {
		c.done = true
		return c.rows.Err()
	}
	return c.rows.Scan(&c.doc, &c.word, &c.at)
}

// of gives one document's words in their places; documents are asked for in order.
func (c *wordCursor) of(doc int64) (words []string, err error) {
	for !c.done && c.doc <= doc {
		if c.doc == doc {
			words = set(words, c.at, c.word)
		}
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	return words, nil
}

// set puts a word in its place; places before it that nothing has taken are gaps.
func set(words []string, at int, word string) []string {
	for len(words) <= at {
		words = append(words, gap)
	}
	words[at] = word
	return words
}

func putMoved(ctx context.Context, tx db.Tx, k Kind, docs []moved) error {
	if len(docs) == 0 {
		return nil
	}
	objects, parents, vectors := make([]string, len(docs)), make([]string, len(docs)), make([]string, len(docs))
	seqs := make([]int64, len(docs))
	for i, m := range docs {
		objects[i], parents[i], vectors[i], seqs[i] = m.object.String(), m.parent.String(), vector(m.tenant, k, m.words), m.seq
	}
	_, err := tx.Exec(ctx, pg(k, false).put, int64(docs[0].tenant), k.code(), 0, objects, parents, seqs, vectors)
	return err
}

func moveTerms(ctx context.Context, lite, tx db.Tx) error {
	rows, err := lite.Query(ctx, `SELECT tenant_id, kind, term, unused_since FROM search_term`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var batch [][]any
	flush := func() error {
		defer func() { batch = batch[:0] }()
		return db.InsertMany(ctx, tx, `INSERT INTO search_term (tenant_id, kind, term, unused_since)`, "", batch)
	}
	for rows.Next() {
		var tenant, kind int64
		var term string
		var unused sql.NullInt64
		if err := rows.Scan(&tenant, &kind, &term, &unused); err != nil {
			return err
		}
		if batch = append(batch, []any{tenant, kind, term, unused}); len(batch) == moveBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return errors.Join(rows.Err(), flush())
}

// ToSQLite fills the empty index of a SQLite database from that of a PostgreSQL database. fill copies one of
// PostgreSQL's tables into a table of the transaction that has the same columns.
func ToSQLite(ctx context.Context, tx db.Tx, fill func(table, into string) error) error {
	const arrive = `CREATE TABLE search_moving (tenant_id BIGINT NOT NULL, kind BIGINT NOT NULL, object UUID NOT NULL, parent UUID,
		seq BIGINT NOT NULL, words TEXT NOT NULL, PRIMARY KEY (tenant_id, seq, object, kind)) WITHOUT ROWID`
	if _, err := tx.Exec(ctx, arrive); err != nil {
		return errs.Wrapf(err, "make room for the index")
	}
	for _, f := range [][2]string{{"search_entity", "search_moving"}, {"search_message", "search_moving"}, {"search_term", "search_term"}} {
		if err := fill(f[0], f[1]); err != nil {
			return err
		}
	}
	if err := putArrived(ctx, tx); err != nil {
		return errs.Wrapf(err, "write the index")
	}
	_, err := tx.Exec(ctx, `DROP TABLE search_moving`)
	return errs.Wrapf(err, "clear up after the index")
}

// putArrived numbers the documents anew, in their order: here no two of a workspace share a number.
func putArrived(ctx context.Context, tx db.Tx) error {
	rows, err := tx.Query(ctx, `SELECT tenant_id, kind, object, parent, words FROM search_moving ORDER BY tenant_id, seq, object, kind`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	kinds := map[int64]Kind{}
	for _, k := range Kinds() {
		kinds[k.code()] = k
	}
	var tenant, seq int64
	for rows.Next() {
		var t, code int64
		var object, parent id.ID
		var text string
		if err := rows.Scan(&t, &code, &object, &parent, &text); err != nil {
			return err
		}
		k, ok := kinds[code]
		if !ok {
			return fmt.Errorf("there is no kind %d", code)
		}
		words, err := parseVector(text)
		if err != nil {
			return errs.Wrapf(err, "%s %s", k, object)
		}
		if t != tenant {
			tenant, seq = t, 0
		}
		seq++
		const doc = `INSERT INTO search_doc (tenant_id, seq, kind, object, parent) VALUES ($1, $2, $3, $4, $5)`
		if _, err := tx.Exec(ctx, doc, t, seq, code, object, parent); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, lite(k).insert, t*perWorkspace+seq, strings.Join(words, " ")); err != nil {
			return err
		}
	}
	return rows.Err()
}

// parseVector reads what vector has written, as PostgreSQL gives it back: 'word':3,7 'other':1. The lexeme that
// names the workspace has no place.
func parseVector(text string) (words []string, err error) {
	for text != "" {
		word, rest, ok := strings.Cut(strings.TrimPrefix(text, "'"), "'")
		if !ok || text[0] != '\'' {
			return nil, fmt.Errorf("%.40q is no word", text)
		}
		places, rest, _ := strings.Cut(rest, " ")
		text = rest
		if places == "" {
			continue
		}
		for place := range strings.SplitSeq(strings.TrimPrefix(places, ":"), ",") {
			at, err := strconv.Atoi(place)
			if err != nil || at < 1 || at > 2*maxDocWords || places[0] != ':' {
				return nil, fmt.Errorf("%.40q is no place of a word", places)
			}
			words = set(words, at-1, word)
		}
	}
	return slices.Clip(words), nil
}
