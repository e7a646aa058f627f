package casework

import (
	"context"

	"huiyin/internal/db"
)

// Numbers returns what people call tickets, by id: of a master and its members,
// which whoever sees the one may know of the other.
func (s *Service) Numbers(ctx context.Context, ids []int64) (map[int64]string, error) {
	numbers := make(map[int64]string, len(ids))
	if len(ids) == 0 {
		return numbers, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	rows, err := s.db.Query(ctx, `SELECT id, number FROM ticket WHERE id IN (`+db.In(len(ids), 1)+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var number string
		if err := rows.Scan(&id, &number); err != nil {
			return nil, err
		}
		numbers[id] = number
	}
	return numbers, rows.Err()
}
