package worktime

import (
	"strconv"
	"strings"
	"time"
)

// The days that a spreadsheet's serial numbers may stand for: 1990 to 2099,
// counted from 30 December 1899.
const (
	firstSerial = 32874
	lastSerial  = 73050
)

// ParseDay reads a date as people and spreadsheets write it, such as
// 2026-01-01, 2026/1/1, 2026.1.1, 2026年1月1日 or 46023, and returns it as
// 2006-01-02. A time of midnight behind it is dropped. False: it is no date.
func ParseDay(text string) (day string, ok bool) {
	text, clock, _ := strings.Cut(strings.TrimSpace(text), " ")
	if strings.Trim(clock, "0:") != "" {
		return "", false
	}
	if n, err := strconv.Atoi(text); err == nil && n >= firstSerial && n < lastSerial {
		return time.Date(1899, time.December, 30+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), true
	}
	text = strings.NewReplacer("/", "-", ".", "-", "年", "-", "月", "-", "日", "").Replace(text)
	t, err := time.Parse("2006-1-2", text)
	return t.Format(time.DateOnly), err == nil
}
