package worktime_test

import (
	"testing"

	"huiyin/internal/worktime"
)

func BenchmarkDue(b *testing.B) {
	c, from := builtin(b), at(b, "2024-02-07 10:00")
	for _, text := range []string{"1wd", "5wd", "250wd", "60wm", "24h"} {
		l := limit(b, text)
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Due(from, l, worktime.Counting{})
			}
		})
	}
}

func BenchmarkDeadline(b *testing.B) {
	c, from, l := builtin(b), at(b, "2024-02-07 10:00"), limit(b, "5wd")
	b.ReportAllocs()
	for b.Loop() {
		c.Deadline(from, l, worktime.Counting{})
	}
}

func BenchmarkShift(b *testing.B) {
	c, due := builtin(b), at(b, "2024-02-19 17:30")
	paused, resumed := at(b, "2024-02-07 10:00"), at(b, "2024-02-18 10:00")
	b.ReportAllocs()
	for b.Loop() {
		c.Shift(due, paused, resumed, worktime.WorkingDays, worktime.Counting{})
	}
}

func BenchmarkBuiltin(b *testing.B) {
	for b.Loop() {
		builtin(b)
	}
}
