package worktime

import "time"

// WorkingTime returns the time worked between two instants: what lies inside
// the windows of working days. It is negative when to comes first, and it
// adds up: a to b and b to c make a to c.
func (c *Calendar) WorkingTime(from, to time.Time) time.Duration {
	return c.workedBetween(c.moment(from), c.moment(to))
}

func (c *Calendar) workedBetween(a, b moment) time.Duration {
	return time.Duration(c.count(a.day, b.day))*c.fullDay + c.worked(b) - c.worked(a)
}

// worked returns the time worked on the moment's day before it.
func (c *Calendar) worked(m moment) time.Duration {
	if !c.works(m.day) {
		return 0
	}
	var sum time.Duration
	for _, w := range c.windows {
		if m.at <= w.from() {
			break
		}
		sum += min(m.at, w.to()) - w.from()
	}
	return sum
}

// work returns the earliest moment at which d has been worked since start;
// start itself if d is zero.
func (c *Calendar) work(start moment, d time.Duration) moment {
	if d <= 0 {
		return start
	}
	for m := start; ; m = (moment{day: m.day + 1}) {
		if !c.works(m.day) {
			continue
		}
		for _, w := range c.windows {
			from := max(m.at, w.from())
			left := w.to() - from
			if left <= 0 {
				continue
			}
			if d <= left {
				return moment{m.day, from + d}
			}
			d -= left
		}
	}
}

// WorkingDaysBetween returns how many working days end between two instants:
// those whose close of business is after from and not after to. It is
// negative when to comes first, and it adds up as WorkingTime does. Asked
// from now to a due instant at the close of business, it is the working days
// left, the running one included.
func (c *Calendar) WorkingDaysBetween(from, to time.Time) int {
	return c.count(c.moment(from).upcoming(c.close), c.moment(to).upcoming(c.close))
}

// AddWorkingDays moves a due instant to the n-th working day after its own,
// at the same time of day: what is due at the close of business stays so. Its
// own day need not be worked. Zero moves nothing, a negative n goes back. The
// bool is true if a day that is not published was counted on the way.
func (c *Calendar) AddWorkingDays(due time.Time, n int) (time.Time, bool) {
	m := c.moment(due)
	if m.at == 0 && c.close == oneDay {
		// Midnight is the close of business of the day that ended.
		m = moment{m.day - 1, oneDay}
	}
	switch {
	case n > 0:
		day := c.seek(m.day+1, n, +1)
		return c.instant(moment{day, m.at}), c.unpublished(m.day+1, day)
	case n < 0:
		day := c.seek(m.day-1, -n, -1)
		return c.instant(moment{day, m.at}), c.unpublished(day, m.day-1)
	default:
		return c.local(due), false
	}
}

// SubWorkingDays moves a due instant to the n-th working day before its own,
// as AddWorkingDays does forward. One working day before a due instant at the
// close of business is when one working day is left.
func (c *Calendar) SubWorkingDays(due time.Time, n int) (time.Time, bool) {
	return c.AddWorkingDays(due, -n)
}

// Shift returns where a due instant moves when its clock stood still from
// paused to resumed, such that what was left at the pause is left at the
// resumption. The bool is true if a year that is not published had a say.
//
// Working days: due moves by the working days that ended meanwhile, as
// WorkingDaysBetween counts them (with SameTime a day ends at due's own time
// of day). A standstill that lets no working day end, such as one from
// Friday's close of business to Monday noon, moves nothing. Working minutes:
// due moves by the time worked meanwhile. Clock units: by the time passed.
// A standstill that does not end after it began moves nothing.
func (c *Calendar) Shift(due, paused, resumed time.Time, unit Unit, how Counting) (time.Time, bool) {
	if !resumed.After(paused) || !unit.known() {
		return c.local(due), false
	}
	if unit.clock() != 0 {
		return c.local(due).Add(resumed.Sub(paused)), false
	}
	from, to, end := c.moment(paused), c.moment(resumed), c.moment(due)
	if unit == WorkingMinutes {
		moved := c.work(end, c.workedBetween(from, to))
		return c.instant(moved), c.unpublished(from.day, to.day) || c.unpublished(end.day, moved.day)
	}
	mark := c.close
	if how.SameTime {
		mark = end.at
	}
	first, last := from.upcoming(mark), to.upcoming(mark)
	moved, provisional := c.AddWorkingDays(due, c.count(first, last))
	return moved, provisional || c.unpublished(first, last-1)
}
