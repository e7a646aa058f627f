package casework

import (
	"context"

	"huiyin/internal/audit"
	"huiyin/internal/db"
)

// Administer carries out an administrator's act and accounts for it in the
// same transaction: what the access log does not know of was not done. A
// change of the city is seen by this process at once. The act's time is now.
func (s *Service) Administer(ctx context.Context, act audit.Act, do func(tx *db.Tx) error) error {
	line, err := s.log.Number(ctx)
	if err != nil {
		return err
	}
	act.At = s.clock().UnixMilli()
	return s.city.Change(ctx, func(tx *db.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return s.log.Write(ctx, tx, line, act)
	})
}
