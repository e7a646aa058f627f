package worktime_test

import (
	"testing"

	"huiyin/internal/worktime"
)

func FuzzParseWindow(f *testing.F) {
	f.Add("08:30", "12:00")
	f.Add("8:30", "24:00")
	f.Add("0:0", "24:01")
	f.Add("-1:00", " 9:00")
	f.Fuzz(func(t *testing.T, start, end string) {
		w, err := worktime.ParseWindow(start, end)
		if err != nil {
			return
		}
		same, err := worktime.ParseWindow(w.Start(), w.End())
		if err != nil || same != w || w.From < 0 || w.To > 1440 {
			t.Errorf("%q to %q is %+v, then %+v, %v", start, end, w, same, err)
		}
	})
}

func TestParseWindow(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"08:30": 510, "8:30": 510, "00:00": 0, "0:00": 0, "24:00": 1440,
		"": -1, "8": -1, "8:3": -1, "24:01": -1, "25:00": -1, "08:60": -1, "-1:00": -1, " 8:30": -1, "8:30 ": -1, "008:30": -1, "8：30": -1,
	} {
		w, err := worktime.ParseWindow(text, "23:00")
		if (err != nil) != (want < 0) || err == nil && w.From != want {
			t.Errorf("%q: %+v, %v", text, w, err)
		}
	}
}
