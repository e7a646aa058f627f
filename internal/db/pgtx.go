package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// laterMost bounds the statements of one round trip, and so the memory.
const laterMost = 256

// undoTimeout bounds the wait for the answer to a ROLLBACK.
const undoTimeout = 5 * time.Second

// pgTx is a transaction whose statements travel together: BEGIN with the first
// that is waited for, COMMIT with the last that are not. Even to a server
// nearby a round trip costs more than most statements do.
type pgTx struct {
	conn  *pgConn
	ctx   context.Context //nolint:containedctx // driver.Tx has no other way to get one
	later pgx.Batch       // what waits to be sent
	lost  error           // of a statement; none may follow it
}

// add lets a statement wait.
func (t *pgTx) add(text string, args ...any) *pgx.QueuedQuery { return t.later.Queue(text, args...) }

// send sends what waits. The first statement that fails fails the others.
func (t *pgTx) send(ctx context.Context) error {
	if t.lost != nil || t.later.Len() == 0 {
		return t.lost
	}
	batch := t.later
	t.later = pgx.Batch{}
	t.lost = t.conn.Conn.Conn().SendBatch(ctx, &batch).Close()
	return t.lost
}

// beforeCommitError is the server's error for a statement before the COMMIT
// with which it was sent: the server then skips what follows.
type beforeCommitError struct{ err error }

func (e *beforeCommitError) Error() string { return e.err.Error() }
func (e *beforeCommitError) Unwrap() error { return e.err }

// Commit implements driver.Tx.
func (t *pgTx) Commit() error {
	reached := false
	t.add(`COMMIT`).Fn = func(results pgx.BatchResults) error {
		reached = true
		tag, err := results.Exec()
		if err == nil && tag.String() == "ROLLBACK" {
			err = pgx.ErrTxCommitRollback
		}
		return err
	}
	err := t.send(t.ctx)
	if err != nil {
		t.undo()
	}
	t.conn.tx = nil
	err = t.conn.from.lost(t.ctx, err)
	if _, said := errors.AsType[*pgconn.PgError](err); said && !reached {
		return &beforeCommitError{err}
	}
	return err
}

// Rollback implements driver.Tx.
func (t *pgTx) Rollback() error {
	t.undo()
	t.conn.tx = nil
	return nil
}

// undo leaves the connection without a transaction, or closed.
func (t *pgTx) undo() {
	conn := t.conn.Conn.Conn()
	if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return
	}
	ctx, end := context.WithTimeout(context.WithoutCancel(t.ctx), undoTimeout)
	defer end()
	if _, err := conn.Exec(ctx, `ROLLBACK`); err != nil {
		_ = conn.Close(ctx) // the server rolls back what it loses
	}
}

// BeginTx implements driver.ConnBeginTx.
func (c *pgConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if options != (driver.TxOptions{}) {
		tx, err := c.Conn.BeginTx(ctx, options)
		return tx, c.from.lost(ctx, err)
	}
	c.tx = &pgTx{conn: c, ctx: ctx}
	c.tx.add(`BEGIN`)
	return c.tx, nil
}

// sendLater adds a statement to those that wait.
func (c *pgConn) sendLater(ctx context.Context, text string, args []any) error {
	if c.tx == nil {
		return sql.ErrTxDone // rolled back meanwhile, for its context has ended
	}
	c.tx.add(text, args...)
	if c.tx.later.Len() < laterMost {
		return c.tx.lost
	}
	return c.from.lost(ctx, c.tx.send(ctx))
}

// ready sends what must be at the server before the next statement.
func (c *pgConn) ready(ctx context.Context) error {
	if c.tx == nil {
		return nil
	}
	return c.from.lost(ctx, c.tx.send(ctx))
}

// execInTx runs a statement together with those that wait.
func (c *pgConn) execInTx(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	values := make([]any, len(args))
	for i := range args {
		values[i] = args[i].Value
	}
	var tag pgconn.CommandTag
	c.tx.add(text, values...).Exec(func(ct pgconn.CommandTag) error { tag = ct; return nil })
	if err := c.tx.send(ctx); err != nil {
		return nil, c.from.lost(ctx, err)
	}
	return driver.RowsAffected(tag.RowsAffected()), nil
}
