package casework

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// Settling counts what a calendar makes of the provisional deadlines that run.
type Settling struct {
	Provisional int // before
	Settled     int // that the calendar knows all years of
	Moved       int // settled at another instant than was guessed
}

// Settle makes final what the city's calendar can settle by now: call it when
// the notice of a year has come. What it is interrupted in is done by the next
// call. It returns with the first ticket that fails.
func (s *Service) Settle(ctx context.Context) (Settling, error) {
	return s.settling(ctx, s.city.Current().Calendar(), func(ctx context.Context, id int64) error {
		_, err := s.Do(ctx, ticket.ThePlatform(), id, ticket.Notice{WarnDays: s.city.Current().Policy().WarnDays}, Options{})
		if errs.Is(err, errs.Conflict) {
			return nil // somebody else has done it
		}
		return err
	})
}

// Foresee says what Settle would do with another calendar.
func (s *Service) Foresee(ctx context.Context, days *worktime.Calendar) (Settling, error) {
	return s.settling(ctx, days, func(context.Context, int64) error { return nil })
}

func (s *Service) settling(ctx context.Context, days *worktime.Calendar, settle func(context.Context, int64) error) (Settling, error) {
	ids, err := selectProvisional(ctx, s.db)
	if err != nil {
		return Settling{}, err
	}
	var provisional, settled, moved atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sweepers)
	for _, id := range ids {
		group.Go(func() error {
			h, err := s.load(ctx, s.db, id)
			if err != nil {
				return fmt.Errorf("settle ticket %d: %w", id, err)
			}
			n := s.count(&h.Ticket, days)
			provisional.Add(int64(n.Provisional))
			settled.Add(int64(n.Settled))
			moved.Add(int64(n.Moved))
			if n.Settled == 0 {
				return nil
			}
			if err := settle(ctx, id); err != nil {
				return fmt.Errorf("settle ticket %d: %w", id, err)
			}
			return nil
		})
	}
	err = group.Wait()
	return Settling{int(provisional.Load()), int(settled.Load()), int(moved.Load())}, err
}

// count looks at the clocks that a Notice would look at.
func (s *Service) count(t *ticket.Ticket, days *worktime.Calendar) (n Settling) {
	policy := s.city.Current().Policy()
	for i := range t.Clocks {
		c := &t.Clocks[i]
		if !c.Running() || !c.Provisional || c.Step.Lapses() {
			continue
		}
		n.Provisional++
		due, settled := t.Settled(c, calendar{days, policy.Counting()}, policy.Ticket())
		if settled {
			n.Settled++
		}
		if settled && due != c.Due {
			n.Moved++
		}
	}
	return n
}

func selectProvisional(ctx context.Context, q db.Queryer) ([]int64, error) {
	rows, err := q.Query(ctx, `SELECT DISTINCT ticket FROM clock WHERE provisional = 1 AND stopped_at IS NULL AND paused_at IS NULL ORDER BY ticket`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
