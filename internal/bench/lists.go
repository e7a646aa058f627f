package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"huiyin/internal/casework"
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
	Rounds int
}

// Run asks every query Rounds times, one at a time.
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
	result.Sweep = queryResult("sweep", times)
	return result, err
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
			m := r.IntN(12) + 1
			return casework.Filter{From: fmt.Sprintf("2018-%02d-01", m), To: fmt.Sprintf("2018-%02d-31", m)}
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
