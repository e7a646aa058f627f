package casework

import (
	"context"
	"slices"
	"sync"
	"time"

	"huiyin/internal/errs"
	"huiyin/internal/figures"
	"huiyin/internal/ticket"
)

// Figures are what a period adds up to.
type Figures struct {
	Period string // 2026-11 or 2026
	First  string // first day, 2006-01-02
	Last   string // last day; of a period that goes on, today
	At     ticket.Instant
	figures.Cuts
	Before figures.Tally // the city in the period before, up to the same day of it
	Months []MonthTally  // the city in the twelve months that end with the period
}

// MonthTally is the city in one month, 2006-01.
type MonthTally struct {
	Month string
	figures.Tally
}

// figuresFor is how long figures are believed; keptPeriods is of how many
// periods they are kept.
const (
	figuresFor  = time.Minute
	keptPeriods = 50
)

// kept holds the figures that were added up last, by period.
type kept struct {
	mu      sync.Mutex
	periods map[string]Figures
}

// Figures adds up a month or a year, this month if the period is empty. They
// are at most a minute older than the last Count. A period that is none, or
// that has not begun, is Invalid.
func (s *Service) Figures(ctx context.Context, period string) (Figures, error) {
	now := s.clock().In(s.city.Current().Calendar().Location())
	if period == "" {
		period = now.Format(monthLayout)
	}
	span, err := readPeriod(period, now)
	if err != nil {
		return Figures{}, err
	}
	s.kept.mu.Lock()
	defer s.kept.mu.Unlock()
	if f, ok := s.kept.periods[period]; ok && f.Last == span.last {
		if age := now.Sub(f.At.Time()); age >= 0 && age < figuresFor {
			return f, nil
		}
	}
	f, err := s.addUp(ctx, period, span)
	if err != nil {
		return f, err
	}
	f.At = ticket.At(now)
	if len(s.kept.periods) >= keptPeriods {
		clear(s.kept.periods)
	}
	s.kept.periods[period] = f
	return f, nil
}

func (s *Service) addUp(ctx context.Context, period string, p span) (Figures, error) {
	f := Figures{Period: period, First: p.first, Last: p.last}
	var err error
	if f.Cuts, err = figures.Between(ctx, s.db, p.first, p.last); err != nil {
		return f, err
	}
	if f.Before, err = figures.CityBetween(ctx, s.db, p.firstBefore, p.lastBefore); err != nil {
		return f, err
	}
	months, err := figures.Months(ctx, s.db, p.months[0]+"-01", p.last)
	for _, m := range p.months {
		f.Months = append(f.Months, MonthTally{Month: m, Tally: months[m]})
	}
	return f, err
}

// span is a period by its days.
type span struct {
	first, last, firstBefore, lastBefore string
	months                               []string
}

const (
	monthLayout = "2006-01"
	yearLayout  = "2006"
)

// readPeriod reads a month or a year that has begun at now.
func readPeriod(period string, now time.Time) (span, error) {
	step := func(t time.Time, n int) time.Time { return t.AddDate(0, n, 0) }
	first, err := time.ParseInLocation(monthLayout, period, now.Location())
	if err != nil {
		step = func(t time.Time, n int) time.Time { return t.AddDate(n, 0, 0) }
		first, err = time.ParseInLocation(yearLayout, period, now.Location())
	}
	if err != nil || first.After(now) || first.Year() < firstYear {
		return span{}, errs.InvalidField("period", "请选择已经开始的年份或月份")
	}
	end := step(first, 1)
	last, lastBefore := end.AddDate(0, 0, -1), first.AddDate(0, 0, -1)
	if now.Before(end) {
		last = now
		if same := step(now, -1); same.Before(lastBefore) {
			lastBefore = same
		}
	}
	p := span{
		first: first.Format(time.DateOnly), last: last.Format(time.DateOnly),
		firstBefore: step(first, -1).Format(time.DateOnly), lastBefore: lastBefore.Format(time.DateOnly),
	}
	month := time.Date(last.Year(), last.Month(), 1, 0, 0, 0, 0, last.Location())
	for n := range 12 {
		p.months = append(p.months, month.AddDate(0, -n, 0).Format(monthLayout))
	}
	slices.Reverse(p.months)
	return p, nil
}

// firstYear is that of the first calendar: nothing is older.
const firstYear = 2004
