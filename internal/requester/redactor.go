package requester

import (
	"context"

	"huiyin/internal/db"
)

// Redactor returns Redact with the names of a requester, who is zero if there
// is none. The names serve to be found and taken out, and go nowhere.
func (s *Store) Redactor(ctx context.Context, q db.Queryer, id int64) (func(text string) string, error) {
	var names []string
	if id != 0 {
		rows, err := byID(ctx, q, []int64{id})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			p, err := r.open(s.keys)
			if err != nil {
				return nil, err
			}
			names = append(names, p.Name, p.Company)
		}
	}
	return func(text string) string { return Redact(text, names...) }, nil
}
