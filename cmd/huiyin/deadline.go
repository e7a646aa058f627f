package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"huiyin/internal/errs"
	"huiyin/internal/worktime"
)

type deadlineCmd struct {
	From     string `required:"" help:"开始时间，如 2026-02-10T10:00:00+08:00 或 \"2026-02-10 10:00\" · start"`
	Limit    string `required:"" help:"时限：5wd（工作日）、60wm（工作分钟）、24h（小时）· limit"`
	SameDay  bool   `help:"当日起算 · count the day of the start"`
	SameTime bool   `help:"到期于同一时刻，而非下班时 · due at the same time of day"`
	JSON     bool   `name:"json" help:"输出 JSON · print JSON"`
}

func (c deadlineCmd) Run() error {
	calendar, err := worktime.Builtin()
	if err != nil {
		return err
	}
	from, err := parseTime(c.From, calendar.Location())
	if err != nil {
		return err
	}
	limit, err := worktime.ParseLimit(c.Limit)
	if err != nil {
		return err
	}
	d := calendar.Deadline(from, limit, worktime.Counting{SameDay: c.SameDay, SameTime: c.SameTime})
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(d)
	}
	fmt.Printf("到期：%s\n", d.Due.Format("2006-01-02 15:04:05"))
	if d.Provisional {
		fmt.Println("暂定：涉及尚未公布放假安排的年份，公布后重新计算")
	}
	for _, day := range d.Days {
		mark := "  "
		if day.Counted {
			mark = "✓ "
		}
		fmt.Printf("%s%s %s\n", mark, day.Date, day.Why)
	}
	return nil
}

// parseTime reads RFC 3339, or a local date with or without a time.
func parseTime(s string, local *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errs.Newf(errs.Invalid, "time", "无法识别时间“%s”；请写作 2026-02-10T10:00:00+08:00 或 \"2026-02-10 10:00\"", s)
}
