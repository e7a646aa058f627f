package api

import (
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits holds one token bucket an address. It forgets addresses that have a
// full bucket again, so it cannot grow without bound in a quiet time; in a
// flood it starts over rather than grow past maxAddresses.
type limits struct {
	perMinute int
	clock     func() time.Time
	mu        sync.Mutex
	buckets   map[string]*rate.Limiter
	guesses   map[string]*rate.Limiter // by number; a flood of addresses must not clear them
}

const maxAddresses = 100_000

func newLimits(perMinute int, clock func() time.Time) *limits {
	return &limits{perMinute: perMinute, clock: clock, buckets: map[string]*rate.Limiter{}, guesses: map[string]*rate.Limiter{}}
}

// allow takes one token from the address's bucket.
func (l *limits) allow(address string) bool {
	if l.perMinute == 0 {
		return true
	}
	now := l.clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	return take(l.buckets, address, now, rate.Limit(l.perMinute)/60, l.perMinute)
}

// take takes a token from the bucket of the key, which holds size at most and
// gets fill a second.
func take(buckets map[string]*rate.Limiter, key string, now time.Time, fill rate.Limit, size int) bool {
	b, ok := buckets[key]
	if !ok {
		trim(buckets, now, size)
		b = rate.NewLimiter(fill, size)
		buckets[key] = b
	}
	return b.AllowN(now, 1)
}

func trim(buckets map[string]*rate.Limiter, now time.Time, full int) {
	if len(buckets) < maxAddresses {
		return
	}
	for key, b := range buckets {
		if b.TokensAt(now) >= float64(full) {
			delete(buckets, key)
		}
	}
	if len(buckets) >= maxAddresses {
		clear(buckets)
	}
}

// guessesPerHour is how many wrong codes one number takes in an hour: beside a
// million codes, guessing one takes years.
const guessesPerHour = 20

// guess takes one try at a number's code.
func (l *limits) guess(number string) bool {
	now := l.clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	return take(l.guesses, number, now, rate.Limit(guessesPerHour)/3600, guessesPerHour)
}

// guessed gives the tries back to somebody who knows the code.
func (l *limits) guessed(number string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.guesses, number)
}

// Limited puts the limit on public requests in front of another surface.
func Limited(next http.Handler, perMinute int, clock func() time.Time) http.Handler {
	l := newLimits(perMinute, clock)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !l.allow(address(r.RemoteAddr)) {
			Refuse(w, errTooOften, "")
			return
		}
		next.ServeHTTP(w, r)
	})
}
