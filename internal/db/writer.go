package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
	stmts *stmts
	queue chan *job
	quit  chan struct{}
	done  chan struct{}
	gate  gate
}

// gate is held by whoever writes to the file in this process, so that the
// writer and the job queue take turns instead of timing each other out.
type gate chan struct{}

func (g gate) lock()   { g <- struct{}{} }
func (g gate) unlock() { <-g }

type job struct {
	ctx    context.Context
	fn     func(*Tx) error
	tx     *Tx
	err    error
	redo   bool // its changes were lost with the group's transaction
	result chan error
}

var errClosed = errors.New("the store is closed")

func newWriter(pool *sql.DB, conn *sql.Conn) *writer {
	w := &writer{
		pool: pool, conn: conn, stmts: newStmts(conn), queue: make(chan *job, groupSize), quit: make(chan struct{}), done: make(chan struct{}),
		gate: make(gate, 1),
	}
	go w.loop()
	return w
}

func (w *writer) close() error {
	close(w.quit)
	<-w.done
	return errors.Join(w.stmts.close(), w.conn.Close(), w.pool.Close())
}

// run queues a transaction and waits until it is on disk.
func (w *writer) run(ctx context.Context, fn func(*Tx) error) error {
	j := &job{ctx: ctx, fn: fn, result: make(chan error, 1)}
	select {
	case w.queue <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return unavailable(errClosed)
	}
	// Once queued the answer is awaited even if the caller lost patience: only
	// the writer knows whether it happened.
	select {
	case err := <-j.result:
		return err
	case <-w.done:
		select {
		case err := <-j.result:
			return err
		default:
			return unavailable(errClosed)
		}
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
	w.gate.lock()
	defer w.gate.unlock()
	tx, err := w.conn.BeginTx(context.Background(), nil)
	if err != nil {
		first.result <- unavailable(err)
		return
	}
	var jobs []*job
	end := time.Now().Add(groupTime)
	for j := first; j != nil; j = w.next(len(jobs), end) {
		jobs = append(jobs, j)
		if lost := w.step(tx, j); lost {
			_ = tx.Rollback() // it is gone already
			w.again(jobs)
			return
		}
	}
	if err := tx.Commit(); err != nil {
		_ = tx.Rollback() // a failed commit leaves it open
		for _, j := range jobs {
			if j.err == nil {
				j.err = unavailable(fmt.Errorf("commit: %w", err))
			}
		}
	}
	w.answer(jobs)
}

// next returns a job that is waiting, nil if there is none or the group is full.
func (w *writer) next(size int, end time.Time) *job {
	if size >= groupSize || time.Now().After(end) {
		return nil
	}
	select {
	case j := <-w.queue:
		return j
	default:
		return nil
	}
}

func (w *writer) answer(jobs []*job) {
	for _, j := range jobs {
		if j.err == nil {
			for _, f := range j.tx.after {
				f()
			}
		}
		j.result <- j.err
	}
}

// again runs the jobs of a group that lost its transaction one by one. The one
// that failed with it keeps its error.
func (w *writer) again(jobs []*job) {
	for _, j := range jobs {
		if j.err == nil || j.redo {
			j.err = w.alone(j)
		}
		w.answer([]*job{j})
	}
}

func (w *writer) alone(j *job) error {
	tx, err := w.conn.BeginTx(context.Background(), nil)
	if err != nil {
		return unavailable(err)
	}
	j.err, j.redo = nil, false
	if lost := w.step(tx, j); lost || j.err != nil {
		_ = tx.Rollback() // fn's error is the one to tell
		return j.err
	}
	if err := tx.Commit(); err != nil {
		_ = tx.Rollback()
		return unavailable(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// step runs one job under a savepoint of its own. Lost is true when SQLite
// gave up the whole transaction, as it does when the disk is full.
func (w *writer) step(tx *sql.Tx, j *job) (lost bool) {
	j.tx = &Tx{tx: tx, engine: SQLite, stmts: w.stmts}
	if err := j.ctx.Err(); err != nil {
		j.err = err
		return false
	}
	ctx := context.Background()
	if _, err := j.tx.exec(ctx, `SAVEPOINT job`, nil); err != nil {
		j.err, j.redo = unavailable(err), true
		return true
	}
	if j.err = j.call(); j.err == nil {
		_, err := j.tx.exec(ctx, `RELEASE job`, nil)
		j.err = unavailable(err)
		return err != nil
	}
	if _, err := j.tx.exec(ctx, `ROLLBACK TO job`, nil); err != nil {
		return true
	}
	_, err := j.tx.exec(ctx, `RELEASE job`, nil)
	return err != nil
}

// call runs the job's function; a panic is its error, not the writer's end.
func (j *job) call() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a transaction: %v", r)
		}
	}()
	return j.fn(j.tx)
}
