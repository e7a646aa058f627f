package bench

import (
	"bytes"
	"context"
	"encoding/json"
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

// ServeResult is what bench serve prints. Times are of one whole life cycle:
// create, accept, dispatch, sign, draft, sign off, search, each one request.
type ServeResult struct {
	Engine       string             `json:"engine"`
	Tickets      int64              `json:"tickets"` // in the store at the start
	Clients      int                `json:"clients"`
	Pattern      string             `json:"pattern"`
	Seconds      float64            `json:"seconds"`
	Lifecycles   int                `json:"lifecycles"`
	PerS         float64            `json:"lifecycles_per_s"`
	RequestsPerS float64            `json:"requests_per_s"`
	P50          float64            `json:"p50_ms"`
	P95          float64            `json:"p95_ms"`
	P99          float64            `json:"p99_ms"`
	RequestP95   map[string]float64 `json:"request_p95_ms"`
	Errors       int                `json:"errors"`
	FirstError   string             `json:"first_error,omitempty"`
	PeakRSSBytes int64              `json:"peak_rss_bytes"`
}

// Serve says how to load a server.
type Serve struct {
	URL      string // of the server
	Token    func(ctx context.Context, account ticket.AccountID) (string, error)
	City     *org.Live
	Clients  int
	Duration time.Duration
	Pattern  string // "" or burst
}

// bursts is the pattern of life cycles a second that DIGIT publishes figures
// for; each stage takes an equal part of the duration.
var bursts = []int{1, 15, 1, 25, 2, 35, 10}

// Run loads the server.
func (s Serve) Run(ctx context.Context) (ServeResult, error) {
	cast, err := newCast(s.City.Current())
	if err != nil {
		return ServeResult{}, err
	}
	l := &load{Serve: s, cast: cast, tokens: map[ticket.AccountID]string{}, times: map[string][]time.Duration{}}
	l.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: s.Clients, MaxConnsPerHost: s.Clients}}
	// People sign in once a day, not once a life cycle.
	for _, a := range cast.everybody() {
		if _, err := l.token(ctx, a.Account); err != nil {
			return ServeResult{}, err
		}
	}
	start := time.Now()
	if s.Pattern == "burst" {
		l.burst(ctx)
	} else {
		l.steady(ctx)
	}
	return l.result(time.Since(start)), ctx.Err()
}

type load struct {
	Serve
	cast   *cast
	client *http.Client

	mu     sync.Mutex
	tokens map[ticket.AccountID]string
	times  map[string][]time.Duration
	errors int
	first  error
}

// steady keeps every client busy until the time is up.
func (l *load) steady(ctx context.Context) {
	end := time.Now().Add(l.Duration)
	var group errgroup.Group
	for i := range l.Clients {
		group.Go(func() error {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for time.Now().Before(end) && ctx.Err() == nil {
				l.cycle(ctx, r)
			}
			return nil
		})
	}
	_ = group.Wait() // errors are counted
}

// burst starts life cycles by the clock, whether or not the last have ended.
func (l *load) burst(ctx context.Context) {
	var group sync.WaitGroup
	stage := l.Duration / time.Duration(len(bursts))
	for _, rate := range bursts {
		tick := time.NewTicker(time.Second / time.Duration(rate))
		end := time.After(stage)
	running:
		for i := 0; ; i++ {
			select {
			case <-end:
				break running
			case <-ctx.Done():
				break running
			case <-tick.C:
				group.Go(func() { l.cycle(ctx, rand.New(rand.NewPCG(uint64(rate), uint64(i)))) })
			}
		}
		tick.Stop()
	}
	group.Wait()
}

// cycle is one life cycle. The first request that fails ends it.
func (l *load) cycle(ctx context.Context, r *rand.Rand) {
	start := time.Now()
	if err := l.requests(ctx, r); err != nil {
		if ctx.Err() == nil {
			l.fail(err)
		}
		return
	}
	l.note("cycle", time.Since(start))
}

func (l *load) requests(ctx context.Context, r *rand.Rand) error {
	m := l.cast.matter(r)
	var made struct{ Number string }
	if err := l.post(ctx, "create", l.cast.agent, "/tickets", body(m), &made); err != nil {
		return err
	}
	for _, s := range l.cast.loop(m) {
		if s.name == "rate" || s.name == "follow_up" || s.name == "approve" {
			continue
		}
		command := string(s.command.Name())
		if err := l.post(ctx, s.name, s.actor, "/tickets/"+made.Number+"/"+command, s.command, nil); err != nil {
			return err
		}
	}
	q := url.Values{"q": {objects[r.IntN(len(objects))] + states[r.IntN(len(states))]}}
	return l.do(ctx, "search", l.cast.agent, http.MethodGet, "/tickets?"+q.Encode(), nil, nil)
}

// body is a matter as the API takes it.
func body(m casework.Matter) map[string]any {
	return map[string]any{
		"kind": m.Kind, "channel": m.Channel, "category": m.Category, "area": m.Area, "title": m.Title, "body": m.Body, "may_publish": m.MayPublish,
		"requester": map[string]any{"kind": m.Person.Kind, "name": m.Person.Name, "phone": m.Person.Phone},
	}
}

func (l *load) post(ctx context.Context, name string, actor ticket.Actor, path string, body, into any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return l.do(ctx, name, actor, http.MethodPost, path, b, into)
}

func (l *load) do(ctx context.Context, name string, actor ticket.Actor, method, path string, body []byte, into any) error {
	token, err := l.token(ctx, actor.Account)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, l.URL+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	start := time.Now()
	response, err := l.client.Do(request)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	l.note(name, time.Since(start))
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s: %s: %s", name, response.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

func (l *load) token(ctx context.Context, account ticket.AccountID) (string, error) {
	l.mu.Lock()
	token, ok := l.tokens[account]
	l.mu.Unlock()
	if ok {
		return token, nil
	}
	token, err := l.Token(ctx, account)
	if err != nil {
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tokens[account] = token
	return token, nil
}

func (l *load) note(name string, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.times[name] = append(l.times[name], took)
}

func (l *load) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errors++
	if l.first == nil {
		l.first = err
	}
}

func (l *load) result(took time.Duration) ServeResult {
	cycles := l.times["cycle"]
	delete(l.times, "cycle")
	r := ServeResult{
		Clients: l.Clients, Pattern: l.Pattern, Seconds: took.Seconds(), Lifecycles: len(cycles), PerS: float64(len(cycles)) / took.Seconds(),
		P50: quantile(cycles, .5), P95: quantile(cycles, .95), P99: quantile(cycles, .99), RequestP95: map[string]float64{},
		Errors: l.errors, PeakRSSBytes: peakRSS(),
	}
	requests := 0
	for name, times := range l.times {
		r.RequestP95[name] = quantile(times, .95)
		requests += len(times)
	}
	r.RequestsPerS = float64(requests) / took.Seconds()
	if l.first != nil {
		r.FirstError = l.first.Error()
	}
	return r
}

// quantile returns the q-quantile in milliseconds, zero of nothing.
func quantile(times []time.Duration, q float64) float64 {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return float64(sorted[min(len(sorted)-1, int(q*float64(len(sorted))))].Microseconds()) / 1000
}
