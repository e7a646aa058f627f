package db

import "context"

// gate is held by whoever writes to a SQLite file in this process, so that the
// group writer and the job queue take turns instead of timing each other out.
// Waiters on a channel are served in the order in which they came, so it is
// fair.
type gate chan struct{}

func newGate() gate { return make(gate, 1) }

func (g gate) lock(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g gate) unlock() { <-g }
