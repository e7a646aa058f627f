package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// How long a connection waits for another process to finish writing. The group
// writer asks itself, more often than SQLite would: between two groups of a
// busy process the file is free for well under a millisecond.
const (
	busyTimeout = 10 * time.Second
	busyPoll    = time.Millisecond
)

// jobsConns is enough for a job queue to read while it writes.
const jobsConns = 2

// openSQLite opens a file with many readers and one writer. Full sync: what
// was acknowledged survives a power cut.
func openSQLite(ctx context.Context, c Config) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(c.Path), 0o700); err != nil {
		return nil, err
	}
	w, err := openWriter(ctx, c)
	if err != nil {
		return nil, err
	}
	d := &DB{engine: SQLite, writer: w}
	readers, err := sqlite.NewConnector(dsn(c.Path, "", "busy_timeout(10000)", "query_only(1)", "cache_size(-16384)"))
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	d.pool = limited(&liteConnector{Connector: readers}, c.MaxConns)
	turns, err := sqlite.NewConnector(dsn(c.Path, "_txlock=immediate", "busy_timeout(10000)", "foreign_keys(1)", "cache_size(-4096)"))
	if err != nil {
		return nil, errors.Join(err, w.close(), d.pool.Close())
	}
	d.jobs = limited(&turnConnector{liteConnector: &liteConnector{Connector: turns}, gate: w.gate}, jobsConns)
	return d, nil
}

func openWriter(ctx context.Context, c Config) (*writer, error) {
	// The first connection may find the file being recovered or migrated by
	// another process, so opening waits as SQLite does.
	connector, err := sqlite.NewConnector(dsn(c.Path, "_txlock=immediate", "busy_timeout(10000)", "foreign_keys(1)", "cache_size(-65536)"))
	if err != nil {
		return nil, err
	}
	pool := limited(&liteConnector{Connector: connector, unbroken: true}, 0)
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	var lite *liteConn
	err = conn.Raw(func(c any) error { lite = c.(*liteConn); return nil })
	if err == nil {
		_, err = lite.ExecContext(ctx, `PRAGMA busy_timeout = 2`, nil)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close(), pool.Close())
	}
	return newWriter(pool, conn, lite, c.Log), nil
}

// limited opens a pool of at most n connections, which it keeps.
func limited(c driver.Connector, n int) *sql.DB {
	pool := sql.OpenDB(c)
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(max(n, 1))
	return pool
}

// checkpointPages is how long the log may grow, 32 MB, before its pages are
// moved into the file: each once, however often it changed meanwhile.
const checkpointPages = 8192

func dsn(path, option string, pragmas ...string) string {
	v := url.Values{}
	for _, p := range append(pragmas, "journal_mode(WAL)", "synchronous(FULL)", "temp_store(MEMORY)", "wal_autocheckpoint("+strconv.Itoa(checkpointPages)+")") {
		v.Add("_pragma", p)
	}
	query := v.Encode()
	if option != "" {
		query += "&" + option
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query
}

// sqliteCode returns SQLite's primary result code, zero if err has none.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// sqliteDown reports whether SQLite could not write or read for want of disk,
// memory, lock or file.
func sqliteDown(err error) bool {
	return sqliteBusy(err) || endsTx(err) || sqliteCode(err) == sqlite3.SQLITE_READONLY
}

func sqliteBusy(err error) bool {
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

// endsTx reports whether SQLite may have rolled the transaction back on its
// own, as it does when the disk is full.
func endsTx(err error) bool {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT,
		sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_INTERRUPT:
		return true
	}
	return false
}
