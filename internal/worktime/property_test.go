package worktime_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiyin/internal/worktime"
)

// drawCalendar draws the built-in calendar or one with random windows and a
// random year 2027.
func drawCalendar(t *rapid.T, builtin *worktime.Calendar) *worktime.Calendar {
	if rapid.Bool().Draw(t, "builtin") {
		return builtin
	}
	var windows []worktime.Window
	for from := rapid.IntRange(0, 1439).Draw(t, "from"); from < 1440; {
		to := rapid.IntRange(from+1, 1440).Draw(t, "to")
		windows = append(windows, worktime.Window{From: from, To: to})
		from = to + rapid.IntRange(0, 600).Draw(t, "gap")
	}
	c, err := builtin.WithWindows(windows)
	if err != nil {
		t.Fatal(err)
	}
	year := worktime.Year{Holidays: map[string]string{}, Workdays: map[string]string{}}
	for _, day := range rapid.SliceOf(rapid.IntRange(0, 364)).Draw(t, "days") {
		date := time.Date(2027, 1, 1+day, 0, 0, 0, 0, time.UTC)
		if date.Weekday() == time.Saturday || date.Weekday() == time.Sunday {
			year.Workdays[date.Format(time.DateOnly)] = "补班"
		} else {
			year.Holidays[date.Format(time.DateOnly)] = "放假"
		}
	}
	return c.WithYear(2027, year)
}

// drawInstant draws instants with whole and broken minutes, crowded around
// the opening and closing of windows.
func drawInstant(t *rapid.T, label string) time.Time {
	day := rapid.IntRange(-400, 9000).Draw(t, label+" day") // from late 2002 to 2028
	second := rapid.OneOf(
		rapid.IntRange(0, 24*60*60-1),
		rapid.SampledFrom([]int{0, 30600, 43200, 50400, 63000, 30599, 43199, 50399, 62999, 63001}),
	).Draw(t, label+" second")
	return time.Date(2004, 1, 1+day, 0, 0, second, 0, time.FixedZone("", 8*60*60))
}

func drawLimit(t *rapid.T) worktime.Limit {
	return worktime.Limit{
		N:    rapid.OneOf(rapid.IntRange(1, 30), rapid.IntRange(1, 2000)).Draw(t, "n"),
		Unit: worktime.Unit(rapid.SampledFrom([]string{"wd", "wm", "h", "m", "d"}).Draw(t, "unit")),
	}
}

func drawCounting(t *rapid.T) worktime.Counting {
	return worktime.Counting{SameDay: rapid.Bool().Draw(t, "same day"), SameTime: rapid.Bool().Draw(t, "same time")}
}

func TestDeadlineProperties(t *testing.T) {
	t.Parallel()
	base := builtin(t)
	rapid.Check(t, func(t *rapid.T) {
		c, from, l, how := drawCalendar(t, base), drawInstant(t, "from"), drawLimit(t), drawCounting(t)
		due, provisional := c.Due(from, l, how)
		d := c.Deadline(from, l, how)

		if !due.After(from) {
			t.Fatalf("due %v is not after %v", due, from)
		}
		if !due.Equal(d.Due) || provisional != d.Provisional {
			t.Fatalf("Due says %v %v, Deadline %v %v", due, provisional, d.Due, d.Provisional)
		}
		checkDays(t, c, from, l, d)

		if longer, _ := c.Due(from, worktime.Limit{N: l.N + 1, Unit: l.Unit}, how); !longer.After(due) {
			t.Fatalf("%v is due %v, one more is due %v", l, due, longer)
		}
		if later, _ := c.Due(from.Add(time.Hour), l, how); later.Before(due) && !(how.SameTime && l.Unit == "wd") {
			t.Fatalf("an hour later is due %v, before %v", later, due)
		}
		if l.Unit == worktime.WorkingMinutes {
			if worked := c.WorkingTime(from, due); worked != time.Duration(l.N)*time.Minute {
				t.Fatalf("%v from %v to %v is %v of work", l, from, due, worked)
			}
			if worked := c.WorkingTime(from, due.Add(-time.Second)); worked >= time.Duration(l.N)*time.Minute {
				t.Fatalf("%v was worked before %v", l, due)
			}
		}
	})
}

// checkDays holds the explanation against the result and the calendar.
func checkDays(t *rapid.T, c *worktime.Calendar, from time.Time, l worktime.Limit, d worktime.Deadline) {
	counted, unpublished := 0, false
	date := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC)
	for _, day := range d.Days {
		if day.Date != date.Format(time.DateOnly) || day.Why == "" {
			t.Fatalf("day %+v, want one of %v with a reason", day, date)
		}
		known := c.Day(day.Date)
		if day.Counted {
			counted++
			if l.Unit[0] == 'w' && !known.Working {
				t.Fatalf("%v was counted, it is %s", day, known.Why)
			}
		}
		unpublished = unpublished || !known.Published
		date = date.AddDate(0, 0, 1)
	}
	if !d.Days[len(d.Days)-1].Counted {
		t.Fatalf("the last day of %v was not counted", d.Days)
	}
	if l.Unit == worktime.WorkingDays && counted != l.N {
		t.Fatalf("%d days were counted for %v", counted, l)
	}
	if d.Provisional && (!unpublished || l.Unit[0] != 'w') {
		t.Fatalf("%v is provisional, its days are published", d.Due)
	}
}

