package db

import (
	"database/sql/driver"
	"errors"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"huiyin/internal/errs"
)

// unavailable gives an error that means the store is down its kind and a safe
// sentence; every other error passes.
func unavailable(err error) error {
	if err == nil || errs.KindOf(err) == errs.Unavailable {
		return err
	}
	if sqliteDown(err) || postgresDown(err) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, errClosed) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errs.Wrap(err, errs.Unavailable, "store_unavailable", "存储暂时不可用，请稍后重试")
	}
	return err
}

// IsUnique reports whether err is a violation of a unique or primary key.
func IsUnique(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}
