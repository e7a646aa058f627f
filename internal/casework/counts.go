package casework

import (
	"context"

	"huiyin/internal/ticket"
)

// Counts returns how many open tickets the actor may see in each state.
func (s *Service) Counts(ctx context.Context, actor ticket.Actor) (map[ticket.State]int64, error) {
	counts := map[ticket.State]int64{}
	if !works(actor) && !watches(actor) {
		return counts, nil
	}
	b := s.scoped(actor, Filter{States: openStates})
	if actor.Unit == s.city.Current().CityCenter() {
		b = s.scoped(actor, Filter{})
		in(b, "t.state", openStates) // counted in the index on it alone
	}
	rows, err := s.db.Query(ctx, `SELECT t.state, COUNT(*) FROM `+b.from+` WHERE `+b.condition()+` GROUP BY t.state`, b.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var state ticket.State
		var n int64
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		counts[state] = n
	}
	return counts, rows.Err()
}

var openStates = func() []ticket.State {
	var open []ticket.State
	for _, state := range ticket.States {
		if state.Open() {
			open = append(open, state)
		}
	}
	return open
}()
