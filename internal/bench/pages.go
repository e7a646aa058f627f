package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/casework"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// PagesResult is what bench pages prints.
type PagesResult struct {
	Engine     string              `json:"engine"`
	Tickets    int64               `json:"tickets"` // in the store
	Clients    int                 `json:"clients"`
	Pause      float64             `json:"pause_s"`
	Seconds    float64             `json:"seconds"`
	PerS       float64             `json:"pages_per_s"`
	Pages      map[string]PageTime `json:"pages"`
	Errors     int                 `json:"errors"`
	FirstError string              `json:"first_error,omitempty"`
}

// PageTime is how long one kind of page took, from the request to its last
// byte, and how large it was on the wire.
type PageTime struct {
	Asked int     `json:"asked"`
	P50   float64 `json:"p50_ms"`
	P95   float64 `json:"p95_ms"`
	P99   float64 `json:"p99_ms"`
	Bytes int     `json:"bytes_packed"` // of the largest
}

// Pages says how to look at pages, as people at desks and on the public site
// do, each client one after the other.
type Pages struct {
	URL      string
	Cookie   func(ctx context.Context, account ticket.AccountID) (*http.Cookie, error)
	Cases    *casework.Service
	City     *org.Live
	Clients  int
	Pause    time.Duration // of a client between two pages, on average; zero: none
	Duration time.Duration
}

// visitor is one of the staff with what they may look at.
type visitor struct {
	cookie  *http.Cookie
	numbers []string
}

// looker looks at pages and notes how long they took.
type looker struct {
	Pages
	client   *http.Client
	visitors []visitor
	public   []string // numbers that everybody may see

	mu     sync.Mutex
	times  map[string][]time.Duration
	bytes  map[string]int
	errors int
	first  error
}

// Run looks until the time is up.
func (p Pages) Run(ctx context.Context) (PagesResult, error) {
	l := &looker{Pages: p, times: map[string][]time.Duration{}, bytes: map[string]int{}}
	l.client = &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: p.Clients, MaxConnsPerHost: p.Clients, DisableCompression: true},
	}
	if err := l.invite(ctx); err != nil {
		return PagesResult{}, err
	}
	start := time.Now()
	end := start.Add(p.Duration)
	var group errgroup.Group
	for i := range p.Clients {
		group.Go(func() error {
			r := rand.New(rand.NewPCG(uint64(i), 11))
			for time.Now().Before(end) && ctx.Err() == nil {
				l.visit(ctx, r)
			}
			return nil
		})
	}
	_ = group.Wait() // errors are counted
	return l.result(time.Since(start)), ctx.Err()
}

// invite signs people in, and finds what they may open.
func (l *looker) invite(ctx context.Context) error {
	cast, err := newCast(l.City.Current())
	if err != nil {
		return err
	}
	everybody := cast.everybody()
	for _, a := range everybody[:min(len(everybody), 200)] { // the center's staff come first
		page, err := l.Cases.List(ctx, a, casework.Filter{Limit: 50})
		if err != nil {
			return err
		}
		if len(page.Items) == 0 {
			continue
		}
		v := visitor{}
		for _, item := range page.Items {
			v.numbers = append(v.numbers, item.Number)
			if !item.Confidential {
				l.public = append(l.public, item.Number)
			}
		}
		if v.cookie, err = l.Cookie(ctx, a.Account); err != nil {
			return err
		}
		l.visitors = append(l.visitors, v)
	}
	if len(l.visitors) == 0 {
		return errors.New("bench: nobody has a ticket to look at")
	}
	return nil
}

// words are looked for; each is in many matters.
var words = []string{"路灯", "停水", "噪音", "物业"}

// visit looks at one page of each kind, in any order.
func (l *looker) visit(ctx context.Context, r *rand.Rand) {
	v := l.visitors[r.IntN(len(l.visitors))]
	word := url.QueryEscape(words[r.IntN(len(words))])
	kinds := []struct {
		name, path string
		staff      bool
	}{
		{"home", "/", false},
		{"published", "/published", false},
		{"figures", "/figures", false},
		{"published search", "/published?q=" + word, false},
		{"public ticket", "/t/" + l.public[r.IntN(len(l.public))], false},
		{"desk", "/desk", true},
		{"to do", "/desk/todo", true},
		{"list", "/desk/tickets?state=handling", true},
		{"search", "/desk/tickets?q=" + word, true},
		{"ticket", "/desk/tickets/" + v.numbers[r.IntN(len(v.numbers))], true},
	}
	for _, i := range r.Perm(len(kinds)) {
		k := kinds[i]
		start := time.Now()
		size, err := l.look(ctx, k.path, k.staff, v.cookie)
		l.note(k.name, time.Since(start), size, err)
		l.read(ctx, r)
	}
}

// read is the time in which somebody looks at a page.
func (l *looker) read(ctx context.Context, r *rand.Rand) {
	if l.Pause == 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(r.Int64N(2 * int64(l.Pause)))):
	}
}

func (l *looker) look(ctx context.Context, path string, staff bool, cookie *http.Cookie) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.URL+path, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	if staff {
		request.AddCookie(cookie)
	}
	answer, err := l.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("bench: %s: %s", path, answer.Status)
	}
	return len(body), nil
}

func (l *looker) note(name string, took time.Duration, size int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.errors++
		if l.first == nil {
			l.first = err
		}
		return
	}
	l.times[name] = append(l.times[name], took)
	l.bytes[name] = max(l.bytes[name], size)
}

func (l *looker) result(took time.Duration) PagesResult {
	r := PagesResult{Clients: l.Clients, Pause: l.Pause.Seconds(), Seconds: took.Seconds(), Pages: map[string]PageTime{}, Errors: l.errors}
	if l.first != nil {
		r.FirstError = l.first.Error()
	}
	all := 0
	for name, times := range l.times {
		slices.Sort(times)
		all += len(times)
		r.Pages[name] = PageTime{Asked: len(times), P50: quantile(times, .5), P95: quantile(times, .95), P99: quantile(times, .99), Bytes: l.bytes[name]}
	}
	r.PerS = float64(all) / took.Seconds()
	return r
}
