package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"strings"
	"sync"
	"time"
	"unicode"

	"huiyin/internal/db"
	"huiyin/internal/errs"
)

const (
	// PendingFor is how long after the password the second factor may come.
	PendingFor = 10 * time.Minute

	// SessionCacheFor is CacheFor for sessions: people wait for less.
	SessionCacheFor = 5 * time.Second

	sessionBytes  = 32
	sessionLength = 43 // base64url of 32 bytes

	maxAddress = 64
	maxAgent   = 200
)

// Stage says how far a sign-in has come.
type Stage string

// The stages.
const (
	Pending Stage = "pending" // the password was right, the second factor is owed
	Open    Stage = "open"
)

// Place is where a sign-in comes from, as far as can be told.
type Place struct {
	Address string
	Agent   string // what the browser calls itself
}

// Session is what can be shown of a sign-in.
type Session struct {
	ID      int64
	Account int64
	Stage   Stage
	Created time.Time // when it reached its stage
	Seen    time.Time // the last use
	Ended   time.Time // zero if nobody ended it
	Place
}

// SessionLimits are the rules for open sessions; the city sets them.
type SessionLimits struct {
	Idle  time.Duration // without use, then it is over
	Life  time.Duration // in all
	Count int           // open at once for an account
}

// Over reports whether the session opens nothing any more.
func (s Session) Over(l SessionLimits, now time.Time) bool {
	switch {
	case !s.Ended.IsZero():
		return true
	case s.Stage == Pending:
		return now.Sub(s.Created) >= PendingFor
	}
	return now.Sub(s.Created) >= l.Life || now.Sub(s.Seen) >= l.Idle
}

// held is a cached session.
type held struct {
	session Session
	until   time.Time // when the cache must ask again
}

// Sessions keeps who is signed in. It is safe for concurrent use.
type Sessions struct {
	mu    sync.Mutex
	held  map[digest]held
	used  map[int64]time.Time // session → last use, not yet in the database
	ended uint64              // grows with each that is ended here
}

// NewSessions returns sessions with an empty cache.
func NewSessions() *Sessions {
	return &Sessions{held: map[digest]held{}, used: map[int64]time.Time{}}
}

// Begin starts a sign-in whose password was right and returns its secret.
func (s *Sessions) Begin(ctx context.Context, tx *db.Tx, account int64, from Place, now time.Time) (Secret, error) {
	secret, id := newSession()
	row := Session{ID: id, Account: account, Stage: Pending, Created: now, Seen: now, Place: from.Short()}
	return secret, insertSession(ctx, tx, row, digestOf(secret))
}

// Pending returns the sign-in that owes its second factor. Error: Unknown
// (session_over), also for one that is open.
func (s *Sessions) Pending(ctx context.Context, q db.Queryer, pending Secret, now time.Time) (Session, error) {
	if len(pending) != sessionLength {
		return Session{}, sessionOver()
	}
	row, err := sessionByDigest(ctx, q, digestOf(pending))
	if err != nil {
		return Session{}, err
	}
	if row.Stage != Pending || row.Over(SessionLimits{}, now) {
		return Session{}, sessionOver()
	}
	return row, nil
}

// Open turns a pending sign-in into an open session under a new secret: who
// knew the old one has nothing. The account's oldest sessions end where there
// would be more than the limit; the caller's transaction must keep others of
// the account out, as Factors.Accept does. Error: Unknown (session_over) if it
// is pending no more.
func (s *Sessions) Open(ctx context.Context, tx *db.Tx, pending Session, from Place, l SessionLimits, now time.Time) (Secret, error) {
	secret, _ := newSession()
	n, err := openSession(ctx, tx, pending.ID, digestOf(secret), from.Short(), now)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", sessionOver()
	}
	open, err := s.List(ctx, tx, pending.Account, l, now)
	if err != nil {
		return "", err
	}
	kept := 1 // the one that opens now, even where another has the same instant
	for _, other := range open {
		if other.ID == pending.ID {
			continue
		}
		if kept++; kept <= l.Count {
			continue
		}
		if err := s.end(ctx, tx, other.ID, now); err != nil {
			return "", err
		}
	}
	return secret, nil
}

// Lookup returns the open session of a secret and notes its use. Error:
// Unknown (session_over) for one that is not known, ended, idle for too long
// or too old, all alike.
func (s *Sessions) Lookup(ctx context.Context, q db.Queryer, secret Secret, l SessionLimits, now time.Time) (Session, error) {
	return s.lookup(ctx, q, secret, l, now, true)
}

// Peek is Lookup for what a program asks by itself: it is no use of the session,
// which ends when its owner has been idle for too long.
func (s *Sessions) Peek(ctx context.Context, q db.Queryer, secret Secret, l SessionLimits, now time.Time) (Session, error) {
	return s.lookup(ctx, q, secret, l, now, false)
}

func (s *Sessions) lookup(ctx context.Context, q db.Queryer, secret Secret, l SessionLimits, now time.Time, used bool) (Session, error) {
	if len(secret) != sessionLength {
		return Session{}, sessionOver()
	}
	sum := digestOf(secret)
	row, ended, ok := s.cached(sum, now)
	if !ok {
		var err error
		if row, err = sessionByDigest(ctx, q, sum); err != nil {
			return Session{}, err
		}
		if row.Stage != Open {
			return Session{}, sessionOver()
		}
	}
	return s.check(sum, row, l, now, used, !ok, ended)
}

