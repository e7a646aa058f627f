package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/jackc/pgx/v5/stdlib"
)

// pgConnector opens PostgreSQL connections that give errors their kind, so that
// a lost server looks the same wherever a caller meets it first.
type pgConnector struct{ driver.Connector }

func (c *pgConnector) Connect(ctx context.Context) (driver.Conn, error) {
	base, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, lostServer(ctx, err)
	}
	raw, ok := base.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(errors.New("the PostgreSQL driver is not the expected one"), base.Close())
	}
	return &pgConn{raw}, nil
}

type pgConn struct{ *stdlib.Conn }

// ExecContext implements driver.ExecerContext.
func (c *pgConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.Conn.ExecContext(ctx, text, args)
	return result, lostServer(ctx, err)
}

// QueryContext implements driver.QueryerContext.
func (c *pgConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.QueryContext(ctx, text, args)
	if err != nil {
		return nil, lostServer(ctx, err)
	}
	raw, ok := rows.(*stdlib.Rows)
	if !ok {
		return rows, nil
	}
	return &pgRows{raw, ctx}, nil
}

// BeginTx implements driver.ConnBeginTx.
func (c *pgConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, options)
	return tx, lostServer(ctx, err)
}

// Ping implements driver.Pinger.
func (c *pgConn) Ping(ctx context.Context) error { return lostServer(ctx, c.Conn.Ping(ctx)) }

type pgRows struct {
	*stdlib.Rows
	ctx context.Context //nolint:containedctx // that of the query, which rows are part of
}

// Next implements driver.Rows.
func (r *pgRows) Next(values []driver.Value) error {
	err := r.Rows.Next(values)
	if err == nil || err == io.EOF { //nolint:errorlint // the contract of driver.Rows
		return err
	}
	return lostServer(r.ctx, err)
}

// lostServer is unavailable for what the PostgreSQL driver says: there the end
// of the stream is the end of the connection.
func lostServer(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return down(err)
	}
	return unavailable(ctx, err)
}
