package worktime_test

import (
	"encoding/json"
	"strings"
	"testing"

	"huiyin/internal/errs"
	"huiyin/internal/worktime"
)

func TestParseLimit(t *testing.T) {
	t.Parallel()
	good := map[string]worktime.Limit{
		"5wd":     {N: 5, Unit: worktime.WorkingDays},
		"60wm":    {N: 60, Unit: worktime.WorkingMinutes},
		"2wh":     {N: 120, Unit: worktime.WorkingMinutes},
		"166wh":   {N: 9960, Unit: worktime.WorkingMinutes},
		"24h":     {N: 24, Unit: worktime.Hours},
		"30m":     {N: 30, Unit: worktime.Minutes},
		"7d":      {N: 7, Unit: worktime.Days},
		"10000wd": {N: 10000, Unit: worktime.WorkingDays},
		" 005wd ": {N: 5, Unit: worktime.WorkingDays},
	}
	for text, want := range good {
		if got, err := worktime.ParseLimit(text); err != nil || got != want {
			t.Errorf("ParseLimit(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "wd", "5", "0wd", "0wh", "-1wd", "+1wd", "1.5h", "5 wd", "5WD", "5w", "5wdwd", "10001h", "167wh", "５wd", "5天",
		"99999999999999999999wd", strings.Repeat("9", 1<<16) + "wd", "5wd\x00", "\xff", "307445734561825861wh",
	} {
		if got, err := worktime.ParseLimit(text); !errs.Is(err, errs.Invalid) {
			t.Errorf("ParseLimit(%.40q) = %v, %v, want an Invalid error", text, got, err)
		}
	}
}

func TestLimitText(t *testing.T) {
	t.Parallel()
	var rule struct{ Limit worktime.Limit }
	if err := json.Unmarshal([]byte(`{"Limit":"2wh"}`), &rule); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(rule); err != nil || string(got) != `{"Limit":"120wm"}` {
		t.Errorf("Marshal = %s, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"Limit":"soon"}`), &rule); !errs.Is(err, errs.Invalid) {
		t.Errorf("Unmarshal of no limit: error %v", err)
	}
	if rule.Limit.String() != "120wm" {
		t.Errorf("a refused text changed the limit to %v", rule.Limit)
	}
	if _, err := json.Marshal(worktime.Limit{}); err == nil {
		t.Error("the zero limit was written")
	}
}

func FuzzParseLimit(f *testing.F) {
	for _, text := range []string{"5wd", "60wm", "2wh", "24h", "", "0wd", "５wd", "-1d", "10001m", " 7d\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := worktime.ParseLimit(text)
		if err != nil {
			if l != (worktime.Limit{}) || !errs.Is(err, errs.Invalid) {
				t.Fatalf("ParseLimit(%q) = %v, %v", text, l, err)
			}
			return
		}
		if l.N < 1 || l.N > 10_000 {
			t.Fatalf("ParseLimit(%q) = %v, out of bounds", text, l)
		}
		if again, err := worktime.ParseLimit(l.String()); err != nil || again != l {
			t.Fatalf("ParseLimit(%q) = %v, read again %v, %v", text, l, again, err)
		}
	})
}
