package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"maps"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"huiyin/internal/db"
	"huiyin/internal/errs"
)

const (
	tokenPrefix = "hy_"
	tokenBytes  = 32
	tokenLength = len(tokenPrefix) + 52 + 7 // base32 of 32 bytes and of the checksum

	// CacheFor is how long a token that was looked up is believed without asking
	// the database again, and so how long after its revocation by another
	// process it may still pass. In the process that revokes it stops at commit.
	CacheFor = 15 * time.Second

	// maxCached bounds the cache; about 100 bytes each.
	maxCached = 4096

	// maxTTL keeps a forgotten token from working for ever.
	maxTTL = 10 * 366 * 24 * time.Hour
)

// Token is what can be shown of an issued token.
type Token struct {
	ID       int64
	Account  int64
	Label    string
	Created  time.Time
	Expires  time.Time
	Revoked  time.Time // zero if it is not
	LastUsed string    // local day, empty if never
}

// State says whether a token opens anything.
type State string

// The states.
const (
	Valid   State = "valid"
	Expired State = "expired"
	Revoked State = "revoked"
)

// State returns how the token stands at an instant. Whether its account is
// active is another question.
func (t Token) State(now time.Time) State {
	switch {
	case !t.Revoked.IsZero():
		return Revoked
	case !now.Before(t.Expires):
		return Expired
	}
	return Valid
}

type digest = [sha256.Size]byte

// grant is a cached token.
type grant struct {
	id, account int64
	expires     time.Time
	until       time.Time // when the cache must ask again
	usedDay     string    // the last day that is in the database or waits for Flush
}

// Tokens issues and looks up the tokens of programs. It is safe for concurrent use.
type Tokens struct {
	local *time.Location

	mu     sync.Mutex
	grants map[digest]grant
	used   map[int64]string // token → day, not yet in the database
}

// NewTokens returns tokens whose day of last use is a day of the location.
func NewTokens(local *time.Location) *Tokens {
	return &Tokens{local: local, grants: map[digest]grant{}, used: map[int64]string{}}
}

// Issue makes a token for the account and returns it; it cannot be shown again.
// It has the form hy_ + 52 signs of randomness + 7 of checksum, all a-z2-7, so
// that scanners know a leaked one and a mistyped one is refused without a look-up.
// Errors: Invalid for a label over 100 characters, or a ttl not above 0 or beyond ten years.
func (t *Tokens) Issue(ctx context.Context, tx *db.Tx, account int64, label string, ttl time.Duration, now time.Time) (Secret, error) {
	if ttl <= 0 || ttl > maxTTL {
		return "", errs.InvalidField("ttl", "令牌有效期应大于零且不超过十年")
	}
	if !utf8.ValidString(label) || utf8.RuneCountInString(label) > 100 || strings.ContainsFunc(label, func(r rune) bool { return r < ' ' }) {
		return "", errs.InvalidField("label", "令牌名称不得超过 100 字，且不得含控制字符")
	}
	random := make([]byte, tokenBytes+8)
	rand.Read(random)
	secret := encodeToken(random[:tokenBytes])
	row := Token{
		ID:      int64(binary.BigEndian.Uint64(random[tokenBytes:])>>11) + 1, // 53 bits, exact in JSON
		Account: account, Label: label, Created: now, Expires: now.Add(ttl),
	}
	return secret, insertToken(ctx, tx, row, sha256.Sum256([]byte(secret)))
}

