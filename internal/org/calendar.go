package org

import (
	"fmt"
	"time"

	"huiyin/internal/worktime"
)

// defaultWindows are the hours of the rules of the house §4, for a city that
// has not set its own.
func defaultWindows() []worktime.Window {
	return []worktime.Window{{From: 8*60 + 30, To: 12 * 60}, {From: 14 * 60, To: 17*60 + 30}}
}

// calendarOf makes the calendar in Beijing time: a fixed zone, for China has
// one zone and no summer time, and a machine needs no time zone database.
func calendarOf(windows []worktime.Window, years map[int]worktime.Year) (*worktime.Calendar, error) {
	if len(windows) == 0 {
		windows = defaultWindows()
	}
	return worktime.New(time.FixedZone("Asia/Shanghai", 8*60*60), windows, years)
}

// BuiltinYears returns the notices that package worktime carries, to seed the
// table of a new city.
func BuiltinYears() (map[int]worktime.Year, error) {
	builtin, err := worktime.Builtin()
	if err != nil {
		return nil, fmt.Errorf("org: built-in calendar: %w", err)
	}
	years := make(map[int]worktime.Year)
	for _, year := range builtin.Years() {
		y := worktime.Year{Holidays: make(map[string]string), Workdays: make(map[string]string)}
		for t := time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC); t.Year() == year; t = t.AddDate(0, 0, 1) {
			switch day := builtin.Day(t.Format(time.DateOnly)); {
			case day.Name != "" && day.Working:
				y.Workdays[day.Date] = day.Name
			case day.Name != "":
				y.Holidays[day.Date] = day.Name
			}
		}
		years[year] = y
	}
	return years, nil
}
