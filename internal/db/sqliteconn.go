package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
)

// liteConnector opens SQLite connections that keep statements ready and give
// errors their kind.
type liteConnector struct {
	driver.Connector
	unbroken bool
}

// rawConn is what SQLite's driver gives.
type rawConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

func (c *liteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return nil, err // not a typed nil
	}
	return conn, nil
}

func (c *liteConnector) connect(ctx context.Context) (*liteConn, error) {
	base, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, unavailable(ctx, err)
	}
	raw, ok := base.(rawConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver is not the expected one"), base.Close())
	}
	return &liteConn{rawConn: raw, ready: newReady(raw), unbroken: c.unbroken, rows: map[*liteRows]struct{}{}}, nil
}

// liteConn is one SQLite connection.
type liteConn struct {
	rawConn
	ready    *ready
	unbroken bool // statements are not interrupted when their context ends
	inTx     bool
	rows     map[*liteRows]struct{} // being read
	lost     error                  // what may have ended the running transaction
}

// life is the context that a statement may be interrupted by. The driver
// starts a goroutine for each statement that may be, which costs more than a
// small statement; and one caller's impatience must not end the transaction
// that it shares with others.
func (c *liteConn) life(ctx context.Context) context.Context {
	if c.unbroken {
		return context.Background()
	}
	return ctx
}

// ExecContext implements driver.ExecerContext.
func (c *liteConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	defer c.ready.give(s)
	result, err := s.Stmt.(driver.StmtExecContext).ExecContext(c.life(ctx), args)
	return result, c.note(ctx, err)
}

// QueryContext implements driver.QueryerContext.
func (c *liteConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	base, err := s.Stmt.(driver.StmtQueryContext).QueryContext(c.life(ctx), args)
	if err != nil {
		c.ready.give(s)
		return nil, c.note(ctx, err)
	}
	r := &liteRows{Rows: base, conn: c, stmt: s}
	c.rows[r] = struct{}{}
	return r, nil
}

// take readies a statement. None may run where the transaction is gone: it
// would be committed on its own.
func (c *liteConn) take(ctx context.Context, text string) (*statement, error) {
	if c.lost != nil {
		return nil, c.lost
	}
	s, err := c.ready.take(ctx, text)
	return s, c.note(ctx, err)
}

// note gives an error its kind and remembers one after which the running
// transaction may be gone.
func (c *liteConn) note(ctx context.Context, err error) error {
	err = unavailable(ctx, err)
	if c.inTx && endsTx(err) {
		c.lost = err
	}
	return err
}

// BeginTx implements driver.ConnBeginTx.
func (c *liteConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	tx, err := c.rawConn.BeginTx(c.life(ctx), options)
	if err != nil {
		return nil, unavailable(ctx, err)
	}
	c.inTx, c.lost = true, nil
	return &liteTx{tx: tx, conn: c}, nil
}

// closeRows closes what is still being read and says how much that was.
func (c *liteConn) closeRows() int {
	n := len(c.rows)
	for r := range c.rows {
		_ = r.Close() // an error of reading was for its reader
	}
	return n
}

// Close implements driver.Conn.
func (c *liteConn) Close() error {
	c.closeRows()
	return errors.Join(c.ready.close(), c.rawConn.Close())
}

type liteTx struct {
	tx   driver.Tx
	conn *liteConn
}

// Commit implements driver.Tx.
func (t *liteTx) Commit() error {
	lost := t.conn.lost
	t.conn.inTx, t.conn.lost = false, nil
	if lost != nil {
		_ = t.tx.Rollback() // fails if SQLite rolled back already
		return lost
	}
	return unavailable(context.Background(), t.tx.Commit())
}

// Rollback implements driver.Tx.
func (t *liteTx) Rollback() error {
	lost := t.conn.lost
	t.conn.inTx, t.conn.lost = false, nil
	if err := t.tx.Rollback(); lost == nil {
		return err
	}
	return nil // there may have been nothing to roll back
}

// liteRows are rows that give their statement back.
type liteRows struct {
	driver.Rows
	conn *liteConn
	stmt *statement
	gone bool
}

// Next implements driver.Rows.
func (r *liteRows) Next(values []driver.Value) error {
	if r.gone {
		return io.EOF
	}
	err := r.Rows.Next(values)
	if err == nil || err == io.EOF { //nolint:errorlint // the contract of driver.Rows
		return err
	}
	return r.conn.note(context.Background(), err)
}

// Close implements driver.Rows.
func (r *liteRows) Close() error {
	if r.gone {
		return nil
	}
	r.gone = true
	delete(r.conn.rows, r)
	err := r.Rows.Close()
	r.conn.ready.give(r.stmt)
	return err
}
