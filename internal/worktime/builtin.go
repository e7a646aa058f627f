package worktime

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"
)

//go:embed holidays.csv
var holidays string

// Builtin returns the calendar of mainland China with the notices of
// 2004–2026 and the hours 08:30–12:00 and 14:00–17:30, in Beijing time.
//
// The zone is a fixed one: China has had no summer time since 1991, before
// the first notice, and so no machine needs a time zone database for it.
func Builtin() (*Calendar, error) {
	years, err := readYears(strings.NewReader(holidays))
	if err != nil {
		return nil, err
	}
	beijing := time.FixedZone("Asia/Shanghai", 8*60*60)
	return New(beijing, []Window{{8*60 + 30, 12 * 60}, {14 * 60, 17*60 + 30}}, years)
}

// readYears reads facts as date,kind,name below a header line. A date belongs
// to the year it lies in.
func readYears(r io.Reader) (map[int]Year, error) {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = 3
	if _, err := lines.Read(); err != nil {
		return nil, fmt.Errorf("holidays: header: %w", err)
	}
	years := make(map[int]Year)
	for {
		line, err := lines.Read()
		if err == io.EOF {
			return years, nil
		}
		if err != nil {
			return nil, fmt.Errorf("holidays: %w", err)
		}
		t, ok := parseDate(line[0])
		if !ok {
			return nil, fmt.Errorf("holidays: %q is no date", line[0])
		}
		y, known := years[t.Year()]
		if !known {
			y = Year{Holidays: make(map[string]string), Workdays: make(map[string]string)}
			years[t.Year()] = y
		}
		switch line[1] {
		case "holiday":
			y.Holidays[line[0]] = line[2]
		case "workday":
			y.Workdays[line[0]] = line[2]
		default:
			return nil, fmt.Errorf("holidays: %s: unknown kind %q", line[0], line[1])
		}
	}
}
