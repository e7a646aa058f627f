// Package meter bounds what somebody without an account may do: requests,
// guesses at codes, bytes of uploads. All surfaces share one, so that what is
// used up at one is used up at the others.
//
// What may not enter: what is done with a request that passes.
package meter

import (
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"huiyin/internal/blob"
	"huiyin/internal/errs"
)

// What the public may do. A query code has a million values: at 200 wrong ones
// an hour half of them are tried in 104 days. A number that is tried from twenty
// addresses at once is closed to its owner too until tries come back, one every
// 18 seconds. From one address few are tried, at one number or at many.
const (
	guessesAtNumber    = 200               // wrong codes an hour, from all addresses
	guessesFromAddress = 60                // wrong codes an hour, at all numbers
	guessesOfPair      = 10                // wrong codes an hour at one number from one address
	wrongPasswords     = 100               // an hour from one address, at all accounts; a whole office may share one
	uploadBytes        = 10 * blob.MaxSize // an hour from one address
)

// What is said to somebody who did too much.
var (
	ErrTooOften    = errs.New(errs.Limit, "too_often", "操作过于频繁，请稍后再试")
	ErrGuesses     = errs.New(errs.Limit, "too_many_guesses", "查询码错误次数过多，请稍后再试")
	ErrPasswords   = errs.New(errs.Limit, "too_many_passwords", "从您的网络登录失败次数过多，请稍后再试")
	ErrUploadBytes = errs.New(errs.Limit, "too_many_bytes", "一小时内上传的内容过多，请稍后再试")
)

// maxKeys is how many addresses or numbers a meter keeps apart.
const maxKeys = 100_000

// meter holds one token bucket a key. It forgets full buckets, so it cannot
// grow without bound in a quiet time; in a flood it starts over rather than
// grow past maxKeys.
type meter struct {
	size    int
	fill    rate.Limit
	buckets map[string]*rate.Limiter
}

func newMeter(size int, in time.Duration) *meter {
	return &meter{size: size, fill: rate.Limit(float64(size) / in.Seconds()), buckets: map[string]*rate.Limiter{}}
}

func (m *meter) of(key string, now time.Time) *rate.Limiter {
	b, ok := m.buckets[key]
	if !ok {
		m.trim(now)
		b = rate.NewLimiter(m.fill, m.size)
		m.buckets[key] = b
	}
	return b
}

func (m *meter) trim(now time.Time) {
	if len(m.buckets) < maxKeys {
		return
	}
	for key, b := range m.buckets {
		if b.TokensAt(now) >= float64(m.size) {
			delete(m.buckets, key)
		}
	}
	if len(m.buckets) >= maxKeys {
		clear(m.buckets)
	}
}

// Public holds the meters of what is done without an account. It is safe for
// concurrent use.
type Public struct {
	clock func() time.Time

	mu       sync.Mutex
	requests *meter // by address; nil without a limit
	uploads  *meter // bytes, by address
	numbers  *meter // wrong codes; apart, so that a flood of addresses does not clear them
	senders  *meter
	pairs    *meter
	doors    *meter // wrong passwords, by address
}

// NewPublic makes the meters; perMinute is how many requests an address has a
// minute, zero for any number.
func NewPublic(perMinute int, clock func() time.Time) *Public {
	l := &Public{
		clock: clock, uploads: newMeter(uploadBytes, time.Hour), numbers: newMeter(guessesAtNumber, time.Hour),
		senders: newMeter(guessesFromAddress, time.Hour), pairs: newMeter(guessesOfPair, time.Hour),
		doors: newMeter(wrongPasswords, time.Hour),
	}
	if perMinute > 0 {
		l.requests = newMeter(perMinute, time.Minute)
	}
	return l
}

// Allow counts a request of the address.
func (l *Public) Allow(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.requests == nil {
		return true
	}
	now := l.clock()
	return l.requests.of(address, now).AllowN(now, 1)
}

// Guess reports whether a number's code may be tried from an address. Wrong
// counts a try that failed, even one too many that came at the same instant: it
// has to be waited for longer then. Who knows the code may look as often as they
// like.
func (l *Public) Guess(number, address string) (wrong func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	return l.try(now, l.pairs.of(number+" "+address, now), l.senders.of(address, now), l.numbers.of(number, now))
}

// Password reports whether a password may be tried from an address. Wrong counts
// a try that failed: one account is locked long before, this stops trying one
// password at all of them.
func (l *Public) Password(address string) (wrong func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	return l.try(now, l.doors.of(address, now))
}

// try reports whether every bound has a try left. The lock is held.
func (l *Public) try(now time.Time, bounds ...*rate.Limiter) (wrong func(), ok bool) {
	if slices.ContainsFunc(bounds, func(b *rate.Limiter) bool { return b.TokensAt(now) < 1 }) {
		return nil, false
	}
	return func() {
		for _, b := range bounds {
			b.ReserveN(now, 1)
		}
	}, true
}

// Upload counts what is read of a body against the bytes of an address.
func (l *Public) Upload(address string, body io.Reader) io.Reader {
	return reader(func(p []byte) (int, error) {
		n, err := body.Read(p)
		l.mu.Lock()
		defer l.mu.Unlock()
		now := l.clock()
		if !l.uploads.of(address, now).AllowN(now, n) {
			return 0, ErrUploadBytes
		}
		return n, err
	})
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

// Address is where a request comes from, as it is counted: one subscriber of
// IPv6 has 2^64 addresses and counts as one.
func Address(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	ip := at.Addr().Unmap().WithZone("")
	if ip.Is6() {
		return netip.PrefixFrom(ip, 64).Masked().String()
	}
	return ip.String()
}
