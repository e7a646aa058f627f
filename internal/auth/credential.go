package auth

import (
	"context"
	"time"

	"huiyin/internal/db"
	"huiyin/internal/errs"
)

// A sign-in that fails MaxFailures times in a row locks the password for LockFor.
const (
	MaxFailures = 5
	LockFor     = 15 * time.Minute
)

// Database is what Credentials uses of *db.DB: passwords are checked between
// two short transactions, never inside one, since a hash takes longer than
// hundreds of transactions.
type Database interface {
	Update(ctx context.Context, fn func(tx *db.Tx) error) error
}

// Credentials keeps the accounts' passwords. It is safe for concurrent use.
type Credentials struct {
	hasher *Hasher
}

// NewCredentials returns credentials that hash with h.
func NewCredentials(h *Hasher) *Credentials { return &Credentials{hasher: h} }

// Hash prepares a password for Set, outside of any transaction.
func (c *Credentials) Hash(ctx context.Context, password Secret) (string, error) {
	return c.hasher.Hash(ctx, password)
}

// Set gives the account a password by its hash, in place of an older one, and
// lifts a lock.
func (c *Credentials) Set(ctx context.Context, tx *db.Tx, account int64, hash string, now time.Time) error {
	if _, _, _, err := decode(hash); err != nil {
		return err
	}
	return putCredential(ctx, tx, account, hash, now)
}

// Check returns nil if the password is the account's. For a login nobody has,
// pass account 0: it costs the same and fails the same.
//
// The attempt is counted before the password is looked at and taken back when
// it is right, so that guesses made at the same instant cannot slip past the
// lock. Unknown account, wrong password and locked account give one and the
// same error, Unknown (bad_credentials), so that no answer tells them apart.
func (c *Credentials) Check(ctx context.Context, d Database, account int64, password Secret, now time.Time) error {
	// The slot comes first: who gives up waiting has not used up an attempt.
	if err := c.hasher.enter(ctx); err != nil {
		return err
	}
	defer c.hasher.leave()
	var hash string
	err := d.Update(ctx, func(tx *db.Tx) (err error) {
		hash, err = countAttempt(ctx, tx, account, now)
		return err
	})
	if err != nil {
		return err
	}
	right, err := c.hasher.compare(hash, password)
	if err != nil {
		return err
	}
	if !right {
		return errs.New(errs.Unknown, "bad_credentials", "账号或密码不正确；连续输错 5 次将锁定 15 分钟")
	}
	return d.Update(ctx, func(tx *db.Tx) error { return clearAttempts(ctx, tx, account) })
}
