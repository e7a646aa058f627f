// Package jobs runs work apart from requests: what comes round by the clock is
// queued in the store and done by one of several processes. It is the only room
// that knows how River is set up on our stores.
//
// What may not enter: any domain word, and any work. Workers come from above,
// and a job's arguments never hold people's data: they are stored in plain
// text.
package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"huiyin/internal/db"
)

// Config says what this process works on.
type Config struct {
	Workers  *river.Workers
	Periodic []*river.PeriodicJob
	Queues   map[string]int // queues beside the default one, and how many jobs of each are done at once
	Poll     time.Duration  // how often the queue is looked at; 1 s if zero
	Log      *slog.Logger
}

// parallel is how many jobs a process does at once.
const parallel = 4

// rescueAfter is when a job that is still marked as running is taken for one
// whose process was killed. The queue ends jobs after a minute.
const rescueAfter = 2 * time.Minute

// Client works on jobs.
type Client struct{ river *river.Client[*sql.Tx] }

// New makes a client on a store whose job tables exist; see Migrate.
func New(_ context.Context, d *db.DB, c Config) (*Client, error) {
	config := &river.Config{
		Workers: c.Workers, PeriodicJobs: c.Periodic, Logger: logger(c.Log), FetchPollInterval: c.Poll, PollOnly: true,
		RescueStuckJobsAfter: rescueAfter, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: parallel}},
	}
	for name, n := range c.Queues {
		config.Queues[name] = river.QueueConfig{MaxWorkers: n}
	}
	if c.Poll > 0 {
		config.FetchCooldown = min(c.Poll, river.FetchCooldownDefault)
	}
	client, err := river.NewClient(driver(d), config)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Client{client}, nil
}

func logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}

func driver(d *db.DB) riverdriver.Driver[*sql.Tx] {
	if d.Engine() == db.SQLite {
		return riversqlite.New(d.JobsPool())
	}
	return riverdatabasesql.New(d.JobsPool())
}

// Start begins to work until Stop, or until ctx ends, which also ends the
// contexts of running jobs.
func (c *Client) Start(ctx context.Context) error { return wrap(c.river.Start(ctx)) }

// Stop lets running jobs finish; when ctx ends first, theirs are ended and
// the jobs are left to be tried again.
func (c *Client) Stop(ctx context.Context) error {
	err := c.river.Stop(ctx)
	if err == nil || ctx.Err() == nil {
		return wrap(err)
	}
	return wrap(c.river.StopAndCancel(context.WithoutCancel(ctx)))
}

// Promises queues jobs in the transactions of others.
type Promises struct{ river *river.Client[*sql.Tx] }

// NewPromises makes one on a store whose job tables exist; see Migrate.
func NewPromises(d *db.DB, log *slog.Logger) (*Promises, error) {
	client, err := river.NewClient(driver(d), &river.Config{Logger: logger(log)})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Promises{client}, nil
}

// Queue adds a job in the transaction: it is done once that is committed, and
// never if it is rolled back.
func (p *Promises) Queue(ctx context.Context, tx *db.Tx, args river.JobArgs) error {
	_, err := p.river.InsertTx(context.WithoutCancel(ctx), tx.SQL(), args, nil)
	return wrap(err)
}

// migrating is the PostgreSQL advisory lock that one process holds while it
// makes the job tables.
const migrating = 4_864_791_102

// Migrate makes or changes the job tables. Several processes may call it at
// once.
func Migrate(ctx context.Context, d *db.DB, log *slog.Logger) error {
	m, err := rivermigrate.New(driver(d), &rivermigrate.Config{Logger: logger(log)})
	if err != nil {
		return wrap(err)
	}
	if d.Engine() == db.Postgres {
		return wrap(migratePostgres(ctx, d, m))
	}
	// Each migration is a transaction, so that of two processes one fails
	// where the other has been; it then goes on with the next.
	for before := -1; ; {
		_, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		if err == nil {
			return nil
		}
		there, unknown := m.ExistingVersions(ctx)
		if unknown != nil || len(there) <= before {
			return wrap(err)
		}
		before = len(there)
	}
}

func migratePostgres(ctx context.Context, d *db.DB, m *rivermigrate.Migrator[*sql.Tx]) (err error) {
	conn, err := d.JobsPool().Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrating)); err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	_, unlock := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrating))
	return errors.Join(err, unlock)
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("jobs: %w", err)
}
