package worktime_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiyin/internal/worktime"
)

func TestParseDay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-01-01": "2026-01-01", " 2026/1/1 ": "2026-01-01", "2026.1.31": "2026-01-31", "2026年1月1日": "2026-01-01",
		"46023": "2026-01-01", "2026/1/1 0:00:00": "2026-01-01", "2026-02-29": "", "2026": "", "99999": "", "": "", "1月1日": "",
		"2026-01-01 08:30": "", "元旦": "",
	} {
		if got, ok := worktime.ParseDay(text); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
}

func TestParseDayInEveryForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(1990, 1, 1+rapid.IntRange(0, 40_000).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		form := rapid.SampledFrom([]string{time.DateOnly, "2006/1/2", "2006.01.02", "2006年1月2日", "2006-1-2 0:00"}).Draw(t, "form")
		if got, ok := worktime.ParseDay(day.Format(form)); !ok || got != day.Format(time.DateOnly) {
			t.Errorf("%s: %q, %v", day.Format(form), got, ok)
		}
	})
}
