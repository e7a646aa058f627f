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
