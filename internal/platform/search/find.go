package search

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"slices"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// Query is what to look for.
type Query struct {
	Text   string // words, "quoted phrases", identifiers or parts of them; the last word may be unfinished
	Kinds  []Kind // empty means every kind
	Limit  int    // 1 to 100; 0 means 20
	Cursor string // where the page before ended, or empty
	Typo   bool   // where a kind has no match, also take words with a typing mistake (not in messages)
}

// Hit is one object that was found.
type Hit struct {
	Kind   Kind
	Object id.ID
	Parent id.ID
	Whole  bool // the entire text is one of the object's identifiers
	Near   bool // found by a word that differs from what was typed
	at     place
}

// place is a hit's place in the order of its workspace.
type place struct {
	seq    int64
	object id.ID
}

const (
	defaultLimit = 20
	maxLimit     = 100
	maxWhole     = 20
)

// Find answers the newest matches of a workspace, before them those whose identifier is exactly the text, and
// the cursor of the next page, empty at the end. Odd input finds nothing; it is no error. Errors: Invalid for
// an unknown kind, limit or cursor.
func (x *Index) Find(ctx context.Context, q db.Reader, t id.Workspace, ask Query) ([]Hit, string, error) {
	kinds, limit, cur, err := check(ask)
	if err != nil {
		return nil, "", err
	}
	f := finder{x: x, q: q, t: t, limit: limit, typo: ask.Typo}
	questions := make(map[Kind]question, len(kinds))
	for _, k := range kinds {
		questions[k] = parse(ask.Text, k)
	}
	whole, err := f.identified(ctx, kinds, questions)
	if err != nil {
		return nil, "", errs.Wrapf(err, "find identifiers")
	}
	possible, err := answerable(ctx, q, t, kinds, questions)
	if err != nil {
		return nil, "", errs.Wrapf(err, "look words up")
	}
	for _, k := range kinds {
		if err := f.kind(ctx, k, questions[k], possible[k], whole[k], &cur); err != nil {
			return nil, "", errs.Wrapf(err, "find %s", k)
		}
	}
	hits, next := f.page(cur)
	return hits, next, nil
}

// finder collects the hits of one question over its kinds.
type finder struct {
	x     *Index
	q     db.Reader
	t     id.Workspace
	limit int
	typo  bool
	whole []Hit
	found []Hit
}

// identified finds what has the entire text as an identifier, in each kind.
func (f *finder) identified(ctx context.Context, kinds []Kind, questions map[Kind]question) (map[Kind][]Hit, error) {
	out := map[Kind][]Hit{}
	whole := ""
	var among []Kind
	for _, k := range kinds {
		if w := questions[k].whole; w != "" {
			whole, among = w, append(among, k) // the same text in every kind
		}
	}
	if len(among) == 0 {
		return out, nil
	}
	if f.q.Engine() == db.Postgres {
		return identifiedPostgres(ctx, f.q, f.t, among, wholeMark+whole)
	}
	exact := expression{{{words: []string{wholeMark + whole}}}}
	for _, k := range among {
		hits, err := findSQLite(ctx, f.q, f.t, k, exact, newest(), maxWhole)
		if err != nil {
			return nil, err
		}
		out[k] = hits
	}
	return out, nil
}

// kind looks through one kind. On the first page it decides whether words may be near; later pages follow.
// possible is the question without what no document of the kind can match.
func (f *finder) kind(ctx context.Context, k Kind, asked question, possible expression, whole []Hit, cur *cursor) error {
	if len(asked.expr) == 0 {
		return nil
	}
	first := cur.before == newest()
	bit := byte(1) << k.code()
	var hits []Hit
	if cur.near&bit == 0 {
		expr, err := expand(ctx, f.q, f.t, k, possible)
		if err != nil {
			return err
		}
		// The whole ones come again among the others and are dropped there.
		if hits, err = f.ask(ctx, k, expr, cur.before, f.limit+1+len(whole)); err != nil {
			return err
		}
	}
	if first && f.typo && k != Message && len(hits)+len(whole) == 0 {
		cur.near |= bit
	}
	if cur.near&bit != 0 {
		expr, err := nearby(ctx, f.q, f.t, k, asked.expr)
		if err != nil {
			return err
		}
		if hits, err = f.ask(ctx, k, expr, cur.before, f.limit+1+len(whole)); err != nil {
			return err
		}
		for i := range hits {
			hits[i].Near = true
		}
	}
	for _, h := range hits {
		if !slices.ContainsFunc(whole, func(w Hit) bool { return w.Object == h.Object }) {
			f.found = append(f.found, h)
		}
	}
	if first {
		for _, h := range whole {
			h.Whole = true
			f.whole = append(f.whole, h)
		}
	}
	return nil
}

