package customer

import (
	"context"
	"net/url"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/platform/page"
	"github.com/throughlinehq/throughline/internal/tenant"
)

// NoteSpec is what a list of notes allows.
func NoteSpec() *page.Spec {
	return &page.Spec{ID: "id", Default: "-createdAt", Fields: map[string]page.Field{
		"createdAt": {Column: "id", Type: page.Instant, Sort: true, Doc: "When it was written", Where: createdAt("created_at", "id")},
		"authorId":  {Column: "author_id", Type: page.Ref, Doc: "Who wrote it"},
	}}
}

// Notes pages through a customer's notes, newest first. Errors: Forbidden without customers:read, NotFound.
// Plan: range over customer_note_by_customer, no sort.
func (s *Service) Notes(ctx context.Context, who auth.Actor, customer id.ID, values url.Values) (page.Result[Note], *page.Query, error) {
	var out page.Result[Note]
	q, err := NoteSpec().Parse(values, nil)
	if err != nil {
		return out, nil, err
	}
	err = s.db.Read(ctx, who.Tenant, func(ctx context.Context, r db.Reader) error {
		if err := s.Require(ctx, r, who, customer); err != nil {
			return err
		}
		w := db.NewWhere(who.Tenant, customer)
		q.Apply(w)
		order, err := q.Page(w)
		if err != nil {
			return err
		}
		rows, err := db.All(ctx, r, scanNote, `SELECT `+noteColumns+` FROM customer_note WHERE tenant_id = $1 AND customer_id = $2`+w.SQL()+order, w.Args()...)
		if err != nil {
			return err
		}
		out, err = page.Cut(q, rows, func(n Note) (any, id.ID) { return nil, n.ID })
		return err
	})
	if err != nil {
		return page.Result[Note]{}, nil, err
	}
	return out, q, s.sign(ctx, who.Tenant, out.Data)
}

// sign fills the authors' names.
func (s *Service) sign(ctx context.Context, t tenant.ID, notes []Note) error {
	if len(notes) == 0 {
		return nil
	}
	people := make([]id.ID, len(notes))
	for i, n := range notes {
		people[i] = n.Author
	}
	names, err := s.staff.Names(ctx, t, people...)
	for i := range notes {
		notes[i].AuthorName = names[notes[i].Author]
	}
	return err
}

// AddNote keeps a remark about a customer that the actor may see.
// Errors: Forbidden without notes:create, NotFound, Invalid.
func (s *Service) AddNote(ctx context.Context, who auth.Actor, customer id.ID, body string) (Note, error) {
	if err := who.Require("notes:create"); err != nil {
		return Note{}, err
	}
	if who.User.IsZero() {
		return Note{}, errs.New(errs.Conflict, "note_author", "A note needs an author who is a user.")
	}
	now := s.clock.Now()
	n := Note{ID: id.New(now), Customer: customer, Author: who.User, AuthorName: who.Name, Body: body, CreatedAt: now, UpdatedAt: now}
	if err := n.validate(); err != nil {
		return Note{}, err
	}
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		if err := s.Require(ctx, tx, who, customer); err != nil {
			return err
		}
		if err := insertNote(ctx, tx, who.Tenant, n); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, NoteAdded{Customer: customer, Note: n.ID})
	})
	if err != nil {
		return Note{}, err
	}
	return s.signed(ctx, who.Tenant, n)
}

func (s *Service) signed(ctx context.Context, t tenant.ID, n Note) (Note, error) {
	notes := []Note{n}
	err := s.sign(ctx, t, notes)
	return notes[0], err
}

// EditNote rewrites a note: one's own, or anybody's with notes:update_all.
// Errors: Forbidden, NotFound, Invalid.
func (s *Service) EditNote(ctx context.Context, who auth.Actor, customer, note id.ID, body string) (Note, error) {
	var n Note
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) (err error) {
		if n, err = s.changeableNote(ctx, tx, who, customer, note); err != nil {
			return err
		}
		before := n.Body
		n.Body = body
		if err := n.validate(); err != nil || n.Body == before {
			return err
		}
		n.UpdatedAt = s.clock.Now()
		if err := updateNote(ctx, tx, who.Tenant, n); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, NoteChanged{Customer: customer, Note: note})
	})
	if err != nil {
		return Note{}, err
	}
	return s.signed(ctx, who.Tenant, n)
}

// DeleteNote removes a note: one's own, or anybody's with notes:update_all. Errors: Forbidden, NotFound.
func (s *Service) DeleteNote(ctx context.Context, who auth.Actor, customer, note id.ID) error {
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		if _, err := s.changeableNote(ctx, tx, who, customer, note); err != nil {
			return err
		}
		if err := deleteNote(ctx, tx, who.Tenant, note); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, NoteDeleted{Customer: customer, Note: note})
	})
}

func (s *Service) changeableNote(ctx context.Context, tx db.Tx, who auth.Actor, customer, note id.ID) (Note, error) {
	if err := s.Require(ctx, tx, who, customer); err != nil {
		return Note{}, err
	}
	n, err := readNote(ctx, tx, who.Tenant, customer, note)
	switch {
	case err != nil:
		return Note{}, err
	case n.Author == who.User && who.Can("notes:create"), who.Can("notes:update_all"):
		return n, nil
	}
	return Note{}, errs.Denied("notes:update_all")
}
