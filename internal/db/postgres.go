package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// retries bounds how often a transaction is run again that lost a race.
const retries = 8

func openPostgres(ctx context.Context, c Config) (*DB, error) {
	config, err := pgx.ParseConfig(c.URL)
	if err != nil {
		return nil, fmt.Errorf("the address of the database: %w", err)
	}
	config.RuntimeParams["application_name"] = "huiyin"
	// Planning by just-in-time compilation costs more than these short
	// queries take.
	config.RuntimeParams["jit"] = "off"
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(c.MaxConns)
	pool.SetMaxIdleConns(c.MaxConns)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return &DB{engine: Postgres, pool: pool}, nil
}

func (d *DB) updatePostgres(ctx context.Context, fn func(tx *Tx) error) error {
	var err error
	for range retries {
		var again bool
		if again, err = d.tryPostgres(ctx, fn); !again {
			return err
		}
	}
	return unavailable(err)
}

// tryPostgres runs fn once. Again is true when the transaction certainly did
// not happen and another try may do better; after a commit whose outcome is
// not known it is false.
func (d *DB) tryPostgres(ctx context.Context, fn func(tx *Tx) error) (again bool, err error) {
	raw, err := d.pool.BeginTx(ctx, nil)
	if err != nil {
		return false, unavailable(err)
	}
	tx := &Tx{tx: raw, engine: Postgres}
	if err := fn(tx); err != nil {
		_ = raw.Rollback() // fn's error is the one to tell
		return lostRace(err), err
	}
	if err := raw.Commit(); err != nil {
		return lostRace(err), unavailable(fmt.Errorf("commit: %w", err))
	}
	for _, f := range tx.after {
		f()
	}
	return false, nil
}

// lostRace reports a serialization failure or a deadlock.
func lostRace(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// postgresDown reports whether the server could not be reached, went away or
// ran out of something; SQLSTATE classes 08, 53, 57 and 58.
func postgresDown(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		for _, class := range []string{"08", "53", "57", "58", "25006"} {
			if strings.HasPrefix(e.Code, class) {
				return true
			}
		}
		return false
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, net.ErrClosed) || errors.Is(err, sql.ErrConnDone) || pgconn.SafeToRetry(err) ||
		strings.Contains(fmt.Sprint(err), "unexpected EOF")
}
