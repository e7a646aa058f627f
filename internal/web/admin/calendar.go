package admin

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
	"huiyin/internal/worktime"
)

// calendarView is a year of the working calendar, and the notice that is being
// read.
type calendarView struct {
	Years  []int
	Year   int
	Known  bool
	Months []month
	Form   ui.Form
	Read   *readView
}

type month struct {
	Name  string
	Weeks [][]day
}

type day struct {
	No        int // zero outside of the month
	Class     string
	Why       string
	Working   bool
	Remarked  bool // named by a notice
	Published bool
}

// readView says what was understood of a pasted notice.
type readView struct {
	Year     int
	Lines    []worktime.Line
	Facts    []worktime.Fact
	Settling casework.Settling
	Text     string
}

func noticeForm() ui.Form {
	return ui.Form{Action: "/admin/calendar/read", Submit: "识别", Fields: []*ui.Field{
		{Name: "text", Label: "国务院办公厅放假通知", Kind: ui.Area, Required: true, Max: 10000, Hint: "把通知全文粘贴到这里，识别后逐条核对，确认才写入"},
	}}
}

func (a *admin) calendar(c *web.Call) error {
	return a.ok(c, "calendar", "工作日历", a.calendarView(c, noticeForm()))
}

func (a *admin) calendarView(c *web.Call, f ui.Form) calendarView {
	days := c.City.Calendar()
	v := calendarView{Years: recent(days.Years()), Year: c.Now.In(days.Location()).Year(), Form: f}
	if year, err := strconv.Atoi(c.Query("year")); err == nil && year > 1900 && year < 2200 {
		v.Year = year
	}
	v.Known = days.Facts(v.Year) != nil
	v.Months = months(days, v.Year)
	return v
}

// recent puts the newest years first, and leaves out those that nobody looks at.
func recent(years []int) []int {
	years = slices.Clone(years)
	slices.Reverse(years)
	return years[:min(len(years), 8)]
}

func months(days *worktime.Calendar, year int) []month {
	var list []month
	for m := time.January; m <= time.December; m++ {
		first := time.Date(year, m, 1, 12, 0, 0, 0, days.Location())
		own, week := month{Name: fmt.Sprintf("%d月", int(m))}, []day(nil)
		for range (int(first.Weekday()) + 6) % 7 {
			week = append(week, day{})
		}
		for at := first; at.Month() == m; at = at.AddDate(0, 0, 1) {
			d := days.DayOf(at)
			class := "off"
			switch weekend := at.Weekday() == time.Saturday || at.Weekday() == time.Sunday; {
			case d.Working && weekend:
				class = "makeup"
			case d.Working:
				class = "worked"
			case d.Name != "":
				class = "holiday"
			}
			week = append(week, day{No: at.Day(), Class: class, Why: d.Why, Working: d.Working, Remarked: d.Name != "", Published: d.Published})
			if len(week) == 7 {
				own.Weeks, week = append(own.Weeks, week), nil
			}
		}
		if len(week) > 0 {
			own.Weeks = append(own.Weeks, slices.Concat(week, make([]day, 7-len(week))))
		}
		list = append(list, own)
	}
	return list
}

// readNotice says what was understood of a pasted notice.
func (a *admin) readNotice(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	f := noticeForm()
	f.Fill(typed)
	year, notice, lines, err := worktime.ReadNotice(typed.Get("text"))
	if wrong, ok := errs.As(err); ok && wrong.Kind == errs.Invalid {
		f.Refuse(wrong)
		v := a.calendarView(c, f)
		v.Read = &readView{Lines: lines}
		return a.show(c, http.StatusUnprocessableEntity, "calendar", "工作日历", v)
	}
	if err != nil {
		return err
	}
	v := a.calendarView(c, f)
	v.Read = &readView{Year: year, Lines: lines, Text: typed.Get("text"), Facts: c.City.Calendar().WithYear(year, notice).Facts(year)}
	if v.Read.Settling, err = a.Rules.ForeseeYear(c.Context(), year, notice); err != nil {
		return err
	}
	v.Year, v.Known = year, true
	v.Months = months(c.City.Calendar().WithYear(year, notice), year)
	return a.ok(c, "calendar", "工作日历", v)
}

// saveNotice puts the year in, and settles the deadlines that waited for it.
func (a *admin) saveNotice(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	year, notice, _, err := worktime.ReadNotice(typed.Get("text"))
	if err != nil {
		return err
	}
	if _, err := a.Rules.PutYear(c.Context(), c.Actor, year, notice); err != nil {
		return err
	}
	c.Tell(saved)
	return c.Go("/admin/calendar?year=" + strconv.Itoa(year))
}
