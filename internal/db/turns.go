package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

// turnConnector opens SQLite connections for a library that writes to the file
// on its own. They hold the gate for as long as they write.
type turnConnector struct {
	*liteConnector
	gate gate
}

func (c *turnConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &turnConn{liteConn: conn, gate: c.gate}, nil
}

type turnConn struct {
	*liteConn
	gate gate
	held bool // by a transaction or by rows that a write returns
}

var errUnprepared = errors.New("a prepared statement takes no turn at writing; use Exec or Query")

// PrepareContext implements driver.ConnPrepareContext.
func (c *turnConn) PrepareContext(context.Context, string) (driver.Stmt, error) {
	return nil, errUnprepared
}

// Prepare implements driver.Conn.
func (c *turnConn) Prepare(string) (driver.Stmt, error) { return nil, errUnprepared }

func (c *turnConn) enter(ctx context.Context) error {
	err := c.gate.lock(ctx)
	c.held = err == nil
	return err
}

func (c *turnConn) leave() {
	if c.held {
		c.held = false
		c.gate.unlock()
	}
}

// ExecContext implements driver.ExecerContext.
func (c *turnConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if !c.held && !reads(text) {
		if err := c.enter(ctx); err != nil {
			return nil, err
		}
		defer c.leave()
	}
	return c.liteConn.ExecContext(ctx, text, args)
}

// QueryContext implements driver.QueryerContext. An INSERT or UPDATE that
// returns rows writes until they are read.
func (c *turnConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if c.held || reads(text) {
		return c.liteConn.QueryContext(ctx, text, args)
	}
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	rows, err := c.liteConn.QueryContext(ctx, text, args)
	if err != nil {
		c.leave()
		return nil, err
	}
	return &turnRows{Rows: rows, conn: c}, nil
}

// BeginTx implements driver.ConnBeginTx.
func (c *turnConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	tx, err := c.liteConn.BeginTx(ctx, options)
	if err != nil {
		c.leave()
		return nil, err
	}
	return &turnTx{Tx: tx, conn: c}, nil
}

// Close implements driver.Conn.
func (c *turnConn) Close() error {
	defer c.leave() // the transaction of a closed connection is rolled back
	return c.liteConn.Close()
}

type turnRows struct {
	driver.Rows
	conn *turnConn
}

// Close implements driver.Rows.
func (r *turnRows) Close() error {
	defer r.conn.leave()
	return r.Rows.Close()
}

type turnTx struct {
	driver.Tx
	conn *turnConn
}

// Commit implements driver.Tx.
func (t *turnTx) Commit() error {
	defer t.conn.leave()
	return t.Tx.Commit()
}

// Rollback implements driver.Tx.
func (t *turnTx) Rollback() error {
	defer t.conn.leave()
	return t.Tx.Rollback()
}

// reads reports whether a statement surely writes nothing. What begins with
// WITH may go on to write.
func reads(text string) bool {
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		if !strings.HasPrefix(text, "--") {
			break
		}
		_, text, _ = strings.Cut(text, "\n")
	}
	return len(text) >= 6 && strings.EqualFold(text[:6], "SELECT")
}
