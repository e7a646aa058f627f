package auth

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"
)

// TestCacheIsBounded fills the cache beyond its size.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	tokens := NewTokens(time.UTC)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for i := range 3 * maxCached {
		g := grant{id: int64(i), account: 1, expires: now.Add(time.Hour), until: now.Add(CacheFor)}
		sum := sha256.Sum256(fmt.Append(nil, i))
		tokens.note(sum, g, now, true)
		if _, ok := tokens.cached(sum, now); !ok {
			t.Fatalf("grant %d is not there", i)
		}
		if n := len(tokens.grants); n > maxCached {
			t.Fatalf("%d grants", n)
		}
	}
}

func BenchmarkLookupCached(b *testing.B) {
	tokens := NewTokens(time.UTC)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s := encodeToken(make([]byte, tokenBytes))
	tokens.note(sha256.Sum256([]byte(s)), grant{id: 1, account: 1, expires: now.Add(time.Hour), until: now.Add(CacheFor)}, now, true)
	for b.Loop() {
		if _, err := tokens.Lookup(b.Context(), nil, s, now); err != nil {
			b.Fatal(err)
		}
	}
}

// TestEndedWhileRead: a session that was read before it was ended and comes to
// the cache after is not kept there.
func TestEndedWhileRead(t *testing.T) {
	t.Parallel()
	s, now := NewSessions(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	l := SessionLimits{Idle: time.Hour, Life: time.Hour, Count: 1}
	sum, row := digestOf("x"), Session{ID: 1, Account: 1, Stage: Open, Created: now, Seen: now}
	for _, c := range []struct {
		between func()
		kept    bool
	}{{func() { s.forget(func(Session) bool { return true }) }, false}, {func() {}, true}} {
		_, ended, _ := s.cached(sum, now)
		c.between()
		if _, err := s.check(sum, row, l, now, true, true, ended); err != nil {
			t.Fatal(err)
		}
		if _, _, ok := s.cached(sum, now); ok != c.kept {
			t.Errorf("kept %v, want %v", ok, c.kept)
		}
	}
}

// TestSessionCacheIsBounded fills the cache beyond its size.
func TestSessionCacheIsBounded(t *testing.T) {
	t.Parallel()
	s, now := NewSessions(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	l := SessionLimits{Idle: time.Hour, Life: time.Hour, Count: 1}
	for i := range 2 * maxCached {
		row := Session{ID: int64(i), Stage: Open, Created: now, Seen: now}
		if _, err := s.check(sha256.Sum256(fmt.Append(nil, i)), row, l, now, true, true, 0); err != nil {
			t.Fatal(err)
		}
		if n := len(s.held); n > maxCached {
			t.Fatalf("%d held", n)
		}
	}
}

func BenchmarkSessionCached(b *testing.B) {
	s, now := NewSessions(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	l := SessionLimits{Idle: time.Hour, Life: time.Hour, Count: 1}
	secret, id := newSession()
	if _, err := s.check(digestOf(secret), Session{ID: id, Stage: Open, Created: now, Seen: now}, l, now, true, true, 0); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Lookup(b.Context(), nil, secret, l, now); err != nil {
			b.Fatal(err)
		}
	}
}

// TestRFC6238 holds codes against the test vectors of RFC 6238, appendix B,
// for SHA-1, of which ours are the last six digits.
func TestRFC6238(t *testing.T) {
	t.Parallel()
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got, err := codeAt([]byte("12345678901234567890"), at/factorStep); err != nil || got != want {
			t.Errorf("at %d: %s, want %s, %v", at, got, want, err)
		}
	}
}
