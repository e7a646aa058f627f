package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"huiyin/internal/db"
)

const sessionColumns = `id, account_id, stage, created_at, seen_at, ended_at, address, agent`

func insertSession(ctx context.Context, tx *db.Tx, s Session, sum digest) error {
	_, err := tx.Exec(ctx, `INSERT INTO session (id, account_id, digest, stage, created_at, seen_at, address, agent)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		s.ID, s.Account, sum[:], string(s.Stage), s.Created.UnixMilli(), s.Seen.UnixMilli(), s.Address, s.Agent)
	if err != nil {
		return fmt.Errorf("auth: insert session: %w", err)
	}
	return nil
}

func openSession(ctx context.Context, tx *db.Tx, id int64, sum digest, from Place, now time.Time) (int64, error) {
	n, err := tx.Exec(ctx, `UPDATE session SET digest = $2, stage = 'open', created_at = $3, seen_at = $3, address = $4, agent = $5
		WHERE id = $1 AND stage = 'pending' AND ended_at IS NULL`,
		id, sum[:], now.UnixMilli(), from.Address, from.Agent)
	if err != nil {
		return 0, fmt.Errorf("auth: open session: %w", err)
	}
	return n, nil
}

func sessionByDigest(ctx context.Context, q db.Queryer, sum digest) (Session, error) {
	s, err := scanSession(q.QueryRow(ctx, `SELECT `+sessionColumns+` FROM session WHERE digest = $1`, sum[:]))
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, sessionOver()
	}
	if err != nil {
		return Session{}, fmt.Errorf("auth: session by digest: %w", err)
	}
	return s, nil
}

func sessionByID(ctx context.Context, q db.Queryer, id int64) (Session, error) {
	s, err := scanSession(q.QueryRow(ctx, `SELECT `+sessionColumns+` FROM session WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, sessionNotFound()
	}
	if err != nil {
		return Session{}, fmt.Errorf("auth: session by id: %w", err)
	}
	return s, nil
}

func openSessions(ctx context.Context, q db.Queryer, account int64) ([]Session, error) {
	rows, err := q.Query(ctx, `SELECT `+sessionColumns+` FROM session
		WHERE account_id = $1 AND stage = 'open' AND ended_at IS NULL ORDER BY created_at DESC, id DESC`, account)
	if err != nil {
		return nil, fmt.Errorf("auth: sessions: %w", err)
	}
	defer rows.Close()
	var out []Session
	for rows.Next() {
		s, err := scanSession(rows)
		if err != nil {
			return nil, fmt.Errorf("auth: scan session: %w", err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("auth: sessions: %w", err)
	}
	return out, nil
}

func scanSession(row interface{ Scan(...any) error }) (Session, error) {
	var s Session
	var stage string
	var created, seen int64
	var ended sql.NullInt64
	if err := row.Scan(&s.ID, &s.Account, &stage, &created, &seen, &ended, &s.Address, &s.Agent); err != nil {
		return Session{}, err
	}
	s.Stage, s.Created, s.Seen = Stage(stage), time.UnixMilli(created), time.UnixMilli(seen)
	if ended.Valid {
		s.Ended = time.UnixMilli(ended.Int64)
	}
	return s, nil
}

func endSession(ctx context.Context, tx *db.Tx, id int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`, id, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("auth: end session: %w", err)
	}
	return nil
}

func endSessions(ctx context.Context, tx *db.Tx, account int64, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE session SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL`, account, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("auth: end sessions: %w", err)
	}
	return nil
}

func touchSession(ctx context.Context, tx *db.Tx, id int64, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2`, id, at.UnixMilli())
	if err != nil {
		return fmt.Errorf("auth: touch session: %w", err)
	}
	return nil
}

func dropSessions(ctx context.Context, tx *db.Tx, before, pendingBefore time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM session WHERE created_at < $1 OR (stage = 'pending' AND created_at < $2)`,
		before.UnixMilli(), pendingBefore.UnixMilli())
	if err != nil {
		return fmt.Errorf("auth: drop sessions: %w", err)
	}
	return nil
}