// List returns the account's sessions that are open and not over, newest first.
func (s *Sessions) List(ctx context.Context, q db.Queryer, account int64, l SessionLimits, now time.Time) ([]Session, error) {
	rows, err := openSessions(ctx, q, account)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Session
	for _, row := range rows {
		row.Seen = s.seen(row)
		if !row.Over(l, now) {
			out = append(out, row)
		}
	}
	return out, nil
}

// End ends one session of an account. Error: NotFound if it has none with the
// id. To end it twice is no error.
func (s *Sessions) End(ctx context.Context, tx *db.Tx, account, id int64, now time.Time) error {
	row, err := sessionByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if row.Account != account {
		return sessionNotFound()
	}
	return s.end(ctx, tx, id, now)
}

func (s *Sessions) end(ctx context.Context, tx *db.Tx, id int64, now time.Time) error {
	tx.AfterCommit(func() { s.forget(func(row Session) bool { return row.ID == id }) })
	return endSession(ctx, tx, id, now)
}

// EndAll ends all sessions of an account, pending ones too.
func (s *Sessions) EndAll(ctx context.Context, tx *db.Tx, account int64, now time.Time) error {
	tx.AfterCommit(func() { s.forget(func(row Session) bool { return row.Account == account }) })
	return endSessions(ctx, tx, account, now)
}

// Flush writes when sessions were used last since the Flush before. It is
// apart from Lookup so that a request that only reads causes no write; a crash
// loses at most what was not flushed.
func (s *Sessions) Flush(ctx context.Context, tx *db.Tx) error {
	s.mu.Lock()
	used := maps.Clone(s.used)
	s.mu.Unlock()
	for id, at := range used {
		if err := touchSession(ctx, tx, id, at); err != nil {
			return err
		}
	}
	tx.AfterCommit(func() { s.flushed(used) })
	return nil
}

// Forget drops sessions that began before an instant, and sign-ins that were
// never finished.
func (s *Sessions) Forget(ctx context.Context, tx *db.Tx, before, now time.Time) error {
	return dropSessions(ctx, tx, before, now.Add(-PendingFor))
}

// cached finds a session that may still be believed, and how many had been
// ended by then.
func (s *Sessions) cached(sum digest, now time.Time) (Session, uint64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.held[sum]
	return h.session, s.ended, ok && now.Before(h.until)
}

// check checks a session, notes its use, and keeps a fresh one, unless one was
// ended since it was read, which may have been this.
func (s *Sessions) check(sum digest, row Session, l SessionLimits, now time.Time, used, fresh bool, ended uint64) (Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row.Seen = s.seen(row)
	if row.Over(l, now) {
		return Session{}, sessionOver()
	}
	if used && now.After(row.Seen) {
		row.Seen = now
		s.used[row.ID] = now
	}
	h, there := s.held[sum]
	switch {
	case fresh && ended == s.ended:
		s.makeRoom(now)
		h.until = now.Add(SessionCacheFor)
	case !there:
		return row, nil
	}
	h.session = row
	s.held[sum] = h
	return row, nil
}

// seen is the last use that this process knows of.
func (s *Sessions) seen(row Session) time.Time {
	if at, ok := s.used[row.ID]; ok && at.After(row.Seen) {
		return at
	}
	return row.Seen
}

// makeRoom drops what is out of date, or else any quarter.
func (s *Sessions) makeRoom(now time.Time) {
	if len(s.held) < maxCached {
		return
	}
	maps.DeleteFunc(s.held, func(_ digest, h held) bool { return !now.Before(h.until) })
	for sum := range s.held {
		if len(s.held) <= maxCached*3/4 {
			return
		}
		delete(s.held, sum)
	}
}

func (s *Sessions) forget(which func(Session) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended++
	maps.DeleteFunc(s.held, func(_ digest, h held) bool { return which(h.session) })
}

// flushed drops what is written now, unless a later use has come meanwhile.
func (s *Sessions) flushed(used map[int64]time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, at := range used {
		if s.used[id].Equal(at) {
			delete(s.used, id)
		}
	}
}

// newSession returns a secret of 256 bits and an id that JSON keeps exact.
func newSession() (Secret, int64) {
	random := make([]byte, sessionBytes+8)
	rand.Read(random)
	id := int64(binary.BigEndian.Uint64(random[sessionBytes:])>>11) + 1
	return Secret(base64.RawURLEncoding.EncodeToString(random[:sessionBytes])), id
}

func digestOf(secret Secret) digest { return sha256.Sum256([]byte(secret)) }

// Short bounds what foreign machines say of themselves.
func (p Place) Short() Place {
	return Place{Address: shortened(p.Address, maxAddress), Agent: shortened(p.Agent, maxAgent)}
}

func shortened(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, text)
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

func sessionOver() error {
	return errs.New(errs.Unknown, "session_over", "登录已结束，请重新登录")
}

func sessionNotFound() error {
	return errs.New(errs.NotFound, "session_not_found", "该账号没有这次登录")
}
