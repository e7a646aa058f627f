package requester

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/errs"
)

// maxFound bounds a look-up; a person has few rows, as known ones are reused.
const maxFound = 100

// maxCandidates bounds how many rows of one name and phone Known compares with.
const maxCandidates = 8

// Store keeps requesters. It is safe for concurrent use.
type Store struct {
	keys *crypt.Keyring
}

// NewStore returns a store that seals under the keyring.
func NewStore(keys *crypt.Keyring) *Store { return &Store{keys: keys} }

// Known returns the id of the row that holds p already: one of the same kind,
// name and phone (or e-mail, where there is no phone) that has all that p
// says; 0 if there is none.
//
// A known row is used as it is and never changed: whoever knows somebody's
// name and phone could otherwise put their own e-mail in its place and get the
// notices.
func (s *Store) Known(ctx context.Context, q db.Queryer, p Person) (int64, error) {
	p = p.Normal()
	if match := hashesOf(s.keys, p).match; match != nil {
		return s.reusable(ctx, q, match, p)
	}
	return 0, nil
}

// Sealed is a person ready to be stored.
type Sealed struct {
	row    row
	hashes hashes
}

// Seal encrypts p for a new row. It takes some microseconds of a core, so do
// it before the transaction that inserts.
//
// It refuses what may not be stored at all; the form of what people enter is
// Validate's concern, since old data that is imported does not have it.
func (s *Store) Seal(id int64, p Person) (Sealed, error) {
	p = p.Normal()
	if err := invalid(p.malformed()); err != nil {
		return Sealed{}, err
	}
	r, err := seal(s.keys, id, p)
	return Sealed{row: r, hashes: hashesOf(s.keys, p)}, err
}

// Insert stores a sealed person. Two inserts of one person at the same instant
// make two rows; look-ups find both.
func (s *Store) Insert(ctx context.Context, tx *db.Tx, p Sealed, now time.Time) error {
	return insert(ctx, tx, p.row, p.hashes, now)
}

// reusable is the id of the newest row that covers p, or 0.
func (s *Store) reusable(ctx context.Context, q db.Queryer, match []byte, p Person) (int64, error) {
	rows, err := byMatch(ctx, q, match)
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		stored, err := r.open(s.keys)
		if err != nil {
			return 0, err
		}
		if covers(stored, p) {
			return r.id, nil
		}
	}
	return 0, nil
}

// Masked returns the requesters with the ids, masked after decryption, here and
// not in a browser. Ids that do not exist are absent.
func (s *Store) Masked(ctx context.Context, q db.Queryer, ids ...int64) (map[int64]Masked, error) {
	rows, err := byID(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]Masked, len(rows))
	for _, r := range rows {
		p, err := r.open(s.keys)
		if err != nil {
			return nil, err
		}
		m := p.Mask()
		m.ID = r.id
		out[r.id] = m
	}
	return out, nil
}

// Find returns the ids of the requesters who share a phone, an e-mail address,
// an identity document or a credit code with p, however they are written:
// newest first, at most maxFound.
func (s *Store) Find(ctx context.Context, q db.Queryer, p Person) ([]int64, error) {
	h := hashesOf(s.keys, p.Normal())
	var ids []int64
	for _, by := range []struct {
		column string
		hash   []byte
	}{{"phone_hash", h.phone}, {"email_hash", h.email}, {"id_hash", h.id}, {"credit_hash", h.credit}} {
		found, err := find(ctx, q, by.column, by.hash)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	slices.SortFunc(ids, func(a, b int64) int { return cmp.Compare(b, a) })
	ids = slices.Compact(ids)
	return ids[:min(len(ids), maxFound)], nil
}

func notFound() error { return errs.New(errs.NotFound, "requester_not_found", "找不到该诉求人") }

const columns = `id, kind, key_wrapped, name, phone, email, id_number, address, company, credit_code`

func insert(ctx context.Context, tx *db.Tx, r row, h hashes, now time.Time) error {
	err := tx.Send(ctx, `INSERT INTO requester
		(id, kind, key_wrapped, name, phone, email, id_number, address, company, credit_code,
		 match_hash, phone_hash, email_hash, id_hash, credit_hash, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		r.id, string(r.kind), r.key,
		r.sealed[0], r.sealed[1], r.sealed[2], r.sealed[3], r.sealed[4], r.sealed[5], r.sealed[6],
		h.match, h.phone, h.email, h.id, h.credit, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("requester: insert: %w", err)
	}
	return nil
}

func byMatch(ctx context.Context, q db.Queryer, match []byte) ([]row, error) {
	rows, err := q.Query(ctx, `SELECT `+columns+` FROM requester
		WHERE match_hash = $1 ORDER BY id DESC LIMIT `+strconv.Itoa(maxCandidates), match)
	if err != nil {
		return nil, fmt.Errorf("requester: match: %w", err)
	}
	return scanAll(rows)
}

func byID(ctx context.Context, q db.Queryer, ids []int64) ([]row, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	marks := make([]string, len(ids))
	args := make([]any, len(ids))
	for i, id := range ids {
		marks[i], args[i] = "$"+strconv.Itoa(i+1), id
	}
	rows, err := q.Query(ctx, `SELECT `+columns+` FROM requester WHERE id IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("requester: by id: %w", err)
	}
	return scanAll(rows)
}

func scanAll(rows *sql.Rows) ([]row, error) {
	defer rows.Close()
	var out []row
	for rows.Next() {
		var r row
		s := &r.sealed
		err := rows.Scan(&r.id, &r.kind, &r.key, &s[0], &s[1], &s[2], &s[3], &s[4], &s[5], &s[6])
		if err != nil {
			return nil, fmt.Errorf("requester: scan: %w", err)
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("requester: rows: %w", err)
	}
	return out, nil
}

// find takes the name of a column of this file, never of a request.
func find(ctx context.Context, q db.Queryer, column string, hash []byte) ([]int64, error) {
	if hash == nil {
		return nil, nil
	}
	rows, err := q.Query(ctx, `SELECT id FROM requester WHERE `+column+` = $1 ORDER BY id DESC LIMIT `+strconv.Itoa(maxFound), hash)
	if err != nil {
		return nil, fmt.Errorf("requester: find: %w", err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("requester: scan: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("requester: rows: %w", err)
	}
	return ids, nil
}

// sealedField returns one field's row: the wrapped key and that field only.
func sealedField(ctx context.Context, q db.Queryer, id int64, f Field) (row, error) {
	r := row{id: id}
	i := f.index()
	err := q.QueryRow(ctx, `SELECT kind, key_wrapped, `+string(f)+` FROM requester WHERE id = $1`, id).
		Scan(&r.kind, &r.key, &r.sealed[i])
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, notFound()
	}
	if err != nil {
		return row{}, fmt.Errorf("requester: field: %w", err)
	}
	return r, nil
}