func (f *finder) ask(ctx context.Context, k Kind, e expression, before place, limit int) ([]Hit, error) {
	if len(e) == 0 {
		return nil, nil
	}
	if f.q.Engine() == db.Postgres {
		return f.x.findPostgres(ctx, f.q, f.t, k, e, before, limit)
	}
	return findSQLite(ctx, f.q, f.t, k, e, before, limit)
}

// page puts the hits in order. Whole matches do not count towards the limit, so that the next page starts
// where the newest matches ended.
func (f *finder) page(cur cursor) ([]Hit, string) {
	newer := func(a, b Hit) int { return b.at.compare(a.at) }
	slices.SortFunc(f.whole, newer)
	slices.SortFunc(f.found, newer)
	next := ""
	if len(f.found) > f.limit {
		f.found = f.found[:f.limit]
		next = cursor{before: f.found[f.limit-1].at, near: cur.near}.String()
	}
	return append(f.whole, f.found...), next
}

func check(ask Query) (kinds []Kind, limit int, cur cursor, err error) {
	kinds, limit = ask.Kinds, ask.Limit
	if len(kinds) == 0 {
		kinds = Kinds()
	}
	for i, k := range kinds {
		if k.code() == 0 {
			return nil, 0, cur, errs.OnField("kinds", "must be some of customer, order, product, ticket, message")
		}
		if slices.Contains(kinds[:i], k) {
			return nil, 0, cur, errs.OnField("kinds", "must name each kind once")
		}
	}
	if limit == 0 {
		limit = defaultLimit
	}
	if limit < 1 || limit > maxLimit {
		return nil, 0, cur, errs.OnField("limit", "must be between 1 and 100")
	}
	cur, err = parseCursor(ask.Cursor)
	return kinds, limit, cur, err
}

func scanHit(k Kind) func(db.Row) (Hit, error) {
	return func(r db.Row) (Hit, error) {
		h := Hit{Kind: k}
		err := r.Scan(&h.at.seq, &h.Object, &h.Parent)
		h.at.object = h.Object
		return h, err
	}
}

// compare orders places, older first.
func (p place) compare(o place) int {
	switch {
	case p.seq < o.seq:
		return -1
	case p.seq > o.seq:
		return 1
	}
	return slices.Compare(p.object[:], o.object[:])
}

// newest is the place before which everything lies.
func newest() place {
	p := place{seq: 1 << 62}
	for i := range p.object {
		p.object[i] = 0xff
	}
	return p
}

// cursor is where a page ended and which kinds were taken with typing mistakes.
type cursor struct {
	before place
	near   byte
}

func (c cursor) String() string {
	b := make([]byte, 0, 25)
	b = append(b, c.near)
	b = binary.BigEndian.AppendUint64(b, uint64(c.before.seq)) //nolint:gosec // never negative
	return base64.RawURLEncoding.EncodeToString(append(b, c.before.object[:]...))
}

func parseCursor(s string) (cursor, error) {
	if s == "" {
		return cursor{before: newest()}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 25 {
		return cursor{}, errs.OnField("cursor", "must be one that a page before gave")
	}
	c := cursor{near: b[0] &^ (1 << Message.code())}
	c.before.seq = int64(binary.BigEndian.Uint64(b[1:9])) //nolint:gosec // checked below
	copy(c.before.object[:], b[9:])
	if c.before.seq < 1 || c.before.seq > newest().seq {
		return cursor{}, errs.OnField("cursor", "must be one that a page before gave")
	}
	return c, nil
}
