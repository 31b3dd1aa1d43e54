package order

import (
	"context"
	"strings"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

// AddNote keeps a remark about an order. Errors: Forbidden without notes:create and orders:read, NotFound, Invalid.
func (s *Service) AddNote(ctx context.Context, who auth.Actor, order id.ID, body string) (Note, error) {
	if err := requireNotes(who); err != nil {
		return Note{}, err
	}
	now := s.clock.Now()
	n := Note{ID: id.New(now), Order: order, Author: who.User, Body: strings.TrimSpace(body), CreatedAt: now, UpdatedAt: now}
	if err := n.validate(); err != nil {
		return Note{}, err
	}
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		o, err := readOrder(ctx, tx, who.Tenant, order)
		if err != nil {
			return err
		}
		if err := insertNote(ctx, tx, who.Tenant, n); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, who, NoteAdded{Order: o.ID, Customer: o.Customer, Number: o.Number, Note: n.ID})
	})
	return n, err
}

// Notes lists an order's notes, newest first. Errors: Forbidden without orders:read, NotFound.
func (s *Service) Notes(ctx context.Context, who auth.Actor, order id.ID) ([]Note, error) {
	if err := who.Require("orders:read"); err != nil {
		return nil, err
	}
	var out []Note
	err := s.db.Read(ctx, who.Tenant, func(ctx context.Context, q db.Reader) error {
		if _, err := readOrder(ctx, q, who.Tenant, order); err != nil {
			return err
		}
		var err error
		out, err = listNotes(ctx, q, who.Tenant, order)
		return err
	})
	return out, err
}

// ChangeNote rewrites one's own note, or anybody's with notes:update_all. Errors: Forbidden, NotFound, Invalid.
func (s *Service) ChangeNote(ctx context.Context, who auth.Actor, order, note id.ID, body string) (Note, error) {
	if err := requireNotes(who); err != nil {
		return Note{}, err
	}
	var n Note
	err := s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		var err error
		if n, err = ownNote(ctx, tx, who, order, note); err != nil {
			return err
		}
		n.Body, n.UpdatedAt = strings.TrimSpace(body), s.clock.Now()
		if err := n.validate(); err != nil {
			return err
		}
		return updateNote(ctx, tx, who.Tenant, n)
	})
	return n, err
}

// DeleteNote removes one's own note, or anybody's with notes:update_all. Errors: Forbidden, NotFound.
func (s *Service) DeleteNote(ctx context.Context, who auth.Actor, order, note id.ID) error {
	if err := requireNotes(who); err != nil {
		return err
	}
	return s.db.Write(ctx, who.Tenant, func(ctx context.Context, tx db.Tx) error {
		if _, err := ownNote(ctx, tx, who, order, note); err != nil {
			return err
		}
		return deleteNote(ctx, tx, who.Tenant, note)
	})
}

func requireNotes(who auth.Actor) error {
	if err := who.Require("orders:read"); err != nil {
		return err
	}
	return who.Require("notes:create")
}

func ownNote(ctx context.Context, q db.Reader, who auth.Actor, order, note id.ID) (Note, error) {
	n, err := readNote(ctx, q, who.Tenant, order, note)
	if err == nil && n.Author != who.User && !who.Can("notes:update_all") {
		return n, errs.Denied("notes:update_all")
	}
	return n, err
}
