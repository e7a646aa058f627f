package intake

import (
	"math"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/errs"
	"huiyin/internal/text"
)

// Days that a spreadsheet's serial numbers may stand for here: 1990 to 2099,
// counted from 30 December 1899.
const (
	firstSerial = 32874
	lastSerial  = 73050
)

var errTime = errs.New(errs.Invalid, "bad_time", "时间无法识别")

// ParseTime reads a time as people and spreadsheets write it: with dashes,
// slashes, dots or 年月日, with or without hours, minutes and seconds, with
// 上午 or 下午, as RFC 3339, or as the serial day of a spreadsheet. What names
// no zone is meant at the location. The error is Invalid.
func ParseTime(s string, at *time.Location) (time.Time, error) {
	s = text.Line(s)
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return plausible(t.In(at))
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && !strings.Contains(s, "e") {
		return serial(f, at)
	}
	day, clock, _ := strings.Cut(narrowTime(s), " ")
	d, ok := numbers(day, "-", 3, 3)
	if !ok {
		return time.Time{}, errTime
	}
	c, ok := parseClock(clock)
	if !ok {
		return time.Time{}, errTime
	}
	t := time.Date(d[0], time.Month(d[1]), d[2], c[0], c[1], c[2], 0, at)
	if t.Month() != time.Month(d[1]) || t.Day() != d[2] {
		return time.Time{}, errTime // no such day
	}
	return plausible(t)
}

// plausible refuses years in which there were no messages to import.
func plausible(t time.Time) (time.Time, error) {
	if t.Year() < 1990 || t.Year() > 2099 {
		return time.Time{}, errTime
	}
	return t, nil
}

func serial(f float64, at *time.Location) (time.Time, error) {
	if math.IsNaN(f) || f < firstSerial || f >= lastSerial {
		return time.Time{}, errTime
	}
	day, part := math.Modf(f)
	seconds := int(math.Round(part * 24 * 3600))
	return time.Date(1899, time.December, 30+int(day), 0, 0, seconds, 0, at), nil
}

// narrowTime writes a date and a time of day as 2006-1-2 15:4:5.
var narrowTime = strings.NewReplacer(
	"年", "-", "月", "-", "日", " ", "号", " ", "/", "-", ".", "-", "－", "-", "T", " ", "：", ":", "时", ":", "点", ":", "分", ":", "秒", "",
	"０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9",
).Replace

// parseClock reads hours, minutes and seconds; nothing is midnight. A
// fraction of a second, which narrowTime turned into a dash, is dropped.
func parseClock(s string) ([3]int, bool) {
	s = strings.TrimSpace(s)
	shift := 0
	for _, half := range []struct {
		word  string
		shift int
	}{{"上午", 0}, {"下午", 12}, {"晚上", 12}, {"AM", 0}, {"PM", 12}} {
		if rest, ok := strings.CutPrefix(s, half.word); ok {
			s, shift = rest, half.shift
		} else if rest, ok := strings.CutSuffix(s, half.word); ok {
			s, shift = rest, half.shift
		}
	}
	s, _, _ = strings.Cut(strings.TrimRight(strings.TrimSpace(s), ":"), "-")
	if s == "" {
		return [3]int{}, true
	}
	n, ok := numbers(s, ":", 1, 3)
	if ok && shift > 0 && n[0] < 12 {
		n[0] += shift
	}
	return n, ok && n[0] < 24 && n[1] < 60 && n[2] < 60
}

// numbers reads least to most whole numbers of at most four digits.
func numbers(s, sep string, least, most int) (n [3]int, ok bool) {
	parts := strings.Split(strings.TrimSpace(s), sep)
	if len(parts) < least || len(parts) > most {
		return n, false
	}
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil || len(p) > 4 {
			return n, false
		}
		n[i] = int(v)
	}
	return n, true
}
