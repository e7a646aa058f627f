package worktime

import (
	"fmt"
	"slices"

	"huiyin/internal/errs"
)

// Windows returns the hours of business.
func (c *Calendar) Windows() []Window { return slices.Clone(c.windows) }

// Start and End write the bounds of a window as 08:30; the end of the day is
// 24:00.
func (w Window) Start() string { return clockTime(w.From) }

// End is said at Start.
func (w Window) End() string { return clockTime(w.To) }

func clockTime(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// ParseWindow reads what Start and End write; 8:30 will do. The error is Invalid.
func ParseWindow(start, end string) (Window, error) {
	from, ok := minutes(start)
	if !ok {
		return Window{}, errs.InvalidField("from", "时间须写作 08:30 的形式")
	}
	to, ok := minutes(end)
	if !ok {
		return Window{}, errs.InvalidField("to", "时间须写作 17:30 的形式")
	}
	return Window{From: from, To: to}, nil
}

func minutes(text string) (int, bool) {
	var hour, minute int
	n, err := fmt.Sscanf(text, "%2d:%2d", &hour, &minute)
	ok := err == nil && n == 2 && hour >= 0 && hour <= 24 && minute >= 0 && minute < 60
	m := hour*60 + minute
	return m, ok && m <= 24*60 && (text == clockTime(m) || "0"+text == clockTime(m))
}
