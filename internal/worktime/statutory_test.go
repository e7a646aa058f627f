package worktime_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/worktime"
)

// The days that are off by law on fixed dates.
func TestStatutoryDays(t *testing.T) {
	t.Parallel()
	c, err := worktime.New(time.UTC, []worktime.Window{{510, 720}}, nil) // no year is published
	if err != nil {
		t.Fatal(err)
	}
	special := otherSource(t)
	for year, want := range map[int]string{
		1999: "01-01 05-01 10-01 10-02",
		2000: "01-01 05-01 05-02 05-03 10-01 10-02 10-03",
		2007: "01-01 05-01 05-02 05-03 10-01 10-02 10-03",
		2008: "01-01 05-01 10-01 10-02 10-03",
		2024: "01-01 05-01 10-01 10-02 10-03",
		2025: "01-01 05-01 05-02 10-01 10-02 10-03",
		2031: "01-01 05-01 05-02 10-01 10-02 10-03",
	} {
		var got string
		for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
			d := c.DayOf(day)
			if d.Published {
				t.Fatalf("%s is published", d.Date)
			}
			if d.Name == "" {
				continue
			}
			got += " " + d.Date[len("2006-"):]
			if d.Working || d.Why != d.Name+"放假" {
				t.Errorf("%+v", d)
			}
		}
		if diff := cmp.Diff(" "+want, got); diff != "" {
			t.Errorf("%d: -want +got\n%s", year, diff)
		}
	}
	// Every notice so far agrees, in both sources.
	facts := builtin(t)
	for year := 2004; year <= 2026; year++ {
		for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
			date := day.Format(time.DateOnly)
			if c.DayOf(day).Name == "" {
				continue
			}
			worked, named := special[date]
			if facts.Day(date).Working || year >= 2007 && (worked || !named) {
				t.Errorf("%s: %+v; the other source: worked %v, named %v", date, facts.Day(date), worked, named)
			}
		}
	}
}
