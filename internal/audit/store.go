package audit

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"huiyin/internal/db"
)

func lastSeal(ctx context.Context, q db.Queryer) (s Seal, err error) {
	err = q.QueryRow(ctx, `SELECT no, at, heads, acts, hash FROM seal ORDER BY no DESC LIMIT 1`).
		Scan(&s.No, &s.At, &s.Heads, &s.Acts, &s.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Seal{}, nil
	}
	return s, err
}

func unsealedHeads(ctx context.Context, q db.Queryer, limit int) ([]head, error) {
	return heads(q.Query(ctx, `SELECT id, seq, head FROM ticket WHERE sealed_seq < seq ORDER BY id LIMIT `+strconv.Itoa(limit)))
}

func headsOf(ctx context.Context, q db.Queryer, seal int64) ([]head, error) {
	return heads(q.Query(ctx, `SELECT ticket, seq, head FROM seal_head WHERE seal = $1 ORDER BY ticket`, seal))
}

func heads(rows *sql.Rows, err error) ([]head, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []head
	for rows.Next() {
		var h head
		if err := rows.Scan(&h.ticket, &h.seq, &h.hash); err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, rows.Err()
}

func unsealedActs(ctx context.Context, q db.Queryer, limit int) ([]sealedAct, error) {
	return acts(q.Query(ctx, `SELECT id, at, account, unit, act, ticket, detail FROM access WHERE seal = 0 ORDER BY id LIMIT `+strconv.Itoa(limit)))
}

func actsOf(ctx context.Context, q db.Queryer, seal int64) ([]sealedAct, error) {
	return acts(q.Query(ctx, `SELECT id, at, account, unit, act, ticket, detail FROM access WHERE seal = $1 ORDER BY id`, seal))
}

func acts(rows *sql.Rows, err error) ([]sealedAct, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []sealedAct
	for rows.Next() {
		var a sealedAct
		if err := rows.Scan(&a.id, &a.At, &a.Account, &a.Unit, &a.Kind, &a.Ticket, &a.Detail); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

func insertSeal(ctx context.Context, tx *db.Tx, s Seal, heads []head, acts []sealedAct) error {
	err := tx.Send(ctx, `INSERT INTO seal (no, at, heads, acts, hash) VALUES ($1, $2, $3, $4, $5)`, s.No, s.At, s.Heads, s.Acts, s.Hash)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if err := sealHead(ctx, tx, s.No, h); err != nil {
			return err
		}
	}
	for _, a := range acts {
		if err := tx.Send(ctx, `UPDATE access SET seal = $1 WHERE id = $2`, s.No, a.id); err != nil {
			return err
		}
	}
	return nil
}

func sealHead(ctx context.Context, tx *db.Tx, seal int64, h head) error {
	err := tx.Send(ctx, `INSERT INTO seal_head (seal, ticket, seq, head) VALUES ($1, $2, $3, $4)`, seal, h.ticket, h.seq, h.hash)
	if err != nil {
		return err
	}
	return tx.Send(ctx, `UPDATE ticket SET sealed_seq = $1 WHERE id = $2`, h.seq, h.ticket)
}

func recordHash(ctx context.Context, q db.Queryer, ticket, seq int64) (hash []byte, err error) {
	err = q.QueryRow(ctx, `SELECT hash FROM record WHERE ticket = $1 AND seq = $2`, ticket, seq).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return hash, err
}

func lastID(ctx context.Context, q db.Queryer) (id int64, err error) {
	err = q.QueryRow(ctx, `SELECT COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM ticket UNION ALL SELECT MAX(ticket) FROM record) AS ids`).Scan(&id)
	return id, err
}

// chains reads the tickets with ids in [from, to) with their records and texts.
func chains(ctx context.Context, q db.Queryer, from, to int64) (map[int64]*Chain, error) {
	found := map[int64]*Chain{}
	at := func(id int64) *Chain {
		if found[id] == nil {
			found[id] = &Chain{ID: id, Texts: map[string]string{}}
		}
		return found[id]
	}
	return found, errors.Join(
		scan(ctx, q, `SELECT id, number, seq, head, salt, snapshot FROM ticket WHERE id >= $1 AND id < $2`, from, to, func(rows *sql.Rows) error {
			var c Chain
			err := rows.Scan(&c.ID, &c.Number, &c.Seq, &c.Head, &c.Salt, &c.Snapshot)
			c.Texts = map[string]string{}
			found[c.ID] = &c
			return err
		}),
		scan(ctx, q, `SELECT ticket, seq, body, hash FROM record WHERE ticket >= $1 AND ticket < $2 ORDER BY ticket, seq`, from, to, func(rows *sql.Rows) error {
			var id int64
			var l Line
			err := rows.Scan(&id, &l.Seq, &l.Body, &l.Hash)
			c := at(id)
			c.Lines = append(c.Lines, l)
			return err
		}),
		scan(ctx, q, `SELECT ticket, sum, body FROM content WHERE ticket >= $1 AND ticket < $2`, from, to, func(rows *sql.Rows) error {
			var id int64
			var sum, body string
			err := rows.Scan(&id, &sum, &body)
			at(id).Texts[sum] = body
			return err
		}),
	)
}

func scan(ctx context.Context, q db.Queryer, text string, from, to int64, row func(*sql.Rows) error) error {
	rows, err := q.Query(ctx, text, from, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func sealAt(ctx context.Context, q db.Queryer, no int64) (s Seal, err error) {
	err = q.QueryRow(ctx, `SELECT no, at, heads, acts, hash FROM seal WHERE no = $1`, no).Scan(&s.No, &s.At, &s.Heads, &s.Acts, &s.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Seal{}, nil
	}
	return s, err
}

// markedTicket returns the first ticket that says it is sealed otherwise than
// the seals do, zero if none does.
func markedTicket(ctx context.Context, q db.Queryer) (id int64, err error) {
	err = q.QueryRow(ctx, `SELECT COALESCE(MIN(t.id), 0) FROM ticket t
		LEFT JOIN (SELECT ticket, MAX(seq) AS seq FROM seal_head GROUP BY ticket) h ON h.ticket = t.id
		WHERE t.sealed_seq <> COALESCE(h.seq, 0)`).Scan(&id)
	return id, err
}

// markedAct returns the first act under a seal that does not exist, zero if
// there is none.
func markedAct(ctx context.Context, q db.Queryer) (id int64, err error) {
	err = q.QueryRow(ctx, `SELECT COALESCE(MIN(id), 0) FROM access
		WHERE seal < 0 OR seal > (SELECT COALESCE(MAX(no), 0) FROM seal)`).Scan(&id)
	return id, err
}
