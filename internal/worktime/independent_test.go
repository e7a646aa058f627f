package worktime_test

import (
	_ "embed"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"huiyin/internal/worktime"
)

// The facts of vsme/chinese-days, for the years that the built-in calendar
// takes from NateScarlet/holiday-cn; see NOTICE.
//
//go:embed testdata/chinese-days.csv
var chineseDays string

// otherSource maps each date that is not an ordinary one to whether it is
// worked.
func otherSource(t *testing.T) map[string]bool {
	t.Helper()
	worked := make(map[string]bool)
	for line := range strings.Lines(chineseDays) {
		field := strings.Split(line, ",")
		switch field[1] {
		case "holiday":
			worked[field[0]] = false
		case "workday":
			worked[field[0]] = true
		}
	}
	if len(worked) < 700 {
		t.Fatalf("only %d facts were read", len(worked))
	}
	return worked
}

// TestAgainstIndependentSource counts deadlines a second time, day by day on
// the other source's calendar and with nothing of this package.
func TestAgainstIndependentSource(t *testing.T) {
	t.Parallel()
	special := otherSource(t)
	worked := func(day time.Time) bool {
		if w, ok := special[day.Format("2006-01-02")]; ok {
			return w
		}
		return day.Weekday() >= time.Monday && day.Weekday() <= time.Friday
	}
	zone := time.FixedZone("UTC+8", 8*3600)
	start := time.Date(2007, 1, 1, 0, 0, 0, 0, zone)
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, zone)

	c := builtin(t)
	for day := start; day.Before(end); day = day.AddDate(0, 0, 1) {
		if got := c.DayOf(day).Working; got != worked(day) {
			t.Errorf("%s: worked %v, the other source says %v", day.Format(time.DateOnly), got, worked(day))
		}
	}

	random := rand.New(rand.NewPCG(12345, 2018))
	cases := 0
	for cases < 20_000 {
		from := start.Add(time.Duration(random.Int64N(int64(end.Sub(start)/time.Second))) * time.Second)
		days, minutes := 1+random.IntN(40), 1+random.IntN(3000)
		byDays, byMinutes := walkDays(from, days, worked), walkMinutes(from, minutes, worked)
		if !byDays.Before(end) || !byMinutes.Before(end) {
			continue
		}
		cases++
		got := c.Deadline(from, worktime.Limit{N: days, Unit: worktime.WorkingDays}, worktime.Counting{})
		if !got.Due.Equal(byDays) || got.Provisional {
			t.Errorf("%d working days from %v: %v, counted again %v", days, from, got.Due, byDays)
		}
		got = c.Deadline(from, worktime.Limit{N: minutes, Unit: worktime.WorkingMinutes}, worktime.Counting{})
		if !got.Due.Equal(byMinutes) || got.Provisional {
			t.Errorf("%d working minutes from %v: %v, counted again %v", minutes, from, got.Due, byMinutes)
		}
	}
}

// walkDays counts from the next day on and ends at 17:30.
func walkDays(from time.Time, days int, worked func(time.Time) bool) time.Time {
	day := time.Date(from.Year(), from.Month(), from.Day(), 17, 30, 0, 0, from.Location())
	for days > 0 {
		day = day.AddDate(0, 0, 1)
		if worked(day) {
			days--
		}
	}
	return day
}

// walkMinutes ticks off seconds of work in the two windows of each day.
func walkMinutes(from time.Time, minutes int, worked func(time.Time) bool) time.Time {
	left := int64(minutes) * 60
	for day := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, from.Location()); ; day = day.AddDate(0, 0, 1) {
		if !worked(day) {
			continue
		}
		for _, window := range [2][2]int64{{30600, 43200}, {50400, 63000}} {
			open, shut := day.Unix()+window[0], day.Unix()+window[1]
			if from.Unix() > open {
				open = from.Unix()
			}
			if open >= shut {
				continue
			}
			if left <= shut-open {
				return time.Unix(open+left, 0)
			}
			left -= shut - open
		}
	}
}
