package casework

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"huiyin/internal/db"
)

// hasEmail reports whether a requester left an e-mail address.
func hasEmail(ctx context.Context, q db.Queryer, person int64) (bool, error) {
	var n int64
	err := q.QueryRow(ctx, `SELECT COUNT(*) FROM requester WHERE id = $1 AND email IS NOT NULL`, person).Scan(&n)
	return n > 0, err
}

// countSubmitted counts the tickets since an instant whose requesters share the
// person's e-mail address, as far as one more than get a receipt. The first
// ticket since then bounds what is looked at: ids rise with time.
func countSubmitted(ctx context.Context, q db.Queryer, person, since int64) (n int64, err error) {
	err = q.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM requester p
		JOIN requester r ON r.email_hash = p.email_hash JOIN ticket t ON t.requester = r.id
		WHERE p.id = $1 AND t.submitted_at >= $2
		AND t.id >= (SELECT f.id FROM ticket f WHERE f.submitted_at >= $2 ORDER BY f.submitted_at, f.id LIMIT 1)
		LIMIT `+strconv.Itoa(maxReceipts+1)+`) AS recent`, person, since).Scan(&n)
	return n, err
}

func insertOutbound(ctx context.Context, tx *db.Tx, n NoticeID, state OutState, now int64) error {
	return tx.Send(ctx, `INSERT INTO outbound (ticket, seq, about, state, attempts, code, queued_at, at) VALUES ($1, $2, $3, $4, 0, 0, $5, $5)`,
		n.Ticket, int64(n.Seq), string(n.About), string(state), now)
}

// selectOutState returns the state of a notice; empty if there is none.
func selectOutState(ctx context.Context, q db.Queryer, n NoticeID) (state OutState, err error) {
	err = q.QueryRow(ctx, `SELECT state FROM outbound WHERE ticket = $1 AND seq = $2 AND about = $3`, n.Ticket, int64(n.Seq), string(n.About)).
		Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return state, err
}

func updateOutbound(ctx context.Context, tx *db.Tx, n NoticeID, state OutState, code int, now int64) error {
	return tx.Send(ctx, `UPDATE outbound SET state = $1, code = $2, at = $3 WHERE ticket = $4 AND seq = $5 AND about = $6 AND state = $7`,
		string(state), int64(code), now, n.Ticket, int64(n.Seq), string(n.About), string(OutQueued))
}

func selectOutbound(ctx context.Context, q db.Queryer, id int64) ([]Out, error) {
	rows, err := q.Query(ctx, `SELECT seq, about, state, attempts, code, queued_at, at FROM outbound WHERE ticket = $1 ORDER BY seq, about`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Out
	for rows.Next() {
		o := Out{NoticeID: NoticeID{Ticket: id}}
		if err := rows.Scan(&o.Seq, &o.About, &o.State, &o.Attempts, &o.Code, &o.QueuedAt, &o.At); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}
