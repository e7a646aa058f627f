package worktime

import "time"

// oneDay is the length of a day on the wall clock.
const oneDay = 24 * time.Hour

// moment is an instant as the wall clock shows it. All counting is done on
// moments; instants come in and go out at the public seam.
type moment struct {
	day int           // days since 1970-01-01
	at  time.Duration // since midnight
}

func (c *Calendar) moment(t time.Time) moment {
	t = t.In(c.loc)
	hour, minute, second := t.Clock()
	at := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(t.Nanosecond())
	return moment{day: dayNumber(t.Date()), at: at}
}

func (c *Calendar) instant(m moment) time.Time {
	return time.Date(1970, time.January, 1+m.day, 0, 0, int(m.at/time.Second), int(m.at%time.Second), c.loc)
}

func dayNumber(year int, month time.Month, day int) int {
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / int64(oneDay/time.Second))
}

func date(day int) time.Time { return time.Date(1970, time.January, 1+day, 0, 0, 0, 0, time.UTC) }

func parseDate(text string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, text)
	return t, err == nil
}

// status is what the counting needs to know of a day.
type status uint8

const (
	working status = 1 << iota
	published
)

// status answers from the table, and beyond it as for a year without notice.
func (c *Calendar) status(day int) status {
	if i := day - c.first; i >= 0 && i < len(c.table) {
		return c.table[i]
	}
	return unannounced(date(day))
}

func (c *Calendar) works(day int) bool { return c.status(day)&working != 0 }

// unpublished reports whether the days from first to last touch a year
// without a notice.
func (c *Calendar) unpublished(first, last int) bool {
	for day := first; day <= last; day++ {
		if c.status(day)&published == 0 {
			return true
		}
	}
	return false
}

// seek returns the n-th working day (n ≥ 1) met by walking from day, itself
// included, in steps of +1 or -1. It ends, as most weekdays beyond the table
// are worked.
func (c *Calendar) seek(day, n, step int) int {
	for {
		if c.works(day) {
			if n--; n == 0 {
				return day
			}
		}
		day += step
	}
}

// count returns how many of the days from first to before end are worked; it
// is negative when end comes first.
func (c *Calendar) count(first, end int) int {
	if end < first {
		return -c.count(end, first)
	}
	n := 0
	for day := first; day < end; day++ {
		if c.works(day) {
			n++
		}
	}
	return n
}

// upcoming returns the first day on which the time of day mark still lies
// ahead of m.
func (m moment) upcoming(mark time.Duration) int {
	if m.at < mark {
		return m.day
	}
	return m.day + 1
}
