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
	"sync"
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
	pool       *sql.DB   // PostgreSQL: everything; SQLite: readers
	jobs       *sql.DB   // PostgreSQL: the same; SQLite: writes in turn
	writer     *writer   // SQLite only
	patience   *patience // PostgreSQL only
	migrations fs.FS
	config     Config
	closing    sync.Once
	recording  atomic.Pointer[Recording]
}

// Queryer reads: a DB outside of any transaction, or a Tx.
type Queryer interface {
	Query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, text string, args ...any) *sql.Row
}

// EngineOf says which engine an address means; it fails with errs.Invalid where
// it means none.
func EngineOf(url string) (Engine, error) {
	switch {
	case url == "":
		return SQLite, nil
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return Postgres, nil
	}
	return "", errs.New(errs.Invalid, "db_url", "数据库地址应以 postgres:// 开头；不填则使用数据目录中的 SQLite")
}

// Open opens the store. It does not migrate.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.MaxConns == 0 {
		c.MaxConns = 16
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	engine, err := EngineOf(c.URL)
	if err != nil {
		return nil, err
	}
	open := openSQLite
	if engine == Postgres {
		open = openPostgres
	}
	d, err := open(ctx, c)
	if err != nil {
		return nil, unavailable(ctx, err)
	}
	d.config, d.migrations = c, c.Migrations
	return d, nil
}

// Engine says which engine the store runs on.
func (d *DB) Engine() Engine { return d.engine }

// JobsPool is for a library that runs transactions of its own beside Update.
// On SQLite a connection of it holds the turn to write from BeginTx to the end
// of the transaction, or for one statement outside of any, so it must not wait
// for an Update meanwhile. Prepared statements are refused there.
func (d *DB) JobsPool() *sql.DB { return d.jobs }

// Ping reports whether the store answers.
func (d *DB) Ping(ctx context.Context) error {
	text := `SELECT 1`
	if d.engine == SQLite {
		text = `SELECT COUNT(*) FROM sqlite_schema` // looks into the file
	}
	var n int64
	return unavailable(ctx, d.pool.QueryRowContext(ctx, text).Scan(&n))
}

// Close finishes the running transactions and closes the store. Those that
// wait get errs.Unavailable.
func (d *DB) Close() error {
	var err error
	d.closing.Do(func() {
		if d.writer != nil {
			err = errors.Join(d.writer.close(), d.jobs.Close())
		}
		err = errors.Join(err, d.pool.Close())
	})
	return err
}

// Query reads outside of any transaction. It asks again if the connection turns
// out to be lost, so the text must not write.
func (d *DB) Query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	rows, err := d.pool.QueryContext(ctx, text, args...)
	if d.askAgain(ctx, err) {
		rows, err = d.pool.QueryContext(ctx, text, args...)
	}
	return rows, unavailable(ctx, err)
}

// QueryRow reads one row outside of any transaction, as Query does.
func (d *DB) QueryRow(ctx context.Context, text string, args ...any) *sql.Row {
	row := d.pool.QueryRowContext(ctx, text, args...)
	if d.askAgain(ctx, row.Err()) {
		row = d.pool.QueryRowContext(ctx, text, args...)
	}
	return row
}

func (d *DB) askAgain(ctx context.Context, err error) bool {
	return err != nil && d.engine == Postgres && ctx.Err() == nil && lostConn(err)
}

// Update runs fn in one transaction and returns when it is on disk. Fn may run
// more than once, so it must have no effect but on the transaction; what is to
// happen afterwards goes through Tx.AfterCommit. Fn must reach the store by its
// Tx alone: another Update inside it would wait for itself.
//
// An error of fn, or a panic in it, rolls its changes back and is returned. A
// store that cannot be written gives errs.Unavailable; when the connection was
// lost during the commit itself the changes may nevertheless be there, and
// Update does not try again.
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
		return unavailable(ctx, err)
	}
	defer tx.Rollback() // nothing was written
	return unavailable(ctx, call(fn, &Tx{tx: tx, engine: d.engine, view: true}))
}
