// Package db is the one seam to the store: SQLite in a file by default,
// PostgreSQL 15 or later by a URL, one SQL text for both. It opens, migrates,
// runs transactions and retries what may be retried.
//
// What may not enter: any domain word. Statements belong to the rooms whose
// rows they touch.
package db

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"sync/atomic"

	"huiyin/internal/errs"
)

// Engine names a database engine.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Config says where the store is.
type Config struct {
	URL        string // postgres://…; empty for SQLite
	Path       string // SQLite file
	Migrations fs.FS
	Log        *slog.Logger
	MaxConns   int // PostgreSQL connections, or SQLite readers; 16 if zero
}

// DB is an open store. It is safe for concurrent use.
type DB struct {
	engine     Engine
	pool       *sql.DB // PostgreSQL: everything; SQLite: readers
	writer     *writer // SQLite only
	stmts      *stmts
	migrations fs.FS
	config     Config
	recording  atomic.Pointer[Recording]
}

// Queryer reads: a DB outside of any transaction, or a Tx.
type Queryer interface {
	Query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, text string, args ...any) *sql.Row
}

// Open opens the store. It does not migrate.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.MaxConns == 0 {
		c.MaxConns = 16
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	open := openSQLite
	if strings.HasPrefix(c.URL, "postgres://") || strings.HasPrefix(c.URL, "postgresql://") {
		open = openPostgres
	} else if c.URL != "" {
		return nil, errs.Newf(errs.Invalid, "db_url", "数据库地址应以 postgres:// 开头")
	}
	d, err := open(ctx, c)
	if err != nil {
		return nil, unavailable(err)
	}
	d.config, d.migrations = c, c.Migrations
	return d, nil
}

// Engine says which engine the store runs on.
func (d *DB) Engine() Engine { return d.engine }

// Ping reports whether the store answers.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return unavailable(d.pool.QueryRowContext(ctx, `SELECT 1`).Scan(&one))
}

// Close finishes running transactions and closes the store.
func (d *DB) Close() error {
	var err error
	if d.writer != nil {
		err = d.writer.close()
	}
	d.stmts.close()
	return errors.Join(err, d.pool.Close())
}

// Query reads outside of any transaction.
func (d *DB) Query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if d.engine == Postgres {
		rows, err := d.pool.QueryContext(ctx, text, args...)
		return rows, unavailable(err)
	}
	stmt, err := d.stmts.get(ctx, text)
	if err != nil {
		return nil, unavailable(err)
	}
	rows, err := stmt.QueryContext(ctx, args...)
	return rows, unavailable(err)
}

// QueryRow reads one row outside of any transaction.
func (d *DB) QueryRow(ctx context.Context, text string, args ...any) *sql.Row {
	if d.engine == SQLite {
		if stmt, err := d.stmts.get(ctx, text); err == nil {
			return stmt.QueryRowContext(ctx, args...)
		}
	}
	return d.pool.QueryRowContext(ctx, text, args...)
}

// Update runs fn in one transaction and returns when it is on disk. Fn may run
// more than once, so it must have no effect but on the transaction; what is to
// happen afterwards goes through Tx.AfterCommit. An error of fn rolls its
// changes back and is returned as it is. A store that cannot be written gives
// errs.Unavailable.
func (d *DB) Update(ctx context.Context, fn func(tx *Tx) error) error {
	if r := d.recording.Load(); r != nil {
		fn = r.around(fn)
	}
	if d.engine == SQLite {
		return d.writer.run(ctx, fn)
	}
	return d.updatePostgres(ctx, fn)
}

// View runs fn in a read-only snapshot.
func (d *DB) View(ctx context.Context, fn func(tx *Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if d.engine == Postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	tx, err := d.pool.BeginTx(ctx, options)
	if err != nil {
		return unavailable(err)
	}
	defer tx.Rollback() // nothing was written
	return fn(&Tx{tx: tx, engine: d.engine})
}
