package worktime

import (
	"math"
	"strconv"
	"time"
)

// Counting says how working days are counted; other units take no notice of
// it. The zero value is the rule of the house.
type Counting struct {
	// SameDay counts the day of the start too, if it is worked and its close
	// of business is still ahead. By default counting starts on the next
	// working day.
	SameDay bool
	// SameTime ends the limit at the time of day it started at. By default it
	// ends at the close of business. With SameTime a day is over only at that
	// time of the next working day, so SameDay has no effect: one working day
	// would be due as it starts.
	SameTime bool
}

// Deadline is the end of a limit with the days that lead to it.
type Deadline struct {
	Due         time.Time    `json:"due"`         // at the calendar's location
	Provisional bool         `json:"provisional"` // the counting met a year that is not published
	Days        []CountedDay `json:"days"`        // every day from the start to the last day of the limit
}

// CountedDay is one day of an explanation.
type CountedDay struct {
	Date    string `json:"date"`    // 2006-01-02
	Counted bool   `json:"counted"` // the day used up some of the limit
	Why     string `json:"why"`     // for people
}

// Due returns when a limit that starts at from ends, at the calendar's
// location, and whether the counting met a year that is not published. Due
// is later than from. A limit that ParseLimit would refuse is no limit: it
// ends at from.
func (c *Calendar) Due(from time.Time, l Limit, how Counting) (due time.Time, provisional bool) {
	if !l.valid() {
		return c.local(from), false
	}
	if clock := l.Unit.clock(); clock != 0 {
		return c.local(from).Add(time.Duration(l.N) * clock), false
	}
	start := c.moment(from)
	end, first := c.end(start, l, how)
	return c.instant(end), c.unpublished(first, end.day)
}

// local is the instant on the calendar's wall clock, without the reading of
// the machine's monotonic clock.
func (c *Calendar) local(t time.Time) time.Time { return t.Round(0).In(c.loc) }

// end returns where a limit of working days or minutes ends, and the first
// day that had a say in it.
func (c *Calendar) end(start moment, l Limit, how Counting) (end moment, first int) {
	if l.Unit == WorkingMinutes {
		return c.work(start, time.Duration(l.N)*time.Minute), start.upcoming(c.close)
	}
	first = c.begin(start, how)
	end = moment{day: c.seek(first, l.N, +1), at: c.close}
	if how.SameTime {
		end.at = start.at
	}
	return end, first
}

// begin returns the first day that counts if it is worked.
func (c *Calendar) begin(start moment, how Counting) int {
	if how.SameDay && !how.SameTime {
		return start.upcoming(c.close)
	}
	return start.day + 1
}

// Deadline is Due with its explanation.
func (c *Calendar) Deadline(from time.Time, l Limit, how Counting) Deadline {
	d := Deadline{Days: []CountedDay{}}
	d.Due, d.Provisional = c.Due(from, l, how)
	start := c.moment(from)
	switch {
	case !l.valid():
	case l.Unit == WorkingDays:
		end, first := c.end(start, l, how)
		for day := start.day; day <= end.day; day++ {
			d.Days = append(d.Days, c.explainDay(day, first, how))
		}
	case l.Unit == WorkingMinutes:
		end, _ := c.end(start, l, how)
		for day := start.day; day <= end.day; day++ {
			d.Days = append(d.Days, c.explainMinutes(day, start, end))
		}
	default:
		end := c.moment(d.Due)
		for day := start.day; day < end.day || day == end.day && end.at > 0; day++ {
			d.Days = append(d.Days, CountedDay{Date: date(day).Format(time.DateOnly), Counted: true, Why: "自然时间，连续计时"})
		}
	}
	return d
}

func (c *Calendar) explainDay(day, first int, how Counting) CountedDay {
	e := c.explain(day)
	switch sameDay := how.SameDay && !how.SameTime; {
	case day >= first:
		e.Counted = c.works(day)
	case !sameDay:
		e.Why = "起始日不计"
	case c.works(day):
		e.Why = "起始日已过下班时间，不计"
	}
	return e
}

func (c *Calendar) explainMinutes(day int, start, end moment) CountedDay {
	e := c.explain(day)
	if !c.works(day) {
		return e
	}
	from, to := time.Duration(0), oneDay
	if day == start.day {
		from = start.at
	}
	if day == end.day {
		to = end.at
	}
	worked := c.worked(moment{day, to}) - c.worked(moment{day, from})
	if worked == 0 {
		e.Why += "，已过下班时间，不计"
		return e
	}
	e.Counted = true
	tenths := math.Round(worked.Minutes()*10) / 10
	e.Why += "，计" + strconv.FormatFloat(tenths, 'f', -1, 64) + "分钟"
	return e
}

// explain gives the day and its reason; a reason that rests on plain weekends
// says so.
func (c *Calendar) explain(day int) CountedDay {
	d := c.describe(day)
	if !d.Published {
		d.Why += "（日历未公布，暂定）"
	}
	return CountedDay{Date: d.Date, Why: d.Why}
}
