package worktime_test

import (
	"fmt"
	"log"
	"time"

	"huiyin/internal/worktime"
)

func Example() {
	calendar, err := worktime.Builtin()
	if err != nil {
		log.Fatal(err)
	}
	limit, err := worktime.ParseLimit("3wd")
	if err != nil {
		log.Fatal(err)
	}
	// A complaint is dispatched on the Thursday before Spring Festival.
	from := time.Date(2026, 2, 12, 15, 4, 0, 0, calendar.Location())
	deadline := calendar.Deadline(from, limit, worktime.Counting{})
	fmt.Println("due", deadline.Due.Format(time.RFC3339))
	for _, day := range deadline.Days {
		fmt.Println(day.Date, day.Counted, day.Why)
	}
	// Output:
	// due 2026-02-24T17:30:00+08:00
	// 2026-02-12 false 起始日不计
	// 2026-02-13 true 工作日
	// 2026-02-14 true 春节调休上班
	// 2026-02-15 false 春节放假
	// 2026-02-16 false 春节放假
	// 2026-02-17 false 春节放假
	// 2026-02-18 false 春节放假
	// 2026-02-19 false 春节放假
	// 2026-02-20 false 春节放假
	// 2026-02-21 false 春节放假
	// 2026-02-22 false 春节放假
	// 2026-02-23 false 春节放假
	// 2026-02-24 true 工作日
}

func ExampleCalendar_Shift() {
	calendar, err := worktime.Builtin()
	if err != nil {
		log.Fatal(err)
	}
	beijing := calendar.Location()
	due := time.Date(2024, 6, 19, 17, 30, 0, 0, beijing)
	// The unit waits for the requester from Friday morning to Monday afternoon:
	// one working day has ended meanwhile.
	paused := time.Date(2024, 6, 14, 9, 0, 0, 0, beijing)
	resumed := time.Date(2024, 6, 17, 15, 0, 0, 0, beijing)
	due, _ = calendar.Shift(due, paused, resumed, worktime.WorkingDays, worktime.Counting{})
	fmt.Println(due.Format(time.RFC3339))
	// Output: 2024-06-20T17:30:00+08:00
}

func ExampleCalendar_WithYear() {
	calendar, err := worktime.Builtin()
	if err != nil {
		log.Fatal(err)
	}
	from := time.Date(2026, 12, 31, 9, 0, 0, 0, calendar.Location())
	limit := worktime.Limit{N: 1, Unit: worktime.WorkingDays}

	due, provisional := calendar.Due(from, limit, worktime.Counting{})
	fmt.Println(due.Format(time.DateOnly), provisional)

	calendar = calendar.WithYear(2027, worktime.Year{
		Holidays: map[string]string{"2027-01-01": "元旦", "2027-01-02": "元旦"},
		Workdays: map[string]string{"2027-01-03": "元旦"},
	})
	due, provisional = calendar.Due(from, limit, worktime.Counting{})
	fmt.Println(due.Format(time.DateOnly), provisional)
	// Output:
	// 2027-01-04 true
	// 2027-01-03 false
}
