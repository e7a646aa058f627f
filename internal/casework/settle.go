package casework

import (
	"context"
	"errors"
	"fmt"

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
// call. A ticket that fails does not keep the others from their turn.
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
	counts, failed := make([]Settling, len(ids)), make([]error, len(ids))
	var group errgroup.Group
	group.SetLimit(sweepers)
	for i, id := range ids {
		group.Go(func() error {
			h, err := s.load(ctx, s.db, id)
			if err == nil {
				counts[i] = s.count(&h.Ticket, days)
			}
			if err == nil && counts[i].Settled > 0 {
				err = settle(ctx, id)
			}
			if err != nil {
				failed[i] = fmt.Errorf("settle ticket %d: %w", id, err)
			}
			return nil
		})
	}
	_ = group.Wait() // they never fail
	var sum Settling
	for _, n := range counts {
		sum.Provisional += n.Provisional
		sum.Settled += n.Settled
		sum.Moved += n.Moved
	}
	return sum, errors.Join(failed...)
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
