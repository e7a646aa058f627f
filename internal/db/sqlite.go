package db

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// openSQLite opens a file with many readers and one writer. Full sync: what
// was acknowledged survives a power cut.
func openSQLite(ctx context.Context, c Config) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(c.Path), 0o700); err != nil {
		return nil, err
	}
	write, err := sql.Open("sqlite", dsn(c.Path, "_txlock=immediate", "foreign_keys(1)", "cache_size(-65536)"))
	if err != nil {
		return nil, err
	}
	conn, err := write.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read, err := sql.Open("sqlite", dsn(c.Path, "", "query_only(1)", "cache_size(-16384)", "mmap_size(1073741824)"))
	if err != nil {
		return nil, errors.Join(err, conn.Close(), write.Close())
	}
	read.SetMaxOpenConns(c.MaxConns)
	read.SetMaxIdleConns(c.MaxConns)
	return &DB{engine: SQLite, pool: read, stmts: newStmts(read), writer: newWriter(write, conn)}, nil
}

func dsn(path, option string, pragmas ...string) string {
	v := url.Values{}
	for _, p := range append([]string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "temp_store(MEMORY)"}, pragmas...) {
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
// lock or file.
func sqliteDown(err error) bool {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM:
		return true
	}
	return false
}
