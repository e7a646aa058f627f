package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// A group of transactions that arrive together is committed together: one sync
// to disk serves all of them. Nobody waits for a group to fill.
const (
	groupSize = 256
	groupTime = 10 * time.Millisecond
)

// writer runs all changes of a SQLite store, one after the other, in groups.
type writer struct {
	pool  *sql.DB
	conn  *sql.Conn // the only one of the pool that writes
	lite  *liteConn // the same
	log   *slog.Logger
	queue chan *job
	quit  chan struct{}
	done  chan struct{}
	gate  gate
}

// job is a transaction that is waiting or running.
type job struct {
	ctx    context.Context
	fn     func(*Tx) error
	taken  atomic.Bool // by the writer, or back by a caller who gave up
	tx     *Tx
	err    error
	result chan error
}

var errRowsOpen = errors.New("a transaction's function returned with rows still open")

func newWriter(pool *sql.DB, conn *sql.Conn, lite *liteConn, log *slog.Logger) *writer {
	w := &writer{
		pool: pool, conn: conn, lite: lite, log: log, gate: newGate(),
		queue: make(chan *job, groupSize), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go w.loop()
	return w
}

func (w *writer) close() error {
	close(w.quit)
	<-w.done
	return errors.Join(w.conn.Close(), w.pool.Close())
}

// run queues a transaction and waits until it is on disk.
func (w *writer) run(ctx context.Context, fn func(*Tx) error) error {
	j := &job{ctx: ctx, fn: fn, result: make(chan error, 1)}
	select {
	case w.queue <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return down(errClosed)
	}
	err := w.wait(j)
	if err == nil {
		j.tx.committed()
	}
	return err
}

// wait returns a job's result. A caller who loses patience before the job has
// begun takes it back; once it has begun only the writer knows what became
// of it.
func (w *writer) wait(j *job) error {
	select {
	case err := <-j.result:
		return err
	case <-w.done:
	case <-j.ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return j.ctx.Err()
		}
	}
	select {
	case err := <-j.result:
		return err
	case <-w.done:
	}
	select {
	case err := <-j.result:
		return err
	default:
		return down(errClosed)
	}
}

func (w *writer) loop() {
	defer close(w.done)
	for {
		select {
		case <-w.quit:
			return
		case j := <-w.queue:
			w.group(j)
		}
	}
}

// group runs the job and those that wait behind it in one transaction.
func (w *writer) group(first *job) {
	_ = w.gate.lock(context.Background()) // never ends
	defer w.gate.unlock()
	tx, err := w.begin()
	if err != nil {
		w.refuse(first, err)
		return
	}
	var jobs []*job
	end := time.Now().Add(groupTime)
	j := first
	if !w.take(first) {
		j = w.next(0, end)
	}
	for ; j != nil; j = w.next(len(jobs), end) {
		jobs = append(jobs, j)
		j.err = w.step(tx, j)
		if w.lite.lost != nil {
			w.again(tx, jobs)
			return
		}
	}
	w.finish(tx, jobs)
}

// take reports whether the job is the writer's: its caller may have taken it
// back.
func (w *writer) take(j *job) bool { return j.taken.CompareAndSwap(false, true) }

// next returns a job that is waiting, nil if there is none or the group is full.
func (w *writer) next(size int, end time.Time) *job {
	for size < groupSize && time.Now().Before(end) {
		select {
		case j := <-w.queue:
			if w.take(j) {
				return j
			}
		default:
			return nil
		}
	}
	return nil
}

// begin starts a transaction, waiting for another process if need be.
func (w *writer) begin() (*sql.Tx, error) {
	end := time.Now().Add(busyTimeout)
	for {
		tx, err := w.conn.BeginTx(context.Background(), nil)
		if err == nil || !sqliteBusy(err) || time.Now().After(end) {
			return tx, err
		}
		select {
		case <-time.After(busyPoll):
		case <-w.quit:
			return nil, err
		}
	}
}

// refuse answers the job and all that wait behind it: they have waited as long.
func (w *writer) refuse(first *job, err error) {
	first.result <- err // there is room for it even if nobody listens
	end := time.Now().Add(groupTime)
	for j := w.next(0, end); j != nil; j = w.next(0, end) {
		j.result <- err
	}
}

// finish commits and answers. When the commit fails, nobody's changes are there.
func (w *writer) finish(tx *sql.Tx, jobs []*job) {
	if err := tx.Commit(); err != nil {
		w.log.Error("commit failed", "transactions", len(jobs), "error", err)
		for _, j := range jobs {
			if j.err == nil {
				j.err = down(fmt.Errorf("commit: %w", err))
			}
		}
	}
	for _, j := range jobs {
		if j.err == nil && j.tx.keep != nil {
			j.tx.keep()
		}
		j.result <- j.err
	}
}

// again runs the jobs of a group that lost its transaction one by one, since
// what is too much for the disk together may not be too much alone. Those that
// failed on their own keep their error.
func (w *writer) again(tx *sql.Tx, jobs []*job) {
	w.log.Warn("a group of transactions is run again one by one", "transactions", len(jobs), "error", w.lite.lost)
	_ = tx.Rollback() // it is gone already
	last := len(jobs) - 1
	for i, j := range jobs {
		if i < last && j.err != nil {
			j.result <- j.err
			continue
		}
		tx, err := w.begin()
		if err != nil {
			j.result <- err
			continue
		}
		j.err = w.step(tx, j)
		w.finish(tx, []*job{j})
	}
}

// step runs one job under a savepoint of its own, so that it can be rolled back
// alone.
func (w *writer) step(tx *sql.Tx, j *job) error {
	if err := j.ctx.Err(); err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := w.lite.ExecContext(ctx, `SAVEPOINT job`, nil); err != nil {
		return w.broken(err)
	}
	j.tx = &Tx{tx: tx, engine: SQLite, conn: w.conn, lite: w.lite}
	err := call(j.fn, j.tx)
	if w.lite.closeRows() > 0 && err == nil {
		err = errRowsOpen
	}
	if w.lite.lost != nil {
		return w.lite.lost
	}
	if err != nil {
		if _, undo := w.lite.ExecContext(ctx, `ROLLBACK TO job`, nil); undo != nil {
			return w.broken(undo)
		}
	}
	if _, release := w.lite.ExecContext(ctx, `RELEASE job`, nil); release != nil {
		return w.broken(release)
	}
	return err
}

// broken marks the group's transaction as lost: without its savepoints nothing
// of it can be trusted.
func (w *writer) broken(err error) error {
	w.lite.lost = down(fmt.Errorf("savepoint: %w", err))
	return w.lite.lost
}
