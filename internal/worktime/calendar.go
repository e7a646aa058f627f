package worktime

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"time"

	"huiyin/internal/errs"
)

// Window is a time of business on a working day, in minutes since midnight.
// To may be 1440, the end of the day.
type Window struct{ From, To int }

// Year is what the notice of a year says: dates as 2006-01-02, each with the
// name of its festival. A notice may also name days of the December before.
type Year struct {
	Holidays map[string]string // days off, weekends inside a holiday included
	Workdays map[string]string // days of a weekend that are worked
}

// The years that a notice can be for. The bounds keep the table of days small.
const (
	firstYear = 1970
	lastYear  = 2200
)

// Check returns an Invalid error, one field per wrong date, unless y can be
// the notice of the year.
func (y Year) Check(year int) error {
	if year < firstYear || year > lastYear {
		return errs.InvalidField("year", fmt.Sprintf("年份须在 %d 至 %d 之间", firstYear, lastYear))
	}
	var wrong []errs.Field
	for _, text := range slices.Sorted(maps.Keys(y.Holidays)) {
		if !names(year, text) {
			wrong = append(wrong, errs.Field{Name: "holidays." + text, Message: "不是该年度安排中的日期"})
		}
	}
	for _, text := range slices.Sorted(maps.Keys(y.Workdays)) {
		if !names(year, text) {
			wrong = append(wrong, errs.Field{Name: "workdays." + text, Message: "不是该年度安排中的日期"})
		} else if _, both := y.Holidays[text]; both {
			wrong = append(wrong, errs.Field{Name: "workdays." + text, Message: "同一天不能既放假又上班"})
		}
	}
	if wrong == nil {
		return nil
	}
	return &errs.Error{
		Kind: errs.Invalid, Code: "invalid_calendar_year", Fields: wrong,
		Message: fmt.Sprintf("%d 年的节假日安排有误，请逐项核对日期", year),
	}
}

// names reports whether the notice of the year can speak of the date.
func names(year int, text string) bool {
	t, ok := parseDate(text)
	return ok && (t.Year() == year || t.Year() == year-1 && t.Month() == time.December)
}

// clone copies y, without what Check refuses.
func (y Year) clone(year int) Year {
	out := Year{Holidays: maps.Clone(y.Holidays), Workdays: maps.Clone(y.Workdays)}
	foreign := func(text, _ string) bool { return !names(year, text) }
	maps.DeleteFunc(out.Holidays, foreign)
	maps.DeleteFunc(out.Workdays, foreign)
	return out
}

// Calendar says which days and hours are worked. It never changes after New,
// so that it may be shared; the With methods return another one.
type Calendar struct {
	loc     *time.Location
	windows []Window
	years   map[int]Year

	version  string
	close    time.Duration // of business, since midnight
	fullDay  time.Duration // worked on a working day
	festival map[int]string
	first    int // day that table starts with
	table    []status
}

// New makes a calendar. Windows must not be empty, must be in order and must
// not overlap; years without an entry count as not published. The error is
// Invalid.
func New(loc *time.Location, windows []Window, years map[int]Year) (*Calendar, error) {
	if loc == nil {
		return nil, errs.New(errs.Invalid, "invalid_location", "工作日历缺少时区")
	}
	if err := check(windows); err != nil {
		return nil, err
	}
	c := &Calendar{loc: loc, windows: slices.Clone(windows), years: make(map[int]Year, len(years))}
	for year, y := range years {
		if err := y.Check(year); err != nil {
			return nil, err
		}
		c.years[year] = y.clone(year)
	}
	c.prepare()
	return c, nil
}

func check(windows []Window) error {
	end := 0
	for _, w := range windows {
		if w.From < end || w.To <= w.From || w.To > int(oneDay/time.Minute) {
			return errs.New(errs.Invalid, "invalid_windows", "办公时段须在 00:00 至 24:00 之间，按先后排列且互不重叠")
		}
		end = w.To
	}
	if end == 0 {
		return errs.New(errs.Invalid, "invalid_windows", "每个工作日至少要有一个办公时段")
	}
	return nil
}

// WithYear returns the calendar with the notice of one year put in or
// replaced. Entries that [Year.Check] refuses are left out, and a day that is
// in both maps is worked; a form checks first. A year that Check refuses
// leaves the calendar as it is.
func (c *Calendar) WithYear(year int, y Year) *Calendar {
	if year < firstYear || year > lastYear {
		return c
	}
	other := &Calendar{loc: c.loc, windows: c.windows, years: maps.Clone(c.years)}
	other.years[year] = y.clone(year)
	other.prepare()
	return other
}