// Spans add up, and moving by them leads back.
func TestSpanProperties(t *testing.T) {
	t.Parallel()
	base := builtin(t)
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t, base)
		x, y, z := drawInstant(t, "x"), drawInstant(t, "y"), drawInstant(t, "z")
		if c.WorkingTime(x, y)+c.WorkingTime(y, z) != c.WorkingTime(x, z) {
			t.Fatal("working time does not add up")
		}
		if c.WorkingDaysBetween(x, y)+c.WorkingDaysBetween(y, z) != c.WorkingDaysBetween(x, z) {
			t.Fatal("working days do not add up")
		}
		if x.Before(y) && (c.WorkingTime(x, y) < 0 || c.WorkingDaysBetween(x, y) < 0) {
			t.Fatal("time runs backwards")
		}
		due, _ := c.Due(x, worktime.Limit{N: 1, Unit: worktime.WorkingDays}, worktime.Counting{})
		n := rapid.IntRange(0, 400).Draw(t, "n")
		later, _ := c.AddWorkingDays(due, n)
		if got := c.WorkingDaysBetween(due, later); got != n {
			t.Fatalf("%d working days after %v is %v, %d working days away", n, due, later, got)
		}
		if back, _ := c.SubWorkingDays(later, n); !back.Equal(due) {
			t.Fatalf("%v and %d working days back is %v", later, n, back)
		}
		if due2, _ := c.Due(x, worktime.Limit{N: n + 1, Unit: worktime.WorkingDays}, worktime.Counting{}); !due2.Equal(later) {
			t.Fatalf("%d working days are due %v, extended %v", n+1, due2, later)
		}
	})
}

func TestShiftProperties(t *testing.T) {
	t.Parallel()
	base := builtin(t)
	rapid.Check(t, func(t *rapid.T) {
		c, from, l, how := drawCalendar(t, base), drawInstant(t, "from"), drawLimit(t), drawCounting(t)
		due, _ := c.Due(from, l, how)
		span := rapid.OneOf(rapid.IntRange(0, 3*24*60), rapid.IntRange(0, 60*24*60))
		paused := from.Add(time.Duration(span.Draw(t, "paused")) * time.Minute)
		resumed := paused.Add(time.Duration(span.Draw(t, "resumed")) * time.Minute)
		end := resumed.Add(time.Duration(span.Draw(t, "end")) * time.Minute)
		shift := func(due, paused, resumed time.Time) time.Time {
			moved, _ := c.Shift(due, paused, resumed, l.Unit, how)
			return moved
		}

		if still := shift(due, paused, paused); !still.Equal(due) {
			t.Fatalf("no standstill moves %v to %v", due, still)
		}
		moved := shift(due, paused, resumed)
		if moved.Before(due) {
			t.Fatalf("a standstill moves %v back to %v", due, moved)
		}
		if longer := shift(due, paused, end); longer.Before(moved) {
			t.Fatalf("a longer standstill moves to %v, before %v", longer, moved)
		}
		if twice := shift(moved, resumed, end); !twice.Equal(shift(due, paused, end)) {
			t.Fatalf("two standstills in a row move to %v, one to %v", twice, shift(due, paused, end))
		}
		longer, _ := c.Due(from, worktime.Limit{N: l.N + 1, Unit: l.Unit}, how)
		if after := shift(longer, paused, resumed); !after.After(moved) {
			t.Fatalf("what is due later moves to %v, not after %v", after, moved)
		}
		if left, now := left(c, paused, due, l, how), left(c, resumed, moved, l, how); left != now {
			t.Fatalf("%s was left at the pause, %s is left at the resumption", left, now)
		}
	})
}

// left is what the shift of a due instant has to keep.
func left(c *worktime.Calendar, now, due time.Time, l worktime.Limit, how worktime.Counting) string {
	switch {
	case l.Unit == worktime.WorkingMinutes:
		return c.WorkingTime(now, due).String()
	case l.Unit == worktime.WorkingDays && how.SameTime:
		return "" // counted in days that end at due's time of day, which has no public measure
	case l.Unit == worktime.WorkingDays:
		return fmt.Sprint(c.WorkingDaysBetween(now, due), " working days")
	default:
		return due.Sub(now).String()
	}
}

// A clock that stands still while nobody works loses nothing.
func TestShiftOutsideWork(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	rapid.Check(t, func(t *rapid.T) {
		from, how := drawInstant(t, "from"), worktime.Counting{SameDay: rapid.Bool().Draw(t, "same day")}
		l := worktime.Limit{N: rapid.IntRange(1, 500).Draw(t, "n"), Unit: worktime.Unit(rapid.SampledFrom([]string{"wd", "wm"}).Draw(t, "unit"))}
		due, _ := c.Due(from, l, how)

		friday := drawInstant(t, "paused")
		for !c.DayOf(friday).Working || c.DayOf(friday.AddDate(0, 0, 1)).Working {
			friday = friday.AddDate(0, 0, 1)
		}
		monday := friday.AddDate(0, 0, 1)
		for !c.DayOf(monday).Working {
			monday = monday.AddDate(0, 0, 1)
		}
		evening := time.Duration(rapid.IntRange(17*60+30, 24*60-1).Draw(t, "evening")) * time.Minute
		morning := time.Duration(rapid.IntRange(0, 8*60+30).Draw(t, "morning")) * time.Minute
		paused, resumed := midnight(friday).Add(evening), midnight(monday).Add(morning)
		if moved, _ := c.Shift(due, paused, resumed, l.Unit, how); !moved.Equal(due) {
			t.Fatalf("a standstill from %v to %v moves %v to %v", paused, resumed, due, moved)
		}
	})
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}
