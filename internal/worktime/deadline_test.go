package worktime_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/worktime"
)

func limit(t testing.TB, text string) worktime.Limit {
	t.Helper()
	l, err := worktime.ParseLimit(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var (
	house    = worktime.Counting{}
	sameDay  = worktime.Counting{SameDay: true}
	sameTime = worktime.Counting{SameTime: true}
)

func TestDue(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	tests := []struct {
		name        string
		from        string
		limit       string
		how         worktime.Counting
		due         string
		provisional bool
	}{
		{"an ordinary week", "2024-06-17 10:00", "5wd", house, "2024-06-24 17:30", false},
		{"the last minute of the day", "2024-06-17 23:59", "1wd", house, "2024-06-18 17:30", false},
		{"the first minute of the day", "2024-06-17 00:00", "1wd", house, "2024-06-18 17:30", false},
		{"from a Saturday", "2024-06-15 10:00", "1wd", house, "2024-06-17 17:30", false},
		{"from a Friday night", "2024-06-14 20:00", "2wd", house, "2024-06-18 17:30", false},

		{"Spring Festival 2024, then its make-up Sunday", "2024-02-09 10:00", "1wd", house, "2024-02-18 17:30", false},
		{"from within Spring Festival 2024", "2024-02-13 10:00", "2wd", house, "2024-02-19 17:30", false},
		{"make-up Sunday before Spring Festival 2024", "2024-02-02 10:00", "1wd", house, "2024-02-04 17:30", false},
		{"Spring Festival 2025", "2025-01-24 10:00", "3wd", house, "2025-02-05 17:30", false},
		{"make-up Sunday and Saturday around Spring Festival 2025", "2025-01-24 10:00", "6wd", house, "2025-02-08 17:30", false},
		{"Spring Festival 2026", "2026-02-12 10:00", "5wd", house, "2026-02-26 17:30", false},
		{"make-up Saturdays around Spring Festival 2026", "2026-02-13 10:00", "6wd", house, "2026-02-28 17:30", false},

		{"National Day 2024 and its make-up Saturday", "2024-09-29 10:00", "6wd", house, "2024-10-12 17:30", false},
		{"National Day 2025 and its make-up Saturday", "2025-09-30 10:00", "3wd", house, "2025-10-11 17:30", false},
		{"National Day 2026, make-up Sunday and Saturday", "2026-09-18 10:00", "10wd", house, "2026-10-09 17:30", false},
		{"the make-up Saturday itself, 2026", "2026-09-18 10:00", "11wd", house, "2026-10-10 17:30", false},
		{"the holiday extended in 2020", "2020-01-23 10:00", "1wd", house, "2020-02-03 17:30", false},

		{"the last published day", "2026-12-30 10:00", "1wd", house, "2026-12-31 17:30", false},
		{"year end into an unpublished year", "2026-12-31 10:00", "1wd", house, "2027-01-04 17:30", true},
		{"five days over the year end", "2026-12-29 10:00", "5wd", house, "2027-01-06 17:30", true},
		{"before the first published year", "2003-12-29 10:00", "1wd", house, "2003-12-30 17:30", true},
		{"the day of the start has no say", "2003-12-31 10:00", "1wd", house, "2004-01-02 17:30", false},

		{"same day", "2024-06-17 10:00", "1wd", sameDay, "2024-06-17 17:30", false},
		{"same day, before opening", "2024-06-17 06:00", "1wd", sameDay, "2024-06-17 17:30", false},
		{"same day, the last minute", "2024-06-17 17:29", "1wd", sameDay, "2024-06-17 17:30", false},
		{"same day, at the close", "2024-06-17 17:30", "1wd", sameDay, "2024-06-18 17:30", false},
		{"same day, on a Sunday", "2024-06-16 10:00", "2wd", sameDay, "2024-06-18 17:30", false},

		{"same time", "2024-06-14 10:12", "1wd", sameTime, "2024-06-17 10:12", false},
		{"same time, from a Saturday", "2024-06-15 22:00", "1wd", sameTime, "2024-06-17 22:00", false},
		{"same time makes same day void", "2024-06-14 10:12", "1wd", worktime.Counting{SameDay: true, SameTime: true}, "2024-06-17 10:12", false},

		{"working minutes within the morning", "2024-06-17 09:00", "60wm", house, "2024-06-17 10:00", false},
		{"to the end of the morning, not the start of the afternoon", "2024-06-17 08:30", "210wm", house, "2024-06-17 12:00", false},
		{"over lunch", "2024-06-17 11:30", "1wh", house, "2024-06-17 14:30", false},
		{"from lunch", "2024-06-17 12:30", "60wm", house, "2024-06-17 15:00", false},
		{"from before opening", "2024-06-17 03:00", "15wm", house, "2024-06-17 08:45", false},
		{"over night", "2024-06-17 17:00", "60wm", house, "2024-06-18 09:00", false},
		{"over the weekend", "2024-06-14 17:15", "60wm", house, "2024-06-17 09:15", false},
		{"from Saturday", "2024-06-15 10:00", "60wm", house, "2024-06-17 09:30", false},
		{"over Spring Festival", "2024-02-09 17:00", "60wm", house, "2024-02-18 09:00", false},
		{"a day and a minute", "2024-06-17 08:30", "421wm", house, "2024-06-18 08:31", false},
		{"minutes on the last published day", "2026-12-31 17:00", "30wm", house, "2026-12-31 17:30", false},
		{"minutes into an unpublished year", "2026-12-31 17:00", "31wm", house, "2027-01-04 08:31", true},
		{"minutes from the close of an unpublished day", "2003-12-31 17:30", "1wm", house, "2004-01-02 08:31", false},

		{"hours", "2024-02-09 17:00", "24h", house, "2024-02-10 17:00", false},
		{"hours into an unpublished year", "2026-12-31 17:00", "24h", house, "2027-01-01 17:00", false},
		{"minutes of the clock", "2024-06-17 23:50", "30m", house, "2024-06-18 00:20", false},
		{"days of the clock", "2024-02-28 10:00", "7d", house, "2024-03-06 10:00", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			due, provisional := c.Due(at(t, test.from), limit(t, test.limit), test.how)
			if show(due) != test.due || provisional != test.provisional {
				t.Errorf("due %s (%v), want %s (%v)", show(due), provisional, test.due, test.provisional)
			}
		})
	}
}

// Whatever zone the start is given in, the days are those of the calendar.
func TestDueInOtherZone(t *testing.T) {
	t.Parallel()
	from := time.Date(2024, 6, 16, 23, 0, 0, 500, time.UTC) // Monday 07:00 in Beijing
	due, _ := builtin(t).Due(from, limit(t, "1wd"), sameTime)
	if got := due.Format(time.RFC3339Nano); got != "2024-06-18T07:00:00.0000005+08:00" {
		t.Errorf("due %s", got)
	}
}

// A service that works around the clock closes at 24:00.
func TestRoundTheClock(t *testing.T) {
	t.Parallel()
	c, err := builtin(t).WithWindows([]worktime.Window{{0, 1440}})
	if err != nil {
		t.Fatal(err)
	}
	due, _ := c.Due(at(t, "2024-06-13 10:00"), limit(t, "1wd"), house)
	if show(due) != "2024-06-15 00:00" {
		t.Errorf("one working day is due %s, want the end of Friday", show(due))
	}
	if later, _ := c.AddWorkingDays(due, 1); show(later) != "2024-06-18 00:00" {
		t.Errorf("one more is due %s, want the end of Monday", show(later))
	}
	if earlier, _ := c.SubWorkingDays(due, 1); show(earlier) != "2024-06-14 00:00" {
		t.Errorf("one less is due %s, want the end of Thursday", show(earlier))
	}
	due, _ = c.Due(at(t, "2024-06-14 23:30"), limit(t, "1wh"), house)
	if show(due) != "2024-06-17 00:30" {
		t.Errorf("one working hour is due %s", show(due))
	}
}

func TestNoLimit(t *testing.T) {
	t.Parallel()
	c, from := builtin(t), at(t, "2026-12-31 18:00")
	for _, l := range []worktime.Limit{{}, {N: 0, Unit: "wd"}, {N: -1, Unit: "h"}, {N: 1}, {N: 1, Unit: "y"}, {N: 10001, Unit: "d"}} {
		d := c.Deadline(from, l, house)
		if !d.Due.Equal(from) || d.Provisional || len(d.Days) != 0 {
			t.Errorf("limit %v ends at %v", l, d)
		}
	}
}

func TestExplanation(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	type days = []worktime.CountedDay
	tests := []struct {
		name  string
		from  string
		limit string
		how   worktime.Counting
		want  days
	}{
		{"holiday and make-up day", "2025-09-26 10:00", "2wd", house, days{
			{"2025-09-26", false, "起始日不计"},
			{"2025-09-27", false, "周末"},
			{"2025-09-28", true, "国庆节、中秋节调休上班"},
			{"2025-09-29", true, "工作日"},
		}},
		{"over a holiday", "2024-06-07 10:00", "1wd", house, days{
			{"2024-06-07", false, "起始日不计"},
			{"2024-06-08", false, "周末"},
			{"2024-06-09", false, "周末"},
			{"2024-06-10", false, "端午节放假"},
			{"2024-06-11", true, "工作日"},
		}},
		{"same day", "2024-06-14 10:00", "2wd", sameDay, days{
			{"2024-06-14", true, "工作日"},
			{"2024-06-15", false, "周末"},
			{"2024-06-16", false, "周末"},
			{"2024-06-17", true, "工作日"},
		}},
		{"same day, after the close", "2024-06-13 18:00", "1wd", sameDay, days{
			{"2024-06-13", false, "起始日已过下班时间，不计"},
			{"2024-06-14", true, "工作日"},
		}},
		{"same day, Sunday night", "2024-06-16 18:00", "1wd", sameDay, days{
			{"2024-06-16", false, "周末"},
			{"2024-06-17", true, "工作日"},
		}},
		{"same time", "2024-06-13 18:00", "1wd", sameTime, days{
			{"2024-06-13", false, "起始日不计"},
			{"2024-06-14", true, "工作日"},
		}},
		{"into an unpublished year", "2026-12-30 10:00", "3wd", house, days{
			{"2026-12-30", false, "起始日不计"},
			{"2026-12-31", true, "工作日"},
			{"2027-01-01", false, "元旦放假（日历未公布，暂定）"},
			{"2027-01-02", false, "周末（日历未公布，暂定）"},
			{"2027-01-03", false, "周末（日历未公布，暂定）"},
			{"2027-01-04", true, "工作日（日历未公布，暂定）"},
			{"2027-01-05", true, "工作日（日历未公布，暂定）"},
		}},
		{"working minutes", "2024-06-14 17:00", "60wm", house, days{
			{"2024-06-14", true, "工作日，计30分钟"},
			{"2024-06-15", false, "周末"},
			{"2024-06-16", false, "周末"},
			{"2024-06-17", true, "工作日，计30分钟"},
		}},
		{"working minutes from the evening", "2024-06-13 17:30", "60wm", house, days{
			{"2024-06-13", false, "工作日，已过下班时间，不计"},
			{"2024-06-14", true, "工作日，计60分钟"},
		}},
		{"hours", "2024-06-14 17:00", "24h", house, days{
			{"2024-06-14", true, "自然时间，连续计时"},
			{"2024-06-15", true, "自然时间，连续计时"},
		}},
		{"hours to midnight", "2024-06-14 17:00", "7h", house, days{
			{"2024-06-14", true, "自然时间，连续计时"},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := c.Deadline(at(t, test.from), limit(t, test.limit), test.how).Days
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestDeadlineJSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(builtin(t).Deadline(at(t, "2026-12-31 09:00"), limit(t, "1wd"), house))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"due":"2027-01-04T17:30:00+08:00","provisional":true,"days":[` +
		`{"date":"2026-12-31","counted":false,"why":"起始日不计"},` +
		`{"date":"2027-01-01","counted":false,"why":"元旦放假（日历未公布，暂定）"},` +
		`{"date":"2027-01-02","counted":false,"why":"周末（日历未公布，暂定）"},{"date":"2027-01-03","counted":false,"why":"周末（日历未公布，暂定）"},` +
		`{"date":"2027-01-04","counted":true,"why":"工作日（日历未公布，暂定）"}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
