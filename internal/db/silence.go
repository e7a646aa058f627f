package db

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// grace is how much longer than a statement may take its answer is waited
	// for: a server that lives has ended the statement by then.
	grace = 2 * time.Second
	// knockEvery is how often a silent server is asked whether it speaks again.
	knockEvery = 250 * time.Millisecond
)

var errSilent = errors.New("the database server is silent")

// patience is how long this process waits for the server: it ends statements
// that take too long, and does not wait for a server that says nothing at all,
// frozen or cut off without a word. As long as that is silent, everybody is
// told at once instead of waiting in turn.
type patience struct {
	limit  atomic.Int64 // nanoseconds that a statement may take; zero is no limit
	silent atomic.Bool
	life   context.Context //nolint:containedctx // that of whoever knocks
	end    context.CancelFunc
	knocks sync.WaitGroup
}

func newPatience() *patience {
	p := &patience{}
	p.life, p.end = context.WithCancel(context.Background())
	return p
}

// Limit ends statements on PostgreSQL that take longer than this, on
// connections used from now on; without it, as is right for long work, they
// take what they take. Whoever waits for a server that says nothing for two
// seconds more gets errs.Unavailable. A SQLite file cannot fall silent.
func (d *DB) Limit(statement time.Duration) {
	if d.patience != nil {
		d.patience.limit.Store(int64(statement))
	}
}

func (p *patience) statement() time.Duration { return time.Duration(p.limit.Load()) }

// apply makes connections of a config keep a limit.
func (p *patience) apply(config *pgx.ConnConfig, statement time.Duration) {
	if statement == 0 {
		return
	}
	config.RuntimeParams["statement_timeout"] = strconv.FormatInt(statement.Milliseconds(), 10)
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = statement + grace
	}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &timedConn{Conn: conn, limit: statement + grace, silent: func() { p.mute(config) }}, nil
	}
}

// mute lets nobody wait any more, until the server speaks again.
func (p *patience) mute(config *pgx.ConnConfig) {
	if p.life.Err() == nil && p.silent.CompareAndSwap(false, true) {
		p.knocks.Go(func() { p.knock(config) })
	}
}

func (p *patience) knock(config *pgx.ConnConfig) {
	tick := time.NewTicker(knockEvery)
	defer tick.Stop()
	for !p.answers(config) {
		select {
		case <-p.life.Done():
			return
		case <-tick.C:
		}
	}
	p.silent.Store(false)
}

// answers reports whether the server says anything, be it no.
func (p *patience) answers(config *pgx.ConnConfig) bool {
	ctx, end := context.WithTimeout(p.life, grace)
	defer end()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		_, said := errors.AsType[*pgconn.PgError](err)
		return said
	}
	_ = conn.Close(ctx) // it has answered
	return true
}

func (p *patience) close() {
	p.end()
	p.knocks.Wait()
}

// timedConn is hung up when the other side says nothing for too long while
// something is waited for.
type timedConn struct {
	net.Conn
	limit  time.Duration
	silent func()
}

func (c *timedConn) Read(b []byte) (int, error) {
	defer c.watch().Stop()
	return c.Conn.Read(b)
}

func (c *timedConn) Write(b []byte) (int, error) {
	defer c.watch().Stop()
	return c.Conn.Write(b)
}

func (c *timedConn) watch() *time.Timer {
	return time.AfterFunc(c.limit, func() {
		c.silent()
		_ = c.Close() // whoever waits gets an error by it
	})
}
