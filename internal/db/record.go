package db

import (
	"context"
	"slices"
	"sync"
)

// Recording keeps the statements of committed transactions, so that a
// benchmark can do the same writes again with nothing around them.
type Recording struct {
	db  *DB
	mu  sync.Mutex
	txs []Recorded
}

// Recorded is one transaction's statements.
type Recorded struct {
	statements []written
}

type written struct {
	text string
	args []any
}

// Record starts recording. One recording runs at a time.
func (d *DB) Record() *Recording {
	r := &Recording{db: d}
	d.recording.Store(r)
	return r
}

// Stop ends the recording.
func (r *Recording) Stop() { r.db.recording.Store(nil) }

// Transactions returns what was recorded, in the order of commits.
func (r *Recording) Transactions() []Recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.txs)
}

// around notes what fn executes, and keeps it once that is committed.
func (r *Recording) around(fn func(*Tx) error) func(*Tx) error {
	return func(tx *Tx) error {
		var statements []written
		tx.record = &statements
		tx.keep = func() { r.add(statements) }
		return fn(tx)
	}
}

func (r *Recording) add(statements []written) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.txs = append(r.txs, Recorded{statements})
}

// Do returns a transaction that runs the recorded statements. Those that
// counted rows are not asked for the count again.
func (r Recorded) Do(ctx context.Context) func(*Tx) error {
	return func(tx *Tx) error {
		for _, s := range r.statements {
			if _, err := tx.Exec(ctx, s.text, s.args...); err != nil {
				return err
			}
		}
		return nil
	}
}
