package bench

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// LoopResult is what bench loop prints.
type LoopResult struct {
	Engine       string  `json:"engine"`
	Mode         string  `json:"mode"`
	Tickets      int     `json:"tickets"`
	Steps        int64   `json:"steps"` // acknowledged transactions; in history mode, events
	Seconds      float64 `json:"seconds"`
	StepsPerS    float64 `json:"steps_per_s"`
	TicketsPerS  float64 `json:"tickets_per_s"`
	BareSeconds  float64 `json:"bare_seconds"`      // the same row writes of the measured share, without anything else
	BareRatio    float64 `json:"bare_ratio"`        // speed of that share ÷ speed of the bare writes
	BareTickets  int     `json:"bare_tickets"`      // size of that share
	FirstPerS    float64 `json:"first_tenth_per_s"` // tickets/s in the first tenth
	LastPerS     float64 `json:"last_tenth_per_s"`  // and in the last
	PeakRSSBytes int64   `json:"peak_rss_bytes"`
}

// Loop says what to measure.
type Loop struct {
	Tickets int
	Mode    string // steps or history
	Actors  int
	Cases   *casework.Service
	City    *org.Live
	Store   *db.DB
	Bare    func(context.Context) (*db.DB, func() error, error) // a second, empty store for the bare writes
	Tick    func()                                              // one ticket is done
}

// bareTickets bounds the share of tickets whose writes are recorded and done
// again bare: recorded rows are held in memory.
const bareTickets = 10_000

// Run measures.
func (l Loop) Run(ctx context.Context) (LoopResult, error) {
	cast, err := newCast(l.City.Current())
	if err != nil {
		return LoopResult{}, err
	}
	share := min(l.Tickets, bareTickets)
	recording := l.Store.Record()
	shareTime, steps, err := l.times(ctx, cast, 0, share, l.one())
	recording.Stop()
	if err != nil {
		return LoopResult{}, err
	}
	restTime, more, err := l.times(ctx, cast, share, l.Tickets, l.one())
	if err != nil {
		return LoopResult{}, err
	}
	bare, err := l.bare(ctx, recording)
	if err != nil {
		return LoopResult{}, err
	}
	total := shareTime.took + restTime.took
	result := LoopResult{
		Engine: string(l.Store.Engine()), Mode: l.Mode, Tickets: l.Tickets, Steps: steps + more, Seconds: total.Seconds(),
		StepsPerS: float64(steps+more) / total.Seconds(), TicketsPerS: float64(l.Tickets) / total.Seconds(),
		BareSeconds: bare.Seconds(), BareRatio: bare.Seconds() / shareTime.took.Seconds(), BareTickets: share,
		PeakRSSBytes: peakRSS(),
	}
	result.FirstPerS, result.LastPerS = shareTime.firstTenth, shareTime.lastTenth
	if restTime.lastTenth > 0 {
		result.FirstPerS, result.LastPerS = restTime.firstTenth, restTime.lastTenth
	}
	return result, nil
}

type timing struct {
	took                  time.Duration
	firstTenth, lastTenth float64 // tickets/s
}

// times runs tickets from..to by all actors at once.
func (l Loop) times(ctx context.Context, cast *cast, from, to int, one func(context.Context, *cast, *rand.Rand) (int, error)) (timing, int64, error) {
	if from == to {
		return timing{}, 0, nil
	}
	var next, done, steps atomic.Int64
	next.Store(int64(from))
	n := int64(to - from)
	var marks [11]atomic.Int64 // nanoseconds since the start at which each tenth was done
	start := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for range l.Actors {
		group.Go(func() error {
			for {
				i := next.Add(1) - 1
				if i >= int64(to) {
					return nil
				}
				count, err := one(ctx, cast, rand.New(rand.NewPCG(12345, uint64(i))))
				if err != nil {
					return err
				}
				steps.Add(int64(count))
				if d := done.Add(1); d*10%n < 10 {
					marks[d*10/n].Store(int64(time.Since(start)))
				}
				if l.Tick != nil {
					l.Tick()
				}
			}
		})
	}
	err := group.Wait()
	t := timing{took: time.Since(start)}
	tenth := float64(n) / 10
	if first := time.Duration(marks[1].Load()); first > 0 {
		t.firstTenth = tenth / first.Seconds()
	}
	if last := t.took - time.Duration(marks[9].Load()); last > 0 {
		t.lastTenth = tenth / last.Seconds()
	}
	return t, steps.Load(), err
}

// steps drives one ticket through the loop, each act its own acknowledged
// transaction.
func (l Loop) steps(ctx context.Context, cast *cast, r *rand.Rand) (int, error) {
	m := cast.matter(r)
	receipt, err := l.Cases.Submit(ctx, cast.agent, m, "")
	if err != nil {
		return 0, err
	}
	loop := cast.loop(m)
	for _, s := range loop {
		if _, err := l.Cases.Do(ctx, s.actor, receipt.Ticket.ID, s.command, casework.Options{}); err != nil {
			return 0, err
		}
	}
	return 1 + len(loop), nil
}

// One history in openOf is left open, as a city has some; of those that may be,
// one in publishedOf is published.
const (
	openOf      = 40
	publishedOf = 4
)

// history stores one whole ticket.
func (l Loop) history(ctx context.Context, cast *cast, r *rand.Rand) (int, error) {
	m := cast.matter(r)
	start := time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.Int64N(int64(365 * 24 * time.Hour))))
	h := casework.History{At: ticket.At(start), Actor: cast.agent, Matter: m}
	loop := cast.loop(m)
	if r.IntN(openOf) == 0 {
		loop = loop[:r.IntN(len(loop))] // still open somewhere
	} else if m.MayPublish && r.IntN(publishedOf) == 0 {
		words := ticket.Publish{Title: m.Title, Body: m.Body, Reply: "已现场核实并处理完毕。"}
		loop = append(loop, step{"publish", cast.reviewer, words, 80 * time.Hour})
	}
	for _, s := range loop {
		h.Acts = append(h.Acts, casework.Act{At: ticket.At(start.Add(s.after)), Actor: s.actor, Command: s.command})
	}
	t, err := l.Cases.Store(ctx, h)
	return t.Seq, err
}

// bare does the recorded writes again on an empty store, as many at once, with
// nothing around them.
func (l Loop) bare(ctx context.Context, recording *db.Recording) (time.Duration, error) {
	store, remove, err := l.Bare(ctx)
	if err != nil {
		return 0, err
	}
	txs := recording.Transactions()
	runtime.GC()
	var next atomic.Int64
	start := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for range l.Actors {
		group.Go(func() error {
			for {
				i := next.Add(1) - 1
				if i >= int64(len(txs)) {
					return nil
				}
				if err := store.Update(ctx, txs[i].Do(ctx)); err != nil {
					return err
				}
			}
		})
	}
	err = group.Wait()
	took := time.Since(start)
	if e := remove(); err == nil {
		err = e
	}
	return took, err
}

// peakRSS returns the most memory this process had, in bytes; zero where the
// system does not tell.
func peakRSS() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// Fill makes the tickets and measures nothing.
func (l Loop) Fill(ctx context.Context) error {
	cast, err := newCast(l.City.Current())
	if err != nil {
		return err
	}
	_, _, err = l.times(ctx, cast, 0, l.Tickets, l.one())
	return err
}

// one returns what is done for one ticket.
func (l Loop) one() func(context.Context, *cast, *rand.Rand) (int, error) {
	if l.Mode == "history" {
		return l.history
	}
	return l.steps
}
