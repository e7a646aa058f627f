package casework

import (
	"context"
	"encoding/json"
	"strconv"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/figures"
	"huiyin/internal/ticket"
)

// Count brings the figures up to date with tickets that have changed, no more
// than limit of them, and returns how many; call it again while that is limit.
// Two at once do no harm: the second waits.
func (s *Service) Count(ctx context.Context, limit int) (n int, err error) {
	err = s.db.Update(ctx, func(tx *db.Tx) error {
		n = 0
		if err := holdFigures(ctx, tx); err != nil {
			return err
		}
		changed, err := selectUncounted(ctx, tx, limit)
		if err != nil || len(changed) == 0 {
			return err
		}
		n = len(changed)
		calendar := s.city.Current().Calendar()
		change := figures.NewChange(func(at ticket.Instant) string { return calendar.DayOf(at.Time()).Date })
		for i := range changed {
			if err := s.recount(ctx, tx, &changed[i], change); err != nil {
				return err
			}
		}
		return change.Write(ctx, tx)
	})
	return n, err
}

// recount replaces what a ticket was worth when it was counted last: its
// records say what it was then.
func (s *Service) recount(ctx context.Context, tx *db.Tx, u *uncounted, change *figures.Change) error {
	var before *ticket.Ticket
	if u.counted > 0 {
		records, err := selectFirstRecords(ctx, tx, u.ID, u.counted)
		if err != nil {
			return err
		}
		before = &ticket.Ticket{}
		for i := range records {
			if err := ticket.Evolve(before, &records[i]); err != nil {
				return errs.Wrap(err, errs.Internal, "replay_ticket", "工单数据无法读取")
			}
		}
	}
	change.Replace(before, &u.Ticket)
	return markCounted(ctx, tx, u.ID, u.Seq)
}

// uncounted is a ticket that the figures know an older version of.
type uncounted struct {
	ticket.Ticket
	counted int // the last record that they know; zero: none
}

// holdFigures makes others who count wait until the transaction is over.
func holdFigures(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE counter SET next = next + 1 WHERE name = 'figures'`)
	return err
}

func selectUncounted(ctx context.Context, q db.Queryer, limit int) ([]uncounted, error) {
	rows, err := q.Query(ctx, `SELECT counted_seq, snapshot FROM ticket WHERE counted_seq < seq ORDER BY id LIMIT `+strconv.Itoa(limit))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []uncounted
	for rows.Next() {
		var u uncounted
		var snapshot []byte
		if err := rows.Scan(&u.counted, &snapshot); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(snapshot, &u.Ticket); err != nil {
			return nil, errs.Wrap(err, errs.Internal, "decode_ticket", "工单数据无法读取")
		}
		list = append(list, u)
	}
	return list, rows.Err()
}

func markCounted(ctx context.Context, tx *db.Tx, id int64, seq int) error {
	return tx.Send(ctx, `UPDATE ticket SET counted_seq = $1 WHERE id = $2`, int64(seq), id)
}
