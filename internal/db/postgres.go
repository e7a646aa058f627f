package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// How often a transaction is run again that lost a race with another, or that
// lost its connection before it was to be committed.
const (
	raceTries = 10
	lostTries = 3
)

// commitTimeout bounds the wait for the answer to a COMMIT, which no caller's
// impatience cuts short: without the answer nobody knows what is stored.
const commitTimeout = 30 * time.Second

func openPostgres(ctx context.Context, c Config) (*DB, error) {
	connector, err := postgresConnector(c)
	if err != nil {
		return nil, err
	}
	pool := limited(connector, c.MaxConns)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return &DB{engine: Postgres, pool: pool, jobs: pool, patience: connector.patience}, nil
}

func postgresConnector(c Config) (*pgConnector, error) {
	config, err := pgx.ParseConfig(c.URL)
	if err != nil {
		return nil, fmt.Errorf("the address of the database: %w", err)
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "huiyin"
	}
	// Just-in-time compilation and parallel workers cost more than these
	// short queries take.
	config.RuntimeParams["jit"] = "off"
	config.RuntimeParams["max_parallel_workers_per_gather"] = "0"
	return newPgConnector(config), nil
}

func (d *DB) updatePostgres(ctx context.Context, fn func(tx *Tx) error) error {
	for try := 1; ; try++ {
		err := d.tryPostgres(ctx, fn)
		again, ok := errors.AsType[*againError](err)
		if !ok {
			return err
		}
		tries, pause := lostTries, 100*time.Millisecond
		if lostRace(again.err) {
			tries, pause = raceTries, 5*time.Millisecond
		}
		if try >= tries {
			return down(again.err)
		}
		// Those who met once shall not meet again.
		select {
		case <-time.After(time.Duration(try)*pause/2 + rand.N(time.Duration(try)*pause)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// againError is the error of a transaction that certainly did not happen and
// for which another try may do better.
type againError struct{ err error }

func (e *againError) Error() string { return e.err.Error() }
func (e *againError) Unwrap() error { return e.err }

func (d *DB) tryPostgres(ctx context.Context, fn func(tx *Tx) error) error {
	conn, err := d.pool.Conn(ctx)
	if err != nil {
		return maybeAgain(ctx, err)
	}
	defer conn.Close()
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	alive := context.AfterFunc(ctx, end)
	raw, err := conn.BeginTx(life, nil)
	if err != nil {
		return maybeAgain(ctx, err)
	}
	tx := &Tx{tx: raw, engine: Postgres, wire: conn}
	if err := call(fn, tx); err != nil {
		_ = raw.Rollback() // fn's error is the one to tell
		return maybeAgain(ctx, err)
	}
	if !alive() {
		_ = raw.Rollback() // the same
		return ctx.Err()
	}
	timer := time.AfterFunc(commitTimeout, end)
	err = raw.Commit()
	timer.Stop()
	if early, ok := errors.AsType[*beforeCommitError](err); ok {
		return maybeAgain(ctx, early.err)
	}
	switch {
	case err == nil:
		if tx.keep != nil {
			tx.keep()
		}
		tx.committed()
		return nil
	case lostRace(err):
		return &againError{err}
	case refused(err):
		return err
	}
	// The driver calls some of these safe to try again that are not: it says
	// "conn closed" when the connection ends after COMMIT was sent.
	return down(fmt.Errorf("commit, with unknown outcome: %w", err))
}

// maybeAgain marks an error from before the COMMIT that another try may spare
// the caller. Until a COMMIT is sent nothing is stored, whatever became of the
// connection.
func maybeAgain(ctx context.Context, err error) error {
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		return ctx.Err() // the end of the context ended the transaction
	}
	if ctx.Err() == nil && (lostRace(err) || lostConn(err)) {
		return &againError{err}
	}
	return unavailable(ctx, err)
}

// lostRace reports a serialization failure or a deadlock.
func lostRace(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// lostConn reports whether the connection, not the statement, failed.
func lostConn(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P")
	}
	return postgresDown(err) || isBadConn(err)
}

// refused reports whether the server said that it did not commit: a deferred
// constraint, or a transaction that had failed before.
func refused(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return !postgresDown(e)
	}
	return errors.Is(err, pgx.ErrTxCommitRollback)
}

// postgresDown reports whether the server could not be reached, went away, ran
// out of something or only reads: SQLSTATE classes 08, 53, 57, 58 and 25006.
func postgresDown(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		for _, class := range []string{"08", "53", "57", "58", "25006"} {
			if strings.HasPrefix(e.Code, class) {
				return true
			}
		}
		return false
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	return connecting || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}
