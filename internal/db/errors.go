package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"huiyin/internal/errs"
)

var (
	errClosed   = errors.New("the store is closed")
	errReadOnly = errors.New("a view cannot write")
)

// unavailable gives an error that means the store is down its kind and a safe
// sentence; every other error passes. A caller who gave up is no failure of the
// store.
func unavailable(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errs.KindOf(err) == errs.Unavailable {
		return err
	}
	if sqliteDown(err) || postgresDown(err) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, errClosed) {
		return down(err)
	}
	return err
}

func down(err error) error {
	return errs.Wrap(err, errs.Unavailable, "store_unavailable", "存储暂时不可用，请稍后重试")
}

// call runs a transaction's function; a panic is its error and no more, since
// others may be committed with it.
func call(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", r, debug.Stack())
		}
	}()
	return fn(tx)
}

func isBadConn(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
