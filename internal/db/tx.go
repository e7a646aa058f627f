package db

import (
	"context"
	"database/sql"
)

// Tx is a running transaction.
type Tx struct {
	tx     *sql.Tx
	engine Engine
	stmts  *stmts // SQLite writer only
	after  []func()
	record *[]statement // where statements are noted while a recording runs
}

// Engine says which engine the transaction runs on.
func (t *Tx) Engine() Engine { return t.engine }

// SQL gives the transaction to libraries that write in it.
func (t *Tx) SQL() *sql.Tx { return t.tx }

// AfterCommit runs f once the transaction is on disk, and not at all if it is
// rolled back.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

// Exec runs a statement and returns the number of rows that it touched.
func (t *Tx) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	if t.record != nil {
		*t.record = append(*t.record, statement{text, args})
	}
	result, err := t.exec(ctx, text, args)
	if err != nil {
		return 0, unavailable(err)
	}
	return result.RowsAffected()
}

func (t *Tx) exec(ctx context.Context, text string, args []any) (sql.Result, error) {
	stmt, err := t.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return t.tx.ExecContext(ctx, text, args...)
	}
	return stmt.ExecContext(detached(ctx), args...)
}

// Query reads within the transaction.
func (t *Tx) Query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := t.prepared(ctx, text)
	if err != nil {
		return nil, unavailable(err)
	}
	if stmt == nil {
		rows, err := t.tx.QueryContext(ctx, text, args...)
		return rows, unavailable(err)
	}
	rows, err := stmt.QueryContext(detached(ctx), args...)
	return rows, unavailable(err)
}

// QueryRow reads one row within the transaction.
func (t *Tx) QueryRow(ctx context.Context, text string, args ...any) *sql.Row {
	if stmt, err := t.prepared(ctx, text); err == nil && stmt != nil {
		return stmt.QueryRowContext(detached(ctx), args...)
	}
	return t.tx.QueryRowContext(ctx, text, args...)
}

// prepared returns the cached statement on the writer's connection, which is
// the transaction's own; nil where the driver keeps its own cache.
func (t *Tx) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if t.stmts == nil {
		return nil, nil
	}
	return t.stmts.get(ctx, text)
}

// detached drops cancellation: the SQLite driver starts a goroutine for each
// statement that could be cancelled, which costs more than the statement, and
// a caller's impatience must not abort the group it is committed with.
func detached(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }
