package api

import (
	"io"
	"net/http"
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
	uploadBytes        = 10 * blob.MaxSize // an hour from one address
)

var (
	errTooOften    = errs.New(errs.Limit, "too_often", "操作过于频繁，请稍后再试")
	errGuesses     = errs.New(errs.Limit, "too_many_guesses", "查询码错误次数过多，请稍后再试")
	errUploadBytes = errs.New(errs.Limit, "too_many_bytes", "一小时内上传的内容过多，请稍后再试")
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

// limits are the meters of public requests.
type limits struct {
	clock func() time.Time

	mu       sync.Mutex
	requests *meter // by address; nil without a limit
	uploads  *meter // bytes, by address
	numbers  *meter // wrong codes; apart, so that a flood of addresses does not clear them
	senders  *meter
	pairs    *meter
}

func newLimits(perMinute int, clock func() time.Time) *limits {
	l := &limits{
		clock: clock, uploads: newMeter(uploadBytes, time.Hour), numbers: newMeter(guessesAtNumber, time.Hour),
		senders: newMeter(guessesFromAddress, time.Hour), pairs: newMeter(guessesOfPair, time.Hour),
	}
	if perMinute > 0 {
		l.requests = newMeter(perMinute, time.Minute)
	}
	return l
}

// allow counts a request of the address.
func (l *limits) allow(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.requests == nil {
		return true
	}
	now := l.clock()
	return l.requests.of(address, now).AllowN(now, 1)
}

// guess reports whether a number's code may be tried from an address. Wrong
// counts a try that failed, even one too many that came at the same instant: it
// has to be waited for longer then. Who knows the code may look as often as they
// like.
func (l *limits) guess(number, address string) (wrong func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	bounds := []*rate.Limiter{l.pairs.of(number+" "+address, now), l.senders.of(address, now), l.numbers.of(number, now)}
	if slices.ContainsFunc(bounds, func(b *rate.Limiter) bool { return b.TokensAt(now) < 1 }) {
		return nil, false
	}
	return func() {
		for _, b := range bounds {
			b.ReserveN(now, 1)
		}
	}, true
}

// upload counts what is read of a body against the bytes of an address.
func (l *limits) upload(address string, body io.Reader) io.Reader {
	return reader(func(p []byte) (int, error) {
		n, err := body.Read(p)
		l.mu.Lock()
		defer l.mu.Unlock()
		now := l.clock()
		if !l.uploads.of(address, now).AllowN(now, n) {
			return 0, errUploadBytes
		}
		return n, err
	})
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

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