// WithWindows returns the calendar with other windows; they are checked as
// New does.
func (c *Calendar) WithWindows(windows []Window) (*Calendar, error) {
	if err := check(windows); err != nil {
		return nil, err
	}
	other := &Calendar{loc: c.loc, windows: slices.Clone(windows), years: c.years}
	other.prepare()
	return other, nil
}

// prepare works out everything that follows from location, windows and years.
func (c *Calendar) prepare() {
	for _, w := range c.windows {
		c.fullDay += w.to() - w.from()
		c.close = w.to()
	}
	digest := sha256.New()
	fmt.Fprintln(digest, c.loc, c.windows)
	c.festival = make(map[int]string)

	years := c.Years()
	if len(years) > 0 {
		// A notice reaches back into the December before.
		c.first = dayNumber(years[0]-1, time.December, 1)
		end := dayNumber(years[len(years)-1]+1, time.January, 1)
		c.table = make([]status, 0, end-c.first)
		for t := date(c.first); len(c.table) < cap(c.table); t = t.AddDate(0, 0, 1) {
			c.table = append(c.table, c.plain(t))
		}
	}
	for _, year := range years { // in order: where two notices name a day, the later one holds
		fmt.Fprintln(digest, year)
		c.apply(digest, c.years[year].Holidays, "holiday", 0)
		c.apply(digest, c.years[year].Workdays, "workday", working)
	}
	c.version = hex.EncodeToString(digest.Sum(nil)[:8])
}

// plain is the status of a day that no notice names.
func (c *Calendar) plain(t time.Time) status {
	switch _, ok := c.years[t.Year()]; {
	case !ok:
		return unannounced(t)
	case weekend(t):
		return published
	}
	return published | working
}

// apply writes the facts of one kind of one notice into the table.
func (c *Calendar) apply(digest hash.Hash, facts map[string]string, kind string, s status) {
	for _, text := range slices.Sorted(maps.Keys(facts)) {
		name := facts[text]
		fmt.Fprintf(digest, "%s,%s,%q\n", text, kind, name)
		t, _ := parseDate(text)
		day := dayNumber(t.Date())
		c.festival[day] = name
		c.table[day-c.first] = c.table[day-c.first]&published | s
	}
}

func (w Window) from() time.Duration { return time.Duration(w.From) * time.Minute }
func (w Window) to() time.Duration   { return time.Duration(w.To) * time.Minute }

// Version names the content of the calendar: two calendars with the same
// location, windows and facts have the same version, on any machine.
func (c *Calendar) Version() string { return c.version }

// Location is where the calendar's days begin and end.
func (c *Calendar) Location() *time.Location { return c.loc }

// Years lists the published years in order.
func (c *Calendar) Years() []int { return slices.Sorted(maps.Keys(c.years)) }

// Day is what the calendar says of one day.
type Day struct {
	Date      string // 2006-01-02
	Working   bool
	Name      string // of the festival that a notice or the law names, as 春节, or empty
	Why       string // for people: 工作日, 周末, 春节放假, 春节调休上班
	Published bool   // false: the year has no notice yet
}

// Day describes a date given as 2006-01-02. Other text is no day: the result
// is empty.
func (c *Calendar) Day(text string) Day {
	t, ok := parseDate(text)
	if !ok {
		return Day{}
	}
	return c.describe(dayNumber(t.Date()))
}

// DayOf describes the day that the instant falls on at the calendar's
// location.
func (c *Calendar) DayOf(t time.Time) Day { return c.describe(c.moment(t).day) }

func (c *Calendar) describe(day int) Day {
	s := c.status(day)
	name, named := c.festival[day]
	if !named && s&published == 0 {
		name, named = statutory(date(day))
	}
	d := Day{
		Date:      date(day).Format(time.DateOnly),
		Working:   s&working != 0,
		Name:      name,
		Published: s&published != 0,
	}
	switch {
	case d.Working && named:
		d.Why = name + "调休上班"
	case d.Working:
		d.Why = "工作日"
	case named:
		d.Why = name + "放假"
	default:
		d.Why = "周末"
	}
	return d
}
