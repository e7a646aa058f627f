package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

// Tx is a running transaction. It is for one goroutine.
//
// A statement that fails ends a transaction on PostgreSQL and not on SQLite,
// so after an error return it; where a conflict is expected, say ON CONFLICT.
type Tx struct {
	tx     *sql.Tx
	engine Engine
	view   bool
	conn   *sql.Conn // SQLite's writer: statements go past the sql.Tx,
	lite   *liteConn // which starts a goroutine for each query
	wire   *sql.Conn // PostgreSQL: where statements wait to be sent
	after  []func()

	record *[]written // where statements are noted while a recording runs
	keep   func()     // puts them into the recording, in the order of commits
}

// Engine says which engine the transaction runs on.
func (t *Tx) Engine() Engine { return t.engine }

// SQL gives the transaction to libraries that write in it. They must neither
// commit nor roll back.
func (t *Tx) SQL() *sql.Tx { return t.tx }

// AfterCommit runs f once the transaction is on disk, and not at all if it is
// rolled back: in the order given, before Update returns, on the goroutine
// that called Update.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

func (t *Tx) committed() {
	for _, f := range t.after {
		f()
	}
}

// Exec runs a statement and returns the number of rows that it touched.
func (t *Tx) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	if t.view {
		return 0, errReadOnly
	}
	if t.record != nil {
		*t.record = append(*t.record, written{text, args})
	}
	if t.lite != nil {
		return t.execLite(ctx, text, args)
	}
	result, err := t.tx.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, unavailable(ctx, err)
	}
	return result.RowsAffected()
}

// Send runs a statement of which nobody asks how many rows it touched. On
// PostgreSQL it goes out together with those before the next Exec, query or
// the commit, and its error comes there: a round trip costs more than most
// statements.
func (t *Tx) Send(ctx context.Context, text string, args ...any) error {
	if t.wire == nil {
		_, err := t.Exec(ctx, text, args...)
		return err
	}
	if t.record != nil {
		*t.record = append(*t.record, written{text, args})
	}
	return t.wire.Raw(func(c any) error {
		return c.(*pgConn).sendLater(ctx, text, args) //nolint:forcetypeassert // the pool's connector makes no other
	})
}

// execLite goes to the driver's connection directly. Only the writer's
// goroutine uses that connection, so database/sql's locks are not needed.
func (t *Tx) execLite(ctx context.Context, text string, args []any) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, err := value(a)
		if err != nil {
			return 0, err
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	result, err := t.lite.ExecContext(ctx, text, values)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func value(a any) (driver.Value, error) {
	switch v := a.(type) {
	case nil, int64, string, []byte:
		return v, nil
	case int:
		return int64(v), nil
	}
	return driver.DefaultParameterConverter.ConvertValue(a)
}

// Query reads within the transaction. The rows must be closed before the
// transaction's function returns.
func (t *Tx) Query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if t.conn == nil {
		rows, err := t.tx.QueryContext(ctx, text, args...)
		return rows, unavailable(ctx, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return t.conn.QueryContext(context.WithoutCancel(ctx), text, args...)
}

// QueryRow reads one row within the transaction.
func (t *Tx) QueryRow(ctx context.Context, text string, args ...any) *sql.Row {
	if t.conn == nil || ctx.Err() != nil {
		return t.tx.QueryRowContext(ctx, text, args...)
	}
	return t.conn.QueryRowContext(context.WithoutCancel(ctx), text, args...)
}
