package casework

import (
	"context"
	"encoding/json"
	"strconv"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// insertChange notes a change, in no round yet.
func insertChange(ctx context.Context, tx *db.Tx, id int64, version int, state ticket.State) error {
	return tx.Send(ctx, `INSERT INTO change (round, ticket, seq, state) VALUES (0, $1, $2, $3)`, id, int64(version), string(state))
}

// insertGap puts down that there is more than can be told: ticket zero.
func insertGap(ctx context.Context, tx *db.Tx, round, no int64) error {
	return tx.Send(ctx, `INSERT INTO change (round, ticket, seq, state) VALUES ($1, 0, $2, '')
		ON CONFLICT (round, ticket, seq) DO NOTHING`, round, no)
}

// countLoose counts the changes in no round, as far as the limit, and says
// whether a gap is among them.
func countLoose(ctx context.Context, q db.Queryer, limit int) (n int64, gap bool, err error) {
	var first int64
	err = q.QueryRow(ctx, `SELECT COUNT(*), COALESCE(MIN(ticket), 1) FROM
		(SELECT ticket FROM change WHERE round = 0 ORDER BY ticket, seq LIMIT `+strconv.Itoa(limit)+`) AS loose`).Scan(&n, &first)
	return n, first == 0, err
}

func moveLoose(ctx context.Context, tx *db.Tx, round int64) error {
	return tx.Send(ctx, `UPDATE change SET round = $1 WHERE round = 0`, round)
}

// deleteLoose forgets changes in no round, no more than the limit, and returns
// how many.
func deleteLoose(ctx context.Context, tx *db.Tx, limit int) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM change WHERE round = 0 AND (ticket, seq) IN
		(SELECT ticket, seq FROM change WHERE round = 0 ORDER BY ticket, seq LIMIT `+strconv.Itoa(limit)+`)`)
}

// deleteRounds forgets the rounds up to one.
func deleteRounds(ctx context.Context, tx *db.Tx, upto int64) error {
	return tx.Send(ctx, `DELETE FROM change WHERE round > 0 AND round <= $1`, upto)
}

func nextRound(ctx context.Context, tx *db.Tx) (round int64, err error) {
	err = tx.QueryRow(ctx, `UPDATE counter SET next = next + 1 WHERE name = 'change' RETURNING next`).Scan(&round)
	return round, err
}

// selectRound returns the newest round; the first is 2.
func selectRound(ctx context.Context, q db.Queryer) (round int64, err error) {
	err = q.QueryRow(ctx, `SELECT next FROM counter WHERE name = 'change'`).Scan(&round)
	return round, err
}

// selectOldest returns the oldest round that is kept; zero if none is.
func selectOldest(ctx context.Context, q db.Queryer) (round int64, err error) {
	err = q.QueryRow(ctx, `SELECT COALESCE(MIN(round), 0) FROM change WHERE round > 0`).Scan(&round)
	return round, err
}

// selectChanges returns the changes of the rounds after one, up to another; a
// gap first.
func selectChanges(ctx context.Context, q db.Queryer, after, upto int64, limit int) ([]Change, error) {
	rows, err := q.Query(ctx, `SELECT ticket, seq, state FROM change WHERE round > $1 AND round <= $2
		ORDER BY CASE WHEN ticket = 0 THEN 0 ELSE 1 END, round, ticket, seq LIMIT `+strconv.Itoa(limit), after, upto)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Change
	for rows.Next() {
		var c Change
		if err := rows.Scan(&c.Ticket, &c.Version, &c.State); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// selectTickets fills in the tickets that are there.
func selectTickets(ctx context.Context, q db.Queryer, of map[int64]*ticket.Ticket) error {
	if len(of) == 0 {
		return nil
	}
	ids := make([]any, 0, len(of))
	for id := range of {
		ids = append(ids, id)
	}
	rows, err := q.Query(ctx, `SELECT id, snapshot FROM ticket WHERE id IN (`+db.In(len(ids), 1)+`)`, ids...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var snapshot string
		if err := rows.Scan(&id, &snapshot); err != nil {
			return err
		}
		t := &ticket.Ticket{}
		if err := json.Unmarshal([]byte(snapshot), t); err != nil {
			return errs.Wrap(err, errs.Internal, "decode_ticket", "工单数据无法读取")
		}
		of[id] = t
	}
	return rows.Err()
}
