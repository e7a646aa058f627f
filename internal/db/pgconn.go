package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// doubtful is how many connections are asked whether they live, once one was
// found dead: the others of the pool may have died with it.
const doubtful = 64

// pgConnector opens PostgreSQL connections that give errors their kind, so that
// a lost server looks the same wherever a caller meets it first.
type pgConnector struct {
	*patience
	config  *pgx.ConnConfig
	options []stdlib.OptionOpenDB
	doubts  atomic.Int64
}

func newPgConnector(config *pgx.ConnConfig) *pgConnector {
	c := &pgConnector{patience: newPatience(), config: config}
	c.options = []stdlib.OptionOpenDB{stdlib.OptionShouldPing(func(_ context.Context, p stdlib.ShouldPingParams) bool {
		return p.IdleDuration > time.Second || c.doubts.Add(-1) >= 0
	})}
	return c
}

// Connect implements driver.Connector.
func (c *pgConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if c.silent.Load() {
		return nil, down(errSilent)
	}
	config, limit := c.config.Copy(), c.statement()
	c.apply(config, limit)
	base, err := stdlib.GetConnector(*config, c.options...).Connect(ctx)
	if err != nil {
		if limit > 0 && ctx.Err() == nil && pgconn.Timeout(err) {
			c.mute(config)
		}
		return nil, c.lost(ctx, err)
	}
	raw, ok := base.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(errors.New("the PostgreSQL driver is not the expected one"), base.Close())
	}
	return &pgConn{Conn: raw, from: c, limit: limit}, nil
}

// Driver implements driver.Connector.
func (c *pgConnector) Driver() driver.Driver { return stdlib.GetDefaultDriver() }

// Close ends what the connector does by itself; the pool calls it.
func (c *pgConnector) Close() error {
	c.close()
	return nil
}

// lost is unavailable for what the PostgreSQL driver says: there the end of the
// stream is the end of the connection.
func (c *pgConnector) lost(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() == nil && lostConn(err) {
		c.doubts.Store(doubtful)
		return down(err)
	}
	return unavailable(ctx, err)
}

type pgConn struct {
	*stdlib.Conn
	from  *pgConnector
	limit time.Duration // of a statement
	tx    *pgTx         // that runs
}

// ResetSession implements driver.SessionResetter. A connection that keeps
// another limit than is asked for now gives way to one that keeps it.
func (c *pgConn) ResetSession(ctx context.Context) error {
	if c.from.silent.Load() || c.limit != c.from.statement() {
		return driver.ErrBadConn
	}
	return c.Conn.ResetSession(ctx)
}

// ExecContext implements driver.ExecerContext.
func (c *pgConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if c.tx != nil && len(args) > 0 {
		return c.execInTx(ctx, text, args)
	}
	// A text without arguments may hold several statements, which cannot
	// travel with others.
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	result, err := c.Conn.ExecContext(ctx, text, args)
	return result, c.from.lost(ctx, err)
}

// QueryContext implements driver.QueryerContext.
func (c *pgConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	rows, err := c.Conn.QueryContext(ctx, text, args)
	if err != nil {
		return nil, c.from.lost(ctx, err)
	}
	raw, ok := rows.(*stdlib.Rows)
	if !ok {
		return rows, nil
	}
	return &pgRows{raw, c.from, ctx}, nil
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *pgConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	stmt, err := c.Conn.PrepareContext(ctx, text)
	return stmt, c.from.lost(ctx, err)
}

// Ping implements driver.Pinger.
func (c *pgConn) Ping(ctx context.Context) error { return c.from.lost(ctx, c.Conn.Ping(ctx)) }

type pgRows struct {
	*stdlib.Rows
	from *pgConnector
	ctx  context.Context //nolint:containedctx // that of the query, which rows are part of
}

// Next implements driver.Rows.
func (r *pgRows) Next(values []driver.Value) error {
	err := r.Rows.Next(values)
	if err == nil || err == io.EOF { //nolint:errorlint // the contract of driver.Rows
		return err
	}
	return r.from.lost(r.ctx, err)
}
