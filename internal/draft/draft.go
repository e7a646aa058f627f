// Package draft keeps what an account has typed into a form and not sent, so
// that a closed window, an expired session or a power cut loses nothing. Forms
// hold people's data, so each is sealed under a key of its own, and forgotten
// after a week.
//
// What may not enter: what a form means. A draft is fields with their values,
// under a key that the page chooses; nothing is decided by it, and nobody but
// the account itself reads it.
package draft

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/errs"
)

// What is kept.
const (
	MaxDrafts = 50                 // per account; the oldest give way
	MaxBytes  = 160 << 10          // of one form as JSON: two texts of 20,000 characters, and room
	MaxKey    = 100                // bytes
	Live      = 7 * 24 * time.Hour // since it was saved last
)

// Draft names a form that is kept.
type Draft struct {
	Key string
	At  time.Time // when it was saved last
}

// Store keeps drafts. It is safe for concurrent use.
type Store struct {
	db    *db.DB
	keys  *crypt.Keyring
	clock func() time.Time
}

// NewStore makes a Store on an open, migrated store.
func NewStore(d *db.DB, keys *crypt.Keyring, clock func() time.Time) *Store {
	return &Store{db: d, keys: keys, clock: clock}
}

// Put keeps a form in place of the one before it under the key. It fails with
// errs.Invalid for a bad key and errs.Limit for a form that is too big; an
// account with MaxDrafts others loses the oldest.
func (s *Store) Put(ctx context.Context, account int64, key string, form map[string][]string) error {
	if key == "" || len(key) > MaxKey || !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl) {
		return errs.InvalidField("key", "草稿名称无效")
	}
	plain, err := json.Marshal(form)
	if err != nil {
		return errs.Wrap(err, errs.Internal, "encode_draft", "草稿无法保存")
	}
	if len(plain) > MaxBytes {
		return errs.Newf(errs.Limit, "draft_too_big", "内容过长，无法保存草稿；草稿最多%dKB", MaxBytes>>10)
	}
	data, wrapped, err := s.keys.NewKey()
	if err != nil {
		return err
	}
	row := row{account: account, key: key, wrapped: wrapped, form: data.Seal(plain, binding(account, key)), at: s.clock().UnixMilli()}
	return s.db.Update(ctx, func(tx *db.Tx) error {
		if err := upsert(ctx, tx, row); err != nil {
			return err
		}
		return deleteOldest(ctx, tx, account)
	})
}

// Get returns the form under the key; errs.NotFound if there is none.
func (s *Store) Get(ctx context.Context, account int64, key string) (map[string][]string, error) {
	r, err := selectRow(ctx, s.db, account, key, s.oldest())
	if err != nil {
		return nil, err
	}
	data, err := s.keys.Unwrap(r.wrapped)
	if err != nil {
		return nil, err
	}
	plain, err := data.Open(r.form, binding(account, key))
	if err != nil {
		return nil, err
	}
	var form map[string][]string
	if err := json.Unmarshal(plain, &form); err != nil {
		return nil, errs.Wrap(err, errs.Internal, "decode_draft", "草稿无法读取")
	}
	return form, nil
}

// Drop forgets the form under the key. It is no error if there is none.
func (s *Store) Drop(ctx context.Context, account int64, key string) error {
	return s.db.Update(ctx, func(tx *db.Tx) error { return deleteRow(ctx, tx, account, key) })
}

// List returns the account's drafts, the latest first.
func (s *Store) List(ctx context.Context, account int64) ([]Draft, error) {
	return selectDrafts(ctx, s.db, account, s.oldest())
}

// Forget drops the drafts whose time is over.
func (s *Store) Forget(ctx context.Context) error {
	return s.db.Update(ctx, func(tx *db.Tx) error { return deleteBefore(ctx, tx, s.oldest()) })
}

// oldest is the instant from which on drafts are kept.
func (s *Store) oldest() int64 { return s.clock().Add(-Live).UnixMilli() }

// binding ties a sealed form to its row.
func binding(account int64, key string) []byte {
	return append(binary.BigEndian.AppendUint64([]byte("draft/"), uint64(account)), key...)
}
