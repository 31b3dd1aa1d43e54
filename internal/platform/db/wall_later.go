package db

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

type laterKey struct{}

// withLater has a connection put a statement by instead of sending it.
func withLater(ctx context.Context) context.Context { return context.WithValue(ctx, laterKey{}, true) }

func isLater(ctx context.Context) bool {
	later, _ := ctx.Value(laterKey{}).(bool)
	return later
}

// statement is a text with the values that the driver was given.
type statement struct {
	text string
	args []any
}

func valuesOf(args []driver.NamedValue) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a.Value
	}
	return out
}

// commit sends what was put by and the commit in one round trip. A statement that fails turns the commit into a
// rollback, and is what is answered.
func (c *wallConn) commit(ctx context.Context) error {
	p, r, err := c.together(ctx, statement{text: "commit"})
	if err == nil {
		var tag pgconn.CommandTag
		tag, err = r.Close()
		if err = errors.Join(err, p.Close()); err == nil && tag.String() == "ROLLBACK" {
			err = pgx.ErrTxCommitRollback
		}
	}
	if conn := c.Conn(); conn.PgConn().TxStatus() != 'I' { // nobody knows in what state it is
		return errors.Join(err, conn.Close(ctx))
	}
	return err
}

// together sends what was put by and one more statement, and gives the reader of the latter's result. The
// pipeline must be closed.
func (c *wallConn) together(ctx context.Context, last statement) (*pgconn.Pipeline, *pgconn.ResultReader, error) {
	all := append(c.later, last)
	c.later = nil
	send := make([]func(p *pgconn.Pipeline), len(all))
	for i, s := range all {
		var err error
		if send[i], err = c.ready(ctx, s); err != nil {
			return nil, nil, err
		}
	}
	p := c.Conn().PgConn().StartPipeline(ctx)
	for _, do := range send {
		do(p)
	}
	if err := p.Sync(); err != nil {
		return nil, nil, errors.Join(err, p.Close())
	}
	for i := range all {
		r, err := result(p)
		if err == nil && i == len(all)-1 {
			return p, r, nil
		}
		if err == nil {
			_, err = r.Close()
		}
		if err != nil {
			c.note(err)
			_ = p.Close() // gives the same error
			return nil, nil, err
		}
	}
	return p, nil, nil // never: the last one has returned
}

// ready prepares a statement before the pipeline that it will go through begins.
func (c *wallConn) ready(ctx context.Context, s statement) (func(p *pgconn.Pipeline), error) {
	var built pgx.ExtendedQueryBuilder
	if len(s.args) == 0 { // COMMIT
		if err := built.Build(c.Conn().TypeMap(), nil, s.args); err != nil {
			return nil, err
		}
		return func(p *pgconn.Pipeline) { p.SendQueryParams(s.text, built.ParamValues, nil, built.ParamFormats, nil) }, nil
	}
	prepared, err := c.prepare(ctx, s.text)
	if err != nil {
		return nil, err
	}
	if err := built.Build(c.Conn().TypeMap(), prepared, s.args); err != nil {
		return nil, err
	}
	return func(p *pgconn.Pipeline) {
		p.SendQueryStatement(prepared, built.ParamValues, built.ParamFormats, formats(prepared.Fields))
	}, nil
}
