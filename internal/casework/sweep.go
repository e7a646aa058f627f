package casework

import (
	"context"
	"errors"
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
// and notes breaches, which carry the due instant, not the sweep's. It works
// on at most limit tickets and returns how many it changed; call it again
// while that is limit. Two sweeps at once do no harm: the second finds nothing
// left to do.
func (s *Service) Sweep(ctx context.Context, limit int) (int, error) {
	due, err := selectDue(ctx, s.db, s.clock().UnixMilli(), limit)
	if err != nil {
		return 0, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sweepers)
	for _, id := range due {
		group.Go(func() error { return s.look(ctx, id) })
	}
	return len(due), group.Wait()
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
	dir := s.city.Current()
	now := s.clock().UnixMilli()
	rows := clockRows(&h.Ticket, calendar{dir.Calendar(), dir.Policy().Counting()}, dir.Policy().WarnDays)
	for i := range rows {
		if rows[i].Next != 0 && int64(rows[i].Next) <= now {
			return nil // still due: the next sweep does it
		}
	}
	stale, err := hasDue(ctx, s.db, id, now)
	if err != nil || !stale {
		return err
	}
	return s.db.Update(ctx, func(tx *db.Tx) error { return upsertClocks(ctx, tx, id, rows) })
}

func selectDue(ctx context.Context, q db.Queryer, now int64, limit int) ([]int64, error) {
	rows, err := q.Query(ctx, `SELECT ticket FROM clock WHERE next_at IS NOT NULL AND next_at <= $1 ORDER BY next_at LIMIT `+strconv.Itoa(limit), now)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	seen := map[int64]bool{}
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

func hasDue(ctx context.Context, q db.Queryer, id, now int64) (bool, error) {
	var n int64
	err := q.QueryRow(ctx, `SELECT COUNT(*) FROM clock WHERE ticket = $1 AND next_at IS NOT NULL AND next_at <= $2`, id, now).Scan(&n)
	return n > 0, err
}

// Resettle makes the next sweep look at every provisional deadline: call it
// when a year's calendar was published.
func (s *Service) Resettle(ctx context.Context) error {
	return s.db.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE clock SET next_at = $1 WHERE provisional = 1 AND stopped_at IS NULL AND paused_at IS NULL`,
			s.clock().UnixMilli())
		return err
	})
}

// keysLive is how long an idempotency key is remembered, in milliseconds.
const keysLive = 7 * 24 * 3600 * 1000

// ForgetKeys drops idempotency keys that nobody can still be retrying.
func (s *Service) ForgetKeys(ctx context.Context) error {
	return s.db.Update(ctx, func(tx *db.Tx) error { return deleteKeys(ctx, tx, s.clock().UnixMilli()-keysLive) })
}
