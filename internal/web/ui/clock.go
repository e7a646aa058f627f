package ui

import (
	"time"

	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// Level is how urgent a due instant is. It is shown by colour and by words.
type Level string

// The levels.
const (
	InTime Level = "green"
	Soon   Level = "amber" // no more than one working day left
	Late   Level = "red"
)

// Clock is a due instant as people see it.
type Clock struct {
	Level       Level
	Due         ticket.Instant
	Left        string // 剩 2 个工作日, 已超时 3 小时
	Provisional bool
}

// NewClock shows how much time is left at an instant; nil without a due instant.
func NewClock(due ticket.Instant, now time.Time, days *worktime.Calendar) *Clock {
	if due == 0 {
		return nil
	}
	c := &Clock{Level: InTime, Due: due}
	end, none := due.Time(), Catalogue(nil)
	if !end.After(now) {
		c.Level, c.Left = Late, "已超时 "+Span(none, now.Sub(end))
		return c
	}
	left := days.WorkingDaysBetween(now, end)
	if left <= 1 {
		c.Level = Soon
	}
	// The running day is not a whole one: a limit of one day has one day left.
	local := now.In(days.Location())
	midnight := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, local.Location())
	switch whole := left - days.WorkingDaysBetween(now, midnight); {
	case left > 1 && whole > 0:
		c.Left = none.Say("剩 %d 个工作日", whole)
	default:
		c.Left = "剩 " + Span(none, end.Sub(now))
	}
	return c
}
