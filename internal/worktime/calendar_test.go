package worktime_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/errs"
	"huiyin/internal/worktime"
)

func builtin(t testing.TB) *worktime.Calendar {
	t.Helper()
	c, err := worktime.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// at reads an instant in Beijing time.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	instant, err := time.ParseInLocation("2006-01-02 15:04", text, time.FixedZone("", 8*60*60))
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

// show writes an instant as at reads it.
func show(t time.Time) string { return t.Format("2006-01-02 15:04") }

func TestDay(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	for _, want := range []worktime.Day{
		{Date: "2003-06-02", Working: true, Why: "工作日"},
		{Date: "2004-01-17", Working: true, Name: "春节", Why: "春节调休上班", Published: true},
		{Date: "2007-05-04", Name: "劳动节", Why: "劳动节放假", Published: true},
		{Date: "2020-02-03", Working: true, Why: "工作日", Published: true},
		{Date: "2023-10-02", Name: "中秋节、国庆节", Why: "中秋节、国庆节放假", Published: true},
		{Date: "2024-02-09", Working: true, Why: "工作日", Published: true},
		{Date: "2024-02-10", Name: "春节", Why: "春节放假", Published: true},
		{Date: "2024-02-18", Working: true, Name: "春节", Why: "春节调休上班", Published: true},
		{Date: "2024-02-24", Why: "周末", Published: true},
		{Date: "2024-02-29", Working: true, Why: "工作日", Published: true},
		{Date: "2026-10-10", Working: true, Name: "国庆节", Why: "国庆节调休上班", Published: true},
		{Date: "2026-12-31", Working: true, Why: "工作日", Published: true},
		{Date: "2027-01-01", Name: "元旦", Why: "元旦放假"},
		{Date: "2027-01-02", Why: "周末"},
		{Date: "1969-12-28", Why: "周末"},
		{Date: "1969-12-29", Working: true, Why: "工作日"},
	} {
		if diff := cmp.Diff(want, c.Day(want.Date)); diff != "" {
			t.Errorf("%s: -want +got\n%s", want.Date, diff)
		}
	}
	for _, text := range []string{"", "2024-02-30", "2024-2-3", "2024-02-03T00:00:00Z"} {
		if got := c.Day(text); got != (worktime.Day{}) {
			t.Errorf("Day(%q) = %v, want none", text, got)
		}
	}
	// 16:00 in Greenwich is midnight in Beijing.
	if got := c.DayOf(time.Date(2024, 2, 9, 16, 0, 0, 0, time.UTC)).Date; got != "2024-02-10" {
		t.Errorf("DayOf = %s, want 2024-02-10", got)
	}
}

// All days of a year, less the weekend days and the holidays on weekdays, plus the
// make-up days, for a few years.
func TestWorkingDaysOfAYear(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	for year, want := range map[int]int{2014: 250, 2019: 250, 2023: 249, 2024: 251, 2025: 248} {
		from, to := at(t, fmt.Sprintf("%d-01-01 00:00", year)), at(t, fmt.Sprintf("%d-01-01 00:00", year+1))
		if got := c.WorkingDaysBetween(from, to); got != want {
			t.Errorf("%d has %d working days, want %d", year, got, want)
		}
	}
}

func TestWithYear(t *testing.T) {
	t.Parallel()
	old := builtin(t)
	notice := worktime.Year{
		Holidays: map[string]string{"2026-12-31": "元旦", "2027-01-01": "元旦", "2027-02-30": "无此日", "2029-03-01": "他年"},
		Workdays: map[string]string{"2027-01-02": "元旦"},
	}
	now := old.WithYear(2027, notice)

	want := []worktime.Day{
		{Date: "2026-12-31", Name: "元旦", Why: "元旦放假", Published: true},
		{Date: "2027-01-01", Name: "元旦", Why: "元旦放假", Published: true},
		{Date: "2027-01-02", Working: true, Name: "元旦", Why: "元旦调休上班", Published: true},
		{Date: "2029-03-01", Working: true, Why: "工作日"},
	}
	for _, day := range want {
		if diff := cmp.Diff(day, now.Day(day.Date)); diff != "" {
			t.Errorf("%s: -want +got\n%s", day.Date, diff)
		}
	}
	if old.Day("2027-01-01").Published || !old.Day("2026-12-31").Working {
		t.Error("the calendar itself changed")
	}
	if got := now.Years(); len(got) != 24 || got[0] != 2004 || got[23] != 2027 {
		t.Errorf("Years() = %v", got)
	}
	// What the caller does to its maps afterwards is no business of the calendar.
	delete(notice.Holidays, "2027-01-01")
	if now.WithYear(2028, worktime.Year{}).Day("2027-01-01").Working {
		t.Error("the calendar shares the caller's map")
	}
	// A notice that reaches back into an unpublished year does not publish it.
	back := old.WithYear(2028, worktime.Year{Holidays: map[string]string{"2027-12-31": "元旦"}})
	if day := back.Day("2027-12-31"); day.Working || day.Published {
		t.Errorf("2027-12-31 is %+v", day)
	}
	// What is off by law stays off in a year left out, and a notice may say otherwise.
	if day := back.Day("2027-10-01"); day.Working || day.Published || day.Name != "国庆节" {
		t.Errorf("2027-10-01 is %+v", day)
	}
	if day := back.Day("2028-05-01"); !day.Working || !day.Published || day.Name != "" {
		t.Errorf("2028-05-01 is %+v", day)
	}
	if got := old.WithYear(99, notice); got != old {
		t.Error("the year 99 was taken")
	}
}

// The calendar keeps its own windows.
func TestWindowsAreCopied(t *testing.T) {
	t.Parallel()
	windows := []worktime.Window{{540, 720}}
	fresh, err := worktime.New(time.UTC, windows, nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := builtin(t).WithWindows(windows)
	if err != nil {
		t.Fatal(err)
	}
	windows[0].From = 700
	from, to := at(t, "2024-06-17 00:00"), at(t, "2024-06-19 00:00")
	if fresh.WorkingTime(from, to) != 6*time.Hour || other.WorkingTime(from, to) != 6*time.Hour {
		t.Error("the calendar shares the caller's windows")
	}
}

// A year left out between two published ones is not published.
func TestGap(t *testing.T) {
	t.Parallel()
	c := builtin(t).WithYear(2028, worktime.Year{})
	_, provisional := c.Due(at(t, "2026-12-30 09:00"), worktime.Limit{N: 270, Unit: worktime.WorkingDays}, worktime.Counting{})
	if !provisional {
		t.Error("a deadline across 2027 is not provisional")
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	a, b := builtin(t), builtin(t)
	if a.Version() != b.Version() {
		t.Error("the same content has two versions")
	}
	windows, err := a.WithWindows([]worktime.Window{{540, 1020}})
	if err != nil {
		t.Fatal(err)
	}
	abroad, err := worktime.New(time.UTC, []worktime.Window{{540, 1020}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for name, c := range map[string]*worktime.Calendar{
		"builtin":   a,
		"windows":   windows,
		"abroad":    abroad,
		"published": a.WithYear(2027, worktime.Year{}),
		"holiday":   a.WithYear(2027, worktime.Year{Holidays: map[string]string{"2027-01-01": "元旦"}}),
		"name":      a.WithYear(2027, worktime.Year{Holidays: map[string]string{"2027-01-01": "新年"}}),
		"workday":   a.WithYear(2027, worktime.Year{Workdays: map[string]string{"2027-01-01": "元旦"}}),
	} {
		if other, taken := seen[c.Version()]; taken {
			t.Errorf("%s and %s have the same version", name, other)
		}
		seen[c.Version()] = name
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := []worktime.Window{{510, 720}, {840, 1050}}
	tests := map[string]struct {
		loc     *time.Location
		windows []worktime.Window
		years   map[int]worktime.Year
		code    string
	}{
		"no location":  {nil, good, nil, "invalid_location"},
		"no window":    {time.UTC, nil, nil, "invalid_windows"},
		"empty window": {time.UTC, []worktime.Window{{510, 510}}, nil, "invalid_windows"},
		"negative":     {time.UTC, []worktime.Window{{-1, 510}}, nil, "invalid_windows"},
		"past the day": {time.UTC, []worktime.Window{{510, 1441}}, nil, "invalid_windows"},
		"overlap":      {time.UTC, []worktime.Window{{510, 720}, {700, 1050}}, nil, "invalid_windows"},
		"out of order": {time.UTC, []worktime.Window{{840, 1050}, {510, 720}}, nil, "invalid_windows"},
		"far year":     {time.UTC, good, map[int]worktime.Year{20040: {}}, "invalid_field"},
		"other year": {
			time.UTC, good,
			map[int]worktime.Year{2024: {Holidays: map[string]string{"2025-01-01": "元旦"}}},
			"invalid_calendar_year",
		},
		"no date": {
			time.UTC, good,
			map[int]worktime.Year{2024: {Workdays: map[string]string{"元旦": "元旦"}}},
			"invalid_calendar_year",
		},
		"both": {
			time.UTC, good,
			map[int]worktime.Year{2024: {
				Holidays: map[string]string{"2024-01-01": "元旦"}, Workdays: map[string]string{"2024-01-01": "元旦"},
			}},
			"invalid_calendar_year",
		},
	}
	for name, test := range tests {
		_, err := worktime.New(test.loc, test.windows, test.years)
		if !errs.Is(err, errs.Invalid) || errs.CodeOf(err) != test.code {
			t.Errorf("%s: error %v, want code %s", name, err, test.code)
		}
	}
	if _, err := builtin(t).WithWindows(nil); !errs.Is(err, errs.Invalid) {
		t.Errorf("WithWindows(nil): error %v", err)
	}
}
