package casework

import (
	"context"
	"sync"
	"time"

	"huiyin/internal/ticket"
)

// Today is how the day goes, for everybody to see. Withdrawn and refused tickets
// are not closed ones, as in the figures.
type Today struct {
	Submitted, Replied, Closed int64 // since midnight
	Handling                   int64 // with units now
	At                         ticket.Instant
}

// todayFor is how long Today is believed.
const todayFor = 10 * time.Second

// today keeps what was counted last.
type today struct {
	mu   sync.Mutex
	last Today
}

// Today counts the city's day so far. The counts are at most ten seconds old.
func (s *Service) Today(ctx context.Context) (Today, error) {
	now := s.clock()
	s.today.mu.Lock()
	defer s.today.mu.Unlock()
	if age := now.Sub(s.today.last.At.Time()); s.today.last.At != 0 && age >= 0 && age < todayFor {
		return s.today.last, nil
	}
	local := now.In(s.city.Current().Calendar().Location())
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location()).UnixMilli()
	t := Today{At: ticket.At(now)}
	// States are compared beside the counting: as a condition they would lead the
	// store to an index that holds nearly all tickets.
	err := s.db.QueryRow(ctx, `SELECT
		(SELECT COUNT(*) FROM ticket WHERE submitted_at >= $1),
		(SELECT COUNT(*) FROM ticket WHERE replied_at >= $1),
		(SELECT COUNT(CASE WHEN state IN ('closed', 'archived') THEN 1 END) FROM ticket WHERE closed_at >= $1),
		(SELECT COUNT(*) FROM ticket WHERE state IN ('to_sign', 'handling', 'suspended', 'in_review'))`, midnight).
		Scan(&t.Submitted, &t.Replied, &t.Closed, &t.Handling)
	if err == nil {
		s.today.last = t
	}
	return t, err
}
