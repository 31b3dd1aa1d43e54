package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// wallConnector makes connections that look for a wall in the context.
type wallConnector struct{ driver.Connector }

// Connect connects.
func (c *wallConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &wallConn{stdConn: conn.(*stdlib.Conn), kept: map[string]*pgconn.StatementDescription{}}, nil // what pgx's connector makes
}

type stdConn = stdlib.Conn // embedded under this name, Conn stays a method

// wallConn is pgx's connection, and for what comes with a wall: role and workspace are set in the same
// transaction and the same round trip. Without one it does what pgx does.
type wallConn struct {
	*stdConn
	kept  map[string]*pgconn.StatementDescription
	stale bool
	later []statement // of the transaction, to be sent with what comes next
}

const (
	wallName = "throughline_wall"
	wallText = `SELECT set_config('role', $1, true), set_config('` + TenantSetting + `', $2, true)`
)

// BeginTx sets them with BEGIN.
func (c *wallConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	in := insideOf(ctx)
	if in == nil && o != (driver.TxOptions{}) {
		return c.stdConn.BeginTx(ctx, o) // a snapshot, which writes nothing
	}
	if o != (driver.TxOptions{}) {
		return nil, errors.New("a transaction of a workspace has the usual isolation")
	}
	if c.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	begin := ""
	if in != nil {
		begin = in.beginText()
	}
	c.later = nil
	tx, err := c.Conn().BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return nil, c.failed(err)
	}
	return wallTx{ctx, c, tx}, nil
}

// wallTx is a driver's transaction.
type wallTx struct {
	ctx  context.Context
	conn *wallConn
	tx   pgx.Tx
}

// Commit keeps it.
func (t wallTx) Commit() error {
	if len(t.conn.later) > 0 {
		return t.conn.commit(t.ctx)
	}
	return t.tx.Commit(t.ctx)
}

// Rollback drops it.
func (t wallTx) Rollback() error {
	t.conn.later = nil
	return t.tx.Rollback(t.ctx)
}

// QueryContext sends both settings and the query together. Without a BEGIN, what is sent together is one
// transaction, at whose end the settings are gone.
func (c *wallConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	if len(c.later) > 0 {
		p, r, err := c.together(ctx, statement{q, valuesOf(args)})
		if err != nil {
			return nil, err
		}
		return newWallRows(c.Conn().TypeMap(), p, r), nil
	}
	in := insideOf(ctx)
	if in == nil || c.Conn().PgConn().TxStatus() != 'I' { // BEGIN has set them
		rows, err := c.stdConn.QueryContext(ctx, q, args)
		c.note(err)
		return rows, err
	}
	if c.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	rows, err := c.query(ctx, in, q, valuesOf(args))
	if err != nil {
		return nil, c.failed(err)
	}
	return rows, nil
}

func (c *wallConn) query(ctx context.Context, in *inside, q string, args []any) (*wallRows, error) {
	conn := c.Conn()
	settings := [][]byte{[]byte(in.wall.role), strconv.AppendInt(nil, int64(in.workspace), 10)}
	statement, err := c.prepare(ctx, q)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Prepare(ctx, wallName, wallText); err != nil { // pgx knows when it has been
		return nil, err
	}
	var built pgx.ExtendedQueryBuilder
	if err := built.Build(conn.TypeMap(), statement, args); err != nil {
		return nil, err
	}
	p := conn.PgConn().StartPipeline(ctx)
	if in.unsynced {
		p.SendQueryParams(`SET LOCAL synchronous_commit = off`, nil, nil, nil, nil)
	}
	p.SendQueryPrepared(wallName, settings, nil, nil)
	p.SendQueryStatement(statement, built.ParamValues, built.ParamFormats, formats(statement.Fields))
	if err := p.Sync(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	settled := 1
	if in.unsynced {
		settled++
	}
	for range settled { // the settings; the next one reads over their row
		if _, err := result(p); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	r, err := result(p)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return newWallRows(conn.TypeMap(), p, r), nil
}

// prepare keeps each text on the connection, up to a number: the server keeps it until it is told otherwise.
func (c *wallConn) prepare(ctx context.Context, q string) (*pgconn.StatementDescription, error) {
	if s := c.kept[q]; s != nil {
		return s, nil
	}
	if len(c.kept) >= maxStatements {
		if err := c.Conn().DeallocateAll(ctx); err != nil {
			return nil, err
		}
		clear(c.kept)
	}
	s, err := c.Conn().Prepare(ctx, q, q)
	if err == nil {
		c.kept[q] = s
	}
	return s, err
}

// result is the next statement's.
func result(p *pgconn.Pipeline) (*pgconn.ResultReader, error) {
	got, err := p.GetResults()
	if err != nil {
		return nil, err
	}
	r, ok := got.(*pgconn.ResultReader)
	if !ok {
		return nil, fmt.Errorf("the server answered with %T in place of rows", got)
	}
	return r, nil
}

// ExecContext is pgx's, but for what may wait.
func (c *wallConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	if isLater(ctx) {
		c.later = append(c.later, statement{q, valuesOf(args)})
		return driver.RowsAffected(0), nil
	}
	if len(c.later) > 0 {
		p, r, err := c.together(ctx, statement{q, valuesOf(args)})
		if err != nil {
			return nil, err
		}
		tag, err := r.Close()
		return driver.RowsAffected(tag.RowsAffected()), errors.Join(err, p.Close())
	}
	res, err := c.stdConn.ExecContext(ctx, q, args)
	c.note(err)
	return res, err
}

// IsValid keeps the connection in the pool.
func (c *wallConn) IsValid() bool { return !c.stale }

// note gives up a connection whose prepared statements a change of the schema has made useless.
func (c *wallConn) note(err error) {
	if staleStatement(err) {
		c.stale = true
	}
}

func staleStatement(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "0A000" && pg.Routine == "RevalidateCachedQuery"
}

// failed is the error that lets database/sql try again on another connection when nothing was done.
func (c *wallConn) failed(err error) error {
	c.note(err)
	if c.stale || pgconn.SafeToRetry(err) {
		return driver.ErrBadConn
	}
	return err
}
