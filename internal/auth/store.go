package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"huiyin/internal/db"
)

func putCredential(ctx context.Context, tx *db.Tx, account int64, hash string, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO credential (account_id, password_hash, changed_at)
		VALUES ($1, $2, $3)
		ON CONFLICT (account_id) DO UPDATE SET
			password_hash = excluded.password_hash, changed_at = excluded.changed_at,
			failed = 0, locked_until = NULL`, account, hash, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("auth: put credential: %w", err)
	}
	return nil
}

// countAttempt counts one attempt and locks with the last that is allowed. It
// returns the hash, or "" for an account that is unknown or locked. A lock that
// is over starts the count anew.
func countAttempt(ctx context.Context, tx *db.Tx, account int64, now time.Time) (string, error) {
	var hash string
	err := tx.QueryRow(ctx, `UPDATE credential SET
		failed = CASE WHEN locked_until IS NULL THEN failed + 1 ELSE 1 END,
		locked_until = CASE WHEN locked_until IS NULL AND failed + 1 >= $3 THEN CAST($4 AS BIGINT) END
		WHERE account_id = $1 AND (locked_until IS NULL OR locked_until <= $2)
		RETURNING password_hash`,
		account, now.UnixMilli(), MaxFailures, now.Add(LockFor).UnixMilli()).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("auth: count attempt: %w", err)
	}
	return hash, nil
}

func clearAttempts(ctx context.Context, tx *db.Tx, account int64) error {
	_, err := tx.Exec(ctx, `UPDATE credential SET failed = 0, locked_until = NULL WHERE account_id = $1`, account)
	if err != nil {
		return fmt.Errorf("auth: clear attempts: %w", err)
	}
	return nil
}

func insertToken(ctx context.Context, tx *db.Tx, t Token, sum digest) error {
	_, err := tx.Exec(ctx, `INSERT INTO token (id, account_id, hash, label, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		t.ID, t.Account, sum[:], t.Label, t.Created.UnixMilli(), t.Expires.UnixMilli())
	if err != nil {
		return fmt.Errorf("auth: insert token: %w", err)
	}
	return nil
}

const tokenColumns = `id, account_id, label, created_at, expires_at, revoked_at, last_used_day`

func tokenByHash(ctx context.Context, q db.Queryer, sum digest) (Token, error) {
	t, err := scanToken(q.QueryRow(ctx, `SELECT `+tokenColumns+` FROM token WHERE hash = $1`, sum[:]))
	if errors.Is(err, sql.ErrNoRows) {
		return Token{}, badToken()
	}
	if err != nil {
		return Token{}, fmt.Errorf("auth: token by hash: %w", err)
	}
	return t, nil
}

func tokensOf(ctx context.Context, q db.Queryer, account int64) ([]Token, error) {
	rows, err := q.Query(ctx, `SELECT `+tokenColumns+` FROM token WHERE account_id = $1 ORDER BY created_at, id`, account)
	if err != nil {
		return nil, fmt.Errorf("auth: tokens: %w", err)
	}
	defer rows.Close()
	var out []Token
	for rows.Next() {
		t, err := scanToken(rows)
		if err != nil {
			return nil, fmt.Errorf("auth: scan token: %w", err)
		}
		out = append(out, t)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("auth: tokens: %w", err)
	}
	return out, nil
}

func scanToken(row interface{ Scan(...any) error }) (Token, error) {
	var t Token
	var created, expires int64
	var revoked sql.NullInt64
	var used sql.NullString
	if err := row.Scan(&t.ID, &t.Account, &t.Label, &created, &expires, &revoked, &used); err != nil {
		return Token{}, err
	}
	t.Created, t.Expires, t.LastUsed = time.UnixMilli(created), time.UnixMilli(expires), used.String
	if revoked.Valid {
		t.Revoked = time.UnixMilli(revoked.Int64)
	}
	return t, nil
}

func revokeToken(ctx context.Context, tx *db.Tx, id int64, now time.Time) (int64, error) {
	n, err := tx.Exec(ctx, `UPDATE token SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1`, id, now.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("auth: revoke token: %w", err)
	}
	return n, nil
}

func touchToken(ctx context.Context, tx *db.Tx, id int64, day string) error {
	_, err := tx.Exec(ctx, `UPDATE token SET last_used_day = $2
		WHERE id = $1 AND (last_used_day IS NULL OR last_used_day < $2)`, id, day)
	if err != nil {
		return fmt.Errorf("auth: touch token: %w", err)
	}
	return nil
}
