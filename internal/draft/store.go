package draft

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"huiyin/internal/db"
	"huiyin/internal/errs"
)

// row is a draft as it is stored.
type row struct {
	account       int64
	key           string
	wrapped, form []byte
	at            int64 // Unix milliseconds
}

func upsert(ctx context.Context, tx *db.Tx, r row) error {
	return tx.Send(ctx, `INSERT INTO draft (account, key, key_wrapped, form, saved_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account, key) DO UPDATE SET key_wrapped = excluded.key_wrapped, form = excluded.form, saved_at = excluded.saved_at`,
		r.account, r.key, r.wrapped, r.form, r.at)
}

// deleteOldest drops what an account has beyond MaxDrafts.
func deleteOldest(ctx context.Context, tx *db.Tx, account int64) error {
	return tx.Send(ctx, `DELETE FROM draft WHERE account = $1 AND key IN
		(SELECT key FROM draft WHERE account = $1 ORDER BY saved_at DESC, key LIMIT 1000 OFFSET `+strconv.Itoa(MaxDrafts)+`)`, account)
}

func deleteRow(ctx context.Context, tx *db.Tx, account int64, key string) error {
	return tx.Send(ctx, `DELETE FROM draft WHERE account = $1 AND key = $2`, account, key)
}

func deleteBefore(ctx context.Context, tx *db.Tx, at int64) error {
	return tx.Send(ctx, `DELETE FROM draft WHERE saved_at < $1`, at)
}

func selectRow(ctx context.Context, q db.Queryer, account int64, key string, from int64) (r row, err error) {
	err = q.QueryRow(ctx, `SELECT key_wrapped, form FROM draft WHERE account = $1 AND key = $2 AND saved_at >= $3`, account, key, from).
		Scan(&r.wrapped, &r.form)
	if errors.Is(err, sql.ErrNoRows) {
		err = errs.New(errs.NotFound, "draft_not_found", "没有找到草稿")
	}
	return r, err
}

func selectDrafts(ctx context.Context, q db.Queryer, account, from int64) ([]Draft, error) {
	rows, err := q.Query(ctx, `SELECT key, saved_at FROM draft WHERE account = $1 AND saved_at >= $2 ORDER BY saved_at DESC, key`, account, from)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Draft
	for rows.Next() {
		var d Draft
		var at int64
		if err := rows.Scan(&d.Key, &at); err != nil {
			return nil, err
		}
		d.At = time.UnixMilli(at)
		list = append(list, d)
	}
	return list, rows.Err()
}
