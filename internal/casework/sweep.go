package casework

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// sweepers is how many tickets one sweep works on at once; their transactions
// share commits.
const sweepers = 16

// Sweep looks at the clocks that are due for a look: it ends windows, warns,
// and notes breaches, which carry the due instant, not the sweep's. It looks
// at no more than limit clocks and returns at how many; call it again while
// that is limit. A ticket that fails does not keep the others from their turn.
// Two sweeps at once do no harm: the second finds nothing left to do.
func (s *Service) Sweep(ctx context.Context, limit int) (clocks int, err error) {
	due, clocks, err := selectDue(ctx, s.db, s.clock().UnixMilli(), limit)
	if err != nil {
		return 0, err
	}
	failed := make([]error, len(due))
	var group errgroup.Group
	group.SetLimit(sweepers)
	for i, id := range due {
		group.Go(func() error {
			if err := s.look(ctx, id); err != nil {
				failed[i] = fmt.Errorf("sweep of ticket %d: %w", id, err)
			}
			return nil
		})
	}
	_ = group.Wait() // they never fail
	if err := ctx.Err(); err != nil {
		return clocks, err // said once, not of every ticket
	}
	return clocks, errors.Join(failed...)
}

// look does for one ticket what its clocks ask for.
func (s *Service) look(ctx context.Context, id int64) error {
	platform := ticket.ThePlatform()
	for _, cmd := range []ticket.Command{ticket.Lapse{}, ticket.Notice{WarnDays: s.city.Current().Policy().WarnDays}} {
		_, err := s.Do(ctx, platform, id, cmd, Options{})
		if err != nil && !errs.Is(err, errs.Conflict) {
			return err
		}
	}
	return s.rearm(ctx, id)
}

// rearm takes a clock off the list that the commands had nothing to say to,
// so that the next sweep does not meet it again.
func (s *Service) rearm(ctx context.Context, id int64) error {
	h, err := s.load(ctx, s.db, id)
	if errors.Is(err, errNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	now := s.clock().UnixMilli()
	rows := clockRows(&h.Ticket, nextBy(s.city.Current()))
	for i := range rows {
		if rows[i].Next != 0 && int64(rows[i].Next) <= now {
			return nil // still due: the next sweep does it
		}
	}
	stale, err := hasDue(ctx, s.db, id, now)
	if err != nil || !stale {
		return err
	}
	return s.db.Update(ctx, func(tx *db.Tx) error {
		// What was read may be old by now; who made it so has set the clocks.
		if err := holdTicket(ctx, tx, id, h.Seq); errors.Is(err, errStale) {
			return nil
		} else if err != nil {
			return err
		}
		return upsertClocks(ctx, tx, id, rows)
	})
}

// holdTicket keeps a ticket at a version until the transaction ends.
func holdTicket(ctx context.Context, tx *db.Tx, id int64, seq int) error {
	n, err := tx.Exec(ctx, `UPDATE ticket SET seq = seq WHERE id = $1 AND seq = $2`, id, int64(seq))
	if err == nil && n == 0 {
		err = errStale
	}
	return err
}

// selectDue returns the tickets of the clocks that are due, and how many clocks
// these are.
func selectDue(ctx context.Context, q db.Queryer, now int64, limit int) (ids []int64, clocks int, err error) {
	rows, err := q.Query(ctx, `SELECT ticket FROM clock WHERE next_at IS NOT NULL AND next_at <= $1 ORDER BY next_at LIMIT `+strconv.Itoa(limit), now)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	seen := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, 0, err
		}
		clocks++
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids, clocks, rows.Err()
}

func hasDue(ctx context.Context, q db.Queryer, id, now int64) (bool, error) {
	var n int64
	err := q.QueryRow(ctx, `SELECT COUNT(*) FROM clock WHERE ticket = $1 AND next_at IS NOT NULL AND next_at <= $2`, id, now).Scan(&n)
	return n > 0, err
}

// keysLive is how long an idempotency key is remembered, in milliseconds, and
// keysAtOnce how many are forgotten in one transaction.
const (
	keysLive   = 7 * 24 * 3600 * 1000
	keysAtOnce = 5000
)

// ForgetKeys drops idempotency keys that nobody can still be retrying.
func (s *Service) ForgetKeys(ctx context.Context) error {
	for {
		var n int64
		err := s.db.Update(ctx, func(tx *db.Tx) (err error) {
			n, err = deleteKeys(ctx, tx, s.clock().UnixMilli()-keysLive, keysAtOnce)
			return err
		})
		if err != nil || n < keysAtOnce {
			return err
		}
	}
}
