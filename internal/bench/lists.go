package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// ListsResult is what bench lists prints: per query, milliseconds.
type ListsResult struct {
	Engine  string        `json:"engine"`
	Tickets int64         `json:"tickets"`
	Clocks  int64         `json:"running_clocks"`
	Queries []QueryResult `json:"queries"`
	Sweep   QueryResult   `json:"sweep"` // looks for due clocks where none is
	Due     SweepResult   `json:"due"`
}

// SweepResult is one sweep at the instant when the first clocks are due.
type SweepResult struct {
	Clocks int     `json:"clocks"`
	Ms     float64 `json:"ms"`
}

// QueryResult is the time of one query, asked many times with changing
// arguments, in milliseconds.
type QueryResult struct {
	Name string  `json:"name"`
	P50  float64 `json:"p50_ms"`
	P95  float64 `json:"p95_ms"`
	Max  float64 `json:"max_ms"`
}

// Lists says what to ask.
type Lists struct {
	Cases  *casework.Service
	City   *org.Live
	Store  *db.DB
	Rounds int
}

// sweepDue is how many clocks are due in the sweep that has something to do:
// about what falls due at the close of business of a city of the mission's
// size, 627,700 tickets a year of some 250 working days.
const sweepDue = 2500

// Run asks every query Rounds times, one at a time, then sweeps. The sweep
// leaves records of a later day in the store.
func (l Lists) Run(ctx context.Context) (ListsResult, error) {
	cast, err := newCast(l.City.Current())
	if err != nil {
		return ListsResult{}, err
	}
	dir := l.City.Current()
	county, unit := cast.agent, cast.agent
	for _, a := range dir.Accounts() {
		switch u, _ := dir.Unit(a.Unit); {
		case u.Kind == org.Center && a.Unit != dir.CityCenter() && a.Actor().Holds(ticket.Dispatcher):
			county = a.Actor()
		case u.Kind == org.Department && u.Level == org.CityLevel && a.Actor().Holds(ticket.Handler):
			unit = a.Actor()
		}
	}
	var result ListsResult
	for _, who := range []struct {
		name  string
		actor ticket.Actor
	}{{"city center", cast.agent}, {"county center", county}, {"city department", unit}} {
		for _, q := range l.filters(cast) {
			times, err := l.ask(ctx, who.actor, q.make)
			if err != nil {
				return result, fmt.Errorf("%s, %s: %w", who.name, q.name, err)
			}
			result.Queries = append(result.Queries, queryResult(who.name+": "+q.name, times))
		}
		times, err := l.times(func() error { _, err := l.Cases.Counts(ctx, who.actor); return err })
		if err != nil {
			return result, err
		}
		result.Queries = append(result.Queries, queryResult(who.name+": counts", times))
	}
	// Before any ticket was made nothing is due, so this is the search alone.
	early := l.Cases.At(func() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) })
	times, err := l.times(func() error { _, err := early.Sweep(ctx, 2000); return err })
	if err != nil {
		return result, err
	}
	result.Sweep = queryResult("sweep", times)
	result.Due, err = l.sweep(ctx)
	return result, err
}

func (l Lists) sweep(ctx context.Context) (r SweepResult, err error) {
	var at int64
	err = l.Store.QueryRow(ctx, `SELECT COALESCE(MAX(next_at), 0) FROM (SELECT next_at FROM clock WHERE next_at IS NOT NULL
		ORDER BY next_at LIMIT `+strconv.Itoa(sweepDue)+`) first`).Scan(&at)
	if err != nil {
		return r, err
	}
	start := time.Now()
	r.Clocks, err = l.Cases.At(func() time.Time { return time.UnixMilli(at) }).Sweep(ctx, sweepDue)
	r.Ms = float64(time.Since(start).Microseconds()) / 1000
	return r, err
}

type listQuery struct {
	name string
	make func(*rand.Rand) casework.Filter
}

func (l Lists) filters(c *cast) []listQuery {
	pick := func(r *rand.Rand, words []string) string { return words[r.IntN(len(words))] }
	return []listQuery{
		{"newest", func(*rand.Rand) casework.Filter { return casework.Filter{} }},
		{"to do", func(*rand.Rand) casework.Filter { return casework.Filter{Todo: true} }},
		{"one state", func(r *rand.Rand) casework.Filter {
			return casework.Filter{States: []ticket.State{ticket.States[r.IntN(len(ticket.States))]}}
		}},
		{"one kind", func(r *rand.Rand) casework.Filter { return casework.Filter{Kind: ticket.Kinds[r.IntN(4)]} }},
		{"one category", func(r *rand.Rand) casework.Filter { return casework.Filter{Category: pick(r, c.leaves)} }},
		{"one area", func(r *rand.Rand) casework.Filter { return casework.Filter{Area: pick(r, c.areas)} }},
		{"category, area and state", func(r *rand.Rand) casework.Filter {
			return casework.Filter{Category: pick(r, c.leaves), Area: pick(r, c.areas), States: []ticket.State{ticket.Closed}}
		}},
		{"late", func(*rand.Rand) casework.Filter { return casework.Filter{Late: true} }},
		{"one month", func(r *rand.Rand) casework.Filter {
			m := time.Date(2018, time.Month(r.IntN(12)+1), 1, 0, 0, 0, 0, time.UTC)
			return casework.Filter{From: m.Format(time.DateOnly), To: m.AddDate(0, 1, -1).Format(time.DateOnly)}
		}},
		{"two-character word", func(r *rand.Rand) casework.Filter { return casework.Filter{Query: pick(r, objects)} }},
		{"rare phrase", func(r *rand.Rand) casework.Filter { return casework.Filter{Query: pick(r, objects) + pick(r, states)} }},
		{"a word that is not there", func(*rand.Rand) casework.Filter { return casework.Filter{Query: "犀牛"} }},
	}
}

func (l Lists) ask(ctx context.Context, actor ticket.Actor, make func(*rand.Rand) casework.Filter) ([]time.Duration, error) {
	r := rand.New(rand.NewPCG(1, 2))
	return l.times(func() error {
		_, err := l.Cases.List(ctx, actor, make(r))
		return err
	})
}

func (l Lists) times(do func() error) ([]time.Duration, error) {
	times := make([]time.Duration, 0, l.Rounds)
	for range l.Rounds {
		start := time.Now()
		if err := do(); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start))
	}
	return times, nil
}

func queryResult(name string, times []time.Duration) QueryResult {
	return QueryResult{Name: name, P50: quantile(times, .5), P95: quantile(times, .95), Max: quantile(times, 1)}
}
