package search

import (
	"context"
	"sync"

	"github.com/throughlinehq/throughline/internal/platform/clock"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Kind is what a document stands for.
type Kind string

// The kinds that can be found.
const (
	Customer Kind = "customer"
	Order    Kind = "order"
	Product  Kind = "product"
	Ticket   Kind = "ticket"
	Message  Kind = "message"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Customer, Order, Product, Ticket, Message} }

// code is how the database keeps a kind; 0 is no kind. Codes are never reused.
func (k Kind) code() int64 {
	switch k {
	case Customer:
		return 1
	case Order:
		return 2
	case Product:
		return 3
	case Ticket:
		return 4
	case Message:
		return 5
	}
	return 0
}

// Doc is what can be found of one object. The index keeps its words, not its text.
type Doc struct {
	Kind   Kind
	Object id.ID
	Parent id.ID    // the ticket of a message, or none
	Title  string   // names, subject
	Body   string   // description, text of a message
	Exact  []string // e-mail address, phone (E.164), order number, SKU, ticket number
}

// Index is the search index of one database. It is safe for concurrent use.
type Index struct {
	clock clock.Clock
	known known
	many  sync.Map // shelf → time.Time when it was seen to have many rows; PostgreSQL

	mu   sync.Mutex
	last int64 // newest sequence given out for PostgreSQL
}

// New makes the index of a database; use one per database, because it remembers which words are known there.
func New(c clock.Clock) *Index { return &Index{clock: c} }

// Put adds documents in the caller's transaction, or replaces those of the same kind and object; a replaced
// document keeps its place in the order. Errors: Invalid for an unknown kind or a missing object.
func (x *Index) Put(ctx context.Context, tx db.Tx, t id.Workspace, docs ...Doc) error {
	return x.put(ctx, tx, t, docs, false)
}

// Add is Put for objects that were made in this transaction, so that nothing of them can be there.
func (x *Index) Add(ctx context.Context, tx db.Tx, t id.Workspace, docs ...Doc) error {
	return x.put(ctx, tx, t, docs, true)
}

func (x *Index) put(ctx context.Context, tx db.Tx, t id.Workspace, docs []Doc, fresh bool) error {
	rows, err := prepare(docs)
	if err != nil || len(rows) == 0 {
		return err
	}
	if tx.Engine() == db.Postgres {
		err = x.putPostgres(ctx, tx, t, rows)
	} else {
		err = putSQLite(ctx, tx, t, rows, fresh)
	}
	if err != nil {
		return errs.Wrapf(err, "index %d documents", len(rows))
	}
	return errs.Wrapf(x.learn(ctx, tx, t, rows), "keep the words of %d documents", len(rows))
}

// PutMany is Put for imports: any number of documents, written in groups. Keep its transactions short all
// the same: on PostgreSQL another writer of the same new word waits for the commit.
func (x *Index) PutMany(ctx context.Context, tx db.Tx, t id.Workspace, docs []Doc) error {
	const group = 1000
	for len(docs) > 0 {
		n := min(group, len(docs))
		if err := x.Put(ctx, tx, t, docs[:n]...); err != nil {
			return err
		}
		docs = docs[n:]
	}
	return nil
}

// Remove forgets a document; one that is not there is no error.
func (x *Index) Remove(ctx context.Context, tx db.Tx, t id.Workspace, k Kind, object id.ID) error {
	if k.code() == 0 {
		return errs.Newf(errs.Invalid, "search_kind", "There is no kind %q to search.", string(k))
	}
	remove := removeSQLite
	if tx.Engine() == db.Postgres {
		remove = removePostgres
	}
	return errs.Wrapf(remove(ctx, tx, t, k, object), "remove %s %s from the index", k, object)
}

// row is a document ready to be written.
type row struct {
	doc   *Doc
	words []string
}

// prepare cuts the documents into words; of two with the same object the later counts.
func prepare(docs []Doc) ([]row, error) {
	rows := make([]row, 0, len(docs))
	type key struct {
		kind   Kind
		object id.ID
	}
	at := make(map[key]int, len(docs))
	for i := range docs {
		d := &docs[i]
		if d.Kind.code() == 0 {
			return nil, errs.Newf(errs.Invalid, "search_kind", "There is no kind %q to search.", string(d.Kind))
		}
		if d.Object.IsZero() {
			return nil, errs.New(errs.Invalid, "search_object", "A document needs an object.")
		}
		r := row{d, docWords(d)}
		k := key{d.Kind, d.Object}
		if was, ok := at[k]; ok {
			rows[was] = r
			continue
		}
		at[k] = len(rows)
		rows = append(rows, r)
	}
	return rows, nil
}

// next gives n sequence numbers that grow with time, without a row that writers would have to wait for;
// it returns the first.
func (x *Index) next(n int) int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	first := max(x.last+1, db.Micros(x.clock.Now()))
	x.last = first + int64(n) - 1
	return first
}