// Lookup returns the account of the token. Whether that account is still
// active is for the caller to ask. Error: Unknown (bad_token) for a token that is
// malformed, not known, expired or revoked, all alike.
func (t *Tokens) Lookup(ctx context.Context, q db.Queryer, token Secret, now time.Time) (int64, error) {
	if !wellFormed(token) {
		return 0, badToken()
	}
	sum := sha256.Sum256([]byte(token))
	g, ok := t.cached(sum, now)
	if !ok {
		row, err := tokenByHash(ctx, q, sum)
		if err != nil {
			return 0, err
		}
		if row.State(now) != Valid {
			return 0, badToken()
		}
		g = grant{id: row.ID, account: row.Account, expires: row.Expires, until: now.Add(CacheFor), usedDay: row.LastUsed}
	}
	if !now.Before(g.expires) {
		return 0, badToken()
	}
	t.note(sum, g, now, !ok)
	return g.account, nil
}

// Revoke ends a token. Error: NotFound if there is none with the id. To revoke
// it twice is no error.
func (t *Tokens) Revoke(ctx context.Context, tx *db.Tx, id int64, now time.Time) error {
	n, err := revokeToken(ctx, tx, id, now)
	if err != nil {
		return err
	}
	if n == 0 {
		return errs.New(errs.NotFound, "token_not_found", "找不到该令牌")
	}
	tx.AfterCommit(func() { t.forget(id) })
	return nil
}

// List returns the account's tokens, newest last, revoked and expired ones too.
func (t *Tokens) List(ctx context.Context, q db.Queryer, account int64) ([]Token, error) {
	return tokensOf(ctx, q, account)
}

// Flush writes the days on which tokens were used since the last Flush. It is
// apart from Lookup so that a request that only reads causes no write; a crash
// loses at most what was not flushed.
func (t *Tokens) Flush(ctx context.Context, tx *db.Tx) error {
	t.mu.Lock()
	used := maps.Clone(t.used)
	t.mu.Unlock()
	for id, day := range used {
		if err := touchToken(ctx, tx, id, day); err != nil {
			return err
		}
	}
	tx.AfterCommit(func() { t.flushed(used) })
	return nil
}

// cached finds a grant that may still be believed.
func (t *Tokens) cached(sum digest, now time.Time) (grant, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.grants[sum]
	return g, ok && now.Before(g.until)
}

// note remembers a use and, for a fresh grant, the grant.
func (t *Tokens) note(sum digest, g grant, now time.Time, fresh bool) {
	day := now.In(t.local).Format(time.DateOnly)
	if !fresh && g.usedDay == day {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if g.usedDay != day {
		g.usedDay = day
		t.used[g.id] = day
	}
	if _, there := t.grants[sum]; !there && !fresh {
		return // revoked meanwhile
	}
	if fresh && len(t.grants) >= maxCached {
		t.makeRoom(now)
	}
	t.grants[sum] = g
}

// makeRoom drops what is out of date, or else any quarter: the map's order is random.
func (t *Tokens) makeRoom(now time.Time) {
	for sum, g := range t.grants {
		if !now.Before(g.until) {
			delete(t.grants, sum)
		}
	}
	for sum := range t.grants {
		if len(t.grants) <= maxCached*3/4 {
			return
		}
		delete(t.grants, sum)
	}
}

func (t *Tokens) forget(id int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for sum, g := range t.grants {
		if g.id == id {
			delete(t.grants, sum)
		}
	}
}

// flushed drops what is written now, unless a later day has come meanwhile.
func (t *Tokens) flushed(used map[int64]string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, day := range used {
		if t.used[id] == day {
			delete(t.used, id)
		}
	}
}

func badToken() error {
	return errs.New(errs.Unknown, "bad_token", "访问令牌无效、已过期或已被撤销")
}

func encodeToken(random []byte) Secret {
	body := tokenText(random)
	return Secret(tokenPrefix + body + checksum(body))
}

// wellFormed checks length, prefix and checksum; it is not secret which fails.
func wellFormed(token Secret) bool {
	if len(token) != tokenLength || !strings.HasPrefix(string(token), tokenPrefix) {
		return false
	}
	body := string(token[len(tokenPrefix):])
	return checksum(body[:52]) == body[52:]
}

func checksum(body string) string {
	return tokenText(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
}

func tokenText(b []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}
