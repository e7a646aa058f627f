package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"huiyin/internal/db"
)

// factorRow is a second factor as it is stored.
type factorRow struct {
	account     int64
	key, sealed []byte
	made        int64 // Unix milliseconds
	confirmed   bool
	lastStep    int64
}

const factorColumns = `account_id, key_wrapped, secret, created_at, confirmed_at, last_step`

func scanFactor(row *sql.Row) (f factorRow, ok bool, err error) {
	var confirmed sql.NullInt64
	err = row.Scan(&f.account, &f.key, &f.sealed, &f.made, &confirmed, &f.lastStep)
	f.confirmed = confirmed.Valid
	if errors.Is(err, sql.ErrNoRows) {
		return factorRow{}, false, nil
	}
	return f, err == nil, err
}

func factorOf(ctx context.Context, q db.Queryer, account int64) (factorRow, bool, error) {
	f, ok, err := scanFactor(q.QueryRow(ctx, `SELECT `+factorColumns+` FROM factor WHERE account_id = $1`, account))
	if err != nil {
		return f, false, fmt.Errorf("auth: factor: %w", err)
	}
	return f, ok, nil
}

// addFactor stores an unconfirmed factor, unless another was first, and
// returns the one that is there.
func addFactor(ctx context.Context, tx *db.Tx, f factorRow) (factorRow, error) {
	there, _, err := scanFactor(tx.QueryRow(ctx, `INSERT INTO factor (account_id, key_wrapped, secret, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account_id) DO UPDATE SET failed = factor.failed
		RETURNING `+factorColumns, f.account, f.key, f.sealed, f.made))
	if err != nil {
		return f, fmt.Errorf("auth: add factor: %w", err)
	}
	return there, nil
}

// putFactor stores a confirmed factor in place of an older one.
func putFactor(ctx context.Context, tx *db.Tx, f factorRow, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO factor (account_id, key_wrapped, secret, created_at, confirmed_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account_id) DO UPDATE SET
			key_wrapped = excluded.key_wrapped, secret = excluded.secret, created_at = excluded.created_at,
			confirmed_at = excluded.confirmed_at, last_step = 0, failed = 0, locked_until = NULL`,
		f.account, f.key, f.sealed, f.made, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("auth: put factor: %w", err)
	}
	return nil
}

func dropFactor(ctx context.Context, tx *db.Tx, account int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM factor WHERE account_id = $1`, account); err != nil {
		return fmt.Errorf("auth: drop factor: %w", err)
	}
	return nil
}

// countCode is countAttempt for codes.
func countCode(ctx context.Context, tx *db.Tx, account int64, now time.Time) (factorRow, bool, error) {
	f, ok, err := scanFactor(tx.QueryRow(ctx, `UPDATE factor SET
		failed = CASE WHEN locked_until IS NULL THEN failed + 1 ELSE 1 END,
		locked_until = CASE WHEN locked_until IS NULL AND failed + 1 >= $3 THEN CAST($4 AS BIGINT) END
		WHERE account_id = $1 AND (locked_until IS NULL OR locked_until <= $2)
		RETURNING `+factorColumns,
		account, now.UnixMilli(), MaxFailures, now.Add(LockFor).UnixMilli()))
	if err != nil {
		return f, false, fmt.Errorf("auth: count code: %w", err)
	}
	return f, ok, nil
}

// useStep notes that the code of a step was accepted, of this or an earlier
// secret's none is.
func useStep(ctx context.Context, tx *db.Tx, p Proof, now time.Time) (int64, error) {
	n, err := tx.Exec(ctx, `UPDATE factor SET
		last_step = $3, failed = 0, locked_until = NULL, confirmed_at = COALESCE(confirmed_at, $4)
		WHERE account_id = $1 AND created_at = $2 AND last_step < $3`,
		p.account, p.made, p.step, now.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("auth: use step: %w", err)
	}
	return n, nil
}
