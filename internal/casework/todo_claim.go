package casework

import (
	"context"
	"strconv"
	"time"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// ClaimLive is how long a claim lasts that is not renewed.
const ClaimLive = 10 * time.Minute

// Claim says to the actor's colleagues that the actor is at work on a ticket,
// so that they take another one; calling it again renews it. It is a courtesy
// and no lock: commands of others still work, and other units at work on the
// ticket have claims of their own. While a colleague's claim lasts it fails
// with errs.Conflict, code "claimed", and names the colleague.
func (s *Service) Claim(ctx context.Context, actor ticket.Actor, number string) error {
	id, err := s.Lookup(ctx, actor, number)
	if err != nil {
		return err
	}
	if !works(actor) {
		return errs.New(errs.Denied, "role", "您的岗位不办理工单")
	}
	now := s.clock()
	return s.db.Update(ctx, func(tx *db.Tx) error {
		n, err := upsertClaim(ctx, tx, actor, id, now.UnixMilli(), now.Add(ClaimLive).UnixMilli())
		if err != nil || n > 0 {
			return err
		}
		return s.claimed(ctx, tx, actor.Unit, id)
	})
}

// claimed names who was faster.
func (s *Service) claimed(ctx context.Context, q db.Queryer, unit ticket.UnitID, id int64) error {
	var account ticket.AccountID
	err := q.QueryRow(ctx, `SELECT account FROM claim WHERE unit = $1 AND ticket = $2`, int64(unit), id).Scan(&account)
	if err != nil {
		return err
	}
	who, _ := s.city.Current().Account(account)
	return errs.Newf(errs.Conflict, "claimed", "%s正在办理该工单", who.Name)
}

// Release ends the actor's claim. It is no error if they have none.
func (s *Service) Release(ctx context.Context, actor ticket.Actor, number string) error {
	id, err := s.idOf(ctx, s.db, number)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *db.Tx) error {
		return tx.Send(ctx, `DELETE FROM claim WHERE unit = $1 AND ticket = $2 AND account = $3`,
			int64(actor.Unit), id, int64(actor.Account))
	})
}

// ForgetClaims drops claims that have ended.
func (s *Service) ForgetClaims(ctx context.Context) error {
	return s.db.Update(ctx, func(tx *db.Tx) error {
		return tx.Send(ctx, `DELETE FROM claim WHERE until <= $1`, s.clock().UnixMilli())
	})
}

// claims notes on each line of a list who of the actor's unit is at work on it.
func (s *Service) claims(ctx context.Context, actor ticket.Actor, items []Item) error {
	if len(items) == 0 || !works(actor) {
		return nil
	}
	rows, err := s.db.Query(ctx, `SELECT ticket, account, until FROM claim WHERE unit = $1 AND until > $2 ORDER BY until DESC LIMIT `+
		strconv.Itoa(maxClaims), int64(actor.Unit), s.clock().UnixMilli())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var account ticket.AccountID
		var until ticket.Instant
		if err := rows.Scan(&id, &account, &until); err != nil {
			return err
		}
		for i := range items {
			if items[i].ID == id {
				items[i].ClaimedBy, items[i].ClaimedUntil = account, until
			}
		}
	}
	return rows.Err()
}

// maxClaims is how many claims of one unit a list looks at: more than people
// are at work in any.
const maxClaims = 1000

// upsertClaim claims a ticket unless a colleague's claim lasts.
func upsertClaim(ctx context.Context, tx *db.Tx, actor ticket.Actor, id, now, until int64) (int64, error) {
	return tx.Exec(ctx, `INSERT INTO claim (unit, ticket, account, until) VALUES ($1, $2, $3, $4)
		ON CONFLICT (unit, ticket) DO UPDATE SET account = excluded.account, until = excluded.until
		WHERE claim.account = excluded.account OR claim.until <= $5`,
		int64(actor.Unit), id, int64(actor.Account), until, now)
}
