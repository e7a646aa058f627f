package worktime_test

import (
	"testing"
	"time"

	"huiyin/internal/worktime"
)

func TestWorkingTime(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	for _, test := range []struct {
		from, to string
		want     time.Duration
	}{
		{"2024-06-17 09:00", "2024-06-17 09:00", 0},
		{"2024-06-17 09:00", "2024-06-17 10:30", 90 * time.Minute},
		{"2024-06-17 11:00", "2024-06-17 15:00", 2 * time.Hour},
		{"2024-06-17 12:10", "2024-06-17 13:50", 0},
		{"2024-06-17 00:00", "2024-06-18 00:00", 7 * time.Hour},
		{"2024-06-14 17:00", "2024-06-17 09:00", time.Hour},
		{"2024-06-15 10:00", "2024-06-16 10:00", 0},
		{"2024-02-08 17:30", "2024-02-18 17:30", 14 * time.Hour},
		{"2024-06-17 09:00", "2024-06-14 17:00", -time.Hour},
	} {
		if got := c.WorkingTime(at(t, test.from), at(t, test.to)); got != test.want {
			t.Errorf("%s to %s: %v, want %v", test.from, test.to, got, test.want)
		}
	}
}

func TestWorkingDaysBetween(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	for _, test := range []struct {
		from, to string
		want     int
	}{
		{"2024-06-17 09:00", "2024-06-17 17:29", 0},
		{"2024-06-17 09:00", "2024-06-17 17:30", 1},
		{"2024-06-17 17:30", "2024-06-18 17:30", 1},
		{"2024-06-14 09:00", "2024-06-17 09:00", 1},
		{"2024-06-14 18:00", "2024-06-17 12:00", 0},
		{"2024-06-14 09:00", "2024-06-18 18:00", 3},
		{"2024-02-09 18:00", "2024-02-18 12:00", 0},
		{"2024-02-09 18:00", "2024-02-18 18:00", 1},
		{"2024-06-18 18:00", "2024-06-14 09:00", -3},
	} {
		if got := c.WorkingDaysBetween(at(t, test.from), at(t, test.to)); got != test.want {
			t.Errorf("%s to %s: %d, want %d", test.from, test.to, got, test.want)
		}
	}
}

func TestAddWorkingDays(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	for _, test := range []struct {
		due         string
		n           int
		want        string
		provisional bool
	}{
		{"2024-06-14 17:30", 0, "2024-06-14 17:30", false},
		{"2024-06-14 17:30", 1, "2024-06-17 17:30", false},
		{"2024-06-17 17:30", -1, "2024-06-14 17:30", false},
		{"2024-02-09 17:30", 2, "2024-02-19 17:30", false},
		{"2024-02-19 17:30", -2, "2024-02-09 17:30", false},
		{"2024-06-15 10:00", 1, "2024-06-17 10:00", false},
		{"2024-06-16 10:00", -1, "2024-06-14 10:00", false},
		{"2026-12-31 17:30", 1, "2027-01-04 17:30", true},
		{"2027-01-01 17:30", 0, "2027-01-01 17:30", false},
		{"2027-01-01 17:30", -1, "2026-12-31 17:30", false},
		{"2027-01-04 17:30", -1, "2026-12-31 17:30", true},
	} {
		due := at(t, test.due)
		got, provisional := c.AddWorkingDays(due, test.n)
		if show(got) != test.want || provisional != test.provisional {
			t.Errorf("%s %+d: %s (%v), want %s (%v)", test.due, test.n, show(got), provisional, test.want, test.provisional)
		}
		back, _ := c.SubWorkingDays(due, -test.n)
		if !back.Equal(got) {
			t.Errorf("%s: adding %d and taking %d differ", test.due, test.n, -test.n)
		}
	}
}

func TestShift(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	const wd, wm, h = worktime.WorkingDays, worktime.WorkingMinutes, worktime.Hours
	for _, test := range []struct {
		name            string
		due             string
		paused, resumed string
		unit            worktime.Unit
		how             worktime.Counting
		want            string
		provisional     bool
	}{
		{"within a day", "2024-06-19 17:30", "2024-06-17 09:00", "2024-06-17 17:00", wd, house, "2024-06-19 17:30", false},
		{"over night", "2024-06-19 17:30", "2024-06-17 09:00", "2024-06-18 09:00", wd, house, "2024-06-20 17:30", false},
		{"over a weekend", "2024-06-19 17:30", "2024-06-14 18:00", "2024-06-17 08:00", wd, house, "2024-06-19 17:30", false},
		{"a weekend and a day", "2024-06-19 17:30", "2024-06-14 18:00", "2024-06-17 17:30", wd, house, "2024-06-20 17:30", false},
		{"over Spring Festival", "2024-02-20 17:30", "2024-02-09 18:00", "2024-02-18 08:00", wd, house, "2024-02-20 17:30", false},
		{"into a weekend", "2024-06-21 17:30", "2024-06-18 09:00", "2024-06-19 09:00", wd, house, "2024-06-24 17:30", false},
		{"same time, not yet over", "2024-06-19 10:00", "2024-06-17 11:00", "2024-06-18 09:00", wd, sameTime, "2024-06-19 10:00", false},
		{"same time, over", "2024-06-19 10:00", "2024-06-17 09:00", "2024-06-17 11:00", wd, sameTime, "2024-06-20 10:00", false},
		{"into an unpublished year", "2026-12-31 17:30", "2026-12-28 09:00", "2026-12-29 09:00", wd, house, "2027-01-04 17:30", true},
		{"during an unpublished year", "2004-01-05 17:30", "2003-12-29 09:00", "2003-12-30 09:00", wd, house, "2004-01-06 17:30", true},

		{"working minutes", "2024-06-17 11:30", "2024-06-17 09:00", "2024-06-17 10:00", wm, house, "2024-06-17 14:30", false},
		{"working minutes, over a weekend", "2024-06-17 09:00", "2024-06-14 17:30", "2024-06-17 08:30", wm, house, "2024-06-17 09:00", false},
		{"working minutes, over night", "2024-06-17 11:30", "2024-06-14 17:00", "2024-06-17 09:00", wm, house, "2024-06-17 14:30", false},
		{"working minutes, due at noon, over lunch", "2024-06-17 12:00", "2024-06-14 12:30", "2024-06-14 13:30", wm, house, "2024-06-17 12:00", false},
		{"working minutes into an unpublished year", "2026-12-31 17:30", "2026-12-31 16:00", "2026-12-31 16:01", wm, house, "2027-01-04 08:31", true},

		{"hours", "2024-06-15 10:00", "2024-06-14 18:00", "2024-06-14 20:30", h, house, "2024-06-15 12:30", false},
		{"hours into an unpublished year", "2026-12-31 20:00", "2026-12-31 10:00", "2026-12-31 20:00", h, house, "2027-01-01 06:00", false},
		{"resumed before paused", "2024-06-15 10:00", "2024-06-14 18:00", "2024-06-13 18:00", h, house, "2024-06-15 10:00", false},
		{"no unit", "2024-06-15 10:00", "2024-06-10 18:00", "2024-06-14 18:00", "", house, "2024-06-15 10:00", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, provisional := c.Shift(at(t, test.due), at(t, test.paused), at(t, test.resumed), test.unit, test.how)
			if show(got) != test.want || provisional != test.provisional {
				t.Errorf("due %s (%v), want %s (%v)", show(got), provisional, test.want, test.provisional)
			}
		})
	}
}
